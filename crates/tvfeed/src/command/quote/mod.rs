//! `tvfeed quote`: the newest state of symbols, as it changes.
//!
//! [`rows`] knows the shapes, [`run`] the connection.

mod rows;
mod run;
mod value;

pub(crate) use run::quote;
