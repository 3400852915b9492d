//! The rows of studies about what happens: dividends, splits, reports, and changes of contracts.

use std::sync::Arc;

use market::{
    Symbol, date_parts,
    study::{Bar, Occasion, Row},
};

use crate::session::study::bars::BarsAt;

/// The hour code of a report that comes after trading. Recorded ones are 10 and 23.
const AFTER_TRADING: f64 = 23.0;
/// Seconds.
const DAY: i64 = 86_400;
/// What revenue is counted in.
const MILLION: f64 = 1e6;

/// The rows of a study over some bars, oldest first. A row stands at the bar of its event; a report
/// that is still to come stands beyond the newest bar.
pub(super) fn rows(occasion: Occasion, at: BarsAt<'_>, bars: &[Bar]) -> Vec<Row> {
    let (Some(first), Some(newest)) = (bars.first(), bars.last()) else {
        return Vec::new();
    };
    let today = at.time.div_euclid(1000 * DAY);
    let dates = (first.date, today);
    let symbol = at.feed.symbol();
    if occasion == Occasion::Earnings {
        return reports(symbol, at, bars);
    }
    let events = match occasion {
        Occasion::Dividends => dividends(symbol, dates),
        Occasion::Splits => splits(symbol, dates),
        Occasion::Earnings | Occasion::Rolls => rolls(symbol, dates),
    };
    let placed = events.into_iter().filter_map(|(date, plots)| {
        let bar =
            bar_of(bars, date).filter(|bar| bar.date >= date || date <= newest.date.max(today))?;
        Some(Row {
            index: bar.index,
            time: bar.time,
            plots,
        })
    });
    // Two events of one bar share its row; the later one counts.
    let mut rows: Vec<Row> = Vec::new();
    for row in placed {
        rows.retain(|other| other.index != row.index);
        rows.push(row);
    }
    rows
}

/// The first bar of a date, or else the bar in which it lies.
fn bar_of(bars: &[Bar], date: i64) -> Option<&Bar> {
    let after = bars.partition_point(|bar| bar.date < date);
    match bars.get(after) {
        Some(bar) if bar.date == date => Some(bar),
        _ => bars.get(after.checked_sub(1)?),
    }
}

fn milliseconds(date: i64) -> f64 {
    (date * DAY * 1000) as f64
}

/// Amount, first date without it, adjusted amount, and date of payment.
fn dividends(symbol: &Arc<Symbol>, (from, to): (i64, i64)) -> Vec<(i64, Vec<f64>)> {
    let row = |paid: sim_http::Dividend| {
        let plots = vec![
            paid.amount,
            milliseconds(paid.ex_date),
            f64::NAN,
            milliseconds(paid.paid),
        ];
        (paid.ex_date, plots)
    };
    let all = sim_http::dividends(symbol, from, to).into_iter();
    all.map(row).collect()
}

/// How many shares come of how many, and the date.
fn splits(symbol: &Arc<Symbol>, (from, to): (i64, i64)) -> Vec<(i64, Vec<f64>)> {
    let row = |(date, shares): (i64, f64)| {
        let (new, old) = if shares >= 1.0 {
            (shares, 1.0)
        } else {
            (1.0, 1.0 / shares)
        };
        (date, vec![new, old, milliseconds(date)])
    };
    symbol.splits(from, to).map(row).collect()
}

/// Codes of both contracts and the date of the change, three more such groups that are not used,
/// and whether there would be more.
fn rolls(symbol: &Arc<Symbol>, (from, to): (i64, i64)) -> Vec<(i64, Vec<f64>)> {
    let month = |month: i64| ((month.div_euclid(12)) * 100 + month.rem_euclid(12) + 1) as f64;
    let row = |roll: market::Roll| {
        let (year, of_year, day) = date_parts(roll.date);
        let date = (year * 10_000 + of_year * 100 + day) as f64;
        let mut plots = vec![month(roll.current), month(roll.next), date];
        plots.resize(12, f64::NAN);
        plots.push(0.0);
        (roll.date, plots)
    };
    symbol.rolls(from, to).into_iter().map(row).collect()
}

/// Earnings by the rules of accounting and what was expected, the end of the quarter in seconds and
/// the time of the report in milliseconds, earnings to be compared with what was expected, revenue
/// as it was expected and as reported, in millions, and the hour code. Here both earnings are the
/// same.
fn reports(symbol: &Arc<Symbol>, at: BarsAt<'_>, bars: &[Bar]) -> Vec<Row> {
    let first = bars.first().map_or(i64::MAX, |bar| bar.time);
    let row = |report: sim_http::Report| {
        let (earned, revenue) = report.actual.unwrap_or((f64::NAN, f64::NAN));
        let (index, time) = match at.feed.ahead(report.time * 1000) {
            Some(ahead) => ahead,
            None => {
                let after = bars.partition_point(|bar| bar.time <= report.time);
                let bar = bars.get(after.checked_sub(1)?)?;
                (bar.index, bar.time)
            }
        };
        Some(Row {
            index,
            time,
            plots: vec![
                earned,
                report.expected.0,
                report.period_end as f64,
                (report.time * 1000) as f64,
                earned,
                report.expected.1 / MILLION,
                revenue / MILLION,
                AFTER_TRADING,
            ],
        })
    };
    let all = sim_http::reports(symbol, first, at.time).into_iter();
    all.filter_map(row).collect()
}
