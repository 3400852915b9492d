//! Range bars: each is as high as the others, and ends where the price leaves it.

use super::maker::{AT_ONCE, Maker, Prices, rounded};
use crate::candle::Candle;

/// Makes bars of one height out of closes.
#[derive(Debug)]
pub(super) struct Range {
    height: f64,
    phantoms: bool,
    /// The bar that has not ended.
    bar: Option<Prices>,
}

impl Range {
    pub(super) fn new(height: f64, phantoms: bool) -> Self {
        Self {
            height,
            phantoms,
            bar: None,
        }
    }

    /// A bar with another price, held within its height, and whether the price has left it.
    fn with(&self, [open, high, low, _]: Prices, price: f64) -> (Prices, bool) {
        let (top, bottom) = (rounded(low + self.height), rounded(high - self.height));
        let close = price.clamp(bottom, top);
        let bar = [open, high.max(close), low.min(close), close];
        (bar, price != close)
    }
}

impl Maker for Range {
    fn close(&mut self, bar: &Candle) -> Vec<Prices> {
        let price = bar.close;
        let mut ended = Vec::new();
        let mut now = self.bar.unwrap_or([price; 4]);
        loop {
            let (with, left) = self.with(now, price);
            now = with;
            if !left || ended.len() == AT_ONCE {
                break;
            }
            ended.push(now);
            now = if self.phantoms {
                [now[3]; 4]
            } else {
                [price; 4]
            };
        }
        self.bar = Some(now);
        ended
    }

    fn forming(&self, open: Option<&Candle>) -> Option<Prices> {
        match (self.bar, open) {
            (Some(bar), Some(open)) => Some(self.with(bar, open.close).0),
            (None, Some(open)) => Some([open.close; 4]),
            (bar, None) => bar,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::maker::testing::{bar, closes},
        *,
    };

    const PRICES: [f64; 5] = [10.0, 11.0, 9.5, 12.5, 18.0];

    #[test]
    fn bars_end_where_the_price_leaves_their_height() {
        // 9.5 to 11 is within; 12.5 leaves at 11.5 and begins anew; 18 leaves at 14.5 and begins
        // anew.
        let mut maker = Range::new(2.0, false);
        let (bars, forming) = closes(&mut maker, &PRICES);
        let expected = [[10.0, 11.5, 9.5, 11.5], [12.5, 14.5, 12.5, 14.5]];
        assert_eq!((bars.as_slice(), forming), (&expected[..], Some([18.0; 4])));
        let open = bar(9, [18.0, 30.0, 18.0, 30.0]);
        assert_eq!(maker.forming(Some(&open)), Some([18.0, 20.0, 18.0, 20.0]));
    }

    #[test]
    fn phantoms_fill_what_was_jumped_over() {
        let (bars, forming) = closes(&mut Range::new(2.0, true), &PRICES);
        let expected = [
            [10.0, 11.5, 9.5, 11.5],
            [11.5, 13.5, 11.5, 13.5],
            [13.5, 15.5, 13.5, 15.5],
            [15.5, 17.5, 15.5, 17.5],
        ];
        assert_eq!(bars, expected);
        assert_eq!(forming, Some([17.5, 18.0, 17.5, 18.0]));
    }
}
