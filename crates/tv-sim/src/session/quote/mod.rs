//! Quotes: `session` keeps which fields of which symbols a client follows, `fields` has the values.

pub(super) mod fields;
pub(super) mod session;

pub(crate) use fields::{LIVE, live_value};
