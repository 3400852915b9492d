//! The limits of a pool, and how each of its connections is made.

use transport::SupervisorConfig;

/// The settings of a [`Pool`](super::Pool).
#[derive(Clone, Debug)]
pub struct PoolConfig {
    pub(super) supervisor: SupervisorConfig,
    pub(super) streams_per_connection: usize,
    pub(super) connections: usize,
}

impl PoolConfig {
    /// A pool whose connections are all made as `supervisor` says. Their names are its name with a
    /// number: `binance-0`, `binance-1`.
    #[must_use]
    pub fn new(supervisor: SupervisorConfig) -> Self {
        Self {
            supervisor,
            streams_per_connection: 100,
            connections: 2,
        }
    }

    /// Sets how many streams a connection carries at most. Venues limit this: Binance 1,024, MEXC
    /// 30. Default: 100; at least 1.
    #[must_use]
    pub fn streams_per_connection(mut self, streams: usize) -> Self {
        self.streams_per_connection = streams.max(1);
        self
    }

    /// Sets how many connections there may be. Default: 2; at least 1.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }
}
