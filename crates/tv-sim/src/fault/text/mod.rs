//! Reads plans from text, one rule a line, and says where an error is.

mod actions;
mod conditions;
mod reader;
#[cfg(test)]
mod tests;
mod tokens;

pub use reader::FaultPlanError;
