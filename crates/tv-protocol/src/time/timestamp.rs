//! A point in time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    TimeError,
    civil::{DAY, Date},
};
use crate::json::Whole;

/// Numbers beyond this are not seconds: it is the year 5138. Milliseconds pass it in March 1973.
const MOST_SECONDS: i64 = 100_000_000_000;

/// The longest text that an error keeps, in characters.
const LONGEST_TEXT: usize = 40;

/// A point in time: whole seconds since 1970-01-01 00:00 UTC.
///
/// `Display` writes RFC 3339 in UTC, `2024-01-02T14:30:00Z`. In JSON and other serde formats it is
/// the integer. It costs no more than an `i64`.
///
/// Conversions from plain numbers and from text refuse values that can only be milliseconds.
/// [`from_seconds`](Self::from_seconds) takes any number.
///
/// ```
/// use tv_protocol::time::Timestamp;
///
/// let time = Timestamp::from_seconds(1_704_205_800);
/// assert_eq!(time.to_string(), "2024-01-02T14:30:00Z");
/// assert_eq!("2024-01-02T09:30:00-05:00".parse(), Ok(time));
///
/// let error = Timestamp::try_from(1_704_205_800_000).unwrap_err();
/// assert!(error.to_string().contains("seconds, not milliseconds?"));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[repr(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01 00:00 UTC.
    pub const UNIX_EPOCH: Self = Self(0);

    /// Makes the time that is `seconds` after 1970-01-01 00:00 UTC. Takes any number; see
    /// [`check`](Self::check).
    #[inline]
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    #[inline]
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Returns the time if it can be one.
    ///
    /// # Errors
    ///
    /// [`TimeError::NotSeconds`] if the number is beyond 100,000,000,000 either way, as
    /// milliseconds of all times since 1973 are.
    pub const fn check(self) -> Result<Self, TimeError> {
        if self.0 > MOST_SECONDS || self.0 < -MOST_SECONDS {
            return Err(TimeError::NotSeconds { value: self.0 });
        }
        Ok(self)
    }

    /// The time a number of seconds later, or earlier if it is negative. Stops at the ends of
    /// `i64`.
    #[inline]
    #[must_use]
    pub const fn saturating_add(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// How many seconds this is after another time; negative if it is before. Stops at the ends of
    /// `i64`.
    #[inline]
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = TimeError;

    /// Takes Unix seconds, see [`check`](Timestamp::check).
    fn try_from(seconds: i64) -> Result<Self, TimeError> {
        Self(seconds).check()
    }
}

impl From<Timestamp> for i64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

/// RFC 3339 in UTC. Years beyond 9999 have a sign, as in ISO 8601.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let Date { year, month, day } = Date::from_days(days);
        match year {
            0..=9999 => write!(out, "{year:04}")?,
            _ => write!(out, "{year:+05}")?,
        }
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            out,
            "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Reads a date (`2024-01-31` is midnight UTC), a time of RFC 3339, or Unix seconds.
///
/// Fractions of a second are cut off. A leap second counts as the second after it.
impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let shown = || text.chars().take(LONGEST_TEXT).collect();
        if let Ok(seconds) = text.parse::<i64>()
            && !text.starts_with('+')
        {
            return Self(seconds).check();
        }
        match read(text) {
            Some(Read {
                seconds,
                zone: true,
            }) => Ok(Self(seconds)),
            Some(_) => Err(TimeError::NoZone { text: shown() }),
            None => Err(TimeError::NotATime { text: shown() }),
        }
    }
}

impl TryFrom<&str> for Timestamp {
    type Error = TimeError;

    fn try_from(text: &str) -> Result<Self, TimeError> {
        text.parse()
    }
}

/// Reads an integer, which may be written with a point and no fraction.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let Whole(seconds) = Whole::deserialize(source)?;
        Self(seconds).check().map_err(de::Error::custom)
    }
}

/// What a text says.
struct Read {
    seconds: i64,
    /// Whether it names a time zone, which a date without a time of day needs not.
    zone: bool,
}

fn read(text: &str) -> Option<Read> {
    let (date, rest) = text.split_at_checked("2024-01-31".len())?;
    let [year, month, day] = parts(date, '-', [4, 2, 2])?;
    let midnight = Date::new(year, month, day)?.days() * DAY;
    if rest.is_empty() {
        let (seconds, zone) = (midnight, true);
        return Some(Read { seconds, zone });
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked("14:30:00".len())?;
    let [hour, minute, second] = parts(clock, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = midnight + hour * 3_600 + minute * 60 + second;
    let rest = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|char: char| char.is_ascii_digit());
            (rest.len() < fraction.len()).then_some(rest)?
        }
    };
    let offset = match rest {
        "" => None,
        "Z" | "z" => Some(0),
        _ => Some(offset(rest)?),
    };
    Some(Read {
        seconds: seconds - offset.unwrap_or_default(),
        zone: offset.is_some(),
    })
}

/// Reads `-05:00` as seconds.
fn offset(text: &str) -> Option<i64> {
    let (sign, text) = text.split_at_checked(1)?;
    let [hours, minutes] = parts(text, ':', [2, 2])?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3_600 + minutes * 60;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

/// Reads numbers of fixed widths with a separator between them.
fn parts<const COUNT: usize>(
    text: &str,
    separator: char,
    widths: [usize; COUNT],
) -> Option<[i64; COUNT]> {
    let mut found = text.split(separator);
    let mut numbers = [0; COUNT];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let digits = found.next()?;
        let is_number = digits.len() == width && digits.bytes().all(|byte| byte.is_ascii_digit());
        *number = is_number.then(|| digits.parse().ok()).flatten()?;
    }
    found.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(text: &str) -> Result<i64, TimeError> {
        text.parse().map(Timestamp::seconds)
    }

    #[test]
    fn dates_and_times_are_read() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("2024-01-01", 1_704_067_200),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2024-01-02t09:30:00.999-05:00", 1_704_205_800),
            ("2024-01-02 20:00:00+05:30", 1_704_205_800),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("0000-01-01", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("1704205800", 1_704_205_800),
            ("-1", -1),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused_with_an_example() {
        for text in [
            "",
            "yesterday",
            "2024-1-1",
            "2024-02-30",
            "2024/01/01",
            "2024-01-01T",
            "24-01-01",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:00Z",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:00+5",
            "2024-01-01T10:00:00+25:00",
            "2024-01-01T10:00:00ZZ",
            "+1704205800",
            "1e9",
            "2024-01-01é",
            "20é4-01-01T10:00:00Z",
            "é".repeat(99).as_str(),
        ] {
            let error = seconds(text).unwrap_err();
            assert!(
                matches!(error, TimeError::NotATime { .. }),
                "{text}: {error}"
            );
            assert!(error.to_string().contains("2024-01-31T14:30:00Z"));
            assert!(error.to_string().chars().count() < 200);
        }
        let error = seconds("2024-01-01T10:00:00").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"2024-01-01T10:00:00\" has no time zone; append Z for UTC, or an offset such as -05:00"
        );
    }

    #[test]
    fn milliseconds_are_refused_wherever_a_number_comes_from_outside() {
        let error = TimeError::NotSeconds {
            value: 1_704_205_800_000,
        };
        assert_eq!(seconds("1704205800000"), Err(error.clone()));
        assert_eq!(Timestamp::try_from(1_704_205_800_000), Err(error.clone()));
        assert!(error.to_string().ends_with("seconds, not milliseconds?"));
        let error = serde_json::from_str::<Timestamp>("1704205800000").unwrap_err();
        assert!(error.to_string().contains("seconds, not milliseconds?"));
    }

    #[test]
    fn as_json_it_is_an_integer() {
        let time = Timestamp::from_seconds(1_704_205_800);
        assert_eq!(serde_json::to_string(&time).unwrap(), "1704205800");
        for text in ["1704205800", "1704205800.0"] {
            assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap(), time);
        }
        assert!(serde_json::from_str::<Timestamp>("1704205800.5").is_err());
    }

    #[test]
    fn every_number_can_be_shown() {
        for (seconds, shown) in [
            (-1, "1969-12-31T23:59:59Z"),
            (-62_167_219_201, "-0001-12-31T23:59:59Z"),
            (253_402_300_800, "+10000-01-01T00:00:00Z"),
            (i64::MAX, "+292277026596-12-04T15:30:07Z"),
            (i64::MIN, "-292277022657-01-27T08:29:52Z"),
        ] {
            assert_eq!(Timestamp::from_seconds(seconds).to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(seconds in -62_167_219_200_i64..=253_402_300_799) {
            let time = Timestamp::from_seconds(seconds);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }
    }
}
