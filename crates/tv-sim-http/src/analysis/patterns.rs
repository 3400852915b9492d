//! Patterns of candles.
//!
//! A body is long or small compared with the mean of the fourteen before it, and a trend is which
//! side of the mean of fifty closes a price is on.

use super::series::View;

/// How many bodies, and how many closes, are averaged.
const BODIES: usize = 14;
const CLOSES: usize = 50;
/// The part of the range that the body of a doji has at most.
const DOJI: f64 = 0.05;

/// Whether the newest candles of a series have a pattern, by the end of its column's name. `None`
/// if there are too few candles, or if the pattern is not known.
pub(crate) fn pattern(view: View<'_>, name: &str) -> Option<bool> {
    let all = Shapes(view);
    let [five, four, three, two, one] =
        [all.at(4)?, all.at(3)?, all.at(2)?, all.at(1)?, all.at(0)?];
    of_one(name, one)
        .or_else(|| of_two(name, [two, one]))
        .or_else(|| of_three(name, [three, two, one]))
        .or_else(|| of_five(name, [five, four, three, two, one]))
}

/// Patterns of one candle.
fn of_one(name: &str, one: Shape) -> Option<bool> {
    Some(match name {
        "Doji" => one.is_doji() && !is_dragonfly(one) && !is_gravestone(one),
        "Doji.Dragonfly" => one.is_doji() && is_dragonfly(one),
        "Doji.Gravestone" => one.is_doji() && is_gravestone(one),
        "Hammer" => !one.rises && is_hammer(one),
        "HangingMan" => one.rises && is_hammer(one),
        "InvertedHammer" => !one.rises && is_inverted_hammer(one),
        "ShootingStar" => one.rises && is_inverted_hammer(one),
        "LongShadow.Lower" => one.lower() > 0.75 * one.range(),
        "LongShadow.Upper" => one.upper() > 0.75 * one.range(),
        "Marubozu.Black" => one.is_marubozu() && one.is_black(),
        "Marubozu.White" => one.is_marubozu() && one.is_white(),
        "SpinningTop.Black" => is_spinning(one) && one.is_black(),
        "SpinningTop.White" => is_spinning(one) && one.is_white(),
        _ => return None,
    })
}

/// Patterns of two candles.
fn of_two(name: &str, [two, one]: [Shape; 2]) -> Option<bool> {
    Some(match name {
        "DarkCloudCover.Bearish" => {
            two.is_long_white()
                && one.is_black()
                && one.open >= two.high
                && one.close < two.middle()
                && one.close > two.open
        }
        "DojiStar.Bearish" => {
            two.is_long_white() && one.rises && one.is_doji() && one.bottom() > two.close
        }
        "DojiStar.Bullish" => {
            two.is_long_black() && !one.rises && one.is_doji() && one.top() < two.close
        }
        "Engulfing.Bearish" => {
            two.rises
                && two.is_white()
                && two.is_small()
                && one.is_long_black()
                && one.open >= two.close
                && one.close <= two.open
                && one.body() > two.body()
        }
        "Engulfing.Bullish" => {
            !two.rises
                && two.is_black()
                && two.is_small()
                && one.is_long_white()
                && one.open <= two.close
                && one.close >= two.open
                && one.body() > two.body()
        }
        "FallingWindow.Bearish" => one.high < two.low,
        "RisingWindow.Bullish" => one.low > two.high,
        "Harami.Bearish" => {
            two.is_long_white() && one.is_small() && one.is_black() && is_inside(one, two)
        }
        "Harami.Bullish" => {
            two.is_long_black() && one.is_small() && one.is_white() && is_inside(one, two)
        }
        "HaramiCross.Bearish" => two.is_long_white() && one.is_doji() && is_inside(one, two),
        "HaramiCross.Bullish" => two.is_long_black() && one.is_doji() && is_inside(one, two),
        "Kicking.Bearish" => {
            two.is_marubozu()
                && two.is_white()
                && one.is_marubozu()
                && one.is_black()
                && one.high < two.low
        }
        "Kicking.Bullish" => {
            two.is_marubozu()
                && two.is_black()
                && one.is_marubozu()
                && one.is_white()
                && one.low > two.high
        }
        "OnNeck.Bearish" => {
            two.is_long_black()
                && one.is_white()
                && one.open < two.close
                && (one.close - two.low).abs() <= DOJI * two.range()
        }
        "Piercing.Bullish" => {
            two.is_long_black()
                && one.is_white()
                && one.open <= two.low
                && one.close > two.middle()
                && one.close < two.open
        }
        "TweezerBottom.Bullish" => {
            !two.rises && two.is_long_black() && one.is_white() && are_level(one.low, two.low, two)
        }
        "TweezerTop.Bearish" => {
            two.rises && two.is_long_white() && one.is_black() && are_level(one.high, two.high, two)
        }
        _ => return None,
    })
}

/// Patterns of five candles.
fn of_five(name: &str, [five, four, three, two, one]: [Shape; 5]) -> Option<bool> {
    Some(match name {
        "FallingThreeMethods.Bearish" => {
            five.is_long_black()
                && [four, three, two].iter().all(|it| {
                    it.is_small() && it.is_white() && it.close < five.high && it.open > five.low
                })
                && one.is_long_black()
                && one.close < five.close
        }
        "RisingThreeMethods.Bullish" => {
            five.is_long_white()
                && [four, three, two].iter().all(|it| {
                    it.is_small() && it.is_black() && it.close > five.low && it.open < five.high
                })
                && one.is_long_white()
                && one.close > five.close
        }
        _ => return None,
    })
}

/// Patterns of three candles.
fn of_three(name: &str, [three, two, one]: [Shape; 3]) -> Option<bool> {
    Some(match name {
        "3BlackCrows" => {
            [three, two, one].iter().all(|it| it.is_long_black())
                && falls(three, two)
                && falls(two, one)
        }
        "3WhiteSoldiers" => {
            [three, two, one].iter().all(|it| it.is_long_white())
                && rises(three, two)
                && rises(two, one)
        }
        "AbandonedBaby.Bearish" => {
            three.is_long_white()
                && two.is_doji()
                && one.is_long_black()
                && two.low > three.high
                && one.high < two.low
        }
        "AbandonedBaby.Bullish" => {
            three.is_long_black()
                && two.is_doji()
                && one.is_long_white()
                && two.high < three.low
                && one.low > two.high
        }
        "DownsideTasukiGap.Bearish" => {
            three.is_long_black()
                && two.is_black()
                && two.top() < three.bottom()
                && one.is_white()
                && one.open < two.top()
                && one.open > two.bottom()
                && one.close > two.top()
                && one.close < three.bottom()
        }
        "UpsideTasukiGap.Bullish" => {
            three.is_long_white()
                && two.is_white()
                && two.bottom() > three.top()
                && one.is_black()
                && one.open > two.bottom()
                && one.open < two.top()
                && one.close < two.bottom()
                && one.close > three.top()
        }
        "EveningDojiStar.Bearish" => {
            three.is_long_white()
                && two.is_doji()
                && two.bottom() > three.top()
                && one.is_long_black()
                && one.close <= three.middle()
        }
        "EveningStar" => {
            three.is_long_white()
                && two.is_small()
                && two.bottom() > three.top()
                && one.is_long_black()
                && one.close <= three.middle()
        }
        "MorningDojiStar.Bullish" => {
            three.is_long_black()
                && two.is_doji()
                && two.top() < three.bottom()
                && one.is_long_white()
                && one.close >= three.middle()
        }
        "MorningStar" => {
            three.is_long_black()
                && two.is_small()
                && two.top() < three.bottom()
                && one.is_long_white()
                && one.close >= three.middle()
        }
        "TriStar.Bearish" => {
            [three, two, one].iter().all(Shape::is_doji)
                && two.bottom() > three.top()
                && one.top() < two.bottom()
        }
        "TriStar.Bullish" => {
            [three, two, one].iter().all(Shape::is_doji)
                && two.top() < three.bottom()
                && one.bottom() > two.top()
        }
        _ => return None,
    })
}

/// The candles of a series, counted from the newest.
struct Shapes<'a>(View<'a>);

/// One candle, and what came before it.
#[derive(Clone, Copy, Debug)]
struct Shape {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    /// The mean of the bodies before.
    usual: f64,
    /// Whether the price is above its mean.
    rises: bool,
}

impl Shapes<'_> {
    fn at(&self, back: usize) -> Option<Shape> {
        let view = self.0.before(back);
        let (open, close) = (*view.open.last()?, *view.close.last()?);
        let bodies = view.open.iter().zip(view.close).rev().skip(1).take(BODIES);
        let bodies: Vec<f64> = bodies.map(|(open, close)| (close - open).abs()).collect();
        let closes: Vec<f64> = view.close.iter().rev().take(CLOSES).copied().collect();
        Some(Shape {
            open,
            close,
            high: *view.high.last()?,
            low: *view.low.last()?,
            usual: mean(&bodies)?,
            rises: close > mean(&closes)?,
        })
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

impl Shape {
    fn body(&self) -> f64 {
        (self.close - self.open).abs()
    }

    fn range(&self) -> f64 {
        self.high - self.low
    }

    fn top(&self) -> f64 {
        self.open.max(self.close)
    }

    fn bottom(&self) -> f64 {
        self.open.min(self.close)
    }

    /// The middle of the body.
    fn middle(&self) -> f64 {
        f64::midpoint(self.open, self.close)
    }

    fn upper(&self) -> f64 {
        self.high - self.top()
    }

    fn lower(&self) -> f64 {
        self.bottom() - self.low
    }

    fn is_white(&self) -> bool {
        self.close > self.open
    }

    fn is_black(&self) -> bool {
        self.close < self.open
    }

    fn is_small(&self) -> bool {
        self.body() < self.usual
    }

    fn is_long_white(&self) -> bool {
        self.is_white() && self.body() > self.usual
    }

    fn is_long_black(&self) -> bool {
        self.is_black() && self.body() > self.usual
    }

    fn is_doji(&self) -> bool {
        self.range() > 0.0 && self.body() <= DOJI * self.range()
    }

    /// Whether it is long and has next to no shadows.
    fn is_marubozu(&self) -> bool {
        let most = DOJI * self.body();
        self.body() > self.usual && self.upper() <= most && self.lower() <= most
    }
}

/// Whether a candle goes on falling from within the body before it.
fn falls(before: Shape, one: Shape) -> bool {
    one.open < before.open && one.open > before.close && one.close < before.close
}

fn rises(before: Shape, one: Shape) -> bool {
    one.open > before.open && one.open < before.close && one.close > before.close
}

fn is_dragonfly(one: Shape) -> bool {
    one.upper() <= one.body().max(DOJI * one.range())
}

fn is_gravestone(one: Shape) -> bool {
    one.lower() <= one.body().max(DOJI * one.range())
}

fn is_hammer(one: Shape) -> bool {
    one.body() > 0.0
        && one.is_small()
        && one.lower() >= 2.0 * one.body()
        && one.upper() <= DOJI * one.range()
}

fn is_inverted_hammer(one: Shape) -> bool {
    one.body() > 0.0
        && one.is_small()
        && one.upper() >= 2.0 * one.body()
        && one.lower() <= DOJI * one.range()
}

fn is_spinning(one: Shape) -> bool {
    let least = 0.34 * one.range();
    !one.is_doji() && one.upper() >= least && one.lower() >= least
}

/// Whether the whole of a candle lies in the body before it.
fn is_inside(one: Shape, before: Shape) -> bool {
    one.high <= before.top() && one.low >= before.bottom()
}

/// Whether two prices differ by less than a twentieth of what is usual.
fn are_level(one: f64, other: f64, shape: Shape) -> bool {
    (one - other).abs() <= DOJI * shape.usual
}

#[cfg(test)]
mod tests;
