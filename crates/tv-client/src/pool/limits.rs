//! What a pool allows itself.

use crate::{
    error::RequestError,
    load::{Capacity, Kind},
};

/// How many connections a pool may make, and what each may carry. The defaults stay well below what servers were
/// seen to refuse.
///
/// New connections are made at most once a second by all of a process together, whatever stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    pub(crate) connections: usize,
    pub(crate) sessions: usize,
    pub(crate) series: usize,
    pub(crate) symbols: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            connections: 2,
            sessions: 150,
            series: 100,
            symbols: 1_000,
        }
    }
}

impl PoolLimits {
    /// Connections at a time, those included that take another's place. Default 2.
    ///
    /// While all of them are in use, renewing one interrupts it.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// Sessions over one connection: those of quotes, and one for each series. Default 150: some 200 are reported to be too
    /// many.
    #[must_use]
    pub fn sessions_per_connection(mut self, most: usize) -> Self {
        self.sessions = most;
        self
    }

    /// Series over one connection. Default 100.
    #[must_use]
    pub fn series_per_connection(mut self, most: usize) -> Self {
        self.series = most;
        self
    }

    /// Symbols in one session of quotes. Default 1,000.
    #[must_use]
    pub fn symbols_per_session(mut self, most: usize) -> Self {
        self.symbols = most;
        self
    }

    pub(super) fn fault(&self) -> Option<&'static str> {
        [self.connections, self.sessions, self.series, self.symbols]
            .contains(&0)
            .then_some("let every limit of the pool be at least one")
    }

    pub(super) fn capacity(&self) -> Capacity {
        Capacity {
            sessions: self.sessions,
            series: self.series,
        }
    }

    pub(super) fn exceeded(&self, kind: Kind) -> RequestError {
        let Self {
            connections,
            sessions,
            series,
            ..
        } = self;
        let what = match kind {
            Kind::Quotes => {
                format!("{connections} connections of the pool with {sessions} sessions")
            }
            Kind::Series => format!(
                "{connections} connections of the pool with {series} series or {sessions} sessions"
            ),
        };
        RequestError::LimitExceeded { what }
    }
}
