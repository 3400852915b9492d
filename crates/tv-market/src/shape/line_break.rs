//! Line break: a line for each close beyond the last line, or, to turn, beyond the last few.

use std::collections::VecDeque;

use super::maker::{Maker, Prices, line};
use crate::{candle::Candle, chart_type::Source};

/// Makes lines.
#[derive(Debug)]
pub(super) struct LineBreak {
    most: usize,
    source: Source,
    /// Where the last lines begin and end, the newest last.
    lines: VecDeque<(f64, f64)>,
    /// Where the first one begins.
    begin: Option<f64>,
    /// The last price, if it made no line.
    since: Option<f64>,
}

impl LineBreak {
    pub(super) fn new(most: usize, source: Source) -> Self {
        Self {
            most,
            source,
            lines: VecDeque::new(),
            begin: None,
            since: None,
        }
    }

    /// The line that a price makes.
    fn made(&self, price: f64) -> Option<(f64, f64)> {
        let Some((from, to)) = self.lines.back().copied() else {
            let begin = self.begin?;
            return (price != begin).then_some((begin, price));
        };
        let ends = || self.lines.iter().flat_map(|(from, to)| [*from, *to]);
        let (top, bottom) = (
            ends().fold(f64::MIN, f64::max),
            ends().fold(f64::MAX, f64::min),
        );
        let (above, below) = if to > from { (to, bottom) } else { (top, to) };
        // A line that turns begins where the last one began.
        if price > above {
            Some((from.max(to), price))
        } else if price < below {
            Some((from.min(to), price))
        } else {
            None
        }
    }
}

impl Maker for LineBreak {
    fn close(&mut self, bar: &Candle) -> Vec<Prices> {
        let price = self.source.of(bar);
        let made = self.made(price);
        self.begin.get_or_insert(price);
        self.since = made.is_none().then_some(price);
        if let Some(made) = made {
            self.lines.push_back(made);
            if self.lines.len() > self.most {
                self.lines.pop_front();
            }
        }
        made.into_iter().map(|(from, to)| line(from, to)).collect()
    }

    fn forming(&self, open: Option<&Candle>) -> Option<Prices> {
        let price = match open {
            Some(bar) => self.source.of(bar),
            None => self.since?,
        };
        let last = self.lines.back().map(|(_, to)| *to).or(self.begin);
        let (from, to) = self
            .made(price)
            .unwrap_or_else(|| (last.unwrap_or(price), price));
        Some(line(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::maker::testing::closes, *};

    #[test]
    fn a_turn_must_leave_the_last_three_lines() {
        let mut maker = LineBreak::new(3, Source::Close);
        // Up to 13 in three lines; 11.5, 10.5 and 10 stay within them; 9 is below all.
        let prices = [10.0, 11.0, 12.0, 13.0, 11.5, 10.5, 10.0, 9.0, 8.5, 12.5];
        let (lines, forming) = closes(&mut maker, &prices);
        let expected = [
            line(10.0, 11.0),
            line(11.0, 12.0),
            line(12.0, 13.0),
            line(12.0, 9.0),
            line(9.0, 8.5),
        ];
        assert_eq!(lines, expected);
        // 12.5 is within 8.5 to 13, so it turns nothing yet.
        assert_eq!(forming, Some(line(8.5, 12.5)));
        let (lines, forming) = closes(&mut maker, &[13.5]);
        assert_eq!((lines, forming), (vec![line(9.0, 13.5)], None));
    }

    #[test]
    fn one_line_to_break_turns_at_once() {
        let mut maker = LineBreak::new(1, Source::Close);
        let (lines, _) = closes(&mut maker, &[10.0, 12.0, 9.9]);
        assert_eq!(lines, [line(10.0, 12.0), line(10.0, 9.9)]);
    }
}
