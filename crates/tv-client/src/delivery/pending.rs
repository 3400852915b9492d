//! What waits of one symbol for a reader of quotes.

use std::{sync::Arc, time::Duration};

use protocol::symbol::Symbol;

use crate::{
    event::{QuoteEvent, QuoteUpdate},
    quote_state::QuoteState,
};

/// The known state of a symbol, and what its reader has not seen of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// The known state, and the part that the reader has not seen.
    pub(super) state: QuoteState,
    /// Whether the reader has seen any.
    pub(super) is_seen: bool,
    pub(super) completed: bool,
    pub(super) refused: Option<String>,
    /// How long no data had come when `Stale` was reported.
    pub(super) stale: Option<Duration>,
    /// Why the newest message of it that was skipped could not be read.
    pub(super) skipped: Option<String>,
    /// Why it waits, and for how long.
    pub(super) suspended: Option<(String, Duration)>,
    /// The latest answer to the symbol, for readers that join later.
    pub(super) answer: Option<Answer>,
}

/// How the server has answered to a symbol.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Completed,
    Refused(String),
}

impl Pending {
    pub(super) fn has_more(&self) -> bool {
        self.state.has_changes()
            || self.completed
            || self.refused.is_some()
            || self.stale.is_some()
            || self.skipped.is_some()
            || self.suspended.is_some()
    }

    /// The same for a reader that joins now and has seen nothing.
    pub(super) fn unseen(mut self) -> Self {
        self.state = self.state.unseen();
        self.is_seen = false;
        (self.skipped, self.suspended) = (None, None);
        self.completed = matches!(self.answer, Some(Answer::Completed));
        self.refused = match &self.answer {
            Some(Answer::Refused(reason)) => Some(reason.clone()),
            _ => None,
        };
        self
    }

    /// What is pending, one event at a time: values, then their completion, then silence, then a
    /// refusal.
    pub(super) fn take(&mut self, symbol: &Symbol) -> Option<QuoteEvent> {
        if self.state.has_changes() {
            return Some(QuoteEvent::Update(QuoteUpdate {
                symbol: symbol.clone(),
                quote: Arc::clone(self.state.values()),
                changed: self.state.take_changes(),
                is_snapshot: !std::mem::replace(&mut self.is_seen, true),
                is_complete: matches!(self.answer, Some(Answer::Completed)),
            }));
        }
        if std::mem::take(&mut self.completed) {
            return Some(QuoteEvent::Completed {
                symbol: symbol.clone(),
            });
        }
        if let Some(age) = self.stale.take() {
            return Some(QuoteEvent::Stale {
                symbol: symbol.clone(),
                age,
            });
        }
        if let Some(reason) = self.skipped.take() {
            return Some(QuoteEvent::Skipped {
                symbol: Some(symbol.clone()),
                reason,
            });
        }
        if let Some((reason, retry_in)) = self.suspended.take() {
            return Some(QuoteEvent::Suspended {
                symbol: Some(symbol.clone()),
                reason,
                retry_in,
            });
        }
        let reason = self.refused.take()?;
        Some(QuoteEvent::Refused {
            symbol: symbol.clone(),
            reason,
        })
    }
}
