use std::time::Duration;

use super::*;

const HELLO: &str = r#"{"session_id":"0.1.2_x-charts-free-1","protocol":"json"}"#;

fn wire(payload: &str) -> String {
    let mut out = String::new();
    encode(payload, &mut out);
    out
}

/// A connection, its clock, and what came out of it.
struct Rig {
    connection: Connection,
    now: Instant,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests need some instant to start from"
)]
fn start() -> Instant {
    Instant::now()
}

impl Rig {
    fn new(config: ProtocolConfig) -> Self {
        let mut connection = Connection::new(config);
        let now = start();
        connection.handle_open(now);
        Self { connection, now }
    }

    /// A connection that has been greeted and given the guests' token.
    fn open() -> Self {
        let mut rig = Self::new(ProtocolConfig::default().without_locale());
        rig.receive(HELLO);
        assert_eq!(rig.events(), [Event::NeedToken]);
        rig.connection
            .provide_token(rig.now, &AuthToken::anonymous());
        assert_eq!(rig.sent().len(), 1);
        rig
    }

    fn receive(&mut self, payload: &str) {
        self.connection.handle_text(self.now, &wire(payload));
        while self.connection.poll_message().is_some() {}
    }

    fn sent(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.connection.poll_transmit()).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.connection.poll_event()).collect()
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.connection.handle_timeout(self.now);
    }
}

fn command(session: &str) -> ClientMessage<'_> {
    client::QuoteCreateSession {
        session: session.into(),
    }
    .into()
}

#[test]
fn nothing_is_sent_before_the_hello_and_the_token_goes_first() {
    let mut rig = Rig::new(ProtocolConfig::default());
    rig.connection.send(command("qs_1")).unwrap();
    assert_eq!(rig.sent(), Vec::<String>::new());
    rig.receive(HELLO);
    assert_eq!(rig.events(), [Event::NeedToken]);
    assert_eq!(rig.sent(), Vec::<String>::new());
    rig.connection
        .provide_token(rig.now, &AuthToken::new("secret"));
    assert_eq!(
        rig.sent(),
        [
            wire(r#"{"m":"set_auth_token","p":["secret"]}"#),
            wire(r#"{"m":"set_locale","p":["en","US"]}"#),
            wire(r#"{"m":"quote_create_session","p":["qs_1"]}"#),
        ]
    );
    assert!(rig.connection.is_open());
    assert_eq!(rig.connection.queued_bytes(), 0);
}

#[test]
fn a_hello_that_never_comes_is_waited_for_five_seconds_and_counted() {
    let mut rig = Rig::new(ProtocolConfig::default());
    assert_eq!(
        rig.connection.poll_timeout(),
        Some(rig.now + Duration::from_secs(5))
    );
    rig.pass(Duration::from_millis(4_999));
    assert_eq!(rig.events(), []);
    rig.pass(Duration::from_millis(1));
    assert_eq!(rig.events(), [Event::HelloMissing, Event::NeedToken]);
    assert_eq!(rig.connection.poll_timeout(), None);
    rig.pass(Duration::from_secs(60));
    assert_eq!(rig.events(), []);
    assert_eq!(rig.connection.counters().missing_hellos, 1);
}

#[test]
fn heartbeats_are_echoed_before_queued_commands_and_before_messages_are_taken() {
    let mut rig = Rig::open();
    rig.connection.send(command("qs_1")).unwrap();
    let text = [wire("~h~3"), wire(r#"{"m":"zzz","p":[]}"#), wire("~h~4")].concat();
    rig.connection.handle_text(rig.now, &text);
    let sent = rig.sent();
    assert_eq!(sent[..2], [wire("~h~3"), wire("~h~4")]);
    assert!(sent[2].contains("quote_create_session"));
    assert_eq!(rig.connection.counters().heartbeats, 2);
}

#[test]
fn a_heartbeat_is_answered_even_before_the_token() {
    let mut rig = Rig::new(ProtocolConfig::default());
    rig.connection.handle_text(rig.now, &wire("~h~1"));
    assert_eq!(rig.sent(), [wire("~h~1")]);
}

#[test]
fn the_first_reply_that_is_not_an_error_means_authenticated() {
    let mut rig = Rig::open();
    rig.receive(r#"{"m":"unheard_of","p":[]}"#);
    assert_eq!(rig.events(), []);
    rig.receive(r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#);
    rig.receive(r#"{"m":"quote_completed","p":["qs_1","A:C"]}"#);
    assert_eq!(rig.events(), [Event::Authenticated]);
}

#[test]
fn a_bad_token_ends_the_connection_with_the_servers_words() {
    let mut rig = Rig::open();
    rig.receive(r#"{"m":"protocol_error","p":["bad auth token"]}"#);
    let text = "bad auth token".to_owned();
    assert_eq!(
        rig.events(),
        [Event::Lost(ConnectionError::BadToken { text })]
    );
    assert_eq!(rig.connection.send(command("qs_1")), Err(Misuse::Ended));
    rig.connection.handle_close(rig.now, "1000");
    rig.connection.handle_text(rig.now, &wire("~h~1"));
    assert_eq!(
        (rig.events(), rig.sent()),
        (Vec::new(), Vec::new()),
        "the end is reported once"
    );
}

#[test]
fn other_protocol_errors_are_reported_without_control_characters() {
    let mut rig = Rig::open();
    rig.receive("{\"m\":\"protocol_error\",\"p\":[\"wrong\\u001b data\"]}");
    let text = "wrong  data".to_owned();
    assert_eq!(
        rig.events(),
        [Event::Lost(ConnectionError::Refused { text })]
    );
}

#[test]
fn a_redirect_is_reported_and_no_token_is_requested() {
    let mut rig = Rig::new(ProtocolConfig::default());
    rig.receive(r#"{"redirect":"prodata.tradingview.com"}"#);
    let host = "prodata.tradingview.com".to_owned();
    assert_eq!(rig.events(), [Event::Redirect { host }]);
    assert!(rig.connection.has_ended());
}

#[test]
fn faults_are_counted_and_a_flood_of_them_is_reported_in_part() {
    let mut rig = Rig::open();
    rig.connection
        .handle_text(rig.now, &"~m~x~m~~m~2~m~{}".repeat(100));
    let events = rig.events();
    assert_eq!(events.len(), 16);
    assert!(matches!(&events[0], Event::FrameFault(error) if error.offset == 0));
    let counters = rig.connection.counters();
    assert_eq!((counters.frame_faults, counters.frames), (100, 101));
    assert_eq!(counters.dropped_bytes, 700);
}

#[test]
fn malformed_and_unknown_messages_are_lent_counted_and_not_fatal() {
    let mut rig = Rig::open();
    rig.connection
        .handle_text(rig.now, &wire(r#"{"m":"du","p":[5]}"#));
    let received = rig.connection.poll_message().expect("a message");
    let ServerMessage::Malformed(malformed) = received.message else {
        panic!("{received:?}")
    };
    assert_eq!(malformed.text, r#"{"m":"du","p":[5]}"#);
    assert!(
        malformed.error.to_string().contains("p[0] (session)"),
        "{}",
        malformed.error
    );
    rig.receive(r#"{"m":"zzz","p":[1]}"#);
    let counters = rig.connection.counters();
    assert_eq!((counters.malformed, counters.unknown), (1, 1));
    assert!(rig.connection.is_open());
}

#[test]
fn a_full_queue_refuses_and_says_how_full_it_is() {
    let mut rig = Rig::new(ProtocolConfig::default());
    rig.connection.send(command("qs_1")).unwrap();
    let one = rig.connection.queued_bytes();
    // Two fit exactly, or one byte is missing.
    for (limit, fitting) in [(2 * one, 2), (2 * one - 1, 1)] {
        let mut rig = Rig::new(ProtocolConfig::default().max_queued_bytes(limit));
        for _ in 0..fitting {
            rig.connection.send(command("qs_1")).unwrap();
        }
        let error = rig.connection.send(command("qs_1")).unwrap_err();
        let waiting = fitting * one;
        assert_eq!(error, Misuse::QueueFull { waiting, limit });
    }
}

#[test]
fn a_flood_of_heartbeats_ends_the_connection() {
    let mut rig = Rig::open();
    rig.connection
        .handle_text(rig.now, &wire("~h~1").repeat(10_000));
    let limit = MAX_ECHO_BYTES;
    assert_eq!(
        rig.events(),
        [Event::Lost(ConnectionError::HeartbeatFlood { limit })]
    );
}

#[test]
fn the_watchdog_is_off_unless_asked_for() {
    assert_eq!(Rig::open().connection.poll_timeout(), None);
    let mut rig = Rig::new(ProtocolConfig::default().watchdog(Duration::from_secs(20)));
    rig.receive(HELLO);
    rig.pass(Duration::from_secs(19));
    rig.receive("~h~1");
    rig.pass(Duration::from_secs(19));
    assert_eq!(rig.events(), [Event::NeedToken]);
    rig.pass(Duration::from_secs(1));
    assert_eq!(
        rig.events(),
        [Event::Lost(ConnectionError::Silent { seconds: 20 })]
    );
}

#[test]
fn a_server_that_has_shown_a_pulse_and_falls_silent_is_lost() {
    let lost = |seconds| [Event::Lost(ConnectionError::Silent { seconds })];
    for (interval, most) in [(0, 20), (1, 20), (10, 25), (30, 75)] {
        let mut rig = Rig::open();
        for number in 1..=4 {
            rig.receive(&format!("~h~{number}"));
            rig.pass(Duration::from_secs(interval / 2));
            rig.receive("{}");
            rig.pass(Duration::from_secs(interval - interval / 2));
        }
        rig.receive("{}");
        rig.pass(Duration::from_secs(most - 1));
        assert_eq!(rig.events(), [], "{interval}");
        // Any text is a sign of life.
        rig.receive("{}");
        rig.pass(Duration::from_secs(most - 1));
        assert_eq!(rig.events(), [], "{interval}");
        rig.pass(Duration::from_secs(1));
        assert_eq!(rig.events(), lost(most), "{interval}");
    }
    let mut once = Rig::open();
    once.receive("~h~1");
    once.pass(Duration::from_secs(25));
    assert_eq!(once.events(), lost(25));
}

#[test]
fn silence_means_nothing_without_a_pulse_or_a_limit() {
    let mut rig = Rig::open();
    rig.pass(Duration::from_secs(86_400));
    assert_eq!(rig.events(), []);
    let mut rig = Rig::new(ProtocolConfig::default().pulse_limit(None));
    rig.receive(HELLO);
    rig.receive("~h~1");
    rig.pass(Duration::from_secs(86_400));
    assert_eq!(rig.events(), [Event::NeedToken]);
    let mut rig = Rig::new(ProtocolConfig::default().watchdog(Duration::from_secs(5)));
    rig.receive(HELLO);
    rig.receive("~h~1");
    rig.pass(Duration::from_secs(5));
    assert_eq!(rig.events().len(), 2, "the shorter limit counts");
}

#[test]
fn text_in_a_binary_message_is_read_and_anything_else_is_counted() {
    let mut rig = Rig::open();
    rig.connection
        .handle_binary(rig.now, wire("~h~9").as_bytes());
    assert_eq!(rig.sent(), [wire("~h~9")]);
    rig.connection.handle_binary(rig.now, &[8, 41, 255]);
    assert_eq!(rig.connection.counters().binary, 1);
}

#[test]
fn messages_that_were_not_taken_are_kept() {
    let mut rig = Rig::open();
    let text = |name: &str| {
        wire(&format!(
            r#"{{"m":"quote_completed","p":["qs_1","{name}"]}}"#
        ))
    };
    rig.connection.handle_text(rig.now, &text("A:1"));
    rig.connection.handle_text(rig.now, &text("A:2"));
    for name in ["A:1", "A:2"] {
        let message = rig.connection.poll_message().expect("a message").message;
        assert!(matches!(message, ServerMessage::QuoteCompleted(done) if done.name == name));
    }
    assert!(rig.connection.poll_message().is_none());
}

#[test]
fn a_token_can_be_renewed_on_the_same_connection() {
    let mut rig = Rig::open();
    rig.connection
        .provide_token(rig.now, &AuthToken::new("next"));
    assert_eq!(rig.sent(), [wire(r#"{"m":"set_auth_token","p":["next"]}"#)]);
}

#[test]
fn a_closed_transport_ends_the_connection_with_its_reason() {
    let mut rig = Rig::open();
    rig.connection.handle_close(rig.now, "closed\nby the peer");
    let reason = "closed by the peer".to_owned();
    assert_eq!(
        rig.events(),
        [Event::Lost(ConnectionError::Closed { reason })]
    );
    assert_eq!(rig.connection.send(command("qs_1")), Err(Misuse::Ended));
}

#[test]
fn a_connection_that_opens_again_has_forgotten_the_last_one() {
    let mut rig = Rig::open();
    rig.connection.send(command("qs_1")).unwrap();
    rig.connection.handle_text(rig.now, &wire("~h~1"));
    rig.connection.handle_close(rig.now, "1006");
    rig.connection.handle_open(rig.now);
    assert_eq!((rig.sent(), rig.events()), (Vec::new(), Vec::new()));
    rig.receive(HELLO);
    assert_eq!(rig.events(), [Event::NeedToken]);
}

#[test]
fn lengths_in_bytes_are_read_and_reported_once_per_connection() {
    let mut rig = Rig::open();
    let payload = r#"{"m":"quote_completed","p":["qs_1","KRX:삼성전자"]}"#;
    let message = format!("~m~{}~m~{payload}", payload.len());
    for _ in 0..3 {
        rig.connection.handle_text(rig.now, &message.repeat(2));
        let mut messages = 0;
        while let Some(received) = rig.connection.poll_message() {
            assert_eq!(received.message.method(), "quote_completed");
            messages += 1;
        }
        assert_eq!(messages, 2);
    }
    let reported = Event::OtherLengthUnit(LengthUnit::Bytes);
    assert_eq!(rig.events(), [reported, Event::Authenticated]);
    let counters = rig.connection.counters();
    assert_eq!((counters.other_length_units, counters.frame_faults), (6, 0));
}

#[test]
fn an_empty_greeting_is_one_and_an_empty_redirect_is_none() {
    for greeting in ["{}", r#"{"redirect":"","protocol":"json"}"#] {
        let mut rig = Rig::new(ProtocolConfig::default());
        rig.receive(greeting);
        assert_eq!(rig.events(), [Event::NeedToken], "{greeting}");
        assert_eq!(rig.connection.counters().malformed, 0);
    }
}

#[test]
fn a_late_greeting_does_not_count_as_an_answer_to_the_token() {
    let mut rig = Rig::open();
    rig.receive("{}");
    assert_eq!(rig.events(), []);
}

/// A frame that declares the length of all that follows it costs itself, however long the rest is.
#[test]
fn a_length_that_swallows_whole_frames_costs_one_frame() {
    let long = format!(
        r#"{{"m":"quote_completed","p":["qs_1","{}"]}}"#,
        "A".repeat(300)
    );
    let first = r#"{"m":"quote_completed","p":["qs_1","B"]}"#;
    let rest = [wire("~h~7"), wire(&long), wire("~h~8"), wire(&long)].concat();
    let swallower = wire(&format!("{first}{rest}"));
    let mut rig = Rig::open();
    let before = rig.connection.counters();
    let text = [swallower, wire(first)].concat();
    rig.connection.handle_text(rig.now, &text);

    let mut kinds = Vec::new();
    while let Some(received) = rig.connection.poll_message() {
        kinds.push(matches!(received.message, ServerMessage::QuoteCompleted(_)));
    }

    assert_eq!(
        kinds,
        [false, true, true, true],
        "the second and third were swallowed"
    );
    let after = rig.connection.counters();
    assert_eq!(after.malformed, before.malformed + 1);
    assert_eq!(after.heartbeats, before.heartbeats + 2);
    assert_eq!(rig.sent(), [wire("~h~7"), wire("~h~8")]);
}

/// Frames that swallow one another are read in one pass: the first is malformed, the next have
/// wrong lengths, and the last, whose length is right, is read.
#[test]
fn frames_that_swallow_one_another_are_read_in_one_pass() {
    let message = |name: &str| format!(r#"{{"m":"quote_completed","p":["qs_1","{name}"]}}"#);
    // No mark stands near the end of any of them.
    let mut payload = message(&"A".repeat(300));
    for _ in 0..4 {
        payload = format!("{}{}", message("B"), wire(&payload));
    }
    let mut rig = Rig::open();
    let before = rig.connection.counters();
    rig.connection.handle_text(rig.now, &wire(&payload));

    let mut kinds = Vec::new();
    while let Some(received) = rig.connection.poll_message() {
        kinds.push(matches!(received.message, ServerMessage::QuoteCompleted(_)));
    }

    assert_eq!(kinds, [false, true]);
    let after = rig.connection.counters();
    assert_eq!(after.malformed, before.malformed + 1);
    let faults = rig.events();
    let is_fault = |event: &Event| matches!(event, Event::FrameFault(_));
    assert_eq!(faults.iter().filter(|event| is_fault(event)).count(), 3);
}
