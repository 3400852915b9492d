//! An engine with the readers of a client.

use std::time::Instant;

use protocol::{
    config::ProtocolConfig, frame::encode, interval::Interval, secret::AuthToken, symbol::Symbol,
    time::Timestamp,
};
use rand::{SeedableRng, rngs::StdRng};
use tokio::sync::watch;
use transport::{Outgoing, Protocol};

use super::super::{Dispatcher, Queue, QueueSender, QuoteQueue, SeriesQueue, Taken};
use crate::{
    engine::{Command, Engine, EngineEvent, Persistence},
    event::{ConnectionState, QuoteEvent, SeriesEvent},
    mailbox::Mailbox,
    registry::{Registry, SubscriptionId},
    request::{QuoteRequest, SeriesRequest},
};

/// An engine whose connection is open.
struct Rig {
    engine: Engine<Dispatcher>,
    now: Instant,
}

impl Rig {
    fn open() -> Self {
        let config = ProtocolConfig::default().without_locale();
        let registry = Registry::new(StdRng::seed_from_u64(1));
        let token = Some(AuthToken::anonymous());
        let mut rig = Self {
            engine: Engine::new(config, token, Persistence::OnceOpen, registry),
            now: Instant::now(),
        };
        rig.engine.on_open(1, rig.now);
        rig.receive(r#"{"protocol":"json","timestampMs":1790726430000}"#);
        assert!(matches!(rig.engine.poll_event(), Some(EngineEvent::Opened)));
        assert_eq!(rig.sent().len(), 1);
        rig
    }

    fn receive(&mut self, payload: &str) {
        let mut text = String::new();
        encode(payload, &mut text);
        self.engine.handle_text(self.now, &text);
    }

    fn command(&mut self, command: Command<Dispatcher>) {
        self.engine.handle_command(self.now, command);
    }

    fn sent(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.engine.poll_transmit())
            .map(|out| match out {
                Outgoing::Text(text) => text,
                Outgoing::Binary(_) => panic!("only text is sent"),
            })
            .collect()
    }
}

fn state() -> watch::Receiver<ConnectionState> {
    watch::channel(ConnectionState::Connecting).1
}

/// Socket and runtime apart, all that happens to a quote between its text and the reader.
#[test]
fn quotes_in_the_steady_state_allocate_nothing() {
    const SYMBOLS: usize = 20;
    let mut rig = Rig::open();
    let queue = Mailbox::new(QuoteQueue::default());
    let symbols = (0..SYMBOLS).map(|number| Symbol::new(&format!("SIM:{number}")).unwrap());
    rig.command(Command::Quotes {
        subscription: SubscriptionId(1),
        request: QuoteRequest::new(symbols).unwrap(),
        reader: QueueSender::new(queue.clone(), state()).into(),
    });
    let sent = rig.sent().join("");
    let at = sent.find("qs_").expect("a session");
    let session = &sent[at..at + 15];
    let texts: Vec<String> = (0..SYMBOLS)
        .map(|number| {
            let payload = format!(
                r#"{{"m":"qsd","p":["{session}",{{"n":"SIM:{number}","s":"ok","v":{{"lp":{number}.5,"volume":7,"trade":{{"price":"1"}},"current_session":"market","is_tradable":true}}}}]}}"#
            );
            let mut text = String::new();
            encode(&payload, &mut text);
            text
        })
        .collect();
    let context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut round = || {
        let mut events = 0;
        for text in &texts {
            rig.engine.handle_text(rig.now, text);
            assert!(rig.engine.poll_event().is_none() && rig.engine.poll_transmit().is_none());
            while let std::task::Poll::Ready(Some(event)) = queue.poll(&context, QuoteQueue::take) {
                assert!(matches!(event, QuoteEvent::Update(update) if !update.changed.is_empty()));
                events += 1;
            }
        }
        assert_eq!(events, SYMBOLS);
    };
    // Every symbol has a whole state by then, and every buffer its size.
    for _ in 0..3 {
        round();
    }
    let counted = allocation_counter::measure(|| (0..100).for_each(|_| round()));
    assert_eq!(counted.count_total, 0);
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1))));
    assert_eq!(counted.count_total, 1, "the counter counts");
}

#[test]
fn a_subscription_ends_when_its_readers_have_gone_without_a_word() {
    let mut rig = Rig::open();
    let queue = Mailbox::new(QuoteQueue::default());
    rig.command(Command::Quotes {
        subscription: SubscriptionId(1),
        request: QuoteRequest::new(["A:B"]).unwrap().fields(["lp"]),
        reader: QueueSender::new(queue.clone(), state()).into(),
    });
    let sent = rig.sent().join("");
    let at = sent.find("qs_").expect("a session");
    let session = &sent[at..at + 15];
    let update =
        format!(r#"{{"m":"qsd","p":["{session}",{{"n":"A:B","s":"ok","v":{{"lp":1}}}}]}}"#);
    rig.receive(&update);
    assert!(rig.sent().is_empty(), "it is read");
    let another = Mailbox::new(QuoteQueue::default());
    drop(queue);
    rig.receive(&update);
    // One that comes before the end goes on.
    rig.command(Command::Join {
        subscription: SubscriptionId(1),
        reader: QueueSender::new(another.clone(), state()).into(),
    });
    assert!(rig.sent().is_empty(), "it is read again");
    drop(another);
    rig.receive(&update);
    let sent = rig.sent();
    assert!(
        matches!(&sent[..], [one] if one.contains("quote_delete_session") && one.contains(session)),
        "{sent:?}"
    );
    rig.receive(&update);
    assert!(rig.sent().is_empty());
}

#[test]
fn f63_a_burst_is_conflated_and_loses_no_bar() {
    const SYMBOLS: usize = 50;
    const BARS: i64 = 2_000;
    let mut rig = Rig::open();
    let quote_queue = Mailbox::new(QuoteQueue::default());
    let series_queue = Mailbox::new(SeriesQueue::default());
    let symbols = (0..SYMBOLS).map(|number| Symbol::new(&format!("SIM:{number}")).unwrap());
    rig.command(Command::Quotes {
        subscription: SubscriptionId(1),
        request: QuoteRequest::new(symbols).unwrap().fields(["lp"]),
        reader: QueueSender::new(quote_queue.clone(), state()).into(),
    });
    rig.command(Command::Series {
        subscription: SubscriptionId(2),
        request: SeriesRequest::new("A:B", Interval::MINUTE).unwrap(),
        reader: QueueSender::new(series_queue.clone(), state()).into(),
    });
    let sent = rig.sent().join("");
    let id = |prefix: &str| {
        let at = sent.find(prefix).expect("a session");
        sent[at..at + 15].to_owned()
    };
    let (qs, cs) = (id("qs_"), id("cs_"));
    let row = |time: i64| format!(r#"{{"i":0,"v":[{time}.0,1.0,1.0,1.0,1.0,1.0]}}"#);
    let rows = |method: &str, time: i64| {
        let row = row(time);
        format!(r#"{{"m":"{method}","p":["{cs}",{{"sds_1":{{"s":[{row}],"t":"s1"}}}},{{}}]}}"#)
    };
    rig.receive(&format!(
        r#"{{"m":"symbol_resolved","p":["{cs}","sds_sym_1",{{}}]}}"#
    ));
    rig.receive(&rows("timescale_update", 0));
    rig.receive(&format!(
        r#"{{"m":"series_completed","p":["{cs}","sds_1","streaming","s1",{{"data_completed":"end"}}]}}"#
    ));
    // The reader does not read meanwhile.
    let mut price = 0;
    for number in 1..=BARS {
        rig.receive(&rows("du", number * 60));
        for _ in 0..50 {
            price += 1;
            let name = price % SYMBOLS;
            rig.receive(&format!(
                r#"{{"m":"qsd","p":["{qs}",{{"n":"SIM:{name}","s":"ok","v":{{"lp":{price}}}}}]}}"#
            ));
        }
        assert!(rig.engine.poll_event().is_none());
    }
    let context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut newest = std::collections::HashMap::new();
    let mut events = 0;
    while let std::task::Poll::Ready(Some(event)) = quote_queue.poll(&context, QuoteQueue::take) {
        events += 1;
        if let QuoteEvent::Update(update) = event {
            newest.insert(update.symbol.to_string(), update.quote.last());
        }
    }
    assert_eq!(
        (events, newest.len()),
        (SYMBOLS, SYMBOLS),
        "one of each symbol waits"
    );
    let begin = price - SYMBOLS + 1;
    for price in begin..=price {
        let name = format!("SIM:{}", price % SYMBOLS);
        assert_eq!(newest[&name], Some(price as f64), "{name}: the newest");
    }
    let loaded = series_queue.poll(&context, SeriesQueue::take_loaded);
    let std::task::Poll::Ready(Ok(loaded)) = loaded else {
        panic!("no history");
    };
    // By the server's clock the first minute of 1970 is long over.
    assert!(loaded.closed_bars().len() == 1 && loaded.open_bar().is_none());
    let mut closed = 1;
    while let std::task::Poll::Ready(Some(Taken::Event(event))) =
        series_queue.poll(&context, SeriesQueue::take)
    {
        match event {
            SeriesEvent::Closed(bar) => {
                assert_eq!(bar.time, Timestamp::from_seconds(closed * 60));
                closed += 1;
            }
            SeriesEvent::Open(bar) => assert_eq!(bar.time, Timestamp::from_seconds(BARS * 60)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(closed, BARS);
}
