//! What is traded before and after the regular session.

use market::{Candle, DAY, Interval, Phase, Settings};

use super::{cell::Cell, row::Row};

/// The value of a column about the time before or after the session, if it is one. Without such
/// trades there is none. Before the session the newest trades count, after it those of that day.
pub(super) fn cell(row: &Row<'_>, base: &str) -> Option<Cell> {
    let (phase, what) = match base.strip_prefix("premarket_") {
        Some(what) => (Phase::Early, what),
        None => (Phase::Late, base.strip_prefix("postmarket_")?),
    };
    let symbol = row.listing.symbol();
    if !symbol.has_intraday() {
        return Some(Cell::Null);
    }
    let quarters = Interval::parse("15").ok()?;
    let settings = Settings {
        extended: true,
        ..Settings::default()
    };
    let from = row.at - 6 * DAY;
    let bars: Vec<Candle> = symbol
        .bars(quarters, settings, from, row.at, row.at)
        .collect();
    let date = bars.last().map(|bar| bar.date)?;
    let is_within = |bar: &Candle| symbol.phase(bar.opens) == Some(phase);
    let outside: Vec<Candle> = bars
        .iter()
        .filter(|bar| bar.date == date && is_within(bar))
        .copied()
        .collect();
    let (Some(first), Some(last)) = (outside.first(), outside.last()) else {
        return Some(Cell::Null);
    };
    // The last price of the session before.
    let mut before = bars.iter().rev().skip_while(|bar| bar.opens >= first.opens);
    let close = before
        .find(|bar| symbol.phase(bar.opens) == Some(Phase::Regular))
        .map(|bar| bar.close);
    let percent = |value: f64, than: f64| 100.0 * (value - than) / than;
    let highest = outside.iter().map(|bar| bar.high).reduce(f64::max);
    let lowest = outside.iter().map(|bar| bar.low).reduce(f64::min);
    Some(match what {
        "open" => Cell::Number(first.open),
        "high" => highest.into(),
        "low" => lowest.into(),
        "close" => Cell::Number(last.close),
        "volume" => Cell::Number(outside.iter().map(|bar| bar.volume).sum()),
        "time" => Cell::Number(last.opens.div_euclid(1000) as f64),
        "change" => close.map(|close| percent(last.close, close)).into(),
        "change_abs" => close.map(|close| last.close - close).into(),
        "change_from_open" => Cell::Number(percent(last.close, first.open)),
        "change_from_open_abs" => Cell::Number(last.close - first.open),
        "gap" => close.map(|close| percent(first.open, close)).into(),
        _ => return None,
    })
}
