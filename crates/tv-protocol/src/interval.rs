//! Intervals: how much time (or how many ticks) one bar spans.

use std::{fmt, num::NonZeroU32, str::FromStr};

use thiserror::Error;

/// The unit of an [`Interval`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// What the server calls resolution: `1S`, `5`, `240`, `1D`, `1W`, `12M`, ….
///
/// Reads TradingView's own spelling (`60` is an hour, `D` is `1D`) and, for people, `5m`, `4h` and lower
/// case `d`, `w`, `s`. `M` is a month and `m` is a minute. Prints the wire's spelling.
///
/// ```
/// use tv_protocol::interval::Interval;
///
/// let hour: Interval = "1h".parse()?;
/// assert_eq!(hour, "60".parse()?);
/// assert_eq!(hour.to_string(), "60");
/// assert_eq!("D".parse::<Interval>()?.to_string(), "1D");
/// # Ok::<(), tv_protocol::interval::IntervalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    count: NonZeroU32,
    unit: IntervalUnit,
}

impl Interval {
    /// One day, the interval with the deepest history for everybody.
    pub const DAY: Self = Self {
        count: NonZeroU32::MIN,
        unit: IntervalUnit::Day,
    };
    /// One minute.
    pub const MINUTE: Self = Self {
        count: NonZeroU32::MIN,
        unit: IntervalUnit::Minute,
    };

    /// An interval of `count` units.
    #[must_use]
    pub const fn new(count: NonZeroU32, unit: IntervalUnit) -> Self {
        Self { count, unit }
    }

    /// How many units.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count.get()
    }

    /// Of what.
    #[must_use]
    pub const fn unit(self) -> IntervalUnit {
        self.unit
    }

    /// The length in seconds, for units of fixed length; months, ticks and ranges have none.
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

/// Text that is no interval.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is no interval: write 1S, 5, 240 (minutes), 5m, 4h, 1D, 1W, 1M, 10T or 100R")]
pub struct IntervalError {
    /// The text, at most 32 characters of it.
    pub text: String,
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
        let unit = match self.unit {
            IntervalUnit::Minute => "",
            IntervalUnit::Tick => "T",
            IntervalUnit::Second => "S",
            IntervalUnit::Day => "D",
            IntervalUnit::Week => "W",
            IntervalUnit::Month => "M",
            IntervalUnit::Range => "R",
        };
        write!(out, "{}{unit}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wires_spelling_comes_back() {
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
    fn other_text_is_refused_with_what_to_write() {
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
}
