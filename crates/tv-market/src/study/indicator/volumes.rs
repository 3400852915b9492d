//! Studies of volume.

use super::{
    line::Step,
    pieces::{Change, Latest, middle, money},
};
use crate::study::{
    averages::{Fading, Sma},
    bar::Bar,
};

/// A sum over all bars.
#[derive(Debug, Clone)]
pub(super) struct Total {
    what: Added,
    sum: f64,
    last: f64,
}

impl Total {
    /// Nothing yet.
    pub(super) fn new(what: Added) -> Self {
        Self {
            what,
            sum: 0.0,
            last: f64::NAN,
        }
    }
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// The volume of rising bars less that of falling ones.
    Balance,
    /// The volume by where in its range a bar closes.
    Money,
    /// The volume times the relative change.
    Trend,
}

impl Step for Total {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let last = std::mem::replace(&mut self.last, bar.close);
        let added = match self.what {
            Added::Money => money(bar),
            _ if last.is_nan() => 0.0,
            Added::Balance if bar.close > last => bar.volume,
            Added::Balance if bar.close < last => -bar.volume,
            Added::Balance => 0.0,
            Added::Trend => (bar.close - last) / last * bar.volume,
        };
        self.sum += added;
        vec![self.sum]
    }
}

/// Chaikin's money flow.
#[derive(Debug, Clone)]
pub(super) struct MoneyFlow {
    pub(super) money: Latest,
    pub(super) volume: Latest,
}

impl Step for MoneyFlow {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.money.push(money(bar));
        self.volume.push(bar.volume);
        vec![self.money.sum() / self.volume.sum()]
    }
}

/// Chaikin's oscillator: two averages of what [`Added::Money`] adds up.
#[derive(Debug, Clone)]
pub(super) struct ChaikinOscillator {
    pub(super) sum: f64,
    pub(super) fast: Fading,
    pub(super) slow: Fading,
}

impl Step for ChaikinOscillator {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.sum += money(bar);
        vec![self.fast.step(self.sum) - self.slow.step(self.sum)]
    }
}

/// The money flow index: a relative strength of what was traded.
#[derive(Debug, Clone)]
pub(super) struct FlowIndex {
    pub(super) change: Change,
    pub(super) ups: Latest,
    pub(super) downs: Latest,
}

impl Step for FlowIndex {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let price = (bar.high + bar.low + bar.close) / 3.0;
        let change = self.change.step(price);
        let flow = |counts: bool| match change.is_nan() {
            true => f64::NAN,
            false if counts => price * bar.volume,
            false => 0.0,
        };
        self.ups.push(flow(change > 0.0));
        self.downs.push(flow(change < 0.0));
        let (up, down) = (self.ups.sum(), self.downs.sum());
        vec![if down == 0.0 {
            100.0
        } else {
            100.0 - 100.0 / (1.0 + up / down)
        }]
    }
}

/// Elder's force index.
#[derive(Debug, Clone)]
pub(super) struct Force {
    pub(super) change: Change,
    pub(super) average: Fading,
}

impl Step for Force {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        vec![self.average.step(self.change.step(bar.close) * bar.volume)]
    }
}

/// Ease of movement.
#[derive(Debug, Clone)]
pub(super) struct Ease {
    pub(super) divisor: f64,
    pub(super) change: Change,
    pub(super) average: Sma,
}

impl Step for Ease {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let moved = self.change.step(middle(bar));
        let ease = self.divisor * moved * (bar.high - bar.low) / bar.volume;
        vec![self.average.step(ease)]
    }
}

/// The price weighted with the volume since a time.
#[derive(Debug, Clone)]
pub(super) struct Anchored {
    /// The first bar's time at the earliest, in seconds UTC.
    pub(super) from: i64,
    pub(super) traded: f64,
    pub(super) volume: f64,
}

impl Step for Anchored {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        if bar.time < self.from {
            return vec![f64::NAN];
        }
        self.traded += (bar.high + bar.low + bar.close) / 3.0 * bar.volume;
        self.volume += bar.volume;
        vec![if self.volume > 0.0 {
            self.traded / self.volume
        } else {
            f64::NAN
        }]
    }
}
