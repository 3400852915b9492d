//! What a strategy is set to, and what it sees.

use crate::study::bar::Bar;

/// What a user sets about the trading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::study) struct Terms {
    /// The money at the beginning.
    pub(in crate::study) capital: f64,
    /// The part of the equity that each trade is worth, in per cent.
    pub(in crate::study) stake: f64,
    /// What each order costs, in per cent of its value.
    pub(in crate::study) commission: f64,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            capital: 1_000_000.0,
            stake: 15.0,
            commission: 0.0,
        }
    }
}

/// A bar, and whether the trend went up at its close, if it was known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signal {
    pub(super) bar: Bar,
    pub(super) up: Option<bool>,
}
