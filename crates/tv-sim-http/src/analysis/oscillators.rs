//! Oscillators.

use super::{
    averages::{emas, newest, sma, smas, wilders},
    series::View,
};

/// Differences of neighbours.
fn steps(values: &[f64]) -> Vec<f64> {
    values
        .windows(2)
        .filter_map(|pair| Some(pair.last()? - pair.first()?))
        .collect()
}

/// The highest of the newest values.
pub(super) fn highest(values: &[f64], length: usize) -> Option<f64> {
    newest(values, length)?.iter().copied().reduce(f64::max)
}

/// The lowest of the newest values.
pub(super) fn lowest(values: &[f64], length: usize) -> Option<f64> {
    newest(values, length)?.iter().copied().reduce(f64::min)
}

/// Where a value lies between two others, in percent; the middle if they are equal.
fn place(value: f64, low: f64, high: f64) -> f64 {
    if high > low {
        100.0 * (value - low) / (high - low)
    } else {
        50.0
    }
}

/// A value for each bar, from what a function makes of the series up to it. The newest `count`.
fn lately(
    view: View<'_>,
    count: usize,
    value: impl Fn(View<'_>) -> Option<f64>,
) -> Option<Vec<f64>> {
    (0..count)
        .rev()
        .map(|back| value(view.before(back)))
        .collect()
}

/// All values of the relative strength index.
fn strengths(values: &[f64], length: usize) -> Vec<f64> {
    let steps = steps(values);
    let ups: Vec<f64> = steps.iter().map(|step| step.max(0.0)).collect();
    let downs: Vec<f64> = steps.iter().map(|step| (-step).max(0.0)).collect();
    let pairs = wilders(&ups, length)
        .into_iter()
        .zip(wilders(&downs, length));
    pairs
        .map(|(up, down)| {
            if up + down > 0.0 {
                100.0 * up / (up + down)
            } else {
                50.0
            }
        })
        .collect()
}

/// The relative strength index.
pub(crate) fn relative_strength(values: &[f64], length: usize) -> Option<f64> {
    strengths(values, length).last().copied()
}

/// The two lines of the stochastic oscillator.
pub(crate) fn stochastic(
    view: View<'_>,
    length: usize,
    smooth: usize,
    signal: usize,
) -> Option<(f64, f64)> {
    let raw = lately(view, smooth + signal - 1, |view| {
        let close = *view.close.last()?;
        Some(place(
            close,
            lowest(view.low, length)?,
            highest(view.high, length)?,
        ))
    })?;
    let lines = smas(&raw, smooth);
    Some((*lines.last()?, sma(&lines, signal)?))
}

/// The two lines of the stochastic oscillator of the relative strength index.
pub(crate) fn stochastic_rsi(values: &[f64]) -> Option<(f64, f64)> {
    let strengths = strengths(values, 14);
    let raw: Option<Vec<f64>> = (0..5)
        .rev()
        .map(|back| {
            let strengths = strengths.get(..strengths.len().checked_sub(back)?)?;
            let last = *strengths.last()?;
            Some(place(last, lowest(strengths, 14)?, highest(strengths, 14)?))
        })
        .collect();
    let lines = smas(&raw?, 3);
    Some((*lines.last()?, sma(&lines, 3)?))
}

/// The averages of high, low and close.
fn typical(view: View<'_>) -> Vec<f64> {
    let prices = view.high.iter().zip(view.low).zip(view.close);
    prices
        .map(|((high, low), close)| (high + low + close) / 3.0)
        .collect()
}

/// The commodity channel index.
pub(crate) fn commodity_channel(view: View<'_>, length: usize) -> Option<f64> {
    let typical = typical(view);
    let latest = newest(&typical, length)?;
    let average = sma(latest, length)?;
    let spread = latest
        .iter()
        .map(|price| (price - average).abs())
        .sum::<f64>()
        / length as f64;
    let away = latest.last()? - average;
    Some(if spread > 0.0 {
        away / (0.015 * spread)
    } else {
        0.0
    })
}

/// The true ranges, from the second bar on.
fn true_ranges(view: View<'_>) -> Vec<f64> {
    let bars = view.high.iter().zip(view.low).skip(1).zip(view.close);
    let range = |((high, low), before): ((&f64, &f64), &f64)| {
        (high - low)
            .max((high - before).abs())
            .max((low - before).abs())
    };
    bars.map(range).collect()
}

/// Wilder's average of the true range.
pub(crate) fn true_range_average(view: View<'_>, length: usize) -> Option<f64> {
    wilders(&true_ranges(view), length).last().copied()
}

/// The plain average of the range from low to high.
pub(crate) fn average_range(view: View<'_>, length: usize) -> Option<f64> {
    let ranges: Vec<f64> = view
        .high
        .iter()
        .zip(view.low)
        .map(|(high, low)| high - low)
        .collect();
    sma(&ranges, length)
}

/// The average directional index, and the directional indicators up and down.
pub(crate) fn directional(view: View<'_>, length: usize) -> Option<(f64, f64, f64)> {
    let (ups, downs) = (steps(view.high), steps(view.low));
    let moves = ups.iter().zip(&downs);
    let plus: Vec<f64> = moves
        .clone()
        .map(|(up, down)| if *up > -down && *up > 0.0 { *up } else { 0.0 })
        .collect();
    let minus: Vec<f64> = moves
        .map(|(up, down)| {
            if -down > *up && *down < 0.0 {
                -down
            } else {
                0.0
            }
        })
        .collect();
    let ranges = wilders(&true_ranges(view), length);
    let lines: Vec<(f64, f64)> = wilders(&plus, length)
        .into_iter()
        .zip(wilders(&minus, length))
        .zip(&ranges)
        .map(|((plus, minus), range)| {
            let part = |moved: f64| {
                if *range > 0.0 {
                    100.0 * moved / range
                } else {
                    0.0
                }
            };
            (part(plus), part(minus))
        })
        .collect();
    let apart: Vec<f64> = lines
        .iter()
        .map(|(plus, minus)| {
            let sum = plus + minus;
            if sum > 0.0 {
                100.0 * (plus - minus).abs() / sum
            } else {
                0.0
            }
        })
        .collect();
    let (plus, minus) = *lines.last()?;
    Some((*wilders(&apart, length).last()?, plus, minus))
}

/// The awesome oscillator.
pub(crate) fn awesome(view: View<'_>) -> Option<f64> {
    let middles: Vec<f64> = view
        .high
        .iter()
        .zip(view.low)
        .map(|(high, low)| (high + low) / 2.0)
        .collect();
    Some(sma(&middles, 5)? - sma(&middles, 34)?)
}

/// How much a value has changed in a number of bars.
pub(crate) fn momentum(values: &[f64], length: usize) -> Option<f64> {
    Some(values.last()? - newest(values, length + 1)?.first()?)
}

/// The same in percent.
pub(crate) fn rate_of_change(values: &[f64], length: usize) -> Option<f64> {
    let before = newest(values, length + 1)?.first()?;
    (*before != 0.0).then(|| 100.0 * momentum(values, length).unwrap_or_default() / before)
}

/// The convergence and divergence of averages, and its signal.
pub(crate) fn macd(values: &[f64]) -> Option<(f64, f64)> {
    let (fast, slow) = (emas(values, 12), emas(values, 26));
    let fast = newest(&fast, slow.len())?;
    let line: Vec<f64> = fast
        .iter()
        .zip(&slow)
        .map(|(fast, slow)| fast - slow)
        .collect();
    Some((*line.last()?, *emas(&line, 9).last()?))
}

/// Williams' percent range.
pub(crate) fn williams(view: View<'_>, length: usize) -> Option<f64> {
    let close = *view.close.last()?;
    Some(
        place(
            close,
            lowest(view.low, length)?,
            highest(view.high, length)?,
        ) - 100.0,
    )
}

/// The power of bulls and of bears.
pub(crate) fn bull_bear_power(view: View<'_>) -> Option<(f64, f64)> {
    let average = *emas(view.close, 13).last()?;
    Some((view.high.last()? - average, view.low.last()? - average))
}

/// The ultimate oscillator.
pub(crate) fn ultimate(view: View<'_>) -> Option<f64> {
    let bars = view
        .high
        .iter()
        .zip(view.low)
        .zip(view.close)
        .skip(1)
        .zip(view.close);
    let (pressures, ranges): (Vec<f64>, Vec<f64>) = bars
        .map(|(((high, low), close), before)| {
            let floor = low.min(*before);
            (close - floor, high.max(*before) - floor)
        })
        .unzip();
    let ratio = |length: usize| {
        let sum = |values: &[f64]| Some(newest(values, length)?.iter().sum::<f64>());
        let range = sum(&ranges)?;
        Some(if range > 0.0 {
            sum(&pressures)? / range
        } else {
            0.5
        })
    };
    Some(100.0 * (4.0 * ratio(7)? + 2.0 * ratio(14)? + ratio(28)?) / 7.0)
}

/// The money flow index.
pub(crate) fn money_flow(view: View<'_>, length: usize) -> Option<f64> {
    let typical = typical(view);
    let flows: Vec<f64> = steps(&typical)
        .iter()
        .zip(typical.iter().zip(view.volume).skip(1))
        .map(|(step, (price, volume))| {
            if *step == 0.0 {
                0.0
            } else {
                step.signum() * price * volume
            }
        })
        .collect();
    let flows = newest(&flows, length)?;
    let up: f64 = flows.iter().filter(|flow| **flow > 0.0).sum();
    let all: f64 = flows.iter().map(|flow| flow.abs()).sum();
    (all > 0.0).then(|| 100.0 * up / all)
}

/// Chaikin's money flow.
pub(crate) fn chaikin(view: View<'_>, length: usize) -> Option<f64> {
    let bars = view
        .high
        .iter()
        .zip(view.low)
        .zip(view.close)
        .zip(view.volume);
    let flows: Vec<f64> = bars
        .map(|(((high, low), close), volume)| (place(*close, *low, *high) / 50.0 - 1.0) * volume)
        .collect();
    let traded: f64 = newest(view.volume, length)?.iter().sum();
    (traded > 0.0).then(|| {
        newest(&flows, length)
            .unwrap_or_default()
            .iter()
            .sum::<f64>()
            / traded
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::series::Series;

    fn near(value: Option<f64>, expected: f64) {
        assert!(
            (value.unwrap() - expected).abs() < 1e-9,
            "{value:?} is not {expected}"
        );
    }

    #[test]
    fn a_rising_line_is_as_strong_as_can_be() {
        let line: Vec<f64> = (0..100).map(f64::from).collect();
        let series = Series::around(line);
        let view = series.view();
        near(relative_strength(view.close, 14), 100.0);
        near(momentum(view.close, 10), 10.0);
        near(rate_of_change(view.close, 9), 10.0);
        // The last close of 99 lies 14 above the lowest low of 85 - 1.
        near(williams(view, 14), 100.0 * 14.0 / 15.0 - 100.0);
        near(
            stochastic(view, 14, 3, 3).map(|(k, _)| k),
            100.0 * 14.0 / 15.0,
        );
        let (adx, plus, minus) = directional(view, 14).unwrap();
        assert!((adx - 100.0).abs() < 1e-9 && (plus - 50.0).abs() < 1e-9 && minus == 0.0);
        near(true_range_average(view, 14), 2.0);
        // 97 to 99 on average, less 65.5 to 99.
        near(awesome(view), 97.0 - 82.5);
        near(macd(view.close).map(|(line, _)| line), 7.0);
        near(money_flow(view, 14), 100.0);
        near(chaikin(view, 20), 0.0);
        near(bull_bear_power(view).map(|(bull, bear)| bull - bear), 2.0);
        // The typical price is 9.5 above the average, and the spread is 5.
        near(commodity_channel(view, 20), 9.5 / 0.015 / 5.0);
        near(ultimate(view), 50.0);
    }

    #[test]
    fn a_flat_line_is_neither_strong_nor_weak_and_short_series_have_no_value() {
        let flat = [5.0; 60];
        let series = Series::around(flat);
        let view = series.view();
        near(relative_strength(view.close, 14), 50.0);
        near(stochastic_rsi(view.close).map(|(k, _)| k), 50.0);
        near(commodity_channel(view, 20), 0.0);
        near(williams(view, 14), -50.0);
        assert_eq!(money_flow(view, 14), None);
        let short = view.before(50);
        assert_eq!(relative_strength(short.close, 14), None);
        assert_eq!(macd(short.close), None);
        assert_eq!(directional(short, 14), None);
        assert_eq!(ultimate(short), None);
    }
}
