//! Answers, and which of them are failures.

use std::{fmt, time::Duration};

use protocol::redact::Secrets;
#[cfg(feature = "client")]
use protocol::time::Timestamp;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Map, Value};

use super::{AnswerError, is_captcha, is_page, scrubbed, title};

/// How many characters of the server's text an error holds.
pub const MAX_WORDS: usize = 300;

/// An HTTP answer without a client.
///
/// Failures are known by the body, never by the content type: this server sends JSON as
/// `text/plain`, and pages with status 200. `Debug` shows the length of the body alone.
///
/// ```
/// use tv_http::wire::{Answer, AnswerError, Endpoint};
/// use tv_http::search::Search;
///
/// let page = "<html><head><title>Captcha Challenge</title></head></html>";
/// let answer = Answer::new(200, page).with_header("Content-Type", "text/html");
/// assert_eq!(Search::new("AAPL").parse(&answer), Err(AnswerError::Captcha));
/// ```
#[derive(Clone, Default)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    secrets: Secrets,
}

impl Answer {
    /// An answer with a status and a body, decompressed.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }

    /// Adds a header. `Location` and `Retry-After` are read; others do no harm.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Says which secrets must not be repeated in errors: those of the request, and cookies.
    #[must_use]
    pub fn hiding(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header of a name, however it is capitalized.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All headers of a name, in their order.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self
            .headers
            .iter()
            .filter(move |(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads the body as JSON, after all kinds of failure, those with status 200 as well.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        self.check_status()?;
        let text = self.text()?;
        if let Some(error) = self.envelope(text) {
            return Err(error);
        }
        self.decode(text)
    }

    /// Reads the body as JSON whose keys are the caller's: an answer of status 200 is a success
    /// whatever its keys are.
    pub(crate) fn open_json<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        self.check_status()?;
        let text = self.text()?;
        if self.status >= 400
            && let Some(error) = self.envelope(text)
        {
            return Err(error);
        }
        self.decode(text)
    }

    /// Reads the body as JSON whatever the status says, unless it is a page, a redirect, or says
    /// that there were too many requests. For sign-in, which answers in JSON in every case.
    pub(crate) fn any_json<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        self.check_status()?;
        let text = self.text()?;
        match self.decode(text) {
            Err(_) if self.status >= 400 => Err(self.plain_error(text)),
            other => other,
        }
    }

    /// Reads a body of status 200 as JSON without looking for errors in it. `None` if that fails,
    /// in whatever way: another method says why.
    pub(crate) fn fast_json<T: DeserializeOwned>(&self) -> Option<T> {
        (self.status == 200).then(|| serde_json::from_slice(&self.body).ok())?
    }

    /// Reads a body of status 200 as a seed does, without looking for errors in it. `None` if that
    /// fails, in whatever way: another method says why.
    pub(crate) fn fast_seed<'de, S: DeserializeSeed<'de>>(&'de self, seed: S) -> Option<S::Value> {
        let mut source = serde_json::Deserializer::from_slice(&self.body);
        let value = (self.status == 200).then(|| seed.deserialize(&mut source).ok())??;
        source.end().ok()?;
        Some(value)
    }

    /// The body of a page, after the failures that a status shows.
    pub(crate) fn page(&self) -> Result<&str, AnswerError> {
        self.check_status()?;
        let text = self.utf8()?;
        if is_captcha(text) {
            return Err(AnswerError::Captcha);
        }
        match self.status {
            200..=299 => self.envelope(text).map_or(Ok(text), Err),
            _ if is_page(text) => Err(self.page_error(text)),
            _ => Err(self
                .envelope(text)
                .unwrap_or_else(|| self.plain_error(text))),
        }
    }

    /// An error that says what is wrong with a body that is JSON.
    pub(crate) fn malformed(&self, reason: impl fmt::Display) -> AnswerError {
        AnswerError::Malformed {
            status: self.status,
            reason: scrubbed(&reason.to_string(), &self.secrets),
        }
    }

    /// A text of the server that may be shown.
    pub(crate) fn shown(&self, text: &str) -> String {
        scrubbed(text, &self.secrets)
    }

    /// Redirects and 429, which need no body.
    fn check_status(&self) -> Result<(), AnswerError> {
        match self.status {
            429 => Err(AnswerError::RateLimited {
                retry_after: self.retry_after(),
            }),
            300..=399 => Err(AnswerError::Redirected {
                status: self.status,
                location: self.shown(self.header("location").unwrap_or_default()),
            }),
            _ => Ok(()),
        }
    }

    /// The server's time, in whole seconds.
    #[cfg(feature = "client")]
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let date = httpdate::parse_http_date(self.header("date")?.trim()).ok()?;
        Some(date.into())
    }

    /// What `Retry-After` says: seconds, or a date that is compared with the server's own.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let now = httpdate::parse_http_date(self.header("date")?.trim()).ok()?;
        let then = httpdate::parse_http_date(text).ok()?;
        Some(then.duration_since(now).unwrap_or_default())
    }

    fn utf8(&self) -> Result<&str, AnswerError> {
        let text = std::str::from_utf8(&self.body).map_err(|error| {
            self.malformed(format_args!("byte {} is not UTF-8", error.valid_up_to()))
        })?;
        Ok(text.trim_start_matches('\u{feff}'))
    }

    /// The body as text that is not a page.
    fn text(&self) -> Result<&str, AnswerError> {
        let text = self.utf8()?;
        match is_page(text) {
            true => Err(self.page_error(text)),
            false => Ok(text),
        }
    }

    fn page_error(&self, page: &str) -> AnswerError {
        let title = self.shown(&title(page).unwrap_or_default());
        let status = self.status;
        match status {
            _ if is_captcha(page) => AnswerError::Captcha,
            401 => AnswerError::SignInRequired {
                status,
                message: title,
            },
            403 => AnswerError::Forbidden { title },
            404 => AnswerError::NotFound { message: title },
            500.. => AnswerError::ServerFailed {
                status,
                message: title,
            },
            _ => AnswerError::Page { status, title },
        }
    }

    /// The error of a body that is neither JSON nor a page.
    fn plain_error(&self, text: &str) -> AnswerError {
        let message = match (self.shown(text), self.status) {
            (text, 407) if text.is_empty() => {
                "the proxy wants another user name or password".to_owned()
            }
            (text, _) if text.is_empty() => "no text".to_owned(),
            (text, _) => text,
        };
        self.refused(None, message)
    }

    /// The error that a JSON body stands for, if it does.
    fn envelope(&self, text: &str) -> Option<AnswerError> {
        if self.status < 400 && !text.trim_start().starts_with('{') {
            return None;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(fields)) if self.status >= 400 || is_error(&fields) => {
                Some(self.error_of(&fields))
            }
            Ok(Value::String(message)) if self.status >= 400 => Some(self.plain_error(&message)),
            _ if self.status >= 400 => Some(self.plain_error(text)),
            _ => None,
        }
    }

    fn error_of(&self, fields: &Map<String, Value>) -> AnswerError {
        let inner = ["err", "error"]
            .iter()
            .find_map(|key| fields.get(*key)?.as_object());
        let text = |key: &str| {
            let found = inner
                .and_then(|inner| inner.get(key))
                .or_else(|| fields.get(key))?;
            match found {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }
        };
        let words = ["error", "errmsg", "detail", "reason", "message"];
        let message = words.iter().find_map(|key| text(key));
        let message = message.map_or_else(|| "no reason".to_owned(), |text| self.shown(&text));
        self.refused(text("code"), message)
    }

    fn refused(&self, code: Option<String>, message: String) -> AnswerError {
        let status = self.status;
        match (status, code.as_deref()) {
            (_, Some("recaptcha_required" | "captcha_required")) => AnswerError::Captcha,
            (_, Some("rate_limit")) => AnswerError::RateLimited {
                retry_after: self.retry_after(),
            },
            (401, _) | (_, Some("login_required" | "unauthorized" | "not_authenticated")) => {
                AnswerError::SignInRequired { status, message }
            }
            (404, _) | (_, Some("404")) => AnswerError::NotFound { message },
            (500.., _) => AnswerError::ServerFailed { status, message },
            _ => AnswerError::Refused {
                status,
                // Only now: a secret may be a part of a known code.
                code: code.map(|code| self.shown(&code)),
                message,
            },
        }
    }

    fn decode<T: DeserializeOwned>(&self, text: &str) -> Result<T, AnswerError> {
        if text.trim().is_empty() {
            return Err(self.malformed("the body is empty, expected JSON"));
        }
        serde_json::from_str(text).map_err(|error| self.malformed(error))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// Whether the JSON of an answer of status 200 says that the request failed.
fn is_error(fields: &Map<String, Value>) -> bool {
    let word = |key: &str| fields.get(key).and_then(Value::as_str);
    let says = |key: &str| match fields.get(key) {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
        _ => false,
    };
    match fields.get("success") {
        Some(Value::Bool(true)) => return false,
        Some(Value::Bool(false)) => return true,
        _ => {}
    }
    let is_failure = |word: &str| matches!(word, "error" | "fail" | "failed");
    let code = fields.get("code").and_then(Value::as_u64);
    word("s").is_some_and(is_failure)
        || word("status").is_some_and(is_failure)
        || says("error")
        || says("errmsg")
        || says("detail") && (fields.len() == 1 || fields.contains_key("code"))
        || says("message") && code.is_some_and(|code| code >= 400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Blame;

    fn error(status: u16, body: &str) -> AnswerError {
        Answer::new(status, body).json::<Value>().unwrap_err()
    }

    #[test]
    fn failures_are_known_by_their_bodies() {
        let refused = |status, code: Option<&str>, message: &str| AnswerError::Refused {
            status,
            code: code.map(Into::into),
            message: message.into(),
        };
        let unknown = r#"{"totalCount":0,"error":"Unknown field \"change.5\"","data":null}"#;
        for status in [400, 200] {
            let expected = refused(status, None, "Unknown field \"change.5\"");
            assert_eq!(error(status, unknown), expected);
        }
        let text = "incorrect order of filters";
        let body = format!(r#"{{"status":"error","message":"{text}"}}"#);
        assert_eq!(error(200, &body), refused(200, None, text));
        let body = r#"{"success":false,"reason":"not allowed"}"#;
        assert_eq!(error(200, body), refused(200, None, "not allowed"));
        let body = r#"{"s":"error","err":{"code":"plan_required","message":"upgrade"}}"#;
        assert_eq!(
            error(200, body),
            refused(200, Some("plan_required"), "upgrade")
        );
        let body = r#"{"s":"error","errmsg":"x","err":{"code":"unauthorized"}}"#;
        assert!(matches!(
            error(200, body),
            AnswerError::SignInRequired { .. }
        ));
        let body = r#"{"code":404,"message":"pine_facade failed"}"#;
        assert!(matches!(error(200, body), AnswerError::NotFound { .. }));
        let body = r#"{"detail":"Incorrect code.","code":"2FA_invalid_credential"}"#;
        let expected = refused(200, Some("2FA_invalid_credential"), "Incorrect code.");
        assert_eq!(error(200, body), expected);
        let body = r#"{"error":"x","code":"recaptcha_required"}"#;
        assert_eq!(error(200, body), AnswerError::Captcha);
        assert_eq!(
            error(400, "Argument filter is not given"),
            refused(400, None, "Argument filter is not given")
        );
        assert_eq!(error(400, ""), refused(400, None, "no text"));
        assert!(error(407, "").to_string().contains("the proxy wants"));
        assert!(matches!(
            error(502, "bad gateway"),
            AnswerError::ServerFailed { status: 502, .. }
        ));
    }

    #[test]
    fn pages_are_not_data_whatever_the_status() {
        let nginx = "<html>\r\n<head><title>403 Forbidden</title></head>";
        let title = "403 Forbidden".to_owned();
        assert_eq!(error(403, nginx), AnswerError::Forbidden { title });
        let shell = "<!DOCTYPE html><title>TradingView</title>";
        let title = "TradingView".to_owned();
        assert_eq!(error(200, shell), AnswerError::Page { status: 200, title });
        for status in [200, 403] {
            let page = "<html><title>Captcha Challenge</title>";
            assert_eq!(error(status, page), AnswerError::Captcha);
        }
        assert!(matches!(
            error(503, shell),
            AnswerError::ServerFailed { .. }
        ));
        assert!(matches!(error(404, shell), AnswerError::NotFound { .. }));
    }

    #[test]
    fn redirects_and_limits_need_no_body() {
        let answer = Answer::new(429, "<html>").with_header("Retry-After", "17");
        let retry_after = Some(Duration::from_secs(17));
        assert_eq!(
            answer.json::<Value>(),
            Err(AnswerError::RateLimited { retry_after })
        );
        let answer = Answer::new(429, "")
            .with_header("date", "Mon, 30 Nov 2026 12:00:00 GMT")
            .with_header("retry-after", "Mon, 30 Nov 2026 12:01:30 GMT");
        assert_eq!(answer.retry_after(), Some(Duration::from_secs(90)));
        let answer = Answer::new(302, "").with_header("location", "https://fr.tradingview.com/");
        let error = answer.json::<Value>().unwrap_err();
        assert!(
            matches!(&error, AnswerError::Redirected { location, .. } if location.contains("fr."))
        );
        assert_eq!(error.blame(), Blame::Protocol);
    }

    #[test]
    fn what_is_not_a_failure_is_read() {
        for body in [
            r#"{"error":"","user":{}}"#,
            r#"{"success":true,"error":"x"}"#,
            r#"{"status":"ok","result":[]}"#,
            r#"{"detail":"a story","title":"b"}"#,
            "[]",
            "\u{feff}true",
        ] {
            assert!(Answer::new(200, body).json::<Value>().is_ok(), "{body}");
        }
        let answer = Answer::new(200, r#"{"error":"x"}"#);
        assert!(answer.open_json::<Value>().is_ok());
        assert!(matches!(error(200, ""), AnswerError::Malformed { .. }));
        assert!(matches!(error(200, "{"), AnswerError::Malformed { .. }));
        assert!(matches!(
            Answer::new(200, [0xff]).json::<Value>(),
            Err(AnswerError::Malformed { .. })
        ));
    }

    #[test]
    fn secrets_are_not_repeated() {
        let mut secrets = Secrets::default();
        secrets.add("CANARY-PASSWORD");
        let body = r#"{"error":"no CANARY-PASSWORD","code":"CANARY-PASSWORD"}"#;
        let answer = Answer::new(400, body).hiding(secrets);
        let shown = format!("{:?} {answer:?}", answer.json::<Value>());
        assert!(!shown.contains("CANARY"), "{shown}");
        assert!(shown.contains("[hidden]"), "{shown}");
    }
}
