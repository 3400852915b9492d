//! Options of `tvfeed search` and `tvfeed symbol`.

use client::Symbol;
use tv_http::search::SearchKind;

use super::{rows::RowArgs, values};

/// `tvfeed search`.
#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// Ticker, name, ISIN or CUSIP; words need no quotes. NASDAQ:apple searches one exchange.
    #[arg(required = true)]
    pub(crate) text: Vec<String>,

    /// Only this kind: stocks, funds, futures, forex, crypto, indices, bonds, economic, options.
    #[arg(short = 't', long = "type", value_name = "KIND", value_parser = search_kind)]
    pub(crate) kind: Option<SearchKind>,

    /// Only symbols of this exchange, such as NASDAQ.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) exchange: Option<String>,

    /// Only symbols of this country, as two letters, such as US.
    #[arg(short, long, value_name = "CODE", value_parser = values::country)]
    pub(crate) country: Option<String>,

    /// Symbols to find at most.
    #[arg(short = 'n', long, value_name = "N", default_value = "20", allow_hyphen_values = true, value_parser = values::row_limit)]
    pub(crate) limit: values::RowLimit,

    /// Write a row for each contract of a future, too.
    #[arg(long)]
    pub(crate) contracts: bool,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// `tvfeed symbol`.
#[derive(Debug, clap::Args)]
pub(crate) struct SymbolArgs {
    /// Symbols as EXCHANGE:TICKER, such as NASDAQ:AAPL, separated by spaces.
    #[arg(required = true, value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbols: Vec<Symbol>,

    /// Write the data of the symbol's page instead, as JSON in the shape that the site has.
    #[arg(long)]
    pub(crate) page: bool,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// A kind of instrument; singular and plural mean the same.
fn search_kind(text: &str) -> Result<SearchKind, String> {
    let word = text.to_lowercase();
    let word = match word.as_str() {
        "stock" | "share" | "shares" => "stocks",
        "fund" | "etf" | "etfs" => "funds",
        "future" => "futures",
        "fx" | "currency" | "currencies" => "forex",
        "index" | "indexes" => "indices",
        "bond" => "bonds",
        "option" => "options",
        "economics" | "economy" => "economic",
        other => other,
    };
    match SearchKind::from(word) {
        SearchKind::Other(_) => Err(format!(
            "`{text}` is not a kind; use {}",
            SearchKind::KNOWN.join(", ")
        )),
        kind => Ok(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_in_singular_and_plural() {
        assert_eq!(search_kind("Stock"), Ok(SearchKind::Stocks));
        assert_eq!(search_kind("etf"), Ok(SearchKind::Funds));
        assert_eq!(search_kind("indices"), Ok(SearchKind::Indices));
        let error = search_kind("house").unwrap_err();
        assert!(error.contains("stocks, funds"), "{error}");
    }
}
