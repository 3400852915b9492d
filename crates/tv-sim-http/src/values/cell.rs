//! One value of a row.

use serde_json::{Value, json};

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The cell is empty.
    Null,
    Number(f64),
    Text(String),
    Flag(bool),
    /// A set of texts.
    Texts(Vec<String>),
    /// Anything else.
    Json(Value),
}

impl Cell {
    /// As JSON. Whole numbers have no fraction.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Number(number) => self::number(*number),
            Self::Text(text) => json!(text),
            Self::Flag(flag) => json!(flag),
            Self::Texts(texts) => json!(texts),
            Self::Json(value) => value.clone(),
        }
    }
}

/// An amount of money in whole hundredths.
pub(super) fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

/// Below this number a whole number is exact.
const EXACT: f64 = 9e15;

fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < EXACT {
        json!(number as i64)
    } else {
        json!(number)
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number
            .filter(|number| number.is_finite())
            .map_or(Self::Null, Self::Number)
    }
}

impl From<&str> for Cell {
    /// An empty text is one, too.
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_short_as_they_are_and_those_that_are_none_are_null() {
        assert_eq!(Cell::Number(46_243_400.0).to_json().to_string(), "46243400");
        assert_eq!(Cell::Number(0.1).to_json().to_string(), "0.1");
        assert_eq!(Cell::from(Some(f64::NAN)), Cell::Null);
    }
}
