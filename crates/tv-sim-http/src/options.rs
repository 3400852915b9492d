//! What can be set of a site.

/// Settings of a [`Site`](crate::Site).
#[derive(Clone, Debug, Default)]
pub struct SiteOptions {
    pub(crate) further_listings: usize,
    pub(crate) delays: bool,
}

impl SiteOptions {
    /// Adds this number of made-up stocks and funds to what search and scans find, so that a scan
    /// has many rows; at most 100,000. Default: none.
    #[must_use]
    pub fn further_listings(mut self, listings: usize) -> Self {
        self.further_listings = listings.min(MOST_LISTINGS);
        self
    }

    /// Shows prices of exchanges a quarter of an hour late to guests, and to accounts that pay
    /// nothing; `update_mode` says so. Default: only as late as exchanges publish them.
    #[must_use]
    pub fn delays(mut self, delays: bool) -> Self {
        self.delays = delays;
        self
    }
}

/// The most further listings.
const MOST_LISTINGS: usize = 100_000;
