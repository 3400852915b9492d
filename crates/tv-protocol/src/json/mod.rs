//! The parts of JSON messages: text and numbers as the server writes them, and open parts whose
//! shape the protocol does not define.

mod number;
mod text;
mod value;
mod words;

pub use number::NO_VALUE;
pub(crate) use number::{Number, Whole, whole};
pub use text::{JsonText, RawText, Text};
pub(crate) use value::too_many;
pub use value::{Json, JsonError, MAX_DEPTH, MAX_FIELDS};
pub(crate) use words::join;
pub use words::{MAX_WORDS, printable};
