//! A token and its time, and when the server may be asked for another. Pure: times come in.

use std::time::Duration;

use protocol::{secret::AuthToken, time::Timestamp};
use tokio::time::Instant;

use super::AccountError;
use crate::account::TokenClaims;

/// How long before its end a token is renewed. It is longer than the minute of tv-client, which
/// would else be given the same token again.
const MARGIN: Duration = Duration::from_secs(120);

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(30);

/// The longest of those pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// The pause where asking more often makes it worse: a captcha, a page that blocks.
pub(super) const LONG_PAUSE: Duration = Duration::from_secs(900);

/// A token that has lived this long was of use. Longer than any pause.
const USEFUL: Duration = Duration::from_secs(1_200);

/// A token, since when it is here, and for how long it is good.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) token: AuthToken,
    pub(super) claims: TokenClaims,
    received: Instant,
    life: Option<Duration>,
}

impl Lease {
    /// `server_time` is the server's clock when it gave the token; without it, the token counts as
    /// made now.
    pub(super) fn new(token: AuthToken, server_time: Option<Timestamp>, received: Instant) -> Self {
        let claims = TokenClaims::read(&token).unwrap_or_default();
        let life = claims.expires.and_then(|expires| {
            let seconds = expires.seconds_since(server_time.or(claims.issued)?);
            Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        });
        Self {
            token,
            claims,
            received,
            life,
        }
    }

    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.life.is_some_and(|life| now >= self.received + life)
    }

    /// Whether it is time to get another.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let Some(life) = self.life else { return false };
        let until = match life < MARGIN * 5 {
            true => life / 5 * 3,
            false => life - MARGIN,
        };
        now >= self.received + until
    }

    /// The paid plan that the token names.
    pub(super) fn plan(&self) -> Option<String> {
        self.claims.plan.clone().filter(|plan| !plan.is_empty())
    }
}

/// When the server may be asked.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    /// Since the last token that was of use.
    failures: u32,
    /// Tokens that were renewed before their time, since the last one that was of use.
    early: u32,
    pause: Option<(Instant, AccountError)>,
}

impl Pacing {
    /// Why the server may not be asked now.
    pub(super) fn check(&self, now: Instant) -> Result<(), AccountError> {
        match &self.pause {
            Some((until, error)) if now < *until => {
                Err(error.clone().with_wait(rounded(*until - now)))
            }
            _ => Ok(()),
        }
    }

    /// A token is replaced before its time, because a server refused it: the first one at once, the
    /// next ones a pause after they have come.
    pub(super) fn count_early(&mut self, lease: &Lease, now: Instant) -> Result<(), AccountError> {
        if now >= lease.received + USEFUL {
            self.early = 0;
            return Ok(());
        }
        let pause = match self.early.checked_sub(1) {
            None => Duration::ZERO,
            Some(count) => doubled(count),
        };
        let wait = (lease.received + pause).saturating_duration_since(now);
        if !wait.is_zero() {
            let wait = rounded(wait);
            return Err(AccountError::Refused { wait });
        }
        self.early = self.early.saturating_add(1);
        Ok(())
    }

    /// A new token has come.
    pub(super) fn succeed(&mut self) {
        self.failures = 0;
        self.pause = None;
    }

    /// No token has come. The error with the wait until the next attempt, at least `least`.
    pub(super) fn fail(
        &mut self,
        now: Instant,
        least: Duration,
        error: impl FnOnce(Duration) -> AccountError,
    ) -> AccountError {
        let wait = doubled(self.failures).max(least);
        self.failures = self.failures.saturating_add(1);
        let error = error(wait);
        self.pause = Some((now + wait, error.clone()));
        error
    }
}

fn doubled(count: u32) -> Duration {
    LONGEST_PAUSE.min(FIRST_PAUSE * (1 << count.min(5)))
}

/// Whole seconds, so that what is shown is not cut to zero.
fn rounded(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
