//! What a search finds.

use protocol::symbol::Symbol;
use serde_json::Value;

use crate::json::{Reading, record};

record! {
    /// A page of search results, in the server's order.
    pub struct SearchPage {
        /// How many results follow this page.
        symbols_remaining: Option<i64> = "symbols_remaining",
        /// The results, at most 50.
        symbols: Vec<Found> = "symbols",
    }
}

record! {
    /// A symbol that was found. Texts are without marks of what matched.
    pub struct Found {
        /// The part of the id after the colon: `AAPL`.
        symbol: Option<String> = "symbol" as plain,
        /// The name of the instrument.
        description: Option<String> = "description" as plain,
        /// The kind of instrument: `stock`, `dr`, `fund`, `futures`, `forex`, `index`, `crypto` …
        kind: Option<String> = "type",
        /// The exchange as it is shown: `NASDAQ`, `NYSE Arca`. Not always a part of the id.
        exchange: Option<String> = "exchange" as plain,
        /// The part of the id before the colon, where it differs from what is shown.
        prefix: Option<String> = "prefix",
        /// The id of the source of the data, mostly that of the exchange.
        source_id: Option<String> = "source_id",
        /// The source of the data.
        source: Option<Source> = "source2",
        /// The source's logo.
        source_logo: Option<String> = "source_logoid",
        /// Who delivers the data: `ice`.
        provider: Option<String> = "provider_id",
        /// The currency of prices, as three letters.
        currency: Option<String> = "currency_code",
        /// The currency's logo.
        currency_logo: Option<String> = "currency-logoid",
        /// The logo of a pair's first currency.
        base_currency_logo: Option<String> = "base-currency-logoid",
        /// The logo.
        logo_id: Option<String> = "logoid",
        /// The logo, or a pair of them.
        logo: Option<Logo> = "logo",
        /// The country, as two letters.
        country: Option<String> = "country",
        /// The ISIN.
        isin: Option<String> = "isin" as plain,
        /// The CUSIP.
        cusip: Option<String> = "cusip" as plain,
        /// The number of the company at the SEC.
        cik: Option<String> = "cik_code",
        /// Whether the query was the ISIN.
        found_by_isin: Option<bool> = "found_by_isin",
        /// Whether the query was the CUSIP.
        found_by_cusip: Option<bool> = "found_by_cusip",
        /// Whether this is the company's main listing.
        is_primary: Option<bool> = "is_primary_listing",
        /// Finer kinds: `common`, `etf`, `continuous`.
        specs: Vec<String> = "typespecs",
        /// Remarks: `eod`.
        params: Vec<String> = "params",
        /// The contracts of a future.
        contracts: Vec<Contract> = "contracts",
    }
}

record! {
    /// A contract of a future.
    pub struct Contract {
        /// The part of the id after the colon: `ES1!`.
        symbol: Option<String> = "symbol" as plain,
        /// The month, or how a continuous contract is made.
        description: Option<String> = "description" as plain,
        /// Finer kinds: `continuous`, `synthetic`.
        specs: Vec<String> = "typespecs",
        /// The source's logo.
        source_logo: Option<String> = "source_logoid",
    }
}

record! {
    /// The source of a symbol's data.
    pub struct Source {
        /// The id: `XETR`.
        id: Option<String> = "id",
        /// The name.
        name: Option<String> = "name",
        /// A longer name.
        description: Option<String> = "description",
    }
}

record! {
    /// A logo. The picture is `https://s3-symbol-logo.tradingview.com/<logoid>.svg`.
    pub struct Logo {
        /// `single` or `pair`.
        style: Option<String> = "style",
        /// The logo.
        logoid: Option<String> = "logoid",
        /// The second of a pair.
        logoid2: Option<String> = "logoid2",
    }
}

impl Found {
    /// The symbol's id, `EXCHANGE:TICKER`, as everything else wants it: made of `prefix`, else of
    /// `source_id`, else of the first word of the exchange's name. `None` without a ticker.
    ///
    /// ```
    /// use tv_http::search::Found;
    ///
    /// let text = r#"{"symbol":"<em>AAPL</em>","exchange":"BYMA","prefix":"BCBA"}"#;
    /// let found: Found = serde_json::from_str(text)?;
    /// assert_eq!(found.id().unwrap(), "BCBA:AAPL");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<Symbol> {
        self.id_of(self.symbol.as_deref()?)
    }

    /// The ids of a future's contracts, in the server's order.
    #[must_use]
    pub fn contract_ids(&self) -> Vec<Symbol> {
        let tickers = self
            .contracts
            .iter()
            .filter_map(|contract| contract.symbol.as_deref());
        tickers.filter_map(|ticker| self.id_of(ticker)).collect()
    }

    /// The part of the id before the colon.
    #[must_use]
    pub fn exchange_id(&self) -> Option<String> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        given(&self.prefix)
            .or_else(|| given(&self.source_id))
            .or_else(|| {
                let first = self.exchange.as_deref()?.split_whitespace().next()?;
                Some(first.to_uppercase())
            })
    }

    fn id_of(&self, ticker: &str) -> Option<Symbol> {
        if ticker.is_empty() {
            return None;
        }
        let id = match self.exchange_id() {
            // Some answers repeat the exchange in the ticker.
            Some(exchange) if !ticker.starts_with(&format!("{exchange}:")) => {
                format!("{exchange}:{ticker}")
            }
            _ => ticker.to_owned(),
        };
        Symbol::new(&id).ok()
    }
}

/// Reads a text and takes out the marks of what matched.
fn plain(value: &Value) -> (Option<String>, Reading) {
    let (text, reading) = <Option<String> as crate::json::Field>::read(value);
    match text {
        Some(text) if text.contains("<em>") || text.contains("</em>") => {
            let text = text.replace("<em>", "").replace("</em>", "");
            (Some(text), Reading::Reformed)
        }
        text => (text, reading),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(value: Value) -> Found {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn ids_are_made_of_prefix_then_source_then_exchange() {
        for (value, expected) in [
            (
                json!({"symbol": "A", "exchange": "NYSE Arca", "source_id": "AMEX", "prefix": "X"}),
                "X:A",
            ),
            (
                json!({"symbol": "A", "exchange": "NYSE Arca", "source_id": "AMEX"}),
                "AMEX:A",
            ),
            (json!({"symbol": "A", "exchange": "Bybit (x)"}), "BYBIT:A"),
            (json!({"symbol": "A", "exchange": "", "prefix": ""}), "A"),
            (json!({"symbol": "NSE:A", "source_id": "NSE"}), "NSE:A"),
        ] {
            assert_eq!(found(value).id().unwrap(), expected);
        }
        assert_eq!(found(json!({"exchange": "NYSE"})).id(), None);
        assert_eq!(found(json!({"symbol": "", "exchange": "NYSE"})).id(), None);
    }

    #[test]
    fn marks_are_taken_out_and_written_again() {
        let value = json!({
            "symbol": "<em>SIE</em>", "description": "<em>Siemens</em> Futures", "exchange": "NSE",
            "contracts": [{"symbol": "<em>SIE</em>1!", "typespecs": ["continuous"]}, {"symbol": null}],
        });
        let found = found(value.clone());
        assert_eq!(found.description.as_deref(), Some("Siemens Futures"));
        assert_eq!(found.contract_ids(), ["NSE:SIE1!"]);
        assert_eq!(serde_json::to_value(&found).unwrap(), value);
    }
}
