//! Quotes: fields, their values, and the state that partial updates build.

mod field;
mod fields;
mod lookup;
mod mode;
mod state;
mod suggest;

pub use field::{ALL_FIELDS, QuoteField, TVKIT_FIELDS};
pub use fields::QuoteFields;
pub use mode::UpdateMode;
pub use state::{Quote, QuoteValue};
pub use suggest::UnknownField;

#[cfg(test)]
mod tests;
