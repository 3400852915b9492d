//! Quotes: `session` keeps the fields and symbols that a client follows, `fields` has the values.

pub(super) mod fields;
pub(super) mod session;

pub(crate) use fields::{LIVE, live_value};
