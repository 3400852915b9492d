//! What makes bars of usual ones. It knows prices, and no times.

use std::fmt;

use crate::candle::Candle;

/// How many bars end with one usual bar at most.
pub(super) const AT_ONCE: usize = 20_000;

/// Open, high, low and close.
pub(super) type Prices = [f64; 4];

/// Makes bars of usual ones, in order. It knows nothing of times.
pub(super) trait Maker: fmt::Debug + Send {
    /// The bars that end with a usual one, which is closed.
    fn close(&mut self, bar: &Candle) -> Vec<Prices>;

    /// The bar that has not ended, seen with the usual bar that is open, if one is.
    fn forming(&self, open: Option<&Candle>) -> Option<Prices>;
}

/// A bar from one price to another.
pub(super) fn line(from: f64, to: f64) -> Prices {
    [from, from.max(to), from.min(to), to]
}

/// A price without the last digits, in which sums of sizes go wrong.
pub(super) fn rounded(price: f64) -> f64 {
    (price * 1e10).round() / 1e10
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A usual bar of an hour, the `at`-th of a day.
    pub(crate) fn bar(at: i64, [open, high, low, close]: Prices) -> Candle {
        Candle {
            date: 0,
            opens: at * 3_600_000,
            closes: (at + 1) * 3_600_000,
            open,
            high,
            low,
            close,
            volume: 1.0,
        }
    }

    /// Feeds bars that stand still at these prices; what ended, and what has not.
    pub(crate) fn closes(maker: &mut impl Maker, prices: &[f64]) -> (Vec<Prices>, Option<Prices>) {
        let mut ended = Vec::new();
        for (at, price) in (0..).zip(prices) {
            ended.extend(maker.close(&bar(at, [*price; 4])));
        }
        (ended, maker.forming(None))
    }
}
