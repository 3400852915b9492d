//! The intervals of bars, as resolutions such as `1S`, `15`, `D` and `12M` name them. Lengths are
//! in milliseconds.

const SECOND: i64 = 1000;
/// Stands for the unit that minutes do not have.
const MINUTES: char = ' ';
const MINUTE: i64 = 60 * SECOND;
/// The length of a day in milliseconds.
pub const DAY: i64 = 24 * 60 * MINUTE;

/// An interval that the simulator has bars for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Bars shorter than a day, in milliseconds, counted from the opening of each session.
    Within(i64),
    /// Bars of one trading day.
    Day,
    /// Bars of one week.
    Week,
    /// Bars of this number of calendar months.
    Months(i64),
}

/// Why there are no bars for a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalError {
    /// Well-formed, but only for paying accounts: see [`Interval::custom`].
    Custom,
    /// Bars of ticks, which no anonymous account has.
    Ticks,
    /// Not a resolution at all.
    Invalid,
}

impl Interval {
    /// Reads a resolution that every account may ask for, such as `1S`, `15`, `D`, `1W` or `12M`.
    ///
    /// # Errors
    ///
    /// Says why there are no bars of this resolution.
    pub fn parse(text: &str) -> Result<Self, IntervalError> {
        match split(text).ok_or(IntervalError::Invalid)? {
            (_, 0) => Err(IntervalError::Invalid),
            ('S', count @ (1 | 5 | 10 | 15 | 30 | 45)) => Ok(Self::Within(count * SECOND)),
            (MINUTES, count @ (1 | 3 | 5 | 15 | 30 | 45 | 60 | 120 | 180 | 240)) => {
                Ok(Self::Within(count * MINUTE))
            }
            ('D', 1) => Ok(Self::Day),
            ('W', 1) => Ok(Self::Week),
            ('M', count @ (1 | 3 | 6 | 12)) => Ok(Self::Months(count)),
            ('S' | MINUTES | 'D' | 'W' | 'M', _) => Err(IntervalError::Custom),
            ('T', _) => Err(IntervalError::Ticks),
            _ => Err(IntervalError::Invalid),
        }
    }

    /// Reads a resolution that paying accounts may ask for besides: any number of seconds up to a
    /// minute, of minutes up to a day, and of months up to a year.
    ///
    /// # Errors
    ///
    /// Says why there are no bars of this resolution.
    pub fn custom(text: &str) -> Result<Self, IntervalError> {
        match (Self::parse(text), split(text)) {
            (Err(IntervalError::Custom), Some(('S', count @ 1..=60))) => {
                Ok(Self::Within(count * SECOND))
            }
            (Err(IntervalError::Custom), Some((MINUTES, count @ 1..=1439))) => {
                Ok(Self::Within(count * MINUTE))
            }
            (Err(IntervalError::Custom), Some(('M', count @ 1..=12))) => Ok(Self::Months(count)),
            (other, _) => other,
        }
    }

    /// Whether its bars are shorter than a day.
    pub fn is_intraday(self) -> bool {
        matches!(self, Self::Within(_))
    }

    /// Whether bars that lie `gap` milliseconds apart at least can be of this interval.
    pub fn fits(self, gap: i64) -> bool {
        // The clock change makes some days an hour shorter.
        let days = |count: i64| (count * DAY - 2 * 60 * MINUTE..(count + 1) * DAY).contains(&gap);
        match self {
            Self::Within(length) => gap == length,
            Self::Day => days(1),
            Self::Week => days(7),
            Self::Months(count) => (count * 27 * DAY..count * 32 * DAY).contains(&gap),
        }
    }
}

/// The unit and the number of a resolution.
fn split(text: &str) -> Option<(char, i64)> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if !unit.is_ascii_digit() && unit != MINUTES => (text.get(..at)?, unit),
        _ => (text, MINUTES),
    };
    let count = match number {
        "" if unit != MINUTES => 1,
        digits if digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().ok()?
        }
        _ => return None,
    };
    // Some clients count in hours.
    Some(match unit {
        'H' => (MINUTES, 60 * count),
        unit => (unit, count),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_read_as_the_server_reads_them() {
        assert_eq!(Interval::parse("1S"), Ok(Interval::Within(1000)));
        assert_eq!(Interval::parse("240"), Ok(Interval::Within(14_400_000)));
        assert_eq!(Interval::parse("D"), Interval::parse("1D"));
        assert_eq!(Interval::parse("4H"), Interval::parse("240"));
        assert_eq!(Interval::parse("H"), Interval::parse("60"));
        assert_eq!(Interval::parse("5H"), Err(IntervalError::Custom));
        assert_eq!(Interval::parse("M"), Ok(Interval::Months(1)));
        assert_eq!(Interval::parse("20"), Err(IntervalError::Custom));
        assert_eq!(Interval::parse("1T"), Err(IntervalError::Ticks));
        for wrong in ["", "XX", "0", "1m", "5 ", "-5", "1.5", "999999", "D1", "é"] {
            assert_eq!(
                Interval::parse(wrong),
                Err(IntervalError::Invalid),
                "{wrong}"
            );
        }
    }

    #[test]
    fn those_who_pay_have_any_number_of_minutes() {
        assert_eq!(Interval::custom("20"), Ok(Interval::Within(1_200_000)));
        assert_eq!(Interval::custom("7S"), Ok(Interval::Within(7000)));
        assert_eq!(Interval::custom("5"), Interval::parse("5"));
        assert_eq!(Interval::custom("1440"), Err(IntervalError::Custom));
        assert_eq!(Interval::custom("XX"), Err(IntervalError::Invalid));
    }
}
