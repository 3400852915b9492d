//! Rows of named values in each of the three formats.

use super::{
    csv::csv_row,
    number::{brief, exact, grouped, hundredths, price},
    table::{Column, Table},
    time::{date, date_and_clock},
};

/// A value of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    /// No value: an empty cell, or `null`.
    #[default]
    Missing,
    Text(String),
    Number(f64),
    Bool(bool),
    /// Words: a list in JSON, else with commas between.
    List(Vec<String>),
    /// JSON as it came.
    Json(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers beyond 2^53 are written as JSON"
    )]
    fn from(number: i64) -> Self {
        match number.unsigned_abs() < EXACT_BELOW {
            true => Self::Number(number as f64),
            false => Self::Json(number.to_string()),
        }
    }
}

/// The whole number up to which doubles hold every other.
const EXACT_BELOW: u64 = 1 << 53;

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<Vec<String>> for Value {
    fn from(words: Vec<String>) -> Self {
        Self::List(words)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// How a column looks in a table. The other formats have all values in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A symbol: shortened at its start if the table is too wide.
    Symbol,
    /// Text that is shortened at its end if the table is too wide.
    Prose,
    /// Text that is never shortened.
    Word,
    /// A number, shortened.
    Number,
    /// A price: two decimals and, of small prices, more.
    Price,
    /// A percentage or a score: two decimals.
    Percent,
    /// A count, with separators.
    Count,
    /// An interval as the server writes it, in minutes or with a letter; shown as `5m`, `4h`, `1D`.
    Interval,
    /// A number, in full.
    Whole,
    /// Unix seconds as a date and a time of day.
    Time,
    /// Unix seconds as a date.
    Day,
    /// Not in the table.
    Hidden,
}

/// A column of rows.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    key: String,
    heading: String,
    shape: Shape,
}

impl Field {
    /// A column by its key in NDJSON and CSV, its heading in a table, and how it looks there.
    pub(crate) fn new(key: impl Into<String>, heading: impl Into<String>, shape: Shape) -> Self {
        Self {
            key: key.into(),
            heading: heading.into(),
            shape,
        }
    }

    /// A column that tables do not have.
    pub(crate) fn hidden(key: impl Into<String>) -> Self {
        Self::new(key, "", Shape::Hidden)
    }

    fn column(&self) -> Column {
        let heading = self.heading.as_str();
        match self.shape {
            Shape::Symbol => Column::text(heading, 0),
            Shape::Prose => Column::prose(heading, 0),
            Shape::Word | Shape::Interval | Shape::Time | Shape::Day | Shape::Hidden => {
                Column::fixed(heading, 0)
            }
            Shape::Number | Shape::Price | Shape::Percent | Shape::Count | Shape::Whole => {
                Column::number(heading, 0)
            }
        }
    }
}

/// Lays out rows. The heading comes with the first of them.
#[derive(Debug)]
pub(crate) struct Records {
    layout: Layout,
    fields: Vec<Field>,
    has_heading: bool,
}

#[derive(Debug)]
enum Layout {
    Table(Table),
    Ndjson,
    Csv,
}

impl Records {
    /// Rows of these columns, as a table.
    pub(crate) fn table(fields: Vec<Field>) -> Self {
        let shown = fields.iter().filter(|field| field.shape != Shape::Hidden);
        let columns = shown.map(Field::column).collect();
        Self::new(Layout::Table(Table::new(columns)), fields)
    }

    /// Rows of these columns, as JSON objects.
    pub(crate) fn ndjson(fields: Vec<Field>) -> Self {
        Self::new(Layout::Ndjson, fields)
    }

    /// Rows of these columns, as comma-separated values.
    pub(crate) fn csv(fields: Vec<Field>) -> Self {
        Self::new(Layout::Csv, fields)
    }

    fn new(layout: Layout, fields: Vec<Field>) -> Self {
        Self {
            layout,
            fields,
            has_heading: false,
        }
    }

    /// The lines of rows, each with a value for each column; nothing if there are no rows.
    pub(crate) fn lines(&mut self, rows: &[Vec<Value>]) -> String {
        let mut out = String::new();
        if rows.is_empty() {
            return out;
        }
        let is_first = !std::mem::replace(&mut self.has_heading, true);
        match &mut self.layout {
            Layout::Table(table) => {
                let rows: Vec<Vec<String>> =
                    rows.iter().map(|row| cells(&self.fields, row)).collect();
                table.make_room(&rows);
                if is_first {
                    table.headings(&mut out);
                }
                rows.iter().for_each(|row| table.row(row, &mut out));
            }
            Layout::Csv => {
                if is_first {
                    csv_row(self.fields.iter().map(|field| field.key.as_str()), &mut out);
                }
                for row in rows {
                    let cells: Vec<String> = row.iter().map(plain).collect();
                    csv_row(cells.iter().map(String::as_str), &mut out);
                }
            }
            Layout::Ndjson => {
                for row in rows {
                    object(&self.fields, row, &mut out);
                    out.push('\n');
                }
            }
        }
        out
    }
}

/// The cells of a table's row.
fn cells(fields: &[Field], row: &[Value]) -> Vec<String> {
    let shown = fields.iter().zip(row);
    let shown = shown.filter(|(field, _)| field.shape != Shape::Hidden);
    shown
        .map(|(field, value)| cell(field.shape, value))
        .collect()
}

/// A value as a table shows it in a column of this shape.
pub(crate) fn cell(shape: Shape, value: &Value) -> String {
    match (shape, value) {
        (Shape::Time, Value::Number(seconds)) => {
            whole(*seconds).map_or_else(String::new, date_and_clock)
        }
        (Shape::Day, Value::Number(seconds)) => whole(*seconds).map_or_else(String::new, date),
        (Shape::Price, Value::Number(number)) => price(*number),
        (Shape::Percent, Value::Number(number)) => hundredths(*number),
        (Shape::Count, Value::Number(number)) => count(*number),
        (Shape::Interval, Value::Text(interval)) => of_minutes(interval),
        (Shape::Whole, Value::Number(number)) => exact(*number),
        (_, Value::Number(number)) => brief(*number),
        (_, other) => plain(other),
    }
}

/// A count in full; what is not one is shortened.
fn count(number: f64) -> String {
    match whole(number).and_then(|whole| u64::try_from(whole).ok()) {
        Some(count) if number.fract() == 0.0 => grouped(count),
        _ => brief(number),
    }
}

/// `60` as `1h`, `5` as `5m`; with a letter as it is.
fn of_minutes(interval: &str) -> String {
    match interval.parse::<u32>() {
        Ok(minutes) if minutes > 0 && minutes.is_multiple_of(60) => format!("{}h", minutes / 60),
        Ok(minutes) => format!("{minutes}m"),
        Err(_) => interval.to_owned(),
    }
}

/// A whole number of seconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "far from the largest number"
)]
fn whole(number: f64) -> Option<i64> {
    (number.abs() < 1e15).then(|| number.floor() as i64)
}

/// A value as a cell of CSV.
fn plain(value: &Value) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Number(number) => exact(*number),
        Value::Bool(flag) => flag.to_string(),
        Value::List(words) => words.join(","),
    }
}

/// Appends a JSON object.
fn object(fields: &[Field], row: &[Value], out: &mut String) {
    out.push('{');
    for (index, (field, value)) in fields.iter().zip(row).enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&text(&field.key));
        out.push(':');
        match value {
            Value::Missing => out.push_str("null"),
            Value::Text(value) => out.push_str(&text(value)),
            Value::Number(number) if number.is_finite() => out.push_str(&exact(*number)),
            Value::Number(_) => out.push_str("null"),
            Value::Bool(flag) => out.push_str(&flag.to_string()),
            Value::List(words) => {
                let words: Vec<String> = words.iter().map(|word| text(word)).collect();
                out.push('[');
                out.push_str(&words.join(","));
                out.push(']');
            }
            Value::Json(json) => out.push_str(json),
        }
    }
    out.push('}');
}

/// A text as JSON.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("symbol", "SYMBOL", Shape::Symbol),
            Field::new("name", "NAME", Shape::Prose),
            Field::new("size", "SIZE", Shape::Number),
            Field::new("day", "DAY", Shape::Day),
            Field::hidden("tags"),
            Field::hidden("raw"),
        ]
    }

    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![
                "A:B".into(),
                "One, \"two\"".into(),
                61_511_929.0.into(),
                1_723_728_600_i64.into(),
                vec!["x".to_owned(), "y".to_owned()].into(),
                Value::Json(r#"{"a":1}"#.to_owned()),
            ],
            vec![
                "A:C".into(),
                Value::Missing,
                f64::NAN.into(),
                Value::Missing,
                Value::List(Vec::new()),
                true.into(),
            ],
        ]
    }

    #[test]
    fn each_format_has_every_value() {
        assert_eq!(
            Records::ndjson(fields()).lines(&rows()),
            "{\"symbol\":\"A:B\",\"name\":\"One, \\\"two\\\"\",\"size\":61511929,\
             \"day\":1723728600,\"tags\":[\"x\",\"y\"],\"raw\":{\"a\":1}}\n\
             {\"symbol\":\"A:C\",\"name\":null,\"size\":null,\"day\":null,\"tags\":[],\"raw\":true}\n"
        );
        assert_eq!(
            Records::csv(fields()).lines(&rows()),
            "symbol,name,size,day,tags,raw\n\
             A:B,\"One, \"\"two\"\"\",61511929,1723728600,\"x,y\",\"{\"\"a\"\":1}\"\n\
             A:C,,,,,true\n"
        );
        assert_eq!(
            Records::table(fields()).lines(&rows()),
            "SYMBOL  NAME          SIZE  DAY\n\
             A:B     One, \"two\"  61.51M  2024-08-15\n\
             A:C     -                -  -\n"
        );
    }

    #[test]
    fn the_heading_comes_once_and_with_the_first_row() {
        let mut csv = Records::csv(fields());
        assert_eq!(csv.lines(&[]), "");
        assert!(csv.lines(&rows()[..1]).starts_with("symbol,"));
        assert!(csv.lines(&rows()[1..]).starts_with("A:C,"));
    }

    #[test]
    fn whole_numbers_beyond_doubles_stay_whole() {
        let number = Value::from(i64::MAX);
        assert_eq!(plain(&number), "9223372036854775807");
        assert_eq!(cell(Shape::Whole, &123_456_789.0.into()), "123456789");
        assert_eq!(cell(Shape::Percent, &(-0.037_38).into()), "-0.04");
        assert_eq!(cell(Shape::Time, &f64::INFINITY.into()), "");
        assert_eq!(cell(Shape::Count, &164_000.0.into()), "164,000");
        assert_eq!(cell(Shape::Count, &(-1.5).into()), "-1.5");
        let intervals = ["1", "60", "240", "1D", "1M"].map(|it| cell(Shape::Interval, &it.into()));
        assert_eq!(intervals, ["1m", "1h", "4h", "1D", "1M"]);
    }
}
