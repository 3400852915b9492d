//! Fundamental values: which there are, and statements of past periods.
//!
//! [`Statements`] returns long tables, one row for each item and period. [`FieldList`] lists the
//! 4,300 values that charts can show, [`Currencies`] the currencies that prices can be shown in.

mod currencies;
mod fields;
mod statements;

pub use currencies::{Currencies, Currency};
pub use fields::{FieldList, FundamentalField};
pub use statements::{Period, StatementRow, StatementTable, Statements};
