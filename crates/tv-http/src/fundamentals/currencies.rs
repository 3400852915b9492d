//! Currencies that prices can be shown in.

use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for the currencies that prices can be shown in, crypto currencies as well.
///
/// ```
/// use tv_http::{fundamentals::Currencies, wire::{Answer, Endpoint}};
///
/// assert_eq!(Currencies.request()?.target(), "/convertible-currencies.json");
/// let list = Currencies.parse(&Answer::new(200, r#"[{"id":"XTVCBTC","code":"BTC"}]"#))?;
/// assert_eq!(list[0].code.as_deref(), Some("BTC"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the question has no options")]
pub struct Currencies;

record! {
    /// A currency.
    pub struct Currency {
        /// The id: `USD`, `XTVCBTC`.
        id: Option<String> = "id",
        /// The code that is shown: `USD`, `BTC`.
        code: Option<String> = "code",
        /// The logo.
        logo_id: Option<String> = "logoid",
        /// The name.
        description: Option<String> = "description",
    }
}

impl Endpoint for Currencies {
    type Output = Vec<Currency>;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Files, "/convertible-currencies.json"))
    }

    fn parse(&self, answer: &Answer) -> Result<Vec<Currency>, AnswerError> {
        answer.json()
    }
}
