//! What is stored.

use std::fmt;

use client::AuthToken;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tv_http::account::SessionCookies;

/// By what a user is known.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// The cookies of a session, by which tokens are renewed.
    Cookies(SessionCookies),
    /// A token alone.
    Token(AuthToken),
}

/// A login: whose, for which site, and by what.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// The address that it belongs to. It is used for no other.
    pub(crate) site: String,
    /// The user's name, if it is known.
    pub(crate) user: Option<String>,
    pub(crate) credentials: Credentials,
}

impl Login {
    /// As JSON. Handle it like a password.
    pub(super) fn write(&self) -> SecretString {
        let (kind, secret) = match &self.credentials {
            Credentials::Cookies(cookies) => ("cookies", cookies.to_header()),
            Credentials::Token(token) => ("token", token.expose().to_owned()),
        };
        let fields = json!({ "site": self.site, "user": self.user, kind: secret });
        fields.to_string().into()
    }

    /// From JSON; `None` if it is not a login.
    pub(super) fn read(text: &SecretString) -> Option<Self> {
        let fields: Value = serde_json::from_str(text.expose_secret()).ok()?;
        let text = |key: &str| fields.get(key)?.as_str();
        let credentials = match (text("cookies"), text("token")) {
            (Some(cookies), _) => Credentials::Cookies(SessionCookies::parse(cookies).ok()?),
            (None, token) => Credentials::Token(AuthToken::new(token?)),
        };
        Some(Self {
            site: text("site")?.to_owned(),
            user: text("user").map(str::to_owned),
            credentials,
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Cookies(_) => "Cookies(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_read_as_it_was_written_and_never_shown() {
        let cookies = SessionCookies::new("CANARY-1", Some("v3:CANARY-2")).unwrap();
        for credentials in [
            Credentials::Cookies(cookies),
            Credentials::Token(AuthToken::new("CANARY-3")),
        ] {
            let login = Login {
                site: "https://x".into(),
                user: Some("alice".into()),
                credentials,
            };
            let text = login.write();
            let again = Login::read(&text).unwrap();
            assert_eq!(again.write().expose_secret(), text.expose_secret());
            assert!(text.expose_secret().contains("CANARY"));
            let shown = format!("{login:?} {text:?} {again:?}");
            assert!(!shown.contains("CANARY"), "{shown}");
        }
        for text in [
            "",
            "{}",
            r#"{"site":"x"}"#,
            r#"{"token":"x"}"#,
            r#"{"site":"x","cookies":""}"#,
        ] {
            assert!(Login::read(&text.to_owned().into()).is_none(), "{text}");
        }
    }
}
