//! Dividends: once a quarter, on the days for which the market adjusts its prices.

use market::{DAY, Interval, Settings};

use super::{
    cell::{Cell, cents},
    fiscal::Quarter,
    row::Row,
};

/// How long after the day without it a dividend is paid, in days.
pub(super) const PAID_AFTER: i64 = 21;

/// The value of a column about dividends, if it is one of a company that pays some.
pub(super) fn cell(row: &Row<'_>, base: &str) -> Option<Cell> {
    let (what, which) = base.strip_prefix("dividend_")?.rsplit_once('_')?;
    let day = match which {
        "recent" => recent(row),
        "upcoming" => recent(row).map(|quarter| quarter.back(-1)),
        _ => return None,
    };
    let day = day.map(Quarter::ex_dividend);
    let second = |day: i64| (day * 86_400) as f64;
    Some(match what {
        "ex_date" => day.map(second).into(),
        "payment_date" => day.map(|day| second(day + PAID_AFTER)).into(),
        "amount" => day.and_then(|day| amount(row, day)).into(),
        "frequency" => day.map_or(Cell::Null, |_| "quarterly".into()),
        "yield" => day.map(|_| 100.0 * row.identity.dividend_yield).into(),
        _ => return None,
    })
}

/// What is paid for a share that trades without it from a day on, which is counted from the epoch:
/// a quarter of the yearly part of the close before. By as much the market lowers earlier prices.
/// The market is known in advance, so a coming dividend is what it will be.
pub(super) fn amount(row: &Row<'_>, day: i64) -> Option<f64> {
    let paid = Some(row.identity.dividend_yield).filter(|paid| *paid > 0.0)?;
    let daily = Interval::parse("1D").ok()?;
    let (from, to) = ((day - 14) * DAY, day * DAY);
    let symbol = row.listing.symbol();
    let before = symbol
        .bars(daily, Settings::default(), from, to, to)
        .filter(|bar| bar.date < day)
        .last()?;
    Some(cents(paid / 4.0 * before.close))
}

/// The quarter of the last dividend, if there are any.
fn recent(row: &Row<'_>) -> Option<Quarter> {
    let today = row.at.div_euclid(DAY);
    let now = Quarter::at(row.at);
    (row.identity.dividend_yield > 0.0).then(|| {
        if now.ex_dividend() <= today {
            now
        } else {
            now.back(1)
        }
    })
}
