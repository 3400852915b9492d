//! Makes values.

use super::{
    cell::Cell,
    column::Column,
    company, funds, identity, indicators, prices,
    row::{Row, Windows},
};

/// Makes the value of a column for a row.
pub(super) fn make(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Cell {
    identity::cell(row, column)
        .or_else(|| prices::cell(row, column, windows))
        .or_else(|| indicators::cell(column, windows))
        .or_else(|| company::cell(row, column, windows))
        .or_else(|| funds::cell(row, column, windows))
        .unwrap_or(Cell::Null)
}
