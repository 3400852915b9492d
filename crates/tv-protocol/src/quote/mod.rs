//! Quotes: fields, their values, and the state that partial updates add up to.

mod field;
mod fields;
mod lookup;
mod state;

pub use field::{ALL_FIELDS, QuoteField, TVKIT_FIELDS};
pub use fields::QuoteFields;
pub use state::{Quote, QuoteValue};

#[cfg(test)]
mod tests;
