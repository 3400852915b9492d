//! What a symbol is, apart from its prices, as lists of symbols show it.

use crate::{listing::NEVER, symbol::Symbol};

/// What a symbol is, apart from its prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity<'a> {
    /// The ticker, without the exchange.
    pub ticker: &'a str,
    /// What it is; its name if nothing else is known.
    pub description: &'a str,
    /// What kind of thing it is, such as `stock` or `forex`.
    pub kind: &'static str,
    /// What else is said of its kind, such as `common` or `etf`.
    pub typespecs: &'static [&'static str],
    /// The country, as two letters; empty if it has none.
    pub country: &'static str,
    /// The currency of its prices.
    pub currency: &'static str,
    /// Of pairs, the currency that is priced; else empty.
    pub base_currency: &'static str,
    /// The name of its picture; empty if there is none.
    pub logo: &'static str,
    /// How many steps make 1.0 of the price.
    pub pricescale: i64,
    /// How many steps prices move by at least.
    pub minmov: i64,
    /// As the server sends it beside those two.
    pub minmove2: i64,
    /// Whether prices are shown in fractions.
    pub fractional: bool,
    /// The group that an account must belong to; empty if all accounts may see it.
    pub group: &'static str,
    /// Its international number, if it is a security of a country.
    pub isin: Option<String>,
    /// The date on which its history begins, in days since the epoch, if it is traded.
    pub since: Option<i64>,
    /// What is paid out in a year, as a part of the price.
    pub dividend_yield: f64,
    /// The company behind it, if there is one.
    pub business: Option<Business>,
}

/// A company, as far as its shares tell of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Business {
    /// Its sector.
    pub sector: &'static str,
    /// Its industry.
    pub industry: &'static str,
    /// How many shares there are.
    pub shares: f64,
    /// What a share earned in the last year.
    pub earnings_per_share: f64,
    /// How much it moves with the market.
    pub beta: f64,
}

impl Symbol {
    /// What it is, apart from its prices.
    pub fn identity(&self) -> Identity<'_> {
        let listing = &self.listing;
        let business = listing.company.map(|company| Business {
            sector: company.sector,
            industry: company.industry,
            shares: company.shares * 1e6,
            earnings_per_share: (company.earnings * listing.base * 1e4).round() / 1e4,
            beta: company.beta,
        });
        Identity {
            ticker: self.ticker(),
            description: self.description(),
            kind: listing.kind,
            typespecs: listing.typespecs,
            country: listing.country,
            currency: listing.currency,
            base_currency: listing.base_currency,
            logo: listing.logo,
            pricescale: listing.pricescale,
            minmov: listing.minmov,
            minmove2: listing.minmove2,
            fractional: listing.fractional,
            group: listing.group,
            isin: self.isin(),
            since: (listing.since != NEVER).then_some(listing.since),
            dividend_yield: listing.dividend_yield,
            business,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn an_identity_agrees_with_what_quotes_say() {
        for name in [
            "NASDAQ:AAPL",
            "XETR:SAP",
            "FX:EURUSD",
            "TVC:US10Y",
            "NYSE:FRESH",
        ] {
            let symbol = Symbol::lookup(1, name).unwrap();
            let (identity, quoted) = (symbol.identity(), symbol.quote_facts(&Settings::default()));
            assert_eq!(quoted["short_name"], identity.ticker, "{name}");
            assert_eq!(quoted["description"], identity.description, "{name}");
            assert_eq!(quoted["type"], identity.kind, "{name}");
            assert_eq!(quoted["pricescale"], identity.pricescale, "{name}");
            assert_eq!(
                quoted.get("isin").and_then(|isin| isin.as_str()),
                identity.isin.as_deref()
            );
            assert_eq!(
                quoted.contains_key("first_bar_time_1d"),
                identity.since.is_some()
            );
            let shares = identity.business.map(|business| business.shares);
            assert_eq!(
                quoted
                    .get("total_shares_outstanding")
                    .and_then(|n| n.as_f64()),
                shares
            );
            let earned = identity
                .business
                .map(|business| business.earnings_per_share);
            assert_eq!(
                quoted.get("basic_eps_net_income").and_then(|n| n.as_f64()),
                earned
            );
        }
    }
}
