//! The values of a `qsd`.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};

use super::{Buffers, Source};
use crate::{
    json::Text,
    message::server::{Entry, Name, QuoteStatus, QuoteUpdate, QuoteValues, Slot},
    scan::Span,
};

/// Reads a quote's object by serde, for whatever the template does not cover.
pub(in crate::message) struct QuoteSeed<'de> {
    pub(in crate::message) source: Source<'de>,
    /// Where the values go, if not into memory of their own.
    pub(in crate::message) buffers: Option<&'de mut Buffers>,
}

impl<'de> DeserializeSeed<'de> for QuoteSeed<'de> {
    type Value = QuoteUpdate<'de>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for QuoteSeed<'de> {
    type Value = QuoteUpdate<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object with name, status and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Self {
            source,
            mut buffers,
        } = self;
        let text = source.text();
        let (mut name, mut status, mut error) = (None, None, None);
        let mut own = Vec::new();
        let entries = match &mut buffers {
            Some(buffers) => &mut buffers.entries,
            None => &mut own,
        };
        entries.clear();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.as_str() {
                "n" => name = Some(map.next_value_seed(source.escaped_string())?.raw(text)),
                "s" => status = Some(QuoteStatus::from(map.next_value::<Text<'de>>()?)),
                "errmsg" => error = map.next_value()?,
                "v" => map.next_value_seed(ValuesSeed {
                    source,
                    entries: &mut *entries,
                })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let entries = match buffers {
            Some(buffers) => Cow::Borrowed(buffers.entries.as_slice()),
            None => Cow::Owned(own),
        };
        Ok(QuoteUpdate {
            name: name.ok_or_else(|| A::Error::missing_field("n"))?,
            status: status.ok_or_else(|| A::Error::missing_field("s"))?,
            error,
            values: QuoteValues::new(entries, text),
        })
    }
}

struct ValuesSeed<'de, 'e> {
    source: Source<'de>,
    entries: &'e mut Vec<Entry>,
}

impl<'de> DeserializeSeed<'de> for ValuesSeed<'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ValuesSeed<'de, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of quote fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let text = self.source.text();
        self.entries.clear();
        let mut fields = 0;
        while let Some(span) = map.next_key_seed(self.source.string())? {
            fields += 1;
            self.source.allow(fields)?;
            let name = Name::new(span, text);
            let value = if name.is_scalar() && !self.source.is_full() {
                map.next_value_seed(ScalarSeed(self.source))?
            } else {
                let (value, span) = map.next_value_seed(self.source.any())?;
                let value = slot(value, span)?;
                if matches!(name, Name::Other(_)) && self.source.skips_unknown() {
                    continue;
                }
                value
            };
            self.entries.push(Entry { name, value });
        }
        Ok(())
    }
}

/// What a checked value is, by its first byte.
fn slot<E: Error>(json: &str, span: Span) -> Result<Slot, E> {
    Ok(match json.as_bytes().first() {
        Some(b'n') => Slot::None,
        Some(b't') => Slot::Bool(true),
        Some(b'f') => Slot::Bool(false),
        Some(b'"') => Slot::Text(span),
        Some(b'{' | b'[') => Slot::Json(span),
        _ => Slot::Number(serde_json::from_str(json).map_err(E::custom)?),
    })
}

/// Reads a value that is neither a list, an object, nor a string with escapes.
struct ScalarSeed<'de>(Source<'de>);

impl<'de> DeserializeSeed<'de> for ScalarSeed<'de> {
    type Value = Slot;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Slot, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed<'de> {
    type Value = Slot;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a scalar")
    }

    fn visit_unit<E>(self) -> Result<Slot, E> {
        Ok(Slot::None)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Slot, E> {
        Ok(Slot::Bool(truth))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Slot, E> {
        Ok(Slot::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON numbers are doubles")]
    fn visit_i64<E>(self, number: i64) -> Result<Slot, E> {
        Ok(Slot::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON numbers are doubles")]
    fn visit_u64<E>(self, number: u64) -> Result<Slot, E> {
        Ok(Slot::Number(number as f64))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Slot, E> {
        self.0.span(text).map(Slot::Text)
    }
}
