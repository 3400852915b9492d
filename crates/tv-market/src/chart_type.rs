//! Which bars a chart shows, if prices end them rather than the clock: the kind, with its inputs.

use crate::candle::Candle;

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
    /// The average true range of this number of bars.
    Atr(i64),
    /// A percentage of the last price.
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
    /// That price of a bar.
    pub(crate) fn of(self, bar: &Candle) -> f64 {
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
