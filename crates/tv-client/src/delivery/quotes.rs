//! The queue of a quote session: one pending update for each symbol, into which newer ones are merged.

use std::collections::{HashMap, VecDeque};

use protocol::{
    quote::{Quote, QuoteField, QuoteValue},
    symbol::Symbol,
};

use super::Queue;
use crate::{
    bounds::{MAX_STATE_BYTES, field_bytes},
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
    /// What the reader has seen.
    seen: Quote,
    /// What it has not.
    news: Quote,
    /// What the newest values of both take. `bytes <= MAX_STATE_BYTES`
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
            QuoteNews::Values(_, values) => fits = pending.merge(values),
            QuoteNews::State(_, values) => {
                // What the reader knows already is no news.
                let news = values.into_iter();
                let news = news.filter(|(field, value)| pending.newest(field) != Some(value));
                let news = news.collect();
                fits = pending.merge(news);
            }
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
        while let Some(symbol) = self.order.front() {
            let symbol = symbol.clone();
            if let Some(event) = self
                .symbols
                .get_mut(&symbol)
                .and_then(|pending| pending.take(&symbol))
            {
                return Some(Some(event));
            }
            self.order.pop_front();
            if let Some(pending) = self.symbols.get_mut(&symbol) {
                pending.queued = false;
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
    fn merge(&mut self, values: Vec<(QuoteField<'static>, QuoteValue<'static>)>) -> bool {
        for (field, value) in values {
            let before = self
                .newest(&field)
                .map_or(0, |known| field_bytes(&field, known));
            let bytes = self.bytes - before + field_bytes(&field, &value);
            if bytes > MAX_STATE_BYTES {
                return false;
            }
            self.bytes = bytes;
            self.news.merge([(field, value)]);
        }
        true
    }

    fn newest(&self, field: &QuoteField<'static>) -> Option<&QuoteValue<'static>> {
        self.news.get(field).or_else(|| self.seen.get(field))
    }

    /// What is pending, one event at a time: values, then their completion, then a refusal.
    fn take(&mut self, symbol: &Symbol) -> Option<QuoteEvent> {
        if !self.news.is_empty() {
            let news = std::mem::take(&mut self.news);
            let changed: Vec<QuoteField<'static>> =
                news.fields().map(|(field, _)| field.clone()).collect();
            let is_snapshot = self.seen.is_empty();
            self.seen.merge_newer(news);
            let quote = self.seen.clone();
            let symbol = symbol.clone();
            return Some(QuoteEvent::Update(QuoteUpdate {
                symbol,
                quote,
                changed,
                is_snapshot,
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
    use super::*;
    use crate::error::ClientError;

    fn last(symbol: &str, price: f64) -> QuoteNews {
        let values = vec![(QuoteField::Last, QuoteValue::Number(price))];
        QuoteNews::Values(Symbol::new(symbol).unwrap(), values)
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
        let bid = vec![(QuoteField::Bid, QuoteValue::Number(0.5))];
        let Some(Some(QuoteEvent::Update(first))) = queue.take() else {
            panic!("an update")
        };
        queue.push(QuoteNews::Values(symbol.clone(), bid));
        let Some(Some(QuoteEvent::Update(second))) = queue.take() else {
            panic!("an update")
        };
        assert!(first.is_snapshot && !second.is_snapshot);
        assert_eq!(
            (second.quote.last(), second.quote.bid()),
            (Some(1.0), Some(0.5))
        );
        assert_eq!(second.changed, [QuoteField::Bid]);
        queue.push(QuoteNews::Completed(symbol.clone()));
        assert_eq!(queue.take(), Some(Some(QuoteEvent::Completed { symbol })));
    }

    #[test]
    fn a_state_that_grows_without_end_is_given_up() {
        let mut queue = QuoteQueue::default();
        let symbol = Symbol::new("A:B").unwrap();
        let text = || QuoteValue::Text("x".repeat(1000).into());
        // The same field again and again is no growth, read or not.
        for round in 0..10_000 {
            let values = vec![(QuoteField::Description, text())];
            queue.push(QuoteNews::Values(symbol.clone(), values));
            if round % 2 == 0 {
                assert!(matches!(queue.take(), Some(Some(QuoteEvent::Update(_)))));
            }
        }
        for number in 0..10_000 {
            let field = QuoteField::from_name(format!("field_{number}").into()).into_owned();
            queue.push(QuoteNews::Values(symbol.clone(), vec![(field, text())]));
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
