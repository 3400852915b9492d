//! Limits of requests: size, rate, time for an answer, and total number.

use std::time::Duration;

/// How [`Subscriptions`](super::Subscriptions) paces its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pacing {
    pub(super) keys_per_batch: usize,
    pub(super) spacing: Duration,
    pub(super) answer_timeout: Duration,
    pub(super) tries: u32,
    pub(super) max_subscriptions: usize,
}

impl Pacing {
    /// Sets the largest number of streams in one request. Default: 100; at least 1.
    #[must_use]
    pub fn keys_per_batch(mut self, keys: usize) -> Self {
        self.keys_per_batch = keys.max(1);
        self
    }

    /// How far apart two batches are sent. Default: 250 ms, which keeps below five messages a
    /// second.
    #[must_use]
    pub fn spacing(mut self, spacing: Duration) -> Self {
        self.spacing = spacing;
        self
    }

    /// Sets how long to wait for an answer before a request is repeated. Default: 5 s; at most 1 h.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout.min(Duration::from_secs(60 * 60));
        self
    }

    /// Sets how many times a request without an answer is made. Default: 3; at least 1.
    #[must_use]
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// Sets the largest number of wanted streams. Default: 10,000.
    #[must_use]
    pub fn max_subscriptions(mut self, subscriptions: usize) -> Self {
        self.max_subscriptions = subscriptions;
        self
    }
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            keys_per_batch: 100,
            spacing: Duration::from_millis(250),
            answer_timeout: Duration::from_secs(5),
            tries: 3,
            max_subscriptions: 10_000,
        }
    }
}
