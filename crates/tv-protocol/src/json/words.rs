//! The server's words, made ready for people.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Json;

/// The most characters that are kept of a server's words.
pub const MAX_WORDS: usize = 4_096;

/// The fields that may hold the words of an object, the likeliest first.
const WORDS: [&str; 6] = [
    "error",
    "errmsg",
    "message",
    "reason",
    "text",
    "description",
];

/// A text of the server, made safe to print: without control characters, and cut at
/// [`MAX_WORDS`] characters.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .take(MAX_WORDS)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

impl Json {
    /// The words for people, safe to print and of at most [`MAX_WORDS`] characters.
    ///
    /// A text is returned as it is. An object has its words in a field such as `error` or
    /// `message`. Their placeholders are filled in from the other fields of the object and of the
    /// objects in it; the fields that fill none follow in brackets. Everything else is returned as
    /// JSON.
    ///
    /// ```
    /// use tv_protocol::json::Json;
    ///
    /// let fault = Json::parse(r#"{"error": "use {name}", "ctx": {"name": "A:B", "code": 7}}"#)?;
    /// assert_eq!(fault.to_words(), "use A:B (code: 7)");
    /// # Ok::<(), tv_protocol::json::JsonError>(())
    /// ```
    #[must_use]
    pub fn to_words(&self) -> String {
        let filled = self.as_object().and_then(fill);
        printable(&filled.unwrap_or_else(|| plain(self.value())))
    }
}

/// The words of an object with its values filled in; `None` if it has no words.
fn fill(object: &serde_json::Map<String, Value>) -> Option<String> {
    // The object's own fields come first, so that they win over those of the same name.
    let own = object.iter().filter(|(_, value)| !value.is_object());
    let nested = object.values().filter_map(Value::as_object).flatten();
    let fields: Vec<(&str, &Value)> = own
        .chain(nested)
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    let mut places = BTreeMap::new();
    for (place, (name, _)) in fields.iter().enumerate() {
        places.entry(*name).or_insert(place);
    }
    let field = |name: &str| {
        let place = *places.get(name)?;
        let (_, value) = fields.get(place)?;
        Some((place, *value))
    };
    let words = |name: &&str| {
        let (place, value) = field(name)?;
        Some((place, value.as_str()?))
    };
    let (words_at, template) = WORDS.iter().find_map(words)?;
    let end = template.char_indices().nth(MAX_WORDS);
    let mut rest = end.map_or(template, |(end, _)| template.split_at(end).0);
    let mut used = vec![false; fields.len()];
    let mut mark = |place: usize| {
        if let Some(used) = used.get_mut(place) {
            *used = true;
        }
    };
    mark(words_at);
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('{').filter(|_| has_room(&out)) {
        out.push_str(before);
        let named = after.split_once('}');
        let named = named.and_then(|(name, after)| Some((field(name)?, after)));
        rest = match named {
            Some(((place, value), after)) if place != words_at => {
                mark(place);
                out.push_str(&plain(value));
                after
            }
            _ => {
                out.push('{');
                after
            }
        };
    }
    out.push_str(rest);
    let left = fields.iter().zip(used).filter(|(_, is_used)| !is_used);
    let left = left.filter(|((_, value), _)| !value.is_null());
    let mut separator = " (";
    for ((name, value), _) in left {
        if !has_room(&out) {
            break;
        }
        out.extend([separator, name, ": ", &plain(value)]);
        separator = ", ";
    }
    if separator == ", " {
        out.push(')');
    }
    Some(out)
}

/// Joins words that are not empty.
pub(crate) fn join(words: impl IntoIterator<Item = String>, separator: &str) -> String {
    let words = words.into_iter().filter(|words| !words.is_empty());
    printable(&words.collect::<Vec<_>>().join(separator))
}

/// Whether what is added may still be seen. Small words could name a large value many times.
fn has_room(out: &str) -> bool {
    // No character takes more bytes.
    out.len() < MAX_WORDS * 4
}

/// A text without quotation marks, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> String {
        Json::parse(json).unwrap().to_words()
    }

    #[test]
    fn placeholders_are_filled_in_and_other_values_kept() {
        for (json, expected) in [
            (r#""plain {text}""#, "plain {text}"),
            (r#"{"error":"no {a} here"}"#, "no {a} here"),
            (r#"{"message":"{a} of {b}","a":1,"b":"two"}"#, "1 of two"),
            (
                r#"{"error":"{a} is {a}","a":"x","ctx":{"a":"y"}}"#,
                "x is x (a: y)",
            ),
            (
                r#"{"error":{"message":"{a}!","a":[1,null]},"code":7}"#,
                "[1,null]! (code: 7)",
            ),
            (
                r##"{"error":"line {p}","ctx":{"p":1.5},"stack_trace":[{"n":"#main"}]}"##,
                r##"line 1.5 (stack_trace: [{"n":"#main"}])"##,
            ),
            (r#"{"reason":"{reason} {","x":null}"#, "{reason} {"),
            (r#"{"error":"{{a}}","a":"b"}"#, "{b}"),
            (
                r#"{"command":"step","length":1}"#,
                r#"{"command":"step","length":1}"#,
            ),
            (r#"{"error":5}"#, r#"{"error":5}"#),
            ("[true]", "[true]"),
        ] {
            assert_eq!(words(json), expected, "{json}");
        }
    }

    #[test]
    fn words_are_bounded_and_safe_to_print() {
        let long = "é".repeat(MAX_WORDS);
        assert_eq!(words(&format!(r#""{long}""#)), long);
        assert_eq!(words(&format!(r#""{long}x""#)), long);
        assert_eq!(words(r#""a\u001b[2J\nb""#), "a [2J b");
        let template = "{a}".repeat(100_000);
        let bomb = format!(r#"{{"error":"{template}","a":"{long}","b":"{long}"}}"#);
        assert_eq!(words(&bomb), long);
    }
}
