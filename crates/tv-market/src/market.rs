//! The whole market of one seed.

use std::sync::Arc;

use crate::symbol::Symbol;

/// The whole market of one seed.
#[derive(Debug, Clone)]
pub struct Market {
    seed: u64,
}

impl Market {
    /// The market of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The symbol of a name such as `NASDAQ:AAPL`, if it exists here.
    pub fn symbol(&self, name: &str) -> Option<Arc<Symbol>> {
        Symbol::lookup(self.seed, name).map(Arc::new)
    }
}
