//! A range of time.

use std::{
    fmt,
    ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo},
};

use serde::{Deserialize, Serialize};

use super::{TimeError, Timestamp};

/// A range of time. **`from` is included, `to` is not**; each may be absent, which means no limit.
///
/// Made from Rust's ranges and from tuples: of [`Timestamp`], of `SystemTime`, and (fallibly) of
/// texts such as `2024-01-31` and of Unix seconds. An inclusive range `a..=b` includes `b`, too.
///
/// ```
/// use tv_protocol::time::{TimeRange, Timestamp};
///
/// let january = TimeRange::try_from("2024-01-01".."2024-02-01")?;
/// assert!(january.contains("2024-01-31T23:59:59Z".parse()?));
/// assert!(!january.contains("2024-02-01".parse()?));
///
/// let since: TimeRange = (Timestamp::try_from("2024-01-01")?..).into();
/// assert_eq!(since, TimeRange::since(january.start().unwrap()));
///
/// // Milliseconds are refused.
/// assert!(TimeRange::try_from(1_704_067_200_000..1_706_745_600_000).is_err());
/// # Ok::<(), tv_protocol::time::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Timestamp>,
}

impl TimeRange {
    /// All times.
    pub const ALL: Self = Self {
        from: None,
        to: None,
    };

    /// From a time (included) until another (not included).
    #[must_use]
    pub const fn new(from: Timestamp, to: Timestamp) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
        }
    }

    /// From a time on, which is included.
    #[must_use]
    pub const fn since(from: Timestamp) -> Self {
        Self {
            from: Some(from),
            to: None,
        }
    }

    /// Until a time, which is not included.
    #[must_use]
    pub const fn until(to: Timestamp) -> Self {
        Self {
            from: None,
            to: Some(to),
        }
    }

    /// Where it begins; this time is included.
    #[must_use]
    pub const fn start(self) -> Option<Timestamp> {
        self.from
    }

    /// Where it ends; this time is not included.
    #[must_use]
    pub const fn end(self) -> Option<Timestamp> {
        self.to
    }

    /// Whether a time is in the range.
    #[must_use]
    pub fn contains(self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }

    /// Returns the range if it can hold a time. Conversions from numbers and texts do this already.
    ///
    /// # Errors
    ///
    /// If an end is not a time in seconds, see [`Timestamp::check`], or if `from` is not before
    /// `to`.
    pub fn check(self) -> Result<Self, TimeError> {
        self.from.map(Timestamp::check).transpose()?;
        self.to.map(Timestamp::check).transpose()?;
        match (self.from, self.to) {
            (Some(from), Some(to)) if from >= to => Err(TimeError::EmptyRange { from, to }),
            _ => Ok(self),
        }
    }
}

/// `2024-01-01T00:00:00Z..2024-02-01T00:00:00Z`, an absent end left out.
impl fmt::Display for TimeRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = self.from {
            write!(out, "{from}")?;
        }
        out.write_str("..")?;
        self.to.map_or(Ok(()), |to| write!(out, "{to}"))
    }
}

impl From<RangeFull> for TimeRange {
    fn from(_: RangeFull) -> Self {
        Self::ALL
    }
}

/// Ranges and tuples of a type that becomes a [`Timestamp`].
macro_rules! ranges {
    ($($(#[$attribute:meta])* $type:ty;)*) => {$(
        $(#[$attribute])*
        impl From<Range<$type>> for TimeRange {
            fn from(range: Range<$type>) -> Self {
                Self::new(range.start.into(), range.end.into())
            }
        }

        $(#[$attribute])*
        impl From<($type, $type)> for TimeRange {
            /// The first time is included, the second is not.
            fn from((from, to): ($type, $type)) -> Self {
                Self::new(from.into(), to.into())
            }
        }

        $(#[$attribute])*
        impl From<RangeInclusive<$type>> for TimeRange {
            fn from(range: RangeInclusive<$type>) -> Self {
                let (from, to) = range.into_inner();
                Self::new(from.into(), Timestamp::from(to).saturating_add(1))
            }
        }

        $(#[$attribute])*
        impl From<RangeFrom<$type>> for TimeRange {
            fn from(range: RangeFrom<$type>) -> Self {
                Self::since(range.start.into())
            }
        }

        $(#[$attribute])*
        impl From<RangeTo<$type>> for TimeRange {
            fn from(range: RangeTo<$type>) -> Self {
                Self::until(range.end.into())
            }
        }
    )*};
}

ranges! {
    Timestamp;
    std::time::SystemTime;
    #[cfg(feature = "jiff")]
    jiff::Timestamp;
    #[cfg(feature = "chrono")]
    chrono::DateTime<chrono::Utc>;
    #[cfg(feature = "chrono")]
    chrono::NaiveDate;
}

/// Ranges and tuples of a type that may be no [`Timestamp`]. The range is checked, too.
macro_rules! fallible_ranges {
    ($($(#[$attribute:meta])* $type:ty;)*) => {$(
        $(#[$attribute])*
        impl TryFrom<Range<$type>> for TimeRange {
            type Error = TimeError;

            fn try_from(range: Range<$type>) -> Result<Self, TimeError> {
                Self::new(range.start.try_into()?, range.end.try_into()?).check()
            }
        }

        $(#[$attribute])*
        impl TryFrom<($type, $type)> for TimeRange {
            type Error = TimeError;

            /// The first time is included, the second is not.
            fn try_from((from, to): ($type, $type)) -> Result<Self, TimeError> {
                Self::new(from.try_into()?, to.try_into()?).check()
            }
        }

        $(#[$attribute])*
        impl TryFrom<RangeFrom<$type>> for TimeRange {
            type Error = TimeError;

            fn try_from(range: RangeFrom<$type>) -> Result<Self, TimeError> {
                Ok(Self::since(range.start.try_into()?))
            }
        }

        $(#[$attribute])*
        impl TryFrom<RangeTo<$type>> for TimeRange {
            type Error = TimeError;

            fn try_from(range: RangeTo<$type>) -> Result<Self, TimeError> {
                Ok(Self::until(range.end.try_into()?))
            }
        }
    )*};
}

fallible_ranges! {
    i64;
    &str;
    #[cfg(feature = "jiff")]
    jiff::civil::Date;
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_first_end_is_included_and_the_second_is_not() {
        let range = TimeRange::new(at(10), at(20));
        assert_eq!(
            [9, 10, 19, 20].map(|time| range.contains(at(time))),
            [false, true, true, false]
        );
        assert!(TimeRange::ALL.contains(at(i64::MIN)) && TimeRange::ALL.contains(at(i64::MAX)));
        assert!(TimeRange::since(at(10)).contains(at(10)));
        assert!(!TimeRange::until(at(10)).contains(at(10)));
    }

    #[test]
    fn ranges_and_tuples_of_each_kind_mean_the_same() {
        let range = TimeRange::new(at(1_704_067_200), at(1_706_745_600));
        let system = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for other in [
            TimeRange::from(at(1_704_067_200)..at(1_706_745_600)),
            TimeRange::from(at(1_704_067_200)..=at(1_706_745_599)),
            TimeRange::from((system(1_704_067_200), system(1_706_745_600))),
            TimeRange::try_from("2024-01-01".."2024-02-01").unwrap(),
            TimeRange::try_from(("2024-01-01", "2024-02-01T00:00:00Z")).unwrap(),
            TimeRange::try_from(1_704_067_200..1_706_745_600).unwrap(),
        ] {
            assert_eq!(other, range);
        }
        assert_eq!(TimeRange::from(..at(5)), TimeRange::until(at(5)));
        assert_eq!(
            TimeRange::try_from("1970-01-01"..),
            Ok(TimeRange::since(at(0)))
        );
        assert_eq!(TimeRange::from(..), TimeRange::default());
        assert_eq!(
            range.to_string(),
            "2024-01-01T00:00:00Z..2024-02-01T00:00:00Z"
        );
    }

    #[test]
    fn empty_ranges_and_milliseconds_are_refused() {
        let error = TimeRange::try_from("2024-02-01".."2024-01-01").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the range from 2024-02-01T00:00:00Z to 2024-01-01T00:00:00Z is empty; \
             `from` must be earlier than `to`"
        );
        assert!(TimeRange::new(at(5), at(5)).check().is_err());
        let milliseconds = TimeRange::new(at(1_704_067_200_000), at(1_706_745_600_000));
        let error = TimeError::NotSeconds {
            value: 1_704_067_200_000,
        };
        assert_eq!(milliseconds.check(), Err(error));
    }

    #[test]
    fn as_json_absent_ends_are_left_out() {
        for (range, json) in [
            (TimeRange::new(at(1), at(2)), r#"{"from":1,"to":2}"#),
            (TimeRange::since(at(1)), r#"{"from":1}"#),
            (TimeRange::ALL, "{}"),
        ] {
            assert_eq!(serde_json::to_string(&range).unwrap(), json);
            assert_eq!(serde_json::from_str::<TimeRange>(json).unwrap(), range);
        }
    }
}
