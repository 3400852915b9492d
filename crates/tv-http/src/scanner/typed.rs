//! Rows as types of the caller.

use protocol::json::Json;
use serde::{
    Deserializer, Serialize,
    de::{
        self, DeserializeOwned, IntoDeserializer, Visitor,
        value::{Error as Fault, MapDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;
use thiserror::Error;

use super::{Cell, Row, ScanPage};
use crate::json::whole;

/// A row that does not fit a type.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("row {row} ({symbol}) does not fit the type: {reason}")]
pub struct RowError {
    /// The place of the row; the first is 0.
    pub row: usize,
    /// The symbol of the row.
    pub symbol: String,
    /// What does not fit.
    pub reason: String,
}

impl ScanPage {
    /// The rows as values of a type: a field for each column that is wanted, by the column's name,
    /// and `symbol` for the symbol. Columns without a value need an `Option`.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use tv_http::{scanner::{Column, Market, Scan}, wire::{Answer, Endpoint}};
    ///
    /// #[derive(Deserialize)]
    /// struct Share {
    ///     symbol: String,
    ///     close: f64,
    ///     #[serde(rename = "RSI|60")]
    ///     rsi: Option<f64>,
    /// }
    ///
    /// let scan = Scan::new(Market::AMERICA).select(["close", "RSI|60"]);
    /// let body = r#"{"totalCount":1,"data":[{"s":"NASDAQ:AAPL","d":[258.83,null]}]}"#;
    /// let shares: Vec<Share> = scan.parse(&Answer::new(200, body))?.typed()?;
    /// assert_eq!((shares[0].symbol.as_str(), shares[0].close), ("NASDAQ:AAPL", 258.83));
    /// assert_eq!(shares[0].rsi, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a row has a value of another kind, or none where one is needed.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<Vec<T>, RowError> {
        let rows = self.rows().enumerate();
        rows.map(|(place, row)| {
            row.typed().map_err(|fault| RowError {
                row: place,
                symbol: row.symbol.to_owned(),
                reason: fault.to_string(),
            })
        })
        .collect()
    }
}

impl Row<'_> {
    fn typed<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let symbol = ("symbol", Source::Symbol(self.symbol));
        let values = self
            .values()
            .map(|(column, cell)| (column.name(), Source::Cell(cell)));
        let fields = std::iter::once(symbol).chain(values);
        T::deserialize(MapDeserializer::new(fields))
    }
}

/// A value as serde sees it.
#[derive(Clone, Copy)]
enum Source<'a> {
    Symbol(&'a str),
    Cell(&'a Cell),
}

impl<'de> IntoDeserializer<'de, Fault> for Source<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Source<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Symbol(text) => visitor.visit_str(text),
            Self::Cell(Cell::Empty) => visitor.visit_unit(),
            Self::Cell(Cell::Bool(flag)) => visitor.visit_bool(*flag),
            Self::Cell(Cell::Text(text)) => visitor.visit_str(text),
            Self::Cell(Cell::Number(number)) => match whole(*number) {
                Some(whole) => visitor.visit_i64(whole),
                None => visitor.visit_f64(*number),
            },
            Self::Cell(Cell::Json(json)) => value(json)?.deserialize_any(visitor).map_err(fault),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Cell(Cell::Empty) => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// A word as a variant without fields.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Symbol(text) => visitor.visit_enum(text.into_deserializer()),
            Self::Cell(Cell::Text(text)) => visitor.visit_enum(text.as_str().into_deserializer()),
            Self::Cell(Cell::Json(json)) => value(json)?
                .deserialize_enum(name, variants, visitor)
                .map_err(fault),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn value(json: &Json) -> Result<Value, Fault> {
    json.serialize(serde_json::value::Serializer).map_err(fault)
}

fn fault(error: serde_json::Error) -> Fault {
    de::Error::custom(error)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{
        scanner::{Market, Scan},
        wire::{Answer, Endpoint},
    };

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Stock,
        Fund,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Share {
        symbol: String,
        volume: u64,
        #[serde(rename = "type")]
        kind: Option<Kind>,
        typespecs: Vec<String>,
        #[serde(rename = "Perf.W")]
        week: Option<f32>,
    }

    fn page(cells: &str) -> ScanPage {
        let scan =
            Scan::new(Market::AMERICA).select(["volume", "type", "typespecs", "Perf.W", "name"]);
        let body = format!(r#"{{"data":[{{"s":"A:B","d":{cells}}}]}}"#);
        scan.parse(&Answer::new(200, body)).unwrap()
    }

    #[test]
    fn rows_become_values() {
        let shares: Vec<Share> = page(r#"[5.0,"fund",["a","b"],-2,"unused"]"#)
            .typed()
            .unwrap();
        let expected = Share {
            symbol: "A:B".into(),
            volume: 5,
            kind: Some(Kind::Fund),
            typespecs: vec!["a".into(), "b".into()],
            week: Some(-2.0),
        };
        assert_eq!(shares, [expected]);
        let shares: Vec<Share> = page(r#"[0,null,[],null,null]"#).typed().unwrap();
        assert_eq!((&shares[0].kind, shares[0].week), (&None, None));
    }

    #[test]
    fn a_row_that_does_not_fit_is_named() {
        for cells in [
            r#"["x","fund",[],1,""]"#,
            r#"[null,"fund",[],1,""]"#,
            r#"[1,"moon",[],1,""]"#,
            "[1]",
        ] {
            let error = page(cells).typed::<Share>().unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("row 0 (A:B) does not fit the type: "),
                "{error}"
            );
        }
        let whole: Vec<std::collections::BTreeMap<String, Value>> = page("[1,2]").typed().unwrap();
        assert_eq!(whole[0]["type"], 2);
    }
}
