//! The text that the fallback reads from, and seeds that say where a piece of it stands.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, Visitor},
};
use serde_json::value::RawValue;

use super::{Options, UnknownFields};
use crate::{
    json::too_many,
    scan::{Span, is_too_deep},
};

/// The text that a message is read from.
///
/// Read plainly, strings come as serde lends them, which it does only if no escape stands in them;
/// a message where one does is an error then, and is read again in full, which scans strings twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'de> {
    text: &'de str,
    full: bool,
    options: Options,
}

impl<'de> Source<'de> {
    /// The first reading: quick, and an error where strings have escapes.
    pub(crate) fn plain(text: &'de str, options: Options) -> Self {
        Self {
            text,
            full: false,
            options,
        }
    }

    /// The second reading, whose errors are those of the message.
    pub(crate) fn full(self) -> Self {
        Self { full: true, ..self }
    }

    pub(crate) fn text(self) -> &'de str {
        self.text
    }

    /// Whether this is the second reading.
    pub(crate) fn is_full(self) -> bool {
        self.full
    }

    /// Whether fields that are not known here are left out.
    pub(crate) fn skips_unknown(self) -> bool {
        self.options.unknown == UnknownFields::Skip
    }

    /// An error if a message has more fields than it may.
    pub(crate) fn allow<E: Error>(self, fields: usize) -> Result<(), E> {
        let limit = self.options.max_fields;
        if fields > limit {
            Err(too_many(limit))
        } else {
            Ok(())
        }
    }

    /// Reads a string and says where it stands.
    pub(crate) fn string(self) -> StringSeed<'de> {
        StringSeed(self)
    }

    /// Reads a string or `null` and says where it stands.
    pub(crate) fn string_or_null(self) -> StringOrNullSeed<'de> {
        StringOrNullSeed(self)
    }

    /// Reads the name of a field as it stands in the text.
    pub(crate) fn key(self) -> KeySeed<'de> {
        KeySeed(self)
    }

    /// Where such a name stands.
    pub(crate) fn key_span<E: Error>(self, name: &str) -> Result<Span, E> {
        let mut span = self.span(name)?;
        span.escaped = name.contains('\\');
        Ok(span)
    }

    /// Reads a string that is likely to have escapes.
    pub(crate) fn escaped_string(self) -> StringSeed<'de> {
        StringSeed(self.full())
    }

    /// Reads any value and says where it stands; for strings, without the quotes.
    pub(crate) fn any(self) -> AnySeed<'de> {
        AnySeed(self)
    }

    /// The place of a piece that serde lent from the text.
    pub(crate) fn span<E: Error>(self, piece: &str) -> Result<Span, E> {
        let start = (piece.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let end = start.wrapping_add(piece.len());
        if end > self.text.len() {
            return Err(E::custom("a piece that is not part of the text"));
        }
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else {
            return Err(E::custom("a message of more than 4 GiB"));
        };
        Ok(Span {
            start,
            end,
            escaped: false,
        })
    }

    /// The inside of a string whose quotes stand at the ends of `json`; its escapes are checked.
    fn inside<E: Error>(self, json: &str) -> Result<Span, E> {
        let mut span = self.span(json)?;
        span.start += 1;
        span.end -= 1;
        if json.contains('\\') {
            span.escaped = true;
            // Other escapes were checked with the rest of the text.
            if json.contains("\\u") {
                serde_json::from_str::<String>(json).map_err(E::custom)?;
            }
        }
        Ok(span)
    }
}

/// See [`Source::string`].
pub(crate) struct StringSeed<'de>(Source<'de>);

impl<'de> DeserializeSeed<'de> for StringSeed<'de> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Span, D::Error> {
        if !self.0.full {
            return source.deserialize_str(self);
        }
        let json = <&RawValue>::deserialize(source)?.get();
        if json.starts_with('"') {
            self.0.inside(json)
        } else {
            Err(D::Error::custom("expected a string"))
        }
    }
}

impl<'de> Visitor<'de> for StringSeed<'de> {
    type Value = Span;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string without escapes")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Span, E> {
        self.0.span(text)
    }
}

/// See [`Source::string_or_null`].
pub(crate) struct StringOrNullSeed<'de>(Source<'de>);

impl<'de> DeserializeSeed<'de> for StringOrNullSeed<'de> {
    type Value = Option<Span>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        if self.0.full {
            return NullOr(StringSeed(self.0)).deserialize(source);
        }
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StringOrNullSeed<'de> {
    type Value = Option<Span>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string without escapes, or null")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        self.0.span(text).map(Some)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// See [`Source::key`].
pub(crate) struct KeySeed<'de>(Source<'de>);

impl<'de> DeserializeSeed<'de> for KeySeed<'de> {
    type Value = &'de str;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<&'de str, D::Error> {
        if self.0.full {
            let span = StringSeed(self.0).deserialize(source)?;
            return Ok(span.of(self.0.text));
        }
        source.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed<'de> {
    type Value = &'de str;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string without escapes")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<&'de str, E> {
        Ok(text)
    }
}

/// See [`Source::any`].
pub(crate) struct AnySeed<'de>(Source<'de>);

impl<'de> DeserializeSeed<'de> for AnySeed<'de> {
    type Value = (&'de str, Span);

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        let json = <&RawValue>::deserialize(source)?.get();
        if json.starts_with(['{', '[']) && is_too_deep(json) {
            return Err(D::Error::custom("nested too deeply"));
        }
        let span = if json.starts_with('"') {
            self.0.inside(json)
        } else {
            self.0.span(json)
        };
        Ok((json, span?))
    }
}

/// `null`, or what a seed reads.
pub(in crate::message) struct NullOr<S>(pub(in crate::message) S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for NullOr<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for NullOr<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(source).map(Some)
    }
}
