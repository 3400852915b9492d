//! Colours as drawings name them.

use std::fmt;

use serde_json::Value;

use crate::record::{Item, Reading};

/// A colour of a drawing, as the server names it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Color {
    /// A number: a place in the common palette of the study, or, where the study says that its
    /// colours are packed, alpha, red, green and blue in 32 bits.
    Number(i64),
    /// A text such as `#FF7600`.
    Text(String),
}

/// A colour as alpha, red, green and blue.
#[expect(clippy::exhaustive_structs, reason = "a colour is these four values")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Argb {
    /// 255 for a colour that hides what is below, 0 for one that is not seen.
    pub alpha: u8,
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Argb {
    /// Unpacks a number: alpha in the highest of 32 bits. `None` if the number has more.
    ///
    /// ```
    /// use tv_protocol::study::graphics::Argb;
    ///
    /// let color = Argb::unpack(4_285_982_208).expect("it has 32 bits");
    /// assert_eq!(color.to_string(), "#76E600");
    /// ```
    #[must_use]
    pub fn unpack(number: i64) -> Option<Self> {
        let [alpha, red, green, blue] = u32::try_from(number).ok()?.to_be_bytes();
        Some(Self {
            alpha,
            red,
            green,
            blue,
        })
    }

    /// Reads `#RRGGBB` or `#RRGGBBAA`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [red, green, blue, alpha] = match digits.len() {
            6 => (number << 8 | 0xff).to_be_bytes(),
            8 => number.to_be_bytes(),
            _ => return None,
        };
        Some(Self {
            alpha,
            red,
            green,
            blue,
        })
    }
}

/// Writes `#RRGGBB`, and `#RRGGBBAA` if the colour is not opaque.
impl fmt::Display for Argb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            alpha,
            red,
            green,
            blue,
        } = self;
        write!(out, "#{red:02X}{green:02X}{blue:02X}")?;
        match alpha {
            255 => Ok(()),
            alpha => write!(out, "{alpha:02X}"),
        }
    }
}

impl Item for Color {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::String(text) => Some((Self::Text(text.clone()), Reading::Exact)),
            other => i64::read(other).map(|(number, reading)| (Self::Number(number), reading)),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn colours_are_numbers_with_or_without_a_point_and_texts() {
        assert_eq!(
            Color::read(&json!(2.0)),
            Some((Color::Number(2), Reading::Reformed))
        );
        let text = Color::Text("#FF7600".into());
        assert_eq!(Color::read(&json!("#FF7600")), Some((text, Reading::Exact)));
        assert_eq!(Color::read(&json!(null)), None);
    }

    #[test]
    fn packed_colours_and_texts_are_the_same() {
        let orange = Argb::unpack(0xffff_7600).unwrap();
        assert_eq!(Argb::parse("#FF7600"), Some(orange));
        assert_eq!(orange.to_string(), "#FF7600");
        let pale = Argb::unpack(0x80ff_7600).unwrap();
        assert_eq!(pale.to_string(), "#FF760080");
        assert_eq!(Argb::parse("#FF760080"), Some(pale));
        assert_eq!((Argb::unpack(-1), Argb::unpack(1 << 32)), (None, None));
        assert_eq!((Argb::parse("red"), Argb::parse("#12345")), (None, None));
    }
}
