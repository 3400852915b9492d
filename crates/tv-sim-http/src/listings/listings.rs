//! All symbols that are found.

use std::collections::{BTreeMap, BTreeSet};

use market::Market;

use super::{known::KNOWN, listing::Listing};

/// All symbols that search and scans find, the listed ones first.
#[derive(Debug)]
pub(crate) struct Listings {
    all: Vec<Listing>,
    by_name: BTreeMap<String, usize>,
}

impl Listings {
    /// Those of a market, and a number of made-up stocks and funds.
    pub(crate) fn of(market: &Market, further: usize) -> Self {
        let listed = Market::listed().map(|listed| listed.name.to_owned());
        let known = KNOWN.iter().flat_map(|(exchange, tickers)| {
            tickers
                .split_ascii_whitespace()
                .map(move |ticker| format!("{exchange}:{ticker}"))
        });
        let names: Vec<String> = listed.chain(known).collect();
        let taken: BTreeSet<String> = names.iter().cloned().collect();
        let made = made_up().filter(|name| !taken.contains(name)).take(further);
        let mut listings = Self {
            all: Vec::new(),
            by_name: BTreeMap::new(),
        };
        for name in names.iter().cloned().chain(made) {
            if let Some(symbol) = market.symbol(&name)
                && symbol.name() == name
            {
                listings.by_name.insert(name, listings.all.len());
                listings.all.push(Listing::new(symbol));
            }
        }
        listings
    }

    /// All of them, in an order that never changes.
    pub(crate) fn all(&self) -> &[Listing] {
        &self.all
    }

    /// The place of a name among them.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

/// Names of stocks that do not exist elsewhere: four letters, on three exchanges in turn.
fn made_up() -> impl Iterator<Item = String> {
    let letter = |number: u32| char::from_u32(u32::from('A') + number % 26).unwrap_or('A');
    (0..26_u32.pow(4)).map(move |number| {
        let exchange = ["NASDAQ", "NYSE", "AMEX"]
            .get(number as usize % 3)
            .unwrap_or(&"NYSE");
        // The first letter changes fastest, so that few of them have all letters of the alphabet.
        let letters = [1, 26, 26 * 26, 26 * 26 * 26].map(|unit| letter(number / unit));
        format!("{exchange}:{}", String::from_iter(letters))
    })
}

#[cfg(test)]
mod tests {
    use market::Names;

    use super::*;
    use crate::listings::known::KNOWN;

    #[test]
    fn every_known_name_exists_once_and_each_made_up_one_besides() {
        let listings = Listings::of(&Market::new(1), 0);
        let known: usize = KNOWN
            .iter()
            .map(|(_, tickers)| tickers.split(' ').count())
            .sum();
        assert_eq!(listings.all().len(), Market::listed().count() + known);
        for (place, listing) in listings.all().iter().enumerate() {
            assert_eq!(listings.place(listing.name()), Some(place));
        }
        let more = Listings::of(&Market::new(1), 1000);
        assert_eq!(more.all().len(), listings.all().len() + 1000);
    }

    #[test]
    fn a_market_with_few_names_has_few_listings() {
        let names: Names = "NASDAQ:AAPL\nNYSE:V\n".parse().unwrap();
        let listings = Listings::of(&Market::with_names(1, names), 10);
        let found: Vec<&str> = listings.all().iter().map(Listing::name).collect();
        assert_eq!(found, ["NASDAQ:AAPL", "NYSE:V"]);
    }
}
