//! What all families of endpoints share: the market, the settings, and the state between requests.

use std::sync::Arc;

use market::Market;

use crate::{listings::Listings, options::SiteOptions, values::Cache};

/// A simulated TradingView as it looks over HTTP. It keeps what lasts from one request to the next.
#[derive(Debug)]
pub struct Site {
    pub(crate) market: Market,
    options: SiteOptions,
    /// Made when they are first needed.
    listings: Option<Arc<Listings>>,
    pub(crate) values: Cache,
}

impl Site {
    /// A site over a market.
    #[must_use]
    pub fn new(market: Market, options: SiteOptions) -> Self {
        Self {
            market,
            options,
            listings: None,
            values: Cache::default(),
        }
    }

    /// What search and scans find.
    pub(crate) fn listings(&mut self) -> Arc<Listings> {
        let (market, further) = (&self.market, self.options.further_listings);
        let make = || Arc::new(Listings::of(market, further));
        Arc::clone(self.listings.get_or_insert_with(make))
    }
}
