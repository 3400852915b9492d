//! Whether a symbol exists.

use protocol::symbol::Symbol;

use crate::wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError, escaped};

/// Asks whether a symbol has a page. A symbol without an exchange may be found on several.
///
/// ```
/// use tv_http::{symbol_page::SymbolExists, wire::{Answer, Endpoint}};
///
/// let question = SymbolExists::new("NASDAQ:AAPL")?;
/// assert_eq!(question.request()?.target(), "/symbols/NASDAQ-AAPL/");
/// assert!(question.parse(&Answer::new(301, ""))?);
/// assert!(!question.parse(&Answer::new(404, "<html>"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolExists {
    symbol: Symbol,
}

impl SymbolExists {
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

impl Endpoint for SymbolExists {
    type Output = bool;

    /// A redirect is the answer "yes".
    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, path(&self.symbol)).keeping_redirects())
    }

    fn parse(&self, answer: &Answer) -> Result<bool, AnswerError> {
        match answer.status() {
            // A redirect leads to the page of another language, or to another name of the symbol.
            301 | 302 | 307 | 308 => Ok(true),
            404 => Ok(false),
            _ => answer.page().map(|_| true),
        }
    }
}

/// The path of a symbol's page: `/symbols/NASDAQ-AAPL/`.
pub(super) fn path(symbol: &Symbol) -> String {
    match symbol.exchange() {
        Some(exchange) => format!(
            "/symbols/{}-{}/",
            escaped(exchange),
            escaped(symbol.ticker())
        ),
        None => format!("/symbols/{}/", escaped(symbol.ticker())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_yes_nor_no_is_an_error() {
        let question = SymbolExists::new("NSE:M&M").unwrap();
        assert_eq!(question.request().unwrap().target(), "/symbols/NSE-M%26M/");
        assert_eq!(
            question.parse(&Answer::new(200, "<html>page</html>")),
            Ok(true)
        );
        let captcha = "<title>Captcha Challenge</title>";
        assert_eq!(
            question.parse(&Answer::new(200, captcha)),
            Err(AnswerError::Captcha)
        );
        assert!(matches!(
            question.parse(&Answer::new(429, "")),
            Err(AnswerError::RateLimited { .. })
        ));
        let forbidden = question.parse(&Answer::new(403, "<title>403 Forbidden</title>"));
        assert!(matches!(forbidden, Err(AnswerError::Forbidden { .. })));
        assert_eq!(
            SymbolExists::new("AAPL")
                .unwrap()
                .request()
                .unwrap()
                .target(),
            "/symbols/AAPL/"
        );
    }
}
