//! The fallback: readers that go through serde, for every message that the templates do not cover.
//!
//! They accept whatever JSON allows, in one pass. They are also the oracle of the templates, which
//! must never give another result.

pub(super) mod chart;
mod options;
pub(super) mod quote;
mod source;

pub use self::options::UnknownFields;
pub(super) use self::options::{Buffers, Options};
pub(super) use self::source::{NullOr, Source};
