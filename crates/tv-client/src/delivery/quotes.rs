//! The queue of a quote session: one pending update for each symbol, into which newer ones are
//! merged.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use protocol::{message::server::QuoteValues, symbol::Symbol};

use super::{
    pending::{Answer, Pending},
    queue::{Backlog, Queue},
    slots::Slots,
};
use crate::{
    bounds::{MAX_STATE_BYTES, MAX_WAITING_BYTES},
    error::RequestError,
    event::QuoteEvent,
    quote_state::bytes_of,
    registry::{Place, QuoteSessionUpdate},
    request::Overflow,
};

/// The approximate size of an event without its values.
const EVENT_BYTES: usize = 256;

/// The queue of one reader. Without reading it holds at most the newest value of each field of each
/// symbol.
#[derive(Debug, Default)]
pub(crate) struct QuoteQueue {
    symbols: Slots<Pending>,
    failed: Option<RequestError>,
    /// The server's words about what last ended the session or its connection.
    last_words: Option<String>,
    /// An interruption that has not been delivered yet, and the end of one.
    reconnecting: bool,
    resumed: Option<usize>,
    /// Why the newest message that was skipped, and that names no symbol, could not be read.
    skipped: Option<String>,
    /// Why all symbols wait, and for how long.
    suspended: Option<(String, Duration)>,
    /// What has not come in time.
    missing: Option<Missing>,
    ended: bool,
    /// Whether it has failed because its reader was too slow. It keeps merging, because new readers
    /// start from its state.
    is_late: bool,
    /// What has come so far.
    pushes: u64,
    /// The most events that may wait in order; unused if they are conflated.
    most: Option<usize>,
    /// Whether the stream fails when more would wait.
    fails_when_full: bool,
    /// Events in their order, with what they take, if they are not conflated.
    waiting: VecDeque<(QuoteEvent, usize)>,
    /// What those take. `waiting_bytes <= MAX_WAITING_BYTES`
    waiting_bytes: usize,
    dropped: u64,
}

/// Symbols and fields without values.
#[derive(Debug, Default)]
struct Missing {
    symbols: BTreeSet<Symbol>,
    fields: BTreeSet<String>,
    after: Duration,
}

impl Queue for QuoteQueue {
    type Update = QuoteSessionUpdate;
    type Item = QuoteEvent;

    /// All of them may be merged, and a reader that pauses need not be woken by each.
    const HAS_URGENT: bool = false;

    /// Conflated, each symbol may wait once.
    fn fill(&self) -> (usize, usize) {
        match self.most {
            Some(most) => (self.waiting.len(), most),
            None => self.symbols.fill(),
        }
    }

    fn fail(&mut self, error: RequestError) {
        self.failed.get_or_insert(error);
    }

    fn push(&mut self, update: QuoteSessionUpdate) {
        match update {
            // No event, so nothing that a reader wakes for.
            QuoteSessionUpdate::Words(words) => self.last_words = Some(words),
            update if self.begin_push() => {
                self.conflate(update);
                self.line_up();
            }
            _ => {}
        }
    }

    fn backlog(&self) -> Backlog {
        if self.failed.is_some() || self.ended {
            Backlog::Urgent
        } else if !self.symbols.has_pending()
            && self.waiting.is_empty()
            && !self.reconnecting
            && self.resumed.is_none()
            && self.skipped.is_none()
            && self.suspended.is_none()
            && self.missing.is_none()
        {
            Backlog::None
        } else {
            Backlog::Some
        }
    }

    fn pushes(&self) -> u64 {
        self.pushes
    }

    fn take(&mut self) -> Option<Option<QuoteEvent>> {
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            return Some(Some(QuoteEvent::Lagged { dropped }));
        }
        if let Some((event, bytes)) = self.waiting.pop_front() {
            self.waiting_bytes -= bytes;
            return Some(Some(event));
        }
        if let Some(event) = self.take_conflated() {
            return Some(Some(event));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.take()?;
        self.ended = true;
        Some(Some(QuoteEvent::Ended(error)))
    }
}

impl QuoteQueue {
    pub(crate) fn new(overflow: Overflow, most: usize) -> Self {
        Self {
            most: (overflow != Overflow::Conflate).then_some(most),
            fails_when_full: overflow == Overflow::Fail,
            ..Self::default()
        }
    }

    /// Appends an event as it is, for a fake stream.
    #[cfg(feature = "test-util")]
    pub(crate) fn push_event(&mut self, event: QuoteEvent) {
        if self.failed.is_some() || self.ended {
            return;
        }
        match event {
            QuoteEvent::Ended(error) => self.failed = Some(error),
            event => {
                self.pushes += 1;
                self.waiting.push_back((event, 0));
            }
        }
    }

    /// Takes in new values of a symbol.
    pub(super) fn push_values(&mut self, place: Place, symbol: &Symbol, values: &QuoteValues<'_>) {
        if !self.begin_push() {
            return;
        }
        let pending = self.symbols.mark_at(place, symbol);
        pending.stale = None;
        if !pending.state.merge(values) {
            self.fail_too_much(symbol);
        }
        self.find(symbol);
        self.line_up();
    }

    /// Counts what arrives. Returns false if no reader is left.
    fn begin_push(&mut self) -> bool {
        let is_wanted = (self.failed.is_none() && !self.ended) || self.is_late;
        self.pushes += u64::from(is_wanted);
        is_wanted
    }

    /// The server's words about what last ended the session or its connection.
    pub(crate) fn last_words(&self) -> Option<String> {
        self.last_words.clone()
    }

    /// The known state of each symbol, for a reader that joins now.
    pub(super) fn states(&self) -> States {
        let states = self.symbols.iter();
        States(
            states
                .map(|(symbol, known)| (symbol.clone(), known.clone()))
                .collect(),
        )
    }

    /// Starts from the state of another queue.
    pub(super) fn begin(&mut self, states: States) {
        let mut states = states.0;
        states.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        for (symbol, pending) in states {
            let pending = pending.unseen();
            let has_more = pending.has_more();
            self.symbols.insert(&symbol, pending, has_more);
        }
        self.pushes += 1;
        self.line_up();
    }

    /// Turns new values into events, in order and up to the limit. Does nothing if events are
    /// conflated.
    #[inline]
    fn line_up(&mut self) {
        if let Some(most) = self.most {
            self.line_up_all(most);
        }
    }

    fn line_up_all(&mut self, most: usize) {
        while let Some(event) = self.take_conflated() {
            if self.is_late {
                continue;
            }
            let bytes = match &event {
                QuoteEvent::Update(update) => EVENT_BYTES + bytes_of(&update.quote),
                QuoteEvent::Missing {
                    symbols, fields, ..
                } => EVENT_BYTES * (1 + symbols.len() + fields.len()),
                _ => EVENT_BYTES,
            };
            while self.waiting.len() >= most.max(1)
                || (self.waiting_bytes + bytes > MAX_WAITING_BYTES && !self.waiting.is_empty())
            {
                if self.fails_when_full {
                    let limit = self.waiting.len();
                    self.failed = Some(RequestError::TooSlow { limit });
                    self.is_late = true;
                    break;
                }
                if let Some((_, bytes)) = self.waiting.pop_front() {
                    self.waiting_bytes -= bytes;
                    self.dropped += 1;
                }
            }
            if !self.is_late {
                self.waiting_bytes += bytes;
                self.waiting.push_back((event, bytes));
            }
        }
    }

    /// Merges an update into the newest state.
    fn conflate(&mut self, update: QuoteSessionUpdate) {
        let symbol = match &update {
            QuoteSessionUpdate::Skipped {
                symbol: None,
                reason,
            } => {
                // One is enough: a reader that has not read the last learns of the newest.
                self.skipped = Some(reason.clone());
                return;
            }
            QuoteSessionUpdate::Suspended {
                symbol: None,
                reason,
                retry_in,
            } => {
                self.resumed = None;
                self.suspended = Some((reason.clone(), *retry_in));
                return;
            }
            QuoteSessionUpdate::Missing { .. } => return self.miss(update),
            QuoteSessionUpdate::Words(_) => return,
            QuoteSessionUpdate::Reconnecting => {
                // A reader that has missed the end of one sees one that is longer.
                self.resumed = None;
                self.reconnecting = true;
                return;
            }
            QuoteSessionUpdate::Resumed { missing } => {
                self.resumed = Some(*missing);
                return;
            }
            QuoteSessionUpdate::Removed(symbol) => {
                self.symbols.remove(symbol);
                self.find(symbol);
                let is_left = |event: &mut QuoteEvent| match event {
                    QuoteEvent::Missing {
                        symbols, fields, ..
                    } => {
                        symbols.retain(|it| it != symbol);
                        !symbols.is_empty() || !fields.is_empty()
                    }
                    event => event.symbol() != Some(symbol),
                };
                let bytes = &mut self.waiting_bytes;
                self.waiting.retain_mut(|(event, taken)| {
                    let stays = is_left(event);
                    *bytes -= if stays { 0 } else { *taken };
                    stays
                });
                return;
            }
            QuoteSessionUpdate::Values(symbol, _)
            | QuoteSessionUpdate::State(symbol, _)
            | QuoteSessionUpdate::Completed(symbol)
            | QuoteSessionUpdate::Refused(symbol, _)
            | QuoteSessionUpdate::Stale(symbol, _)
            | QuoteSessionUpdate::Skipped {
                symbol: Some(symbol),
                ..
            }
            | QuoteSessionUpdate::Suspended {
                symbol: Some(symbol),
                ..
            } => symbol.clone(),
        };
        let is_answer = matches!(
            update,
            QuoteSessionUpdate::Values(..)
                | QuoteSessionUpdate::State(..)
                | QuoteSessionUpdate::Refused(..)
        );
        if is_answer {
            self.find(&symbol);
        }
        let pending = self.symbols.mark(&symbol);
        let mut fits = true;
        match update {
            QuoteSessionUpdate::Values(_, values) => {
                pending.stale = None;
                fits = pending.state.merge(&values.values());
            }
            QuoteSessionUpdate::State(_, values) => {
                pending.stale = None;
                fits = pending.state.catch_up(values);
            }
            QuoteSessionUpdate::Stale(_, age) => pending.stale = Some(age),
            QuoteSessionUpdate::Skipped { reason, .. } => pending.skipped = Some(reason),
            QuoteSessionUpdate::Suspended {
                reason, retry_in, ..
            } => pending.suspended = Some((reason, retry_in)),
            QuoteSessionUpdate::Completed(_) => {
                pending.completed = true;
                pending.answer = Some(Answer::Completed);
            }
            QuoteSessionUpdate::Refused(_, reason) => {
                pending.answer = Some(Answer::Refused(reason.clone()));
                pending.refused = Some(reason);
            }
            _ => {}
        }
        if !fits {
            self.fail_too_much(&symbol);
        }
    }

    /// Notes what has not come in time.
    fn miss(&mut self, update: QuoteSessionUpdate) {
        let QuoteSessionUpdate::Missing {
            symbols,
            fields,
            after,
        } = update
        else {
            return;
        };
        let missing = self.missing.get_or_insert_default();
        missing.symbols.extend(symbols);
        missing.fields.extend(fields);
        missing.after = after;
    }

    /// A symbol is not missing any more, or is not wanted.
    #[inline]
    fn find(&mut self, symbol: &Symbol) {
        self.missing.take_if(|missing| {
            missing.symbols.remove(symbol);
            missing.symbols.is_empty() && missing.fields.is_empty()
        });
    }

    /// The state of a symbol would outgrow its bound.
    #[cold]
    fn fail_too_much(&mut self, symbol: &Symbol) {
        self.failed.get_or_insert_with(|| RequestError::TooMuch {
            symbol: symbol.to_string(),
            limit: MAX_STATE_BYTES,
            unit: "bytes",
        });
    }

    /// The next of what is new.
    fn take_conflated(&mut self) -> Option<QuoteEvent> {
        if std::mem::take(&mut self.reconnecting) {
            return Some(QuoteEvent::Reconnecting);
        }
        if let Some((reason, retry_in)) = self.suspended.take() {
            return Some(QuoteEvent::Suspended {
                symbol: None,
                reason,
                retry_in,
            });
        }
        let taken = self.symbols.take(|symbol, pending| {
            let event = pending.take(symbol);
            (event, pending.has_more())
        });
        if taken.is_some() {
            return taken;
        }
        if let Some(missing) = self.resumed.take() {
            return Some(QuoteEvent::Resumed { missing });
        }
        if let Some(missing) = self.missing.take() {
            return Some(QuoteEvent::Missing {
                symbols: missing.symbols.into_iter().collect(),
                fields: missing.fields.into_iter().collect(),
                after: missing.after,
            });
        }
        let reason = self.skipped.take()?;
        let symbol = None;
        Some(QuoteEvent::Skipped { symbol, reason })
    }
}

/// What is known of each symbol.
pub(super) struct States(Vec<(Symbol, Pending)>);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::{message::ServerMessage, quote::QuoteField};

    use super::*;
    use crate::error::ClientError;

    /// An update of a symbol, from fields as they stand on the wire.
    fn values(symbol: &str, fields: &str) -> QuoteSessionUpdate {
        let text =
            format!(r#"{{"m":"qsd","p":["qs",{{"n":"{symbol}","s":"ok","v":{{{fields}}}}}]}}"#);
        let ServerMessage::QuoteData(quote) = ServerMessage::decode(&text).message else {
            panic!("{text}")
        };
        let values = quote.data.values.to_owned_values();
        QuoteSessionUpdate::Values(Symbol::new(symbol).unwrap(), values)
    }

    fn last(symbol: &str, price: f64) -> QuoteSessionUpdate {
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

    /// Values that were replaced long ago take no room of those that wait.
    #[test]
    fn as_many_updates_wait_as_fit_into_their_bytes() {
        let mut queue = QuoteQueue::new(Overflow::DropOldest, usize::MAX);
        let count = MAX_WAITING_BYTES / (2 * EVENT_BYTES);
        for price in 0..count {
            queue.push(last("A:B", price as f64));
        }
        assert_eq!(updates(&mut queue).len(), count);
        for price in 0..2 * count {
            queue.push(last("A:B", price as f64));
        }
        assert!(queue.dropped > 0);
        assert!((count..5 * count).contains(&updates(&mut queue).len()));
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
        queue.push(QuoteSessionUpdate::Completed(symbol.clone()));
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

    /// What has not come of symbols and fields.
    fn missing(symbols: &[&str], fields: &[&str]) -> QuoteSessionUpdate {
        QuoteSessionUpdate::Missing {
            symbols: symbols.iter().map(|it| Symbol::new(it).unwrap()).collect(),
            fields: fields.iter().map(ToString::to_string).collect(),
            after: Duration::from_secs(10),
        }
    }

    /// The names in the next event.
    fn taken(queue: &mut QuoteQueue) -> Vec<String> {
        let Some(Some(QuoteEvent::Missing {
            symbols, fields, ..
        })) = queue.take()
        else {
            panic!("names")
        };
        let symbols = symbols.iter().map(ToString::to_string);
        symbols.chain(fields).collect()
    }

    #[test]
    fn what_has_come_or_is_not_wanted_any_more_is_not_missing() {
        for overflow in [Overflow::Conflate, Overflow::DropOldest] {
            let mut queue = QuoteQueue::new(overflow, 100);
            let removed = QuoteSessionUpdate::Removed(Symbol::new("A:B").unwrap());
            queue.push(missing(&["A:B"], &[]));
            queue.push(removed.clone());
            assert_eq!((queue.take(), queue.backlog()), (None, Backlog::None));
            queue.push(missing(&["A:B", "A:C"], &["prize"]));
            queue.push(removed);
            assert_eq!(taken(&mut queue), ["A:C", "prize"]);
            assert_eq!(queue.take(), None);
        }
        let mut queue = QuoteQueue::default();
        queue.push(missing(&["A:C"], &[]));
        queue.push(missing(&["A:B", "A:D"], &[]));
        queue.push(last("A:B", 1.0));
        queue.push(QuoteSessionUpdate::Refused(
            Symbol::new("A:D").unwrap(),
            "no".into(),
        ));
        let next = queue.take();
        assert!(
            matches!(next, Some(Some(QuoteEvent::Update(_)))),
            "{next:?}"
        );
        let next = queue.take();
        assert!(
            matches!(next, Some(Some(QuoteEvent::Refused { .. }))),
            "{next:?}"
        );
        assert_eq!(queue.backlog(), Backlog::Some);
        assert_eq!(taken(&mut queue), ["A:C"]);
        assert_eq!((queue.take(), queue.backlog()), (None, Backlog::None));
    }

    #[test]
    fn a_state_that_grows_without_end_is_given_up() {
        let mut queue = QuoteQueue::default();
        let text = "x".repeat(1000);
        // A field that is sent again and again makes nothing grow, read or not.
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
            Some(Some(QuoteEvent::Ended(RequestError::TooMuch { .. })))
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
            Some(Some(QuoteEvent::Ended(RequestError::Ended(
                ClientError::Closed
            ))))
        );
        assert_eq!(queue.take(), Some(None));
        assert_eq!(queue.take(), Some(None));
    }
}
