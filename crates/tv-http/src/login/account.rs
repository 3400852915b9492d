//! The handle of an account.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{secret::AuthToken, time::Timestamp};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, timeout},
};

use super::{
    AccountError, AccountState, AccountStates,
    fetch::{self, Failure},
    lease::{LONG_PAUSE, Lease, Pacing},
};
use crate::{
    account::{SessionCookies, TokenClaims},
    client::{HttpClient, HttpError},
    wire::{AnswerError, Host},
};

/// How long all requests for one token may take. tv-client gives up after 30 s.
const TIME_LIMIT: Duration = Duration::from_secs(25);

/// An account that is signed in, and its token. Clones share both.
///
/// [`token`](Self::token) asks the server by the account's cookies for a first token, and for
/// another when less than two minutes are left of it (tokens last four hours). All callers wait for
/// the same answer. The token's life is measured by the server's clock.
///
/// A failure is returned to all callers at once and is not repeated before a pause: 30 s after the
/// first, twice as long after each further one up to ten minutes, fifteen minutes after a captcha.
/// Cookies that the server no longer knows end the account ([`AccountState::Ended`]); it then asks
/// nothing until [`replace_cookies`](Self::replace_cookies) gives it others. While the last token
/// is good it is returned in spite of a failure.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use tv_http::{account::SessionCookies, client::HttpClient, login::Account};
///
/// let cookies = SessionCookies::parse(&std::fs::read_to_string("cookies.txt")?)?;
/// let account = Account::new(&HttpClient::new()?, cookies);
/// let token = account.token().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Account(Arc<Shared>);

struct Shared {
    /// Held while the server is asked, so that one caller asks for all.
    inner: Mutex<Inner>,
    state: watch::Sender<AccountState>,
}

struct Inner {
    /// With cookies; absent if there is a token alone.
    client: Option<HttpClient>,
    lease: Option<Lease>,
    /// The number of the lease, from 1.
    generation: u64,
    pacing: Pacing,
    end: Option<AccountError>,
    lost_plan: Option<String>,
}

/// What [`Account::tokens`] returns at each call.
type Fetched = Pin<Box<dyn Future<Output = Result<AuthToken, AccountError>> + Send>>;

impl Account {
    /// An account by its cookies. Nothing is asked yet.
    #[must_use]
    pub fn new(client: &HttpClient, cookies: SessionCookies) -> Self {
        Self::of(Some(client.with_cookies(cookies)), None)
    }

    /// An account by a token alone, which cannot be renewed. `now` is the present time.
    #[must_use]
    pub fn from_token(token: AuthToken, now: Timestamp) -> Self {
        Self::of(None, Some(Lease::new(token, Some(now), Instant::now())))
    }

    /// An account by its cookies and the token that came with them, at the server's time.
    pub(super) fn with_token(
        client: &HttpClient,
        cookies: SessionCookies,
        token: Option<AuthToken>,
        server_time: Option<Timestamp>,
    ) -> Self {
        let lease = token.map(|token| Lease::new(token, server_time, Instant::now()));
        Self::of(Some(client.with_cookies(cookies)), lease)
    }

    fn of(client: Option<HttpClient>, lease: Option<Lease>) -> Self {
        let generation = u64::from(lease.is_some());
        let inner = Inner {
            client,
            lease,
            generation,
            pacing: Pacing::default(),
            end: None,
            lost_plan: None,
        };
        let state = watch::Sender::new(inner.state(&Ok(())));
        Self(Arc::new(Shared {
            inner: Mutex::new(inner),
            state,
        }))
    }

    /// A token that is good now.
    ///
    /// Cancel-safe: if the caller that asks the server goes, the next one asks again.
    ///
    /// # Errors
    ///
    /// If there is none, see [`AccountError`].
    pub async fn token(&self) -> Result<AuthToken, AccountError> {
        let (token, _) = self.next(0).await?;
        Ok(token)
    }

    /// A function that returns a token other than the one it returned before, at each call: what
    /// the `TokenSource` of tv-client asks for when a token is about to expire or was refused.
    ///
    /// Each function remembers what it returned last; all of them share the account's token, and
    /// its pauses. A token that is refused soon after it was issued is replaced once at once, then
    /// after pauses that become longer.
    ///
    /// ```
    /// use tv_http::{AuthToken, login::Account};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let account = Account::from_token(AuthToken::new("from the vault"), "2026-11-30".parse()?);
    /// let fetch = account.tokens();
    /// assert_eq!(fetch().await?.expose(), "from the vault");
    /// // Asked for another: there is none.
    /// assert!(fetch().await.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tokens(&self) -> impl Fn() -> Fetched + Send + Sync + use<> {
        let account = self.clone();
        let seen = Arc::new(AtomicU64::new(0));
        move || {
            let (account, seen) = (account.clone(), Arc::clone(&seen));
            Box::pin(async move {
                let (token, generation) = account.next(seen.load(Ordering::Relaxed)).await?;
                seen.fetch_max(generation, Ordering::Relaxed);
                Ok(token)
            })
        }
    }

    /// What is known of the account.
    #[must_use]
    pub fn state(&self) -> AccountState {
        self.0.state.borrow().clone()
    }

    /// The present state, and each change from now on.
    #[must_use]
    pub fn states(&self) -> AccountStates {
        AccountStates::new(self.0.state.subscribe())
    }

    /// What the last token says of the account. Waits while the server is asked. Cancel-safe.
    pub async fn claims(&self) -> Option<TokenClaims> {
        let inner = self.0.inner.lock().await;
        inner.lease.as_ref().map(|lease| lease.claims.clone())
    }

    /// A client with the account's cookies; `None` if there is a token alone. Waits while the
    /// server is asked. Cancel-safe.
    pub async fn client(&self) -> Option<HttpClient> {
        self.0.inner.lock().await.client.clone()
    }

    /// Goes on with other cookies of the same user, from a new sign-in. The last token and all
    /// pauses are forgotten. Has no effect on an account by a token alone. Waits while the server
    /// is asked. Cancel-safe.
    pub async fn replace_cookies(&self, cookies: SessionCookies) {
        let mut inner = self.0.inner.lock().await;
        let Some(client) = &inner.client else { return };
        inner.client = Some(client.with_cookies(cookies));
        inner.lease = None;
        inner.end = None;
        inner.pacing = Pacing::default();
        self.report(AccountState::Unchecked);
    }

    /// A token of a later generation than one, and its generation.
    async fn next(&self, seen: u64) -> Result<(AuthToken, u64), AccountError> {
        let mut inner = self.0.inner.lock().await;
        let done = inner.renew(seen).await;
        self.report(inner.state(&done));
        let now = Instant::now();
        match (&inner.lease, done) {
            (Some(lease), Ok(())) => Ok((lease.token.clone(), inner.generation)),
            // It could not be renewed, but is still good.
            (Some(lease), Err(_)) if inner.generation > seen && !lease.is_expired(now) => {
                Ok((lease.token.clone(), inner.generation))
            }
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(AccountError::Spent { is_refused: false }),
        }
    }

    fn report(&self, state: AccountState) {
        self.0.state.send_if_modified(|old| {
            // Another wait for the same reason changes nothing.
            let is_news = match (&*old, &state) {
                (AccountState::Waiting(old), AccountState::Waiting(new)) => {
                    old.clone().with_wait(Duration::ZERO) != new.clone().with_wait(Duration::ZERO)
                }
                (old, new) => old != new,
            };
            *old = state;
            is_news
        });
    }
}

impl Inner {
    /// Gets a token if the one that is there was seen, or is about to end.
    async fn renew(&mut self, seen: u64) -> Result<(), AccountError> {
        let now = Instant::now();
        let is_due = self.lease.as_ref().is_none_or(|lease| lease.is_due(now));
        if !is_due && self.generation > seen {
            return Ok(());
        }
        if let Some(end) = &self.end {
            return Err(end.clone());
        }
        let Some(client) = &self.client else {
            return self.spend(now, seen);
        };
        self.pacing.check(now)?;
        if let Some(lease) = self.lease.as_ref().filter(|_| !is_due) {
            self.pacing.count_early(lease, now)?;
        }
        let fetched = match timeout(TIME_LIMIT, fetch::token(client)).await {
            Ok(fetched) => fetched,
            Err(_) => Err(Failure::Other(HttpError::TimedOut {
                host: Host::Www,
                limit: TIME_LIMIT,
            })),
        };
        let now = Instant::now();
        let (token, server_time) = match fetched {
            Ok(found) => found,
            Err(Failure::SignedOut(reason)) => {
                let end = AccountError::SignedOut { reason };
                self.end = Some(end.clone());
                return Err(end);
            }
            Err(Failure::Other(error)) => {
                let least = least_pause(&error);
                let error = |wait| AccountError::Unavailable { error, wait };
                return Err(self.pacing.fail(now, least, error));
            }
        };
        self.take(Lease::new(token, server_time, now), now)
    }

    /// Keeps a new token, unless it is of no use.
    fn take(&mut self, lease: Lease, now: Instant) -> Result<(), AccountError> {
        let is_same = self
            .lease
            .as_ref()
            .is_some_and(|old| old.token == lease.token);
        let what = match (is_same, lease.is_expired(now)) {
            (true, _) => "the token that was to be replaced",
            (_, true) => "a token that has expired",
            _ => {
                let old = self.lease.as_ref().and_then(Lease::plan);
                self.lost_plan = match lease.plan() {
                    None => old.or_else(|| self.lost_plan.take()),
                    Some(_) => None,
                };
                self.generation += 1;
                self.lease = Some(lease);
                self.pacing.succeed();
                return Ok(());
            }
        };
        let error = |wait| AccountError::Useless { what, wait };
        Err(self.pacing.fail(now, Duration::ZERO, error))
    }

    /// Without cookies, the token that is there is the only one.
    fn spend(&mut self, now: Instant, seen: u64) -> Result<(), AccountError> {
        let is_good = self
            .lease
            .as_ref()
            .is_some_and(|lease| !lease.is_expired(now));
        if is_good && self.generation > seen {
            return Ok(());
        }
        let end = AccountError::Spent {
            is_refused: is_good,
        };
        self.end = Some(end.clone());
        Err(end)
    }

    fn state(&self, done: &Result<(), AccountError>) -> AccountState {
        match (done, &self.lease) {
            (Err(error), _) if error.is_final() => AccountState::Ended(error.clone()),
            (Err(error), _) => AccountState::Waiting(error.clone()),
            (Ok(()), None) => AccountState::Unchecked,
            (Ok(()), Some(lease)) => AccountState::SignedIn {
                plan: lease.plan(),
                lost_plan: self.lost_plan.clone(),
                expires: lease.claims.expires,
            },
        }
    }
}

/// The shortest pause after an error.
fn least_pause(error: &HttpError) -> Duration {
    match error {
        HttpError::Answer(AnswerError::RateLimited { retry_after }) => {
            let asked = retry_after.unwrap_or(Duration::from_secs(60));
            asked.min(Duration::from_secs(3_600))
        }
        error if error.is_temporary() => Duration::ZERO,
        _ => LONG_PAUSE,
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Account")
            .field("state", &*self.0.state.borrow())
            .finish_non_exhaustive()
    }
}
