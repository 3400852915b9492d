//! The values of bars, one series for each kind.

use market::Candle;

/// The values of bars, one series for each kind.
#[derive(Debug)]
pub(super) struct Series {
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

/// The series of some bars, or of their part before the newest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) open: &'a [f64],
    pub(crate) high: &'a [f64],
    pub(crate) low: &'a [f64],
    pub(crate) close: &'a [f64],
    pub(crate) volume: &'a [f64],
}

impl Series {
    pub(super) fn of(candles: &[Candle]) -> Self {
        let series = |value: fn(&Candle) -> f64| candles.iter().map(value).collect();
        Self {
            open: series(|bar| bar.open),
            high: series(|bar| bar.high),
            low: series(|bar| bar.low),
            close: series(|bar| bar.close),
            volume: series(|bar| bar.volume),
        }
    }

    /// Those of bars with these closes, each a unit above and below them.
    #[cfg(test)]
    pub(super) fn around(closes: impl IntoIterator<Item = f64>) -> Self {
        let close: Vec<f64> = closes.into_iter().collect();
        Self {
            high: close.iter().map(|close| close + 1.0).collect(),
            low: close.iter().map(|close| close - 1.0).collect(),
            volume: vec![10.0; close.len()],
            open: close.clone(),
            close,
        }
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            open: &self.open,
            high: &self.high,
            low: &self.low,
            close: &self.close,
            volume: &self.volume,
        }
    }
}

impl<'a> View<'a> {
    /// The series without their newest `back` values.
    pub(crate) fn before(self, back: usize) -> Self {
        let cut = |series: &'a [f64]| {
            series
                .get(..series.len().saturating_sub(back))
                .unwrap_or_default()
        };
        Self {
            open: cut(self.open),
            high: cut(self.high),
            low: cut(self.low),
            close: cut(self.close),
            volume: cut(self.volume),
        }
    }
}
