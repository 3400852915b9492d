//! One symbol that is found.

use std::sync::Arc;

use market::{Identity, Symbol};

/// A symbol that search and scans find.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    symbol: Arc<Symbol>,
}

impl Listing {
    pub(crate) fn new(symbol: Arc<Symbol>) -> Self {
        Self { symbol }
    }

    /// The full name, `EXCHANGE:TICKER`.
    pub(crate) fn name(&self) -> &str {
        self.symbol.name()
    }

    /// The id of the exchange: the first part of the name.
    pub(crate) fn exchange(&self) -> &str {
        let name = self.name();
        name.split_once(':').map_or(name, |(exchange, _)| exchange)
    }

    /// Of a pair of coins, whether its exchange is a company (`cex`) or a contract on a blockchain
    /// (`dex`).
    pub(crate) fn centralization(&self) -> &'static str {
        if self.exchange().starts_with("UNISWAP") {
            "dex"
        } else {
            "cex"
        }
    }

    pub(crate) fn symbol(&self) -> &Arc<Symbol> {
        &self.symbol
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        self.symbol.identity()
    }

    /// Of a future, the root of its contracts: `ES` of `ES1!`.
    pub(crate) fn root(&self) -> Option<&str> {
        let ticker = self.name().split_once(':')?.1;
        ticker
            .strip_suffix("1!")
            .filter(|_| self.symbol.kind() == "futures")
    }
}
