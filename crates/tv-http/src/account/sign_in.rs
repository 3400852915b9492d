//! Signing in by password, in two steps.

use std::{fmt, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::User;
use crate::{
    json::{Item, words},
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

words! {
    /// A kind of second factor.
    pub enum FactorKind {
        /// A code of an app.
        Totp = "totp",
        /// A code by SMS.
        Sms = "sms",
        /// A code by mail.
        Email = "email",
    }
}

/// The first step: name and password. `Debug` shows neither.
///
/// The cookies of the answer are the session, once the sign-in is done; before the second factor
/// they prove nothing.
///
/// ```
/// use tv_http::{account::{FactorKind, SignIn, SignInStep}, wire::{Answer, Endpoint}};
///
/// let question = SignIn::new("alice", "secret");
/// assert_eq!(question.request()?.target(), "/accounts/signin/");
///
/// let body = r#"{"code":"2FA_required","two_factor_types":[{"name":"totp"}]}"#;
/// let step = question.parse(&Answer::new(200, body))?;
/// assert_eq!(step, SignInStep::SecondFactor(vec![FactorKind::Totp]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SignIn {
    username: String,
    password: SecretString,
}

/// The second step: a code. The cookies of the first step must be sent along.
///
/// ```
/// use tv_http::{account::{FactorKind, SecondFactor, SignInStep}, wire::{Answer, Endpoint}};
///
/// let question = SecondFactor::new(FactorKind::Totp, "123456");
/// assert_eq!(question.request()?.target(), "/accounts/two-factor/signin/totp/");
///
/// let body = r#"{"detail":"Incorrect verification code.","code":"2FA_invalid_credential"}"#;
/// let step = question.parse(&Answer::new(400, body))?;
/// assert!(matches!(step, SignInStep::WrongCode { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SecondFactor {
    kind: FactorKind,
    code: SecretString,
}

/// What a step of signing in led to.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum SignInStep {
    /// The user is signed in.
    Done(Box<User>),
    /// A second factor is wanted, one of these.
    SecondFactor(Vec<FactorKind>),
    /// The name or the password is wrong.
    WrongPassword {
        /// The server's text.
        message: String,
    },
    /// The code of the second factor is wrong, or no longer good.
    WrongCode {
        /// The server's text.
        message: String,
    },
    /// The server wants a captcha to be solved. Sign in with a browser and use its cookies; further
    /// attempts make the server ask for longer.
    Captcha,
    /// Too many attempts. The limit goes away in 5 to 10 minutes.
    RateLimited {
        /// How long the server asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// The server refuses for another reason.
    Refused {
        /// The server's word for the reason, if it gives one.
        code: Option<String>,
        /// The server's text.
        message: String,
    },
}

impl SignIn {
    /// Signs in by name and password. A mail address is a name, too.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            password: SecretString::from(password.into()),
        }
    }
}

impl SecondFactor {
    /// Proves the second factor by a code.
    #[must_use]
    pub fn new(kind: FactorKind, code: impl Into<String>) -> Self {
        Self {
            kind,
            code: SecretString::from(code.into()),
        }
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SignIn(…)")
    }
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SecondFactor({}, …)", self.kind)
    }
}

impl Endpoint for SignIn {
    type Output = SignInStep;

    fn request(&self) -> Result<Request, RequestError> {
        let fields = vec![
            ("username", self.username.clone()),
            ("password", self.password.expose_secret().to_owned()),
            ("remember", "true".to_owned()),
        ];
        Ok(form("/accounts/signin/".to_owned(), fields))
    }

    fn parse(&self, answer: &Answer) -> Result<SignInStep, AnswerError> {
        step(answer)
    }
}

impl Endpoint for SecondFactor {
    type Output = SignInStep;

    fn request(&self) -> Result<Request, RequestError> {
        let path = format!("/accounts/two-factor/signin/{}/", self.kind);
        let code = self.code.expose_secret().to_owned();
        Ok(form(path, vec![("code", code)]).for_access(Access::Better))
    }

    fn parse(&self, answer: &Answer) -> Result<SignInStep, AnswerError> {
        step(answer)
    }
}

fn form(path: String, fields: Vec<(&'static str, String)>) -> Request {
    Request::post_form(Host::Www, path, fields)
        .with_header("x-requested-with", "XMLHttpRequest")
        .with_header("x-language", "en")
}

fn step(answer: &Answer) -> Result<SignInStep, AnswerError> {
    let value: Value = match answer.any_json() {
        Err(AnswerError::Captcha) => return Ok(SignInStep::Captcha),
        Err(AnswerError::RateLimited { retry_after }) => {
            return Ok(SignInStep::RateLimited { retry_after });
        }
        other => other?,
    };
    let sent = |key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    let text = |key: &str| sent(key).map(|text| answer.shown(text));
    // As it was sent: a name or a password may be a part of it.
    let code = sent("code");
    let error = text("error").or_else(|| text("detail"));
    let message = || {
        let text = error.clone().or_else(|| text("message"));
        text.unwrap_or_else(|| "no reason".to_owned())
    };
    match code {
        Some("2FA_required") => {
            let kinds = value.get("two_factor_types").and_then(Value::as_array);
            let names = kinds
                .into_iter()
                .flatten()
                .filter_map(|kind| kind.get("name")?.as_str());
            return Ok(SignInStep::SecondFactor(
                names.map(FactorKind::from).collect(),
            ));
        }
        Some("invalid_credentials") => return Ok(SignInStep::WrongPassword { message: message() }),
        Some("2FA_invalid_credential") => return Ok(SignInStep::WrongCode { message: message() }),
        Some("recaptcha_required" | "captcha_required") => return Ok(SignInStep::Captcha),
        Some("rate_limit") => {
            let retry_after = answer.retry_after();
            return Ok(SignInStep::RateLimited { retry_after });
        }
        _ => {}
    }
    if answer.status() >= 500 {
        return Err(AnswerError::ServerFailed {
            status: answer.status(),
            message: message(),
        });
    }
    if answer.status() >= 400 || error.is_some() || code.is_some() {
        return Ok(SignInStep::Refused {
            code: text("code"),
            message: message(),
        });
    }
    let user = value.get("user").and_then(User::read).map(|(user, _)| user);
    match user {
        // A user without a number is the one that pages describe for guests.
        Some(user) if user.id.is_some() => Ok(SignInStep::Done(Box::new(user))),
        _ => Err(answer.malformed("there is neither an error nor a user, expected one of both")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, body: &str) -> Result<SignInStep, AnswerError> {
        SignIn::new("alice", "CANARY-PASSWORD").parse(&Answer::new(status, body))
    }

    #[test]
    fn every_answer_is_a_step() {
        let done = parse(200, r#"{"error":"","user":{"id":5,"auth_token":"t"}}"#).unwrap();
        let SignInStep::Done(user) = done else {
            panic!("{done:?}");
        };
        assert_eq!(user.id, Some(5));
        let body = r#"{"error":"Invalid username or password","code":"invalid_credentials"}"#;
        let message = "Invalid username or password".to_owned();
        assert_eq!(parse(200, body), Ok(SignInStep::WrongPassword { message }));
        for body in [
            r#"{"error":"x","code":"recaptcha_required"}"#,
            "<title>Captcha Challenge</title>",
        ] {
            assert_eq!(parse(200, body), Ok(SignInStep::Captcha));
        }
        assert_eq!(
            parse(200, r#"{"error":"x","code":"rate_limit"}"#),
            Ok(SignInStep::RateLimited { retry_after: None })
        );
        assert_eq!(
            parse(429, ""),
            Ok(SignInStep::RateLimited { retry_after: None })
        );
        let refused = parse(403, r#"{"detail":"CSRF"}"#).unwrap();
        assert_eq!(
            refused,
            SignInStep::Refused {
                code: None,
                message: "CSRF".into()
            }
        );
    }

    #[test]
    fn absence_of_an_error_is_not_success() {
        for body in [
            "{}",
            r#"{"error":""}"#,
            r#"{"user":{}}"#,
            r#"{"user":null}"#,
            "[]",
            "true",
        ] {
            let error = parse(200, body).unwrap_err();
            assert!(
                matches!(error, AnswerError::Malformed { .. }),
                "{body} {error}"
            );
        }
        for body in [
            r#"{"error":"x","user":{"id":5}}"#,
            r#"{"detail":"x","user":{"id":5}}"#,
        ] {
            assert!(
                matches!(parse(200, body), Ok(SignInStep::Refused { .. })),
                "{body}"
            );
        }
        assert!(matches!(
            parse(502, "bad gateway"),
            Err(AnswerError::ServerFailed { .. })
        ));
        assert!(matches!(
            parse(403, "<title>403</title>"),
            Err(AnswerError::Forbidden { .. })
        ));
    }

    #[test]
    fn a_password_that_is_a_part_of_a_code_does_not_hide_the_code() {
        let sign_in = SignIn::new("rate", "captcha");
        let request = sign_in.request().unwrap();
        for (code, step) in [
            ("recaptcha_required", SignInStep::Captcha),
            ("rate_limit", SignInStep::RateLimited { retry_after: None }),
        ] {
            let body = format!(r#"{{"error":"x","code":"{code}"}}"#);
            let answer = Answer::new(200, body).hiding(request.secrets());
            assert_eq!(sign_in.parse(&answer), Ok(step));
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let sign_in = SignIn::new("alice", "CANARY-PASSWORD");
        let factor = SecondFactor::new(FactorKind::Sms, "CANARY-CODE");
        let (first, second) = (sign_in.request().unwrap(), factor.request().unwrap());
        let shown = format!("{sign_in:?} {factor:?} {first:?} {second:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
        let echo = Answer::new(200, r#"{"error":"no CANARY-PASSWORD"}"#).hiding(first.secrets());
        let step = format!("{:?}", sign_in.parse(&echo));
        assert!(!step.contains("CANARY"), "{step}");
        assert_eq!(
            first.body().to_bytes(),
            b"username=alice&password=CANARY-PASSWORD&remember=true"
        );
        assert!(!first.is_repeatable());
    }
}
