//! The intervals of bars, and where their bars open. Times are UTC, in milliseconds.

const SECOND: i64 = 1000;
/// Stands for the unit that minutes do not have.
const MINUTES: char = ' ';
const MINUTE: i64 = 60 * SECOND;
/// The length of a day in milliseconds.
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;
/// From the epoch, a Thursday, to the first Monday.
const MONDAY: i64 = 4 * DAY;

/// An interval that the simulator has bars for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    /// Bars of the same length, one of which opens at `phase`.
    Fixed {
        /// The length in milliseconds.
        length: i64,
        /// The open time of bar 0 in milliseconds.
        phase: i64,
    },
    /// Bars of so many calendar months.
    Months(i64),
}

/// Why there are no bars for a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntervalError {
    /// Well-formed, but only for paying accounts.
    Custom,
    /// Bars of ticks, which no anonymous account has.
    Ticks,
    /// Not a resolution at all.
    Invalid,
}

impl Interval {
    /// Reads a resolution such as `1S`, `15`, `D`, `1W` or `12M`.
    pub(crate) fn parse(text: &str) -> Result<Self, IntervalError> {
        let (number, unit) = match text.char_indices().last() {
            Some((at, unit)) if !unit.is_ascii_digit() && unit != MINUTES => {
                (text.get(..at).unwrap_or_default(), unit)
            }
            _ => (text, MINUTES),
        };
        let count: i64 = match number {
            "" if unit != MINUTES => 1,
            digits if digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| IntervalError::Invalid)?
            }
            _ => return Err(IntervalError::Invalid),
        };
        match (unit, count) {
            (_, 0) => Err(IntervalError::Invalid),
            ('S', 1 | 5 | 10 | 15 | 30 | 45) => Ok(Self::fixed(count * SECOND)),
            (MINUTES, 1 | 3 | 5 | 15 | 30 | 45 | 60 | 120 | 180 | 240) => {
                Ok(Self::fixed(count * MINUTE))
            }
            ('D', 1) => Ok(Self::fixed(DAY)),
            ('W', 1) => Ok(Self::Fixed {
                length: 7 * DAY,
                phase: MONDAY,
            }),
            ('M', 1 | 3 | 6 | 12) => Ok(Self::Months(count)),
            ('S' | MINUTES | 'D' | 'W' | 'M', _) => Err(IntervalError::Custom),
            ('T', _) => Err(IntervalError::Ticks),
            _ => Err(IntervalError::Invalid),
        }
    }

    fn fixed(length: i64) -> Self {
        Self::Fixed { length, phase: 0 }
    }

    /// The number of the bar that a time falls into; later bars have larger numbers.
    pub(crate) fn ordinal(self, time: i64) -> i64 {
        match self {
            Self::Fixed { length, phase } => (time - phase).div_euclid(length),
            Self::Months(count) => month_of(time.div_euclid(DAY)).div_euclid(count),
        }
    }

    /// The time at which the bar of a number opens.
    pub(crate) fn open_time(self, ordinal: i64) -> i64 {
        match self {
            Self::Fixed { length, phase } => ordinal * length + phase,
            Self::Months(count) => first_day_of(ordinal * count) * DAY,
        }
    }

    /// Whether its bars are shorter than a day.
    pub(crate) fn is_intraday(self) -> bool {
        matches!(self, Self::Fixed { length, .. } if length < DAY)
    }

    /// Whether bars that lie `gap` milliseconds apart at least can be of this interval.
    pub(crate) fn fits(self, gap: i64) -> bool {
        match self {
            // The clock change makes some days an hour shorter.
            Self::Fixed { length, .. } if length >= DAY => {
                (length - 2 * 60 * MINUTE..length + DAY).contains(&gap)
            }
            Self::Fixed { length, .. } => gap == length,
            Self::Months(count) => (count * 27 * DAY..count * 32 * DAY).contains(&gap),
        }
    }
}

/// The month, counted from January of year 0, that a day since the epoch lies in.
fn month_of(day: i64) -> i64 {
    // Days from civil, turned round (Howard Hinnant); years begin in March here.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    (era * 400 + year) * 12 + month + 2
}

/// The day since the epoch on which a month, counted from January of year 0, begins.
fn first_day_of(month: i64) -> i64 {
    let from_march = month - 2;
    let year = from_march.div_euclid(12);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * from_march.rem_euclid(12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_read_as_the_server_reads_them() {
        assert_eq!(Interval::parse("1S"), Ok(Interval::fixed(1000)));
        assert_eq!(Interval::parse("240"), Ok(Interval::fixed(14_400_000)));
        assert_eq!(Interval::parse("D"), Interval::parse("1D"));
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
    fn months_open_on_their_first_day() {
        let month = Interval::Months(1);
        // 2024-02-29 12:00 UTC lies in the month that opens 2024-02-01 and closes 2024-03-01.
        let ordinal = month.ordinal(1_709_208_000_000);
        assert_eq!(month.open_time(ordinal), 1_706_745_600_000);
        assert_eq!(month.open_time(ordinal + 1), 1_709_251_200_000);
        assert_eq!(
            Interval::Months(12).open_time(Interval::Months(12).ordinal(0)),
            0
        );
    }

    #[test]
    fn weeks_open_on_monday() {
        let week = Interval::parse("1W").unwrap();
        // 2024-08-14, a Wednesday, belongs to the week of 2024-08-12.
        assert_eq!(
            week.open_time(week.ordinal(1_723_600_000_000)),
            1_723_420_800_000
        );
    }

    #[test]
    fn a_time_lies_in_the_bar_of_its_number() {
        for text in ["1S", "1", "45", "240", "D", "W", "M", "3M", "12M"] {
            let interval = Interval::parse(text).unwrap();
            for time in [
                -1_i64,
                0,
                1,
                951_782_400_000,
                1_709_208_000_000,
                1_790_726_400_123,
            ] {
                let n = interval.ordinal(time);
                assert!(
                    interval.open_time(n) <= time && time < interval.open_time(n + 1),
                    "{text} {time}"
                );
            }
        }
    }
}
