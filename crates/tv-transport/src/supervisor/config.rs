//! The configuration of a supervisor: where to connect, how, and how often to try again.

use std::time::Duration;

use super::policy::ReconnectPolicy;
use crate::{endpoint::Endpoint, limiter::ConnectLimiter, options::TransportOptions};

/// The configuration of a [`Supervisor`](crate::Supervisor).
#[derive(Clone, Debug)]
pub struct SupervisorConfig {
    pub(crate) name: Box<str>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) transport: TransportOptions,
    pub(crate) policy: ReconnectPolicy,
    pub(crate) limiter: ConnectLimiter,
    pub(crate) close_timeout: Duration,
    pub(crate) seed: Option<u64>,
}

impl SupervisorConfig {
    /// Makes a configuration with all defaults. Health, metrics and logs call the connection
    /// `name`.
    #[must_use]
    pub fn new(name: &str, endpoint: Endpoint) -> Self {
        Self {
            name: name.into(),
            endpoints: vec![endpoint],
            transport: TransportOptions::default(),
            policy: ReconnectPolicy::default(),
            limiter: ConnectLimiter::process(),
            close_timeout: Duration::from_secs(1),
            seed: None,
        }
    }

    /// Changes the name given to [`new`](Self::new).
    #[must_use]
    pub fn renamed(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Adds an endpoint to try after those before it have failed [several times in a
    /// row](ReconnectPolicy::failures_per_host). The first follows the last.
    #[must_use]
    pub fn alternate(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Time-outs, limits, headers, proxy and certificates of each connection.
    #[must_use]
    pub fn transport(mut self, options: TransportOptions) -> Self {
        self.transport = options;
        self
    }

    /// When to reconnect, and when to stop trying.
    #[must_use]
    pub fn policy(mut self, policy: ReconnectPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The limiter that spaces connections to one host. Default: the one of the
    /// [process](ConnectLimiter::process). Loopback is exempt.
    #[must_use]
    pub fn limiter(mut self, limiter: ConnectLimiter) -> Self {
        self.limiter = limiter;
        self
    }

    /// How long a close by a handle may take: sending what is queued, and the peer's answer.
    /// Default: 1 s.
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout.min(Duration::from_secs(60 * 60));
        self
    }

    /// Makes the jitter repeatable, for tests. Default: seeded by the system.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The name of the venue or connection.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_takes_at_most_an_hour() {
        let hour = Duration::from_secs(3_600);
        for (asked, given) in [(hour, hour), (hour * 2, hour), (hour / 2, hour / 2)] {
            let endpoint = Endpoint::new("ws://127.0.0.1:1/").unwrap();
            let config = SupervisorConfig::new("probe", endpoint).close_timeout(asked);
            assert_eq!(config.close_timeout, given);
        }
    }
}
