//! Averages and lines over the prices.

use super::{
    line::Step,
    pieces::{Latest, middle},
};
use crate::study::{
    averages::{Fading, Sma},
    bar::Bar,
};

/// The weighted average.
#[derive(Debug, Clone)]
pub(super) struct Weighted(pub(super) Latest);

impl Step for Weighted {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        self.0.push(value);
        vec![self.0.weighted()]
    }
}

/// The average weighted by volume.
#[derive(Debug, Clone)]
pub(super) struct VolumeWeighted {
    pub(super) traded: Sma,
    pub(super) volume: Sma,
}

impl Step for VolumeWeighted {
    fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        vec![self.traded.step(value * bar.volume) / self.volume.step(bar.volume)]
    }
}

/// Hull's average.
#[derive(Debug, Clone)]
pub(super) struct Hull {
    half: Latest,
    whole: Latest,
    root: Latest,
}

impl Hull {
    pub(super) fn new(length: usize) -> Self {
        Self {
            half: Latest::new((length / 2).max(1)),
            whole: Latest::new(length),
            root: Latest::new(length.isqrt()),
        }
    }
}

impl Step for Hull {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        self.half.push(value);
        self.whole.push(value);
        self.root
            .push(2.0 * self.half.weighted() - self.whole.weighted());
        vec![self.root.weighted()]
    }
}

/// The double or the triple exponential average: as many averages of each other as there are.
#[derive(Debug, Clone)]
pub(super) struct Multiple(pub(super) Vec<Fading>);

impl Multiple {
    pub(super) fn new(times: usize, length: usize) -> Self {
        Self(vec![Fading::ema(length); times])
    }

    /// The averages of each other.
    pub(super) fn all(&mut self, value: f64) -> Vec<f64> {
        let next = |before: &mut f64, average: &mut Fading| {
            *before = average.step(*before);
            Some(*before)
        };
        self.0.iter_mut().scan(value, next).collect()
    }
}

impl Step for Multiple {
    fn step(&mut self, _: &Bar, value: f64) -> Vec<f64> {
        vec![match self.all(value)[..] {
            [one, two] => 2.0 * one - two,
            [one, two, three] => 3.0 * (one - two) + three,
            _ => f64::NAN,
        }]
    }
}

/// Williams' alligator: three of Wilder's averages of the bars' middles.
#[derive(Debug, Clone)]
pub(super) struct Alligator(pub(super) [Fading; 3]);

impl Step for Alligator {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        self.0.iter_mut().map(|it| it.step(middle(bar))).collect()
    }
}

/// Parabolic stop and reverse.
#[derive(Debug, Clone)]
pub(super) struct Parabolic {
    pub(super) start: f64,
    pub(super) increment: f64,
    pub(super) most: f64,
    pub(super) state: Option<Stop>,
    /// The two bars before, the newest last.
    pub(super) before: [Option<Bar>; 2],
}

/// Where the stop is, and what moves it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    level: f64,
    extreme: f64,
    speed: f64,
    rising: bool,
}

impl Parabolic {
    /// The stop of the second bar, from the first.
    fn begin(&self, bar: &Bar, last: &Bar) -> Stop {
        let rising = bar.close > last.close;
        Stop {
            level: if rising { last.low } else { last.high },
            extreme: if rising { bar.high } else { bar.low },
            speed: self.start,
            rising,
        }
    }

    fn moved(&self, stop: Stop, bar: &Bar) -> Stop {
        let Stop {
            mut extreme,
            mut speed,
            mut rising,
            ..
        } = stop;
        let mut level = stop.level + speed * (extreme - stop.level);
        let crossed = if rising {
            level > bar.low
        } else {
            level < bar.high
        };
        if crossed {
            level = if rising {
                bar.high.max(extreme)
            } else {
                bar.low.min(extreme)
            };
            rising = !rising;
            extreme = if rising { bar.high } else { bar.low };
            speed = self.start;
        } else {
            let further = if rising {
                bar.high > extreme
            } else {
                bar.low < extreme
            };
            if further {
                extreme = if rising { bar.high } else { bar.low };
                speed = (speed + self.increment).min(self.most);
            }
        }
        // The stop stays out of the two bars before.
        for last in self.before.iter().flatten() {
            level = if rising {
                level.min(last.low)
            } else {
                level.max(last.high)
            };
        }
        Stop {
            level,
            extreme,
            speed,
            rising,
        }
    }
}

impl Step for Parabolic {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        if let [_, Some(last)] = self.before {
            let stop = self.state.unwrap_or_else(|| self.begin(bar, &last));
            self.state = Some(self.moved(stop, bar));
        }
        self.before = [self.before[1], Some(*bar)];
        vec![self.state.map_or(f64::NAN, |stop| stop.level)]
    }
}

/// Ichimoku's lines, none of them shifted: charts shift them.
#[derive(Debug, Clone)]
pub(super) struct Ichimoku {
    /// The highs and the lows of the turning, the standard and the second leading line.
    pub(super) ranges: [(Latest, Latest); 3],
}

impl Step for Ichimoku {
    fn step(&mut self, bar: &Bar, _: f64) -> Vec<f64> {
        let [turning, standard, second] = self.ranges.each_mut().map(|(highs, lows)| {
            highs.push(bar.high);
            lows.push(bar.low);
            (highs.highest() + lows.lowest()) / 2.0
        });
        vec![
            turning,
            standard,
            bar.close,
            (turning + standard) / 2.0,
            second,
        ]
    }
}
