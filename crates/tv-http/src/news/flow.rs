//! Today's source of headlines.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{json::Json, symbol::Symbol};

use super::Headline;
use crate::{
    json::{record, words},
    wire::{Access, Answer, AnswerError, Endpoint, Host, Paged, Request, RequestError},
};

words! {
    /// By what news is filtered.
    pub enum NewsFilter {
        /// The language, as two letters.
        Language = "lang",
        /// The kind of market: `stock`, `crypto`.
        Market = "market",
        /// The country, as two letters.
        Country = "market_country",
        /// The symbol, with its exchange.
        Symbol = "symbol",
        /// A watch-list.
        WatchList = "watchlist",
        /// The sector.
        Sector = "sector",
        /// What companies do: `earnings`, `dividends`.
        CorporateActivity = "corp_activity",
        /// The kind of economic news.
        EconomicCategory = "economic_category",
        /// How important.
        Priority = "priority",
        /// The provider, by its id.
        Provider = "provider",
    }
}

/// Asks for the newest headlines that pass all filters, 200 at a time.
///
/// The server wants filters and their values in order; this type brings them into it.
///
/// ```
/// use tv_http::{news::{NewsFilter, NewsFlow}, wire::{Answer, Endpoint, Paged}};
///
/// let flow = NewsFlow::new()
///     .only(NewsFilter::Symbol, ["NASDAQ:NVDA"])
///     .only(NewsFilter::Language, ["en", "de"]);
/// assert_eq!(
///     flow.request()?.target(),
///     "/news-flow/v2/news?filter=lang%3Ade%2Cen&filter=symbol%3ANASDAQ%3ANVDA&client=screener\
///      &streaming=false",
/// );
///
/// let body = r#"{"items":[{"id":"a","title":"b"}],"pagination":{"cursor":"xyz"}}"#;
/// let page = flow.parse(&Answer::new(200, body))?;
/// assert!(flow.next_page(&page).unwrap().request()?.target().ends_with("&cursor=xyz"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewsFlow {
    filters: Filters,
    cursor: Option<String>,
}

/// Asks for the newest headlines about a symbol: 25 of them, and the sections that there are.
///
/// ```
/// use tv_http::{news::SymbolNews, wire::Endpoint};
///
/// assert_eq!(
///     SymbolNews::new("NASDAQ:NVDA", "en")?.request()?.target(),
///     "/public/view/v1/symbol?filter=lang%3Aen&filter=symbol%3ANASDAQ%3ANVDA&client=overview\
///      &streaming=false",
/// );
/// # Ok::<(), tv_http::wire::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolNews {
    filters: Filters,
}

/// Filters and their values, in the order that the server wants.
type Filters = BTreeMap<String, BTreeSet<String>>;

record! {
    /// A page of headlines.
    pub struct NewsPage {
        /// The headlines, the newest first.
        items: Vec<Headline> = "items",
        /// What leads to the page that follows.
        pagination: Option<Pagination> = "pagination",
        /// The sections of a symbol.
        sections: Vec<NewsSection> = "sections",
        /// Where headlines are pushed to.
        streaming: Option<Json> = "streaming",
    }
}

record! {
    /// What leads to the page that follows.
    pub struct Pagination {
        /// The mark to continue from.
        cursor: Option<String> = "cursor",
    }
}

record! {
    /// A section of a symbol's news.
    pub struct NewsSection {
        /// The id: `earnings`.
        id: Option<String> = "id",
        /// The name.
        title: Option<String> = "title",
    }
}

impl NewsFlow {
    /// Asks for all news.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only news that have one of these values. Further filters must hold, too.
    #[must_use]
    pub fn only(
        mut self,
        filter: NewsFilter,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let known = self.filters.entry(filter.as_str().to_owned()).or_default();
        known.extend(values.into_iter().map(Into::into));
        self
    }
}

impl SymbolNews {
    /// Asks about a symbol with its exchange, in a language of two letters.
    ///
    /// # Errors
    ///
    /// If the text is not a symbol with an exchange.
    pub fn new(symbol: &str, language: &str) -> Result<Self, RequestError> {
        let symbol = Symbol::new(symbol)?;
        if symbol.exchange().is_none() {
            return Err(no_exchange(&symbol));
        }
        let one = |value: &str| BTreeSet::from([value.to_owned()]);
        let filters = [("lang", one(language)), ("symbol", one(symbol.as_str()))];
        let filters = filters.map(|(key, values)| (key.to_owned(), values));
        Ok(Self {
            filters: filters.into(),
        })
    }
}

fn no_exchange(symbol: &Symbol) -> RequestError {
    RequestError::Value {
        what: "the symbol",
        found: symbol.to_string(),
        reason: "news needs an exchange, as in NASDAQ:AAPL",
    }
}

fn filtered(request: Request, filters: &Filters) -> Request {
    filters.iter().fold(request, |request, (key, values)| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        request.with("filter", format!("{key}:{}", values.join(",")))
    })
}

impl Endpoint for NewsFlow {
    type Output = NewsPage;

    /// Fails if a symbol has no exchange, or a filter no value.
    fn request(&self) -> Result<Request, RequestError> {
        for (key, values) in &self.filters {
            if values.is_empty() {
                return Err(RequestError::Value {
                    what: "the filter",
                    found: key.clone(),
                    reason: "it needs at least one value",
                });
            }
        }
        for symbol in self.filters.get("symbol").into_iter().flatten() {
            let symbol = Symbol::new(symbol)?;
            if symbol.exchange().is_none() {
                return Err(no_exchange(&symbol));
            }
        }
        let request = Request::get(Host::NewsMediator, "/news-flow/v2/news");
        Ok(filtered(request.for_access(Access::Better), &self.filters)
            .with("client", "screener")
            .with("streaming", false)
            .with_some("cursor", self.cursor.as_deref()))
    }

    fn parse(&self, answer: &Answer) -> Result<NewsPage, AnswerError> {
        answer.json()
    }
}

impl Paged for NewsFlow {
    /// The question for the page after one, or `None` if it was the last.
    fn next_page(&self, page: &NewsPage) -> Option<Self> {
        let cursor = page.pagination.as_ref()?.cursor.clone()?;
        let is_new = !cursor.is_empty() && self.cursor.as_ref() != Some(&cursor);
        let cursor = Some(cursor);
        (is_new && !page.items.is_empty()).then(|| Self {
            cursor,
            ..self.clone()
        })
    }
}

impl Endpoint for SymbolNews {
    type Output = NewsPage;

    fn request(&self) -> Result<Request, RequestError> {
        let request = Request::get(Host::NewsMediator, "/public/view/v1/symbol");
        Ok(filtered(request, &self.filters)
            .with("client", "overview")
            .with("streaming", false))
    }

    fn parse(&self, answer: &Answer) -> Result<NewsPage, AnswerError> {
        answer.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_followed_once() {
        let flow = NewsFlow::new();
        let page = |body: &str| flow.parse(&Answer::new(200, body)).unwrap();
        let full = page(r#"{"items":[{"id":"a"}],"pagination":{"cursor":"x"}}"#);
        let next = flow.next_page(&full).unwrap();
        assert_eq!(next.next_page(&full), None);
        for last in [
            r#"{"items":[],"pagination":{"cursor":"y"}}"#,
            r#"{"items":[{}]}"#,
        ] {
            assert_eq!(flow.next_page(&page(last)), None, "{last}");
        }
    }

    #[test]
    fn a_symbol_needs_an_exchange() {
        assert!(SymbolNews::new("NVDA", "en").is_err());
        let flow = NewsFlow::new().only(NewsFilter::Symbol, ["NVDA"]);
        assert!(flow.request().unwrap_err().to_string().contains("exchange"));
        let flow = NewsFlow::new().only(NewsFilter::Sector, Vec::<String>::new());
        assert!(flow.request().is_err());
    }

    #[test]
    fn the_order_of_filters_is_refused_in_the_servers_words() {
        let body = r#"{"status":"error","message":"Bad Request: filters must be sorted"}"#;
        let error = NewsFlow::new().parse(&Answer::new(400, body)).unwrap_err();
        assert!(
            error.to_string().contains("filters must be sorted"),
            "{error}"
        );
    }
}
