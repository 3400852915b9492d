//! `tvfeed quote`: the newest state of symbols, as it changes.
//!
//! [`rows`] and [`value`] know the shapes, [`progress`] which symbols have answered, [`run`] the
//! connection.

mod fields;
mod progress;
mod rows;
mod run;
mod suspension;
mod value;

pub(crate) use self::run::quote;
