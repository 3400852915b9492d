//! Suggestions for a name that was refused.

use std::{cmp::Reverse, collections::BTreeSet};

use protocol::symbol::Symbol;

use super::{Found, query::split};

/// A symbol that a user may have meant.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The symbol.
    pub symbol: Symbol,
    /// The name of the instrument; empty if the search gave none.
    pub description: String,
    /// The kind of instrument: `stock`.
    pub kind: String,
}

/// Ranks search results for a name that was refused, the best first, at most `limit` of them.
///
/// What counts, in this order: the ticker is the name or close to it; the exchange is that of the
/// name or close to it; the description has the name's words; the listing is the main one; the
/// server's own order. Results that have nothing in common with the name are left out.
///
/// ```
/// use tv_http::search::{Found, suggest};
///
/// let found: Vec<Found> = serde_json::from_str(
///     r#"[{"symbol":"AAPLX","exchange":"MIL"},{"symbol":"AAPL","exchange":"NASDAQ"}]"#,
/// )?;
/// let best = suggest("NASDQ:AAPL", &found, 1);
/// assert_eq!(best[0].symbol, "NASDAQ:AAPL");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn suggest(name: &str, found: &[Found], limit: usize) -> Vec<Suggestion> {
    let (exchange, ticker) = split(name.trim());
    let wanted = Wanted {
        exchange: exchange.map(str::to_uppercase),
        ticker: ticker.to_uppercase(),
        words: words(ticker),
    };
    let mut ranked: Vec<(Rank, usize, Suggestion)> = Vec::new();
    for (place, found) in found.iter().enumerate() {
        let whole = found
            .id()
            .into_iter()
            .map(|id| (id, found.description.clone()));
        let contracts = found.contracts.iter().zip(found.contract_ids());
        // A future without a price of its own is followed by contracts, which have one.
        let contracts = contracts.map(|(contract, id)| (id, contract.description.clone()));
        for (symbol, description) in whole.chain(contracts) {
            let description = description.unwrap_or_default();
            let Some(rank) = wanted.rank(&symbol, &description, found) else {
                continue;
            };
            let kind = found.kind.clone().unwrap_or_default();
            let suggestion = Suggestion {
                symbol,
                description,
                kind,
            };
            ranked.push((rank, place, suggestion));
        }
    }
    ranked.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let mut seen = BTreeSet::new();
    let mut best: Vec<Suggestion> = ranked.into_iter().map(|(_, _, it)| it).collect();
    best.retain(|suggestion| seen.insert(suggestion.symbol.clone()));
    best.truncate(limit);
    best
}

/// How good a result is; less is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// 0: the ticker itself, 1: one that begins so, 2: a typing error, 3: another.
    ticker: u8,
    /// How many letters differ, where it is a typing error.
    typos: usize,
    /// 0: the exchange itself or none wanted, 1: a typing error, 2: another.
    exchange: u8,
    /// How many of the name's words the description has.
    words: Reverse<usize>,
    /// Whether it is not the main listing.
    is_secondary: bool,
}

struct Wanted {
    exchange: Option<String>,
    ticker: String,
    words: BTreeSet<String>,
}

impl Wanted {
    fn rank(&self, symbol: &Symbol, description: &str, found: &Found) -> Option<Rank> {
        let ticker = symbol.ticker().to_uppercase();
        let (class, typos) = if ticker == self.ticker {
            (0, 0)
        } else if !self.ticker.is_empty() && ticker.starts_with(&self.ticker) {
            (1, 0)
        } else {
            match close(&ticker, &self.ticker) {
                Some(typos) => (2, typos),
                None => (3, 0),
            }
        };
        let described = words(description);
        let common = self
            .words
            .iter()
            .filter(|word| described.contains(*word))
            .count();
        if class == 3 && common == 0 {
            return None;
        }
        let exchange = match (&self.exchange, symbol.exchange()) {
            (None, _) => 0,
            (Some(wanted), Some(exchange)) if exchange.eq_ignore_ascii_case(wanted) => 0,
            (Some(wanted), Some(exchange)) => {
                // The name that is shown may be the one that was typed.
                let shown = found.exchange.clone().unwrap_or_default().to_uppercase();
                let is_close =
                    shown == *wanted || close(&exchange.to_uppercase(), wanted).is_some();
                if is_close { 1 } else { 2 }
            }
            (Some(_), None) => 2,
        };
        Some(Rank {
            ticker: class,
            typos,
            exchange,
            words: Reverse(common),
            is_secondary: found.is_primary != Some(true),
        })
    }
}

/// How many letters differ, if these are few enough for a typing error.
fn close(one: &str, other: &str) -> Option<usize> {
    let distance = strsim::osa_distance(one, other);
    // A third of the letters may differ; more is another word.
    let length = one.chars().count().max(other.chars().count());
    (distance <= length / 3).then_some(distance)
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|char: char| !char.is_alphanumeric());
    words
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found() -> Vec<Found> {
        serde_json::from_value(json!([
            {"symbol": "AAPL", "exchange": "BYMA", "prefix": "BCBA", "type": "dr"},
            {"symbol": "AAPL", "exchange": "NASDAQ", "description": "Apple Inc.", "type": "stock",
             "is_primary_listing": true},
            {"symbol": "AAPLUSDT", "exchange": "Bybit", "prefix": "BYBIT"},
            {"symbol": "APLE", "exchange": "NYSE", "description": "Apple Hospitality REIT, Inc."},
            {"symbol": "ES", "exchange": "CME", "source_id": "CME_MINI",
             "contracts": [{"symbol": "ES1!"}, {"symbol": "ES2!"}]},
            {"symbol": "MSFT", "exchange": "NASDAQ", "description": "Microsoft"},
        ]))
        .unwrap()
    }

    fn best(name: &str) -> Vec<String> {
        let all = suggest(name, &found(), 3);
        all.iter().map(|it| it.symbol.to_string()).collect()
    }

    #[test]
    fn the_nearest_ticker_on_the_nearest_exchange_comes_first() {
        assert_eq!(best("AAPL"), ["NASDAQ:AAPL", "BCBA:AAPL", "BYBIT:AAPLUSDT"]);
        assert_eq!(best("BYMA:AAPL")[0], "BCBA:AAPL");
        assert_eq!(best("NADSAQ:APPL")[0], "NASDAQ:AAPL");
        assert_eq!(best("nyse:apple")[0], "NYSE:APLE");
        assert_eq!(best("microsoft corp"), ["NASDAQ:MSFT"]);
        assert_eq!(best("ES1!")[0], "CME_MINI:ES1!");
        assert_eq!(
            best("ES"),
            ["CME_MINI:ES", "CME_MINI:ES1!", "CME_MINI:ES2!"]
        );
    }

    #[test]
    fn what_has_nothing_in_common_is_left_out() {
        assert!(best("zzzzzz").is_empty());
        assert!(suggest("", &[], 3).is_empty());
        assert!(suggest("AAPL", &found(), 0).is_empty());
    }
}
