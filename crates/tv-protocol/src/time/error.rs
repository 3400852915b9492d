//! What can be wrong with a time.

use thiserror::Error;

use super::Timestamp;

/// A time or a range of times that cannot be used.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The number is too large for seconds since 1970.
    #[error(
        "{value} is not a Unix time in seconds (at most 100000000000 either way): \
         seconds, not milliseconds?"
    )]
    NotSeconds {
        /// The number.
        value: i64,
    },
    /// The text is not a time.
    #[error(
        "{text:?} is not a time; use for example 2024-01-31, 2024-01-31T14:30:00Z, \
         2024-01-31T09:30:00-05:00 or 1706711400 (Unix seconds)"
    )]
    NotATime {
        /// The text, at most 40 characters of it.
        text: String,
    },
    /// The text has a date and a time of day, but no time zone.
    #[error("{text:?} has no time zone; append Z for UTC, or an offset such as -05:00")]
    NoZone {
        /// The text.
        text: String,
    },
    /// The range is empty.
    #[error("the range from {from} to {to} is empty; `from` must be earlier than `to`")]
    EmptyRange {
        /// Where it begins.
        from: Timestamp,
        /// Where it ends.
        to: Timestamp,
    },
    /// The time does not fit the other type.
    #[error("{time} is outside of the range of {target}")]
    OutOfRange {
        /// The time.
        time: Timestamp,
        /// The other type.
        target: &'static str,
    },
}

/// Conversions that cannot fail have an error, too, where one signature takes both kinds.
impl From<std::convert::Infallible> for TimeError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
