//! The cookies of a session.

use std::fmt;

use protocol::redact::Secrets;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::wire::{Answer, RequestError};

/// The cookie of the session.
const SESSION: &str = "sessionid";

/// The cookies that are sent, the session's first.
const NAMES: [&str; 4] = [SESSION, "sessionid_sign", "device_t", "csrftoken"];

/// The cookies with which an account is known. `Debug` shows no part of them.
///
/// Copy them from a browser that is signed in. Most endpoints want `sessionid_sign` as well:
/// without it, pages come without a token and values are delayed.
///
/// ```
/// use tv_http::account::SessionCookies;
///
/// let cookies = SessionCookies::parse("theme=dark; sessionid=abc; sessionid_sign=v3:def")?;
/// assert_eq!(cookies.to_header(), "sessionid=abc; sessionid_sign=v3:def");
/// assert!(cookies.has_signature());
/// # Ok::<(), tv_http::wire::RequestError>(())
/// ```
#[derive(Clone)]
pub struct SessionCookies {
    /// By [`NAMES`].
    values: [Option<SecretString>; 4],
}

impl SessionCookies {
    /// The cookies of a session id and its signature.
    ///
    /// # Errors
    ///
    /// If the id is empty, or a text cannot be the value of a cookie.
    pub fn new(session: &str, signature: Option<&str>) -> Result<Self, RequestError> {
        let pairs = [(SESSION, Some(session)), ("sessionid_sign", signature)];
        Self::from_pairs(
            pairs
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        )
    }

    /// Reads cookies as they are copied or exported from a browser: the text of a `Cookie` header,
    /// a file `cookies.txt`, or JSON: a list of objects with `name` and `value`, or an object with
    /// such a list under `cookies`. Those of other sites are left out.
    ///
    /// # Errors
    ///
    /// If `sessionid` is missing, or a value cannot be that of a cookie.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let text = text.trim();
        if text.starts_with(['[', '{']) {
            let list = match serde_json::from_str(text) {
                Ok(Value::Array(list)) => list,
                Ok(Value::Object(mut whole)) => match whole.remove("cookies") {
                    Some(Value::Array(list)) => list,
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            };
            let part = |item: &Value, key: &str| item.get(key)?.as_str().map(str::to_owned);
            let pairs: Vec<(String, String)> = list
                .iter()
                .filter(|item| part(item, "domain").is_none_or(|domain| is_ours(&domain)))
                .filter_map(|item| Some((part(item, "name")?, part(item, "value")?)))
                .collect();
            return Self::from_pairs(pairs.iter().map(|(name, value)| (&**name, &**value)));
        }
        if text.lines().any(|line| line.split('\t').count() >= 7) {
            return Self::from_pairs(text.lines().filter_map(|line| {
                // Cookies that scripts cannot read are written as a remark.
                let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
                let parts: Vec<&str> = line.split('\t').collect();
                match parts[..] {
                    [domain, _, _, _, _, name, value, ..] if is_ours(domain) => Some((name, value)),
                    _ => None,
                }
            }));
        }
        let header = match text.split_at_checked("cookie:".len()) {
            Some((start, rest)) if start.eq_ignore_ascii_case("cookie:") => rest,
            _ => text,
        };
        Self::from_pairs(
            header
                .split([';', '\n'])
                .filter_map(|part| part.trim().split_once('=')),
        )
    }

    /// The cookies that the answer to a sign-in sets.
    ///
    /// # Errors
    ///
    /// If it sets no `sessionid`.
    pub fn from_answer(answer: &Answer) -> Result<Self, RequestError> {
        let set = answer.headers("set-cookie");
        Self::from_pairs(set.filter_map(|cookie| {
            let (pair, _) = cookie.split_once(';').unwrap_or((cookie, ""));
            pair.trim().split_once('=')
        }))
    }

    /// These cookies, each replaced by a newer one of the same name.
    #[cfg(feature = "client")]
    pub(crate) fn updated_by(&self, newer: &Self) -> Self {
        let pairs = self.values.iter().zip(&newer.values);
        let mut values: [Option<SecretString>; 4] = Default::default();
        for (kept, (old, new)) in values.iter_mut().zip(pairs) {
            *kept = new.as_ref().or(old.as_ref()).cloned();
        }
        Self { values }
    }

    /// The value of a `Cookie` header. Handle it like a password.
    #[must_use]
    pub fn to_header(&self) -> String {
        let pairs = NAMES.iter().zip(&self.values);
        let pairs = pairs.filter_map(|(name, value)| {
            let value = value.as_ref()?.expose_secret();
            Some(format!("{name}={value}"))
        });
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Whether the signature is there.
    #[must_use]
    pub fn has_signature(&self) -> bool {
        self.value("sessionid_sign").is_some()
    }

    /// The value that `X-CSRFToken` wants, if the cookie is there.
    #[must_use]
    pub fn csrf_token(&self) -> Option<&str> {
        self.value("csrftoken")
    }

    /// What must not be repeated in errors.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        for value in self.values.iter().flatten() {
            secrets.add(value.expose_secret());
        }
        secrets
    }

    fn value(&self, name: &str) -> Option<&str> {
        let place = NAMES.iter().position(|it| *it == name)?;
        self.values
            .get(place)?
            .as_ref()
            .map(|value| value.expose_secret())
    }

    fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, RequestError> {
        let refused = |reason| RequestError::Value {
            what: "the cookies",
            // What was given may be a secret.
            found: "(hidden)".to_owned(),
            reason,
        };
        let mut values: [Option<SecretString>; 4] = Default::default();
        for (name, value) in pairs {
            let value = value.trim().trim_matches('"');
            let place = NAMES.iter().position(|it| *it == name.trim());
            let Some(kept) = place.and_then(|place| values.get_mut(place)) else {
                continue;
            };
            if !value.bytes().all(is_allowed) {
                return Err(refused("a value has characters that a cookie cannot have"));
            }
            if !value.is_empty() {
                *kept = Some(value.to_owned().into());
            }
        }
        let [session, ..] = &values;
        match session {
            Some(_) => Ok(Self { values }),
            None => Err(refused(
                "the cookies hold no sessionid; copy it from a browser that is signed in",
            )),
        }
    }
}

impl fmt::Debug for SessionCookies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SessionCookies(…)")
    }
}

fn is_ours(domain: &str) -> bool {
    let domain = domain.trim_start_matches('.');
    domain == "tradingview.com" || domain.ends_with(".tradingview.com")
}

/// Whether a byte may stand in the value of a cookie.
fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_export_is_read() {
        let file = "# Netscape HTTP Cookie File\n\
            #HttpOnly_.tradingview.com\tTRUE\t/\tTRUE\t0\tsessionid\tabc\n\
            .tradingview.com\tTRUE\t/\tTRUE\t0\tsessionid_sign\tv3:d=\n\
            .example.com\tTRUE\t/\tTRUE\t0\tsessionid\twrong\n";
        let list = r#"[{"name":"sessionid","value":"abc","domain":".tradingview.com"},
            {"name":"sessionid","value":"wrong","domain":"nottradingview.com"},
            {"name":"sessionid_sign","value":"v3:d="},5,{"name":5}]"#;
        for text in [
            "sessionid=abc; sessionid_sign=v3:d=",
            "Cookie: a=b;sessionid=abc;sessionid_sign=\"v3:d=\"",
            file,
            list,
            &format!(r#"{{"origins":[],"cookies":{list}}}"#),
        ] {
            let cookies = SessionCookies::parse(text).unwrap();
            assert_eq!(
                cookies.to_header(),
                "sessionid=abc; sessionid_sign=v3:d=",
                "{text}"
            );
        }
    }

    #[test]
    fn cookies_without_a_session_are_refused_and_not_repeated() {
        for text in [
            "",
            "CANARY=1",
            "sessionid=",
            "sessionid=CANARY\u{1}x",
            "[",
            "sessionid=CANARY x",
        ] {
            let error = SessionCookies::parse(text).unwrap_err().to_string();
            assert!(!error.contains("CANARY"), "{error}");
        }
        let cookies = SessionCookies::new("CANARY-1", None).unwrap();
        assert_eq!(format!("{cookies:?}"), "SessionCookies(…)");
        assert_eq!(cookies.secrets().hide("CANARY-1"), "[hidden]");
        assert!(!cookies.has_signature() && cookies.csrf_token().is_none());
    }

    #[test]
    fn a_sign_in_sets_cookies() {
        let answer = Answer::new(200, "{}")
            .with_header(
                "Set-Cookie",
                "sessionid=abc; Domain=.tradingview.com; Secure; HttpOnly",
            )
            .with_header("set-cookie", "device_t=d; Path=/")
            .with_header("set-cookie", "csrftoken=c");
        let cookies = SessionCookies::from_answer(&answer).unwrap();
        assert_eq!(
            cookies.to_header(),
            "sessionid=abc; device_t=d; csrftoken=c"
        );
        assert_eq!(cookies.csrf_token(), Some("c"));
        assert!(SessionCookies::from_answer(&Answer::new(200, "{}")).is_err());
    }
}
