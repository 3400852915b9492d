//! What can be set of a site.

/// Settings of a [`Site`](crate::Site).
#[derive(Clone, Debug, Default)]
pub struct SiteOptions {
    pub(crate) further_listings: usize,
}

impl SiteOptions {
    /// Adds this number of made-up stocks and funds to what search and scans find, so that a scan
    /// has many rows; at most 100,000. Default: none.
    #[must_use]
    pub fn further_listings(mut self, listings: usize) -> Self {
        self.further_listings = listings.min(MOST_LISTINGS);
        self
    }
}

/// The most further listings.
const MOST_LISTINGS: usize = 100_000;
