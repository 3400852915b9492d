//! Built-in studies beside those that `Calc` knows: a table of them, and what computes each.
//!
//! `line` is what they have in common, `pieces` what several are made of. `averages`,
//! `oscillators`, `bands` and `volumes` compute them, and `table` says which there are.

mod averages;
mod bands;
mod line;
mod oscillators;
mod pieces;
mod table;
mod volumes;

pub(super) use line::Line;
pub use table::Indicator;
pub(super) use table::{
    AROON, ATR, AWESOME, BALANCE, BY_VOLUME, CHAIKIN, CHANNEL, DONCHIAN, DOUBLE, EASE, ENV,
    FLOW_INDEX, FORCE, HULL, ICHIMOKU, INDICATORS, KELTNER, MOMENTUM, MONEY_FLOW, MOVEMENT,
    PARABOLIC, PERCENT_B, RATE, STOCHASTIC, STOCHASTIC_STRENGTH, TRIPLE, TRIX, Taken, ULTIMATE,
    VOLUME_TREND, WEIGHTED, WIDTH, WILLIAMS,
};
