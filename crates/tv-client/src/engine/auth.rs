//! Which token to sign in with, and when to get the next one.

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::{redact::Secrets, secret::AuthToken};
use serde::Deserialize;

/// A token is renewed this long before it expires, or after four fifths of a life that is shorter
/// than five times that.
const MARGIN: Duration = Duration::from_secs(60);

/// How long to wait after a source that failed.
const PAUSE: Duration = Duration::from_secs(60);

/// The state of signing in.
#[derive(Debug)]
pub(super) struct Auth {
    /// The token, unless it must be asked for.
    token: Option<AuthToken>,
    /// Whether there is a source to ask.
    has_source: bool,
    /// Whether it was asked and has not answered.
    is_asked: bool,
    /// When to ask it.
    ask_at: Option<Instant>,
}

impl Auth {
    /// Signs in with a token, or with those of a source.
    pub(super) fn new(token: Option<AuthToken>) -> Self {
        Self {
            has_source: token.is_none(),
            token,
            is_asked: false,
            ask_at: None,
        }
    }

    pub(super) fn has_source(&self) -> bool {
        self.has_source
    }

    pub(super) fn token(&self) -> Option<&AuthToken> {
        self.token.as_ref()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.ask_at
    }

    /// The server refuses the token; a source may have another.
    pub(super) fn reject(&mut self) {
        if self.has_source {
            self.token = None;
            self.ask_at = None;
        }
    }

    /// Whether to ask the source now, because a token is needed and there is none. Asks once only.
    pub(super) fn ask(&mut self) -> bool {
        self.has_source && !std::mem::replace(&mut self.is_asked, true)
    }

    /// Whether to ask the source now, because it is time.
    pub(super) fn ask_if_due(&mut self, now: Instant) -> bool {
        self.ask_at.take_if(|at| *at <= now).is_some() && self.ask()
    }

    /// The source has a token. `server_time` is in Unix seconds.
    pub(super) fn provide(&mut self, now: Instant, server_time: Option<i64>, token: AuthToken) {
        self.is_asked = false;
        self.ask_at = lifetime(&token, server_time).and_then(|life| {
            let until = if life < MARGIN * 5 {
                life / 5 * 4
            } else {
                life - MARGIN
            };
            now.checked_add(until.max(Duration::from_secs(1)))
        });
        self.token = Some(token);
    }

    /// The source has none.
    pub(super) fn fail(&mut self, now: Instant) {
        self.is_asked = false;
        self.ask_at = now.checked_add(PAUSE);
    }
}

#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
    iat: Option<f64>,
}

/// How long a token is valid, if it is a JWT with that information. Not verified, since only the
/// server can.
fn lifetime(token: &AuthToken, server_time: Option<i64>) -> Option<Duration> {
    let claims = token.expose().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    let since = server_time.map(|time| time as f64).or(claims.iat)?;
    Duration::try_from_secs_f64((claims.exp? - since).max(0.0)).ok()
}

/// A token is a secret from now on, unless it is the guests'.
pub(super) fn hide_token(secrets: &mut Secrets, token: &AuthToken) {
    if !token.is_anonymous() {
        secrets.add(token.expose());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> AuthToken {
        AuthToken::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn f67_a_token_is_renewed_before_it_expires_and_asked_for_once() {
        let mut auth = Auth::new(None);
        let now = Instant::now();
        assert!(auth.ask() && !auth.ask());
        auth.provide(now, Some(1_000), jwt(r#"{"iat":10,"exp":2000}"#));
        let due = now + Duration::from_secs(940);
        assert_eq!(auth.deadline(), Some(due));
        assert!(!auth.ask_if_due(due - Duration::from_millis(1)));
        assert!(auth.ask_if_due(due) && !auth.ask_if_due(due));
        assert!(auth.token().is_some(), "good until there is a new one");
    }

    #[test]
    fn f68_a_source_that_fails_is_asked_once_a_minute() {
        let mut auth = Auth::new(None);
        let now = Instant::now();
        assert!(auth.ask());
        auth.fail(now);
        assert_eq!(auth.deadline(), Some(now + PAUSE));
        assert!(auth.ask_if_due(now + PAUSE));
    }

    #[test]
    fn lifetimes_come_from_claims_only() {
        let life = |token, time| lifetime(&token, time).map(|life| life.as_secs());
        assert_eq!(life(jwt(r#"{"iat":10,"exp":110}"#), None), Some(100));
        assert_eq!(life(jwt(r#"{"iat":10,"exp":110}"#), Some(200)), Some(0));
        for token in ["unauthorized_user_token", "a.b.c", "..", "e30.e30.e30", ""] {
            assert_eq!(life(AuthToken::new(token), Some(5)), None, "{token}");
        }
        assert_eq!(life(jwt(r#"{"exp":1e300}"#), Some(5)), None);
    }
}
