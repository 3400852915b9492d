use std::time::{Duration, Instant};

use protocol::{
    config::ProtocolConfig,
    frame::encode,
    id::SessionId,
    interval::Interval,
    message::{ClientMessage, server::QuoteValues},
    secret::AuthToken,
    symbol::Symbol,
};
use rand::{SeedableRng, rngs::StdRng};
use tokio::sync::oneshot;
use transport::{CloseReason, Fault, Outgoing, Protocol, ProtocolFault, Recovery, Status};

use super::*;
use crate::{
    by_hand::{HandMade, SendError, WireCommand},
    error::ClientError,
    registry::{Joined, Place, QuoteSessionUpdate, Registry, SubscriptionId, Update},
    request::{QuoteRequest, SeriesRequest},
};

fn wire(payload: &str) -> String {
    let mut out = String::new();
    encode(payload, &mut out);
    out
}

/// Senders that keep all updates.
#[derive(Debug, Default)]
struct Recorder(Vec<(SubscriptionId, Update)>);

impl Delivery for Recorder {
    type Reader = ();

    fn attach(&mut self, _: SubscriptionId, (): ()) {}

    fn join(&mut self, _: SubscriptionId, (): (), _: Joined) {}

    fn leave(&mut self, _: SubscriptionId) {}

    fn detach(&mut self, _: SubscriptionId) {}

    fn has_readers(&self, _: SubscriptionId) -> bool {
        true
    }

    fn fullest(&self) -> Option<(usize, usize)> {
        None
    }

    fn deliver(&mut self, subscription: SubscriptionId, update: Update) -> bool {
        self.0.push((subscription, update));
        true
    }

    fn deliver_values(
        &mut self,
        subscription: SubscriptionId,
        _: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) -> bool {
        let update = QuoteSessionUpdate::Values(symbol.clone(), values.to_owned_values());
        self.deliver(subscription, Update::Quote(update))
    }
}

/// An engine, its clock, and what came out of it.
struct Rig<D: Delivery = Recorder> {
    engine: Engine<D>,
    now: Instant,
    generation: u64,
}

impl Rig {
    fn new() -> Self {
        Self::with(Some(AuthToken::anonymous()), Persistence::OnceOpen)
    }

    fn open() -> Self {
        Self::open_with()
    }
}

impl<D: Delivery> Rig<D> {
    fn with(token: Option<AuthToken>, persistence: Persistence) -> Self {
        let random = StdRng::seed_from_u64(1);
        let config = ProtocolConfig::default().without_locale();
        let mut rig = Self {
            engine: Engine::new(config, token, persistence, Registry::new(random)),
            now: Instant::now(),
            generation: 0,
        };
        rig.connect();
        rig
    }

    fn open_with() -> Self {
        let mut rig = Self::with(Some(AuthToken::anonymous()), Persistence::OnceOpen);
        rig.greet();
        assert!(matches!(rig.events()[..], [EngineEvent::Opened]));
        assert_eq!(rig.sent().len(), 1);
        rig
    }

    fn connect(&mut self) {
        self.generation += 1;
        self.engine.on_open(self.generation, self.now);
    }

    fn greet(&mut self) {
        self.receive(r#"{"protocol":"json","timestampMs":1790726430000}"#);
    }

    fn lose(&mut self) -> Recovery {
        let reason = CloseReason::remote(Some(1012), "restart");
        self.engine.handle_close(self.now, &reason);
        self.engine.classify(&Fault::Closed(reason))
    }

    fn receive(&mut self, payload: &str) {
        self.engine.handle_text(self.now, &wire(payload));
    }

    fn command(&mut self, command: Command<D>) {
        self.engine.handle_command(self.now, command);
    }

    fn events(&mut self) -> Vec<EngineEvent<D>> {
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

fn quotes(id: u64, symbols: usize) -> Command<Recorder> {
    let symbol = |number| Symbol::new(&format!("SIM:{number}")).unwrap();
    Command::Quotes {
        subscription: SubscriptionId(id),
        request: QuoteRequest::new((0..symbols).map(symbol))
            .unwrap()
            .fields(["lp"]),
        reader: (),
    }
}

fn series(id: u64) -> Command<Recorder> {
    Command::Series {
        subscription: SubscriptionId(id),
        request: SeriesRequest::new("A:B", Interval::DAY).unwrap(),
        reader: (),
    }
}

#[test]
fn commands_wait_for_the_token_and_then_flow() {
    let mut rig = Rig::new();
    rig.command(quotes(1, 1));
    assert!(rig.sent().is_empty());
    assert_eq!(rig.engine.status(), Status::Starting);
    rig.greet();
    let sent = rig.sent();
    assert!(sent[0].contains("set_auth_token") && sent[1].contains("quote_create_session"));
    assert_eq!((sent.len(), rig.engine.status()), (5, Status::Ready));
}

#[test]
fn what_is_wanted_is_sent_on_every_connection_and_with_new_ids() {
    let mut rig = Rig::open();
    let mut ids = std::collections::HashSet::new();
    for id in 0..3 {
        rig.command(series(id));
    }
    for _ in 0..20 {
        for text in rig.sent() {
            if let Some((_, id)) = text.split_once(r#""chart_create_session","p":[""#) {
                assert!(ids.insert(id.to_owned()));
            }
        }
        assert_eq!(rig.lose(), Recovery::Retry);
        // Between connections, subscriptions are taken as well.
        rig.command(Command::Unsubscribe(SubscriptionId(2)));
        assert!(rig.sent().is_empty());
        rig.connect();
        assert!(rig.sent().is_empty(), "nothing before the token");
        rig.greet();
    }
    assert_eq!(ids.len(), 3 + 19 * 2);
}

/// Bars in a frame of a wrong length, and the completion after them in one text: an empty history
/// would be a lie.
#[test]
fn f37_a_history_whose_bars_were_skipped_is_requested_again_though_its_completion_follows() {
    let mut rig = Rig::open();
    rig.command(series(1));
    let sent = rig.sent().concat();
    let (_, session) = sent.split_once(r#""chart_create_session","p":[""#).unwrap();
    let (session, _) = session.split_once('"').unwrap();
    let bars = format!(r#"{{"m":"timescale_update","p":["{session}",{{}}]}}"#);
    let end =
        format!(r#"{{"m":"series_completed","p":["{session}","sds_1","streaming","s1",{{}}]}}"#);
    let text = format!("~m~-1~m~{bars}{}", wire(&end));
    rig.engine.handle_text(rig.now, &text);
    assert_eq!(rig.engine.delivery.0, []);
    rig.engine.handle_timeout(rig.now);
    let sent = rig.sent().concat();
    assert!(sent.contains("chart_delete_session") && sent.contains("create_series"));
}

#[test]
fn a_connection_that_was_never_closed_is_forgotten_as_well() {
    let mut rig = Rig::open();
    rig.command(series(1));
    assert_eq!(rig.sent().len(), 3);
    rig.connect();
    rig.greet();
    assert_eq!(rig.sent().len(), 4);
}

#[test]
fn f62_ten_thousand_symbols_wait_in_little_room() {
    let mut rig = Rig::open();
    rig.command(quotes(1, 10_000));
    let mut sent = 0;
    while let Some(Outgoing::Text(text)) = rig.engine.poll_transmit() {
        sent += text.len();
        let waiting = rig.engine.connection.queued_bytes();
        assert!(waiting < 256 * 1024, "{waiting}");
    }
    assert!(sent > 200_000);
}

#[test]
fn f56_a_peer_that_does_not_read_keeps_little_waiting() {
    let mut rig = Rig::open();
    rig.command(quotes(1, 10_000));
    for id in 2..200 {
        rig.command(series(id));
    }
    // The transport takes a message only when there is room for it, and here never has room for a
    // second one.
    assert!(rig.engine.poll_transmit().is_some());
    for second in 0..600 {
        rig.now += Duration::from_secs(1);
        let now = rig.now;
        rig.engine.handle_timeout(now);
        rig.receive(&format!("~h~{second}"));
        let waiting = rig.engine.connection.queued_bytes();
        assert!(waiting < 64 * 1024, "{waiting} after {second} s");
    }
}

#[test]
fn f69_a_token_that_was_replaced_is_never_sent_again() {
    let old = "OLD-TOKEN";
    let mut rig = Rig::<Recorder>::with(None, Persistence::OnceOpen);
    rig.greet();
    rig.command(Command::Token(Ok(AuthToken::new(old))));
    assert!(rig.sent()[0].contains(old));
    // Replaced while open, while lost, and between connection and greeting.
    for (round, moment) in ["open", "lost", "ungreeted", "refused"]
        .iter()
        .cycle()
        .take(40)
        .enumerate()
    {
        let new = format!("TOKEN-{round:03}.");
        let give = |rig: &mut Rig| rig.command(Command::Token(Ok(AuthToken::new(new.clone()))));
        match *moment {
            "open" => give(&mut rig),
            "refused" => {
                rig.receive(r#"{"m":"protocol_error","p":["bad auth token"]}"#);
                assert_eq!(rig.engine.poll_fault(), Some(ProtocolFault::Auth));
            }
            _ => {}
        }
        let mut sent = rig.sent();
        rig.lose();
        if *moment == "lost" {
            give(&mut rig);
        }
        rig.connect();
        if *moment == "ungreeted" {
            give(&mut rig);
        }
        rig.greet();
        if *moment == "refused" {
            assert!(
                rig.sent().is_empty(),
                "nothing is sent before there is another"
            );
            give(&mut rig);
        }
        sent.extend(rig.sent());
        let tokens: Vec<&String> = sent
            .iter()
            .filter(|it| it.contains("set_auth_token"))
            .collect();
        assert!(!tokens.is_empty(), "{moment}");
        for text in tokens {
            assert!(text.contains(&new), "{moment}: {text}");
        }
    }
}

#[test]
fn a_bad_token_ends_everything_as_an_authentication_error() {
    let mut rig = Rig::open();
    rig.receive(r#"{"m":"protocol_error","p":["bad auth token"]}"#);
    assert_eq!(rig.engine.poll_fault(), Some(ProtocolFault::Auth));
    let fault = CloseReason::Protocol(ProtocolFault::Auth);
    rig.engine.handle_close(rig.now, &fault);
    assert!(
        rig.engine
            .reason()
            .is_some_and(ClientError::is_authentication)
    );
    assert_eq!(rig.engine.classify(&Fault::Closed(fault)), Recovery::GiveUp);
}

#[test]
fn f45_a_refused_connection_is_tried_again_later() {
    let mut rig = Rig::open();
    rig.receive(r#"{"m":"protocol_error","p":["wrong data"]}"#);
    let fault = rig.engine.poll_fault().expect("a fault");
    assert_eq!(fault, ProtocolFault::refused("wrong data"));
    let reason = CloseReason::Protocol(fault);
    rig.engine.handle_close(rig.now, &reason);
    assert_eq!(
        rig.engine.classify(&Fault::Closed(reason)),
        Recovery::RetrySlowly
    );
}

#[test]
fn f45_a_refusal_counts_if_the_server_closes_in_the_same_turn() {
    let mut rig = Rig::open();
    rig.receive(r#"{"m":"protocol_error","p":["account suspended"]}"#);
    let reason = CloseReason::remote(Some(1000), "");
    rig.engine.handle_close(rig.now, &reason);
    assert_eq!(
        rig.engine.classify(&Fault::Closed(reason)),
        Recovery::RetrySlowly
    );
    rig.connect();
    rig.greet();
    assert_eq!(rig.lose(), Recovery::Retry, "the refusal is forgotten");
}

#[test]
fn the_first_connection_is_the_last_unless_it_has_served() {
    for (persistence, before, after) in [
        (Persistence::Never, Recovery::GiveUp, Recovery::GiveUp),
        (Persistence::OnceOpen, Recovery::GiveUp, Recovery::Retry),
        (Persistence::Always, Recovery::Retry, Recovery::Retry),
    ] {
        let mut rig = Rig::<Recorder>::with(Some(AuthToken::anonymous()), persistence);
        assert_eq!(rig.lose(), before);
        rig.connect();
        rig.greet();
        assert_eq!(rig.lose(), after);
        rig.connect();
        assert_eq!(rig.lose(), after);
    }
}

#[test]
fn a_lost_connection_keeps_the_transports_reason() {
    let mut rig = Rig::open();
    rig.lose();
    let events = rig.events();
    let [EngineEvent::Lost(ClientError::Lost(lost))] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(*lost, CloseReason::remote(Some(1012), "restart"));
}

#[test]
fn f67_a_refused_token_is_asked_for_once_and_never_sent_again() {
    let mut rig = Rig::<Recorder>::with(None, Persistence::OnceOpen);
    rig.greet();
    assert!(matches!(rig.events()[..], [EngineEvent::TokenNeeded]));
    assert!(rig.sent().is_empty());
    rig.command(Command::Token(Ok(AuthToken::new("first"))));
    assert!(matches!(rig.events()[..], [EngineEvent::Opened]));
    assert!(rig.sent()[0].contains("first"));
    rig.receive(r#"{"m":"protocol_error","p":["bad auth token"]}"#);
    let fault = CloseReason::Protocol(rig.engine.poll_fault().expect("a fault"));
    rig.engine.handle_close(rig.now, &fault);
    assert_eq!(
        rig.engine.classify(&Fault::Closed(fault)),
        Recovery::RefreshAuth
    );
    rig.events();
    rig.connect();
    rig.greet();
    assert!(matches!(rig.events()[..], [EngineEvent::TokenNeeded]));
    rig.command(Command::Token(Ok(AuthToken::new("second"))));
    let sent = rig.sent();
    assert!(sent.len() == 1 && sent[0].contains("second"));
}

#[test]
fn f67_a_token_is_renewed_on_the_same_connection() {
    let mut rig = Rig::<Recorder>::with(None, Persistence::OnceOpen);
    rig.greet();
    rig.events();
    // {"exp":1790726730}: 300 s later.
    let token = AuthToken::new("e30.eyJleHAiOjE3OTA3MjY3MzB9.x");
    rig.command(Command::Token(Ok(token)));
    rig.sent();
    let due = rig.engine.poll_timeout().expect("a renewal");
    assert_eq!(due - rig.now, Duration::from_secs(240));
    rig.events();
    rig.now = due;
    rig.engine.handle_timeout(due);
    assert!(matches!(rig.events()[..], [EngineEvent::TokenNeeded]));
    rig.command(Command::Token(Ok(AuthToken::new("second"))));
    let sent = rig.sent();
    assert!(sent.len() == 1 && sent[0].contains("second"));
}

#[test]
fn a_source_without_a_token_ends_the_first_connection() {
    let mut rig = Rig::<Recorder>::with(None, Persistence::OnceOpen);
    rig.greet();
    rig.command(Command::Token(Err("no network".into())));
    let fault = CloseReason::Protocol(rig.engine.poll_fault().expect("a fault"));
    rig.engine.handle_close(rig.now, &fault);
    assert_eq!(rig.engine.classify(&Fault::Closed(fault)), Recovery::GiveUp);
    let text = "no network".to_owned();
    assert_eq!(rig.engine.reason(), Some(&ClientError::NoToken { text }));
}

#[test]
fn a_first_redirect_finishes_the_connection_without_a_token() {
    let mut rig = Rig::new();
    rig.receive(r#"{"redirect":"prodata.tradingview.com"}"#);
    assert!(
        matches!(&rig.events()[..], [EngineEvent::Redirect { host }] if host.starts_with("prodata"))
    );
    assert!(rig.sent().is_empty());
    assert_eq!(rig.engine.status(), Status::Finished);
}

#[test]
fn a_later_redirect_is_followed_by_the_next_connection() {
    let mut rig = Rig::open();
    rig.lose();
    rig.connect();
    rig.events();
    rig.receive(r#"{"redirect":"prodata.tradingview.com"}"#);
    assert!(matches!(rig.events()[..], [EngineEvent::Redirect { .. }]));
    assert!(rig.engine.poll_fault().is_some());
    assert!(rig.sent().is_empty());
    assert_eq!(rig.engine.status(), Status::Starting);
}

#[test]
fn f24_a_server_whose_pulse_stops_is_given_up_though_its_socket_lives() {
    let mut rig = Rig::open();
    for number in 1..=3 {
        rig.receive(&format!("~h~{number}"));
        rig.now += Duration::from_secs(10);
    }
    rig.now += Duration::from_secs(14);
    rig.engine.handle_timeout(rig.now);
    assert_eq!(rig.engine.poll_fault(), None);
    rig.now += Duration::from_secs(1);
    rig.engine.handle_timeout(rig.now);
    let after = Duration::from_secs(25);
    let fault = rig.engine.poll_fault().expect("a fault");
    assert_eq!(fault, ProtocolFault::Silent { after });
    let reason = CloseReason::Protocol(fault);
    rig.engine.handle_close(rig.now, &reason);
    assert_eq!(rig.engine.classify(&Fault::Closed(reason)), Recovery::Retry);
    let Some(EngineEvent::Lost(ClientError::Lost(reason))) = rig.events().pop() else {
        panic!("it is lost")
    };
    assert!(
        reason.to_string().contains("no message for 25 s"),
        "{reason}"
    );
}

/// Sends a command by hand, and returns the answer with what went out.
fn by_hand(rig: &mut Rig, json: &str) -> (Result<(), SendError>, Vec<String>) {
    let mut answer = ask_by_hand(rig, json);
    let sent = rig.sent();
    (answer.try_recv().unwrap(), sent)
}

fn ask_by_hand(rig: &mut Rig, json: &str) -> oneshot::Receiver<Result<(), SendError>> {
    let command = WireCommand::new(&ClientMessage::decode(json)).unwrap();
    let (reply, answer) = oneshot::channel();
    let permit = None;
    rig.command(Command::Send(Box::new(HandMade {
        command,
        permit,
        reply,
    })));
    answer
}

const CREATE: &str = r#"{"m":"replay_create_session","p":["rs_mine"]}"#;
const STEP: &str = r#"{"m":"replay_step","p":["rs_mine","r1",1]}"#;
const DELETE: &str = r#"{"m":"replay_delete_session","p":["rs_mine"]}"#;

#[test]
fn what_is_sent_by_hand_goes_out_as_it_is_and_its_session_lives_until_it_is_deleted() {
    let session = || "rs_mine".to_owned();
    let unknown = Err(SendError::UnknownSession { session: session() });
    let mut rig = Rig::open();
    assert_eq!(by_hand(&mut rig, STEP), (unknown.clone(), vec![]));
    assert_eq!(by_hand(&mut rig, CREATE), (Ok(()), vec![wire(CREATE)]));
    let exists = Err(SendError::SessionExists { session: session() });
    assert_eq!(by_hand(&mut rig, CREATE), (exists, vec![]));
    assert_eq!(by_hand(&mut rig, STEP), (Ok(()), vec![wire(STEP)]));
    // An answer for it is not late.
    rig.receive(r#"{"m":"replay_ok","p":["rs_mine","r1"]}"#);
    assert_eq!(rig.engine.registry.late(), 0);
    assert_eq!(by_hand(&mut rig, DELETE), (Ok(()), vec![wire(DELETE)]));
    assert_eq!(by_hand(&mut rig, STEP), (unknown.clone(), vec![]));
    rig.receive(r#"{"m":"replay_ok","p":["rs_mine","r1"]}"#);
    assert_eq!(rig.engine.registry.late(), 1);
    // The server ends it.
    assert_eq!(by_hand(&mut rig, CREATE).0, Ok(()));
    rig.receive(r#"{"m":"critical_error","p":["rs_mine","no",""]}"#);
    assert_eq!(by_hand(&mut rig, STEP), (unknown, vec![]));
    // What the client does not know, it lets through.
    let custom = r#"{"m":"new_method","p":["rs_other",{"a":1}]}"#;
    assert_eq!(by_hand(&mut rig, custom), (Ok(()), vec![wire(custom)]));
}

#[test]
fn a_session_of_a_subscription_is_out_of_reach_by_hand() {
    let mut rig = Rig::open();
    rig.command(series(1));
    let sent = rig.sent().concat();
    let (_, session) = sent.split_once(r#""chart_create_session","p":[""#).unwrap();
    let (session, _) = session.split_once('"').unwrap();
    for json in [
        format!(r#"{{"m":"chart_delete_session","p":["{session}"]}}"#),
        format!(r#"{{"m":"chart_create_session","p":["{session}"]}}"#),
        format!(r#"{{"m":"new_method","p":[1,{{"in":["{session}"]}}]}}"#),
    ] {
        let owned = SendError::Owned {
            session: session.to_owned(),
        };
        assert_eq!(by_hand(&mut rig, &json), (Err(owned), vec![]));
    }
    // Also one that was: late messages of it may come.
    rig.command(Command::Unsubscribe(SubscriptionId(1)));
    rig.sent();
    let json = format!(r#"{{"m":"chart_create_session","p":["{session}"]}}"#);
    let (answer, sent) = by_hand(&mut rig, &json);
    assert!(matches!(answer, Err(SendError::Owned { .. })) && sent.is_empty());
}

#[test]
fn what_was_made_by_hand_ends_with_its_connection_and_nothing_is_repeated() {
    let mut rig = Rig::open();
    assert_eq!(by_hand(&mut rig, CREATE).0, Ok(()));
    let mut waiting = ask_by_hand(&mut rig, STEP);
    rig.lose();
    assert_eq!(waiting.try_recv().unwrap(), Err(SendError::NotConnected));
    let mut refused = ask_by_hand(&mut rig, CREATE);
    assert_eq!(refused.try_recv().unwrap(), Err(SendError::NotConnected));
    rig.connect();
    rig.greet();
    assert_eq!(rig.sent().len(), 1, "the token only");
    let session = "rs_mine".to_owned();
    let unknown = Err(SendError::UnknownSession { session });
    assert_eq!(by_hand(&mut rig, STEP), (unknown, vec![]));
    assert_eq!(by_hand(&mut rig, CREATE).0, Ok(()));
}

#[test]
fn a_command_whose_caller_has_gone_is_not_sent() {
    let mut rig = Rig::open();
    drop(ask_by_hand(&mut rig, CREATE));
    assert_eq!(rig.sent(), Vec::<String>::new());
    assert_eq!(by_hand(&mut rig, CREATE), (Ok(()), vec![wire(CREATE)]));
}

#[test]
fn commands_and_sessions_that_are_made_by_hand_are_bounded() {
    let mut rig = Rig::open();
    let create = |number| format!(r#"{{"m":"replay_create_session","p":["rs_{number}"]}}"#);
    for number in 0..1_024 {
        assert_eq!(by_hand(&mut rig, &create(number)).0, Ok(()));
    }
    let full = Err(SendError::TooManySessions { limit: 1_024 });
    assert_eq!(by_hand(&mut rig, &create(1_024)).0, full);
    let delete = r#"{"m":"replay_delete_session","p":["rs_7"]}"#;
    assert_eq!(by_hand(&mut rig, delete).0, Ok(()));
    assert_eq!(by_hand(&mut rig, &create(1_024)).0, Ok(()));
    let large = format!(r#"{{"m":"new_method","p":["{}"]}}"#, "x".repeat(1 << 20));
    let (answer, sent) = by_hand(&mut rig, &large);
    assert!(matches!(answer, Err(SendError::TooLarge { .. })) && sent.is_empty());
    // The server does not read.
    let command = r#"{"m":"new_method","p":["x"]}"#;
    let waiting: Vec<_> = (0..1_024).map(|_| ask_by_hand(&mut rig, command)).collect();
    let mut busy = ask_by_hand(&mut rig, command);
    assert_eq!(busy.try_recv().unwrap(), Err(SendError::Busy));
    assert_eq!(rig.sent().len(), 1_024);
    for mut answer in waiting {
        assert_eq!(answer.try_recv().unwrap(), Ok(()));
    }
}

#[test]
fn sessions_that_were_made_by_hand_do_not_pass_to_another_connection() {
    let mut old = Rig::open();
    assert_eq!(by_hand(&mut old, CREATE).0, Ok(()));
    let (successor, _) = oneshot::channel();
    old.command(Command::HandOver(successor));
    let Some(EngineEvent::HandedOver(handover, _)) = old.events().pop() else {
        panic!("nothing was handed over");
    };
    let mut new = Rig::open();
    new.command(Command::TakeOver(handover));
    let session = "rs_mine".to_owned();
    let unknown = Err(SendError::UnknownSession { session });
    assert_eq!(by_hand(&mut new, STEP), (unknown, vec![]));
    assert_eq!(old.engine.left_behind, [SessionId::from_text("rs_mine")]);
    old.lose();
    assert!(old.engine.left_behind.is_empty(), "they were reported");
}
