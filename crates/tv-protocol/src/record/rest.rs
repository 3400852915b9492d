//! What a type does not know is kept.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};

use super::{Place, Surprise, SurpriseKind};
use crate::json::Json;

/// The parts of a JSON object that its type has no field for, as they came.
///
/// Also kept here are values of known keys that the field would write in another way: `null`, an
/// empty list, a number that came as text, a value of another kind. When the object is written
/// again, what stands here goes before the field.
#[derive(Clone, Default, PartialEq)]
pub struct Rest(BTreeMap<String, Kept>);

#[derive(Clone, Debug, PartialEq)]
struct Kept {
    value: Value,
    why: Why,
}

/// Why a value is kept.
#[expect(
    clippy::exhaustive_enums,
    reason = "a value is kept for one of these three"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The key has no field.
    Unknown,
    /// The field could not take all of it.
    Odd,
    /// The field writes it in another way.
    Reformed,
}

impl Rest {
    /// The value of a key, if it is kept here.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Json> {
        let kept = self.0.get(key)?;
        Json::new(&kept.value).ok()
    }

    /// The keys that the type does not know, in alphabetic order.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.keys(Why::Unknown)
    }

    /// The known keys whose values are of another kind than their fields, in alphabetic order.
    pub fn odd(&self) -> impl Iterator<Item = &str> {
        self.keys(Why::Odd)
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn keys(&self, why: Why) -> impl Iterator<Item = &str> {
        let kept = self.0.iter().filter(move |(_, kept)| kept.why == why);
        kept.map(|(key, _)| key.as_str())
    }

    /// Keeps the value of a key.
    pub fn keep(&mut self, key: &str, value: &Value, why: Why) {
        let value = value.clone();
        self.0.insert(key.to_owned(), Kept { value, why });
    }

    /// Whether the key is kept here.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Adds what is kept to an object.
    pub fn write(&self, fields: &mut Map<String, Value>) {
        for (key, kept) in &self.0 {
            fields.insert(key.clone(), kept.value.clone());
        }
    }

    /// Lists what is different.
    pub fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        out.extend(
            self.unknown()
                .map(|key| place.key(key).surprise(SurpriseKind::UnknownKey)),
        );
        out.extend(
            self.odd()
                .map(|key| place.key(key).surprise(SurpriseKind::OtherKind)),
        );
    }
}

/// Shows the keys alone: the values are the server's and may be long.
impl fmt::Debug for Rest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Rest")?;
        out.debug_set().entries(self.0.keys()).finish()
    }
}
