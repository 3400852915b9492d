//! Plain values: texts, numbers, truth values, times.

use serde_json::Value;

use super::{Item, Reading};
use crate::{json::Json, secret::AuthToken, time::Timestamp};

/// Text; numbers and truth values become text.
impl Item for String {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::String(text) => Some((text.clone(), Reading::Exact)),
            Value::Number(number) => Some((number.to_string(), Reading::Reformed)),
            Value::Bool(flag) => Some((flag.to_string(), Reading::Reformed)),
            _ => None,
        }
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

/// A number, also one that is written as text.
impl Item for f64 {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::Number(number) => {
                let found = number.as_f64()?;
                // Numbers beyond 2^53 may be rounded.
                let is_exact = is_whole_of(number, found);
                let reading = if is_exact {
                    Reading::Exact
                } else {
                    Reading::Reformed
                };
                Some((found, reading))
            }
            Value::String(text) => {
                let found: Self = text.trim().parse().ok()?;
                found.is_finite().then_some((found, Reading::Reformed))
            }
            _ => None,
        }
    }

    fn write(&self) -> Value {
        number(*self)
    }
}

/// A number without a fraction, also one that is written as text or with a point.
impl Item for i64 {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::Number(number) => match number.as_i64() {
                Some(found) => Some((found, Reading::Exact)),
                None => Some((whole(number.as_f64()?)?, Reading::Reformed)),
            },
            Value::String(text) => {
                let text = text.trim();
                let found = text.parse().ok().or_else(|| whole(text.parse().ok()?))?;
                Some((found, Reading::Reformed))
            }
            _ => None,
        }
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

/// A truth value, also one that is written as text or as 0 and 1.
impl Item for bool {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::Bool(flag) => Some((*flag, Reading::Exact)),
            Value::String(text) => match text.as_str() {
                "true" | "True" => Some((true, Reading::Reformed)),
                "false" | "False" => Some((false, Reading::Reformed)),
                _ => None,
            },
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some((false, Reading::Reformed)),
                Some(1) => Some((true, Reading::Reformed)),
                _ => None,
            },
            _ => None,
        }
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

/// Unix seconds, or a time of RFC 3339 as text.
impl Item for Timestamp {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::String(text) => Some((text.trim().parse().ok()?, Reading::Reformed)),
            other => {
                let (seconds, reading) = i64::read(other)?;
                let time = Self::from_seconds(seconds).check().ok()?;
                Some((time, reading))
            }
        }
    }

    fn write(&self) -> Value {
        self.seconds().into()
    }
}

/// Whatever is there.
impl Item for Json {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        Some((Self::new(value).ok()?, Reading::Exact))
    }

    fn write(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A token, which `Debug` does not show.
impl Item for AuthToken {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        // An empty text is not a token, and stays with the rest.
        let token = value.as_str().filter(|token| !token.is_empty())?;
        Some((Self::new(token), Reading::Exact))
    }

    fn write(&self) -> Value {
        self.expose().into()
    }
}

/// A number as JSON: whole ones without a point.
pub fn number(number: f64) -> Value {
    match whole(number) {
        Some(whole) => whole.into(),
        None => number.into(),
    }
}

/// Whether a number of JSON has exactly this value.
fn is_whole_of(number: &serde_json::Number, found: f64) -> bool {
    match (number.as_i64(), number.as_u64()) {
        (None, None) => true,
        (Some(number), _) => whole(found) == Some(number),
        (None, Some(_)) => false,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
/// The number without a fraction, if it has none.
pub fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0; // 2^53: beyond it, neighbours are not distinct
    let is_whole = number.fract() == 0.0 && number.abs() <= LIMIT;
    // Minus zero has a sign that an integer has not.
    (is_whole && !(number == 0.0 && number.is_sign_negative())).then_some(number as i64)
}

/// JSON equality where `1` is `1.0`.
pub fn same_json(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| same_json(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_same = |(key, value): (&String, &Value)| {
                let other = other.get(key);
                other.is_some_and(|other| same_json(value, other))
            };
            one.len() == other.len() && one.iter().all(is_same)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for (value, expected) in [
            (json!(2.5), Some((2.5, Reading::Exact))),
            (json!(3), Some((3.0, Reading::Exact))),
            (json!("2.5"), Some((2.5, Reading::Reformed))),
            (json!("inf"), None),
            (json!("x"), None),
            (json!([1]), None),
            (
                json!(9_007_199_254_740_993_i64),
                Some((9_007_199_254_740_992.0, Reading::Reformed)),
            ),
            (
                json!(u64::MAX),
                Some((18_446_744_073_709_551_615.0, Reading::Reformed)),
            ),
        ] {
            assert_eq!(f64::read(&value), expected, "{value}");
        }
        assert_eq!(i64::read(&json!(3.0)), Some((3, Reading::Reformed)));
        assert_eq!(i64::read(&json!("3.0")), Some((3, Reading::Reformed)));
        assert_eq!(i64::read(&json!(3.5)), None);
        assert_eq!(
            bool::read(&json!("false")),
            Some((false, Reading::Reformed))
        );
        assert_eq!(bool::read(&json!(2)), None);
        assert_eq!(
            String::read(&json!(5)),
            Some(("5".into(), Reading::Reformed))
        );
    }

    #[test]
    fn times_are_seconds_or_text() {
        let time = Timestamp::from_seconds(1_736_168_400);
        for value in [
            json!(1_736_168_400),
            json!("2025-01-06T13:00:00.000Z"),
            json!(1_736_168_400.0),
        ] {
            assert_eq!(
                Timestamp::read(&value).map(|(time, _)| time),
                Some(time),
                "{value}"
            );
        }
        assert_eq!(Timestamp::read(&json!("soon")), None);
        assert_eq!(Timestamp::read(&json!(1_686_754_495_718_i64)), None);
    }
}
