//! The limits of a pool.

use crate::{
    error::RequestError,
    handle::{Capacity, SessionKind},
};

/// How many connections a pool may make, and what each may carry. Servers do not publish their
/// limits; the defaults stay below the numbers that they reportedly refuse.
///
/// In addition, a process makes at most one new connection a second.
///
/// ```
/// use tv_client::PoolLimits;
///
/// // Three that serve, and one spare for renewals.
/// let limits = PoolLimits::default()
///     .connections(4)
///     .sessions_per_connection(100)
///     .series_per_connection(50)
///     .symbols_per_session(500);
/// ```
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
            connections: Self::CONNECTIONS,
            sessions: Self::SESSIONS,
            series: Self::SERIES,
            symbols: Self::SYMBOLS,
        }
    }
}

impl PoolLimits {
    /// Connections at a time, by default. Servers were reported to answer 429 when an address had
    /// more than seven programs connected.
    pub const CONNECTIONS: usize = 2;
    /// Sessions over one connection, by default. After some 200 servers were reported to say `max
    /// sessions rate reached`.
    pub const SESSIONS: usize = 150;
    /// Series over one connection, by default. Each has a session of its own; half of what is
    /// reported to be too many leaves room for those that end and begin again.
    pub const SERIES: usize = 100;
    /// Symbols in one session of quotes, by default. No limit is known; a recorded browser used
    /// more than 600. Smaller sessions bound the effect of a fault, which concerns all symbols of a
    /// session.
    pub const SYMBOLS: usize = 1_000;

    /// How many connections may be open at a time, including those that replace another. Default
    /// [`CONNECTIONS`](Self::CONNECTIONS).
    ///
    /// While all of them are in use, renewing one interrupts it.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// How many sessions one connection may carry: quote sessions, and one for each series. Default
    /// [`SESSIONS`](Self::SESSIONS).
    #[must_use]
    pub fn sessions_per_connection(mut self, most: usize) -> Self {
        self.sessions = most;
        self
    }

    /// How many series, histories and replays one connection may carry. Default
    /// [`SERIES`](Self::SERIES).
    #[must_use]
    pub fn series_per_connection(mut self, most: usize) -> Self {
        self.series = most;
        self
    }

    /// How many symbols one quote session may have. Default [`SYMBOLS`](Self::SYMBOLS).
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

    pub(super) fn exceeded(&self, kind: SessionKind) -> RequestError {
        let Self {
            connections,
            sessions,
            series,
            ..
        } = self;
        let what = match kind {
            SessionKind::Quotes => {
                format!("each of the pool's {connections} connections has its {sessions} sessions")
            }
            SessionKind::Series => format!(
                "each of the pool's {connections} connections has its {series} series or {sessions} sessions"
            ),
        };
        let what = format!("{what}; drop streams that are not needed, or raise PoolLimits");
        RequestError::LimitExceeded { what }
    }
}
