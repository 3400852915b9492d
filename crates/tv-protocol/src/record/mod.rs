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
mod macros;
mod rest;

#[doc(hidden)]
pub use crate::words;
pub use decoded::{Decoded, Surprise, SurpriseKind};
#[doc(hidden)]
pub use decoded::{Place, surprises};
#[doc(hidden)]
pub use item::{Field, Item, Reading, from_item, to_item};
#[doc(hidden)]
pub use kinds::{number, same_json, whole};
pub use rest::Rest;
#[doc(hidden)]
pub use rest::Why;
#[doc(hidden)]
pub use {serde, serde_json};
