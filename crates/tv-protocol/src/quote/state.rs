//! Values of fields, and the state that partial updates build.

use std::{borrow::Borrow, collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{QuoteField, UpdateMode};
use crate::{
    json::{Json, JsonText, NO_VALUE, Text},
    time::Timestamp,
};

/// The value of a quote's field.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum QuoteValue<'a> {
    /// `null`: the server has no value, or no longer has one.
    None,
    /// A truth value.
    Bool(bool),
    /// A number; [`number`](Self::number) knows that 1e100 stands for none.
    Number(f64),
    /// Text.
    Text(Text<'a>),
    /// An object or a list: `typespecs`, fundamentals, internals of the feed. Parsed on request.
    Json(JsonText<'a>),
}

impl QuoteValue<'_> {
    /// The number, or `None` if it stands for "no value".
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
    #[inline]
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

impl From<f64> for QuoteValue<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for QuoteValue<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<'a> From<&'a str> for QuoteValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl QuoteValue<'static> {
    /// Becomes a copy of another value, in memory that is there if it can.
    #[inline]
    fn replace(&mut self, new: QuoteValue<'_>) {
        match (&mut *self, new) {
            (Self::Number(old), QuoteValue::Number(new)) => *old = new,
            (Self::Text(old), QuoteValue::Text(new)) => old.replace(new),
            (Self::Json(old), QuoteValue::Json(new)) => old.replace(new),
            (_, new) => *self = new.into_owned(),
        }
    }
}

/// The state of one symbol: the newest value of each field that the server has sent.
///
/// Updates are partial; [`merge`](Self::merge) puts them together. A `null` removes a value.
///
/// Merging is cheap: a field with a variant in [`QuoteField`] is found without a search, and text
/// is copied into memory that is already there.
///
/// ```
/// use tv_protocol::quote::{Quote, QuoteField, QuoteValue};
///
/// let mut quote = Quote::default();
/// quote.merge([(QuoteField::Last, QuoteValue::Number(101.5))]);
/// quote.merge([(QuoteField::Bid, QuoteValue::Number(101.4))]);
/// assert_eq!((quote.last(), quote.bid(), quote.ask()), (Some(101.5), Some(101.4), None));
/// let again: Quote = serde_json::from_str(&serde_json::to_string(&quote)?)?;
/// assert_eq!(again, quote);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Quote {
    /// For each of [`QuoteField::KNOWN`], one more than the place of its value in `values`; 0 while
    /// it has none.
    places: [u8; QuoteField::KNOWN.len()],
    /// The values of known fields, in the order in which they came first.
    values: Vec<QuoteValue<'static>>,
    other: BTreeMap<Other, QuoteValue<'static>>,
}

/// A field that is not known here: always [`QuoteField::Other`], found by its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Other(QuoteField<'static>);

impl Borrow<str> for Other {
    fn borrow(&self) -> &str {
        self.0.name()
    }
}

impl Default for Quote {
    fn default() -> Self {
        Self {
            places: [0; QuoteField::KNOWN.len()],
            values: Vec::new(),
            other: BTreeMap::new(),
        }
    }
}

impl Quote {
    /// Takes over the fields of an update.
    pub fn merge<'a>(
        &mut self,
        update: impl IntoIterator<Item = (QuoteField<'a>, QuoteValue<'a>)>,
    ) {
        for (field, value) in update {
            match field {
                QuoteField::Other(name) => self.set_other(name, value),
                known => self.set_known(known.known().unwrap_or(usize::MAX), value),
            }
        }
    }

    /// Takes over the fields of another state, which are newer.
    pub fn merge_newer(&mut self, newer: Self) {
        let Self {
            places,
            mut values,
            other,
        } = newer;
        for (known, place) in places.into_iter().enumerate() {
            let value = usize::from(place).checked_sub(1);
            if let Some(value) = value.and_then(|place| values.get_mut(place)) {
                self.set_known(known, std::mem::replace(value, QuoteValue::None));
            }
        }
        self.other.extend(other);
    }

    /// Sets the field at a place of [`QuoteField::KNOWN`] to a number, which nearly all are.
    #[inline]
    pub(crate) fn set_number(&mut self, known: usize, number: f64) {
        let place = self.places.get(known).copied().unwrap_or_default();
        match self.values.get_mut(usize::from(place).wrapping_sub(1)) {
            Some(QuoteValue::Number(old)) => *old = number,
            _ => self.set_known(known, QuoteValue::Number(number)),
        }
    }

    /// Sets the field at a place of [`QuoteField::KNOWN`] to a truth value.
    #[inline]
    pub(crate) fn set_bool(&mut self, known: usize, truth: bool) {
        let place = self.places.get(known).copied().unwrap_or_default();
        match self.values.get_mut(usize::from(place).wrapping_sub(1)) {
            Some(QuoteValue::Bool(old)) => *old = truth,
            _ => self.set_known(known, QuoteValue::Bool(truth)),
        }
    }

    /// Sets the field at a place of [`QuoteField::KNOWN`].
    #[inline(never)]
    pub(crate) fn set_known(&mut self, known: usize, value: QuoteValue<'_>) {
        let Some(place) = self.places.get_mut(known) else {
            return;
        };
        match self.values.get_mut(usize::from(*place).wrapping_sub(1)) {
            Some(old) => old.replace(value),
            None => {
                self.values.push(value.into_owned());
                // There are fewer fields than a byte counts.
                *place = u8::try_from(self.values.len()).unwrap_or_default();
            }
        }
    }

    /// Sets a field whose name is not known here.
    pub(crate) fn set_other(&mut self, name: Text<'_>, value: QuoteValue<'_>) {
        match self.other.get_mut(name.as_str()) {
            Some(old) => old.replace(value),
            None => {
                let field = QuoteField::Other(name.into_owned());
                self.other.insert(Other(field), value.into_owned());
            }
        }
    }

    /// The value of a field, if the server has sent one.
    #[must_use]
    pub fn get(&self, field: &QuoteField<'_>) -> Option<&QuoteValue<'static>> {
        match field {
            QuoteField::Other(name) => self.other.get(name.as_str()),
            known => self.get_known(known.known()?),
        }
    }

    fn get_known(&self, known: usize) -> Option<&QuoteValue<'static>> {
        let place = usize::from(*self.places.get(known)?);
        self.values.get(place.checked_sub(1)?)
    }

    /// A field's number, unless it is absent or "no value".
    #[must_use]
    pub fn number(&self, field: &QuoteField<'_>) -> Option<f64> {
        self.get(field)?.number()
    }

    /// A field's text.
    #[must_use]
    pub fn text(&self, field: &QuoteField<'_>) -> Option<&str> {
        self.get(field)?.text()
    }

    /// Last price.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        self.number(&QuoteField::Last)
    }

    /// When the last trade happened.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds fit; casts saturate"
    )]
    pub fn last_time(&self) -> Option<Timestamp> {
        let time = self.number(&QuoteField::LastTime)?;
        Some(Timestamp::from_seconds(time as i64))
    }

    /// First price of the day.
    #[must_use]
    pub fn open(&self) -> Option<f64> {
        self.number(&QuoteField::Open)
    }

    /// Highest price of the day.
    #[must_use]
    pub fn high(&self) -> Option<f64> {
        self.number(&QuoteField::High)
    }

    /// Lowest price of the day.
    #[must_use]
    pub fn low(&self) -> Option<f64> {
        self.number(&QuoteField::Low)
    }

    /// Close of the day before.
    #[must_use]
    pub fn previous_close(&self) -> Option<f64> {
        self.number(&QuoteField::PreviousClose)
    }

    /// Whether the data comes in real time or delayed, if the field `update_mode` was asked for.
    #[must_use]
    pub fn update_mode(&self) -> Option<UpdateMode> {
        self.text(&QuoteField::UpdateMode).map(UpdateMode::from)
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
        let known = QuoteField::KNOWN.iter().enumerate();
        known
            .filter_map(|(place, field)| Some((field, self.get_known(place)?)))
            .chain(self.other.iter().map(|(field, value)| (&field.0, value)))
    }

    /// How many fields have been sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() + self.other.len()
    }

    /// Whether nothing has been sent yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.other.is_empty()
    }
}

impl PartialEq for Quote {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.fields().eq(other.fields())
    }
}

impl fmt::Debug for Quote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.fields()).finish()
    }
}

impl Serialize for Quote {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.fields())
    }
}

impl<'de> Deserialize<'de> for Quote {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Quote;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of quote fields")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Quote, A::Error> {
                let mut quote = Quote::default();
                while let Some((name, value)) = map.next_entry::<String, QuoteValue<'_>>()? {
                    quote.merge([(QuoteField::from(name), value)]);
                }
                Ok(quote)
            }
        }
        source.deserialize_map(Visitor)
    }
}

/// Reads any JSON: scalars as such, lists and objects as text.
impl<'de> Deserialize<'de> for QuoteValue<'_> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(source)?;
        Ok(if json.is_null() {
            Self::None
        } else if let Some(truth) = json.as_bool() {
            Self::Bool(truth)
        } else if let Some(number) = json.as_f64() {
            Self::Number(number)
        } else if let Some(text) = json.as_str() {
            Self::Text(text.to_owned().into())
        } else {
            Self::Json((&json).into())
        })
    }
}
