//! What bars are made of.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::json::Json;

/// How the boxes of a price-driven chart are measured.
///
/// Prices are compared bit by bit, so that descriptors of symbols can be keys of a map.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxSize {
    /// The average true range of this many bars.
    AverageTrueRange(u32),
    /// A fixed price.
    Price(f64),
}

impl BoxSize {
    fn bits(self) -> (bool, u64) {
        match self {
            Self::AverageTrueRange(bars) => (false, bars.into()),
            Self::Price(price) => (true, price.to_bits()),
        }
    }
}

impl PartialEq for BoxSize {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for BoxSize {}

impl Hash for BoxSize {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

/// What bars are made of other than time, see
/// [`SymbolDescriptor::chart_type`](super::SymbolDescriptor::chart_type).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartType {
    /// Averaged bars, one for each interval.
    HeikinAshi,
    /// Bricks of the close.
    Renko {
        /// Their size.
        size: BoxSize,
        /// Whether they show the prices between.
        wicks: bool,
    },
    /// Lines that turn when the close passes a number of lines.
    LineBreak {
        /// How many.
        lines: u32,
    },
    /// Lines that turn by an amount.
    Kagi {
        /// The amount.
        reversal: BoxSize,
    },
    /// Columns of crosses and noughts.
    PointAndFigure {
        /// The size of one.
        size: BoxSize,
        /// How many turn a column.
        reversal: u32,
    },
    /// Bars of a price range.
    Range {
        /// How many price steps.
        steps: u32,
    },
}

impl ChartType {
    /// Whether past bars may change or vanish when they are loaded again.
    #[must_use]
    pub fn repaints(self) -> bool {
        !matches!(self, Self::HeikinAshi)
    }

    /// Name and inputs on the wire.
    pub(super) fn wire(self) -> (&'static str, String) {
        let size_of = |size| match size {
            BoxSize::AverageTrueRange(bars) => format!("\"style\":\"ATR\",\"atrLength\":{bars}"),
            BoxSize::Price(_) => "\"style\":\"Traditional\",\"atrLength\":14".to_owned(),
        };
        let price_of = |size| match size {
            BoxSize::AverageTrueRange(_) => Json::from(1),
            BoxSize::Price(price) => Json::from(price),
        };
        match self {
            Self::HeikinAshi => ("BarSetHeikenAshi@tv-basicstudies-60!", String::new()),
            Self::Renko { size, wicks } => (
                "BarSetRenko@tv-prostudies-40!",
                format!(
                    "\"source\":\"close\",\"sources\":\"Close\",\"boxSize\":{},{},\"wicks\":{wicks}",
                    price_of(size),
                    size_of(size)
                ),
            ),
            Self::LineBreak { lines } => (
                "BarSetPriceBreak@tv-prostudies-34!",
                format!("\"source\":\"close\",\"lb\":{lines}"),
            ),
            Self::Kagi { reversal } => (
                "BarSetKagi@tv-prostudies-34!",
                format!(
                    "\"source\":\"close\",{},\"reversalAmount\":{}",
                    size_of(reversal),
                    price_of(reversal)
                ),
            ),
            Self::PointAndFigure { size, reversal } => (
                "BarSetPnF@tv-prostudies-34!",
                format!(
                    "\"sources\":\"Close\",\"reversalAmount\":{reversal},\"boxSize\":{},{},\"oneStepBackBuilding\":false",
                    price_of(size),
                    size_of(size)
                ),
            ),
            Self::Range { steps } => (
                "BarSetRange@tv-basicstudies-72!",
                format!("\"range\":{steps},\"phantomBars\":false"),
            ),
        }
    }
}
