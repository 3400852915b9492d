//! What a scan looks at.

use std::sync::Arc;

use market::Symbol;

use super::body::Asked;
use crate::{
    listings::Listing,
    site::Site,
    values::{Cell, Column, Feed, Instrument, Row},
};

/// The symbol of the yield that those of companies' bonds follow.
const GOVERNMENT: &str = "TVC:US10Y";

/// A listing, or something that is derived from it.
#[derive(Debug)]
pub(super) struct Found {
    listing: Listing,
    instrument: Option<Instrument>,
    government: Option<Arc<Symbol>>,
}

impl Found {
    pub(super) fn listed(listing: Listing) -> Self {
        Self {
            listing,
            instrument: None,
            government: None,
        }
    }

    /// Its row, as an account sees it at a time in milliseconds UTC.
    pub(super) fn row(&self, feed: Feed, now: i64) -> Row<'_> {
        let row = Row::new(&self.listing, feed, now);
        match &self.instrument {
            Some(instrument) => row.derived(instrument, self.government.clone()),
            None => row,
        }
    }

    fn name(&self) -> &str {
        let instrument = self.instrument.as_ref().map(Instrument::name);
        instrument.unwrap_or_else(|| self.listing.name())
    }
}

/// What could be in the answer to a scan of a market: the symbols that are named, or all.
pub(super) fn found(
    site: &mut Site,
    market: &str,
    asked: &Asked,
    (feed, now): (Feed, i64),
) -> Vec<Found> {
    let is_named = |found: &Found| {
        asked.tickers.is_empty() || asked.tickers.iter().any(|ticker| ticker == found.name())
    };
    if let ("options", Some(names)) = (market, &asked.underlyings) {
        let chains = names.iter().flat_map(|name| chain(site, name, feed, now));
        return chains.filter(is_named).collect();
    }
    let asks_for_bonds = market == "bond" || asked.markets.iter().any(|market| market == "bond");
    let bonds = if asks_for_bonds {
        bonds(site, now)
    } else {
        Vec::new()
    };
    let listed = listed(site, asked).into_iter().map(Found::listed);
    listed.chain(bonds.into_iter().filter(is_named)).collect()
}

/// An option or a bond by its full name.
pub(super) fn derived(site: &mut Site, name: &str, feed: Feed, now: i64) -> Option<Found> {
    let (exchange, ticker) = name.split_once(':')?;
    if exchange == "FINRA" {
        return bonds(site, now)
            .into_iter()
            .find(|found| found.name() == name);
    }
    if exchange != "OPRA" {
        return None;
    }
    let listings = site.listings();
    let mut underlyings = listings.all().iter().filter(|listing| {
        let own = listing.identity().ticker;
        ticker.starts_with(own)
    });
    underlyings.find_map(|listing| {
        let chain = chain(site, listing.name(), feed, now);
        chain.into_iter().find(|found| found.name() == name)
    })
}

fn listed(site: &mut Site, asked: &Asked) -> Vec<Listing> {
    let listings = site.listings();
    if asked.tickers.is_empty() {
        return listings.all().to_vec();
    }
    let named = asked.tickers.iter().filter_map(|name| {
        let symbol = site.market.symbol(name)?;
        // A scan answers to the whole name only.
        (symbol.name() == name && symbol.kind() != "spread").then(|| Listing::new(symbol))
    });
    named.collect()
}

/// The options on a symbol. Their strikes lie around the close of the day before, so that they stay
/// the same for a day.
fn chain(site: &mut Site, name: &str, feed: Feed, now: i64) -> Vec<Found> {
    let Some(symbol) = site
        .market
        .symbol(name)
        .filter(|symbol| symbol.name() == name)
    else {
        return Vec::new();
    };
    let listing = Listing::new(symbol);
    let cell = |site: &mut Site, name| {
        let column = Column::find(name)?;
        match site.values.cell(&Row::new(&listing, feed, now), &column) {
            Cell::Number(number) => Some(number),
            _ => None,
        }
    };
    let close = cell(site, "close").zip(cell(site, "change_abs"));
    let before = close.map(|(close, change)| close - change);
    let options = Instrument::options(&listing, before, now).into_iter();
    let found = options.map(|option| Found {
        listing: listing.clone(),
        instrument: Some(option),
        government: None,
    });
    found.collect()
}

/// All bonds of companies.
fn bonds(site: &mut Site, now: i64) -> Vec<Found> {
    let (listings, government) = (site.listings(), site.market.symbol(GOVERNMENT));
    let bonds = listings.all().iter().flat_map(|listing| {
        let bonds = Instrument::bonds(listing, now).into_iter();
        let government = government.clone();
        bonds.map(move |bond| Found {
            listing: listing.clone(),
            instrument: Some(bond),
            government: government.clone(),
        })
    });
    bonds.collect()
}
