//! Makes values.

use super::{
    bonds,
    cell::Cell,
    column::Column,
    company, funds, identity, indicators,
    instrument::Instrument,
    offers, options, outside, payments, prices,
    row::{Row, Windows},
    statements::Books,
};

/// Makes the value of a column for a row.
pub(super) fn make(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Cell {
    let made = match row.instrument {
        Some(Instrument::Option(contract)) => options::cell(row, contract, column, windows),
        Some(Instrument::Bond(bond)) => bonds::cell(row, bond, column),
        None => of_listing(row, column, windows),
    };
    made.unwrap_or(Cell::Null)
}

fn of_listing(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Option<Cell> {
    let base = column.base.as_str();
    identity::cell(row, column)
        .or_else(|| prices::cell(row, column, windows))
        .or_else(|| indicators::cell(column, windows))
        .or_else(|| bonds::of_government(row, column, windows))
        .or_else(|| outside::cell(row, base))
        .or_else(|| payments::cell(row, base))
        .or_else(|| offers::cell(row, base, windows))
        .or_else(|| company::cell(row, column, windows))
        .or_else(|| funds::cell(row, column, windows))
        .or_else(|| Books::of(row)?.cell(base))
}
