//! The queue of a quote session: one pending update for each symbol, into which newer ones are merged.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use protocol::{
    message::server::OwnedQuoteValues,
    quote::{Quote, QuoteField, QuoteFields, QuoteValue},
    symbol::Symbol,
};

use super::Queue;
use crate::{
    bounds::{FIELD_BYTES, MAX_STATE_BYTES, field_bytes},
    error::RequestError,
    quote::{QuoteEvent, QuoteUpdate},
    registry::QuoteNews,
};

/// A reader that does not read keeps at most this: the newest value of each field of each symbol.
#[derive(Debug, Default)]
pub(crate) struct QuoteQueue {
    symbols: HashMap<Symbol, Pending>,
    /// Symbols with something pending, each once, in the order in which they became so.
    order: VecDeque<Symbol>,
    failed: Option<RequestError>,
    /// An interruption that the reader has not been told of, and the end of one.
    reconnecting: bool,
    resumed: Option<usize>,
    /// Why the newest message that was skipped could not be understood.
    skipped: Option<String>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Pending {
    /// The newest value of each field. Readers hold it, too; whoever holds it still when it changes keeps a copy of what
    /// was.
    state: Arc<Quote>,
    /// What of it the reader has not seen.
    changed: QuoteFields,
    /// Whether the reader has seen any.
    is_seen: bool,
    /// What it takes at most: values that were replaced are counted until it is counted anew. `bytes <= MAX_STATE_BYTES`
    bytes: usize,
    completed: bool,
    refused: Option<String>,
    queued: bool,
}

impl Queue for QuoteQueue {
    fn fail(&mut self, error: RequestError) {
        self.failed.get_or_insert(error);
    }
}

impl QuoteQueue {
    pub(super) fn push(&mut self, news: QuoteNews) {
        if self.failed.is_some() || self.ended {
            return;
        }
        let symbol = match &news {
            QuoteNews::Skipped(reason) => {
                // One is enough: whoever has not read the last learns of the newest.
                self.skipped = Some(reason.clone());
                return;
            }
            QuoteNews::Reconnecting => {
                // A reader that has missed the end of one sees one that is longer.
                self.resumed = None;
                self.reconnecting = true;
                return;
            }
            QuoteNews::Resumed { missing } => {
                self.resumed = Some(*missing);
                return;
            }
            QuoteNews::Removed(symbol) => {
                self.symbols.remove(symbol);
                return;
            }
            QuoteNews::Values(symbol, _)
            | QuoteNews::State(symbol, _)
            | QuoteNews::Completed(symbol)
            | QuoteNews::Refused(symbol, _) => symbol.clone(),
        };
        let pending = self.symbols.entry(symbol.clone()).or_default();
        let mut fits = true;
        match news {
            QuoteNews::Values(_, values) => fits = pending.merge(&values),
            QuoteNews::State(_, values) => fits = pending.catch_up(values),
            QuoteNews::Completed(_) => pending.completed = true,
            QuoteNews::Refused(_, reason) => pending.refused = Some(reason),
            _ => {}
        }
        if !fits {
            self.failed = Some(RequestError::TooMuch {
                symbol: symbol.to_string(),
                limit: MAX_STATE_BYTES,
                unit: "bytes",
            });
        }
        if !std::mem::replace(&mut pending.queued, true) {
            self.order.push_back(symbol);
        }
    }

    /// The next event; `Some(None)` when the last has been taken.
    pub(crate) fn take(&mut self) -> Option<Option<QuoteEvent>> {
        if std::mem::take(&mut self.reconnecting) {
            return Some(Some(QuoteEvent::Reconnecting));
        }
        while let Some(symbol) = self.order.pop_front() {
            let Some(pending) = self.symbols.get_mut(&symbol) else {
                continue;
            };
            let event = pending.take(&symbol);
            pending.queued = pending.has_more();
            if pending.queued {
                self.order.push_front(symbol);
            }
            if event.is_some() {
                return Some(event);
            }
        }
        if let Some(missing) = self.resumed.take() {
            return Some(Some(QuoteEvent::Resumed { missing }));
        }
        if let Some(reason) = self.skipped.take() {
            return Some(Some(QuoteEvent::Skipped { reason }));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.take()?;
        self.ended = true;
        Some(Some(match error {
            RequestError::Ended(error) => QuoteEvent::Ended(error),
            other => QuoteEvent::Failed(other),
        }))
    }
}

impl Pending {
    /// Takes in values; false if the state would grow over its bound.
    fn merge(&mut self, values: &OwnedQuoteValues) -> bool {
        let values = values.values();
        let most = values.len() * FIELD_BYTES + values.message_len();
        if self.bytes + most > MAX_STATE_BYTES {
            let fields = self.state.fields();
            self.bytes = fields.map(|(field, value)| field_bytes(field, value)).sum();
        }
        if self.bytes + most <= MAX_STATE_BYTES {
            self.bytes += most;
            values.merge_changes(Arc::make_mut(&mut self.state), &mut self.changed);
            return true;
        }
        // Near the bound each field is looked at.
        self.merge_each(
            values
                .iter()
                .map(|(field, value)| (field.into_owned(), value.into_owned())),
        )
    }

    /// Takes in the newest value of each field. What the reader knows already is no news.
    fn catch_up(&mut self, values: Vec<(QuoteField<'static>, QuoteValue<'static>)>) -> bool {
        let known = Arc::clone(&self.state);
        let news = values.into_iter();
        self.merge_each(news.filter(|(field, value)| known.get(field) != Some(value)))
    }

    fn merge_each(
        &mut self,
        values: impl Iterator<Item = (QuoteField<'static>, QuoteValue<'static>)>,
    ) -> bool {
        let state = Arc::make_mut(&mut self.state);
        for (field, value) in values {
            let before = state
                .get(&field)
                .map_or(0, |known| field_bytes(&field, known));
            let bytes = self.bytes.saturating_sub(before) + field_bytes(&field, &value);
            if bytes > MAX_STATE_BYTES {
                return false;
            }
            self.bytes = bytes;
            self.changed.insert(field.clone());
            state.merge([(field, value)]);
        }
        true
    }

    fn has_more(&self) -> bool {
        !self.changed.is_empty() || self.completed || self.refused.is_some()
    }

    /// What is pending, one event at a time: values, then their completion, then a refusal.
    fn take(&mut self, symbol: &Symbol) -> Option<QuoteEvent> {
        if !self.changed.is_empty() {
            return Some(QuoteEvent::Update(QuoteUpdate {
                symbol: symbol.clone(),
                quote: Arc::clone(&self.state),
                changed: std::mem::take(&mut self.changed),
                is_snapshot: !std::mem::replace(&mut self.is_seen, true),
            }));
        }
        if std::mem::take(&mut self.completed) {
            return Some(QuoteEvent::Completed {
                symbol: symbol.clone(),
            });
        }
        let reason = self.refused.take()?;
        Some(QuoteEvent::Refused {
            symbol: symbol.clone(),
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use protocol::message::ServerMessage;

    use super::*;
    use crate::error::ClientError;

    /// News of a symbol, from fields as they stand on the wire.
    fn values(symbol: &str, fields: &str) -> QuoteNews {
        let text =
            format!(r#"{{"m":"qsd","p":["qs",{{"n":"{symbol}","s":"ok","v":{{{fields}}}}}]}}"#);
        let ServerMessage::QuoteData(quote) = ServerMessage::decode(&text).message else {
            panic!("{text}")
        };
        let values = quote.data.values.to_owned_values();
        QuoteNews::Values(Symbol::new(symbol).unwrap(), values)
    }

    fn last(symbol: &str, price: f64) -> QuoteNews {
        values(symbol, &format!(r#""lp":{price}"#))
    }

    fn updates(queue: &mut QuoteQueue) -> Vec<(String, f64)> {
        let mut out = Vec::new();
        while let Some(Some(event)) = queue.take() {
            if let QuoteEvent::Update(update) = event {
                out.push((update.symbol.to_string(), update.quote.last().unwrap()));
            }
        }
        out
    }

    #[test]
    fn a_reader_that_sleeps_wakes_to_the_newest_state_of_each_symbol() {
        let mut queue = QuoteQueue::default();
        for price in 0..10_000 {
            queue.push(last("A:B", f64::from(price)));
            queue.push(last("A:C", f64::from(-price)));
        }
        assert_eq!(
            updates(&mut queue),
            [("A:B".into(), 9_999.0), ("A:C".into(), -9_999.0)]
        );
        assert_eq!(queue.take(), None);
        queue.push(last("A:C", 1.0));
        assert_eq!(updates(&mut queue), [("A:C".into(), 1.0)]);
    }

    #[test]
    fn updates_hold_the_merged_state_and_name_what_changed() {
        let mut queue = QuoteQueue::default();
        let symbol = Symbol::new("A:B").unwrap();
        queue.push(last("A:B", 1.0));
        let Some(Some(QuoteEvent::Update(first))) = queue.take() else {
            panic!("an update")
        };
        queue.push(values("A:B", r#""bid":0.5"#));
        let Some(Some(QuoteEvent::Update(second))) = queue.take() else {
            panic!("an update")
        };
        assert!(first.is_snapshot && !second.is_snapshot);
        assert_eq!(
            (second.quote.last(), second.quote.bid()),
            (Some(1.0), Some(0.5))
        );
        assert_eq!(first.quote.bid(), None, "what is held does not change");
        assert!(second.changed.iter().eq([QuoteField::Bid]));
        queue.push(QuoteNews::Completed(symbol.clone()));
        assert_eq!(queue.take(), Some(Some(QuoteEvent::Completed { symbol })));
    }

    #[test]
    fn a_reader_that_drops_its_updates_has_no_state_copied() {
        let mut queue = QuoteQueue::default();
        let mut places = std::collections::HashSet::new();
        for price in 0..100 {
            queue.push(last("A:B", f64::from(price)));
            let Some(Some(QuoteEvent::Update(update))) = queue.take() else {
                panic!("an update")
            };
            assert_eq!(update.quote.last(), Some(f64::from(price)));
            places.insert(Arc::as_ptr(&update.quote));
        }
        assert_eq!(places.len(), 1);
    }

    #[test]
    fn a_state_that_grows_without_end_is_given_up() {
        let mut queue = QuoteQueue::default();
        let text = "x".repeat(1000);
        // The same field again and again is no growth, read or not.
        for round in 0..10_000 {
            queue.push(values("A:B", &format!(r#""description":"{text}""#)));
            if round % 2 == 0 {
                assert!(matches!(queue.take(), Some(Some(QuoteEvent::Update(_)))));
            }
        }
        for number in 0..10_000 {
            queue.push(values("A:B", &format!(r#""field_{number}":"{text}""#)));
        }
        let Some(Some(QuoteEvent::Update(update))) = queue.take() else {
            panic!("what came before")
        };
        let fields = update.quote.fields().count();
        assert!((3_000..4_000).contains(&fields), "{fields}");
        assert!(matches!(
            queue.take(),
            Some(Some(QuoteEvent::Failed(RequestError::TooMuch { .. })))
        ));
        assert_eq!(queue.take(), Some(None));
    }

    #[test]
    fn the_end_comes_after_everything_else_and_once() {
        let mut queue = QuoteQueue::default();
        queue.push(last("A:B", 1.0));
        queue.fail(RequestError::Ended(ClientError::Closed));
        queue.fail(RequestError::Busy);
        assert!(matches!(queue.take(), Some(Some(QuoteEvent::Update(_)))));
        assert_eq!(
            queue.take(),
            Some(Some(QuoteEvent::Ended(ClientError::Closed)))
        );
        assert_eq!(queue.take(), Some(None));
        assert_eq!(queue.take(), Some(None));
    }
}
