//! One subscription, and what the indexes hold of it.

use std::time::Instant;

use protocol::id::SessionId;
use tracing::{Span, debug_span, span::EnteredSpan};

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

    /// Enters the spans of what is logged about it. They are left in the order of the fields.
    #[cold]
    pub(super) fn enter(&self) -> Spans {
        let id = self.session.as_ref().map(SessionId::as_str);
        let session = debug_span!("session", id).entered();
        let symbol = match &self.kind {
            // Each message has a symbol of its own.
            SubscriptionKind::Quote(_) => Span::none(),
            SubscriptionKind::Chart(chart) => debug_span!("symbol", name = chart.name()),
        };
        Spans {
            _symbol: symbol.entered(),
            _session: session,
        }
    }
}

/// The spans of an entry while it handles something.
pub(super) struct Spans {
    _symbol: EnteredSpan,
    _session: EnteredSpan,
}

#[derive(Debug)]
pub(super) enum SubscriptionKind {
    Quote(Box<QuoteEntry>),
    Chart(Box<ChartEntry>),
}
