//! Templates: hot messages read straight from their text, as the server is known to write them.
//!
//! A template accepts a message only if it is JSON, laid out as expected, and means the same to the
//! reader that goes through serde. Anything else is `None`, and serde decides. A fuzz target holds
//! the two together.

pub(super) mod chart;
mod end;
pub(super) mod quote;
