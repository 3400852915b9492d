//! Headers and bodies of requests, and how texts are escaped in them.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Unreserved characters of a URI, which need no escape; all others get one.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A header of a request. `Debug` hides the values of secret ones.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The name, in lower case.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// Whether the value must not be shown.
    pub is_secret: bool,
}

/// The body of a request. `Debug` hides the values of forms.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// No body.
    Empty,
    /// JSON.
    Json(String),
    /// Fields of a form, not yet escaped.
    Form(Vec<(&'static str, String)>),
}

impl Body {
    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::Json(text) => text.clone().into_bytes(),
            Self::Form(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| pair(name, value))
                    .collect();
                fields.join("&").into_bytes()
            }
        }
    }
}

impl Header {
    /// A header that may be shown.
    pub(crate) fn new(name: &'static str, value: impl Into<String>) -> Self {
        let (value, is_secret) = (value.into(), false);
        Self {
            name,
            value,
            is_secret,
        }
    }

    /// A header that must not be shown.
    #[cfg(feature = "client")]
    pub(crate) fn secret(name: &'static str, value: impl Into<String>) -> Self {
        let (value, is_secret) = (value.into(), true);
        Self {
            name,
            value,
            is_secret,
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.is_secret {
            "[hidden]"
        } else {
            &self.value
        };
        write!(out, "{}: {shown}", self.name)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("Empty"),
            Self::Json(text) => write!(out, "Json({text})"),
            Self::Form(fields) => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                write!(out, "Form({})", names.join(", "))
            }
        }
    }
}

/// A text as a part of a path or query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

pub(super) fn pair(name: &str, value: &str) -> String {
    format!("{}={}", escaped(name), escaped(value))
}
