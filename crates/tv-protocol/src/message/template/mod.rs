//! Templates: hot messages read straight from their text, as the server is known to write them.
//!
//! A template accepts a message only if it is JSON, laid out as expected, and means the same to the reader that
//! goes through serde. Anything else is `None`, and serde decides. A fuzz target holds the two together.

pub(super) mod chart;
pub(super) mod quote;

use super::Stamp;
use crate::scan::Cursor;

/// Reads `]`, the stamps that may follow the parameters, and the end of the text.
fn end_of_message(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    cursor.expect(b"]")?;
    let mut stamp = Stamp::default();
    if cursor.literal(b",\"t\":") {
        stamp.t = Some(cursor.integer()?);
    }
    if cursor.literal(b",\"t_ms\":") {
        stamp.t_ms = Some(cursor.integer()?);
    }
    cursor.expect(b"}")?;
    cursor.at_end().then_some(stamp)
}
