//! What all families of endpoints share: the market, the settings, and the state between requests.

use market::Market;

use crate::options::SiteOptions;

/// A simulated TradingView as it looks over HTTP. It keeps what lasts from one request to the next.
#[derive(Debug)]
pub struct Site {
    pub(crate) market: Market,
    pub(crate) options: SiteOptions,
}

impl Site {
    /// A site over a market.
    #[must_use]
    pub fn new(market: Market, options: SiteOptions) -> Self {
        Self { market, options }
    }
}
