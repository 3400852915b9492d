//! The details of a symbol.

use protocol::{json::Json, symbol::Symbol};

use super::exists::path;
use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for the data of a symbol's page. An unknown symbol is [`AnswerError::NotFound`].
///
/// ```
/// use tv_http::{symbol_page::Details, wire::{Answer, Endpoint}};
///
/// let question = Details::new("NASDAQ:AAPL")?;
/// assert_eq!(question.request()?.target(), "/symbols/NASDAQ-AAPL/?component-data-only=1");
/// let details = question.parse(&Answer::new(200, r#"{"data":{"symbol":{"country":"US"}}}"#))?;
/// let country = details.data.unwrap().get("symbol").unwrap().get("country").unwrap();
/// assert_eq!(country.as_str(), Some("US"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    symbol: Symbol,
}

record! {
    /// The data of a symbol's page. Its shape differs between kinds of instruments, and changes
    /// with the site.
    pub struct SymbolDetails {
        /// The data of the page's parts.
        data: Option<Json> = "data",
    }
}

impl Details {
    /// Asks about a symbol.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new(symbol: &str) -> Result<Self, RequestError> {
        Ok(Self {
            symbol: Symbol::new(symbol)?,
        })
    }
}

impl Endpoint for Details {
    type Output = SymbolDetails;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, path(&self.symbol)).with("component-data-only", 1))
    }

    fn parse(&self, answer: &Answer) -> Result<SymbolDetails, AnswerError> {
        answer.json()
    }
}
