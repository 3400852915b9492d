//! The cheapest way to a token.

use protocol::secret::AuthToken;
use serde_json::Value;

use crate::wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError};

/// Asks for a token for the socket, by the cookies of an account.
///
/// ```
/// use tv_http::{account::QuoteToken, wire::{Answer, Endpoint}};
///
/// assert_eq!(QuoteToken.request()?.target(), "/quote_token/");
/// let token = QuoteToken.parse(&Answer::new(200, r#""eyJ...""#))?;
/// assert_eq!(token.expose(), "eyJ...");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the question has no options")]
pub struct QuoteToken;

impl Endpoint for QuoteToken {
    type Output = AuthToken;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, "/quote_token/").for_access(Access::Account))
    }

    /// Without cookies that are good, this is [`AnswerError::SignInRequired`].
    fn parse(&self, answer: &Answer) -> Result<AuthToken, AnswerError> {
        let value: Value = answer.json()?;
        match value.as_str() {
            Some("" | AuthToken::ANONYMOUS) => Err(AnswerError::SignInRequired {
                status: answer.status(),
                message: "it gives the token of guests".to_owned(),
            }),
            Some(token) => Ok(AuthToken::new(token)),
            None => Err(answer.malformed("it is not a text, expected a token in quotes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_guests_is_none() {
        for body in [r#""""#, r#""unauthorized_user_token""#] {
            let error = QuoteToken.parse(&Answer::new(200, body)).unwrap_err();
            assert!(
                matches!(error, AnswerError::SignInRequired { .. }),
                "{error}"
            );
        }
        assert!(matches!(
            QuoteToken.parse(&Answer::new(200, "{}")),
            Err(AnswerError::Malformed { .. })
        ));
        let answer = Answer::new(404, "<title>404</title>");
        assert!(matches!(
            QuoteToken.parse(&answer),
            Err(AnswerError::NotFound { .. })
        ));
    }
}
