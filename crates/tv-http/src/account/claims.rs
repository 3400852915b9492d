//! What a token says of its account.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::{json::Json, secret::AuthToken, time::Timestamp};

use crate::json::record;

record! {
    /// The claims of a token: who, which plan, until when, which limits.
    ///
    /// The signature is not checked: the server alone can do that.
    ///
    /// ```
    /// use tv_http::{AuthToken, account::TokenClaims};
    ///
    /// let token = AuthToken::new("eyJhbGciOiJSUzUxMiJ9.eyJwbGFuIjoicHJvIiwiZXhwIjoxNDQwMH0.c2ln");
    /// let claims = TokenClaims::read(&token).unwrap();
    /// assert_eq!(claims.plan.as_deref(), Some("pro"));
    /// assert!(claims.is_expired("1970-01-01T04:00:00Z".parse()?));
    /// # Ok::<(), tv_http::TimeError>(())
    /// ```
    pub struct TokenClaims {
        /// The number of the user.
        user_id: Option<i64> = "user_id",
        /// When the token ends, four hours after it was made.
        expires: Option<Timestamp> = "exp",
        /// When the token was made.
        issued: Option<Timestamp> = "iat",
        /// The plan: empty, `pro`, `pro_premium`.
        plan: Option<String> = "plan",
        /// Whether there are extended hours.
        extended_hours: Option<Json> = "ext_hours",
        /// The exchanges with real-time data.
        permissions: Option<Json> = "perm",
        /// The paid studies.
        study_permissions: Option<Json> = "study_perm",
        /// How many studies a chart may have.
        max_studies: Option<i64> = "max_studies",
        /// How many fundamental studies a chart may have.
        max_fundamentals: Option<i64> = "max_fundamentals",
        /// How many charts a layout may have.
        max_charts: Option<i64> = "max_charts",
        /// How many alerts may be active.
        max_alerts: Option<i64> = "max_active_alerts",
        /// How many studies may stand on a study.
        max_study_on_study: Option<i64> = "max_study_on_study",
        /// How many connections there may be.
        max_connections: Option<i64> = "max_connections",
    }
}

impl TokenClaims {
    /// Reads the claims of a token. `None` if it is not a JWT: the token of guests, or one of
    /// before 2023.
    #[must_use]
    pub fn read(token: &AuthToken) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&claims).ok()
    }

    /// Whether the token has ended at a time. One that does not say when has not.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> AuthToken {
        AuthToken::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn claims_are_read_leniently() {
        let claims = TokenClaims::read(&token(
            r#"{"exp":"14400","plan":null,"max_charts":2.0,"new":1}"#,
        ))
        .unwrap();
        assert_eq!(
            (claims.expires, claims.max_charts),
            (Some(Timestamp::from_seconds(14_400)), Some(2))
        );
        assert!(!claims.is_expired(Timestamp::from_seconds(14_399)));
        assert_eq!(claims.rest.unknown().collect::<Vec<_>>(), ["new"]);
        assert!(
            !TokenClaims::read(&token("{}"))
                .unwrap()
                .is_expired(Timestamp::from_seconds(1))
        );
    }

    #[test]
    fn text_that_is_not_a_token_has_no_claims() {
        for text in [
            "",
            "unauthorized_user_token",
            "a.b",
            "a.b.c",
            "a.!!.c",
            "e30.e30.e30.e30",
        ] {
            assert_eq!(TokenClaims::read(&AuthToken::new(text)), None, "{text}");
        }
        assert_eq!(TokenClaims::read(&token("[]")), None);
    }
}
