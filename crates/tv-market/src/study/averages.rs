//! Averages that move along a series. A value that is not known is `NaN`, and so is an average that
//! it is part of.

use std::collections::VecDeque;

/// A window of the latest values, which keeps their sums.
#[derive(Debug, Clone)]
pub(super) struct Window {
    length: usize,
    values: VecDeque<f64>,
    /// How many of them are not known.
    unknown: usize,
    /// What is taken off each value before it is added up, so that no digits are lost.
    base: f64,
    sum: f64,
    squares: f64,
    /// How many values came since they were last added up anew.
    age: usize,
}

impl Window {
    /// A window of `length` values.
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            values: VecDeque::new(),
            unknown: 0,
            base: 0.0,
            sum: 0.0,
            squares: 0.0,
            age: 0,
        }
    }

    /// Takes in the next value; returns whether the window is full.
    pub(super) fn push(&mut self, value: f64) -> bool {
        if self.values.len() == self.length
            && let Some(oldest) = self.values.pop_front()
        {
            self.count(oldest, -1.0);
        }
        self.values.push_back(value);
        self.count(value, 1.0);
        self.age += 1;
        let full = self.values.len() == self.length;
        if full && self.age >= self.length {
            self.add_up();
        }
        full
    }

    fn count(&mut self, value: f64, sign: f64) {
        if value.is_nan() {
            self.unknown = self.unknown.saturating_add_signed(sign as isize);
        } else {
            let off = value - self.base;
            self.sum += sign * off;
            self.squares += sign * off * off;
        }
    }

    /// Adds all values up anew, once in a length, so that errors do not pile up.
    fn add_up(&mut self) {
        let known = || self.values.iter().filter(|value| !value.is_nan());
        let count = known().count();
        let base = known().sum::<f64>() / count.max(1) as f64;
        self.base = base;
        self.sum = known().map(|value| value - base).sum();
        self.squares = known().map(|value| (value - base).powi(2)).sum();
        self.age = 0;
    }

    /// Their mean.
    pub(super) fn mean(&self) -> f64 {
        if self.unknown > 0 {
            return f64::NAN;
        }
        self.base + self.sum / self.values.len() as f64
    }

    /// Their standard deviation as a whole population.
    pub(super) fn deviation(&self) -> f64 {
        if self.unknown > 0 {
            return f64::NAN;
        }
        let count = self.values.len() as f64;
        let variance = self.squares / count - (self.sum / count).powi(2);
        variance.max(0.0).sqrt()
    }
}

/// The simple moving average.
#[derive(Debug, Clone)]
pub(super) struct Sma(Window);

impl Sma {
    /// The average of the last `length` values.
    pub(super) fn new(length: usize) -> Self {
        Self(Window::new(length))
    }

    /// Takes in the next value.
    pub(super) fn step(&mut self, value: f64) -> f64 {
        if self.0.push(value) {
            self.0.mean()
        } else {
            f64::NAN
        }
    }
}

/// An average in which the past fades. It begins as the mean of the first values, and skips values
/// that are not known.
#[derive(Debug, Clone)]
pub(super) struct Fading {
    weight: f64,
    seed: Window,
    value: Option<f64>,
}

impl Fading {
    /// The exponential moving average, in which a new value weighs 2 / (`length` + 1).
    pub(super) fn ema(length: usize) -> Self {
        Self::new(length, 2.0 / (length as f64 + 1.0))
    }

    /// Wilder's average, in which a new value weighs 1 / `length`.
    pub(super) fn wilder(length: usize) -> Self {
        Self::new(length, 1.0 / length as f64)
    }

    fn new(length: usize, weight: f64) -> Self {
        Self {
            weight,
            seed: Window::new(length),
            value: None,
        }
    }

    /// Takes in the next value.
    pub(super) fn step(&mut self, value: f64) -> f64 {
        if value.is_nan() {
            return f64::NAN;
        }
        let next = match self.value {
            Some(last) => last + self.weight * (value - last),
            None if self.seed.push(value) => self.seed.mean(),
            None => return f64::NAN,
        };
        self.value = Some(next);
        next
    }
}

/// A moving average of either kind, as some scripts let users choose.
#[derive(Debug, Clone)]
pub(super) enum Average {
    Simple(Sma),
    Fading(Fading),
}

impl Average {
    /// A simple or an exponential average.
    pub(super) fn new(simple: bool, length: usize) -> Self {
        if simple {
            Self::Simple(Sma::new(length))
        } else {
            Self::Fading(Fading::ema(length))
        }
    }

    /// Takes in the next value.
    pub(super) fn step(&mut self, value: f64) -> f64 {
        match self {
            Self::Simple(average) => average.step(value),
            Self::Fading(average) => average.step(value),
        }
    }
}

/// The relative strength, from 0 to 100, of averaged gains and losses.
pub(super) fn strength(gain: f64, loss: f64) -> f64 {
    if gain.is_nan() || loss.is_nan() {
        f64::NAN
    } else if loss == 0.0 {
        100.0
    } else {
        100.0 - 100.0 / (1.0 + gain / loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_average_is_the_mean_of_the_last_values() {
        let mut average = Sma::new(3);
        let got: Vec<f64> = [3.0, 6.0, 9.0, 0.0, 3.0]
            .into_iter()
            .map(|value| average.step(value))
            .collect();
        assert!(got[0].is_nan() && got[1].is_nan());
        assert_eq!(got[2..], [6.0, 5.0, 4.0]);
    }

    #[test]
    fn an_exponential_average_begins_with_a_mean() {
        // By hand: the mean of 2, 4, 6 is 4; the weight is one half.
        let mut average = Fading::ema(3);
        let got: Vec<f64> = [2.0, 4.0, 6.0, 8.0, 2.0]
            .into_iter()
            .map(|value| average.step(value))
            .collect();
        assert!(got[0].is_nan() && got[1].is_nan());
        assert_eq!(got[2..], [4.0, 6.0, 4.0]);
    }

    #[test]
    fn wilders_average_fades_more_slowly() {
        // By hand: the mean of 1, 2, 3, 6 is 3; (3 * 3 + 7) / 4 = 4; (3 * 4 + 0) / 4 = 3.
        let mut average = Fading::wilder(4);
        let got: Vec<f64> = [1.0, 2.0, 3.0, 6.0, 7.0, 0.0]
            .into_iter()
            .map(|value| average.step(value))
            .collect();
        assert_eq!(got[3..], [3.0, 4.0, 3.0]);
    }

    #[test]
    fn unknown_values_delay_an_average_and_do_not_spoil_it() {
        let mut simple = Average::new(true, 2);
        let mut fading = Average::new(false, 2);
        for value in [f64::NAN, 1.0] {
            assert!(simple.step(value).is_nan() && fading.step(value).is_nan());
        }
        assert_eq!((simple.step(3.0), fading.step(3.0)), (2.0, 2.0));
    }

    #[test]
    fn sums_stay_exact_over_a_long_time() {
        let value = |n: usize| 40_000.0 + (n as f64 * 0.7).sin() + (n % 1000) as f64 * 3.0;
        let mut window = Window::new(50);
        for n in 0..20_000 {
            if !window.push(value(n)) {
                continue;
            }
            let values: Vec<f64> = (n - 49..=n).map(value).collect();
            let mean = values.iter().sum::<f64>() / 50.0;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            assert!((window.mean() - mean).abs() < 1e-9, "{n}");
            assert!(
                (window.deviation() - (squares / 50.0).sqrt()).abs() < 1e-8,
                "{n}"
            );
        }
    }

    #[test]
    fn a_gap_is_felt_as_long_as_it_is_in_the_window() {
        let mut window = Window::new(3);
        let values = [1.0, f64::NAN, 2.0, 3.0, 4.0, 5.0];
        let means: Vec<f64> = values
            .into_iter()
            .map(|value| {
                if window.push(value) {
                    window.mean()
                } else {
                    f64::NAN
                }
            })
            .collect();
        assert!(means[..4].iter().all(|mean| mean.is_nan()));
        assert_eq!(means[4..], [3.0, 4.0]);
    }

    #[test]
    fn the_deviation_is_that_of_a_population() {
        // The well-known example: mean 5, deviation 2.
        let mut window = Window::new(8);
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            window.push(value);
        }
        assert_eq!((window.mean(), window.deviation()), (5.0, 2.0));
    }
}
