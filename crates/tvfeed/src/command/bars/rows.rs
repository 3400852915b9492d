//! Bars as rows of a table, as JSON or as CSV.

use client::{Bar, Symbol};
use serde::Serialize;

use crate::{
    args::Format,
    output::{Column, Decimals, JsonNumber, Table, compact, csv_row, date_and_clock, exact},
};

const NAMES: [&str; 7] = ["time", "open", "high", "low", "close", "volume", "closed"];

/// Marks bars of a table that are not closed.
const OPEN_MARK: &str = "*";

/// What the rows of a symbol have in common.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub(super) symbol: Symbol,
    pub(super) decimals: Decimals,
    /// By how many seconds the data is delayed; 0 for live data.
    pub(super) delay: u32,
}

/// A bar, and whether it is closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) bar: Bar,
    pub(super) is_closed: bool,
}

/// Writes bars in one shape, with a heading above the first.
#[derive(Debug)]
pub(super) struct Rows {
    shape: Shape,
    /// Whether a row says which symbol it is of.
    named: bool,
    has_heading: bool,
}

#[derive(Debug)]
enum Shape {
    Ndjson,
    Csv,
    Table(Table),
}

#[derive(Serialize)]
struct JsonRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<&'a Symbol>,
    time: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: Option<JsonNumber>,
    closed: bool,
    #[serde(skip_serializing_if = "is_zero")]
    delay: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(delay: &u32) -> bool {
    *delay == 0
}

impl Rows {
    pub(super) fn new(format: Format, symbols: &[Symbol]) -> Self {
        let named = symbols.len() > 1;
        let shape = match format {
            Format::Ndjson => Shape::Ndjson,
            Format::Csv => Shape::Csv,
            Format::Table => {
                let mut columns = Vec::new();
                if named {
                    let widest = symbols.iter().map(|symbol| symbol.as_str().chars().count());
                    columns.push(Column::text("SYMBOL", widest.max().unwrap_or_default()));
                }
                columns.push(Column::fixed("TIME UTC", 16));
                columns
                    .extend(["OPEN", "HIGH", "LOW", "CLOSE"].map(|name| Column::number(name, 7)));
                columns.push(Column::number("VOLUME", 7));
                columns.push(Column::fixed("", 1));
                Shape::Table(Table::new(columns))
            }
        };
        Self {
            shape,
            named,
            has_heading: false,
        }
    }

    /// Rows of one symbol as lines.
    pub(super) fn lines(&mut self, style: &Style, rows: &[Row]) -> String {
        let mut out = String::new();
        let is_first = !std::mem::replace(&mut self.has_heading, true);
        let named = self.named;
        match &mut self.shape {
            Shape::Ndjson => {
                for row in rows {
                    // Writing to a string cannot fail.
                    let line = serde_json::to_string(&json(named, style, row));
                    out.push_str(&line.unwrap_or_default());
                    out.push('\n');
                }
            }
            Shape::Csv => {
                if is_first {
                    csv_row(named.then_some("symbol").into_iter().chain(NAMES), &mut out);
                }
                for row in rows {
                    let mut cells = cells(
                        named,
                        style,
                        row,
                        row.bar.time.seconds().to_string(),
                        exact,
                        exact,
                    );
                    cells.push(row.is_closed.to_string());
                    csv_row(cells.iter().map(String::as_str), &mut out);
                }
            }
            Shape::Table(table) => {
                let rows: Vec<_> = rows
                    .iter()
                    .map(|row| {
                        let time = date_and_clock(row.bar.time.seconds());
                        let price = |price| style.decimals.show(price);
                        let mut cells = cells(named, style, row, time, price, compact);
                        let mark = if row.is_closed { "" } else { OPEN_MARK };
                        cells.push(mark.to_owned());
                        cells
                    })
                    .collect();
                table.make_room(&rows);
                if is_first {
                    table.headings(&mut out);
                }
                for cells in &rows {
                    table.row(cells, &mut out);
                }
            }
        }
        out
    }
}

fn json<'a>(named: bool, style: &'a Style, row: &Row) -> JsonRow<'a> {
    let bar = row.bar;
    JsonRow {
        symbol: named.then_some(&style.symbol),
        time: bar.time.seconds(),
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: bar.volume.map(JsonNumber),
        closed: row.is_closed,
        delay: style.delay,
    }
}

fn cells(
    named: bool,
    style: &Style,
    row: &Row,
    time: String,
    price: impl Fn(f64) -> String,
    volume: impl Fn(f64) -> String,
) -> Vec<String> {
    let bar = row.bar;
    let mut cells = Vec::with_capacity(NAMES.len() + 1);
    if named {
        cells.push(style.symbol.to_string());
    }
    cells.push(time);
    cells.extend([bar.open, bar.high, bar.low, bar.close].map(price));
    cells.push(bar.volume.map(volume).unwrap_or_default());
    cells
}

#[cfg(test)]
mod tests {
    use client::Timestamp;

    use super::*;

    const BAR: Bar = Bar {
        time: Timestamp::from_seconds(1_723_728_600),
        open: 1.5,
        high: 2.25,
        low: 1.0,
        close: 2.0,
        volume: None,
    };

    fn written(format: Format, symbols: &[&str], bars: &[(Bar, bool)], delay: u32) -> String {
        let symbols: Vec<_> = symbols
            .iter()
            .map(|name| Symbol::new(name).unwrap())
            .collect();
        let mut rows = Rows::new(format, &symbols);
        let style = Style {
            symbol: symbols[0].clone(),
            decimals: Decimals::of_scale(Some(100.0)),
            delay,
        };
        let mut out = String::new();
        for (bar, is_closed) in bars.iter().copied() {
            out.push_str(&rows.lines(&style, &[Row { bar, is_closed }]));
        }
        out
    }

    #[test]
    fn ndjson_has_the_values_in_order_and_the_symbol_first() {
        let one = r#"{"time":1723728600,"open":1.5,"high":2.25,"low":1.0,"close":2.0,"volume":null,"closed":true}"#;
        assert_eq!(
            written(Format::Ndjson, &["A:B"], &[(BAR, true)], 0),
            format!("{one}\n")
        );
        assert_eq!(
            written(Format::Ndjson, &["A:B", "C:D"], &[(BAR, true)], 0),
            format!("{{\"symbol\":\"A:B\",{}\n", &one[1..])
        );
        let volume = Bar {
            volume: Some(61_511_929.0),
            ..BAR
        };
        let late = written(Format::Ndjson, &["A:B"], &[(volume, false)], 900);
        assert!(
            late.ends_with("\"volume\":61511929,\"closed\":false,\"delay\":900}\n"),
            "{late}"
        );
    }

    #[test]
    fn csv_has_one_heading_and_empty_cells_for_what_is_absent() {
        assert_eq!(
            written(Format::Csv, &["A:B"], &[(BAR, true), (BAR, false)], 0),
            "time,open,high,low,close,volume,closed\n1723728600,1.5,2.25,1,2,,true\n1723728600,1.5,2.25,1,2,,false\n"
        );
        let gap = Bar {
            open: f64::NAN,
            volume: Some(7.0),
            ..BAR
        };
        assert_eq!(
            written(Format::Csv, &["A:B,C", "D"], &[(gap, true)], 0),
            "symbol,time,open,high,low,close,volume,closed\n\"A:B,C\",1723728600,,2.25,1,2,7,true\n"
        );
    }

    #[test]
    fn tables_show_dates_the_symbols_decimals_and_a_mark() {
        let table = written(
            Format::Table,
            &["A:B", "C:D"],
            &[(BAR, true), (BAR, false)],
            0,
        );
        let lines: Vec<_> = table.lines().collect();
        let cells = |line: &str| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            cells(lines[0]),
            [
                "SYMBOL", "TIME UTC", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME"
            ]
        );
        let row = [
            "A:B",
            "2024-08-15 13:30",
            "1.50",
            "2.25",
            "1.00",
            "2.00",
            "-",
        ];
        assert_eq!(cells(lines[1]), row);
        assert_eq!(cells(lines[2]), [&row[..], &["*"]].concat());
        assert_eq!(lines[0].len(), lines[1].len());
    }
}
