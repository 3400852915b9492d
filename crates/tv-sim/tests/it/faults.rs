//! Each fault as a client sees it: raw sockets and WebSockets against a fault plan.

use std::{io::ErrorKind, time::Duration};

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, protocol::frame::coding::CloseCode},
};
use tv_sim::{FaultPlan, Sim, SimServer};

use crate::client::{Client, command, eventually, frame, payloads, simulator};

/// A server with a plan.
async fn server(plan: &str) -> SimServer {
    let plan: FaultPlan = plan.parse().unwrap();
    simulator().rate(200.0).faults(plan).start().await.unwrap()
}

/// The same in memory, so that time may be paused.
fn in_memory(plan: &str) -> Sim {
    let plan: FaultPlan = plan.parse().unwrap();
    let builder = simulator().rate(200.0).epoch(EPOCH).faults(plan);
    builder.build().unwrap()
}

const EPOCH: i64 = 1_790_726_430_000;

const REQUEST: &str = "GET /socket.io/websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Asks for a WebSocket and reads whatever comes, to the end or for a time.
async fn raw(sim: &SimServer) -> (Vec<u8>, Option<ErrorKind>) {
    let mut socket = TcpStream::connect(sim.local_addr()).await.unwrap();
    socket.write_all(REQUEST.as_bytes()).await.unwrap();
    read_all(&mut socket, LONG).await
}

/// The longest wait for what must come.
const LONG: Duration = Duration::from_secs(120);

/// Reads to the end; the error says how it ended, `TimedOut` that it did not.
async fn read_all(
    socket: &mut (impl AsyncRead + Unpin),
    most: Duration,
) -> (Vec<u8>, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = timeout(most, socket.read_to_end(&mut bytes)).await;
    let error = match end {
        Err(_) => Some(ErrorKind::TimedOut),
        Ok(Err(error)) => Some(error.kind()),
        Ok(Ok(_)) => None,
    };
    (bytes, error)
}

async fn connect(sim: &SimServer) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(sim.local_addr()).await?;
    let (socket, _) = client_async(sim.url(), stream).await?;
    Ok(socket)
}

/// A connected client that follows quotes and bars of one symbol; it has read everything up to the
/// first bars.
async fn following(sim: &SimServer) -> Client {
    follow(Client::greeted(sim).await).await
}

/// The same in memory.
async fn following_in_memory(sim: &Sim) -> Client<DuplexStream> {
    follow(Client::in_memory(sim).await).await
}

async fn follow<S: AsyncRead + AsyncWrite + Unpin>(mut client: Client<S>) -> Client<S> {
    client
        .send_all(&[
            ("quote_create_session", json!(["qs_1"])),
            ("quote_add_symbols", json!(["qs_1", "SIM:A"])),
            ("chart_create_session", json!(["cs_1"])),
            ("resolve_symbol", json!(["cs_1", "sym", "SIM:A"])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "sym", "1", 5]),
            ),
        ])
        .await;
    client
}

/// Everything up to the end of a WebSocket.
async fn rest<S>(socket: &mut WebSocketStream<S>) -> Vec<Result<Message, Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let all = async {
        let mut seen = Vec::new();
        while let Some(message) = socket.next().await {
            let over = message.is_err();
            seen.push(message);
            if over {
                break;
            }
        }
        seen
    };
    timeout(LONG, all).await.expect("an end")
}

fn rules_fired(sim: &SimServer) -> Vec<(u64, String)> {
    let fired = sim.ledger().faults();
    fired.into_iter().map(|f| (f.connection, f.rule)).collect()
}

#[tokio::test]
async fn refuse_and_reset_are_seen_as_resets_and_fin_as_an_end() {
    let sim = server(
        "when connection 1 do refuse\nwhen connection 2 do reset\nwhen connection 3 do fin\n\
         when connection 4 and byte 50 do reset\nwhen connection 5 and byte 50 do fin",
    )
    .await;
    assert_eq!(raw(&sim).await, (vec![], Some(ErrorKind::ConnectionReset)));
    assert_eq!(raw(&sim).await, (vec![], Some(ErrorKind::ConnectionReset)));
    assert_eq!(raw(&sim).await, (vec![], None));
    let (bytes, end) = raw(&sim).await;
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert!(bytes.len() <= 50);
    let (bytes, end) = raw(&sim).await;
    assert_eq!((bytes.len(), end), (50, None));
    assert!(bytes.starts_with(b"HTTP/1.1 101"));
    let fired = rules_fired(&sim);
    assert_eq!(fired.len(), 5);
    assert_eq!(
        fired[3],
        (4, "when connection 4 and byte 50 do reset".to_owned())
    );
}

#[tokio::test]
async fn every_cut_is_exact() {
    for at in [0, 1, 12, 13, 100, 131, 200, 400] {
        let sim = server(&format!("when byte {at} do fin")).await;
        let (bytes, end) = raw(&sim).await;
        assert_eq!((bytes.len(), end), (at, None));
    }
}

#[tokio::test]
async fn http_says_what_the_rule_says_and_then_lets_in() {
    let sim = server(
        "when connection 1..2 do http 429 \"Retry-After: 7\" \"X-Odd: a b\" body \"slow down\\n\" times 3",
    )
    .await;
    for _ in 0..2 {
        let Err(Error::Http(response)) = connect(&sim).await else {
            panic!("a status");
        };
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers()["x-odd"], "a b");
        assert_eq!(response.headers()["server"], "tv");
        assert!(response.headers().get("date").is_none());
        let length = response.headers()["content-length"].to_str().unwrap();
        assert_eq!(length, "30");
    }
    Client::greeted(&sim).await;
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_swallows_either_way_and_gives_back_what_it_held() {
    let sim = in_memory(
        "when connection 1 do black-hole both\n\
         when connection 2 and age 300ms do black-hole out for 700ms\n\
         when connection 3 and age 300ms do black-hole in",
    );
    let mut socket = sim.connect();
    socket.write_all(REQUEST.as_bytes()).await.unwrap();
    let (bytes, end) = read_all(&mut socket, Duration::from_millis(500)).await;
    assert_eq!((bytes.len(), end), (0, Some(ErrorKind::TimedOut)));

    let mut client = following_in_memory(&sim).await;
    client.next_of("series_completed").await;
    let mut longest = Duration::ZERO;
    let begin = Instant::now();
    let mut last = begin;
    let mut volume = 0.0;
    while begin.elapsed() < Duration::from_millis(1500) {
        let message = client.next_of("du").await;
        longest = longest.max(last.elapsed());
        last = Instant::now();
        // Nothing is missing and nothing is out of order.
        let next = message["p"][1]["sds_1"]["s"][0]["v"][5].as_f64().unwrap();
        assert!(next >= volume || next < volume / 2.0);
        volume = next;
    }
    assert!(longest > Duration::from_millis(500), "{longest:?}");

    let mut client = following_in_memory(&sim).await;
    sleep(Duration::from_millis(400)).await;
    client
        .send("quote_add_symbols", json!(["qs_1", "SIM:B"]))
        .await;
    let deadline = Instant::now() + Duration::from_millis(500);
    while Instant::now() < deadline {
        let text = client.next_text().await.unwrap();
        assert!(!text.contains("SIM:B"), "it is heard through the hole");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_cut_connection_stays_hidden_in_a_black_hole() {
    let plan = "when age 100ms do black-hole out for 2s";
    let sim = simulator()
        .heartbeat(Duration::from_millis(50))
        .heartbeat_timeout(Duration::from_millis(300))
        .faults(plan.parse().unwrap())
        .build()
        .unwrap();
    let (mut socket, _) = client_async(sim.url(), sim.connect()).await.unwrap();
    let begin = Instant::now();
    eventually("the client is cut", || sim.stats().clients_cut == 1).await;
    assert!(begin.elapsed() < Duration::from_millis(1500));
    let seen = rest(&mut socket).await;
    assert!(begin.elapsed() > Duration::from_millis(1500), "{seen:?}");
}

#[tokio::test]
async fn dripping_is_slow_and_slices_are_small() {
    let sim = server("when connection 1 do drip 20 every 10ms\nwhen connection 2 do slice 3").await;
    let begin = Instant::now();
    let mut client = Client::connect(&sim).await;
    client.next().await.unwrap();
    // More than 400 bytes are 20 drips at least.
    assert!(
        begin.elapsed() > Duration::from_millis(200),
        "{:?}",
        begin.elapsed()
    );
    Client::greeted(&sim).await;

    // In memory each write is seen alone.
    let plan: FaultPlan = "when connection 1 do slice 3".parse().unwrap();
    let sim = simulator().faults(plan).build().unwrap();
    let mut stream = sim.connect();
    // A task takes turns with the simulator's, which the test itself does not.
    let reading = tokio::spawn(async move {
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        let (mut all, mut most) = (Vec::new(), 0);
        while all.len() < 300 {
            let mut buffer = [0; 1000];
            let read = stream.read(&mut buffer).await.unwrap();
            most = most.max(read);
            all.extend_from_slice(&buffer[..read]);
        }
        (all, most)
    });
    let (all, most) = reading.await.unwrap();
    assert!(most <= 6, "{most}");
    assert!(all.starts_with(b"HTTP/1.1 101"));
}

#[tokio::test]
async fn frames_are_dropped_duplicated_and_delayed() {
    let sim = server(
        "when connection 1 and kind series_completed do drop\n\
         when connection 1 and kind symbol_resolved do duplicate 2\n\
         when connection 2 and kind quote_completed do delay 400ms",
    )
    .await;
    let mut client = following(&sim).await;
    let mut seen = Vec::new();
    while seen.iter().filter(|m| *m == "du").count() < 20 {
        let message = client.next().await.unwrap();
        seen.push(message["m"].as_str().unwrap().to_owned());
    }
    let count = |name: &str| seen.iter().filter(|m| *m == name).count();
    assert_eq!(
        (count("series_completed"), count("symbol_resolved")),
        (0, 3)
    );
    let begin = Instant::now();
    let mut client = following(&sim).await;
    client.next_of("quote_completed").await;
    assert!(begin.elapsed() >= Duration::from_millis(390));
    client.next_of("series_completed").await;
}

#[tokio::test(start_paused = true)]
async fn a_stalled_kind_is_silent_while_others_continue() {
    let sim = in_memory("when kind du and containing \"sds_1\" and nth 3 do stall for 1s");
    let mut client = following_in_memory(&sim).await;
    client.next_of("series_completed").await;
    let mut last = Instant::now();
    let (mut pause, mut quotes) = (Duration::ZERO, 0);
    for _ in 0..5 {
        loop {
            let message = client.next().await.unwrap();
            if message["m"] == "qsd" && last.elapsed() > Duration::from_millis(200) {
                quotes += 1;
            }
            if message["m"] == "du" {
                break;
            }
        }
        pause = pause.max(last.elapsed());
        last = Instant::now();
    }
    assert!(
        pause > Duration::from_millis(800) && quotes > 10,
        "{pause:?} {quotes}"
    );
}

#[tokio::test]
async fn order_is_lost_within_a_window() {
    let sim = server("seed 5\nwhen kind qsd do reorder 30").await;
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("quote_create_session", json!(["qs_1"])),
            ("quote_set_fields", json!(["qs_1", "volume"])),
            ("quote_add_symbols", json!(["qs_1", "SIM:A"])),
        ])
        .await;
    let mut volumes = Vec::new();
    while volumes.len() < 60 {
        let message = client.next_of("qsd").await;
        volumes.extend(message["p"][1]["v"]["volume"].as_f64());
    }
    assert!(
        volumes.windows(2).any(|pair| pair[1] < pair[0]),
        "{volumes:?}"
    );
}

#[tokio::test]
async fn one_byte_is_corrupted_and_lengths_lie() {
    let sim = server(
        "seed 2\nwhen connection 1 and byte 5 do corrupt\nwhen connection 2 and frame 1 do corrupt\n\
         when connection 3 and frame 1 do length +1\nwhen connection 4 and frame 1 do length \"-5\"",
    )
    .await;
    let mut socket = TcpStream::connect(sim.local_addr()).await.unwrap();
    socket.write_all(REQUEST.as_bytes()).await.unwrap();
    let mut bytes = [0; 12];
    timeout(LONG, socket.read_exact(&mut bytes))
        .await
        .unwrap()
        .unwrap();
    let differing: Vec<usize> = (0..12)
        .filter(|n| bytes[*n] != b"HTTP/1.1 101"[*n])
        .collect();
    assert_eq!(differing, [5]);
    let first = async |sim: &SimServer| {
        let mut socket = connect(sim).await.unwrap();
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let corrupt = first(&sim).await;
    assert_eq!(payloads(&corrupt).len(), 1, "the length still fits");
    // Declared is the length of each greeting, which differs with its session and time.
    for expected in [
        (|length| (length + 1).to_string()) as fn(usize) -> String,
        |_| "-5".to_owned(),
    ] {
        let text = first(&sim).await;
        let mut parts = text.splitn(3, "~m~").skip(1);
        let (declared, payload) = (parts.next().unwrap(), parts.next().unwrap());
        assert_eq!(declared, expected(payload.encode_utf16().count()));
    }
}

#[tokio::test]
async fn close_codes_arrive_with_their_reasons() {
    let sim = server(
        "when connection 1 and age 50ms do close 1012 \"service restart\"\n\
         when connection 2 and frame 1 do close\nwhen connection 3 and age 50ms do close 4999",
    )
    .await;
    let mut closes = Vec::new();
    for _ in 0..3 {
        let mut socket = connect(&sim).await.unwrap();
        let seen = rest(&mut socket).await;
        let close = seen.into_iter().find_map(|message| match message {
            Ok(Message::Close(frame)) => Some(frame),
            _ => None,
        });
        closes.push(close.expect("a close frame"));
    }
    let reported = closes[0].clone().unwrap();
    assert_eq!(
        (reported.code, reported.reason.as_str()),
        (CloseCode::Restart, "service restart")
    );
    assert_eq!(closes[1], None);
    assert_eq!(u16::from(closes[2].clone().unwrap().code), 4999);
}

#[tokio::test]
async fn messages_of_any_content_come_in_between() {
    let sim = server(
        "when connection 1 and frame 2 do text \"no frame\"\nwhen connection 1 and frame 2 do binary \"\\x00\\xff\"\n\
         when connection 1 and frame 2 do frame \"{\\\"m\\\":\\\"zzz\\\",\\\"p\\\":[]}\"\nwhen connection 1 and frame 2 do ping 3\n\
         when connection 2 and frame 2 do raw \"\\x81\\x02\\xff\\xfe\"",
    )
    .await;
    let mut socket = connect(&sim).await.unwrap();
    let create = frame(&command("quote_create_session", json!(["qs_1"])));
    let add = frame(&command("quote_add_symbols", json!(["qs_1", "SIM:A"])));
    let ask = Message::text(create + &add);
    futures_util::SinkExt::send(&mut socket, ask.clone())
        .await
        .unwrap();
    let mut seen = Vec::new();
    while seen.len() < 8 {
        seen.push(socket.next().await.unwrap().unwrap());
    }
    assert!(seen[0].to_text().unwrap().contains("session_id"));
    assert_eq!(seen[1], Message::text("no frame"));
    assert_eq!(seen[2], Message::binary(vec![0, 255]));
    assert_eq!(seen[3], Message::text(frame(r#"{"m":"zzz","p":[]}"#)));
    assert!(seen[4..7].iter().all(Message::is_ping), "{seen:?}");
    assert!(seen[7].to_text().unwrap().contains("qsd"));

    let mut socket = connect(&sim).await.unwrap();
    socket.next().await.unwrap().unwrap();
    futures_util::SinkExt::send(&mut socket, ask).await.unwrap();
    let seen = rest_until_error(&mut socket).await;
    assert!(matches!(seen, Error::Utf8(_)), "{seen:?}");
}

async fn rest_until_error(socket: &mut WebSocketStream<TcpStream>) -> Error {
    let first = rest(socket).await.into_iter().find_map(Result::err);
    first.expect("an error")
}

#[tokio::test]
async fn errors_end_what_they_name_and_nothing_else() {
    let sim = server(
        "when connection 1 and kind du and nth 2 do critical-error \"unknown_session_id\"\n\
         when connection 2 and kind symbol_resolved do symbol-error \"invalid symbol\"\n\
         when connection 2 and kind series_completed do series-error \"resolve error\"\n\
         when connection 3 and kind qsd and nth 3 do protocol-error \"wrong data\"\n\
         when connection 4 and age 300ms do critical-error \"gone\"",
    )
    .await;
    let mut client = following(&sim).await;
    let error = client.next_of("critical_error").await;
    assert_eq!(error["p"][0], "cs_1");
    assert_eq!(error["p"][1], "unknown_session_id");
    for _ in 0..50 {
        assert_eq!(
            client.next().await.unwrap()["m"],
            "qsd",
            "the chart is gone"
        );
    }
    client.send("chart_create_session", json!(["cs_1"])).await;
    client
        .send("resolve_symbol", json!(["cs_1", "sym", "SIM:A"]))
        .await;
    client.next_of("symbol_resolved").await;

    let mut client = following(&sim).await;
    let error = client.next_of("symbol_error").await;
    assert_eq!(error["p"], json!(["cs_1", "sym", "invalid symbol"]));
    let error = client.next_of("series_error").await;
    let reported = error["p"].as_array().unwrap();
    assert_eq!(reported[..4], ["cs_1", "sds_1", "s1", "resolve error"]);

    let mut client = following(&sim).await;
    assert_eq!(
        client.next_of("protocol_error").await["p"],
        json!(["wrong data"])
    );
    while let Some(text) = client.next_text().await {
        assert!(!text.contains("protocol_error"));
    }

    let mut client = following(&sim).await;
    let sessions: Vec<Value> = [
        client.next_of("critical_error").await,
        client.next_of("critical_error").await,
    ]
    .iter()
    .map(|error| error["p"][0].clone())
    .collect();
    assert_eq!(sessions, ["cs_1", "qs_1"]);
}

#[tokio::test]
async fn heartbeats_stop_race_and_miscount() {
    let start = async |rule: &str, timeout: u64| {
        let builder = simulator()
            .heartbeat(Duration::from_millis(100))
            .heartbeat_timeout(Duration::from_millis(timeout))
            .faults(rule.parse().unwrap());
        builder.start().await.unwrap()
    };
    // Without heartbeats a connection lives for longer than one may go unanswered.
    let sim = start("when connection 1 do heartbeats off", 400).await;
    let mut client = Client::greeted(&sim).await;
    let silence = timeout(Duration::from_millis(900), client.next_payload()).await;
    assert!(silence.is_err(), "{silence:?}");

    let beats = async |sim: &SimServer, count: usize| {
        let mut client = Client::greeted(sim).await;
        let mut beats = Vec::new();
        while beats.len() < count {
            let payload = client.next_payload().await.unwrap();
            client.send_raw(frame(&payload)).await;
            beats.push(payload);
        }
        beats
    };
    // Far more than one in 100 ms, however slow the machine is.
    let sim = start("when connection 1 do heartbeats every 5ms", 60_000).await;
    let begun = Instant::now();
    let quick = u32::try_from(beats(&sim, 40).await.len()).unwrap();
    let usual = Duration::from_millis(100) * quick;
    assert!(begun.elapsed() < usual, "{:?}", begun.elapsed());

    let sim = start("when connection 1 do heartbeats wrong", 60_000).await;
    let odd = beats(&sim, 5).await;
    assert!(!odd.contains(&"~h~1".to_owned()), "{odd:?}");
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_refused_and_a_new_one_is_not() {
    let sim = in_memory("when connection 1 and age 200ms do expire-token");
    let mut client = Client::in_memory(&sim).await;
    client.send("set_auth_token", json!(["old"])).await;
    let error = client.next_of("protocol_error").await;
    assert_eq!(error["p"], json!(["bad auth token"]));
    let mut client = Client::in_memory(&sim).await;
    client.send("set_auth_token", json!(["old"])).await;
    client.next_of("protocol_error").await;
    let mut client = Client::in_memory(&sim).await;
    client.send("set_auth_token", json!(["new"])).await;
    client.send("quote_create_session", json!(["qs_1"])).await;
    client
        .send("quote_add_symbols", json!(["qs_1", "SIM:A"]))
        .await;
    client.next_of("qsd").await;
}

#[tokio::test]
async fn a_restart_ends_every_connection_and_accepts_none_meanwhile() {
    let sim = server("when connection 2 and kind qsd do restart for 3s").await;
    let mut idle = connect(&sim).await.unwrap();
    let mut client = following(&sim).await;
    while client.next_text().await.is_some() {}
    let begin = Instant::now();
    let seen = rest(&mut idle).await;
    assert!(
        !seen.iter().any(|m| matches!(m, Ok(Message::Close(_)))),
        "{seen:?}"
    );
    let refused = TcpStream::connect(sim.local_addr()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    loop {
        match connect(&sim).await {
            Ok(_) => break,
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
    assert!(
        begin.elapsed() > Duration::from_millis(300),
        "{:?}",
        begin.elapsed()
    );
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn sessions_are_lost_or_kept_by_a_restart() {
    for (plan, expected) in [
        ("when time 700ms do restart losing", "protocol_error"),
        ("when time 700ms do restart keeping", "symbol_resolved"),
    ] {
        let sim = in_memory(plan);
        let mut client = following_in_memory(&sim).await;
        while client.next_text().await.is_some() {}
        let mut client = Client::in_memory(&sim).await;
        client
            .send("resolve_symbol", json!(["cs_1", "other", "SIM:B"]))
            .await;
        client.next_of(expected).await;
        if expected == "symbol_resolved" {
            // Live data goes on as well.
            client.next_of("du").await;
            client.next_of("qsd").await;
        }
        sim.shutdown().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_plan_and_seed_give_the_same_bytes() {
    let run = async |seed: u64| {
        let plan: FaultPlan = "when kind qsd and chance 20% do drop\nwhen kind du do reorder 5\n\
            when kind du and every 7 do delay 0s..300ms\nwhen byte 3000 do corrupt\nwhen age 4s do drip 50 every 20ms for 1s\n\
            when time 8s do restart for 500ms\nwhen connection 2 and age 2s do fin"
            .parse()
            .unwrap();
        let sim = simulator()
            .epoch(1_790_726_430_000)
            .seed(3)
            .rate(50.0)
            .faults(plan.with_seed(seed))
            .build()
            .unwrap();
        let mut all = Vec::new();
        for _ in 0..2 {
            // The first ends with the restart.
            record(&sim, &mut all).await;
            sleep(Duration::from_secs(1)).await;
        }
        let fired = sim.ledger().faults();
        sim.shutdown().await;
        (all, fired)
    };
    let (one, other, different) = (run(1).await, run(1).await, run(2).await);
    assert!(one.0.len() > 20_000, "{}", one.0.len());
    assert!(one.0 == other.0, "the bytes differ");
    assert_eq!(one.1, other.1);
    assert!(one.0 != different.0, "the seed does nothing");
}

/// Follows a symbol on a stream in memory, and keeps every byte to its end.
async fn record(sim: &Sim, all: &mut Vec<u8>) {
    let mut stream = sim.connect();
    let mut ask = REQUEST.as_bytes().to_vec();
    for payload in [
        command("quote_create_session", json!(["qs_1"])),
        command("quote_add_symbols", json!(["qs_1", "SIM:A", "SIM:B"])),
        command("chart_create_session", json!(["cs_1"])),
        command("resolve_symbol", json!(["cs_1", "sym", "SIM:A"])),
        command(
            "create_series",
            json!(["cs_1", "sds_1", "s1", "sym", "1S", 5]),
        ),
    ] {
        let text = frame(&payload);
        // A masked text frame, with the mask 0.
        ask.extend([
            0x81,
            0x80 | 126,
            0,
            u8::try_from(text.len()).unwrap(),
            0,
            0,
            0,
            0,
        ]);
        ask.extend(text.as_bytes());
    }
    stream.write_all(&ask).await.unwrap();
    let _ = timeout(Duration::from_secs(30), stream.read_to_end(all)).await;
}

#[tokio::test]
async fn a_plan_that_makes_no_sense_is_refused() {
    use tv_sim::{Action, SimError, When};
    let plan = FaultPlan::new(0).rule(When::always().byte(5), Action::Drop);
    let error = simulator().faults(plan).build().unwrap_err();
    assert!(matches!(error, SimError::Fault(_)), "{error}");
}

#[test]
fn every_plan_in_the_guide_is_understood() {
    let guide = include_str!("../../../../docs/SIMULATOR.md");
    let blocks = guide.split("```text\n").skip(1);
    let mut rules = 0;
    for block in blocks {
        let (text, _) = block.split_once("```").unwrap();
        let plan: FaultPlan = text.parse().unwrap();
        rules += plan.rules().len();
    }
    assert!(rules > 15, "{rules}");
}

#[tokio::test(start_paused = true)]
async fn bars_are_left_out_of_the_live_stream_and_are_in_the_next_answer() {
    let plan = "when kind du and nth 1 do skip-bars 2";
    let sim = simulator()
        .epoch(1_790_726_400_000)
        .rate(20.0)
        .faults(plan.parse().unwrap())
        .build()
        .unwrap();
    let mut client = Client::in_memory(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", "SIM:A"])),
            (
                "create_series",
                json!(["cs_1", "a", "s1", "y", "1S", 5, ""]),
            ),
        ])
        .await;
    client.until("series_completed").await;
    // The place of each newest bar, and its time.
    let mut places: Vec<(i64, i64)> = Vec::new();
    while places.len() < 2 {
        let update = client.next_of("du").await;
        let row = update["p"][1]["a"]["s"].as_array().unwrap().last().unwrap();
        let time = row["v"][0].as_f64().unwrap() as i64;
        let place = (row["i"].as_i64().unwrap(), time);
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
    assert_eq!(places[1].0 - places[0].0, 3, "{places:?}");
    assert_eq!(places[1].1 - places[0].1, 3, "{places:?}");
    let again = json!(["cs_1", "a", "s2", "y", "1S", ""]);
    client.send("modify_series", again).await;
    let seen = client.until("series_completed").await;
    let times: Vec<f64> = seen
        .iter()
        .filter_map(|message| message["p"][1]["a"]["s"].as_array())
        .flatten()
        .map(|row| row["v"][0].as_f64().unwrap())
        .collect();
    for time in places[0].1..=places[1].1 {
        assert!(times.contains(&(time as f64)), "{time} of {times:?}");
    }
}

#[tokio::test]
async fn a_late_correction_comes_while_a_series_loads_and_is_true() {
    let plan = "when kind timescale_update and nth 1 do late-correction 3\n\
        when kind series_completed and nth 1 do late-correction 100000";
    let sim = server(plan).await;
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", "SIM:A"])),
            ("create_series", json!(["cs_1", "a", "s1", "y", "1", 5, ""])),
        ])
        .await;
    let seen = client.until("series_completed").await;
    assert_eq!(
        crate::client::names(&seen),
        [
            "series_loading",
            "symbol_resolved",
            "du",
            "timescale_update",
            "du",
            "series_completed"
        ]
    );
    let bars = sim.ledger().bars("SIM:A", "1", 0, i64::MAX / 1000).unwrap();
    let oldest = seen[3]["p"][1]["a"]["s"][0]["v"][0].as_f64().unwrap() as i64;
    let at = bars
        .closed
        .iter()
        .position(|bar| bar.time == oldest)
        .unwrap();
    let row = &seen[2]["p"][1]["a"]["s"][0];
    let truth = &bars.closed[at - 3];
    assert_eq!(
        row,
        &json!({ "i": -3, "v": [truth.time as f64, truth.open, truth.high, truth.low, truth.close, truth.volume] })
    );
    assert_eq!(seen[2]["p"][1]["a"]["t"], "s1");
    assert_eq!(seen[4]["p"][1]["a"]["s"][0]["i"], -100_000);
}
