//! The scanner: scans of markets, snapshots of one symbol, lists of columns and of allowed values.

mod body;
mod comparison;
mod endpoint;
mod filter;
mod found;
mod lists;
mod presets;
mod refusal;
mod scan;
mod snapshot;

pub(crate) use endpoint::answer;
