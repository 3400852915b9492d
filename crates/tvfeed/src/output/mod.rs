//! Output: the one way out for data, and the shapes that it takes there.
//!
//! Data goes to stdout or to a file, messages go to stderr (see [`exit`](crate::exit)). Knows no
//! command and no connection.

mod csv;
mod number;
mod part;
mod records;
mod sink;
mod table;
mod time;

pub(crate) use self::{
    csv::csv_row,
    number::{Decimals, JsonNumber, compact, exact, grouped, rounded},
    records::{Field, Records, Shape, Value, cell},
    sink::Output,
    table::{Column, Table, wrapped},
    time::{clock_or_date, date_and_clock, pause, span},
};
