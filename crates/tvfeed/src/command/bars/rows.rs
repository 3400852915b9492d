//! Bars as rows of a table, as JSON or as CSV.

use client::values::{Bar, Symbol};
use serde::Serialize;

use crate::{
    args::Format,
    output::{Column, Table, csv_row, date_and_clock, exact, rounded},
};

const NAMES: [&str; 6] = ["time", "open", "high", "low", "close", "volume"];

/// Writes bars in one shape.
#[derive(Debug)]
pub(super) struct Rows {
    shape: Shape,
    /// Whether a row says which symbol it is of.
    named: bool,
}

#[derive(Debug)]
enum Shape {
    Ndjson,
    Csv,
    Table(Table),
}

/// A bar of one of several symbols.
#[derive(Serialize)]
struct Named<'a> {
    symbol: &'a Symbol,
    #[serde(flatten)]
    bar: &'a Bar,
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
                columns.push(Column::text("TIME UTC", 19));
                columns
                    .extend(["OPEN", "HIGH", "LOW", "CLOSE"].map(|name| Column::number(name, 12)));
                columns.push(Column::number("VOLUME", 16));
                Shape::Table(Table::new(columns))
            }
        };
        Self { shape, named }
    }

    /// What stands above all rows; empty for JSON.
    pub(super) fn heading(&self) -> String {
        let mut out = String::new();
        match &self.shape {
            Shape::Ndjson => {}
            Shape::Csv => csv_row(
                self.named.then_some("symbol").into_iter().chain(NAMES),
                &mut out,
            ),
            Shape::Table(table) => table.headings(&mut out),
        }
        out
    }

    /// Appends a bar as one line.
    pub(super) fn row(&self, symbol: &Symbol, bar: &Bar, out: &mut String) {
        match &self.shape {
            Shape::Ndjson => {
                let line = if self.named {
                    serde_json::to_string(&Named { symbol, bar })
                } else {
                    serde_json::to_string(bar)
                };
                // Writing to a string fails for no bar that there is.
                out.push_str(&line.unwrap_or_default());
                out.push('\n');
            }
            Shape::Csv => {
                let cells = self.cells(symbol, bar, bar.time.to_string(), exact);
                csv_row(cells.iter().map(String::as_str), out);
            }
            Shape::Table(table) => {
                let time = date_and_clock(bar.time);
                table.row(
                    &self.cells(symbol, bar, time, |number| rounded(number, 8)),
                    out,
                );
            }
        }
    }

    fn cells(
        &self,
        symbol: &Symbol,
        bar: &Bar,
        time: String,
        number: impl Fn(f64) -> String,
    ) -> Vec<String> {
        let mut cells = Vec::with_capacity(NAMES.len() + 1);
        if self.named {
            cells.push(symbol.to_string());
        }
        cells.push(time);
        cells.extend([bar.open, bar.high, bar.low, bar.close].map(&number));
        cells.push(bar.volume.map(number).unwrap_or_default());
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: Bar = Bar {
        time: 1_723_728_600,
        open: 1.5,
        high: 2.25,
        low: 1.0,
        close: 2.0,
        volume: None,
    };

    fn written(format: Format, symbols: &[&str], bar: &Bar) -> String {
        let symbols: Vec<_> = symbols
            .iter()
            .map(|name| Symbol::new(name).unwrap())
            .collect();
        let rows = Rows::new(format, &symbols);
        let mut out = rows.heading();
        rows.row(&symbols[0], bar, &mut out);
        out
    }

    #[test]
    fn ndjson_has_the_six_values_in_order_and_the_symbol_first() {
        let one =
            r#"{"time":1723728600,"open":1.5,"high":2.25,"low":1.0,"close":2.0,"volume":null}"#;
        assert_eq!(written(Format::Ndjson, &["A:B"], &BAR), format!("{one}\n"));
        assert_eq!(
            written(Format::Ndjson, &["A:B", "C:D"], &BAR),
            format!("{{\"symbol\":\"A:B\",{}\n", &one[1..])
        );
    }

    #[test]
    fn csv_has_a_heading_and_empty_cells_for_what_is_absent() {
        assert_eq!(
            written(Format::Csv, &["A:B"], &BAR),
            "time,open,high,low,close,volume\n1723728600,1.5,2.25,1,2,\n"
        );
        let gap = Bar {
            open: f64::NAN,
            volume: Some(7.0),
            ..BAR
        };
        assert_eq!(
            written(Format::Csv, &["A:B,C", "D"], &gap),
            "symbol,time,open,high,low,close,volume\n\"A:B,C\",1723728600,,2.25,1,2,7\n"
        );
    }

    #[test]
    fn tables_show_dates() {
        let table = written(Format::Table, &["A:B", "C:D"], &BAR);
        let lines: Vec<_> = table.lines().collect();
        let words = |line: &str| -> Vec<String> {
            line.split("  ")
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(
            words(lines[0]),
            [
                "SYMBOL", "TIME UTC", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME"
            ]
        );
        assert_eq!(
            words(lines[1]),
            ["A:B", "2024-08-15 13:30:00", "1.5", "2.25", "1", "2", "-"]
        );
        assert_eq!(lines[0].len(), lines[1].len());
    }
}
