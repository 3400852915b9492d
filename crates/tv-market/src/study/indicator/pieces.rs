//! What several studies are made of. A value that is not known is `NaN`.

use std::collections::VecDeque;

use crate::study::{
    averages::{Fading, strength},
    bar::Bar,
};

/// The latest values, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Latest {
    length: usize,
    values: VecDeque<f64>,
}

impl Latest {
    /// The latest `length` values.
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            values: VecDeque::new(),
        }
    }

    /// Takes in the next value; returns whether there are as many as wanted.
    pub(super) fn push(&mut self, value: f64) -> bool {
        if self.values.len() == self.length {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.values.len() == self.length
    }

    /// The values if all are there and known.
    fn known(&self) -> Option<impl Iterator<Item = f64>> {
        let whole = self.values.len() == self.length && self.values.iter().all(|it| !it.is_nan());
        whole.then(|| self.values.iter().copied())
    }

    /// Their sum.
    pub(super) fn sum(&self) -> f64 {
        self.known().map_or(f64::NAN, Iterator::sum)
    }

    /// Their mean.
    pub(super) fn mean(&self) -> f64 {
        self.sum() / self.length as f64
    }

    /// The highest of them.
    pub(super) fn highest(&self) -> f64 {
        self.known()
            .map_or(f64::NAN, |values| values.fold(f64::NEG_INFINITY, f64::max))
    }

    /// The lowest of them.
    pub(super) fn lowest(&self) -> f64 {
        self.known()
            .map_or(f64::NAN, |values| values.fold(f64::INFINITY, f64::min))
    }

    /// The mean distance from their mean.
    pub(super) fn mean_distance(&self) -> f64 {
        let mean = self.mean();
        let all = self
            .known()
            .map(|values| values.map(|it| (it - mean).abs()).sum::<f64>());
        all.map_or(f64::NAN, |sum| sum / self.length as f64)
    }

    /// Their mean with weights that grow evenly towards the newest.
    pub(super) fn weighted(&self) -> f64 {
        let weight = |at: usize| (at + 1) as f64;
        let sum = self.known().map(|values| {
            values
                .enumerate()
                .map(|(at, it)| it * weight(at))
                .sum::<f64>()
        });
        let weights = (self.length * (self.length + 1)) as f64 / 2.0;
        sum.map_or(f64::NAN, |sum| sum / weights)
    }

    /// How many values ago the highest was, the newest of several; the lowest with `low`.
    pub(super) fn ago(&self, low: bool) -> f64 {
        let sign = if low { -1.0 } else { 1.0 };
        let Some(values) = self.known() else {
            return f64::NAN;
        };
        let best = values.enumerate().fold(None, |best, (at, value)| {
            let beats = best.is_none_or(|(_, before)| sign * value >= sign * before);
            if beats { Some((at, value)) } else { best }
        });
        best.map_or(f64::NAN, |(at, _)| (self.length - 1 - at) as f64)
    }
}

/// The value of some bars ago.
#[derive(Debug, Clone)]
pub(super) struct Delay(Latest);

impl Delay {
    /// The value `length` bars ago.
    pub(super) fn new(length: usize) -> Self {
        Self(Latest::new(length + 1))
    }

    /// Takes in the next value and returns the one from before.
    pub(super) fn step(&mut self, value: f64) -> f64 {
        match self.0.push(value) {
            true => self.0.values.front().copied().unwrap_or(f64::NAN),
            false => f64::NAN,
        }
    }
}

/// The change from value to value.
#[derive(Debug, Clone)]
pub(super) struct Change(f64);

impl Change {
    /// No value yet.
    pub(super) fn new() -> Self {
        Self(f64::NAN)
    }

    /// Takes in the next value and returns what it is above the one before.
    pub(super) fn step(&mut self, value: f64) -> f64 {
        value - std::mem::replace(&mut self.0, value)
    }
}

/// The true range: the stretch of a bar and the close before it.
#[derive(Debug, Clone)]
pub(super) struct TrueRange {
    last: Option<f64>,
    /// What the first bar has, which has no close before it.
    first: bool,
}

impl TrueRange {
    /// With the whole range of the first bar, or with none there.
    pub(super) fn new(first: bool) -> Self {
        Self { last: None, first }
    }

    /// Takes in the next bar.
    pub(super) fn step(&mut self, bar: &Bar) -> f64 {
        let range = bar.high - bar.low;
        match self.last.replace(bar.close) {
            Some(close) => range
                .max((bar.high - close).abs())
                .max((bar.low - close).abs()),
            None if self.first => range,
            None => f64::NAN,
        }
    }
}

/// The relative strength index.
#[derive(Debug, Clone)]
pub(super) struct Strength {
    change: Change,
    gains: Fading,
    losses: Fading,
}

impl Strength {
    /// Over `length` bars.
    pub(super) fn new(length: usize) -> Self {
        Self {
            change: Change::new(),
            gains: Fading::wilder(length),
            losses: Fading::wilder(length),
        }
    }

    /// Takes in the next value.
    pub(super) fn step(&mut self, value: f64) -> f64 {
        let change = self.change.step(value);
        // `max` would make 0 of what is not known.
        let part = |part: f64| if part.is_nan() { part } else { part.max(0.0) };
        let (gain, loss) = (
            self.gains.step(part(change)),
            self.losses.step(part(-change)),
        );
        strength(gain, loss)
    }
}

/// Where in its range the close is, from -1 to 1, times the volume.
pub(super) fn money(bar: &Bar) -> f64 {
    let range = bar.high - bar.low;
    if range == 0.0 {
        return 0.0;
    }
    (2.0 * bar.close - bar.low - bar.high) / range * bar.volume
}

/// The middle of highest and lowest price.
pub(super) fn middle(bar: &Bar) -> f64 {
    (bar.high + bar.low) / 2.0
}
