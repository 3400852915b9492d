//! What every endpoint does.

use super::{Answer, AnswerError, Request, RequestError};

/// A question to the server: a request, and how its answer is read. Both are pure.
///
/// ```
/// use tv_http::{search::Search, wire::{Answer, Endpoint}};
///
/// let search = Search::new("apple");
/// let request = search.request()?;
/// assert_eq!(request.host().name(), "symbol-search.tradingview.com");
///
/// // Send it with any HTTP client, then hand in what came back.
/// let body = r#"{"symbols_remaining":0,"symbols":[{"symbol":"AAPL","exchange":"NASDAQ"}]}"#;
/// let page = search.parse(&Answer::new(200, body))?;
/// assert_eq!(page.symbols[0].id().unwrap(), "NASDAQ:AAPL");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Endpoint {
    /// What the answer becomes.
    type Output;

    /// Builds the request.
    ///
    /// # Errors
    ///
    /// If the question cannot be asked, see [`RequestError`].
    fn request(&self) -> Result<Request, RequestError>;

    /// Reads the answer to that request.
    ///
    /// # Errors
    ///
    /// If the server refused, or the answer cannot be read, see [`AnswerError`].
    fn parse(&self, answer: &Answer) -> Result<Self::Output, AnswerError>;
}

/// A question whose answer comes in pages.
pub trait Paged: Endpoint + Sized {
    /// The question for the page after one, or `None` if that was the last. It never leads back
    /// to the same page.
    #[must_use]
    fn next_page(&self, page: &Self::Output) -> Option<Self>;
}
