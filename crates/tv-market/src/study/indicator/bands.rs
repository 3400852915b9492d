//! Bands and channels around the price, and ranges.

use super::{
    line::Step,
    pieces::{Latest, TrueRange},
};
use crate::study::{
    averages::{Average, Fading, Sma, Window},
    bar::Bar,
};

/// The average true range.
#[derive(Debug, Clone)]
pub(super) struct AverageRange {
    pub(super) range: TrueRange,
    pub(super) average: Smoothing,
}

/// How a range is averaged.
#[derive(Debug, Clone)]
pub(super) enum Smoothing {
    Fading(Fading),
    Simple(Sma),
    Weighted(Latest),
}

impl Step for AverageRange {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let range = self.range.step(bar);
        vec![match &mut self.average {
            Smoothing::Fading(average) => average.step(range),
            Smoothing::Simple(average) => average.step(range),
            Smoothing::Weighted(latest) => {
                latest.push(range);
                latest.weighted()
            }
        }]
    }
}

/// Bollinger's bands, as one number.
#[derive(Debug, Clone)]
pub(super) struct Bollinger {
    pub(super) window: Window,
    pub(super) width: f64,
    /// Where the price is between them, rather than how far apart they are.
    pub(super) place: bool,
}

impl Step for Bollinger {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        if !self.window.push(value) {
            return vec![f64::NAN];
        }
        let (mean, away) = (self.window.mean(), self.width * self.window.deviation());
        vec![if self.place {
            (value - (mean - away)) / (2.0 * away)
        } else {
            2.0 * away / mean
        }]
    }
}

/// Donchian's channel.
#[derive(Debug, Clone)]
pub(super) struct Donchian {
    pub(super) highs: Latest,
    pub(super) lows: Latest,
}

impl Step for Donchian {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.highs.push(bar.high);
        self.lows.push(bar.low);
        let (upper, lower) = (self.highs.highest(), self.lows.lowest());
        vec![(upper + lower) / 2.0, upper, lower]
    }
}

/// Keltner's channel.
#[derive(Debug, Clone)]
pub(super) struct Keltner {
    pub(super) center: Average,
    pub(super) range: Average,
    pub(super) factor: f64,
    /// The true range, unless it is the plain one.
    pub(super) true_range: Option<TrueRange>,
}

impl Step for Keltner {
    fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        let range = match &mut self.true_range {
            Some(range) => range.step(bar),
            None => bar.high - bar.low,
        };
        let (center, away) = (
            self.center.step(value),
            self.factor * self.range.step(range),
        );
        vec![center + away, center, center - away]
    }
}

/// Lines some per cent away from an average.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    pub(super) center: Average,
    /// As a part of 1.
    pub(super) part: f64,
}

impl Step for Envelope {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        let center = self.center.step(value);
        vec![
            center,
            center * (1.0 + self.part),
            center * (1.0 - self.part),
        ]
    }
}

/// The mean range of bars.
#[derive(Debug, Clone)]
pub(super) struct DailyRange(pub(super) Sma);

impl Step for DailyRange {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        vec![self.0.step(bar.high - bar.low)]
    }
}

/// How choppy prices are: the sum of ranges against the whole range.
#[derive(Debug, Clone)]
pub(super) struct Choppiness {
    pub(super) length: usize,
    pub(super) range: TrueRange,
    pub(super) ranges: Latest,
    pub(super) highs: Latest,
    pub(super) lows: Latest,
}

impl Step for Choppiness {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.ranges.push(self.range.step(bar));
        self.highs.push(bar.high);
        self.lows.push(bar.low);
        let whole = self.highs.highest() - self.lows.lowest();
        vec![100.0 * (self.ranges.sum() / whole).log10() / (self.length as f64).log10()]
    }
}
