//! The value of a quote's field as JSON and as a cell.

use client::QuoteValue;
use serde::{Serialize, Serializer};

use crate::output::{JsonNumber, exact};

/// A value as JSON: whole numbers without a point, and `null` for the number that stands for none.
#[derive(Debug)]
pub(super) struct JsonValue<'a>(pub(super) &'a QuoteValue<'static>);

impl Serialize for JsonValue<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match (self.0, self.0.number()) {
            (QuoteValue::Number(_), None) => out.serialize_unit(),
            (QuoteValue::Number(_), Some(number)) => JsonNumber(number).serialize(out),
            (other, _) => other.serialize(out),
        }
    }
}

/// A value as a cell: empty where there is none, lists and objects as JSON.
pub(super) fn cell(value: Option<&QuoteValue<'static>>) -> String {
    match value {
        None | Some(QuoteValue::None) => String::new(),
        Some(QuoteValue::Text(text)) => text.as_str().to_owned(),
        Some(QuoteValue::Bool(truth)) => truth.to_string(),
        Some(value @ QuoteValue::Number(_)) => value.number().map(exact).unwrap_or_default(),
        Some(other) => serde_json::to_string(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &QuoteValue<'static>) -> String {
        serde_json::to_string(&JsonValue(value)).unwrap()
    }

    #[test]
    fn values_have_one_form_in_json_and_one_as_cells() {
        let list = protocol::json::Json::parse(r#"["a", "b"]"#).unwrap();
        let texts = QuoteValue::Json((&list).into());
        for (value, as_json, as_cell) in [
            (QuoteValue::None, "null", ""),
            (QuoteValue::Bool(true), "true", "true"),
            (QuoteValue::Number(1.5), "1.5", "1.5"),
            (
                QuoteValue::Number(1_723_728_600.0),
                "1723728600",
                "1723728600",
            ),
            (QuoteValue::Number(1e100), "null", ""),
            (QuoteValue::Number(-0.1), "-0.1", "-0.1"),
            (QuoteValue::Number(1e21), "1e+21", "1000000000000000000000"),
            (
                QuoteValue::Text("a\"b".to_owned().into()),
                "\"a\\\"b\"",
                "a\"b",
            ),
            (texts, "[\"a\",\"b\"]", "[\"a\",\"b\"]"),
        ] {
            assert_eq!(json(&value), as_json);
            assert_eq!(cell(Some(&value)), as_cell);
        }
        assert_eq!(cell(None), "");
    }
}
