//! Strings and JSON text that borrow from a message.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, de};

use super::Json;

/// A string of a message, borrowed from its text unless an escape had to be resolved.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// A copy that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text<'static> {
    /// Becomes a copy of another text, see [`replace`].
    pub(crate) fn replace(&mut self, new: Text<'_>) {
        replace(&mut self.0, new.0);
    }
}

impl JsonText<'static> {
    /// Becomes a copy of another text, see [`replace`].
    pub(crate) fn replace(&mut self, new: JsonText<'_>) {
        replace(&mut self.0, new.0);
    }
}

/// Copies a text into memory that is there, unless that is too small, or so large that most of it
/// would lie idle.
#[inline]
fn replace(old: &mut Cow<'static, str>, new: Cow<'_, str>) {
    /// What may lie idle of any text.
    const SLACK: usize = 64;
    match (&mut *old, new) {
        (_, Cow::Owned(new)) => *old = Cow::Owned(new),
        (Cow::Owned(old), Cow::Borrowed(new))
            if (new.len()..=2 * new.len() + SLACK).contains(&old.capacity()) =>
        {
            old.clear();
            old.push_str(new);
        }
        (old, Cow::Borrowed(new)) => *old = Cow::Owned(new.to_owned()),
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text))
            }
        }
        source.deserialize_str(Visitor).map(Self)
    }
}

/// A string of a message as it stands on the wire, escapes included. For names that repeat:
/// comparing or interning [`raw`](Self::raw) needs no copy.
#[derive(Clone, Copy)]
pub struct RawText<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> RawText<'a> {
    pub(crate) fn new(raw: &'a str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// The text between the quotes, escapes unresolved. Equal text may be written with other
    /// escapes.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Whether escapes stand in [`raw`](Self::raw). If not, it is the text itself.
    #[must_use]
    pub fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The text, copied only if escapes have to be resolved.
    #[must_use]
    pub fn to_text(&self) -> Text<'a> {
        if !self.escaped {
            return self.raw.into();
        }
        // The reader has checked the escapes, so this cannot fail.
        serde_json::from_str::<String>(&format!("\"{}\"", self.raw))
            .unwrap_or_default()
            .into()
    }
}

impl PartialEq for RawText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
            || (self.escaped || other.escaped) && self.to_text() == other.to_text()
    }
}

impl Eq for RawText<'_> {}

impl PartialEq<str> for RawText<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.escaped {
            self.to_text() == *other
        } else {
            self.raw == other
        }
    }
}

impl PartialEq<&str> for RawText<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Debug for RawText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), out)
    }
}

impl fmt::Display for RawText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_text(), out)
    }
}

impl Serialize for RawText<'_> {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.to_text().serialize(out)
    }
}

/// A JSON value that was checked, and that is parsed only on request.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonText<'a>(Cow<'a, str>);

impl<'a> JsonText<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The text as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses it. If a number does not fit a double, the whole value becomes `null`.
    #[must_use]
    pub fn parse(&self) -> Json {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// A copy that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> JsonText<'static> {
        JsonText(Cow::Owned(self.0.into_owned()))
    }
}

impl From<&Json> for JsonText<'_> {
    fn from(json: &Json) -> Self {
        Self(Cow::Owned(json.to_string()))
    }
}

impl fmt::Debug for JsonText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Serialize for JsonText<'_> {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.parse().serialize(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_replaced_in_place_and_leaves_little_idle() {
        let mut text = Cow::Borrowed("");
        for (new, in_place) in [
            ("x".repeat(1_000), false),
            ("y".repeat(900), true),
            ("z".repeat(10), false),
            ("z".repeat(11), false),
            ("z".repeat(3), true),
            (String::new(), true),
        ] {
            let before = text.as_ptr();
            replace(&mut text, Cow::Borrowed(&new));
            assert_eq!(text, new);
            let Cow::Owned(owned) = &text else {
                assert!(new.is_empty());
                continue;
            };
            assert!(owned.capacity() <= 2 * new.len() + 64);
            assert!(!in_place || before == owned.as_ptr(), "{new}");
        }
        replace(&mut text, Cow::Owned("moved".to_owned()));
        assert_eq!(text, "moved");
    }
}
