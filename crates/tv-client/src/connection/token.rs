//! Where tokens come from.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use protocol::secret::AuthToken;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// The time limit of a source for one token.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a source that has failed is left alone, by all that share it.
const PAUSE: Duration = Duration::from_secs(60);

type Cause = Box<dyn Error + Send + Sync>;

type Fetched = Pin<Box<dyn Future<Output = Result<AuthToken, Cause>> + Send>>;

type Fetch = dyn Fn() -> Fetched + Send + Sync;

/// Gets tokens from the application: when a client signs in, before a token expires, and when the
/// server refuses one.
///
/// Clones share the tokens: while one client asks, others wait for the same answer, and all of them
/// get the new token. A source that fails, or takes longer than 30 s, is not asked again for a
/// minute by any of them.
#[derive(Clone)]
pub struct TokenSource(Arc<SourceState>);

pub(crate) struct SourceState {
    fetch: Box<Fetch>,
    /// Held while the application is asked.
    latest: Mutex<Latest>,
}

/// What the application has answered.
#[derive(Default)]
struct Latest {
    token: Option<AuthToken>,
    /// Why there was none the last time, and when that was.
    failure: Option<(Instant, String)>,
}

impl TokenSource {
    /// Makes a source that calls `fetch` for each token. `fetch` may fail with any error, or with a
    /// text. Errors are shown to users, so keep secrets out of them.
    ///
    /// ```
    /// use tv_client::{AuthToken, Client, TokenSource};
    ///
    /// async fn fetch() -> Result<AuthToken, std::io::Error> {
    ///     Ok(AuthToken::new(std::fs::read_to_string("token.txt")?))
    /// }
    ///
    /// let builder = Client::builder().auth(TokenSource::new(fetch));
    /// ```
    pub fn new<F, T, E>(fetch: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<AuthToken, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self(Arc::new(SourceState {
            fetch: Box::new(move || {
                let fetched = fetch();
                Box::pin(async move { fetched.await.map_err(Into::into) })
            }),
            latest: Mutex::default(),
        }))
    }

    /// A token other than the one that no longer works.
    pub(crate) async fn next(&self, used: Option<&AuthToken>) -> Result<AuthToken, String> {
        let mut latest = self.0.latest.lock().await;
        if let Some(token) = latest.token.as_ref().filter(|token| Some(*token) != used) {
            return Ok(token.clone());
        }
        if let Some((at, reason)) = &latest.failure
            && at.elapsed() < PAUSE
        {
            return Err(reason.clone());
        }
        let fetched = match timeout(TIMEOUT, (self.0.fetch)()).await {
            Ok(fetched) => fetched.map_err(|error| error.to_string()),
            Err(_) => Err("the source does not answer".to_owned()),
        };
        latest.failure = fetched
            .as_ref()
            .err()
            .map(|reason| (Instant::now(), reason.clone()));
        if let Ok(token) = &fetched {
            latest.token = Some(token.clone());
        }
        fetched
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenSource").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn f67_many_clients_ask_once_for_each_token() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let source = TokenSource::new(move || {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await;
                Ok::<_, Cause>(AuthToken::new(format!("token {number}")))
            }
        });
        let mut used = None;
        for round in 1..=3 {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..50 {
                let (source, used) = (source.clone(), used.clone());
                tasks.spawn(async move { source.next(used.as_ref()).await });
            }
            let tokens = tasks.join_all().await;
            assert_eq!(calls.load(Ordering::SeqCst), round);
            assert!(tokens.iter().all(|token| token == &tokens[0]));
            used = tokens[0].clone().ok();
        }
    }

    /// A source, and how often it was asked.
    fn counted<F, T>(fetch: F) -> (TokenSource, Arc<AtomicUsize>)
    where
        F: Fn(usize) -> T + Send + Sync + 'static,
        T: Future<Output = Result<AuthToken, Cause>> + Send + 'static,
    {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let source = TokenSource::new(move || fetch(counted.fetch_add(1, Ordering::SeqCst)));
        (source, calls)
    }

    /// Lets `clients` ask for `time`. Each asks again a minute after a failure.
    async fn ask_for(source: &TokenSource, clients: usize, time: Duration) {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..clients {
            let source = source.clone();
            tasks.spawn(timeout(time, async move {
                while source.next(None).await.is_err() {
                    tokio::time::sleep(PAUSE).await;
                }
            }));
        }
        tasks.join_all().await;
    }

    #[tokio::test(start_paused = true)]
    async fn f68_a_source_that_fails_is_asked_once_a_minute_by_all_together() {
        let (source, calls) = counted(|_| async { Err("no network".into()) });
        ask_for(&source, 50, PAUSE * 10).await;
        assert!(
            (2..=11).contains(&calls.load(Ordering::SeqCst)),
            "{calls:?}"
        );
        assert_eq!(source.next(None).await.unwrap_err(), "no network");
    }

    #[tokio::test(start_paused = true)]
    async fn f68_a_source_that_hangs_is_given_up_and_left_alone() {
        let (source, calls) = counted(|_| std::future::pending());
        let begin = Instant::now();
        let error = source.next(None).await.unwrap_err();
        assert_eq!(
            (error.as_str(), begin.elapsed()),
            ("the source does not answer", TIMEOUT)
        );
        // A client that is dropped while it asks leaves the question to the next one, so this ends
        // between two questions.
        ask_for(&source, 50, PAUSE * 10 - TIMEOUT / 2).await;
        assert!(
            (2..=11).contains(&calls.load(Ordering::SeqCst)),
            "{calls:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn f68_a_source_that_recovers_is_of_use_again() {
        let (source, calls) = counted(|number| async move {
            match number {
                0 => Err("no network".into()),
                _ => Ok(AuthToken::new("good")),
            }
        });
        let begin = Instant::now();
        ask_for(&source, 50, PAUSE * 10).await;
        assert_eq!((calls.load(Ordering::SeqCst), begin.elapsed()), (2, PAUSE));
    }

    #[tokio::test]
    async fn f69_a_token_that_was_replaced_is_given_to_no_client() {
        let (source, calls) =
            counted(|number| async move { Ok(AuthToken::new(number.to_string())) });
        let first = source.next(None).await.unwrap();
        let second = source.next(Some(&first)).await.unwrap();
        assert_ne!(first, second);
        // One that learns late that the first is of no use.
        assert_eq!(source.next(Some(&first)).await.unwrap(), second);
        assert_eq!(source.next(None).await.unwrap(), second);
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
