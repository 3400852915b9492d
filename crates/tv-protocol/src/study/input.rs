//! Values of inputs, checked against their description.

use std::fmt::Write as _;

use super::{InputKind, MetaInput};
use crate::{interval::Interval, json::Json, names::hint};

/// The series that an input of the kind `source` may name.
const SOURCES: [&str; 9] = [
    "open", "high", "low", "close", "hl2", "hlc3", "hlcc4", "ohlc4", "volume",
];

/// Times below this are seconds: as milliseconds it would be April 1970.
const LEAST_MILLISECONDS: f64 = 10_000_000_000.0;

/// The longest value that an error repeats, in characters.
const LONGEST_VALUE: usize = 40;

/// Why an input cannot be set.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InputError {
    /// The study has no such input.
    #[error("the study has no input `{name}`; {}", hint(suggestion.as_deref(), names))]
    Unknown {
        /// The name that was given.
        name: String,
        /// The input whose name is most alike.
        suggestion: Option<String>,
        /// The names of all inputs.
        names: Vec<String>,
    },
    /// The value is of another kind than the input.
    #[error("`{name}` takes {expected}, not {found}")]
    OtherKind {
        /// The input, as it was named.
        name: String,
        /// What it takes.
        expected: String,
        /// What was given.
        found: String,
    },
    /// The number is too small.
    #[error("`{name}` must be at least {least}, and {found} is less")]
    TooSmall {
        /// The input, as it was named.
        name: String,
        /// The least number.
        least: f64,
        /// The number that was given.
        found: f64,
    },
    /// The number is too large.
    #[error("`{name}` must be at most {most}, and {found} is more")]
    TooLarge {
        /// The input, as it was named.
        name: String,
        /// The greatest number.
        most: f64,
        /// The number that was given.
        found: f64,
    },
    /// The time can only be in seconds.
    #[error("`{name}` takes milliseconds since 1970, and {found} looks like seconds")]
    Seconds {
        /// The input, as it was named.
        name: String,
        /// The number that was given.
        found: f64,
    },
    /// The description is not that of a script.
    #[error("the description is not that of a script: it lacks {missing}")]
    NotAScript {
        /// What is missing.
        missing: &'static str,
    },
}

/// The value as it is sent, if the input takes it.
pub(super) fn checked(input: &MetaInput, name: &str, value: Json) -> Result<Json, InputError> {
    let other = |expected: &str| InputError::OtherKind {
        name: name.to_owned(),
        expected: expected.to_owned(),
        found: shown(&value),
    };
    if !input.options.is_empty() {
        return match input.options.contains(&value) {
            true => Ok(value),
            false => Err(other(&one_of(&input.options))),
        };
    }
    let text = |expected: &str, is_valid: fn(&str) -> bool| match value.as_str() {
        Some(text) if is_valid(text) => Ok(()),
        _ => Err(other(expected)),
    };
    match input.kind.as_ref() {
        Some(InputKind::Integer) => {
            let whole = value.as_i64().ok_or_else(|| other("an integer"))?;
            check_range(input, name, value.as_f64().unwrap_or(f64::NAN))?;
            // Without a point: the server refuses others.
            return Ok(whole.into());
        }
        Some(InputKind::Float | InputKind::Price) => {
            let number = value.as_f64().ok_or_else(|| other("a number"))?;
            check_range(input, name, number)?;
        }
        Some(InputKind::Bool) => {
            value.as_bool().ok_or_else(|| other("true or false"))?;
        }
        Some(InputKind::Time | InputKind::BarTime) => {
            let time = value
                .as_i64()
                .ok_or_else(|| other("milliseconds since 1970"))?;
            let number = value.as_f64().unwrap_or_default();
            if number != 0.0 && number.abs() < LEAST_MILLISECONDS {
                return Err(InputError::Seconds {
                    name: name.to_owned(),
                    found: number,
                });
            }
            return Ok(time.into());
        }
        Some(InputKind::Text | InputKind::TextArea) => text("a text", |_| true)?,
        Some(InputKind::Symbol) => text("a symbol such as `NASDAQ:AAPL`", |_| true)?,
        Some(InputKind::Source) => text("a source such as `close`, `hl2` or `st1$0`", |text| {
            SOURCES.contains(&text) || is_plot(text)
        })?,
        Some(InputKind::Resolution) => text(
            "an interval such as `60` or `1D`, or an empty text for that of the chart",
            |text| text.is_empty() || text.parse::<Interval>().is_ok(),
        )?,
        Some(InputKind::Session) => text(
            "a session such as `0930-1600` or `0930-1600:23456`",
            is_session,
        )?,
        // What the server takes here is not known.
        Some(InputKind::Color | InputKind::UserType | InputKind::Other(_)) | None => {}
    }
    Ok(value)
}

fn check_range(input: &MetaInput, name: &str, found: f64) -> Result<(), InputError> {
    let name = || name.to_owned();
    if let Some(least) = input.min.filter(|least| found < *least) {
        let name = name();
        return Err(InputError::TooSmall { name, least, found });
    }
    if let Some(most) = input.max.filter(|most| found > *most) {
        let name = name();
        return Err(InputError::TooLarge { name, most, found });
    }
    Ok(())
}

/// A plot of another study: `st4$0`.
fn is_plot(text: &str) -> bool {
    let parts = text.split_once('$');
    parts.is_some_and(|(study, plot)| !study.is_empty() && !plot.is_empty())
}

/// One or more stretches of the day, and perhaps the days: `0930-1200,1300-1600:23456`.
fn is_session(text: &str) -> bool {
    let (hours, days) = text.split_once(':').unwrap_or((text, "1"));
    let is_time = |time: &str| {
        time.len() == 4
            && time.bytes().all(|byte| byte.is_ascii_digit())
            && time.get(..2).is_some_and(|hour| hour <= "24")
            && time.get(2..).is_some_and(|minute| minute <= "59")
    };
    let is_stretch = |stretch: &str| {
        let ends = stretch.split_once('-');
        ends.is_some_and(|(from, to)| is_time(from) && is_time(to))
    };
    hours.split(',').all(is_stretch)
        && !days.is_empty()
        && days.bytes().all(|day| (b'1'..=b'7').contains(&day))
}

fn one_of(options: &[Json]) -> String {
    let mut out = String::from("one of ");
    for (place, option) in options.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        let _ = write!(out, "{separator}{option}");
    }
    out
}

/// A value for people: a text in quotes, and cut where it is long.
fn shown(value: &Json) -> String {
    let cut = |text: String| match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    match (value.as_str(), value.as_i64()) {
        (Some(text), _) => format!("the text \"{}\"", cut(text.to_owned())),
        (_, Some(whole)) => whole.to_string(),
        _ => cut(value.to_string()),
    }
}

impl MetaInput {
    /// Whether this input has the id.
    pub(super) fn is(&self, id: &str) -> bool {
        self.id.as_deref() == Some(id)
    }
}
