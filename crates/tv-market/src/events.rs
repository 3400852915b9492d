//! Events that prices are adjusted for: splits, dividends, and the change from one contract of a
//! future to the next.

#[cfg(test)]
use super::civil::civil;
use super::{
    civil::{date_of, month_begins, month_of, weekday},
    listing::Listing,
    settings::{Adjustment, Settings},
    symbol::Symbol,
};

/// The change from one contract of a future to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roll {
    /// The first trading date of the next contract, in days since 1970.
    pub date: i64,
    /// The month in which the contract before ends, counted from January of the year 0.
    pub current: i64,
    /// The month in which the next one ends.
    pub next: i64,
}

impl Symbol {
    /// The splits on dates in a range, both included and in days since 1970: the date, and how many
    /// shares one has become.
    pub fn splits(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, f64)> + '_ {
        let all = self.listing.splits.iter();
        let all = all.map(|(year, month, day, shares)| (date_of(*year, *month, *day), *shares));
        all.filter(move |(date, _)| (from..=to).contains(date))
    }

    /// The first dates on which its shares trade without a dividend in a range, both included and
    /// in days since 1970; none if it pays nothing.
    pub fn dividend_dates(&self, from: i64, to: i64) -> Vec<i64> {
        if self.listing.dividend_yield > 0.0 {
            quarterly(from, to, ex_dividend).collect()
        } else {
            Vec::new()
        }
    }

    /// The changes of contracts in a range of dates, both included and in days since 1970; none if
    /// it is not a future without an end.
    pub fn rolls(&self, from: i64, to: i64) -> Vec<Roll> {
        if self.listing.basis == 0 {
            return Vec::new();
        }
        let roll = |date| {
            let current = month_of(date);
            Roll {
                date,
                current,
                next: current + 3,
            }
        };
        quarterly(from, to, expiry).map(roll).collect()
    }
}

/// The dates of an event of each quarter in a range, both included.
fn quarterly(from: i64, to: i64, event: fn(i64) -> i64) -> impl Iterator<Item = i64> {
    let quarter = |date: i64| month_of(date).div_euclid(3);
    let dates = (quarter(from)..=quarter(to)).map(event);
    dates.filter(move |date| (from..=to).contains(date))
}

const FRIDAY: i64 = 4;

/// What the prices of a date are changed by. The walk itself is adjusted for every split, also for
/// those to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// Prices are multiplied by it.
    pub(super) factor: f64,
    /// Volumes are divided by it.
    pub(super) shares: f64,
    /// Steps that are added.
    pub(super) shift: i64,
}

impl Change {
    pub(super) const NONE: Self = Self {
        factor: 1.0,
        shares: 1.0,
        shift: 0,
    };
}

impl Listing {
    /// What the prices of a date are changed by, seen from another date.
    pub(super) fn change(&self, settings: &Settings, date: i64, today: i64) -> Change {
        let seen = if settings.adjustment == Adjustment::None {
            date
        } else {
            today
        };
        let split = self
            .splits
            .iter()
            .filter(|split| date_of(split.0, split.1, split.2) > seen)
            .fold(1.0, |all, split| all * split.3);
        let mut factor = split;
        if settings.adjustment == Adjustment::Dividends && self.dividend_yield > 0.0 {
            let paid = quarters(today, ex_dividend) - quarters(date, ex_dividend);
            for _ in 0..paid {
                factor *= 1.0 - self.dividend_yield / 4.0;
            }
        }
        let mut shift = 0;
        if self.basis > 0 {
            shift = self.basis * (quarter_expiry_after(date) - date) / 91;
            if settings.back_adjusted {
                shift += self.basis * (quarters(today, expiry) - quarters(date, expiry));
            }
        }
        Change {
            factor,
            shares: split,
            shift,
        }
    }
}

/// Shares go without their dividend on the second Friday of February, May, August and November.
fn ex_dividend(quarter: i64) -> i64 {
    friday(quarter * 3 + 1, 2)
}

/// Contracts end on the third Friday of March, June, September and December.
fn expiry(quarter: i64) -> i64 {
    friday(quarter * 3 + 2, 3)
}

fn friday(month: i64, which: i64) -> i64 {
    let begins = month_begins(month);
    begins + (FRIDAY - weekday(begins)).rem_euclid(7) + (which - 1) * 7
}

/// How many quarterly events have come by a date, counted from somewhere.
fn quarters(date: i64, event: fn(i64) -> i64) -> i64 {
    let quarter = month_of(date).div_euclid(3);
    if date >= event(quarter) {
        quarter + 1
    } else {
        quarter
    }
}

/// The first expiry after a date.
fn quarter_expiry_after(date: i64) -> i64 {
    expiry(quarters(date, expiry))
}

/// The dates of the dividends from one date to another, both included.
#[cfg(test)]
fn dividends(from: i64, to: i64) -> Vec<(i64, i64, i64)> {
    quarterly(from, to, ex_dividend).map(civil).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::find;

    fn settings(adjustment: Adjustment) -> Settings {
        Settings {
            adjustment,
            ..Settings::default()
        }
    }

    #[test]
    fn prices_before_a_split_are_as_paid_only_if_asked_for() {
        let apple = find("NASDAQ:AAPL").unwrap();
        let today = date_of(2026, 11, 21);
        let change = |adjustment, date| apple.change(&settings(adjustment), date, today);
        let (before, after) = (date_of(2020, 8, 28), date_of(2020, 8, 31));
        assert_eq!(change(Adjustment::Splits, before), Change::NONE);
        assert_eq!(change(Adjustment::None, after), Change::NONE);
        assert_eq!(change(Adjustment::None, before).factor, 4.0);
        assert_eq!(change(Adjustment::None, before).shares, 4.0);
        assert_eq!(change(Adjustment::None, date_of(2014, 6, 6)).factor, 28.0);
        // Before the split, prices were not adjusted for it.
        let then = apple.change(&settings(Adjustment::Splits), before, before);
        assert_eq!(then.factor, 4.0);
    }

    #[test]
    fn dividends_lower_what_came_before() {
        let apple = find("NASDAQ:AAPL").unwrap();
        let paid = dividends(date_of(2025, 1, 1), date_of(2025, 12, 31));
        assert_eq!(
            paid,
            [(2025, 2, 14), (2025, 5, 9), (2025, 8, 8), (2025, 11, 14)]
        );
        let today = date_of(2025, 12, 31);
        let factor = |date| {
            apple
                .change(&settings(Adjustment::Dividends), date, today)
                .factor
        };
        assert_eq!(factor(date_of(2025, 11, 14)), 1.0);
        assert!(factor(date_of(2025, 11, 13)) < 1.0);
        assert!(factor(date_of(2025, 1, 2)) < factor(date_of(2025, 11, 13)));
    }

    #[test]
    fn contracts_change_four_times_a_year_and_back_adjustment_removes_it() {
        let future = find("CME_MINI:ES1!").unwrap();
        let today = date_of(2026, 11, 21);
        let (last, first) = (date_of(2026, 9, 17), date_of(2026, 9, 18));
        let jump = |settings: &Settings| {
            future.change(settings, first, today).shift - future.change(settings, last, today).shift
        };
        assert!(jump(&Settings::default()) > future.basis * 8 / 10);
        let smooth = Settings {
            back_adjusted: true,
            ..Settings::default()
        };
        assert!(
            jump(&smooth).abs() <= future.basis / 10,
            "{}",
            jump(&smooth)
        );
    }
}
