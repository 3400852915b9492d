//! Output: the one way out for data, and the shapes that it takes there.
//!
//! Data goes to standard output or to a file, words go to standard error (see
//! [`exit`](crate::exit)). Knows no command and no connection.

mod csv;
mod number;
mod sink;
mod table;
mod utc;

pub(crate) use csv::csv_row;
pub(crate) use number::{exact, rounded};
pub(crate) use sink::Output;
pub(crate) use table::{Column, Table};
pub(crate) use utc::{clock, date_and_clock};
