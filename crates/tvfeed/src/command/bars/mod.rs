//! `tvfeed bars`: history, and what follows it.
//!
//! [`rows`] knows the shapes, [`run`] the connection.

mod rows;
mod run;

pub(crate) use run::bars;
