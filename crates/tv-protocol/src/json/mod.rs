//! The pieces of JSON that messages are made of: text and numbers as the server writes them, and
//! open parts whose shape the protocol leaves to others.

mod number;
mod text;
mod value;

pub use number::NO_VALUE;
pub(crate) use number::{Number, Whole, whole};
pub use text::{JsonText, RawText, Text};
pub(crate) use value::too_many;
pub use value::{Json, JsonError, MAX_DEPTH, MAX_FIELDS};
