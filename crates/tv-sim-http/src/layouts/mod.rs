//! Layouts: tokens for them, and the drawings on their charts.
//!
//! `table` lists the invented layouts and what is drawn on them, `endpoint` answers for both hosts.

mod endpoint;
mod table;

pub(crate) use endpoint::{answer, storage};
