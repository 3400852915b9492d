//! Values that are read from JSON without refusing any, and written back.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::{Place, Surprise};

/// What became of a value.
#[expect(clippy::exhaustive_enums, reason = "these are all outcomes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Writing the result gives the value again.
    Exact,
    /// The result means the same, but is written in another way: a number that came as text.
    Reformed,
    /// Not all of the value could be read.
    Odd,
}

impl Reading {
    /// The worse of two.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Odd, _) | (_, Self::Odd) => Self::Odd,
            (Self::Reformed, _) | (_, Self::Reformed) => Self::Reformed,
            (Self::Exact, Self::Exact) => Self::Exact,
        }
    }
}

/// A value that is there.
pub trait Item: Sized {
    /// Reads a value, unless it is of another kind.
    fn read(value: &Value) -> Option<(Self, Reading)>;

    /// Writes the value.
    fn write(&self) -> Value;

    /// Lists what is different within the value.
    fn look(&self, _place: &Place, _out: &mut Vec<Surprise>) {}
}

/// A field of a record, which may be missing.
pub trait Field: Default {
    /// Reads a value that is there and not `null`.
    fn read(value: &Value) -> (Self, Reading);

    /// Writes the field, unless there is nothing to write.
    fn write(&self) -> Option<Value>;

    /// Lists what is different within the field.
    fn look(&self, place: &Place, out: &mut Vec<Surprise>);
}

impl<T: Item> Field for Option<T> {
    fn read(value: &Value) -> (Self, Reading) {
        match T::read(value) {
            Some((item, reading)) => (Some(item), reading),
            None => (None, Reading::Odd),
        }
    }

    fn write(&self) -> Option<Value> {
        self.as_ref().map(Item::write)
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        if let Some(item) = self {
            item.look(place, out);
        }
    }
}

/// A list as a field; one that is empty is not written.
impl<T: Item> Field for Vec<T> {
    fn read(value: &Value) -> (Self, Reading) {
        match <Self as Item>::read(value) {
            Some((items, Reading::Exact)) if items.is_empty() => (items, Reading::Reformed),
            Some(read) => read,
            None => (Self::new(), Reading::Odd),
        }
    }

    fn write(&self) -> Option<Value> {
        (!self.is_empty()).then(|| Item::write(self))
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        Item::look(self, place, out);
    }
}

/// A map as a field; one that is empty is not written.
impl<T: Item> Field for BTreeMap<String, T> {
    fn read(value: &Value) -> (Self, Reading) {
        match <Self as Item>::read(value) {
            Some((items, Reading::Exact)) if items.is_empty() => (items, Reading::Reformed),
            Some(read) => read,
            None => (Self::new(), Reading::Odd),
        }
    }

    fn write(&self) -> Option<Value> {
        (!self.is_empty()).then(|| Item::write(self))
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        Item::look(self, place, out);
    }
}

impl<T: Item> Item for Vec<T> {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let values = value.as_array()?;
        let mut items = Self::with_capacity(values.len());
        let mut all = Reading::Exact;
        for value in values {
            match T::read(value) {
                Some((item, reading)) => {
                    items.push(item);
                    all = all.and(reading);
                }
                None => all = Reading::Odd,
            }
        }
        Some((items, all))
    }

    fn write(&self) -> Value {
        self.iter().map(Item::write).collect()
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        for (index, item) in self.iter().enumerate() {
            item.look(&place.index(index), out);
        }
    }
}

impl<T: Item> Item for BTreeMap<String, T> {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let values = value.as_object()?;
        let mut items = Self::new();
        let mut all = Reading::Exact;
        for (key, value) in values {
            match T::read(value) {
                Some((item, reading)) => {
                    items.insert(key.clone(), item);
                    all = all.and(reading);
                }
                None => all = Reading::Odd,
            }
        }
        Some((items, all))
    }

    fn write(&self) -> Value {
        let fields = self.iter().map(|(key, item)| (key.clone(), item.write()));
        Value::Object(fields.collect::<Map<_, _>>())
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        for (key, item) in self {
            item.look(&place.key(key), out);
        }
    }
}

/// `deserialize` for a type that is an [`Item`].
///
/// # Errors
///
/// If the value is of another kind.
pub fn from_item<'de, T: Item, D: Deserializer<'de>>(
    source: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    let value = Value::deserialize(source)?;
    match T::read(&value) {
        Some((item, _)) => Ok(item),
        None => Err(de::Error::custom(format_args!(
            "{}, expected {expected}",
            kind(&value)
        ))),
    }
}

/// `serialize` for a type that is an [`Item`].
///
/// # Errors
///
/// If the serializer refuses it.
pub fn to_item<S: Serializer>(item: &impl Item, out: S) -> Result<S::Ok, S::Error> {
    item.write().serialize(out)
}

/// What a value is, for errors that must not repeat it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_keeps_what_can_be_read() {
        let (items, reading) = <Vec<f64> as Field>::read(&json!([1, "x", 2]));
        assert_eq!((items, reading), (vec![1.0, 2.0], Reading::Odd));
        let (items, reading) = <Vec<f64> as Field>::read(&json!([]));
        assert_eq!((items, reading), (vec![], Reading::Reformed));
    }
}
