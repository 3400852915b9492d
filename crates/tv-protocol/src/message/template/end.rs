//! The end of a message.

use crate::{message::Stamp, scan::Cursor};

/// Reads `]`, the stamps that may follow the parameters, and the end of the text.
pub(super) fn end_of_message(cursor: &mut Cursor<'_>) -> Option<Stamp> {
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
