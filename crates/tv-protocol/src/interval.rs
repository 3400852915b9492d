//! Intervals: how much time (or how many ticks) one bar spans.

use std::{borrow::Cow, cmp::Ordering, fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// The unit of an [`Interval`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalUnit {
    /// Trades; `T` on the wire.
    Tick,
    /// Seconds; `S`.
    Second,
    /// Minutes; a bare number.
    Minute,
    /// Trading days; `D`.
    Day,
    /// Weeks; `W`.
    Week,
    /// Calendar months; `M`.
    Month,
    /// Price steps of range bars; `R`.
    Range,
}

impl IntervalUnit {
    /// The letter on the wire, empty for minutes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tick => "T",
            Self::Second => "S",
            Self::Minute => "",
            Self::Day => "D",
            Self::Week => "W",
            Self::Month => "M",
            Self::Range => "R",
        }
    }
}

/// For people: `tick`, `second`, `minute`, ….
impl fmt::Display for IntervalUnit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Tick => "tick",
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Range => "range",
        })
    }
}

/// The length of a bar, which the server calls resolution: `1S`, `5`, `240`, `1D`, `1W`, `12M`, ….
///
/// Parsing accepts TradingView's own spelling (`60` is an hour, `D` is `1D`) and, for people, `5m`,
/// `4h` and lower case `d`, `w`, `s`. `M` is a month and `m` is a minute. `Display` and serde write
/// the spelling of the wire.
///
/// Intervals are ordered by length, a month as the 12th part of a year. Ticks and price ranges,
/// which have no length, come before all others. Of two with equal length, such as `60S` and `1`,
/// the one with the smaller unit comes first.
///
/// ```
/// use tv_protocol::interval::Interval;
///
/// let hour: Interval = "1h".parse()?;
/// assert_eq!(hour, Interval::HOUR);
/// assert_eq!(hour.to_string(), "60");
/// assert_eq!(Interval::minutes(15), "15".parse()?);
/// assert!(Interval::minutes(15) < Interval::HOUR && Interval::WEEK < Interval::MONTH);
/// # Ok::<(), tv_protocol::interval::IntervalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    count: NonZeroU32,
    unit: IntervalUnit,
}

/// Constructors that take a number of units.
macro_rules! of_units {
    ($($(#[$doc:meta])* $name:ident = $factor:literal $unit:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// # Panics
        ///
        /// If the number is 0 or does not fit 32 bits. In a constant the compiler reports it.
        #[must_use]
        pub const fn $name(count: u32) -> Self {
            Self::of(count, $factor, IntervalUnit::$unit)
        }
    )*};
}

impl Interval {
    /// One second.
    pub const SECOND: Self = Self::seconds_of(1);
    /// One minute.
    pub const MINUTE: Self = Self::minutes(1);
    /// One hour, which is 60 minutes.
    pub const HOUR: Self = Self::hours(1);
    /// One day, the interval with the deepest history for every account.
    pub const DAY: Self = Self::days(1);
    /// One week.
    pub const WEEK: Self = Self::weeks(1);
    /// One month.
    pub const MONTH: Self = Self::months(1);

    of_units! {
        /// An interval of trades.
        ticks = 1 Tick;
        /// An interval of seconds. ([`seconds`](Self::seconds) is the length.)
        seconds_of = 1 Second;
        /// An interval of minutes.
        minutes = 1 Minute;
        /// An interval of hours, which are 60 minutes each.
        hours = 60 Minute;
        /// An interval of trading days.
        days = 1 Day;
        /// An interval of weeks.
        weeks = 1 Week;
        /// An interval of calendar months.
        months = 1 Month;
    }

    #[expect(clippy::panic, reason = "documented, and the compiler's in constants")]
    const fn of(count: u32, factor: u32, unit: IntervalUnit) -> Self {
        match count.checked_mul(factor) {
            Some(count) => match NonZeroU32::new(count) {
                Some(count) => Self { count, unit },
                None => panic!("an interval of zero units"),
            },
            None => panic!("an interval of more units than 32 bits count"),
        }
    }

    /// Makes an interval of `count` units.
    #[must_use]
    pub const fn new(count: NonZeroU32, unit: IntervalUnit) -> Self {
        Self { count, unit }
    }

    /// The number of units.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count.get()
    }

    /// The unit.
    #[must_use]
    pub const fn unit(self) -> IntervalUnit {
        self.unit
    }

    /// The length in seconds, for units of fixed length. Months, ticks and ranges have none.
    #[must_use]
    pub const fn seconds(self) -> Option<u64> {
        let unit = match self.unit {
            IntervalUnit::Second => 1,
            IntervalUnit::Minute => 60,
            IntervalUnit::Day => 86_400,
            IntervalUnit::Week => 604_800,
            IntervalUnit::Tick | IntervalUnit::Month | IntervalUnit::Range => return None,
        };
        Some(unit * self.count.get() as u64)
    }
}

/// Text that is not an interval.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{text:?} is not a valid interval; use for example `5`, `5m`, `4h`, `1D`, `1W`, `1M`, `30S`"
)]
pub struct IntervalError {
    /// The text, at most 32 characters of it.
    pub text: String,
}

impl Interval {
    /// What intervals are ordered by: the length in seconds, or nearly so, then unit and count.
    fn rank(self) -> (u64, IntervalUnit, u32) {
        /// The 12th part of the mean year of the calendar.
        const MONTH: u64 = 2_629_746;
        let count = self.count.get();
        let length = match self.unit {
            IntervalUnit::Month => MONTH * u64::from(count),
            _ => self.seconds().unwrap_or_default(),
        };
        (length, self.unit, count)
    }
}

impl PartialOrd for Interval {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Interval {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(source)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Conversions that cannot fail have an error, too, where one signature takes both kinds.
impl From<std::convert::Infallible> for IntervalError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl TryFrom<&str> for Interval {
    type Error = IntervalError;

    fn try_from(text: &str) -> Result<Self, IntervalError> {
        text.parse()
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let error = || IntervalError {
            text: text.chars().take(32).collect(),
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at_checked(digits).ok_or_else(error)?;
        let count: u32 = if count.is_empty() {
            1
        } else {
            count.parse().map_err(|_| error())?
        };
        let (factor, unit) = match unit {
            "" if digits > 0 => (1, IntervalUnit::Minute),
            "m" => (1, IntervalUnit::Minute),
            "h" | "H" => (60, IntervalUnit::Minute),
            "T" | "t" => (1, IntervalUnit::Tick),
            "S" | "s" => (1, IntervalUnit::Second),
            "D" | "d" => (1, IntervalUnit::Day),
            "W" | "w" => (1, IntervalUnit::Week),
            "M" => (1, IntervalUnit::Month),
            "R" | "r" => (1, IntervalUnit::Range),
            _ => return Err(error()),
        };
        let count = count
            .checked_mul(factor)
            .and_then(NonZeroU32::new)
            .ok_or_else(error)?;
        Ok(Self { count, unit })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.count, self.unit.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_of_the_wire_comes_back() {
        for text in ["1", "3", "240", "1S", "1D", "1W", "12M", "1T", "100R"] {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), text);
        }
        for (spoken, wire) in [
            ("D", "1D"),
            ("4h", "240"),
            ("15m", "15"),
            ("M", "1M"),
            ("30s", "30S"),
        ] {
            assert_eq!(spoken.parse::<Interval>().unwrap().to_string(), wire);
        }
    }

    #[test]
    fn other_text_is_refused_with_examples() {
        for text in [
            "",
            "0",
            "0D",
            "1X",
            "-1",
            "1.5",
            "D1",
            "99999999999",
            "99999999h",
            "1 D",
            "日",
        ] {
            let error = text.parse::<Interval>().unwrap_err();
            assert!(error.to_string().contains("1D"), "{error}");
        }
    }

    #[test]
    fn seconds_are_those_of_fixed_units() {
        let seconds = |text: &str| text.parse::<Interval>().unwrap().seconds();
        assert_eq!(seconds("5S"), Some(5));
        assert_eq!(seconds("240"), Some(14_400));
        assert_eq!(seconds("1W"), Some(604_800));
        assert_eq!(seconds("1M"), None);
    }

    #[test]
    fn intervals_are_ordered_by_length() {
        let texts = [
            "1T", "10T", "100R", "1S", "60S", "1", "5", "60", "240", "1440", "1D", "7D", "1W",
            "1M", "12M", "53W",
        ];
        let sorted: Vec<Interval> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let mut shuffled = sorted.clone();
        shuffled.reverse();
        shuffled.sort();
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn constructors_and_json_agree_with_the_spelling() {
        for (interval, spelling) in [
            (Interval::SECOND, "1S"),
            (Interval::minutes(15), "15"),
            (Interval::hours(4), "240"),
            (Interval::DAY, "1D"),
            (Interval::WEEK, "1W"),
            (Interval::months(12), "12M"),
            (Interval::ticks(10), "10T"),
        ] {
            assert_eq!(interval, spelling.parse().unwrap());
            let json = serde_json::to_string(&interval).unwrap();
            assert_eq!(json, format!("{spelling:?}"));
            assert_eq!(serde_json::from_str::<Interval>(&json).unwrap(), interval);
        }
        let error = serde_json::from_str::<Interval>("\"5x\"").unwrap_err();
        assert!(
            error.to_string().contains("`5x` is not")
                || error.to_string().contains("\"5x\" is not")
        );
    }
}
