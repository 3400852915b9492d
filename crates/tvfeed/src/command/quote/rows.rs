//! Updates of quotes as rows of a table, as JSON or as CSV.

use std::collections::HashSet;

use client::{
    QuoteUpdate,
    values::{ALL_FIELDS, Quote, QuoteField, QuoteFields, Symbol},
};
use serde::{Serialize, Serializer};

use super::value::{JsonValue, cell};
use crate::{
    args::Format,
    output::{Column, Table, clock, csv_row, rounded},
    parse::Fields,
};

/// The columns that a table has for fields of its own, in their order.
const USUAL: [QuoteField<'static>; 7] = [
    QuoteField::Last,
    QuoteField::Change,
    QuoteField::ChangePercent,
    QuoteField::Bid,
    QuoteField::Ask,
    QuoteField::Volume,
    QuoteField::LastTime,
];

/// The names of the fields that are asked for.
pub(super) fn names(fields: &Fields) -> Vec<String> {
    match fields {
        Fields::All => ALL_FIELDS.map(str::to_owned).into(),
        Fields::Price => QuoteField::PRICE
            .iter()
            .map(|field| field.name().to_owned())
            .collect(),
        Fields::Named(names) => names.clone(),
    }
}

/// Writes updates in one shape.
#[derive(Debug)]
pub(super) struct Rows {
    shape: Shape,
    /// Symbols of which a line was written.
    seen: HashSet<Symbol>,
}

#[derive(Debug)]
enum Shape {
    Ndjson,
    Csv(Vec<QuoteField<'static>>),
    Table(Table, Vec<QuoteField<'static>>),
}

impl Rows {
    pub(super) fn new(format: Format, fields: &Fields, symbols: &[Symbol]) -> Self {
        let asked: Vec<_> = names(fields)
            .into_iter()
            .map(|name| QuoteField::from_name(name.into()).into_owned())
            .collect();
        let shape = match format {
            Format::Ndjson => Shape::Ndjson,
            Format::Csv => Shape::Csv(asked),
            Format::Table => {
                let mut shown: Vec<_> = USUAL
                    .into_iter()
                    .filter(|field| *fields == Fields::All || asked.contains(field))
                    .collect();
                if *fields != Fields::All {
                    let others = asked.into_iter().filter(|field| !USUAL.contains(field));
                    shown.extend(others);
                }
                Shape::Table(table(symbols, &shown), shown)
            }
        };
        Self {
            shape,
            seen: HashSet::new(),
        }
    }

    /// What stands above all rows; empty for JSON.
    pub(super) fn heading(&self) -> String {
        let mut out = String::new();
        match &self.shape {
            Shape::Ndjson => {}
            Shape::Csv(fields) => {
                let names = fields.iter().map(QuoteField::name);
                csv_row(std::iter::once("symbol").chain(names), &mut out);
            }
            Shape::Table(table, _) => table.headings(&mut out),
        }
        out
    }

    /// One update as one line.
    pub(super) fn row(&mut self, update: &QuoteUpdate) -> String {
        let first = self.seen.insert(update.symbol.clone());
        let mut out = String::new();
        match &self.shape {
            Shape::Ndjson => {
                let line = QuoteLine {
                    symbol: &update.symbol,
                    kind: if first { "snapshot" } else { "update" },
                    fields: AllFields(&update.quote),
                    changed: (!first).then_some(&update.changed),
                };
                // Writing to a string fails for no value that there is.
                out = serde_json::to_string(&line).unwrap_or_default();
                out.push('\n');
            }
            Shape::Csv(fields) => {
                let cells: Vec<_> = fields
                    .iter()
                    .map(|field| cell(update.quote.get(field)))
                    .collect();
                let cells = cells.iter().map(String::as_str);
                csv_row(
                    std::iter::once(update.symbol.as_str()).chain(cells),
                    &mut out,
                );
            }
            Shape::Table(table, fields) => {
                let mut cells = vec![update.symbol.to_string()];
                cells.extend(fields.iter().map(|field| shown(&update.quote, field)));
                table.row(&cells, &mut out);
            }
        }
        out
    }
}

#[derive(Serialize)]
struct QuoteLine<'a> {
    symbol: &'a Symbol,
    #[serde(rename = "type")]
    kind: &'static str,
    fields: AllFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<&'a QuoteFields>,
}

struct AllFields<'a>(&'a Quote);

impl Serialize for AllFields<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let fields = self.0.fields();
        out.collect_map(fields.map(|(field, value)| (field, JsonValue(value))))
    }
}

fn table(symbols: &[Symbol], shown: &[QuoteField<'static>]) -> Table {
    let widest = symbols.iter().map(|symbol| symbol.as_str().chars().count());
    let mut columns = vec![Column::text("SYMBOL", widest.max().unwrap_or_default())];
    columns.extend(shown.iter().map(|field| match field {
        QuoteField::Last => Column::number("LAST", 12),
        QuoteField::Change => Column::number("CHANGE", 12),
        QuoteField::ChangePercent => Column::number("CHANGE%", 8),
        QuoteField::Bid => Column::number("BID", 12),
        QuoteField::Ask => Column::number("ASK", 12),
        QuoteField::Volume => Column::number("VOLUME", 14),
        QuoteField::LastTime => Column::number("TIME UTC", 8),
        other => Column::text(&other.name().to_uppercase(), 12),
    }));
    Table::new(columns)
}

/// A cell of the table.
fn shown(quote: &Quote, field: &QuoteField<'static>) -> String {
    match field {
        QuoteField::LastTime => quote.last_time().map(clock).unwrap_or_default(),
        QuoteField::ChangePercent => quote
            .change_percent()
            .map(|percent| rounded(percent, 2))
            .unwrap_or_default(),
        other => match quote.number(other) {
            Some(number) => rounded(number, 8),
            None => cell(quote.get(other)),
        },
    }
}
