//! What can be set of a site.

/// Settings of a [`Site`](crate::Site).
#[derive(Clone, Debug, Default)]
pub struct SiteOptions {
    pub(crate) further_listings: usize,
    pub(crate) delays: bool,
    pub(crate) any_script: bool,
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

    /// Makes up a script for every id that begins with `STD;`, `PUB;` or `USER;` and has none. It
    /// has as many plots as the last digit of the id says, from 1 to 7, and one input of each type;
    /// it is a strategy if its id says so. Default: such ids are unknown.
    #[must_use]
    pub fn any_script(mut self, any_script: bool) -> Self {
        self.any_script = any_script;
        self
    }
}

/// The most further listings.
const MOST_LISTINGS: usize = 100_000;
