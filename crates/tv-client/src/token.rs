//! Where tokens come from.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use protocol::secret::AuthToken;
use tokio::sync::Mutex;

type Fetched = Result<AuthToken, Box<dyn Error + Send + Sync>>;
type Fetch = dyn Fn() -> Pin<Box<dyn Future<Output = Fetched> + Send>> + Send + Sync;

/// Gets tokens from the application: when a client signs in, before a token expires, and when the server refuses one.
///
/// Clones share what they get: while one client asks, others wait for the same answer, and a new token that one has
/// got is given to all.
#[derive(Clone)]
pub struct TokenSource(Arc<Shared>);

struct Shared {
    fetch: Box<Fetch>,
    /// The newest token. Held while the application is asked.
    newest: Mutex<Option<AuthToken>>,
}

impl TokenSource {
    /// A source that calls `fetch` for each token. Its errors are shown: keep secrets out of them.
    pub fn new<F, T>(fetch: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Fetched> + Send + 'static,
    {
        Self(Arc::new(Shared {
            fetch: Box::new(move || Box::pin(fetch())),
            newest: Mutex::new(None),
        }))
    }

    /// A token other than the one that is of no use any more.
    pub(crate) async fn next(&self, used: Option<&AuthToken>) -> Result<AuthToken, String> {
        let mut newest = self.0.newest.lock().await;
        if let Some(token) = newest.as_ref().filter(|token| Some(*token) != used) {
            return Ok(token.clone());
        }
        let token = (self.0.fetch)().await.map_err(|error| error.to_string())?;
        *newest = Some(token.clone());
        Ok(token)
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
                Ok(AuthToken::new(format!("token {number}")))
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
}
