//! One bar of the market.

/// A bar of the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candle {
    /// The trading date on which it opens, in days since the epoch.
    pub date: i64,
    /// When it opens, in milliseconds UTC.
    pub opens: i64,
    /// The first millisecond after it, UTC.
    pub closes: i64,
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
