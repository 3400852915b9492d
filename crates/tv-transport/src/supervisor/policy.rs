//! When to try again, and when to stop trying.

use std::time::Duration;

use super::backoff::Backoff;

/// How a supervisor reconnects.
#[derive(Clone, Debug, PartialEq)]
pub struct ReconnectPolicy {
    pub(crate) first_delay: Duration,
    pub(crate) delay: Duration,
    pub(crate) factor: f64,
    pub(crate) longest_delay: Duration,
    pub(crate) slow_lane: (Duration, Duration),
    pub(crate) stable_after: Duration,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) failures_per_host: u32,
}

impl ReconnectPolicy {
    /// The first attempt after a loss comes at a random moment within this time. Default: 1 s.
    ///
    /// Zero reconnects at once: good for a single client, bad for a crowd whose server restarts.
    #[must_use]
    pub fn first_delay(mut self, spread: Duration) -> Self {
        self.first_delay = spread;
        self
    }

    /// The ceiling of the delay before the second attempt. Default: 0.5 s.
    #[must_use]
    pub fn reconnect_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The factor by which the ceiling grows with each attempt. Default: 2.
    #[must_use]
    pub fn reconnect_backoff(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// The highest ceiling. Default: 10 s.
    #[must_use]
    pub fn longest_delay(mut self, delay: Duration) -> Self {
        self.longest_delay = delay;
        self
    }

    /// The delay after faults that will probably last (credentials, certificates, a broken
    /// protocol): a random time between the two. Default: 60 s to 90 s.
    #[must_use]
    pub fn slow_lane(mut self, from: Duration, to: Duration) -> Self {
        self.slow_lane = (from.min(Backoff::LONGEST), to.min(Backoff::LONGEST));
        self
    }

    /// How long after its first message a connection counts as stable, so that the backoff starts
    /// over. Default: 30 s.
    #[must_use]
    pub fn stable_after(mut self, time: Duration) -> Self {
        self.stable_after = time.min(Backoff::LONGEST);
        self
    }

    /// The most consecutive attempts to reconnect without a stable connection. Default: any number.
    #[must_use]
    pub fn max_reconnect_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// The number of consecutive failures after which the next endpoint of the list is tried.
    /// Default: 3; at least 1.
    #[must_use]
    pub fn failures_per_host(mut self, failures: u32) -> Self {
        self.failures_per_host = failures.max(1);
        self
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(
            self.first_delay,
            self.delay,
            self.factor,
            self.longest_delay,
        )
    }
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_secs(1),
            delay: Duration::from_millis(500),
            factor: 2.0,
            longest_delay: Duration::from_secs(10),
            slow_lane: (Duration::from_secs(60), Duration::from_secs(90)),
            stable_after: Duration::from_secs(30),
            max_attempts: None,
            failures_per_host: 3,
        }
    }
}
