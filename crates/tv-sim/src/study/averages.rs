//! Averages that move along a series. A value that is not known is `NaN`, and so is an average that it is part of.

use std::collections::VecDeque;

/// The last so many values.
#[derive(Debug, Clone)]
pub(super) struct Window {
    length: usize,
    values: VecDeque<f64>,
}

impl Window {
    /// A window of `length` values.
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            values: VecDeque::new(),
        }
    }

    /// Takes in the next value; returns whether the window is full.
    pub(super) fn push(&mut self, value: f64) -> bool {
        if self.values.len() == self.length {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.values.len() == self.length
    }

    /// Their mean. It is added up anew, so that it does not depend on what was in the window before.
    pub(super) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// Their standard deviation as a whole population.
    pub(super) fn deviation(&self) -> f64 {
        let mean = self.mean();
        let squares = self.values.iter().map(|value| (value - mean).powi(2));
        (squares.sum::<f64>() / self.values.len() as f64).sqrt()
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

/// An average in which the past fades. It begins as the mean of the first values, and skips values that are not known.
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
    fn the_deviation_is_that_of_a_population() {
        // The well-known example: mean 5, deviation 2.
        let mut window = Window::new(8);
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            window.push(value);
        }
        assert_eq!((window.mean(), window.deviation()), (5.0, 2.0));
    }
}
