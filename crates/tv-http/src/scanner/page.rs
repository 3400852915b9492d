//! The rows of an answer.

use protocol::time::Timestamp;

use super::{Cell, Column};
use crate::json::Rest;

/// A page of a scan, or the only one.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanPage {
    /// How many rows match, on all pages. There is one for each listing, not for each company.
    pub total_count: Option<i64>,
    /// The columns, in the order of the values: those of the answer, or of the scan.
    pub columns: Vec<Column>,
    /// When the answer was made; only `scan2` says so.
    pub time: Option<Timestamp>,
    /// What no field holds, as it came.
    pub rest: Rest,
    pub(super) rows: Option<Vec<RawRow>>,
    pub(super) form: Form,
}

/// A row as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RawRow {
    pub(super) symbol: String,
    pub(super) cells: Vec<Cell>,
    pub(super) rest: Rest,
}

/// Which keys an answer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// `data`, `s`, `d`.
    #[default]
    First,
    /// `symbols`, `s`, `f`, with the names of the columns in `fields`: that of `scan2`.
    Second,
}

/// A row: a symbol and its values.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The symbol's id: `NASDAQ:AAPL`.
    pub symbol: &'a str,
    /// The values, in the order of the columns.
    pub cells: &'a [Cell],
    pub(super) columns: &'a [Column],
}

impl ScanPage {
    /// The rows, in the server's order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        let rows = self.rows.as_deref().unwrap_or_default();
        rows.iter().map(|row| self.shown(row))
    }

    /// A row by its place.
    #[must_use]
    pub fn row(&self, place: usize) -> Option<Row<'_>> {
        let row = self.rows.as_deref()?.get(place)?;
        Some(self.shown(row))
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.as_deref().unwrap_or_default().len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shown<'a>(&'a self, row: &'a RawRow) -> Row<'a> {
        Row {
            symbol: &row.symbol,
            cells: &row.cells,
            columns: &self.columns,
        }
    }
}

impl<'a> Row<'a> {
    /// The value of a column; `None` if the scan did not ask for it.
    #[must_use]
    pub fn get(&self, column: &Column) -> Option<&'a Cell> {
        let place = self.columns.iter().position(|it| it == column)?;
        self.cells.get(place)
    }

    /// The number of a column, if there is one.
    #[must_use]
    pub fn number(&self, column: &Column) -> Option<f64> {
        self.get(column)?.as_number()
    }

    /// The text of a column, if there is one.
    #[must_use]
    pub fn text(&self, column: &Column) -> Option<&'a str> {
        self.get(column)?.as_text()
    }

    /// Columns and values, side by side.
    pub fn values(&self) -> impl Iterator<Item = (&'a Column, &'a Cell)> {
        self.columns.iter().zip(self.cells)
    }
}
