//! One subscription, and what the indexes hold of it.

use std::time::Instant;

use protocol::id::SessionId;

use super::{chart::ChartEntry, quote::QuoteEntry};

/// A quote session or a series, and its places in the indexes.
#[derive(Debug)]
pub(super) struct SubscriptionEntry {
    pub(super) kind: SubscriptionKind,
    /// What stands in `sessions` and `timers` for it.
    pub(super) session: Option<SessionId>,
    pub(super) second: Option<SessionId>,
    pub(super) timer: Option<Instant>,
    /// Whether it stands in `quotes` or `charts`.
    pub(super) is_queued: bool,
}

impl SubscriptionEntry {
    pub(super) fn new(kind: SubscriptionKind) -> Self {
        Self {
            kind,
            session: None,
            second: None,
            timer: None,
            is_queued: false,
        }
    }
}

#[derive(Debug)]
pub(super) enum SubscriptionKind {
    Quote(Box<QuoteEntry>),
    Chart(Box<ChartEntry>),
}
