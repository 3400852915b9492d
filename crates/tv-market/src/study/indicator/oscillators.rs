//! Oscillators: studies that stand in a pane of their own.

use super::{
    averages::Multiple,
    line::Step,
    pieces::{Change, Delay, Latest, Strength, TrueRange, middle},
};
use crate::study::{
    averages::{Average, Fading, Sma},
    bar::Bar,
};

/// The stochastic: where in the range of some bars the price is.
#[derive(Debug, Clone)]
pub(super) struct Stochastic {
    highs: Latest,
    lows: Latest,
    k: Sma,
    d: Sma,
}

impl Stochastic {
    /// Over `length` bars, smoothed over `smooth`; the second line averages `d` values.
    pub(super) fn new(length: usize, smooth: usize, d: usize) -> Self {
        Self {
            highs: Latest::new(length),
            lows: Latest::new(length),
            k: Sma::new(smooth),
            d: Sma::new(d),
        }
    }

    fn next(&mut self, (high, low, value): (f64, f64, f64)) -> Vec<f64> {
        self.highs.push(high);
        self.lows.push(low);
        let (highest, lowest) = (self.highs.highest(), self.lows.lowest());
        let k = self.k.step(100.0 * (value - lowest) / (highest - lowest));
        vec![k, self.d.step(k)]
    }
}

impl Step for Stochastic {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.next((bar.high, bar.low, bar.close))
    }
}

/// The stochastic of the relative strength.
#[derive(Debug, Clone)]
pub(super) struct StochasticStrength {
    pub(super) strength: Strength,
    pub(super) stochastic: Stochastic,
}

impl Step for StochasticStrength {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        let strength = self.strength.step(value);
        self.stochastic.next((strength, strength, strength))
    }
}

/// Directional movement: ADX, +DI and -DI.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    range: TrueRange,
    highs: Change,
    lows: Change,
    ranges: Fading,
    ups: Fading,
    downs: Fading,
    index: Fading,
}

impl Movement {
    pub(super) fn new(smoothing: usize, length: usize) -> Self {
        Self {
            range: TrueRange::new(false),
            highs: Change::new(),
            lows: Change::new(),
            ranges: Fading::wilder(length),
            ups: Fading::wilder(length),
            downs: Fading::wilder(length),
            index: Fading::wilder(smoothing),
        }
    }
}

impl Step for Movement {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let (up, down) = (self.highs.step(bar.high), -self.lows.step(bar.low));
        let moved = |one: f64, other: f64| match one.is_nan() {
            true => f64::NAN,
            false if one > other && one > 0.0 => one,
            false => 0.0,
        };
        let range = self.ranges.step(self.range.step(bar));
        let plus = 100.0 * self.ups.step(moved(up, down)) / range;
        let minus = 100.0 * self.downs.step(moved(down, up)) / range;
        let sum = plus + minus;
        let apart = (plus - minus).abs() / if sum == 0.0 { 1.0 } else { sum };
        vec![100.0 * self.index.step(apart), plus, minus]
    }
}

/// The commodity channel index.
#[derive(Debug, Clone)]
pub(super) struct Channel(pub(super) Latest);

impl Step for Channel {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        self.0.push(value);
        vec![(value - self.0.mean()) / (0.015 * self.0.mean_distance())]
    }
}

/// How much the price has changed since some bars ago, in per cent or as it is.
#[derive(Debug, Clone)]
pub(super) struct Since {
    pub(super) before: Delay,
    pub(super) percent: bool,
}

impl Step for Since {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        let before = self.before.step(value);
        vec![if self.percent {
            100.0 * (value - before) / before
        } else {
            value - before
        }]
    }
}

/// Williams' per cent range.
#[derive(Debug, Clone)]
pub(super) struct PercentRange {
    pub(super) highs: Latest,
    pub(super) lows: Latest,
}

impl Step for PercentRange {
    fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        self.highs.push(bar.high);
        self.lows.push(bar.low);
        let highest = self.highs.highest();
        vec![100.0 * (value - highest) / (highest - self.lows.lowest())]
    }
}

/// The awesome oscillator, and the number of its colour.
#[derive(Debug, Clone)]
pub(super) struct Awesome {
    pub(super) short: Sma,
    pub(super) long: Sma,
    pub(super) change: Change,
}

impl Step for Awesome {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let value = self.short.step(middle(bar)) - self.long.step(middle(bar));
        let change = self.change.step(value);
        let falls = match value.is_nan() {
            true => f64::NAN,
            false => f64::from(u8::from(change <= 0.0)),
        };
        vec![value, falls]
    }
}

/// How long ago the highest and the lowest bar were.
#[derive(Debug, Clone)]
pub(super) struct Aroon {
    pub(super) length: f64,
    pub(super) highs: Latest,
    pub(super) lows: Latest,
}

impl Step for Aroon {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.highs.push(bar.high);
        self.lows.push(bar.low);
        let part = |ago: f64| 100.0 * (self.length - ago) / self.length;
        vec![part(self.highs.ago(false)), part(self.lows.ago(true))]
    }
}

/// The change of a triple exponential average of the price's logarithm.
#[derive(Debug, Clone)]
pub(super) struct Trix {
    pub(super) averages: Multiple,
    pub(super) change: Change,
}

impl Step for Trix {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        let last = self.averages.all(value.ln()).pop().unwrap_or(f64::NAN);
        vec![10_000.0 * self.change.step(last)]
    }
}

/// The ultimate oscillator.
#[derive(Debug, Clone)]
pub(super) struct Ultimate {
    pub(super) last: f64,
    /// The pressures and the ranges of three stretches.
    pub(super) sums: [(Latest, Latest); 3],
}

impl Step for Ultimate {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let last = std::mem::replace(&mut self.last, bar.close);
        // Bounds with a close that is not known are not known.
        let (high, low) = match last.is_nan() {
            true => (f64::NAN, f64::NAN),
            false => (bar.high.max(last), bar.low.min(last)),
        };
        let [fast, middle, slow] = self.sums.each_mut().map(|(pressures, ranges)| {
            pressures.push(bar.close - low);
            ranges.push(high - low);
            pressures.sum() / ranges.sum()
        });
        vec![100.0 * (4.0 * fast + 2.0 * middle + slow) / 7.0]
    }
}

/// Chande's momentum oscillator.
#[derive(Debug, Clone)]
pub(super) struct Chande {
    pub(super) change: Change,
    pub(super) ups: Latest,
    pub(super) downs: Latest,
}

impl Step for Chande {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        let change = self.change.step(value);
        let part = |part: f64| if part.is_nan() { part } else { part.max(0.0) };
        self.ups.push(part(change));
        self.downs.push(part(-change));
        let (up, down) = (self.ups.sum(), self.downs.sum());
        vec![100.0 * (up - down) / (up + down)]
    }
}

/// A short average less a long one, in per cent of the long one.
#[derive(Debug, Clone)]
pub(super) struct PriceOscillator {
    pub(super) short: Average,
    pub(super) long: Average,
}

impl Step for PriceOscillator {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        let (short, long) = (self.short.step(value), self.long.step(value));
        vec![100.0 * (short - long) / long]
    }
}
