//! What a descriptor may ask of a symbol's bars besides the symbol itself.

use super::currency::Currency;

/// Which past events prices are adjusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Adjustment {
    /// As they were paid.
    None,
    /// For splits.
    #[default]
    Splits,
    /// For splits and dividends.
    Dividends,
}

/// How the bars of a symbol are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    /// Which events prices are adjusted for.
    pub(crate) adjustment: Adjustment,
    /// Whether the jumps between the contracts of a continuous future are removed.
    pub(crate) back_adjusted: bool,
    /// Whether bars within the day cover the time before and after the regular session, too.
    pub(crate) extended: bool,
    /// The currency that prices are told in, if it is another than the symbol's.
    pub(crate) currency: Option<Currency>,
    /// Whether they are Heikin-Ashi bars.
    pub(crate) heikin_ashi: bool,
}
