//! What all families of endpoints share: the market, the settings, and the state between requests.

use std::sync::Arc;

use market::Market;

use crate::{
    account::accounts::Accounts,
    listings::Listings,
    options::SiteOptions,
    pine::invitations::Invitations,
    request::Request,
    values::{Cache, Feed},
    watchlists::lists::WatchLists,
};

/// A simulated TradingView as it looks over HTTP. It keeps what lasts from one request to the next.
#[derive(Debug)]
pub struct Site {
    pub(crate) market: Market,
    pub(crate) accounts: Accounts,
    pub(crate) invitations: Invitations,
    pub(crate) watchlists: WatchLists,
    pub(crate) options: SiteOptions,
    /// Made when they are first needed.
    listings: Option<Arc<Listings>>,
    pub(crate) values: Cache,
}

impl Site {
    /// A site over a market.
    #[must_use]
    pub fn new(market: Market, options: SiteOptions) -> Self {
        Self {
            accounts: Accounts::new(market.seed()),
            invitations: Invitations::default(),
            watchlists: WatchLists::default(),
            market,
            options,
            listings: None,
            values: Cache::default(),
        }
    }

    /// The accounts, for changes that do not come over HTTP: cookies that are revoked, plans that
    /// are lost.
    pub fn accounts_mut(&mut self) -> &mut Accounts {
        &mut self.accounts
    }

    /// How late the account of a request sees prices.
    pub(crate) fn feed(&self, request: &Request<'_>) -> Feed {
        let pays = || {
            let account = self.accounts.signed_in(request);
            account.is_some_and(|account| self.accounts.plan(account).is_paid())
        };
        if !self.options.delays || pays() {
            Feed::RealTime
        } else {
            Feed::Late
        }
    }

    /// What search and scans find.
    pub(crate) fn listings(&mut self) -> Arc<Listings> {
        let (market, further) = (&self.market, self.options.further_listings);
        let make = || Arc::new(Listings::of(market, further));
        Arc::clone(self.listings.get_or_insert_with(make))
    }
}
