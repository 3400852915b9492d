//! The search of today, version 3.

use super::SearchPage;
use crate::{
    json::words,
    wire::{Access, Answer, AnswerError, Endpoint, Host, Paged, Request, RequestError},
};

/// How many results a page has at most.
pub const PAGE: usize = 50;

words! {
    /// Which kinds of instruments are searched.
    pub enum SearchKind {
        /// Stocks.
        Stocks = "stocks",
        /// Funds and ETFs.
        Funds = "funds",
        /// Futures.
        Futures = "futures",
        /// Currency pairs.
        Forex = "forex",
        /// Crypto currencies.
        Crypto = "crypto",
        /// Indices.
        Indices = "indices",
        /// Bonds.
        Bonds = "bonds",
        /// Economic indicators.
        Economic = "economic",
        /// Options.
        Options = "options",
    }
}

/// A search for symbols by ticker, name, ISIN or CUSIP.
///
/// ```
/// use tv_http::{search::{Search, SearchKind}, wire::Endpoint};
///
/// let search = Search::new("NASDAQ:apple").kind(SearchKind::Stocks).country("US");
/// assert_eq!(
///     search.request()?.target(),
///     "/symbol_search/v3/?text=apple&hl=0&exchange=NASDAQ&lang=en&search_type=stocks\
///      &domain=production&country=US",
/// );
/// # Ok::<(), tv_http::wire::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    text: String,
    exchange: Option<String>,
    kind: Option<SearchKind>,
    language: String,
    start: usize,
    filters: Vec<(&'static str, String)>,
}

impl Search {
    /// Searches all kinds and exchanges. In a text such as `NASDAQ:apple`, the part before the
    /// colon names the exchange.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let (exchange, text) = split(text.trim());
        Self {
            text: text.to_owned(),
            exchange: exchange.map(str::to_uppercase),
            kind: None,
            language: "en".to_owned(),
            start: 0,
            filters: Vec::new(),
        }
    }

    /// Only symbols of an exchange, by its id: `NASDAQ`.
    #[must_use]
    pub fn exchange(self, exchange: impl Into<String>) -> Self {
        Self {
            exchange: Some(exchange.into()),
            ..self
        }
    }

    /// Only instruments of a kind.
    #[must_use]
    pub fn kind(self, kind: SearchKind) -> Self {
        Self {
            kind: Some(kind),
            ..self
        }
    }

    /// The language of descriptions, as two letters; `en` by default.
    #[must_use]
    pub fn language(self, language: impl Into<String>) -> Self {
        Self {
            language: language.into(),
            ..self
        }
    }

    /// Only symbols of a country, as two letters.
    #[must_use]
    pub fn country(self, country: impl Into<String>) -> Self {
        self.filter("country", country)
    }

    /// Symbols of a country first.
    #[must_use]
    pub fn prefer_country(self, country: impl Into<String>) -> Self {
        self.filter("sort_by_country", country)
    }

    /// Only symbols that have options.
    #[must_use]
    pub fn with_options(self) -> Self {
        self.filter("only_has_options", "true")
    }

    /// Only futures of a product.
    #[must_use]
    pub fn product(self, product: impl Into<String>) -> Self {
        self.filter("product", product)
    }

    /// Only stocks of a sector.
    #[must_use]
    pub fn sector(self, sector: impl Into<String>) -> Self {
        self.filter("sector", sector)
    }

    /// Only pairs of centralized or decentralized exchanges: `cex`, `dex`.
    #[must_use]
    pub fn centralization(self, kind: impl Into<String>) -> Self {
        self.filter("centralization", kind)
    }

    /// Only symbols of a source.
    #[must_use]
    pub fn source(self, source: impl Into<String>) -> Self {
        self.filter("source_id", source)
    }

    /// Only economic indicators of a category.
    #[must_use]
    pub fn economic_category(self, category: impl Into<String>) -> Self {
        self.filter("economic_category", category)
    }

    /// Begins at a later result; the first is 0.
    #[must_use]
    pub fn start(self, start: usize) -> Self {
        Self { start, ..self }
    }

    fn filter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.filters.retain(|(it, _)| *it != name);
        self.filters.push((name, value.into()));
        self
    }
}

impl Endpoint for Search {
    type Output = SearchPage;

    fn request(&self) -> Result<Request, RequestError> {
        let kind = self.kind.as_ref().map_or("undefined", SearchKind::as_str);
        let request = Request::get(Host::SymbolSearch, "/symbol_search/v3/")
            .for_access(Access::Anyone)
            .with("text", &self.text)
            .with("hl", 0)
            .with_some("exchange", self.exchange.as_deref())
            .with("lang", &self.language)
            .with("search_type", kind)
            .with("domain", "production")
            .with_some("start", (self.start > 0).then_some(self.start));
        let filters = self.filters.iter();
        Ok(filters.fold(request, |request, (name, value)| request.with(*name, value)))
    }

    fn parse(&self, answer: &Answer) -> Result<SearchPage, AnswerError> {
        answer.json()
    }
}

impl Paged for Search {
    /// The search for the page after one, or `None` if it was the last.
    ///
    /// ```
    /// use tv_http::{search::Search, wire::{Answer, Endpoint, Paged}};
    ///
    /// let search = Search::new("A");
    /// let body = r#"{"symbols_remaining":9,"symbols":[{"symbol":"A"},{"symbol":"AA"}]}"#;
    /// let page = search.parse(&Answer::new(200, body))?;
    /// assert_eq!(search.next_page(&page), Some(search.clone().start(2)));
    /// # Ok::<(), tv_http::wire::AnswerError>(())
    /// ```
    fn next_page(&self, page: &SearchPage) -> Option<Self> {
        let more = page.symbols_remaining.is_some_and(|count| count > 0);
        // An empty page would be asked for without end.
        let step = page.symbols.len();
        (more && step > 0).then(|| self.clone().start(self.start + step))
    }
}

/// Splits `NASDAQ:AAPL`. A colon in a name that has blanks before it separates nothing.
pub(super) fn split(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((exchange, rest)) if !exchange.is_empty() && !exchange.contains(' ') => {
            (Some(exchange), rest.trim_start())
        }
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_sent_once_and_pages_end() {
        let search = Search::new("es")
            .sector("a")
            .sector("b")
            .start(50)
            .language("de");
        let target = search.request().unwrap().target();
        assert_eq!(
            target,
            "/symbol_search/v3/?text=es&hl=0&lang=de&search_type=undefined&domain=production\
             &start=50&sector=b"
        );
        for body in [
            r#"{"symbols":[{}]}"#,
            r#"{"symbols_remaining":3,"symbols":[]}"#,
        ] {
            let page = search.parse(&Answer::new(200, body)).unwrap();
            assert_eq!(search.next_page(&page), None, "{body}");
        }
    }

    #[test]
    fn an_exchange_is_split_off() {
        assert_eq!(split("nasdaq:aapl"), (Some("nasdaq"), "aapl"));
        assert_eq!(split("BINANCE:"), (Some("BINANCE"), ""));
        assert_eq!(split("what is: this"), (None, "what is: this"));
        assert_eq!(split(":x"), (None, ":x"));
    }
}
