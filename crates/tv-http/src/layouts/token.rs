//! Tokens for the drawings of a layout.

use protocol::secret::AuthToken;
use serde_json::Value;

use crate::wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError};

/// Asks for the token that the drawings of a layout need. Layouts that are not shared need the
/// cookies of their owner.
///
/// ```
/// use tv_http::{layouts::ChartToken, wire::{Answer, Endpoint}};
///
/// let question = ChartToken::new("a1B2c3D4", None);
/// assert_eq!(question.request()?.target(), "/chart-token/?image_url=a1B2c3D4&user_id=-1");
/// let token = question.parse(&Answer::new(200, r#"{"token":"eyJ..."}"#))?;
/// assert_eq!(format!("{token:?}"), "LayoutToken(…)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartToken {
    layout: String,
    user: Option<u64>,
}

/// The token of a layout. `Debug` shows no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct LayoutToken(AuthToken);

impl LayoutToken {
    /// Wraps a token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(AuthToken::new(token))
    }

    /// The token itself. Handle it like a password.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl std::fmt::Debug for LayoutToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("LayoutToken(…)")
    }
}

impl ChartToken {
    /// Asks for the token of a layout, by the id in its address, for a user, by number.
    #[must_use]
    pub fn new(layout: impl Into<String>, user: Option<u64>) -> Self {
        Self {
            layout: layout.into(),
            user,
        }
    }
}

impl Endpoint for ChartToken {
    type Output = LayoutToken;

    fn request(&self) -> Result<Request, RequestError> {
        let user = self
            .user
            .map_or_else(|| "-1".to_owned(), |user| user.to_string());
        Ok(Request::get(Host::Www, "/chart-token/")
            .for_access(Access::Better)
            .with("image_url", &self.layout)
            .with("user_id", user))
    }

    /// A layout that does not exist, or that the account may not see, is
    /// [`AnswerError::Refused`].
    fn parse(&self, answer: &Answer) -> Result<LayoutToken, AnswerError> {
        let value: Value = answer.json()?;
        match value.get("token").and_then(Value::as_str) {
            Some(token) if !token.is_empty() => Ok(LayoutToken::new(token)),
            _ => Err(AnswerError::Refused {
                status: answer.status(),
                code: None,
                message: "it gives no token: the layout or the cookies are wrong".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_token_is_a_refusal() {
        let question = ChartToken::new("x", Some(7));
        assert_eq!(
            question.request().unwrap().target(),
            "/chart-token/?image_url=x&user_id=7"
        );
        for body in ["{}", r#"{"token":""}"#, r#"{"token":null}"#, "[]"] {
            let error = question.parse(&Answer::new(200, body)).unwrap_err();
            assert!(matches!(error, AnswerError::Refused { .. }), "{error}");
        }
    }
}
