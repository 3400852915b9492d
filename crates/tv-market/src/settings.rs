//! What a descriptor may ask of a symbol's bars besides the symbol itself.

use super::{chart_type::Shape, currency::Currency};

/// Which past events prices are adjusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjustment {
    /// As they were paid.
    None,
    /// For splits.
    #[default]
    Splits,
    /// For splits and dividends.
    Dividends,
}

/// How the bars of a symbol are read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Settings {
    /// Which events prices are adjusted for.
    pub adjustment: Adjustment,
    /// Whether the jumps between the contracts of a continuous future are removed.
    pub back_adjusted: bool,
    /// Whether bars within the day cover the time before and after the regular session, too.
    pub extended: bool,
    /// The currency of the prices, if not the symbol's own.
    pub currency: Option<Currency>,
    /// Whether they are Heikin-Ashi bars.
    pub heikin_ashi: bool,
    /// Which bars they are, if prices end them rather than the clock.
    pub shape: Option<Shape>,
}
