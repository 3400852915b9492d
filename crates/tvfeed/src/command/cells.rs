//! Values of the scanner as values of rows.

use tv_http::scanner::Cell;

use crate::output::Value;

/// A cell as a value. Sets of words are lists; other lists and maps are JSON.
pub(super) fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Number(number) => (*number).into(),
        Cell::Bool(flag) => (*flag).into(),
        Cell::Text(text) => text.as_str().into(),
        Cell::Json(json) => match cell.as_words() {
            // Other elements than words would be lost.
            Some(words) if json.elements().is_some_and(|all| all.len() == words.len()) => {
                Value::List(words)
            }
            _ => Value::Json(json.to_string()),
        },
        _ => Value::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_words_are_lists_and_the_rest_is_json() {
        let of = |text: &str| value(&serde_json::from_str::<Cell>(text).unwrap());
        assert_eq!(of("null"), Value::Missing);
        assert_eq!(of("258.5"), Value::Number(258.5));
        assert_eq!(of(r#""AAPL""#), "AAPL".into());
        assert_eq!(of(r#"["common"]"#), vec!["common".to_owned()].into());
        assert_eq!(of(r#"["a",1]"#), Value::Json(r#"["a",1]"#.to_owned()));
        assert_eq!(of("[1,2]"), Value::Json("[1,2]".to_owned()));
        assert_eq!(
            of("9007199254740993"),
            Value::Json("9007199254740993".to_owned())
        );
    }
}
