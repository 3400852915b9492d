//! Updates of quotes as rows of a table, as JSON or as CSV.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use client::{Quote, QuoteField, QuoteFields, QuoteUpdate, Symbol};
use serde::{Serialize, Serializer};

use super::{
    fields::shown_names,
    value::{JsonValue, cell},
};
use crate::{
    args::{Fields, Format},
    output::{Column, Decimals, Table, clock_or_date, compact, csv_row, rounded},
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

/// Writes updates in one shape, with a heading above the first.
#[derive(Debug)]
pub(super) struct Rows {
    shape: Shape,
    has_heading: bool,
}

#[derive(Debug)]
enum Shape {
    Ndjson {
        /// The fields that are shown; `None` for all.
        shown: Option<QuoteFields>,
        /// The state in each symbol's newest line.
        written: HashMap<Symbol, Quote>,
    },
    Csv(Vec<QuoteField<'static>>, NewestRows),
    Table(Table, Vec<QuoteField<'static>>, NewestRows),
}

/// The cells of each symbol's newest row.
type NewestRows = HashMap<Symbol, Vec<String>>;

impl Rows {
    pub(super) fn new(format: Format, fields: &Fields, symbols: &[Symbol]) -> Self {
        let asked: Vec<_> = shown_names(fields)
            .into_iter()
            .map(|name| QuoteField::from_name(name.into()).into_owned())
            .collect();
        let shape = match format {
            Format::Ndjson => Shape::Ndjson {
                shown: (*fields != Fields::All).then(|| asked.into_iter().collect()),
                written: HashMap::new(),
            },
            Format::Csv => Shape::Csv(asked, HashMap::new()),
            Format::Table => {
                let mut shown: Vec<_> = USUAL
                    .into_iter()
                    .filter(|field| *fields == Fields::All || asked.contains(field))
                    .collect();
                if *fields != Fields::All {
                    let others = asked.into_iter().filter(|field| !USUAL.contains(field));
                    shown.extend(others);
                }
                Shape::Table(table(symbols, &shown), shown, HashMap::new())
            }
        };
        Self {
            shape,
            has_heading: false,
        }
    }

    /// An update as one line; `None` if it says the same as the symbol's line before.
    pub(super) fn line(&mut self, update: &QuoteUpdate) -> Option<String> {
        self.line_of(&update.symbol, &update.quote, &update.changed)
    }

    fn line_of(&mut self, symbol: &Symbol, quote: &Quote, changed: &QuoteFields) -> Option<String> {
        let is_first = !self.has_heading;
        let mut out = String::new();
        match &mut self.shape {
            Shape::Ndjson { shown, written } => {
                let before = written.get_mut(symbol);
                let Some(before) = before else {
                    written.insert(symbol.clone(), quote.clone());
                    out = json_line(symbol, quote, shown.as_ref(), None);
                    return Some(out);
                };
                let changed = take_changes(before, quote, changed, shown.as_ref())?;
                out = json_line(symbol, quote, shown.as_ref(), Some(&changed));
            }
            Shape::Csv(fields, newest) => {
                let cells: Vec<_> = fields.iter().map(|field| cell(quote.get(field))).collect();
                keep_newest(newest, symbol, &cells)?;
                if is_first {
                    let names = fields.iter().map(QuoteField::name);
                    csv_row(std::iter::once("symbol").chain(names), &mut out);
                }
                let cells = cells.iter().map(String::as_str);
                csv_row(std::iter::once(symbol.as_str()).chain(cells), &mut out);
            }
            Shape::Table(table, fields, newest) => {
                let mut cells = vec![symbol.to_string()];
                let now = unix_now();
                cells.extend(fields.iter().map(|field| table_cell(quote, field, now)));
                keep_newest(newest, symbol, &cells)?;
                table.make_room([&cells]);
                if is_first {
                    table.headings(&mut out);
                }
                table.row(&cells, &mut out);
            }
        }
        self.has_heading = true;
        Some(out)
    }
}

/// Keeps the cells of a symbol's row; `None` if they are those of the row before.
fn keep_newest(newest: &mut NewestRows, symbol: &Symbol, cells: &[String]) -> Option<()> {
    match newest.get_mut(symbol) {
        Some(before) if before == cells => return None,
        Some(before) => before.clone_from_slice(cells),
        None => {
            newest.insert(symbol.clone(), cells.to_vec());
        }
    }
    Some(())
}

/// Takes over what has changed in the shown fields; `None` if nothing has.
fn take_changes(
    before: &mut Quote,
    quote: &Quote,
    sent: &QuoteFields,
    shown: Option<&QuoteFields>,
) -> Option<QuoteFields> {
    let is_shown = |field: &QuoteField<'_>| shown.is_none_or(|shown| shown.contains(field));
    let has_changed =
        |field: &QuoteField<'_>| is_shown(field) && before.get(field) != quote.get(field);
    let changed: QuoteFields = sent.iter().filter(has_changed).collect();
    let values = changed.iter().filter_map(|field| {
        let value = quote.get(&field)?.clone();
        Some((field, value))
    });
    before.merge(values);
    (!changed.is_empty()).then_some(changed)
}

fn json_line(
    symbol: &Symbol,
    quote: &Quote,
    shown: Option<&QuoteFields>,
    changed: Option<&QuoteFields>,
) -> String {
    let line = QuoteLine {
        symbol,
        kind: if changed.is_none() {
            "snapshot"
        } else {
            "update"
        },
        fields: ShownFields(quote, shown),
        changed,
    };
    // Writing to a string cannot fail.
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct QuoteLine<'a> {
    symbol: &'a Symbol,
    #[serde(rename = "type")]
    kind: &'static str,
    fields: ShownFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<&'a QuoteFields>,
}

struct ShownFields<'a>(&'a Quote, Option<&'a QuoteFields>);

impl Serialize for ShownFields<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let is_shown = |field: &QuoteField<'_>| self.1.is_none_or(|shown| shown.contains(field));
        let fields = self.0.fields().filter(|(field, _)| is_shown(field));
        out.collect_map(fields.map(|(field, value)| (field, JsonValue(value))))
    }
}

fn table(symbols: &[Symbol], shown: &[QuoteField<'static>]) -> Table {
    let widest = symbols.iter().map(|symbol| symbol.as_str().chars().count());
    let mut columns = vec![Column::text("SYMBOL", widest.max().unwrap_or_default())];
    columns.extend(shown.iter().map(|field| match field {
        QuoteField::Last => Column::number("LAST", 8),
        QuoteField::Change => Column::number("CHANGE", 8),
        QuoteField::ChangePercent => Column::number("CHANGE%", 7),
        QuoteField::Bid => Column::number("BID", 8),
        QuoteField::Ask => Column::number("ASK", 8),
        QuoteField::Volume => Column::number("VOLUME", 7),
        QuoteField::LastTime => Column::number("TIME UTC", 8),
        other => Column::text(&other.name().to_uppercase(), 12),
    }));
    Table::new(columns)
}

fn unix_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.ok()
        .and_then(|now| i64::try_from(now.as_secs()).ok())
        .unwrap_or_default()
}

/// A cell of the table.
fn table_cell(quote: &Quote, field: &QuoteField<'static>, now: i64) -> String {
    let scale = QuoteField::from_name("pricescale".into());
    let decimals = Decimals::of_scale(quote.number(&scale));
    let number = quote.number(field);
    match field {
        QuoteField::LastTime => {
            let time = quote.last_time();
            time.map(|time| clock_or_date(time.seconds(), now))
                .unwrap_or_default()
        }
        QuoteField::ChangePercent => number
            .map(|percent| format!("{percent:.2}"))
            .unwrap_or_default(),
        QuoteField::Change => number
            .map(|change| decimals.show_change(change))
            .unwrap_or_default(),
        QuoteField::Last | QuoteField::Bid | QuoteField::Ask => {
            number.map(|price| decimals.show(price)).unwrap_or_default()
        }
        QuoteField::Volume => number.map(compact).unwrap_or_default(),
        other => match number {
            Some(number) => rounded(number, 8),
            None => cell(quote.get(other)),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use client::QuoteValue;

    use super::*;

    /// Formats each state of one symbol; each value is what the server sends.
    fn written(
        format: Format,
        fields: &str,
        sent: &[&[(&'static str, f64)]],
    ) -> Vec<Option<String>> {
        let symbol = Symbol::new("A:B").unwrap();
        let mut rows = Rows::new(
            format,
            &fields.parse().unwrap(),
            std::slice::from_ref(&symbol),
        );
        let mut quote = Quote::default();
        let mut lines = Vec::new();
        for values in sent {
            let field = |name: &'static str| QuoteField::from_name(name.into());
            quote.merge(
                values
                    .iter()
                    .map(|(name, value)| (field(name), QuoteValue::Number(*value))),
            );
            let changed = values.iter().map(|(name, _)| field(name)).collect();
            let quote = Arc::new(quote.clone());
            lines.push(rows.line_of(&symbol, &quote, &changed));
        }
        lines
    }

    #[test]
    fn only_what_really_changed_is_listed_and_written() {
        let lines = written(
            Format::Ndjson,
            "lp,volume",
            &[
                &[("lp", 1.5), ("volume", 10.0), ("bid", 1.0)],
                &[("lp", 1.5)],
                &[("bid", 2.0)],
                &[("lp", 1.5), ("volume", 11.0)],
                &[("volume", 11.0), ("lp", 2.0)],
            ],
        );
        let expected = [
            Some(r#"{"symbol":"A:B","type":"snapshot","fields":{"lp":1.5,"volume":10}}"#),
            None,
            None,
            Some(
                r#"{"symbol":"A:B","type":"update","fields":{"lp":1.5,"volume":11},"changed":["volume"]}"#,
            ),
            Some(
                r#"{"symbol":"A:B","type":"update","fields":{"lp":2,"volume":11},"changed":["lp"]}"#,
            ),
        ];
        let expected: Vec<_> = expected
            .map(|line| line.map(|line| format!("{line}\n")))
            .into();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_row_that_would_be_the_same_is_not_written() {
        let sent: [&[_]; 3] = [
            &[("lp", 1.5), ("bid", 1.0)],
            &[("bid", 2.0)],
            &[("lp", 1.75)],
        ];
        assert_eq!(
            written(Format::Csv, "lp", &sent),
            [
                Some("symbol,lp\nA:B,1.5\n".to_owned()),
                None,
                Some("A:B,1.75\n".to_owned())
            ]
        );
        let table = written(Format::Table, "lp", &sent);
        assert!(table[0].as_ref().unwrap().starts_with("SYMBOL"));
        assert_eq!(table[1], None);
        assert!(table[2].as_ref().unwrap().ends_with("1.75\n"));
    }

    #[test]
    fn prices_of_a_table_have_the_symbols_decimals() {
        let sent: [&[_]; 2] = [
            &[
                ("lp", 3818.0),
                ("ch", -0.5),
                ("chp", 0.2),
                ("pricescale", 100.0),
            ],
            &[("lp", 2e-9)],
        ];
        let table = written(Format::Table, "lp,ch,chp", &sent);
        let cells: Vec<_> = table[0]
            .as_ref()
            .unwrap()
            .split_whitespace()
            .skip(4)
            .map(str::to_owned)
            .collect();
        assert_eq!(cells, ["A:B", "3818.00", "-0.50", "0.20"]);
        assert!(table[1].as_ref().unwrap().contains("0.000000002"));
    }
}
