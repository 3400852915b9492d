//! The same inputs at the same times yield the same outputs, whatever they are, and what waits
//! inside stays bounded.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tv_protocol::{
    config::ProtocolConfig,
    connection::Connection,
    frame::encode,
    message::{ClientMessage, client},
    secret::AuthToken,
};

/// What can happen to a connection.
#[derive(Clone, Debug)]
enum Input {
    Open,
    Text(String),
    Binary(Vec<u8>),
    /// This number of milliseconds passes, and the machine gets the new time.
    Time(u64),
    Token,
    Command(usize),
    Close,
}

/// How many bytes of commands may wait.
const QUEUE: usize = 400;

/// No message of the connection's own is longer.
const MESSAGE: usize = 80;

fn input() -> impl Strategy<Value = Input> {
    let payload = prop_oneof![
        Just(r#"{"session_id":"0.1.2_x","protocol":"json"}"#.to_owned()),
        Just(r#"{"redirect":"data.tradingview.com"}"#.to_owned()),
        Just(r#"{"m":"protocol_error","p":["bad auth token"]}"#.to_owned()),
        Just(r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#.to_owned()),
        Just(r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5}}]}"#.to_owned()),
        Just(r#"{"m":"new","p":[1]}"#.to_owned()),
        Just(r#"{"m":"qsd","p":[]}"#.to_owned()),
        (0_u32..1_000).prop_map(|number| format!("~h~{number}")),
        any::<String>(),
    ];
    let text = prop::collection::vec((payload, any::<bool>()), 0..4).prop_map(|payloads| {
        let mut wire = String::new();
        for (payload, framed) in &payloads {
            match framed {
                true => encode(payload, &mut wire),
                false => wire.push_str(payload),
            }
        }
        wire
    });
    prop_oneof![
        1 => Just(Input::Open),
        6 => text.prop_map(Input::Text),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Input::Binary),
        3 => (0_u64..8_000).prop_map(Input::Time),
        2 => Just(Input::Token),
        3 => (0_usize..200).prop_map(Input::Command),
        1 => Just(Input::Close),
    ]
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests need some instant to start from"
)]
fn start() -> Instant {
    Instant::now()
}

/// Everything that comes out of a connection, times as they lie behind the beginning.
fn run(inputs: &[Input], begin: Instant) -> Vec<String> {
    let config = ProtocolConfig::default()
        .max_queued_bytes(QUEUE)
        .max_frame_length(300)
        .watchdog(Duration::from_secs(20));
    let mut connection = Connection::new(config);
    let (mut now, mut out) = (begin, Vec::new());
    for input in inputs {
        match input {
            Input::Open => connection.handle_open(now),
            Input::Text(text) => connection.handle_text(now, text),
            Input::Binary(data) => connection.handle_binary(now, data),
            Input::Time(milliseconds) => {
                now += Duration::from_millis(*milliseconds);
                connection.handle_timeout(now);
            }
            Input::Token => connection.provide_token(now, &AuthToken::anonymous()),
            Input::Command(length) => {
                let session = "x".repeat(*length);
                let session = session.as_str().into();
                let command: ClientMessage<'_> = client::QuoteCreateSession { session }.into();
                out.push(format!("{:?}", connection.send(&command)));
            }
            Input::Close => connection.handle_close(now, "closed"),
        }
        // The token and the locale go out before all commands, however many wait.
        let bound = QUEUE + 2 * MESSAGE;
        assert!(connection.queued_bytes() <= bound, "what waits is bounded");
        while let Some(message) = connection.poll_message() {
            out.push(format!("{message:?}"));
        }
        out.extend(
            std::iter::from_fn(|| connection.poll_event()).map(|event| format!("{event:?}")),
        );
        out.extend(std::iter::from_fn(|| connection.poll_transmit()));
        let wake = connection.poll_timeout();
        let wake = wake.map(|time| time.saturating_duration_since(begin));
        out.push(format!(
            "{wake:?} {} {:?}",
            connection.has_ended(),
            connection.counters()
        ));
    }
    out
}

proptest! {
    #[test]
    fn the_same_inputs_yield_the_same_outputs(inputs in prop::collection::vec(input(), 0..40)) {
        // Only differences of times count, so another beginning changes nothing either.
        let begin = start();
        let once = run(&inputs, begin);
        prop_assert_eq!(&run(&inputs, begin), &once);
        prop_assert_eq!(&run(&inputs, begin + Duration::from_secs(86_400)), &once);
    }
}
