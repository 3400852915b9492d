//! Many readers of one subscription.

use std::sync::Weak;

use protocol::{bar::Bar, message::ServerMessage, symbol::Symbol, time::Timestamp};
use tokio::sync::watch;

use super::{readers::Senders, *};
use crate::{
    bounds::MAX_WAITING_BYTES,
    engine::Delivery,
    error::RequestError,
    event::{ConnectionState, QuoteEvent, SeriesEvent},
    mailbox::Mailbox,
    registry::{Joined, QuoteSessionUpdate, SeriesUpdate, SubscriptionId, Update},
    request::Overflow,
};

mod burst;
mod model;
mod table;

const ID: SubscriptionId = SubscriptionId(1);

fn values(symbol: &str, fields: &str) -> Update {
    let text = format!(r#"{{"m":"qsd","p":["qs",{{"n":"{symbol}","s":"ok","v":{{{fields}}}}}]}}"#);
    let ServerMessage::QuoteData(quote) = ServerMessage::decode(&text).message else {
        panic!("{text}")
    };
    let values = quote.data.values.to_owned_values();
    Update::Quote(QuoteSessionUpdate::Values(
        Symbol::new(symbol).unwrap(),
        values,
    ))
}

fn last(symbol: &str, price: u32) -> Update {
    values(symbol, &format!(r#""lp":{price}"#))
}

/// The dispatcher of a client, and what its readers need.
struct Rig {
    dispatcher: Dispatcher,
    state: watch::Receiver<ConnectionState>,
}

impl Rig {
    fn new() -> Self {
        Self {
            dispatcher: Dispatcher::default(),
            state: watch::channel(ConnectionState::Connecting).1,
        }
    }

    fn sender<Q: Queue>(&self, queue: Q) -> (Mailbox<Q>, Senders<Q>) {
        let queue = Mailbox::new(queue);
        let sender = QueueSender::new(queue.clone(), self.state.clone());
        (queue, sender.into())
    }

    /// One that reads quotes from the beginning.
    fn quotes(&mut self, (overflow, most): (Overflow, usize)) -> Mailbox<QuoteQueue> {
        let (queue, readers) = self.sender(QuoteQueue::new(overflow, most));
        self.dispatcher.attach(ID, Readers::Quotes(readers));
        queue
    }

    /// One that comes later.
    fn join(&mut self, (overflow, most): (Overflow, usize)) -> Mailbox<QuoteQueue> {
        let (queue, readers) = self.sender(QuoteQueue::new(overflow, most));
        let joined = Joined::default();
        self.dispatcher.join(ID, Readers::Quotes(readers), joined);
        queue
    }
}

fn drain(queue: &Mailbox<QuoteQueue>) -> Vec<QuoteEvent> {
    let mut events = Vec::new();
    queue.change(|queue| events.extend(std::iter::from_fn(|| queue.take().flatten())));
    events
}

fn price(event: &QuoteEvent) -> Option<f64> {
    match event {
        QuoteEvent::Update(update) => update.quote.last(),
        _ => None,
    }
}

fn bar(time: i64) -> Bar {
    Bar {
        time: Timestamp::from_seconds(time),
        open: 1.0,
        high: 2.0,
        low: 0.5,
        close: 1.5,
        volume: None,
    }
}

#[test]
fn f60_each_reader_has_its_policy_and_every_message_is_accounted_for() {
    let mut rig = Rig::new();
    let quick = rig.quotes((Overflow::Conflate, 1));
    let slow = rig.join((Overflow::DropOldest, 10));
    let strict = rig.join((Overflow::Fail, 5));
    let asleep = rig.join((Overflow::Conflate, 1));
    for number in 0..1_000 {
        assert!(rig.dispatcher.deliver(ID, last("A:B", number)));
        let events = drain(&quick);
        assert_eq!(events.len(), 1, "each by itself");
        assert_eq!(price(&events[0]), Some(f64::from(number)));
    }
    let events = drain(&slow);
    assert_eq!(events[0], QuoteEvent::Lagged { dropped: 990 });
    let prices: Vec<_> = events[1..].iter().filter_map(price).collect();
    assert_eq!(prices, (990..1_000).map(f64::from).collect::<Vec<_>>());
    let events = drain(&strict);
    let prices: Vec<_> = events.iter().filter_map(price).collect();
    assert_eq!(prices, [0.0, 1.0, 2.0, 3.0, 4.0]);
    let too_slow = RequestError::TooSlow { limit: 5 };
    assert_eq!(events[5..], [QuoteEvent::Ended(too_slow)]);
    let prices: Vec<_> = drain(&asleep).iter().filter_map(price).collect();
    assert_eq!(prices, [999.0]);
}

#[test]
fn what_waits_in_order_is_bounded_in_bytes() {
    let mut rig = Rig::new();
    let most = usize::MAX;
    let queue = rig.quotes((Overflow::DropOldest, most));
    let text = "x".repeat(100_000);
    for number in 0..1_000 {
        let fields = format!(r#""lp":{number},"description":"{text}""#);
        rig.dispatcher.deliver(ID, values("A:B", &fields));
    }
    let events = drain(&queue);
    let QuoteEvent::Lagged { dropped } = events[0] else {
        panic!("{:?}", events[0]);
    };
    let left = events.len() - 1;
    assert_eq!(usize::try_from(dropped).unwrap() + left, 1_000);
    assert!(left > 1 && left * 100_000 <= MAX_WAITING_BYTES, "{left}");
    // Room is given back by reading, and by removing.
    rig.dispatcher.deliver(ID, last("A:B", 1));
    let symbol = Symbol::new("A:B").unwrap();
    rig.dispatcher
        .deliver(ID, Update::Quote(QuoteSessionUpdate::Removed(symbol)));
    assert_eq!(drain(&queue), []);
    rig.dispatcher.deliver(ID, last("A:C", 2));
    assert_eq!(drain(&queue).len(), 1);
}

#[test]
fn one_that_joins_begins_with_what_is_known() {
    let mut rig = Rig::new();
    let first = rig.quotes((Overflow::Conflate, 1));
    let symbol = |name| Symbol::new(name).unwrap();
    rig.dispatcher.deliver(ID, last("A:B", 1));
    rig.dispatcher
        .deliver(ID, values("A:B", r#""bid":0.5,"odd_field":"x""#));
    let completed = || Update::Quote(QuoteSessionUpdate::Completed(symbol("A:B")));
    let refused = QuoteSessionUpdate::Refused(symbol("A:X"), "no_such_symbol".into());
    rig.dispatcher.deliver(ID, completed());
    rig.dispatcher.deliver(ID, Update::Quote(refused));
    let known = drain(&first);
    for overflow in [(Overflow::Conflate, 1), (Overflow::DropOldest, 9)] {
        // The same in the same order, whether the first has read it or not.
        assert_eq!(drain(&rig.join(overflow)), known);
    }
    let QuoteEvent::Update(update) = &known[0] else {
        panic!("{known:?}");
    };
    assert!(update.is_snapshot && update.changed.iter().count() == 3);
    // What follows goes to both, and neither sees the other's changes early.
    let second = rig.join((Overflow::Conflate, 1));
    drain(&second);
    rig.dispatcher.deliver(ID, last("A:B", 2));
    assert_eq!(drain(&first), drain(&second));
}

#[test]
fn one_that_joins_when_others_were_too_slow_begins_with_the_newest() {
    let mut rig = Rig::new();
    let strict = rig.quotes((Overflow::Fail, 1));
    rig.dispatcher
        .deliver(ID, values("A:B", r#""lp":1,"bid":0.5"#));
    rig.dispatcher.deliver(ID, last("A:B", 2));
    rig.dispatcher.deliver(ID, last("A:B", 3));
    let too_slow = RequestError::TooSlow { limit: 1 };
    let events = drain(&strict);
    assert_eq!(price(&events[0]), Some(1.0));
    assert_eq!(events[1..], [QuoteEvent::Ended(too_slow)]);
    rig.dispatcher.deliver(ID, last("A:B", 4));
    let events = drain(&rig.join((Overflow::Conflate, 1)));
    let [QuoteEvent::Update(update)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (update.quote.last(), update.quote.bid()),
        (Some(4.0), Some(0.5))
    );
    assert_eq!(drain(&strict), [], "nothing comes after the failure");
}

#[test]
fn f61_readers_that_go_are_forgotten_and_the_last_ends_it() {
    let mut rig = Rig::new();
    let first = rig.quotes((Overflow::Conflate, 1));
    let mut readers = vec![first];
    for _ in 0..100 {
        readers.push(rig.join((Overflow::DropOldest, 5)));
    }
    rig.dispatcher.deliver(ID, last("A:B", 1));
    let memory: Vec<Weak<_>> = readers.iter().map(|it| it.downgrade()).collect();
    let alive = |memory: &[Weak<_>]| memory.iter().filter(|it| it.strong_count() > 0).count();
    // The first of all, and half of the others.
    readers.drain(..51);
    rig.dispatcher.leave(ID);
    assert_eq!(alive(&memory), 50);
    assert!(rig.dispatcher.deliver(ID, last("A:B", 2)));
    readers.drain(..49);
    // Without a word the next update finds it.
    assert!(rig.dispatcher.deliver(ID, last("A:B", 3)));
    assert_eq!(alive(&memory), 1);
    assert_eq!(drain(&readers[0]).len(), 3);
    readers.clear();
    assert!(
        !rig.dispatcher.deliver(ID, last("A:B", 4)),
        "no reader is left"
    );
    assert_eq!(alive(&memory), 0);
}

#[test]
fn a_reader_that_joins_too_late_gets_the_end() {
    let mut rig = Rig::new();
    let first = rig.quotes((Overflow::Conflate, 1));
    rig.dispatcher
        .deliver(ID, Update::Failed(RequestError::Busy));
    assert_eq!(drain(&first), [QuoteEvent::Ended(RequestError::Busy)]);
    let events = drain(&rig.join((Overflow::Conflate, 1)));
    let is_over = |event| matches!(event, &QuoteEvent::Ended(RequestError::Misuse { .. }));
    assert!(events.len() == 1 && is_over(&events[0]), "{events:?}");
}

#[test]
fn a_series_that_starts_over_is_never_dropped() {
    let mut rig = Rig::new();
    let most = 4;
    let (slow, readers) = rig.sender(SeriesQueue::new(Overflow::DropOldest, most));
    rig.dispatcher
        .attach(ID, Readers::Series(readers, SharedTable::default()));
    let (strict, readers) = rig.sender(SeriesQueue::new(Overflow::Fail, most));
    rig.dispatcher.join(
        ID,
        Readers::Series(readers, SharedTable::default()),
        Joined::default(),
    );
    let mut tell = |update| rig.dispatcher.deliver(ID, Update::Series(update));
    for time in 0..10 {
        tell(SeriesUpdate::Closed(bar(time)));
    }
    tell(SeriesUpdate::Reset(vec![bar(5), bar(6)]));
    for time in 6..12 {
        tell(SeriesUpdate::Closed(bar(time)));
    }
    let drain = |queue: &Mailbox<SeriesQueue>| {
        let mut events = Vec::new();
        queue.change(|queue| {
            while let Some(Some(Taken::Event(event))) = queue.take() {
                events.push(event);
            }
        });
        events
    };
    let events = drain(&slow);
    // The reset replaces what was dropped before it, so that is not counted.
    assert_eq!(events[0], SeriesEvent::Lagged { dropped: 2 });
    assert_eq!(events[1], SeriesEvent::Reset(vec![bar(5), bar(6)]));
    let closed = (8..12).map(|time| SeriesEvent::Closed(bar(time)));
    assert_eq!(events[2..], closed.collect::<Vec<_>>());
    let events = drain(&strict);
    let too_slow = RequestError::TooSlow { limit: most };
    assert_eq!(events.last(), Some(&SeriesEvent::Ended(too_slow)));
    assert_eq!(events.len(), most + 1);
}

#[test]
fn events_with_long_words_are_bounded_in_bytes() {
    let mut queue = SeriesQueue::new(Overflow::DropOldest, usize::MAX);
    let word = "x".repeat(1024 * 1024);
    for _ in 0..20 {
        queue.push(SeriesUpdate::Skipped(word.clone()));
    }
    let first = queue.take();
    let dropped = SeriesEvent::Lagged { dropped: 13 };
    assert_eq!(first, Some(Some(Taken::Event(dropped))));
}
