//! `tvfeed bars`: history, and the bars that follow it.
//!
//! [`rows`] knows the shapes, [`writer`] the way out, [`load`] and [`follow`] the connection;
//! [`run`] puts them together.

mod follow;
mod load;
mod loading_line;
mod rows;
mod run;
mod writer;

pub(crate) use self::run::bars;
