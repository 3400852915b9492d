//! The search before version 3, which still answers.

use super::{Found, query::split};
use crate::wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError};

/// The older search: one list of at most 50 results, without pages.
///
/// ```
/// use tv_http::{search::LegacySearch, wire::Endpoint};
///
/// let target = LegacySearch::new("WTI").kind("futures").request()?.target();
/// assert_eq!(target, "/symbol_search/?text=WTI&type=futures&hl=0&lang=en&domain=production");
/// # Ok::<(), tv_http::wire::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacySearch {
    text: String,
    exchange: Option<String>,
    kind: Option<String>,
}

impl LegacySearch {
    /// Searches all kinds and exchanges; `NASDAQ:apple` names an exchange.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let (exchange, text) = split(text.trim());
        Self {
            text: text.to_owned(),
            exchange: exchange.map(str::to_uppercase),
            kind: None,
        }
    }

    /// Only symbols of an exchange, by its id.
    #[must_use]
    pub fn exchange(self, exchange: impl Into<String>) -> Self {
        Self {
            exchange: Some(exchange.into()),
            ..self
        }
    }

    /// Only instruments of a kind, in the singular: `stock`, `futures`, `crypto`.
    #[must_use]
    pub fn kind(self, kind: impl Into<String>) -> Self {
        Self {
            kind: Some(kind.into()),
            ..self
        }
    }
}

impl Endpoint for LegacySearch {
    type Output = Vec<Found>;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::SymbolSearch, "/symbol_search/")
            .with("text", &self.text)
            .with_some("exchange", self.exchange.as_deref())
            .with_some("type", self.kind.as_deref())
            .with("hl", 0)
            .with("lang", "en")
            .with("domain", "production"))
    }

    fn parse(&self, answer: &Answer) -> Result<Vec<Found>, AnswerError> {
        answer.json()
    }
}
