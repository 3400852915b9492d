//! How an answer differs from what is known, in words.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tv_http::json::Decoded;

/// The differences of an answer: keys that are not known, values of another kind, and `expected`
/// places (JSON pointers) that are empty.
pub(super) fn of(answer: &(impl Decoded + Serialize), expected: &[&str]) -> Vec<String> {
    let surprises = answer.surprises();
    let texts = surprises.iter().map(ToString::to_string);
    let mut found = counted(texts.map(|text| without_numbers(&text)));
    let value = serde_json::to_value(answer).unwrap_or_default();
    found.extend(missing(&value, expected));
    found
}

/// The places that hold nothing.
pub(super) fn missing<'a>(
    value: &'a Value,
    expected: &'a [&str],
) -> impl Iterator<Item = String> + 'a {
    let is_missing = |place: &&&str| {
        let found = value.pointer(place);
        found.is_none_or(Value::is_null)
    };
    let places = expected.iter().filter(is_missing);
    places.map(|place| {
        format!(
            "{}: is missing",
            place.trim_start_matches('/').replace('/', ".")
        )
    })
}

/// Each text once, with how often it came.
fn counted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let shown = |(text, count)| match count {
        1 => text,
        count => format!("{text} ({count} times)"),
    };
    counts.into_iter().map(shown).collect()
}

/// Items of a list are alike: `a[3].b` becomes `a[].b`.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_number = false;
    for char in text.chars() {
        match char {
            '[' => is_number = true,
            ']' => is_number = false,
            _ if is_number && char.is_ascii_digit() => continue,
            _ => {}
        }
        out.push(char);
    }
    out
}

#[cfg(test)]
mod tests {
    use tv_http::search::SearchPage;

    use super::*;

    #[test]
    fn items_that_differ_alike_are_counted() {
        let page: SearchPage = serde_json::from_str(
            r#"{"symbols":[{"symbol":"A","moon":1},{"symbol":"B","moon":2,"type":[5]}]}"#,
        )
        .unwrap();
        let found = of(
            &page,
            &[
                "/symbols/0/symbol",
                "/symbols/0/exchange",
                "/symbols_remaining",
            ],
        );
        let expected = [
            "symbols[].moon: is not a known key (2 times)",
            "symbols[].type: is of another kind",
            "symbols.0.exchange: is missing",
            "symbols_remaining: is missing",
        ];
        assert_eq!(found, expected);
    }
}
