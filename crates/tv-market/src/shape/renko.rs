//! Renko: a brick for each whole box that the price moves on, or, after two boxes, back.

use super::{
    atr::Ruler,
    maker::{AT_ONCE, Maker, Prices, line, rounded},
};
use crate::{
    candle::Candle,
    chart_type::{Size, Source},
};

/// Makes bricks.
#[derive(Debug)]
pub(super) struct Renko {
    ruler: Ruler,
    source: Source,
    high_low: bool,
    wicks: bool,
    /// Whether the last brick rose.
    rises: Option<bool>,
    /// The lower and the upper end of the last brick.
    last: Option<(f64, f64)>,
    /// Since the last brick: the highest and the lowest price, and the last.
    since: Option<(f64, f64, f64)>,
}

impl Renko {
    /// Bricks of a size, made of a price or of highs and lows, with wicks or without.
    pub(super) fn new(
        size: Size,
        source: Source,
        (high_low, wicks): (bool, bool),
        step: f64,
    ) -> Self {
        Self {
            ruler: Ruler::new(size, step),
            source,
            high_low,
            wicks,
            rises: None,
            last: None,
            since: None,
        }
    }

    /// The price that bricks are made up to. Of high and low it is the one that goes on, if it is a
    /// brick away; else the other.
    fn reached(&self, bar: &Candle, (bottom, top): (f64, f64), size: f64) -> f64 {
        if !self.high_low {
            return self.source.of(bar);
        }
        let goes_up = bar.high >= rounded(top + size);
        let goes_down = bar.low <= rounded(bottom - size);
        match self.rises.unwrap_or(bar.close >= bar.open) {
            true if goes_up || !goes_down => bar.high,
            false if goes_up && !goes_down => bar.high,
            _ => bar.low,
        }
    }

    /// A brick with what prices did against it.
    fn brick(&self, from: f64, to: f64, high: f64, low: f64) -> Prices {
        let [open, top, bottom, close] = line(from, to);
        match self.wicks {
            true if to > from => [open, top, bottom.min(low), close],
            true => [open, top.max(high), bottom, close],
            false => [open, top, bottom, close],
        }
    }

    /// The extremes since the last brick, with another bar.
    fn with(&self, bar: &Candle) -> (f64, f64, f64) {
        let price = self.source.of(bar);
        let (high, low, _) = self.since.unwrap_or((bar.high, bar.low, price));
        (high.max(bar.high), low.min(bar.low), price)
    }
}

impl Maker for Renko {
    fn close(&mut self, bar: &Candle) -> Vec<Prices> {
        self.ruler.measure(bar);
        let (mut high, mut low, price) = self.with(bar);
        let size = self.ruler.length();
        let begin = rounded((price / size).floor() * size);
        let (mut bottom, mut top) = self.last.unwrap_or((begin, begin));
        let reached = self.reached(bar, (bottom, top), size);
        let mut bricks = Vec::new();
        while bricks.len() < AT_ONCE {
            let (from, to) = if reached >= rounded(top + size) {
                (top, rounded(top + size))
            } else if reached <= rounded(bottom - size) && reached > 0.0 {
                (bottom, rounded(bottom - size))
            } else {
                break;
            };
            bricks.push(self.brick(from, to, high, low));
            self.rises = Some(to > from);
            (bottom, top) = (from.min(to), from.max(to));
            // Only the first has seen what went before.
            (high, low) = (to, to);
        }
        self.last = Some((bottom, top));
        self.since = bricks.is_empty().then_some((high, low, price));
        bricks
    }

    fn forming(&self, open: Option<&Candle>) -> Option<Prices> {
        let (high, low, price) = match open {
            Some(bar) => self.with(bar),
            None => self.since?,
        };
        let (bottom, top) = self.last.unwrap_or((price, price));
        // Up from the upper end, down from the lower, and between them from the one that is nearer.
        let from = if price * 2.0 >= bottom + top {
            top
        } else {
            bottom
        };
        Some(self.brick(from, price, high, low))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::maker::testing::{bar, closes},
        *,
    };

    fn renko(wicks: bool) -> Renko {
        Renko::new(Size::Fixed(2.0), Source::Close, (false, wicks), 0.01)
    }

    #[test]
    fn the_extreme_in_the_direction_of_the_trend_comes_first() {
        let mut renko = Renko::new(Size::Fixed(2.0), Source::Close, (true, false), 0.01);
        // Begins at 10, and goes up.
        assert_eq!(
            renko.close(&bar(0, [10.0, 14.5, 7.0, 11.0])),
            [line(10.0, 12.0), line(12.0, 14.0)]
        );
        // Its high goes on, so that its low is passed over; then it does not.
        assert_eq!(
            renko.close(&bar(1, [11.0, 16.0, 6.0, 8.0])),
            [line(14.0, 16.0)]
        );
        assert_eq!(
            renko.close(&bar(2, [8.0, 17.9, 11.5, 12.0])),
            [line(14.0, 12.0)]
        );
        // Now it falls: a low goes on before a high turns.
        assert_eq!(
            renko.close(&bar(3, [12.0, 20.0, 10.0, 12.0])),
            [line(12.0, 10.0)]
        );
        assert_eq!(
            renko.close(&bar(4, [12.0, 15.0, 8.5, 12.0])),
            [line(12.0, 14.0)]
        );
        assert_eq!(renko.forming(None), None);
    }

    #[test]
    fn bricks_need_one_box_to_continue_and_two_to_turn() {
        // Begins at 10. 14.5 makes two bricks; 11 is one box below and turns nothing; 10 is two
        // below and does.
        let (bricks, forming) = closes(&mut renko(false), &[10.5, 14.5, 11.0, 10.0, 11.9, 14.0]);
        let expected = [
            line(10.0, 12.0),
            line(12.0, 14.0),
            line(12.0, 10.0),
            line(12.0, 14.0),
        ];
        assert_eq!(bricks, expected);
        assert_eq!(forming, None);
        let (bricks, forming) = closes(&mut renko(false), &[10.5, 12.5, 13.0]);
        assert_eq!(
            (bricks, forming),
            (vec![line(10.0, 12.0)], Some(line(12.0, 13.0)))
        );
    }

    #[test]
    fn wicks_show_the_way_back_of_the_first_brick() {
        let mut renko = renko(true);
        assert_eq!(renko.close(&bar(0, [10.0, 11.0, 9.0, 11.0])), [[0.0; 4]; 0]);
        let bricks = renko.close(&bar(1, [11.0, 15.0, 10.5, 14.5]));
        assert_eq!(bricks, [[10.0, 12.0, 9.0, 12.0], [12.0, 14.0, 12.0, 14.0]]);
        let open = bar(2, [14.5, 14.9, 13.0, 14.6]);
        assert_eq!(renko.forming(Some(&open)), Some([14.0, 14.6, 13.0, 14.6]));
    }
}
