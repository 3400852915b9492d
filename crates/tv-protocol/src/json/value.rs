//! JSON of open shape.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::number::whole;

/// A JSON value of open shape. Listed parts of messages only: see the module of each message.
///
/// Nested at most [`MAX_DEPTH`] deep, and of at most [`MAX_FIELDS`] values.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Json(serde_json::Value);

/// How deeply the JSON of a message may be nested. Recorded messages have ten levels.
pub const MAX_DEPTH: u32 = 64;

/// How many fields a quote update may have, how many objects a data update, and how many values JSON of open shape, unless a
/// decoder is told otherwise. Recorded messages have at most 6,000.
///
/// It bounds the memory that a message can take beyond its text: some 2 MiB.
pub const MAX_FIELDS: usize = 65_536;

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        // serde_json itself stops at 128 levels, before the stack could run out.
        let value = serde_json::Value::deserialize(source)?;
        if depth(&value) > MAX_DEPTH {
            return Err(de::Error::custom("JSON is nested too deeply"));
        }
        if values(&value) > MAX_FIELDS {
            return Err(too_many(MAX_FIELDS));
        }
        Ok(Self(value))
    }
}

/// What is wrong with a message of more fields than a limit.
pub(crate) fn too_many<E: de::Error>(limit: usize) -> E {
    E::custom(format_args!("more than {limit} fields in one message"))
}

fn values(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => items.iter().map(values).sum::<usize>() + 1,
        serde_json::Value::Object(fields) => fields.values().map(values).sum::<usize>() + 1,
        _ => 1,
    }
}

fn depth(value: &serde_json::Value) -> u32 {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        serde_json::Value::Object(fields) => {
            1 + fields.values().map(depth).max().unwrap_or_default()
        }
        _ => 0,
    }
}

impl Json {
    /// Reads JSON text.
    ///
    /// # Errors
    ///
    /// Says where the text stops being JSON.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        serde_json::from_str(text).map_err(JsonError::new)
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }

    /// The number, if this is one without a fraction.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.as_i64().or_else(|| whole(self.0.as_f64()?))
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.0.as_bool()
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// A field of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        self.0.get(key).cloned().map(Self)
    }

    /// The elements of an array.
    #[must_use]
    pub fn elements(&self) -> Option<Vec<Self>> {
        self.0
            .as_array()
            .map(|array| array.iter().cloned().map(Self).collect())
    }

    /// Reads this value as a `T`; `None` if it has another shape.
    pub(crate) fn read<T: de::DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(&self.0).ok()
    }
}

/// Writes compact JSON.
impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<f64> for Json {
    fn from(number: f64) -> Self {
        Self(number.into())
    }
}

impl From<bool> for Json {
    fn from(truth: bool) -> Self {
        Self(truth.into())
    }
}

/// Text that is not JSON: says what is wrong at which line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON: {0}")]
pub struct JsonError(String);

impl JsonError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the form that `map_err` takes"
    )]
    pub(crate) fn new(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
