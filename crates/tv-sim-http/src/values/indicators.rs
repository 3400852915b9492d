//! Indicators and ratings.

use super::{cell::Cell, column::Column, row::Windows};
use crate::analysis::{
    View, Vote, aroon, average_range, awesome, bollinger, bull_bear_power, chaikin,
    commodity_channel, directional, donchian, ema, hull, ichimoku, keltner, macd, momentum,
    money_flow, parabolic, pattern, pivot, rate_of_change, relative_strength, sma, stochastic,
    stochastic_rsi, true_range_average, ultimate, vwma, williams,
};

/// How many bars indicators look at: enough for the longest average to settle.
const BARS: usize = 500;

/// The value of a column of indicators.
pub(super) fn cell(column: &Column, windows: &mut Windows<'_>) -> Option<Cell> {
    if !is_indicator(&column.base) {
        return None;
    }
    let window = windows(column.interval, BARS);
    if column.back == 0
        && let Some(value) = rated(&column.base, window.rating())
    {
        return Some(value.into());
    }
    if let Some(level) = column.base.strip_prefix("Pivot.M.") {
        let (method, level) = level.split_once('.')?;
        let before = window
            .candles()
            .len()
            .checked_sub(2)
            .and_then(|at| window.candles().get(at));
        let now = window.candles().last();
        let level = before
            .zip(now)
            .and_then(|(before, now)| pivot(before, now.open, method, level));
        return Some(level.into());
    }
    Some(value(&column.base, window.view().before(column.back)).into())
}

/// Ratings, and the votes that are columns of their own.
fn rated(base: &str, rating: &crate::analysis::Rating) -> Option<Option<f64>> {
    let vote = |vote: Vote| vote.map(f64::from);
    Some(match base {
        "Recommend.All" => rating.all(),
        "Recommend.MA" => rating.averages,
        "Recommend.Other" => rating.oscillators,
        "Rec.Ichimoku" => vote(rating.ichimoku),
        "Rec.VWMA" => vote(rating.vwma),
        "Rec.HullMA9" => vote(rating.hull),
        "Rec.Stoch.RSI" => vote(rating.stochastic_rsi),
        "Rec.WR" => vote(rating.williams),
        "Rec.BBPower" => vote(rating.power),
        "Rec.UO" => vote(rating.ultimate),
        _ => return None,
    })
}

/// Whether a name is that of an indicator.
fn is_indicator(base: &str) -> bool {
    const FIRST: [&str; 29] = [
        "Candle.",
        "Recommend.",
        "Rec.",
        "Pivot.M.",
        "RSI",
        "Stoch.",
        "CCI20",
        "ADX",
        "AO",
        "Mom",
        "MACD.",
        "W.R",
        "BBPower",
        "UO",
        "ROC",
        "MoneyFlow",
        "ChaikinMoneyFlow",
        "Aroon.",
        "ATR",
        "ADR",
        "EMA",
        "SMA",
        "VWMA",
        "HullMA",
        "BB.",
        "KltChnl.",
        "DonchCh20.",
        "Ichimoku.",
        "P.SAR",
    ];
    FIRST.iter().any(|first| base.starts_with(first))
}

/// The number at the end of a name, after its beginning; `usual` if there is none.
fn length(base: &str, first: &str, usual: usize) -> Option<usize> {
    match base.strip_prefix(first)? {
        "" => Some(usual),
        number => number.trim_start_matches('_').parse().ok(),
    }
}

fn value(base: &str, view: View<'_>) -> Option<f64> {
    if let Some(name) = base.strip_prefix("Candle.") {
        return pattern(view, name).map(f64::from);
    }
    let close = *view.close.last()?;
    match base {
        "CCI20" => commodity_channel(view, 20),
        "AO" => awesome(view),
        "Mom" => momentum(view.close, 10),
        "Mom_14" => momentum(view.close, 14),
        "MACD.macd" => macd(view.close).map(|(line, _)| line),
        "MACD.signal" => macd(view.close).map(|(_, signal)| signal),
        "MACD.hist" => macd(view.close).map(|(line, signal)| line - signal),
        "W.R" => williams(view, 14),
        "BBPower" => bull_bear_power(view).map(|(bull, bear)| bull + bear),
        "UO" => ultimate(view),
        "ROC" => rate_of_change(view.close, 9),
        "MoneyFlow" => money_flow(view, 14),
        "ChaikinMoneyFlow" => chaikin(view, 20),
        "Aroon.Up" => aroon(view, 14).map(|(up, _)| up),
        "Aroon.Down" => aroon(view, 14).map(|(_, down)| down),
        "ATR" => true_range_average(view, 14),
        "ATRP" => true_range_average(view, 14).map(|range| 100.0 * range / close),
        "ADR" => average_range(view, 14),
        "ADRP" => average_range(view, 14).map(|range| 100.0 * range / close),
        "VWMA" => vwma(view.close, view.volume, 20),
        "P.SAR" => parabolic(view),
        "Stoch.RSI.K" => stochastic_rsi(view.close).map(|(k, _)| k),
        "Stoch.RSI.D" => stochastic_rsi(view.close).map(|(_, d)| d),
        _ => of_length(base, view).or_else(|| line(base, view)),
    }
}

/// Indicators whose name ends with a length.
fn of_length(base: &str, view: View<'_>) -> Option<f64> {
    if let Some(length) = length(base, "EMA", 0) {
        return ema(view.close, length);
    }
    if let Some(length) = length(base, "SMA", 0) {
        return sma(view.close, length);
    }
    if let Some(length) = length(base, "RSI", 14) {
        return relative_strength(view.close, length);
    }
    if let Some(length) = length(base, "HullMA", 9) {
        return hull(view.close, length);
    }
    if let Some(length) = length(base, "ADX+DI", 14) {
        return directional(view, length).map(|(_, plus, _)| plus);
    }
    if let Some(length) = length(base, "ADX-DI", 14) {
        return directional(view, length).map(|(.., minus)| minus);
    }
    if let Some(length) = length(base, "ADX", 14) {
        return directional(view, length).map(|(adx, ..)| adx);
    }
    None
}

/// A line of an indicator that has several.
fn line(base: &str, view: View<'_>) -> Option<f64> {
    let (first, line) = base.split_once('.')?;
    let (line, numbers) = line
        .split_once('_')
        .map_or((line, None), |(line, numbers)| (line, Some(numbers)));
    let numbers = |usual: &'static str| -> Vec<usize> {
        let numbers = numbers.unwrap_or(usual).split('_');
        numbers.filter_map(|number| number.parse().ok()).collect()
    };
    let band = |(low, middle, high): (f64, f64, f64)| match line.to_ascii_lowercase().as_str() {
        "lower" => Some(low),
        "upper" => Some(high),
        "basis" | "middle" => Some(middle),
        _ => None,
    };
    match first {
        "BB" => band(bollinger(view.close, *numbers("20").first()?)?),
        "KltChnl" => band(keltner(view)?),
        "DonchCh20" => band(donchian(view, 20)?),
        "Stoch" => {
            let [length, smooth, signal] = numbers("14_3_3").try_into().ok()?;
            let (k, d) = stochastic(view, length, smooth, signal)?;
            Some(if line == "K" { k } else { d })
        }
        "Ichimoku" => {
            let [conversion, base, span, shift] = numbers("9_26_52_26").try_into().ok()?;
            let lines = ichimoku(view, [conversion, base, span], shift)?;
            match line {
                "CLine" => Some(lines.conversion),
                "BLine" => Some(lines.base),
                "Lead1" => Some(lines.lead_one),
                "Lead2" => Some(lines.lead_two),
                _ => None,
            }
        }
        _ => None,
    }
}
