//! What a simulator counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a simulator counted since it started. A snapshot: the numbers go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SimStats {
    /// Connections open now.
    pub connections_open: u64,
    /// Connections that completed the WebSocket handshake.
    pub connections_total: u64,
    /// Heartbeats that clients sent back.
    pub heartbeats_echoed: u64,
    /// Ticks of the simulated market, over all followed symbols.
    pub ticks: u64,
    /// WebSocket messages handed to sockets; a message holds one frame or several.
    pub messages_sent: u64,
    /// WebSocket messages received, text or binary.
    pub messages_received: u64,
    /// Connections cut because heartbeats stayed unanswered.
    pub clients_cut: u64,
}

/// The running counters behind [`SimStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) open: AtomicU64,
    pub(crate) total: AtomicU64,
    pub(crate) heartbeats: AtomicU64,
    pub(crate) ticks: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) cut: AtomicU64,
}

impl Counters {
    /// Reads them all.
    pub(crate) fn snapshot(&self) -> SimStats {
        SimStats {
            connections_open: self.open.load(Relaxed),
            connections_total: self.total.load(Relaxed),
            heartbeats_echoed: self.heartbeats.load(Relaxed),
            ticks: self.ticks.load(Relaxed),
            messages_sent: self.sent.load(Relaxed),
            messages_received: self.received.load(Relaxed),
            clients_cut: self.cut.load(Relaxed),
        }
    }
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Relaxed);
}

/// Counts a connection as open for as long as it lives.
pub(crate) struct OpenGuard<'a>(&'a AtomicU64);

impl<'a> OpenGuard<'a> {
    /// Counts one more.
    pub(crate) fn new(open: &'a AtomicU64) -> Self {
        count(open, 1);
        Self(open)
    }
}

impl Drop for OpenGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
