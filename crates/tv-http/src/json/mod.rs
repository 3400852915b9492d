//! Answers as types that lose nothing: the parts that are known have names and kinds, the rest is
//! kept as it came.
//!
//! The server's JSON is not ours, and changes. So every type of an answer is read leniently:
//!
//! - a field that is missing, `null` or of another kind is `None` (or an empty list);
//! - a number that is written as text is a number, and a whole number may have a point;
//! - what a named field cannot write back as it came is kept in [`Rest`], and so is every key that
//!   the type does not know.
//!
//! A value that is read and written again is therefore equal JSON. [`Decoded::surprises`] lists
//! where an answer differs from what this crate knows.

mod decoded;
mod item;
mod kinds;
mod record;
mod rest;

pub use decoded::{Decoded, Surprise, SurpriseKind};
pub(crate) use decoded::{Place, surprises};
pub(crate) use item::{Field, Item, Reading, from_item, to_item};
pub(crate) use kinds::{number, whole};
pub(crate) use record::{record, words};
pub use rest::Rest;
pub(crate) use rest::Why;
