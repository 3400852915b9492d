//! The parameters of a command, as sessions read them.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::session::source::Refusal;

/// What is said of parameters that are missing, or make no sense.
pub(super) const WRONG: Refusal = Refusal("invalid parameters");

/// A text.
pub(super) fn text(params: &[Value], at: usize) -> Result<&str, Refusal> {
    params.get(at).and_then(Value::as_str).ok_or(WRONG)
}

/// A text that names something, so that it is not empty.
pub(super) fn name(params: &[Value], at: usize) -> Result<&str, Refusal> {
    text(params, at).and_then(|name| {
        if name.is_empty() {
            Err(WRONG)
        } else {
            Ok(name)
        }
    })
}

/// A text that may be missing, or, which means the same, empty.
pub(super) fn optional(params: &[Value], at: usize) -> Option<&str> {
    name(params, at).ok()
}

/// A whole number.
pub(super) fn whole(params: &[Value], at: usize) -> Result<i64, Refusal> {
    params.get(at).and_then(Value::as_i64).ok_or(WRONG)
}

/// A whole number within bounds.
pub(super) fn within(
    params: &[Value],
    at: usize,
    bounds: RangeInclusive<i64>,
) -> Result<i64, Refusal> {
    whole(params, at).and_then(|number| {
        if bounds.contains(&number) {
            Ok(number)
        } else {
            Err(WRONG)
        }
    })
}
