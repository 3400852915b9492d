//! Numbers as the server writes them: whole ones with a point, and several forms of "no value".

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// The number that stands for "no value" in study rows and some quotes. JSON has no NaN; the
/// official client treats 1e100 as undefined.
pub const NO_VALUE: f64 = 1e100;

/// A number without a fraction, also where it is written `1685633880.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) i64);

/// A number, where `null`, `"NaN"` and the like mean that there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
pub(crate) fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0; // 2^53: beyond it, neighbours are not distinct
    (number.fract() == 0.0 && number.abs() <= LIMIT).then_some(number as i64)
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Whole;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a whole number")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole, E> {
                i64::try_from(number).map(Whole).map_err(|_| {
                    E::invalid_value(de::Unexpected::Unsigned(number), &"a number of 63 bits")
                })
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
                whole(number)
                    .map(Whole)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))
            }
        }
        source.deserialize_any(Visitor)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number, \"NaN\" or null")
            }

            fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number))
            }

            #[expect(clippy::cast_precision_loss, reason = "JSON numbers are doubles")]
            fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "JSON numbers are doubles")]
            fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number(f64::NAN))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                match text {
                    "NaN" => Ok(Number(f64::NAN)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        source.deserialize_any(Visitor)
    }
}

impl Number {
    /// The value, unless it is one of those that mean "none".
    pub(crate) fn value(self) -> Option<f64> {
        (!self.0.is_nan() && self.0 != NO_VALUE).then_some(self.0)
    }
}
