//! JSON of open shape.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::number::whole;

/// A JSON value of open shape. The module of each message lists where it occurs.
///
/// Nested at most [`MAX_DEPTH`] deep, and of at most [`MAX_FIELDS`] values.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Json(serde_json::Value);

/// How deeply the JSON of a message may be nested. Recorded messages have ten levels.
pub const MAX_DEPTH: u32 = 64;

/// Default limit for the fields of a quote update, the objects of a data update, and the values of
/// JSON of open shape. Recorded messages have at most 6,000.
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

/// The error text of a message with more fields than a limit.
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
    /// Converts any value that serde can serialize. NaN and infinite numbers become `null`.
    ///
    /// ```
    /// use tv_protocol::json::Json;
    ///
    /// let json = Json::new(&[Some("close"), None])?;
    /// assert_eq!(json.to_string(), r#"["close",null]"#);
    /// # Ok::<(), tv_protocol::json::JsonError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the value refuses to be serialized, or has a map whose keys are not text.
    pub fn new(value: &(impl Serialize + ?Sized)) -> Result<Self, JsonError> {
        serde_json::to_value(value)
            .map(Self)
            .map_err(JsonError::new)
    }

    /// Reads JSON text.
    ///
    /// # Errors
    ///
    /// If the text is not JSON. The error says where.
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

    /// An object of these fields.
    pub(crate) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let fields = fields.into_iter();
        Self(
            fields
                .map(|(key, value)| (key.to_owned(), value.0))
                .collect(),
        )
    }

    pub(super) fn value(&self) -> &serde_json::Value {
        &self.0
    }

    pub(super) fn as_object(&self) -> Option<&serde_json::Map<String, serde_json::Value>> {
        self.0.as_object()
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

macro_rules! from_plain {
    ($($type:ty)*) => {$(
        impl From<$type> for Json {
            fn from(value: $type) -> Self {
                Self(value.into())
            }
        }
    )*};
}

from_plain! { &str String bool i32 i64 u32 u64 f32 f64 }

impl<T: Into<Self>> From<Option<T>> for Json {
    /// `None` becomes `null`.
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::default, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Json {
    fn from(values: Vec<T>) -> Self {
        let values = values.into_iter().map(|value| value.into().0);
        Self(values.collect())
    }
}

/// Text that is not JSON, or a value that cannot become JSON, with the place of the fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not valid JSON: {0}")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_and_lists_become_json() {
        for (json, text) in [
            (Json::from(14_u32), "14"),
            (Json::from("close".to_owned()), "\"close\""),
            (Json::from(Some(1.5)), "1.5"),
            (Json::from(None::<bool>), "null"),
            (Json::from(vec![1, 2]), "[1,2]"),
            (Json::from(f64::NAN), "null"),
        ] {
            assert_eq!(json.to_string(), text);
        }
        let refused = std::collections::BTreeMap::from([((1, 2), 3)]);
        let error = Json::new(&refused).unwrap_err();
        assert!(error.to_string().starts_with("not valid JSON: "), "{error}");
    }
}
