//! Prices, volumes and how they have changed.

use market::{Candle, DAY, tick_at};

use super::{
    cell::Cell,
    column::{Column, DAILY, HOURLY, MONTHLY},
    row::{Row, Windows},
};

/// How many bars the columns of prices look at.
const FEW: usize = 12;
/// How many days the average volumes look at.
const AVERAGED: usize = 92;
/// How many days the changes of a year look at, and how many months those of a life.
const YEAR: usize = 280;
const LIFE: usize = 1200;

/// The value of a column of prices.
pub(super) fn cell(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Option<Cell> {
    let base = column.base.as_str();
    if let Some(cell) = averaged(column, windows).or_else(|| performance(row, column, windows)) {
        return Some(cell.into());
    }
    if let "bid" | "ask" = base {
        if !row.listing.symbol().has_offers() {
            return Some(Cell::Null);
        }
        let shown = tick_at(row.listing.symbol(), row.at).shown;
        return Some(
            shown
                .map(|shown| if base == "bid" { shown.bid } else { shown.ask })
                .into(),
        );
    }
    if let "24h_vol" | "24h_vol_cmc" | "24h_close_change" | "24h_vol_change" = base {
        return Some(of_day(base, windows(HOURLY, 49).candles()).into());
    }
    let window = windows(column.interval, FEW);
    let candles = window.candles();
    let candles = candles
        .get(..candles.len().saturating_sub(column.back))
        .unwrap_or_default();
    let (last, before) = (
        candles.last(),
        candles.len().checked_sub(2).and_then(|at| candles.get(at)),
    );
    let of = |value: fn(&Candle) -> f64| last.map(value);
    let both = |value: fn(&Candle, &Candle) -> f64| Some(value(last?, before?));
    let has_volume = row.listing.symbol().has_volume();
    let value = match base {
        "open" => of(|bar| bar.open),
        "high" => of(|bar| bar.high),
        "low" => of(|bar| bar.low),
        "close" | "close_usd" | "daily-bar.close" => of(|bar| bar.close),
        "time" | "daily-bar.time" => of(|bar| bar.opens.div_euclid(1000) as f64),
        "volume" => of(|bar| bar.volume).filter(|_| has_volume),
        "Value.Traded" => of(|bar| bar.volume * bar.close).filter(|_| has_volume),
        "VWAP" => of(|bar| (bar.high + bar.low + bar.close) / 3.0).filter(|_| has_volume),
        "change" => both(|bar, before| percent(bar.close, before.close)),
        "change_abs" => both(|bar, before| bar.close - before.close),
        "change_from_open" => of(|bar| percent(bar.close, bar.open)),
        "change_from_open_abs" => of(|bar| bar.close - bar.open),
        "gap" => both(|bar, before| percent(bar.open, before.close)),
        "volume_change" => {
            both(|bar, before| percent(bar.volume, before.volume)).filter(|_| has_volume)
        }
        "volume_change_abs" => {
            both(|bar, before| bar.volume - before.volume).filter(|_| has_volume)
        }
        "Volatility.D" => of(|bar| percent(bar.high, bar.low)),
        "Volatility.W" => mean(candles, 5, |bar| percent(bar.high, bar.low)),
        _ => return None,
    };
    Some(value.into())
}

/// How much more a value is than another, in percent.
fn percent(value: f64, than: f64) -> f64 {
    if than == 0.0 {
        f64::NAN
    } else {
        100.0 * (value - than) / than.abs()
    }
}

/// The mean over the newest bars; over fewer, if there are not as many.
fn mean(candles: &[Candle], count: usize, value: impl Fn(&Candle) -> f64) -> Option<f64> {
    let newest = candles.get(candles.len().saturating_sub(count)..)?;
    let sum: f64 = newest.iter().map(value).sum();
    (!newest.is_empty()).then(|| sum / newest.len() as f64)
}

/// Averages of volumes, of the days before the newest.
fn averaged(column: &Column, windows: &mut Windows<'_>) -> Option<Option<f64>> {
    let days = match column.base.as_str() {
        "average_volume_10d_calc"
        | "average_volume"
        | "relative_volume_10d_calc"
        | "relative_volume" => 10,
        "average_volume_30d_calc" | "AvgValue.Traded_30d" => 30,
        "average_volume_60d_calc" | "AvgValue.Traded_60d" => 60,
        "average_volume_90d_calc" | "AvgValue.Traded_90d" => 90,
        "AvgValue.Traded_10d" => 10,
        _ => return None,
    };
    let is_value = column.base.starts_with("AvgValue");
    let window = windows(column.interval, if days == 10 { FEW } else { AVERAGED });
    let Some((last, before)) = window.candles().split_last() else {
        return Some(None);
    };
    let average = mean(before, days, |bar| {
        if is_value {
            bar.volume * bar.close
        } else {
            bar.volume
        }
    });
    let average = average.filter(|average| *average > 0.0);
    Some(if column.base.starts_with("relative") {
        average.map(|average| last.volume / average)
    } else {
        average
    })
}

/// What changed in 24 hours, from bars of an hour.
fn of_day(base: &str, hours: &[Candle]) -> Option<f64> {
    let half = hours.len().saturating_sub(24);
    let (before, latest) = hours.split_at_checked(half)?;
    let traded = |bars: &[Candle]| bars.iter().map(|bar| bar.volume * bar.close).sum::<f64>();
    match base {
        "24h_close_change" => Some(percent(latest.last()?.close, before.last()?.close)),
        "24h_vol_change" => Some(percent(traded(latest), traded(before))),
        _ => Some(traded(latest)),
    }
}

/// How prices have changed over longer times, and how far they went.
fn performance(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Option<Option<f64>> {
    let (what, span) = match column.base.as_str() {
        "price_52_week_high" => ("High", "52W"),
        "price_52_week_low" => ("Low", "52W"),
        "all_time_high" => ("High", "All"),
        "all_time_low" => ("Low", "All"),
        "Volatility.M" => {
            let window = windows(DAILY, YEAR);
            return Some(mean(window.candles(), 21, |bar| percent(bar.high, bar.low)));
        }
        base => base
            .split_once('.')
            .filter(|(what, _)| matches!(*what, "Perf" | "High" | "Low"))?,
    };
    let today = row.at.div_euclid(DAY);
    let from = match span {
        "5D" | "W" => today - 7,
        "1M" => market::months_before(today, 1),
        "3M" => market::months_before(today, 3),
        "6M" => market::months_before(today, 6),
        "YTD" => market::year_begins(today),
        "Y" => market::months_before(today, 12),
        "52W" => today - 364,
        "3Y" => market::months_before(today, 36),
        "5Y" => market::months_before(today, 60),
        "10Y" => market::months_before(today, 120),
        "All" => i64::MIN,
        _ => return None,
    };
    // Days are exact, but there are too many of them in a life.
    let is_long = matches!(span, "3Y" | "5Y" | "10Y" | "All");
    let window = if is_long {
        windows(MONTHLY, LIFE)
    } else {
        windows(DAILY, YEAR)
    };
    let candles = window.candles();
    let (past, within) =
        candles.split_at_checked(candles.partition_point(|bar| bar.date < from))?;
    let newest = candles.last().map(|bar| bar.close);
    Some(match what {
        "High" => within.iter().map(|bar| bar.high).reduce(f64::max),
        "Low" => within.iter().map(|bar| bar.low).reduce(f64::min),
        // From the last price before, or from the first there is of a life.
        _ => {
            let first = within.first().filter(|_| span == "All").map(|bar| bar.open);
            let start = past.last().map(|bar| bar.close).or(first);
            newest
                .zip(start)
                .map(|(newest, start)| percent(newest, start))
        }
    })
}
