//! Greeting, heartbeats, login, framing and the end of a connection.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tv_sim::SimError;

use crate::client::{Client, command, eventually, frame, simulator};

#[tokio::test]
async fn the_greeting_comes_first_and_whole_on_any_path() {
    let sim = simulator().start().await.unwrap();
    assert!(
        sim.url().starts_with("ws://127.0.0.1:") && sim.url().ends_with("/socket.io/websocket")
    );
    for path in [
        "/socket.io/websocket?from=chart&type=chart",
        "/",
        "/anything",
    ] {
        let hello = Client::connect_to(&sim, path).await.next().await.unwrap();
        for field in [
            "session_id",
            "timestamp",
            "timestampMs",
            "release",
            "studies_metadata_hash",
            "auth_scheme_vsn",
            "protocol",
            "via",
            "javastudies",
        ] {
            assert!(hello.get(field).is_some(), "{field} in {hello}");
        }
        assert!(
            hello["javastudies"].is_array()
                && hello["timestampMs"].as_i64() > Some(1_700_000_000_000)
        );
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn heartbeats_count_up_and_echoes_keep_the_connection() {
    let sim = simulator()
        .heartbeat(Duration::from_millis(20))
        .heartbeat_timeout(Duration::from_secs(120))
        .start()
        .await
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    for number in 1..=10 {
        let payload = client.next_payload().await.unwrap();
        assert_eq!(payload, format!("~h~{number}"));
        client.send_raw(frame(&payload)).await;
    }
    eventually("ten echoes are counted", || {
        sim.stats().heartbeats_echoed == 10
    })
    .await;
    assert_eq!(sim.stats().clients_cut, 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_heartbeats_unanswered_is_cut() {
    let sim = simulator()
        .rate(0.0)
        .heartbeat(Duration::from_secs(3))
        .heartbeat_timeout(Duration::from_secs(15))
        .build()
        .unwrap();
    let begin = Instant::now();
    let mut client = Client::in_memory(&sim).await;
    client.echoes = false;
    // Other traffic is not an answer, and neither is a number that was never sent.
    client.send("set_locale", json!(["en", "US"])).await;
    client.send_raw(frame("~h~999")).await;
    while client.next_payload().await.is_some() {}
    // The first heartbeat after 3 s is the one that waits for its answer.
    let lived = begin.elapsed();
    assert!(
        lived.abs_diff(Duration::from_secs(18)) < Duration::from_millis(50),
        "{lived:?}"
    );
    eventually("it is counted as cut", || sim.stats().clients_cut == 1).await;
    eventually("it is no longer open", || sim.stats().connections_open == 0).await;
}

#[tokio::test]
async fn a_bad_token_is_refused_and_the_connection_closed() {
    let sim = simulator().bad_token("stale".into()).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send("set_auth_token", json!(["unauthorized_user_token"]))
        .await;
    client.send("set_auth_token", json!(["stale"])).await;
    assert_eq!(
        client.next_text().await.as_deref(),
        Some(r#"{"m":"protocol_error","p":["bad auth token"]}"#)
    );
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn the_last_words_reach_a_client_that_writes_on_before_it_reads() {
    let sim = simulator().bad_token("stale".into()).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client.send("set_auth_token", json!(["stale"])).await;
    eventually("it is ended", || sim.stats().connections_open == 0).await;
    // Whatever arrives at a socket that is closed is answered with a RST, after which nothing can
    // be written.
    for _ in 0..30 {
        let text = frame(&command("set_locale", json!(["en", "US"])));
        client.socket.send(Message::text(text)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        client.next_text().await.as_deref(),
        Some(r#"{"m":"protocol_error","p":["bad auth token"]}"#)
    );
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn nonsense_is_wrong_data() {
    let sim = simulator().start().await.unwrap();
    // The last one counts bytes where units are due.
    for wrong in [
        "hello",
        "~m~99~m~{}",
        "~m~7~m~nothing",
        "~m~2~m~{}",
        "~m~4~m~\"é\"",
    ] {
        let mut client = Client::greeted(&sim).await;
        client.send_raw(wrong.to_owned()).await;
        assert_eq!(
            client.next().await,
            Some(json!({ "m": "protocol_error", "p": ["wrong data"] })),
            "{wrong}"
        );
        assert_eq!(client.next().await, None);
    }
}

#[tokio::test]
async fn text_in_a_binary_message_is_understood() {
    let sim = simulator().bad_token("stale".into()).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .socket
        .send(Message::binary(vec![0xff, 0x00]))
        .await
        .unwrap();
    let text = frame(&command("set_auth_token", json!(["stale"])));
    client
        .socket
        .send(Message::binary(text.into_bytes()))
        .await
        .unwrap();
    assert_eq!(client.next().await.unwrap()["p"], json!(["bad auth token"]));
}

#[tokio::test]
async fn frames_beyond_ascii_are_counted_in_units_both_ways() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("quote_create_session", json!(["qs_🚀삼"])),
            ("quote_set_fields", json!(["qs_🚀삼", "local_description"])),
            (
                "quote_add_symbols",
                json!(["qs_🚀삼", "KRX:005930", "없는🚀종목"]),
            ),
        ])
        .await;
    let seen = [client.next().await.unwrap(), client.next().await.unwrap()];
    assert_eq!(
        seen[1]["p"],
        json!(["qs_🚀삼", { "n": "KRX:005930", "s": "ok", "v": { "local_description": "삼성전자보통주" } }])
    );
    assert_eq!(client.next().await.unwrap()["m"], "quote_completed");
    assert_eq!(client.next().await.unwrap()["p"][1]["n"], "없는🚀종목");
}

#[tokio::test]
async fn sessions_are_limited_and_strangers_refused() {
    let sim = simulator().start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send("quote_add_symbols", json!(["qs_missing", "NASDAQ:AAPL"]))
        .await;
    let refused = client.next().await.unwrap();
    assert_eq!(refused["m"], "critical_error");
    let term = refused["p"][1].as_str().unwrap();
    assert!(
        term.starts_with(r#"{unknown_session_id,<<"quote_add_symbols">>,<<"qs_missing">>,"#),
        "{term}"
    );
    let many: Vec<_> = (0..201)
        .map(|n| ("quote_create_session", json!([format!("qs_{n}")])))
        .collect();
    client.send_all(&many).await;
    assert_eq!(
        client.next().await.unwrap()["p"][1],
        "max sessions rate reached"
    );
}

#[tokio::test]
async fn only_loopback_unless_asked_for() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = simulator().listen(everywhere).start().await.unwrap_err();
    assert!(matches!(refused, SimError::NotLoopback(address) if address == everywhere));
    assert!(matches!(
        simulator().rate(f64::NAN).start().await,
        Err(SimError::Rate(_))
    ));
    assert!(matches!(
        simulator().rate(-1.0).start().await,
        Err(SimError::Rate(_))
    ));
    let taken = simulator().start().await.unwrap();
    let second = simulator().listen(taken.local_addr()).start().await;
    assert!(matches!(second, Err(SimError::Listen { .. })));
}

#[tokio::test]
async fn shutdown_ends_connections_and_frees_the_port() {
    let sim = simulator().start().await.unwrap();
    let address = sim.local_addr();
    let mut client = Client::greeted(&sim).await;
    let _silent = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::time::timeout(Duration::from_secs(120), sim.shutdown())
        .await
        .unwrap();
    assert_eq!(client.next().await, None);
    let again = simulator().listen(address).start().await.unwrap();
    assert_eq!(again.local_addr(), address);
    drop(again);
    eventually("a dropped server is gone", || {
        std::net::TcpStream::connect(address).is_err()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_greeting_comes_apart_from_the_upgrade() {
    for (delay, expected) in [(None, 20), (Some(0), 0), (Some(500), 500)] {
        let mut builder = simulator().rate(0.0);
        if let Some(delay) = delay {
            builder = builder.greeting_delay(Duration::from_millis(delay));
        }
        let sim = builder.build().unwrap();
        let begin = Instant::now();
        let _client = Client::in_memory(&sim).await;
        let passed = begin.elapsed();
        let expected = Duration::from_millis(expected);
        assert!(
            passed.abs_diff(expected) <= Duration::from_millis(2),
            "{passed:?}"
        );
    }
}

#[tokio::test]
async fn a_client_that_knows_the_greeting_by_its_first_key_is_served() {
    let sim = simulator().start().await.unwrap();
    let mut client = Client::connect(&sim).await;
    let message = client.socket.next().await.unwrap().unwrap();
    let text = message.to_text().unwrap();
    let (_, payload) = text.strip_prefix("~m~").unwrap().split_once("~m~").unwrap();
    assert!(payload.starts_with(r#"{"session_id":"#), "{text}");
}
