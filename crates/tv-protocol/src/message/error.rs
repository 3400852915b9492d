//! Messages that could not be understood. They are kept whole, counted by the connection, and never
//! fatal.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::json::{Json, Text};

/// The longest text that is kept of a decoder's explanation.
const LONGEST_REASON: usize = 256;

/// A message with an unknown method, such as a new one. It is not a fault.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Unknown<'a> {
    /// The method.
    pub method: Text<'a>,
    pub(super) params: Option<Cow<'a, RawValue>>,
}

impl<'a> Unknown<'a> {
    /// A message of any name with any parameters.
    pub(super) fn new(method: &'a str, params: &Json) -> Self {
        // The text of JSON is JSON again.
        let params = RawValue::from_string(params.to_string()).ok();
        Self {
            method: method.into(),
            params: params.map(Cow::Owned),
        }
    }

    /// The parameters as JSON text, `null` if there are none.
    #[must_use]
    pub fn params(&self) -> &str {
        self.params.as_deref().map_or("null", RawValue::get)
    }
}

impl PartialEq for Unknown<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.method == other.method && self.params() == other.params()
    }
}

impl Serialize for Unknown<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = out.serialize_struct("Unknown", 2)?;
        out.serialize_field("method", &self.method)?;
        out.serialize_field("params", &self.params)?;
        out.end()
    }
}

/// A message that does not have the shape of its method, or text that is not a message.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Malformed<'a> {
    /// The method, if one could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Text<'a>>,
    /// What is wrong.
    pub error: MessageError,
    /// The whole text.
    pub text: &'a str,
}

/// What is wrong with a message: which parameter, what was expected there, and at which column.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(transparent)]
#[error("{reason}")]
pub struct MessageError {
    reason: String,
}

impl MessageError {
    pub(super) fn new(reason: impl ToString) -> Self {
        let mut reason = reason.to_string();
        if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
            reason.truncate(end);
        }
        Self { reason }
    }
}
