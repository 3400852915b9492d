//! How long a box is: as asked, as bars are high on average, or as a share of the price.

use crate::{candle::Candle, chart_type::Size};

/// The length of boxes, bar by bar.
#[derive(Debug)]
pub(super) struct Ruler {
    size: Size,
    /// The smallest step of the price.
    step: f64,
    /// How many bars were measured.
    count: i64,
    /// Their average true range.
    average: f64,
    /// Where the last one closed.
    close: Option<f64>,
}

impl Ruler {
    /// Measures nothing yet; the price moves in steps.
    pub(super) fn new(size: Size, step: f64) -> Self {
        Self {
            size,
            step,
            count: 0,
            average: 0.0,
            close: None,
        }
    }

    /// Takes in a closed bar. What was averaged long ago is forgotten, so the length follows the
    /// market.
    pub(super) fn measure(&mut self, bar: &Candle) {
        let length = match self.size {
            Size::Fixed(_) => return,
            Size::Percent(_) => 1,
            Size::Atr(length) => length,
        };
        let close = self.close.unwrap_or(bar.open);
        let range = bar.high.max(close) - bar.low.min(close);
        self.count = (self.count + 1).min(length);
        self.average += (range - self.average) / self.count as f64;
        self.close = Some(bar.close);
    }

    /// The length now: whole steps, and one at least.
    pub(super) fn length(&self) -> f64 {
        let steps = |length: f64| (length / self.step).round().max(1.0) * self.step;
        match self.size {
            Size::Fixed(length) => length,
            Size::Atr(_) => steps(self.average),
            Size::Percent(share) => steps(self.close.unwrap_or_default() * share / 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::maker::testing::bar, *};

    #[test]
    fn the_average_is_plain_until_there_are_enough_bars_and_then_follows() {
        let mut ruler = Ruler::new(Size::Atr(2), 0.5);
        ruler.measure(&bar(0, [10.0, 12.0, 8.0, 12.0]));
        assert_eq!(ruler.length(), 4.0);
        // It opens above the close before: the gap counts.
        ruler.measure(&bar(1, [14.0, 14.0, 13.0, 13.0]));
        assert_eq!(ruler.length(), 3.0);
        // (3 + 1) / 2
        ruler.measure(&bar(2, [13.0, 14.0, 13.0, 14.0]));
        assert_eq!(ruler.length(), 2.0);
        // (2 + 0.2) / 2 = 1.1, in steps of a half.
        ruler.measure(&bar(3, [14.0, 14.2, 14.0, 14.0]));
        assert_eq!(ruler.length(), 1.0);
        assert_eq!(Ruler::new(Size::Fixed(0.7), 0.5).length(), 0.7);
    }

    #[test]
    fn a_share_of_the_price_follows_the_last_close_in_whole_steps() {
        let mut ruler = Ruler::new(Size::Percent(2.0), 0.5);
        ruler.measure(&bar(0, [10.0, 400.0, 8.0, 200.0]));
        assert_eq!(ruler.length(), 4.0);
        ruler.measure(&bar(1, [200.0, 200.0, 100.0, 110.0]));
        assert_eq!(ruler.length(), 2.0, "2.2, in steps of a half");
        ruler.measure(&bar(2, [110.0, 110.0, 1.0, 1.0]));
        assert_eq!(ruler.length(), 0.5, "one step at least");
    }
}
