//! What studies read: the bars of a series, numbered.

use crate::candle::Candle;

/// A bar as a chart shows it, numbered within its series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Its index in the series; 0 is the first that the first answer held.
    pub index: i64,
    /// The trading date on which it opens, in days since 1970.
    pub date: i64,
    /// When it opens, in seconds UTC.
    pub time: i64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded.
    pub volume: f64,
}

impl Bar {
    /// One that tests of all studies can compute from.
    #[cfg(test)]
    pub(super) fn example() -> Self {
        Self {
            index: 0,
            date: 0,
            time: 0,
            open: 1.0,
            high: 2.0,
            low: 1.0,
            close: 2.0,
            volume: 3.0,
        }
    }

    /// The bar of a candle, under an index.
    pub fn new(index: i64, candle: &Candle) -> Self {
        let Candle {
            open,
            high,
            low,
            close,
            volume,
            ..
        } = *candle;
        Self {
            index,
            date: candle.date,
            time: candle.opens.div_euclid(1000),
            open,
            high,
            low,
            close,
            volume,
        }
    }
}
