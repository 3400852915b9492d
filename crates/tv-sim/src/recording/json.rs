//! JSON whose values keep the text that was recorded: no number is read and written again.

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The recorded text of one value.
pub(crate) type Raw = Box<RawValue>;

/// An object in its recorded order.
#[derive(Debug, Default)]
pub(crate) struct Object(pub(crate) Vec<(String, Raw)>);

impl Object {
    /// Reads an object, if it is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text of a member.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.get())
    }

    /// A member that is a string.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(string)
    }

    /// Writes it again, each member as `rewrite(key, text)` says.
    pub(crate) fn write(&self, mut rewrite: impl FnMut(&str, &str) -> Member) -> String {
        let mut out = String::from("{");
        for (key, value) in &self.0 {
            let (key, value) = match rewrite(key, value.get()) {
                Member::Same => (quote(key), value.get().to_owned()),
                Member::Value(text) => (quote(key), text),
                Member::Renamed(name, text) => (quote(&name), text),
                Member::Left => continue,
            };
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&key);
            out.push(':');
            out.push_str(&value);
        }
        out.push('}');
        out
    }
}

/// What becomes of a member that is written again.
pub(crate) enum Member {
    /// It stays as recorded.
    Same,
    /// It gets another value (JSON text).
    Value(String),
    /// It gets another name and value (JSON text).
    Renamed(String, String),
    /// It is left out.
    Left,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}

/// Reads a JSON string, if the text is one.
pub(crate) fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

/// Writes a JSON string; non-ASCII characters stay as they are.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
