//! Values of fields, and the state that partial updates add up to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::QuoteField;
use crate::json::{JsonText, NO_VALUE, Text};

/// The value of a quote's field.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum QuoteValue<'a> {
    /// `null`: the server says that there is no value (any more).
    None,
    /// A truth value.
    Bool(bool),
    /// A number; [`number`](Self::number) knows that 1e100 stands for none.
    Number(f64),
    /// Text.
    Text(Text<'a>),
    /// An object or a list: `typespecs`, fundamentals, internals of the feed. Parsed when asked for.
    Json(JsonText<'a>),
}

impl QuoteValue<'_> {
    /// The number, unless it is the one that stands for "no value".
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) if *number != NO_VALUE && !number.is_nan() => Some(*number),
            _ => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list, such as `typespecs`.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::Json(json) => json.parse().read(),
            _ => None,
        }
    }

    /// A copy that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> QuoteValue<'static> {
        match self {
            Self::None => QuoteValue::None,
            Self::Bool(truth) => QuoteValue::Bool(truth),
            Self::Number(number) => QuoteValue::Number(number),
            Self::Text(text) => QuoteValue::Text(text.into_owned()),
            Self::Json(json) => QuoteValue::Json(json.into_owned()),
        }
    }
}

/// The state of one symbol: everything that the server has said so far, the newest value of each field.
///
/// Updates are partial; [`merge`](Self::merge) puts them together. A `null` takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Quote {
    fields: BTreeMap<QuoteField<'static>, QuoteValue<'static>>,
}

impl Quote {
    /// Takes over the fields of an update.
    pub fn merge<'a>(
        &mut self,
        update: impl IntoIterator<Item = (QuoteField<'a>, QuoteValue<'a>)>,
    ) {
        for (field, value) in update {
            self.fields.insert(field.into_owned(), value.into_owned());
        }
    }

    /// Takes over the fields of another state, which are newer.
    pub fn merge_newer(&mut self, newer: Self) {
        self.fields.extend(newer.fields);
    }

    /// The value of a field, if the server has sent one.
    #[must_use]
    pub fn get(&self, field: &QuoteField<'static>) -> Option<&QuoteValue<'static>> {
        self.fields.get(field)
    }

    /// A field's number, unless it is absent or "no value".
    #[must_use]
    pub fn number(&self, field: &QuoteField<'static>) -> Option<f64> {
        self.get(field)?.number()
    }

    /// A field's text.
    #[must_use]
    pub fn text(&self, field: &QuoteField<'static>) -> Option<&str> {
        self.get(field)?.text()
    }

    /// Last price.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        self.number(&QuoteField::Last)
    }

    /// When the last price was made: Unix seconds, UTC.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds fit; casts saturate"
    )]
    pub fn last_time(&self) -> Option<i64> {
        self.number(&QuoteField::LastTime).map(|time| time as i64)
    }

    /// Change against the previous close.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        self.number(&QuoteField::Change)
    }

    /// Change against the previous close in percent.
    #[must_use]
    pub fn change_percent(&self) -> Option<f64> {
        self.number(&QuoteField::ChangePercent)
    }

    /// Best bid.
    #[must_use]
    pub fn bid(&self) -> Option<f64> {
        self.number(&QuoteField::Bid)
    }

    /// Best ask.
    #[must_use]
    pub fn ask(&self) -> Option<f64> {
        self.number(&QuoteField::Ask)
    }

    /// Volume of the day.
    #[must_use]
    pub fn volume(&self) -> Option<f64> {
        self.number(&QuoteField::Volume)
    }

    /// All fields, in the order of [`QuoteField`].
    pub fn fields(&self) -> impl Iterator<Item = (&QuoteField<'static>, &QuoteValue<'static>)> {
        self.fields.iter()
    }

    /// How many fields have been sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether nothing has been sent yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}
