//! Names that are close to those of fields.

use thiserror::Error;

use super::QuoteField;
use crate::names::closest;

/// A name that is not one of the fields known here. The server may know it all the same.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name:?} is not a known quote field{}", question(*suggestion))]
pub struct UnknownField {
    /// The name, at most 40 characters of it.
    pub name: String,
    /// The known name that is closest, if one is close.
    pub suggestion: Option<&'static str>,
}

fn question(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Plain words for fields whose names on the wire are hard to guess.
const WORDS: [(&str, &str); 15] = [
    ("last", "lp"),
    ("price", "lp"),
    ("close", "lp"),
    ("last_price", "lp"),
    ("last_time", "lp_time"),
    ("time", "lp_time"),
    ("change", "ch"),
    ("change_percent", "chp"),
    ("percent", "chp"),
    ("open", "open_price"),
    ("high", "high_price"),
    ("low", "low_price"),
    ("prev_close", "prev_close_price"),
    ("previous_close", "prev_close_price"),
    ("name", "short_name"),
];

impl QuoteField<'static> {
    /// The field with a known name. For checking names that users type.
    ///
    /// # Errors
    ///
    /// [`UnknownField`] with the closest known name, if one is close.
    pub fn known_name(name: &str) -> Result<Self, UnknownField> {
        match QuoteField::from(name) {
            QuoteField::Other(_) => Err(UnknownField {
                name: name.chars().take(40).collect(),
                suggestion: suggestion(name),
            }),
            known => Ok(known.into_owned()),
        }
    }
}

/// The known name that is closest to another.
fn suggestion(name: &str) -> Option<&'static str> {
    let words = WORDS.iter().copied();
    let names = QuoteField::NAMES.iter().map(|&name| (name, name));
    let known = || names.clone().chain(words.clone());
    let word = closest(name, known().map(|(word, _)| word))?;
    let named = known().find(|(it, _)| *it == word);
    named.map(|(_, field)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_known_name_is_proposed() {
        for (name, expected) in [
            ("LP", Some("lp")),
            ("last", Some("lp")),
            ("lpp", Some("lp")),
            ("Change Percent", Some("chp")),
            ("volum", Some("volume")),
            ("volmue", Some("volume")),
            ("currency-code", Some("currency_code")),
            ("currency_logoid", Some("currency-logoid")),
            ("high_prise", Some("high_price")),
            ("foo", None),
            ("", None),
            ("total_debt_to_equity_fq", None),
        ] {
            let error = QuoteField::known_name(name).unwrap_err();
            assert_eq!(error.suggestion, expected, "{name}");
        }
        assert_eq!(QuoteField::known_name("chp"), Ok(QuoteField::ChangePercent));
        let error = QuoteField::known_name("foo").unwrap_err();
        assert_eq!(error.to_string(), "\"foo\" is not a known quote field");
    }
}
