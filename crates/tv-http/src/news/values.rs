//! What news can be filtered by.

use protocol::json::Json;

use crate::wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError};

/// Asks for the values that the filters of [`NewsFlow`](super::NewsFlow) can have.
///
/// The form of the answer is not known well, so it is returned as it came.
///
/// ```
/// use tv_http::{news::NewsValues, wire::{Answer, Endpoint}};
///
/// assert_eq!(NewsValues.request()?.target(), "/public/news-flow/v1/meta");
/// let values = NewsValues.parse(&Answer::new(200, r#"{"provider":[{"id":"reuters"}]}"#))?;
/// assert_eq!(values.to_string(), r#"{"provider":[{"id":"reuters"}]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the question has no options")]
pub struct NewsValues;

impl Endpoint for NewsValues {
    type Output = Json;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(
            Host::NewsMediator,
            "/public/news-flow/v1/meta",
        ))
    }

    fn parse(&self, answer: &Answer) -> Result<Json, AnswerError> {
        answer.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_known() {
        let refusal = r#"{"status":"error","message":"no"}"#;
        let error = NewsValues.parse(&Answer::new(400, refusal)).unwrap_err();
        assert!(matches!(error, AnswerError::Refused { .. }), "{error}");
        let page = "<html><title>Captcha Challenge</title></html>";
        let error = NewsValues.parse(&Answer::new(200, page)).unwrap_err();
        assert_eq!(error, AnswerError::Captcha);
        assert!(NewsValues.parse(&Answer::new(200, "{")).is_err());
    }
}
