//! Templates: hot messages read straight from their text, as the server is known to write them.
//!
//! A template accepts a message only if it is JSON, laid out as expected, and read the same by
//! serde. For anything else it returns `None`, and serde decides. A fuzz target compares the two.

pub(super) mod chart;
mod end;
pub(super) mod quote;
