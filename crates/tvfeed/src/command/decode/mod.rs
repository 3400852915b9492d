//! `tvfeed decode`: recorded traffic made readable.
//!
//! [`lines`] cuts input into lines of bounded size, [`entry`] finds out what stands in a line,
//! [`record`] and [`summary`] are the two ways to write it.

mod entry;
mod lines;
mod record;
mod run;
mod summary;

pub(crate) use run::decode;
