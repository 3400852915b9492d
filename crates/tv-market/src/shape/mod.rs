//! Bars whose ends are set by prices rather than by the clock: Renko, line break, Kagi, point and figure, range.
//!
//! Each kind is a [`Maker`] in a file of its own, which is fed usual bars in order and knows prices only. `inputs` reads what a
//! client asks for, `made` keeps what was made, and gives each bar its time.

mod atr;
mod inputs;
mod kagi;
mod line_break;
mod made;
mod point_figure;
mod range;
mod renko;

use std::fmt;

use super::candles::Candle;
pub(super) use made::Made;

/// Which of the bars that prices end, with its inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Bricks of one size.
    Renko {
        /// The size of a brick.
        size: Size,
        /// The price that is looked at.
        source: Source,
        /// Whether highs and lows are looked at rather than that price.
        high_low: bool,
        /// Whether a brick shows how far prices went against it.
        wicks: bool,
    },
    /// Lines that end where the last few are left.
    LineBreak {
        /// How many lines have to be left for a turn.
        lines: usize,
        /// The price that is looked at.
        source: Source,
    },
    /// Lines that end where prices turn.
    Kagi {
        /// How far prices have to turn.
        size: Size,
        /// The price that is looked at.
        source: Source,
    },
    /// Columns of boxes that end where prices turn.
    PointFigure {
        /// The size of a box.
        size: Size,
        /// How many boxes prices have to turn.
        reversal: i64,
        /// Whether highs and lows are looked at rather than the close.
        high_low: bool,
        /// Whether a column of one box takes the turn into itself.
        one_step_back: bool,
    },
    /// Bars of one height.
    Range {
        /// The height, in the smallest steps of the price.
        steps: i64,
        /// Whether bars fill what prices jumped over.
        phantoms: bool,
    },
}

/// How long a box, a brick or a turn is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// So long.
    Fixed(f64),
    /// The average true range of so many bars.
    Atr(i64),
    /// So many per cent of the last price.
    Percent(f64),
}

/// Which price of a bar is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The first.
    Open,
    /// The highest.
    High,
    /// The lowest.
    Low,
    /// The last.
    Close,
    /// The mean of the highest and the lowest.
    Hl2,
    /// The mean of the highest, the lowest and the last.
    Hlc3,
    /// The mean of all four.
    Ohlc4,
}

impl Source {
    fn of(self, bar: &Candle) -> f64 {
        let Candle {
            open,
            high,
            low,
            close,
            ..
        } = *bar;
        match self {
            Self::Open => open,
            Self::High => high,
            Self::Low => low,
            Self::Close => close,
            Self::Hl2 => (high + low) / 2.0,
            Self::Hlc3 => (high + low + close) / 3.0,
            Self::Ohlc4 => (open + high + low + close) / 4.0,
        }
    }
}

/// How many bars end with one usual bar at most.
const AT_ONCE: usize = 20_000;

/// Open, high, low and close.
type Prices = [f64; 4];

/// Makes bars of usual ones, in order. It knows nothing of times.
trait Maker: fmt::Debug + Send {
    /// The bars that end with a usual one, which is closed.
    fn close(&mut self, bar: &Candle) -> Vec<Prices>;

    /// The bar that has not ended, seen with the usual bar that is open, if one is.
    fn forming(&self, open: Option<&Candle>) -> Option<Prices>;
}

impl Shape {
    /// What makes such bars of a symbol whose price moves in such steps.
    fn maker(self, step: f64) -> Box<dyn Maker> {
        match self {
            Self::Renko {
                size,
                source,
                high_low,
                wicks,
            } => Box::new(renko::Renko::new(size, source, (high_low, wicks), step)),
            Self::LineBreak { lines, source } => {
                Box::new(line_break::LineBreak::new(lines, source))
            }
            Self::Kagi { size, source } => Box::new(kagi::Kagi::new(size, source, step)),
            Self::PointFigure {
                size,
                reversal,
                high_low,
                one_step_back,
            } => Box::new(point_figure::PointFigure::new(
                size,
                (reversal, one_step_back),
                high_low,
                step,
            )),
            Self::Range { steps, phantoms } => {
                Box::new(range::Range::new(steps as f64 * step, phantoms))
            }
        }
    }
}

/// A bar from one price to another.
fn line(from: f64, to: f64) -> Prices {
    [from, from.max(to), from.min(to), to]
}

/// A price without the last digits, in which sums of sizes go wrong.
fn rounded(price: f64) -> f64 {
    (price * 1e10).round() / 1e10
}

#[cfg(test)]
mod testing {
    use super::*;

    /// A usual bar of an hour, the `at`-th of a day.
    pub(super) fn bar(at: i64, [open, high, low, close]: Prices) -> Candle {
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
    pub(super) fn closes(maker: &mut impl Maker, prices: &[f64]) -> (Vec<Prices>, Option<Prices>) {
        let mut ended = Vec::new();
        for (at, price) in (0..).zip(prices) {
            ended.extend(maker.close(&bar(at, [*price; 4])));
        }
        (ended, maker.forming(None))
    }
}
