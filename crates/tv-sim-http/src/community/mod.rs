//! What people write about symbols, and two lists that charts need: of currencies and of
//! fundamental values.

mod files;
mod ideas;
mod minds;

pub(crate) use files::{currencies, fundamentals};
pub(crate) use ideas::answer as ideas;
pub(crate) use minds::answer as minds;
