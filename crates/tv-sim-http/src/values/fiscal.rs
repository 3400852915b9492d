//! Fiscal quarters, which are those of the calendar, and the dates that follow from them.

use jiff::{
    civil::{Date, Weekday, date},
    tz::TimeZone,
};
use market::DAY;

/// A quarter, counted from the first of the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quarter(i64);

impl Quarter {
    /// The quarter of a time in milliseconds UTC.
    pub(super) fn at(time: i64) -> Self {
        let (year, month, _) = market::date_parts(time.div_euclid(DAY));
        Self(year * 4 + (month - 1) / 3)
    }

    /// The newest quarter whose figures are known at a time in milliseconds UTC. Companies report
    /// four weeks after its end, at the time of their column `earnings_release_date`.
    pub(super) fn reported(time: i64) -> Self {
        let ended = Self::at(time).back(1);
        if ended.report() * 1000 <= time {
            ended
        } else {
            ended.back(1)
        }
    }

    /// A number of quarters before; after, if it is negative.
    pub(super) fn back(self, count: i64) -> Self {
        Self(self.0 - count)
    }

    pub(super) fn year(self) -> i64 {
        self.0.div_euclid(4)
    }

    /// Its number in the year, from 0.
    pub(super) fn number(self) -> i64 {
        self.0.rem_euclid(4)
    }

    /// When its figures are reported, in seconds UTC.
    pub(super) fn report(self) -> i64 {
        let next = self.back(-1);
        second(day(next.year(), next.number() * 3 + 1, 28)) + 21 * 3600
    }

    /// The beginning of its last day, in seconds UTC.
    pub(super) fn end(self) -> i64 {
        let next = self.back(-1);
        second(day(next.year(), next.number() * 3 + 1, 1)) - 86_400
    }

    /// The day without the dividend that belongs to it, in days since the epoch: the second Friday
    /// of its second month, as the market adjusts its prices.
    pub(super) fn ex_dividend(self) -> i64 {
        let month = day(self.year(), self.number() * 3 + 2, 1);
        let friday = month.nth_weekday_of_month(2, Weekday::Friday);
        second(friday.unwrap_or(month)) / 86_400
    }
}

/// A day of the calendar; months count from 1.
pub(super) fn day(year: i64, month: i64, of_month: i64) -> Date {
    let small = |number: i64| i8::try_from(number).unwrap_or(1);
    let year = i16::try_from(year).unwrap_or(2000);
    Date::new(year, small(month), small(of_month)).unwrap_or(date(2000, 1, 1))
}

/// The beginning of a day in seconds UTC.
pub(super) fn second(day: Date) -> i64 {
    let midnight = day.to_zoned_datetime(TimeZone::UTC);
    midnight.map_or(0, |midnight| midnight.timestamp().as_second())
}

/// The day of a number of days since the epoch.
pub(super) fn date_of(days: i64) -> Date {
    let (year, month, of_month) = market::date_parts(days);
    day(year, month, of_month)
}

/// A day as a number such as 20261130.
pub(super) fn number_of(day: Date) -> f64 {
    f64::from(i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 30 November 2026, 16:00 UTC.
    const NOW: i64 = 1_796_054_400_000;

    #[test]
    fn quarters_are_reported_four_weeks_after_their_end() {
        let newest = Quarter::reported(NOW);
        assert_eq!((newest.year(), newest.number()), (2026, 2));
        assert_eq!(newest.end(), second(date(2026, 9, 30)));
        assert_eq!(newest.report(), second(date(2026, 10, 28)) + 75_600);
        let report = newest.report() * 1000;
        assert_eq!(Quarter::reported(report - 1), newest.back(1));
        assert_eq!(Quarter::reported(report), newest);
        assert_eq!(Quarter::at(NOW), newest.back(-1));
    }

    #[test]
    fn dividends_are_cut_off_on_second_fridays() {
        let ex = date_of(Quarter::at(NOW).ex_dividend());
        assert_eq!((ex, number_of(ex)), (date(2026, 11, 13), 20_261_113.0));
    }
}
