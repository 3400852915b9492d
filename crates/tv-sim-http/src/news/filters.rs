//! Which headlines a request asks for.

use std::sync::Arc;

use market::{Market, Symbol};

use super::invented::{Headline, PROVIDERS, SECTIONS};

/// The kinds of symbols that news know as markets.
pub(super) const MARKETS: [&str; 8] = [
    "bond", "crypto", "economic", "etf", "forex", "futures", "index", "stock",
];

/// What a request asks for. Empty lists ask for everything.
#[derive(Debug, Default)]
pub(super) struct Filters {
    pub(super) languages: Vec<String>,
    pub(super) symbols: Vec<String>,
    pub(super) providers: Vec<String>,
    pub(super) markets: Vec<String>,
    pub(super) countries: Vec<String>,
    pub(super) sections: Vec<String>,
    /// Whether something is asked for that no headline has.
    pub(super) is_hopeless: bool,
}

/// Why filters are refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) u16, pub(super) String);

impl Filters {
    /// Reads `key:value,value` of today's host, sorted by key, with sorted values.
    pub(super) fn read<'a>(filters: impl Iterator<Item = &'a str>) -> Result<Self, Refusal> {
        let bad = |reason: &str| Refusal(400, format!("Bad Request: {reason}"));
        let (mut read, mut last) = (Self::default(), "");
        for filter in filters {
            let (key, values) = filter
                .split_once(':')
                .ok_or_else(|| bad(&format!("filter '{filter}' has invalid values")))?;
            if key < last {
                return Err(bad("incorrect order of filters: filters must be sorted"));
            }
            last = key;
            let values: Vec<&str> = values.split(',').collect();
            if !values.is_sorted() {
                return Err(bad(
                    "incorrect order of filters: filter values must be sorted",
                ));
            }
            let invalid = || bad(&format!("filter '{key}' has invalid values"));
            if values.contains(&"") || !read.take(key, &values).ok_or_else(invalid)? {
                return Err(invalid());
            }
        }
        let without_exchange = read.symbols.iter().find(|symbol| !symbol.contains(':'));
        match without_exchange {
            Some(symbol) => {
                let reason = format!("Unprocessable Entity: symbol '{symbol}' has no exchange");
                Err(Refusal(422, reason))
            }
            None => Ok(read),
        }
    }

    /// Takes the values of a key; `Some(false)` if there are none of these. Keys that no server
    /// knows are ignored.
    fn take(&mut self, key: &str, values: &[&str]) -> Option<bool> {
        let all = |known: &dyn Fn(&str) -> bool| values.iter().all(|value| known(value));
        let (place, is_known) = match key {
            "lang" => (&mut self.languages, all(&|it| (2..=5).contains(&it.len()))),
            "symbol" => (&mut self.symbols, true),
            "provider" => {
                let known = |it: &str| PROVIDERS.iter().any(|known| known.id == it);
                (&mut self.providers, all(&known))
            }
            "market" => (&mut self.markets, all(&|it| MARKETS.contains(&it))),
            "market_country" => (&mut self.countries, all(&|it| it.len() == 2)),
            "corp_activity" => {
                let known = |it: &str| SECTIONS.iter().any(|(known, ..)| *known == it);
                (&mut self.sections, all(&known))
            }
            "economic_category" | "priority" | "sector" | "watchlist" => {
                self.is_hopeless = true;
                return Some(true);
            }
            _ => return Some(true),
        };
        place.extend(values.iter().map(|value| (*value).to_owned()));
        Some(is_known)
    }

    /// The symbols whose headlines can be among them: those that are named, or the listed ones.
    pub(super) fn scope(&self, market: &Market) -> Vec<Arc<Symbol>> {
        if self.is_hopeless {
            return Vec::new();
        }
        if self.symbols.is_empty() {
            return Market::listed()
                .filter_map(|listed| market.symbol(listed.name))
                .collect();
        }
        self.symbols
            .iter()
            .filter_map(|name| market.symbol(name))
            .collect()
    }

    /// Whether a headline is among them.
    pub(super) fn admit(&self, headline: &Headline) -> bool {
        let among = |list: &[String], value: &str| {
            list.is_empty() || list.iter().any(|it| it.eq_ignore_ascii_case(value))
        };
        let identity = headline.symbol.identity();
        among(&self.languages, headline.language)
            && among(&self.providers, headline.provider.id)
            && among(&self.markets, market_of(identity.kind))
            && among(&self.countries, identity.country)
            && among(&self.sections, headline.section)
    }
}

/// The market of a kind of symbol.
pub(super) fn market_of(kind: &str) -> &str {
    match kind {
        "spot" | "swap" | "bitcoin" => "crypto",
        "dr" | "structured" => "stock",
        "fund" => "etf",
        "cfd" => "futures",
        other => other,
    }
}
