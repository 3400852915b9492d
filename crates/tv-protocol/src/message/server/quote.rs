//! What a quote session receives.
//!
//! Open parts: objects and lists among the values of `qsd` (fundamentals and internals of the
//! feed).

use std::{borrow::Cow, fmt};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    json::{Json, JsonText, RawText, Text},
    message::{
        fallback::quote::QuoteSeed,
        params::{Body, Detail, Param, Params, body, wire_value},
    },
    quote::{Quote, QuoteField, QuoteFields, QuoteValue},
    scan::Span,
};

body! {
    /// `quote_completed`: the first state of a symbol is complete. Comes after a refusal, too.
    #[doc = wire!(
        "server/quote_completed",
        "As one observer describes it:", "server/quote_completed.timeout"
    )]
    #[non_exhaustive]
    QuoteCompleted {
        /// Quote session.
        session: Text<'a>,
        /// The name that was added.
        name: Text<'a>,
        /// More than that: one observer saw `{"s":"timeout"}`.
        rest: Vec<Json>,
    }

    /// `quote_list_fields`: the fields that exist. Named in an old descriptor, recorded nowhere.
    #[doc = wire!(named "server/quote_list_fields")]
    #[non_exhaustive]
    QuoteListFields {
        /// Quote session.
        session: Text<'a>,
        /// The fields.
        fields: Vec<Json>,
    }
}

/// `qsd`: an update of one symbol, with all of its fields or only those that changed.
#[doc = wire!(
    "server/qsd",
    "Later, only what changed:", "server/qsd.change",
    "Text stands as it is; the name comes back as it was added:", "server/qsd.text",
    "A symbol that does not exist:", "server/qsd.error",
    "A symbol that the account may not see:", "server/qsd.permission"
)]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuoteData<'a> {
    /// Quote session.
    pub session: Text<'a>,
    /// The update.
    pub data: QuoteUpdate<'a>,
}

/// The update of one symbol in a `qsd`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuoteUpdate<'a> {
    /// The name as it was added; a descriptor may come back in compact form, see
    /// [`same_name`](crate::symbol::same_name).
    pub name: RawText<'a>,
    /// Whether the server has data for it.
    pub status: QuoteStatus<'a>,
    /// Why it has none: `no_such_symbol`, `Permission denied`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Detail<'a>>,
    /// The fields that changed.
    pub values: QuoteValues<'a>,
}

impl QuoteUpdate<'_> {
    /// Why the server has no data for the symbol, in words for people: the error, or the status if
    /// there is none, and the values beside it, such as an `alternative` or a `group`. `None` if
    /// the server has data.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        if self.status == QuoteStatus::Ok {
            return None;
        }
        let error = match self.error.as_ref().map(wire_value) {
            // An object fills in its own placeholders first.
            Some(error) if error.is_object() => {
                Json::new(&error).unwrap_or_default().to_words().into()
            }
            Some(error) => error,
            None => self.status.as_str().into(),
        };
        let values = self.values.iter();
        let values = values.map(|(field, value)| (field.name().to_owned(), wire_value(&value)));
        let values: serde_json::Map<_, _> = values.collect();
        let whole = json!({ "error": error, "v": values });
        Some(Json::new(&whole).unwrap_or_default().to_words())
    }
}

/// The `s` of a `qsd`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteStatus<'a> {
    /// Data follows.
    Ok,
    /// The symbol is refused; `error` says why.
    Error,
    /// The account may not see the symbol.
    PermissionDenied,
    /// Anything else.
    #[serde(untagged)]
    Other(Text<'a>),
}

impl QuoteStatus<'_> {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::PermissionDenied => "permission_denied",
            Self::Other(other) => other,
        }
    }
}

impl fmt::Display for QuoteStatus<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl<'a> From<Text<'a>> for QuoteStatus<'a> {
    fn from(text: Text<'a>) -> Self {
        match text.as_str() {
            "ok" => Self::Ok,
            "error" => Self::Error,
            "permission_denied" => Self::PermissionDenied,
            _ => Self::Other(text),
        }
    }
}

/// Fields and their values, in the order of the wire.
#[derive(Clone)]
pub struct QuoteValues<'a> {
    entries: Cow<'a, [Entry]>,
    text: &'a str,
}

/// [`QuoteValues`] that borrow nothing.
#[derive(Clone)]
pub struct OwnedQuoteValues {
    entries: Box<[Entry]>,
    text: Box<str>,
}

/// One field: where its name and value stand in the text, or what they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    pub(crate) value: Slot,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    /// Place in [`QuoteField::KNOWN`].
    Known(u8),
    Other(Span),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    None,
    Bool(bool),
    Number(f64),
    Text(Span),
    Json(Span),
}

impl Name {
    /// The name that stands at a place of the text, a quote behind it. Names with escapes are none
    /// that are known here.
    #[inline]
    pub(crate) fn new(span: Span, text: &str) -> Self {
        let rest = text
            .as_bytes()
            .get(span.start as usize..)
            .unwrap_or_default();
        match QuoteField::read(rest) {
            Some((place, _)) => Self::Known(place),
            None => Self::look_up(span, text),
        }
    }

    /// For names that are long, unknown, or near the end of the text.
    pub(crate) fn look_up(span: Span, text: &str) -> Self {
        let place = QuoteField::place(span.bytes_of(text));
        match place.and_then(|place| u8::try_from(place).ok()) {
            Some(place) if !span.escaped => Self::Known(place),
            _ => Self::Other(span),
        }
    }

    /// Whether the field is known to be no list or object.
    pub(crate) fn is_scalar(self) -> bool {
        match self {
            Self::Known(place) => !matches!(
                QuoteField::KNOWN.get(usize::from(place)),
                Some(
                    QuoteField::TypeSpecs
                        | QuoteField::BaseName
                        | QuoteField::Fundamentals
                        | QuoteField::Trade
                )
            ),
            Self::Other(_) => false,
        }
    }
}

impl<'a> QuoteValues<'a> {
    pub(crate) fn new(entries: Cow<'a, [Entry]>, text: &'a str) -> Self {
        Self { entries, text }
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The fields and their values. Text is borrowed unless escapes stand in it.
    pub fn iter(&self) -> impl Iterator<Item = (QuoteField<'a>, QuoteValue<'a>)> {
        let text = self.text;
        self.entries
            .iter()
            .map(move |entry| (entry.field(text), entry.value(text)))
    }

    /// The length of the message around them, in bytes: at least that of all their names and texts.
    #[must_use]
    pub fn message_len(&self) -> usize {
        self.text.len()
    }

    /// Merges the fields into the state of their symbol, like [`Quote::merge`] and faster.
    pub fn merge_into(&self, quote: &mut Quote) {
        self.merge_each(quote, |_| {});
    }

    /// Merges the fields into the state of their symbol, and adds them to those that have changed.
    pub fn merge_changes(&self, quote: &mut Quote, changed: &mut QuoteFields) {
        self.merge_each(quote, |entry| match entry.name {
            Name::Known(place) => changed.insert_known(place.into()),
            Name::Other(_) => changed.insert(entry.field(self.text)),
        });
    }

    #[inline]
    fn merge_each(&self, quote: &mut Quote, mut note: impl FnMut(&Entry)) {
        for entry in self.entries.iter() {
            note(entry);
            match (entry.name, entry.value) {
                // Nearly all of them.
                (Name::Known(place), Slot::Number(number)) => {
                    quote.set_number(place.into(), number);
                }
                (Name::Known(place), Slot::Bool(truth)) => quote.set_bool(place.into(), truth),
                (Name::Known(place), _) => quote.set_known(place.into(), entry.value(self.text)),
                (Name::Other(span), _) if !span.escaped => {
                    quote.set_other(span.of(self.text).into(), entry.value(self.text));
                }
                _ => quote.merge([(entry.field(self.text), entry.value(self.text))]),
            }
        }
    }

    /// A copy that borrows nothing, in two allocations for any number of fields.
    #[must_use]
    pub fn to_owned_values(&self) -> OwnedQuoteValues {
        OwnedQuoteValues {
            entries: self.entries.as_ref().into(),
            text: self.text.into(),
        }
    }

    /// The value of a field; the last one if it comes twice.
    #[must_use]
    pub fn get(&self, field: &QuoteField<'_>) -> Option<QuoteValue<'a>> {
        let entry = self
            .entries
            .iter()
            .rev()
            .find(|entry| entry.field(self.text) == *field)?;
        Some(entry.value(self.text))
    }
}

impl OwnedQuoteValues {
    /// The fields and their values.
    #[must_use]
    pub fn values(&self) -> QuoteValues<'_> {
        QuoteValues::new(Cow::Borrowed(&self.entries), &self.text)
    }
}

impl fmt::Debug for OwnedQuoteValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values().fmt(out)
    }
}

impl PartialEq for OwnedQuoteValues {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

impl Entry {
    fn field<'a>(&self, text: &'a str) -> QuoteField<'a> {
        match self.name {
            Name::Known(place) => {
                let known = QuoteField::KNOWN.get(usize::from(place));
                known
                    .cloned()
                    .unwrap_or_else(|| QuoteField::Other(Text::default()))
            }
            Name::Other(span) if span.escaped => QuoteField::from_name(span.raw(text).to_text()),
            Name::Other(span) => QuoteField::Other(span.of(text).into()),
        }
    }

    #[inline]
    fn value<'a>(&self, text: &'a str) -> QuoteValue<'a> {
        match self.value {
            Slot::None => QuoteValue::None,
            Slot::Bool(truth) => QuoteValue::Bool(truth),
            Slot::Number(number) => QuoteValue::Number(number),
            Slot::Text(span) => QuoteValue::Text(span.raw(text).to_text()),
            Slot::Json(span) => QuoteValue::Json(JsonText::new(span.of(text))),
        }
    }
}

impl fmt::Debug for QuoteValues<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl PartialEq for QuoteValues<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for QuoteValues<'_> {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.iter())
    }
}

impl<'de: 'a, 'a> Body<'de> for QuoteData<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(params: &mut Params<'de, A>) -> Result<Self, A::Error> {
        let session = Param::read(params, "session")?;
        let (source, buffers) = (params.source(), params.take_buffers());
        let data = params.seeded("data", QuoteSeed { source, buffers })?;
        Ok(Self { session, data })
    }

    fn wire(&self) -> Vec<Value> {
        let update = &self.data;
        let values = update.values.iter();
        let values = values.map(|(field, value)| (field.name().to_owned(), wire_value(&value)));
        let values: serde_json::Map<_, _> = values.collect();
        let mut object = json!({ "n": update.name, "s": update.status.as_str(), "v": values });
        if let (Some(object), Some(error)) = (object.as_object_mut(), &update.error) {
            object.insert("errmsg".into(), wire_value(error));
        }
        vec![self.session.as_str().into(), object]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ServerMessage;

    #[test]
    fn values_of_every_type_are_distinguished() {
        let text = r#"{"m":"qsd","p":["qs",{"n":"={\"symbol\":\"A:B\"}","s":"ok","v":{"lp":1.5,"volume":1e+100,"rtc":null,"fractional":false,"description":"a\u00e9\n","typespecs":["common"],"trade":{"price":"1"},"new field":-7}}]}"#;
        let received = ServerMessage::decode(text);
        let ServerMessage::QuoteData(quote) = received.message else {
            panic!("{received:?}")
        };
        assert_eq!(quote.data.name, r#"={"symbol":"A:B"}"#);
        let get = |field| quote.data.values.get(&field).unwrap();
        assert_eq!(get(QuoteField::Last), QuoteValue::Number(1.5));
        assert_eq!(get(QuoteField::Volume).number(), None);
        assert_eq!(get(QuoteField::ExtendedLast), QuoteValue::None);
        assert_eq!(get(QuoteField::Fractional), QuoteValue::Bool(false));
        assert_eq!(get(QuoteField::Description).text(), Some("aé\n"));
        assert_eq!(
            get(QuoteField::TypeSpecs).texts(),
            Some(vec!["common".to_owned()])
        );
        assert!(matches!(get(QuoteField::Trade), QuoteValue::Json(_)));
        assert_eq!(
            get(QuoteField::Other("new field".into())).number(),
            Some(-7.0)
        );
        assert_eq!(quote.data.values.len(), 8);
        let owned = quote.data.values.to_owned_values();
        assert_eq!(owned.values(), quote.data.values);
        let (mut plain, mut state) = (Quote::default(), Quote::default());
        let mut changed = QuoteFields::default();
        quote.data.values.merge_into(&mut plain);
        owned.values().merge_changes(&mut state, &mut changed);
        assert_eq!(state, plain);
        assert!(
            changed
                .iter()
                .eq(state.fields().map(|(field, _)| field.clone()))
        );
    }
}
