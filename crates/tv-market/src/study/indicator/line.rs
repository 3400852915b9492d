//! What computes a study bar by bar, whatever it is.

use std::fmt::Debug;

use crate::study::bar::Bar;

/// Takes in bar after bar and says what it plots there.
pub(super) trait Step: Clone + Debug + Send + Sync + 'static {
    /// Takes in the next bar and what the study is computed from; `NaN` stands for what is not
    /// known.
    fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64>;
}

/// A study at work. A clone of it can look ahead.
#[derive(Debug)]
pub(in crate::study) struct Line(Box<dyn Boxed>);

impl Line {
    /// A study before its first bar.
    pub(super) fn new(step: impl Step) -> Self {
        Self(Box::new(step))
    }

    /// Takes in the next bar.
    pub(in crate::study) fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        self.0.next(bar, value)
    }
}

impl Clone for Line {
    fn clone(&self) -> Self {
        Self(self.0.copy())
    }
}

/// [`Step`] without its type.
trait Boxed: Debug + Send + Sync {
    fn next(&mut self, bar: &Bar, value: f64) -> Vec<f64>;
    fn copy(&self) -> Box<dyn Boxed>;
}

impl<T: Step> Boxed for T {
    fn next(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        self.step(bar, value)
    }

    fn copy(&self) -> Box<dyn Boxed> {
        Box::new(self.clone())
    }
}
