//! Kagi: a line for each way that the price goes until it turns by so much.

use super::{
    atr::Ruler,
    maker::{Maker, Prices, line},
};
use crate::{
    candle::Candle,
    chart_type::{Size, Source},
};

/// Makes lines.
#[derive(Debug)]
pub(super) struct Kagi {
    ruler: Ruler,
    source: Source,
    /// Where the line that has not ended begins, and how far it has come.
    line: Option<(f64, f64)>,
}

impl Kagi {
    pub(super) fn new(size: Size, source: Source, step: f64) -> Self {
        Self {
            ruler: Ruler::new(size, step),
            source,
            line: None,
        }
    }
}

/// A line that a price has drawn on, if the price does not lie back.
fn extended((from, to): (f64, f64), price: f64) -> (f64, f64) {
    if (price - to) * (to - from) > 0.0 {
        (from, price)
    } else {
        (from, to)
    }
}

impl Maker for Kagi {
    fn close(&mut self, bar: &Candle) -> Vec<Prices> {
        self.ruler.measure(bar);
        let (price, turn) = (self.source.of(bar), self.ruler.length());
        let (from, to) = *self.line.get_or_insert((price, price));
        let turned = (price - to).abs() >= turn - 1e-9 && (price - to) * (to - from) <= 0.0;
        if !turned {
            self.line = Some(extended((from, to), price));
            return Vec::new();
        }
        self.line = Some((to, price));
        if from == to {
            // The first line had no direction yet.
            Vec::new()
        } else {
            vec![line(from, to)]
        }
    }

    fn forming(&self, open: Option<&Candle>) -> Option<Prices> {
        let price = open.map(|bar| self.source.of(bar));
        let drawn = match (self.line, price) {
            (Some(line), Some(price)) => extended(line, price),
            (Some(line), None) => line,
            (None, Some(price)) => (price, price),
            (None, None) => return None,
        };
        Some(line(drawn.0, drawn.1))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::maker::testing::{bar, closes},
        *,
    };

    #[test]
    fn lines_end_where_the_price_turns_by_the_reversal() {
        let mut maker = Kagi::new(Size::Fixed(2.0), Source::Close, 0.01);
        // 11 is too little for a direction. Up to 14; 12.5 turns nothing; 12 does, and the line
        // ended at 14.
        let (lines, forming) = closes(
            &mut maker,
            &[10.0, 11.0, 12.0, 14.0, 12.5, 12.0, 9.0, 10.0, 11.5],
        );
        assert_eq!(lines, [line(10.0, 14.0), line(14.0, 9.0)]);
        assert_eq!(forming, Some(line(9.0, 11.5)));
        // Until it has closed there, the open bar turns nothing.
        assert_eq!(
            maker.forming(Some(&bar(9, [11.5, 12.0, 5.0, 5.0]))),
            Some(line(9.0, 11.5))
        );
        assert_eq!(
            maker.forming(Some(&bar(9, [11.5, 13.0, 11.5, 13.0]))),
            Some(line(9.0, 13.0))
        );
    }
}
