//! Bars: open, high, low, close and volume of one interval.

use serde::Serialize;

/// One bar (candle) of a series.
///
/// As JSON: `{"time": …, "open": …, "high": …, "low": …, "close": …, "volume": …}`, an absent volume as
/// `null`.
#[expect(clippy::exhaustive_structs, reason = "a bar is these six values")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// When the bar opens: Unix time in whole seconds, UTC.
    pub time: i64,
    /// The first price; NaN where the server sends no value, also below.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// Volume in the symbol's own unit; `None` for symbols without one, such as indices.
    pub volume: Option<f64>,
}
