//! `tvfeed study`: what the server computes from a series, or draws on it.
//!
//! [`columns`] names the values, [`track`] decides which rows are written, [`work`] waits for what
//! comes, [`run`] and [`drawings`] write rows and drawings.

mod columns;
mod drawings;
mod run;
mod track;
mod work;

pub(crate) use self::run::study;
