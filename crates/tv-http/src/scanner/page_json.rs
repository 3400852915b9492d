//! Pages from and to JSON.
//!
//! A scan has up to hundreds of thousands of values, so its text is read without a detour. What
//! that way cannot read is read again leniently: both give the same page.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::{
    Cell, ScanPage,
    page::{Form, RawRow},
};
use crate::{
    json::{Decoded, Field, Item, Place, Reading, Surprise, Why, from_item, surprises, to_item},
    wire::{Answer, AnswerError},
};

impl ScanPage {
    pub(super) fn parse(answer: &Answer) -> Result<Self, AnswerError> {
        // An error is JSON of the same form, and needs the slow way to be seen.
        match answer.fast_json::<Quick>() {
            Some(Quick(page)) if page.rows.is_some() && !page.rest.has("error") => Ok(page),
            _ => answer.json(),
        }
    }

    /// Takes one key of an answer that is not the list of rows.
    fn take(&mut self, key: &str, value: &Value) {
        let reading = match key {
            _ if value.is_null() => Reading::Reformed,
            "totalCount" => {
                let (count, reading) = Field::read(value);
                self.total_count = count;
                reading
            }
            "time" => {
                let (time, reading) = Field::read(value);
                self.time = time;
                reading
            }
            "fields" => {
                let (columns, reading) = Field::read(value);
                self.columns = columns;
                self.form = Form::Second;
                reading
            }
            _ => return self.rest.keep(key, value, Why::Unknown),
        };
        match reading {
            Reading::Exact => {}
            Reading::Reformed => self.rest.keep(key, value, Why::Reformed),
            Reading::Odd => self.rest.keep(key, value, Why::Odd),
        }
    }

    /// Takes the list of rows, all that can be read.
    fn take_rows(&mut self, key: &str, value: &Value) {
        let (rows, reading): (Vec<RawRow>, Reading) = Field::read(value);
        let is_list = value.is_array();
        match reading {
            Reading::Odd => self.rest.keep(key, value, Why::Odd),
            _ if !is_list => self.rest.keep(key, value, Why::Reformed),
            _ => {}
        }
        self.rows = is_list.then_some(rows);
    }
}

impl Form {
    /// The keys of the rows, of a symbol and of its values.
    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::First => ("data", "d"),
            Self::Second => ("symbols", "f"),
        }
    }
}

impl Item for ScanPage {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let fields = value.as_object()?;
        let mut page = Self::default();
        let has = |key| fields.get(key).is_some_and(Value::is_array);
        if has("symbols") && !has("data") {
            page.form = Form::Second;
        }
        let (rows_key, _) = page.form.keys();
        for (key, value) in fields {
            match key.as_str() {
                key if key == rows_key && value.is_null() => {
                    page.rest.keep(key, value, Why::Reformed)
                }
                key if key == rows_key => page.take_rows(key, value),
                key if page.form == Form::First && key == "fields" => {
                    page.rest.keep(key, value, Why::Unknown);
                }
                key => page.take(key, value),
            }
        }
        Some((page, Reading::Exact))
    }

    fn write(&self) -> Value {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value
                && !self.rest.has(key)
            {
                fields.insert(key.to_owned(), value);
            }
        };
        let (rows_key, cells_key) = self.form.keys();
        put("totalCount", Field::write(&self.total_count));
        put("time", Field::write(&self.time));
        if self.form == Form::Second {
            put("fields", Field::write(&self.columns));
        }
        let rows = self.rows.as_deref();
        put(
            rows_key,
            rows.map(|rows| rows.iter().map(|row| row.to_json(cells_key)).collect()),
        );
        self.rest.write(&mut fields);
        Value::Object(fields)
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        self.rest.look(place, out);
        let (rows_key, _) = self.form.keys();
        let place = place.key(rows_key);
        for (index, row) in self.rows.as_deref().unwrap_or_default().iter().enumerate() {
            row.rest.look(&place.index(index), out);
        }
    }
}

impl RawRow {
    fn to_json(&self, cells_key: &str) -> Value {
        let mut fields = Map::new();
        fields.insert("s".to_owned(), self.symbol.as_str().into());
        fields.insert(cells_key.to_owned(), Item::write(&self.cells));
        self.rest.write(&mut fields);
        Value::Object(fields)
    }
}

impl Item for RawRow {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let fields = value.as_object()?;
        let cells_key = if fields.contains_key("d") { "d" } else { "f" };
        let symbol = fields.get("s")?.as_str()?.to_owned();
        let (cells, _) = <Vec<Cell> as Item>::read(fields.get(cells_key)?)?;
        let mut row = Self {
            symbol,
            cells,
            rest: crate::json::Rest::default(),
        };
        for (key, value) in fields {
            if key != "s" && key != cells_key {
                row.rest.keep(key, value, Why::Unknown);
            }
        }
        Some((row, Reading::Exact))
    }

    fn write(&self) -> Value {
        self.to_json("d")
    }
}

impl Decoded for ScanPage {
    fn surprises(&self) -> Vec<Surprise> {
        surprises(self)
    }
}

impl Serialize for ScanPage {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        to_item(self, out)
    }
}

impl<'de> Deserialize<'de> for ScanPage {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        from_item(source, "an object")
    }
}

/// A page that is read without a detour, and only if its rows are as expected.
struct Quick(ScanPage);

impl<'de> Deserialize<'de> for Quick {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Quick;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<Quick, A::Error> {
                let mut page = ScanPage::default();
                while let Some(key) = fields.next_key::<String>()? {
                    match key.as_str() {
                        "data" if page.rows.is_none() => {
                            let rows: Vec<QuickRow> = fields.next_value()?;
                            page.rows = Some(rows.into_iter().map(|row| row.0).collect());
                        }
                        // The other form, and whatever is rare.
                        "symbols" | "fields" | "data" => {
                            return Err(de::Error::custom("not a plain scan"));
                        }
                        key => page.take(key, &fields.next_value()?),
                    }
                }
                Ok(Quick(page))
            }
        }
        source.deserialize_map(Visitor)
    }
}

/// A row of the first form.
struct QuickRow(RawRow);

impl<'de> Deserialize<'de> for QuickRow {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = QuickRow;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a row")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<QuickRow, A::Error> {
                let (mut symbol, mut cells) = (None, None);
                let mut rest = crate::json::Rest::default();
                while let Some(key) = fields.next_key::<String>()? {
                    match key.as_str() {
                        "s" => symbol = Some(fields.next_value()?),
                        "d" => cells = Some(fields.next_value()?),
                        key => rest.keep(key, &fields.next_value()?, Why::Unknown),
                    }
                }
                match (symbol, cells) {
                    (Some(symbol), Some(cells)) => Ok(QuickRow(RawRow {
                        symbol,
                        cells,
                        rest,
                    })),
                    _ => Err(de::Error::custom("a row needs a symbol and values")),
                }
            }
        }
        source.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scanner::Column;

    fn parsed(value: &Value) -> ScanPage {
        ScanPage::parse(&Answer::new(200, value.to_string())).unwrap()
    }

    #[test]
    fn whatever_comes_is_written_again_and_both_ways_of_reading_agree() {
        for value in [
            json!({"totalCount": 2, "data": [{"s": "A:B", "d": [1, null, "x"]}, {"s": "C:D", "d": []}]}),
            json!({"totalCount": "2", "data": [], "params": {"a": 1}}),
            json!({"totalCount": null, "data": null}),
            json!({"data": [{"s": "A:B", "d": [1], "extra": [2]}], "time": "2026-04-24T13:45:37Z"}),
            json!({"data": [{"s": "A:B"}, {"s": null, "d": [1]}, 5, {"s": "A:B", "d": {"no": "list"}}]}),
            json!({"data": {"no": "list"}, "fields": ["a"]}),
            json!({"totalCount": 1, "fields": ["strike"], "symbols": [{"s": "A:B", "f": [5]}],
                   "time": "2026-04-24T13:45:37Z"}),
            json!({"fields": [5], "symbols": [], "time": 7}),
            json!({"symbols": "none"}),
            json!({}),
        ] {
            let page = parsed(&value);
            assert_eq!(serde_json::to_value(&page).unwrap(), value);
            let (slow, _) = ScanPage::read(&value).unwrap();
            assert_eq!(page, slow);
        }
    }

    #[test]
    fn rows_that_can_be_read_are_there() {
        let page = parsed(&json!({"data": [{"s": "A:B", "d": [1]}, {"s": 5, "d": [2]}, null]}));
        assert_eq!((page.len(), page.row(0).unwrap().symbol), (1, "A:B"));
        let paths: Vec<String> = page.surprises().into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["data"]);
    }

    #[test]
    fn the_second_form_names_its_columns() {
        let page = parsed(&json!({"totalCount": 1, "fields": ["strike", "bid"],
            "symbols": [{"s": "OPRA:AAPL260618C200.0", "f": [200, 61.45]}], "time": "2026-04-24T13:45:37Z"}));
        let row = page.row(0).unwrap();
        assert_eq!(row.number(&Column::BID), Some(61.45));
        assert_eq!(page.time.unwrap().to_string(), "2026-04-24T13:45:37Z");
        assert_eq!(row.values().count(), 2);
    }

    #[test]
    fn an_error_is_not_a_page() {
        let body = r#"{"totalCount":0,"error":"Unknown field \"x\"","data":null}"#;
        for status in [200, 400] {
            let error = ScanPage::parse(&Answer::new(status, body)).unwrap_err();
            assert!(matches!(error, AnswerError::Refused { .. }), "{error}");
        }
        let answer = Answer::new(404, r#"{"data":[]}"#);
        assert!(matches!(
            ScanPage::parse(&answer),
            Err(AnswerError::NotFound { .. })
        ));
    }
}
