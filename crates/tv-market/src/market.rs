//! The whole market of one seed.

use std::sync::Arc;

use crate::{
    names::Names,
    symbol::Symbol,
    table::TABLE,
    unlisted::{REFUSED, exchanges},
};

/// The whole market of one seed.
#[derive(Debug, Clone)]
pub struct Market {
    seed: u64,
    names: Names,
}

/// A symbol of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The full name, `EXCHANGE:TICKER`.
    pub name: &'static str,
    /// What kind of thing it is, such as `stock` or `forex`.
    pub kind: &'static str,
    /// What it is; empty if the name says it.
    pub description: &'static str,
}

impl Market {
    /// The market of a seed, with any symbol of a known exchange.
    pub fn new(seed: u64) -> Self {
        Self::with_names(seed, Names::Any)
    }

    /// The market of a seed that has some symbols only.
    pub fn with_names(seed: u64, names: Names) -> Self {
        Self { seed, names }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The symbol of a name such as `NASDAQ:AAPL`, if it exists here. A ticker without an exchange
    /// is that of the first listed symbol that has it; names joined with `/`, `*`, `+` or `-` are a
    /// spread.
    pub fn symbol(&self, name: &str) -> Option<Arc<Symbol>> {
        Symbol::lookup_in(self.seed, name, &self.names).map(Arc::new)
    }

    /// The symbols of the table, which every market has unless its names are limited.
    pub fn listed() -> impl Iterator<Item = Listed> {
        TABLE.iter().map(|listing| Listed {
            name: listing.name,
            kind: listing.kind,
            description: listing.description,
        })
    }

    /// The exchanges whose symbols exist under any well-formed ticker, by name.
    pub fn exchanges() -> impl Iterator<Item = &'static str> {
        exchanges()
    }

    /// The tickers that are refused on every exchange but `SIM`.
    pub fn refused_tickers() -> &'static [&'static str] {
        REFUSED
    }
}
