//! What companies pay and report, as charts mark it. The figures are those of scans.

use std::sync::Arc;

use market::{DAY, Symbol};

use super::{
    company, payments,
    row::{Feed, Row},
    statements::Books,
};
use crate::listings::Listing;

/// A dividend.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dividend {
    /// The first date without it, in days since 1970.
    pub ex_date: i64,
    /// What is paid for a share.
    pub amount: f64,
    /// The date on which it is paid, in days since 1970.
    pub paid: i64,
}

/// A report of a company, or the next one to come.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// When it came or comes, in seconds UTC.
    pub time: i64,
    /// The beginning of the last day of the quarter, in seconds UTC.
    pub period_end: i64,
    /// Earnings and revenue as reported; `None` for the next one.
    pub actual: Option<(f64, f64)>,
    /// Earnings and revenue as they were expected.
    pub expected: (f64, f64),
}

/// The dividends of a symbol on dates in a range, both included and in days since 1970.
#[must_use]
pub fn dividends(symbol: &Arc<Symbol>, from: i64, to: i64) -> Vec<Dividend> {
    let listing = Listing::new(Arc::clone(symbol));
    let row = Row::new(&listing, Feed::RealTime, to * DAY);
    let dividend = |ex_date| {
        Some(Dividend {
            ex_date,
            amount: payments::amount(&row, ex_date)?,
            paid: ex_date + payments::PAID_AFTER,
        })
    };
    let dates = symbol.dividend_dates(from, to).into_iter();
    dates.filter_map(dividend).collect()
}

/// The reports of a company since a time in seconds UTC, as they are known at a time in
/// milliseconds UTC, oldest first, and the one to come. Empty if it is not a company.
#[must_use]
pub fn reports(symbol: &Arc<Symbol>, from: i64, now: i64) -> Vec<Report> {
    let listing = Listing::new(Arc::clone(symbol));
    let row = Row::new(&listing, Feed::RealTime, now);
    let Some(books) = Books::of(&row) else {
        return Vec::new();
    };
    let report = |ago: i64| {
        let quarter = books.quarter(ago);
        Report {
            time: quarter.report(),
            period_end: quarter.end(),
            actual: (ago >= 0).then(|| (books.earned_in(ago), books.revenue_in(ago))),
            expected: company::expected(&books, ago),
        }
    };
    let ago =
        (-1..).take_while(|ago| books.was_there(*ago) && books.quarter(*ago).report() >= from);
    let mut found: Vec<Report> = ago.map(report).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;

    /// Monday, 30 November 2026, 16:00 UTC.
    const NOW: i64 = 1_796_054_400_000;

    #[test]
    fn a_company_reports_each_quarter_and_the_next_report_has_no_figures_yet() {
        let apple = Market::new(1).symbol("NASDAQ:AAPL").unwrap();
        let found = reports(&apple, NOW / 1000 - 366 * 86_400, NOW);
        assert_eq!(found.len(), 5, "{found:?}");
        let (next, known) = found.split_last().unwrap();
        assert!(next.actual.is_none() && next.time > NOW / 1000);
        for report in known {
            let (earned, _) = report.actual.unwrap();
            assert!(earned > 0.0 && report.period_end < report.time);
            // No quarter surprises by more than a twelfth.
            assert!(
                (report.expected.0 / earned - 1.0).abs() < 0.09,
                "{report:?}"
            );
        }
        assert!(found.is_sorted_by_key(|report| report.time));
        let coin = Market::new(1).symbol("BINANCE:BTCUSDT").unwrap();
        assert_eq!(reports(&coin, 0, NOW), []);
    }

    #[test]
    fn dividends_are_those_that_prices_are_adjusted_for() {
        let apple = Market::new(1).symbol("NASDAQ:AAPL").unwrap();
        let today = NOW / DAY;
        let found = dividends(&apple, today - 365, today);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(
            found
                .iter()
                .all(|it| it.amount > 0.0 && it.paid > it.ex_date)
        );
        let coin = Market::new(1).symbol("BINANCE:BTCUSDT").unwrap();
        assert_eq!(dividends(&coin, 0, today), []);
    }
}
