use std::time::Duration;

use protocol::{frame::encode, interval::Interval, symbol::Symbol};
use rand::SeedableRng;
use tokio::sync::watch;

use super::*;
use crate::{
    delivery::{Feed, QuoteQueue, SeriesQueue, Shared},
    quote::QuoteRequest,
    series::SeriesRequest,
    state::State,
};

fn wire(payload: &str) -> String {
    let mut out = String::new();
    encode(payload, &mut out);
    out
}

/// An engine, its clock, and what came out of it.
struct Rig {
    engine: Engine,
    now: Instant,
}

impl Rig {
    fn new() -> Self {
        let random = StdRng::seed_from_u64(1);
        let config = ProtocolConfig::default().without_locale();
        let mut engine = Engine::new(config, AuthToken::anonymous(), random);
        let now = Instant::now();
        engine.on_open(1, now);
        Self { engine, now }
    }

    fn open() -> Self {
        let mut rig = Self::new();
        rig.receive(r#"{"protocol":"json"}"#);
        assert!(matches!(rig.events()[..], [EngineEvent::Opened]));
        assert_eq!(rig.sent().len(), 1);
        rig
    }

    fn receive(&mut self, payload: &str) {
        self.engine.handle_text(self.now, &wire(payload));
    }

    fn command(&mut self, command: Command) {
        self.engine.handle_command(self.now, command);
    }

    fn events(&mut self) -> Vec<EngineEvent> {
        std::iter::from_fn(|| self.engine.poll_event()).collect()
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

fn state() -> watch::Receiver<State> {
    watch::channel(State::Open).1
}

fn quotes(id: u64, symbols: usize) -> Command {
    let symbol = |number| Symbol::new(&format!("SIM:{number}")).unwrap();
    Command::Quotes {
        subscription: SubscriptionId(id),
        request: QuoteRequest::new((0..symbols).map(symbol)).fields(["lp"]),
        feed: Feed::new(Shared::new(QuoteQueue::default()), state()),
    }
}

fn series(id: u64) -> Command {
    Command::Series {
        subscription: SubscriptionId(id),
        request: SeriesRequest::new(Symbol::new("A:B").unwrap(), Interval::DAY),
        feed: Feed::new(Shared::new(SeriesQueue::default()), state()),
    }
}

#[test]
fn commands_wait_for_the_token_and_then_flow() {
    let mut rig = Rig::new();
    rig.command(quotes(1, 1));
    assert!(rig.sent().is_empty());
    assert_eq!(rig.engine.status(), Status::Starting);
    rig.receive(r#"{"protocol":"json"}"#);
    let sent = rig.sent();
    assert!(sent[0].contains("set_auth_token") && sent[1].contains("quote_create_session"));
    assert_eq!((sent.len(), rig.engine.status()), (5, Status::Ready));
}

#[test]
fn session_ids_are_never_used_twice() {
    let mut rig = Rig::open();
    for id in 0..50 {
        rig.command(series(id));
    }
    let created: std::collections::HashSet<_> = rig
        .sent()
        .into_iter()
        .filter(|text| text.contains("chart_create_session"))
        .collect();
    assert_eq!(created.len(), 50);
}

#[test]
fn a_bad_token_ends_everything_as_an_authentication_error() {
    let mut rig = Rig::open();
    rig.receive(r#"{"m":"protocol_error","p":["bad auth token"]}"#);
    assert_eq!(rig.engine.status(), Status::Finished);
    rig.engine.handle_close(rig.now, &CloseReason::Local);
    let events = rig.events();
    let [EngineEvent::Ended(error)] = &events[..] else {
        panic!("{events:?}")
    };
    assert!(error.is_authentication());
    let fault = Fault::Closed(CloseReason::Local);
    assert_eq!(rig.engine.classify(&fault), Recovery::RefreshAuth);
}

#[test]
fn a_lost_connection_keeps_the_transports_reason() {
    let mut rig = Rig::open();
    let reason = CloseReason::remote(Some(1012), "restart");
    rig.engine.handle_close(rig.now, &reason);
    let events = rig.events();
    let [EngineEvent::Ended(ClientError::Lost(lost))] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(*lost, reason);
}

#[test]
fn a_subscription_after_the_end_fails_at_once() {
    let mut rig = Rig::open();
    rig.command(Command::Close);
    rig.command(series(3));
    let events = rig.events();
    assert!(matches!(
        events[..],
        [
            EngineEvent::Attach(..),
            EngineEvent::Update(_, Update::Failed(RequestError::Ended(_)))
        ]
    ));
}

#[test]
fn a_subscription_too_large_for_the_queue_is_refused_whole() {
    let mut rig = Rig::new();
    rig.command(quotes(1, 60_000));
    let events = rig.events();
    assert!(
        matches!(
            events[..],
            [
                EngineEvent::Attach(..),
                EngineEvent::Update(_, Update::Failed(RequestError::Busy)),
                EngineEvent::Detach(_)
            ]
        ),
        "{events:?}"
    );
}

#[test]
fn an_unanswered_request_times_out() {
    let mut rig = Rig::open();
    rig.command(series(1));
    let due = rig.engine.poll_timeout().expect("a deadline");
    assert_eq!(due, rig.now + Duration::from_secs(30));
    rig.engine.handle_timeout(due);
    assert!(rig.engine.poll_timeout().is_none());
    assert!(
        rig.sent()
            .last()
            .is_some_and(|text| text.contains("chart_delete_session"))
    );
    assert!(matches!(
        rig.events()[..],
        [EngineEvent::Attach(..), EngineEvent::Update(..)]
    ));
}

#[test]
fn a_redirect_finishes_the_connection_without_a_token() {
    let mut rig = Rig::new();
    rig.receive(r#"{"redirect":"prodata.tradingview.com"}"#);
    assert!(
        matches!(&rig.events()[..], [EngineEvent::Redirect { host }] if host.starts_with("prodata"))
    );
    assert!(rig.sent().is_empty());
    assert_eq!(rig.engine.status(), Status::Finished);
}
