//! The simulated market: which symbols exist, their bars and their ticks.
//!
//! Pure: it holds no clock, no socket and no state. Everything follows from the seed and the times that come in, so
//! overlapping requests agree, bars of different intervals agree, and a bar that was watched live closes as it is
//! answered later. It knows no session and no wire format.

mod facts;
mod interval;
mod symbol;
mod ticks;
mod walk;

use std::sync::Arc;

pub(crate) use interval::{Interval, IntervalError};
pub(crate) use symbol::Symbol;
pub(crate) use ticks::{Tick, TickSource, tick_at};
pub(crate) use walk::Ohlcv;

/// The whole market of one seed.
#[derive(Debug, Clone)]
pub(crate) struct Market {
    seed: u64,
}

impl Market {
    /// The market of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The symbol of a name such as `NASDAQ:AAPL`, if it exists here.
    pub(crate) fn symbol(&self, name: &str) -> Option<Arc<Symbol>> {
        Symbol::lookup(self.seed, name).map(Arc::new)
    }
}
