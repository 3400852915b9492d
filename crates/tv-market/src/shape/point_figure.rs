//! Point and figure: columns of boxes. A column ends where the price reverses by a number of boxes.

use super::{
    atr::Ruler,
    maker::{Maker, Prices, line, rounded},
};
use crate::{candle::Candle, chart_type::Size};

/// Makes columns.
#[derive(Debug)]
pub(super) struct PointFigure {
    ruler: Ruler,
    reversal: i64,
    one_step_back: bool,
    high_low: bool,
    column: Option<Column>,
}

/// A column that has not ended. Before the price has left the first box it is neither rising nor
/// falling.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// The box, of one size as long as the column lasts.
    size: f64,
    bottom: f64,
    top: f64,
    rises: Option<bool>,
}

impl Column {
    /// With all boxes that prices fill.
    fn extended(mut self, high: f64, low: f64) -> Self {
        let up = boxes(high - self.top, self.size);
        let down = boxes(self.bottom - low, self.size);
        if up > 0.0 && self.rises != Some(false) {
            self.top = rounded(self.top + up * self.size);
            self.rises = Some(true);
        } else if down > 0.0 && self.rises != Some(true) {
            self.bottom = rounded(self.bottom - down * self.size);
            self.rises = Some(false);
        }
        self
    }

    /// How many boxes it has.
    fn height(self) -> f64 {
        boxes(self.top - self.bottom, self.size) + 1.0
    }

    /// How many boxes prices lie behind its end.
    fn behind(self, high: f64, low: f64) -> f64 {
        match self.rises {
            Some(true) => boxes(self.top - low, self.size),
            Some(false) => boxes(high - self.bottom, self.size),
            None => 0.0,
        }
    }

    fn prices(self) -> Prices {
        match self.rises {
            Some(false) => line(self.top, self.bottom),
            _ => line(self.bottom, self.top),
        }
    }
}

/// How many whole boxes a distance has.
fn boxes(distance: f64, size: f64) -> f64 {
    (distance / size + 1e-9).floor().max(0.0)
}

impl PointFigure {
    pub(super) fn new(
        size: Size,
        (reversal, one_step_back): (i64, bool),
        high_low: bool,
        step: f64,
    ) -> Self {
        Self {
            ruler: Ruler::new(size, step),
            reversal,
            one_step_back: one_step_back && reversal == 1,
            high_low,
            column: None,
        }
    }

    fn extremes(&self, bar: &Candle) -> (f64, f64) {
        if self.high_low {
            (bar.high, bar.low)
        } else {
            (bar.close, bar.close)
        }
    }

    /// The column of a first price.
    fn first(&self, bar: &Candle) -> Column {
        let size = self.ruler.length();
        let level = rounded((bar.close / size).floor() * size);
        Column {
            size,
            bottom: level,
            top: level,
            rises: None,
        }
    }
}

impl Maker for PointFigure {
    fn close(&mut self, bar: &Candle) -> Vec<Prices> {
        self.ruler.measure(bar);
        let (high, low) = self.extremes(bar);
        let before = self.column.unwrap_or_else(|| self.first(bar));
        let now = before.extended(high, low);
        let goes_on = (now.top, now.bottom) != (before.top, before.bottom);
        let behind = now.behind(high, low);
        if goes_on || behind < self.reversal as f64 {
            self.column = Some(now);
            return Vec::new();
        }
        let rises = now.rises == Some(false);
        if self.one_step_back && now.height() < 2.0 {
            let turned = Column {
                rises: Some(rises),
                ..now
            };
            self.column = Some(turned.extended(high, low));
            return Vec::new();
        }
        // The new column begins one box back from the end of the old one, and has boxes of the size
        // of now.
        let size = self.ruler.length();
        let begin = rounded(if rises {
            now.bottom + now.size
        } else {
            now.top - now.size
        });
        let turned = Column {
            size,
            bottom: begin,
            top: begin,
            rises: Some(rises),
        };
        self.column = Some(turned.extended(high, low));
        vec![now.prices()]
    }

    fn forming(&self, open: Option<&Candle>) -> Option<Prices> {
        let column = match open {
            Some(bar) => {
                let (high, low) = self.extremes(bar);
                self.column
                    .unwrap_or_else(|| self.first(bar))
                    .extended(high, low)
            }
            None => self.column?,
        };
        Some(column.prices())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::maker::testing::{bar, closes},
        *,
    };

    fn maker(reversal: i64, one_step_back: bool, high_low: bool) -> PointFigure {
        let size = Size::Fixed(1.0);
        PointFigure::new(size, (reversal, one_step_back), high_low, 0.01)
    }

    #[test]
    fn three_boxes_back_end_a_column() {
        let prices = [90.2, 93.7, 91.0, 95.0, 92.1, 92.0, 89.5, 93.0];
        let (columns, forming) = closes(&mut maker(3, false, false), &prices);
        // Up from 90 to 95; 92.1 is not three boxes back, 92 is; down from 94 to 90, then up from
        // 91 to 93.
        assert_eq!(columns, [line(90.0, 95.0), line(94.0, 90.0)]);
        assert_eq!(forming, Some(line(91.0, 93.0)));
    }

    #[test]
    fn a_single_box_takes_the_turn_into_its_column() {
        let prices = [10.0, 12.0, 11.0, 13.0];
        let (columns, forming) = closes(&mut maker(1, false, false), &prices);
        assert_eq!(columns, [line(10.0, 12.0), line(11.0, 11.0)]);
        assert_eq!(forming, Some(line(12.0, 13.0)));
        let (columns, forming) = closes(&mut maker(1, true, false), &prices);
        assert_eq!(
            (columns, forming),
            (vec![line(10.0, 12.0)], Some(line(11.0, 13.0)))
        );
    }

    #[test]
    fn highs_continue_before_lows_turn() {
        let mut maker = maker(3, false, true);
        maker.close(&bar(0, [10.0, 12.0, 10.0, 10.0]));
        // Its high goes on, so its low is passed over.
        assert_eq!(maker.close(&bar(1, [12.0, 13.5, 9.0, 12.0])), [[0.0; 4]; 0]);
        let ended = maker.close(&bar(2, [12.0, 13.5, 9.0, 12.0]));
        assert_eq!(ended, [line(10.0, 13.0)]);
        assert_eq!(maker.forming(None), Some(line(12.0, 9.0)));
    }
}
