//! Secrets that cannot be printed by accident.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The token of a `set_auth_token`: a JWT of a login, or one of the fixed words of guests.
///
/// `Debug` shows no part of it, and nothing but [`expose`](Self::expose) reveals it. Memory is
/// wiped when it is dropped.
#[derive(Clone)]
pub struct AuthToken(SecretString);

impl AuthToken {
    /// The token of anonymous clients. It is public and grants access to public data.
    pub const ANONYMOUS: &'static str = "unauthorized_user_token";

    /// Wraps a token from the sign-in or from the page.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(SecretString::from(token.into()))
    }

    /// The token of a guest.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(Self::ANONYMOUS)
    }

    /// Whether this is the guests' token, which needs no protection.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.expose() == Self::ANONYMOUS
    }

    /// Reveals the token. Handle it like a password: anyone who has it can act as that user.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for AuthToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for AuthToken {}

impl Default for AuthToken {
    fn default() -> Self {
        Self::anonymous()
    }
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.is_anonymous() {
            "AuthToken(anonymous)"
        } else {
            "AuthToken(…)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_a_token_and_names_the_guests() {
        assert_eq!(format!("{:?}", AuthToken::new("CANARY")), "AuthToken(…)");
        assert_eq!(
            format!("{:?}", AuthToken::anonymous()),
            "AuthToken(anonymous)"
        );
    }
}
