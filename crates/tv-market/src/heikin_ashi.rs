//! Heikin-Ashi bars: each is the mean of its own prices, and opens in the middle of the one before.

use crate::candle::Candle;

/// How many bars before the first wanted one are read. Each forgets half of what came before it, so
/// that after these nothing is left of where reading began.
pub(super) const WARM_UP: i64 = 120;

/// Makes Heikin-Ashi bars of usual ones, in order.
#[derive(Debug, Default)]
pub(super) struct HeikinAshi {
    /// Where the next bar opens.
    opens: Option<f64>,
}

impl HeikinAshi {
    /// The bar of the next usual one.
    pub(super) fn next(&mut self, bar: Candle) -> Candle {
        let close = (bar.open + bar.high + bar.low + bar.close) / 4.0;
        let open = self.opens.unwrap_or((bar.open + bar.close) / 2.0);
        self.opens = Some((open + close) / 2.0);
        Candle {
            open: reported(open),
            high: reported(bar.high.max(open).max(close)),
            low: reported(bar.low.min(open).min(close)),
            close: reported(close),
            ..bar
        }
    }
}

/// A mean, without the last digits, which depend on where reading began.
fn reported(price: f64) -> f64 {
    (price * 1e10).round() / 1e10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar([open, high, low, close]: [f64; 4]) -> Candle {
        Candle {
            date: 0,
            opens: 0,
            closes: 1,
            open,
            high,
            low,
            close,
            volume: 5.0,
        }
    }

    #[test]
    fn bars_are_means_and_open_in_the_middle_of_the_one_before() {
        let mut made = HeikinAshi::default();
        let first = made.next(bar([10.0, 14.0, 8.0, 12.0]));
        assert_eq!(first, bar([11.0, 14.0, 8.0, 11.0]));
        let second = made.next(bar([12.0, 20.0, 11.0, 19.0]));
        assert_eq!(second, bar([11.0, 20.0, 11.0, 15.5]));
        // A bar that opens beyond the usual one reaches to there.
        let third = made.next(bar([16.0, 17.0, 16.0, 17.0]));
        assert_eq!(third, bar([13.25, 17.0, 13.25, 16.5]));
    }
}
