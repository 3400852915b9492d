//! The values of a row.

use std::fmt;

use protocol::{json::Json, time::Timestamp};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        self,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;

use crate::json::{Item, Reading, number, to_item, whole};

/// A value of a column.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// No value.
    #[default]
    Empty,
    /// A number. A column of percentages holds 5.2 for 5.2 %.
    Number(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// A list, a map, or a whole number beyond 2^53.
    Json(Json),
}

impl Cell {
    /// The number, also one that is written as text.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Json(json) => json.as_f64(),
            Self::Empty | Self::Bool(_) => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, also one that is written as text.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The time of a column of Unix seconds.
    #[must_use]
    pub fn as_time(&self) -> Option<Timestamp> {
        let seconds = whole(self.as_number()?)?;
        Timestamp::from_seconds(seconds).check().ok()
    }

    /// The words of a set, such as `typespecs`.
    #[must_use]
    pub fn as_words(&self) -> Option<Vec<String>> {
        let Self::Json(json) = self else {
            return None;
        };
        let words = json.elements()?.into_iter();
        Some(
            words
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect(),
        )
    }

    /// The numbers of a history, the newest first, also those that are written as text; a place
    /// without a value is `None`.
    #[must_use]
    pub fn as_history(&self) -> Option<Vec<Option<f64>>> {
        let Self::Json(json) = self else {
            return None;
        };
        let number = |value: &Json| {
            let text = || value.as_str()?.trim().parse().ok();
            value
                .as_f64()
                .or_else(text)
                .filter(|number| number.is_finite())
        };
        Some(json.elements()?.iter().map(number).collect())
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }
}

/// Writes the value as text; nothing for an empty cell.
impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Number(number) => number.fmt(out),
            Self::Bool(flag) => flag.fmt(out),
            Self::Text(text) => text.fmt(out),
            Self::Json(json) => json.fmt(out),
        }
    }
}

impl Item for Cell {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let cell = match value {
            Value::Null => Self::Empty,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(_) => match f64::read(value)? {
                (number, Reading::Exact) => Self::Number(number),
                _ => Self::Json(Json::read(value)?.0),
            },
            Value::Array(_) | Value::Object(_) => Self::Json(Json::read(value)?.0),
        };
        Some((cell, Reading::Exact))
    }

    fn write(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Number(value) => number(*value),
            Self::Bool(flag) => (*flag).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Json(json) => json.write(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        to_item(self, out)
    }
}

/// Reads a cell without a detour through other types: there are hundreds of thousands in a scan.
impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Cell;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Empty)
            }

            fn visit_none<E>(self) -> Result<Cell, E> {
                Ok(Cell::Empty)
            }

            fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Cell, D::Error> {
                Cell::deserialize(source)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Cell, E> {
                Ok(Cell::Bool(flag))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
                Ok(Cell::Number(number))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "a number that is rounded is kept as JSON"
            )]
            fn visit_i64<E>(self, integer: i64) -> Result<Cell, E> {
                let number = integer as f64;
                Ok(match whole(number) == Some(integer) {
                    true => Cell::Number(number),
                    false => Cell::Json(Json::from(integer)),
                })
            }

            fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Cell, E> {
                match i64::try_from(integer) {
                    Ok(integer) => self.visit_i64(integer),
                    Err(_) => Ok(Cell::Json(Json::from(integer))),
                }
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Cell, E> {
                Ok(Cell::Text(text))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, items: A) -> Result<Cell, A::Error> {
                json(Value::deserialize(SeqAccessDeserializer::new(items))?)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<Cell, A::Error> {
                json(Value::deserialize(MapAccessDeserializer::new(fields))?)
            }
        }
        source.deserialize_any(Visitor)
    }
}

fn json<E: de::Error>(value: Value) -> Result<Cell, E> {
    Json::new(&value).map(Cell::Json).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_of_reading_agree_and_lose_nothing() {
        for value in [
            json!(null),
            json!(true),
            json!(1.5),
            json!(-3),
            json!("text"),
            json!(""),
            json!([1, "a", null]),
            json!({"a": {"b": []}}),
            json!(9_007_199_254_740_993_i64),
            json!(u64::MAX),
            json!(4_858_150_000_000_i64),
        ] {
            let cell: Cell = serde_json::from_str(&value.to_string()).unwrap();
            assert_eq!(Cell::read(&value).unwrap().0, cell);
            assert_eq!(cell.write(), value);
        }
    }

    #[test]
    fn values_are_typed() {
        let cell = |value: Value| Cell::read(&value).unwrap().0;
        assert_eq!(cell(json!("2.5")).as_number(), Some(2.5));
        assert_eq!(cell(json!("false")).as_bool(), Some(false));
        assert_eq!(
            cell(json!(1_787_774_400)).as_time().unwrap().to_string(),
            "2026-08-26T20:00:00Z"
        );
        assert_eq!(
            cell(json!(["common", 5])).as_words(),
            Some(vec!["common".to_owned()])
        );
        assert_eq!(
            cell(json!([1, null])).as_history(),
            Some(vec![Some(1.0), None])
        );
        assert_eq!(cell(json!(null)).to_string(), "");
        assert!(cell(json!(null)).is_empty() && cell(json!("NaN")).as_number().is_none());
    }
}
