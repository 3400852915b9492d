//! Every endpoint of this crate, over a real socket against the simulator: its answer has the
//! values that are expected, and each kind of failure becomes the right error.
//!
//! `case` says what a row of the table is; `market`, `content` and `account` have the rows; `runs`
//! goes through them. An endpoint without a row fails the test that reads the crate's sources.

mod account;
mod case;
mod content;
mod market;
mod runs;

pub(crate) use case::{Case, EPOCH, Ground, PATIENCE};
