//! The supertrend: a stop line that follows the price and changes its side when the price crosses
//! it.

use super::averages::Fading;
use crate::study::bar::Bar;

/// Which way the trend goes, and where its stop line lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trend {
    /// Upwards, with the line below the price.
    Up(f64),
    /// Downwards, with the line above the price.
    Down(f64),
}

/// Computes the supertrend bar by bar.
#[derive(Debug, Clone)]
pub(super) struct Supertrend {
    factor: f64,
    range: Fading,
    last: Option<Last>,
}

/// What is needed of the bar before.
#[derive(Debug, Clone, Copy)]
struct Last {
    close: f64,
    /// Lower and upper line and the trend, once there is an average range.
    lines: Option<(f64, f64, bool)>,
}

impl Supertrend {
    /// Lines `factor` average true ranges (Wilder's, over `length` bars) away from the middle of
    /// each bar.
    pub(super) fn new(length: usize, factor: f64) -> Self {
        Self {
            factor,
            range: Fading::wilder(length),
            last: None,
        }
    }

    /// Takes in the next bar.
    pub(super) fn step(&mut self, bar: &Bar) -> Option<Trend> {
        let last = self.last;
        let range = match last {
            Some(last) => {
                let above = (bar.high - last.close).abs();
                (bar.high - bar.low)
                    .max(above)
                    .max((bar.low - last.close).abs())
            }
            None => bar.high - bar.low,
        };
        let average = self.range.step(range);
        let mut lines = None;
        if !average.is_nan() {
            let middle = (bar.high + bar.low) / 2.0;
            let (mut lower, mut upper) = (
                middle - self.factor * average,
                middle + self.factor * average,
            );
            let mut up = false;
            if let Some(Last {
                close,
                lines: Some((last_lower, last_upper, was_up)),
            }) = last
            {
                // A line only moves towards the price, until the price has crossed it.
                if lower <= last_lower && close >= last_lower {
                    lower = last_lower;
                }
                if upper >= last_upper && close <= last_upper {
                    upper = last_upper;
                }
                up = if was_up {
                    bar.close >= lower
                } else {
                    bar.close > upper
                };
            }
            lines = Some((lower, upper, up));
        }
        self.last = Some(Last {
            close: bar.close,
            lines,
        });
        lines.map(|(lower, upper, up)| {
            if up {
                Trend::Up(lower)
            } else {
                Trend::Down(upper)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(index: i64, close: f64) -> Bar {
        Bar {
            index,
            date: 0,
            time: index * 60,
            open: close,
            high: close + 1.0,
            low: close - 1.0,
            close,
            volume: 1.0,
        }
    }

    #[test]
    fn the_line_follows_and_turns_where_worked_out_by_hand() {
        // Each bar spans 2; with closes 0, 2 or 4 apart the true ranges are 2, 2, 3, 5, 3, 5 and so
        // on.
        let mut trend = Supertrend::new(1, 1.0);
        let closes = [10.0, 10.0, 12.0, 16.0, 18.0, 14.0];
        let got: Vec<_> = closes
            .iter()
            .enumerate()
            .map(|(at, close)| trend.step(&bar(at as i64, *close)).unwrap())
            .collect();
        // Bar 2: range 3, upper line min(15, 12) = 12, the close 12 is not above it. Bar 3: range
        // 5, the upper line stays 12, 16 > 12. Then lower = 18 - 3 = 15; at last the close 14 is
        // below it: the upper line, which followed the price, is at 14 + 5.
        assert_eq!(
            got,
            [
                Trend::Down(12.0),
                Trend::Down(12.0),
                Trend::Down(12.0),
                Trend::Up(11.0),
                Trend::Up(15.0),
                Trend::Down(19.0),
            ]
        );
    }

    #[test]
    fn it_begins_with_the_average_range() {
        let mut trend = Supertrend::new(10, 3.0);
        let known = (0..20)
            .filter(|at| trend.step(&bar(*at, 10.0)).is_some())
            .count();
        assert_eq!(known, 11);
    }
}
