//! Profiles, greetings, accounts and replays, through the socket.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use tv_sim::{HelloForm, Profile, ReplayShape, SimBuilder, SimServer, Tier, Tiers};

use crate::client::{Client, names, simulator};

async fn start(builder: SimBuilder) -> SimServer {
    builder.rate(0.0).start().await.unwrap()
}

async fn greeting(builder: SimBuilder) -> Value {
    let sim = start(builder).await;
    Client::connect(&sim).await.next().await.unwrap()
}

#[tokio::test]
async fn greetings_of_three_years_and_a_redirect() {
    let old = greeting(simulator().profile(Profile::Of2019)).await;
    assert!(old.get("via").is_none() && old["javastudies"].is_string());
    let middle = greeting(simulator().hello(HelloForm::Of2022)).await;
    assert!(middle["via"].is_string() && middle["javastudies"].is_string());
    let redirect = greeting(simulator().redirect_to("other.test:443")).await;
    assert_eq!(redirect["redirect"], "other.test:443");
    assert!(redirect["session_id"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_ends_the_connection() {
    let lifetime = Duration::from_secs(3600);
    let tiers = Tiers::new().expire_after(lifetime);
    let sim = simulator().rate(0.0).tiers(tiers).build().unwrap();
    let mut client = Client::in_memory(&sim).await.patient_for(lifetime * 2);
    client.send("set_auth_token", json!(["account"])).await;
    let begin = Instant::now();
    assert_eq!(
        client.next().await,
        Some(json!({ "m": "protocol_error", "p": ["bad auth token"] }))
    );
    let lived = begin.elapsed();
    assert!(
        lived.abs_diff(lifetime) < Duration::from_millis(10),
        "{lived:?}"
    );
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn unknown_tokens_and_banned_users_are_refused() {
    let tiers = Tiers::new()
        .token("mine", Tier::Premium)
        .banned_token("theirs")
        .only_known();
    let sim = start(simulator().tiers(tiers)).await;
    for (token, text) in [("other", "bad auth token"), ("theirs", "user banned")] {
        let mut client = Client::greeted(&sim).await;
        client.send("set_auth_token", json!([token])).await;
        assert_eq!(client.next().await.unwrap()["p"], json!([text]));
        assert_eq!(client.next().await, None);
    }
    let mut client = Client::greeted(&sim).await;
    client.send("set_auth_token", json!(["mine"])).await;
    client.send("chart_create_session", json!(["cs_1"])).await;
    client
        .send("resolve_symbol", json!(["cs_1", "y", "SIM:A"]))
        .await;
    assert_eq!(client.next().await.unwrap()["m"], "symbol_resolved");
}

#[tokio::test]
async fn strict_limits_bind_guests_and_not_those_who_pay() {
    let sim = start(simulator().strict_limits()).await;
    for (token, answer) in [
        ("unauthorized_user_token", "series_error"),
        ("account", "series_completed"),
    ] {
        let mut client = Client::greeted(&sim).await;
        client
            .send_all(&[
                ("set_auth_token", json!([token])),
                ("chart_create_session", json!(["cs_1", ""])),
                ("resolve_symbol", json!(["cs_1", "y", "BINANCE:BTCUSDT"])),
                (
                    "create_series",
                    json!(["cs_1", "a", "s1", "y", "1S", 10, ""]),
                ),
            ])
            .await;
        client.next_of(answer).await;
    }
}

/// What a client sends to see a replay of daily bars from a day on.
fn replay(from: i64) -> Vec<(&'static str, Value)> {
    let symbol = r#"={"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}"#;
    let replayed =
        r#"={"replay":"rs_1","symbol":{"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}}"#;
    vec![
        ("replay_create_session", json!(["rs_1"])),
        (
            "replay_add_series",
            json!(["rs_1", "req_replay_addseries", symbol, "1D"]),
        ),
        ("replay_reset", json!(["rs_1", "req_replay_reset", from])),
        ("chart_create_session", json!(["cs_1"])),
        ("resolve_symbol", json!(["cs_1", "ser_1", replayed])),
        (
            "create_series",
            json!(["cs_1", "$prices", "s1", "ser_1", "1D", 100]),
        ),
    ]
}

#[tokio::test]
async fn a_replay_is_loaded_stepped_and_run() {
    let sim = start(simulator()).await;
    let mut client = Client::greeted(&sim).await;
    // 2024-08-14, a Wednesday.
    let from = 1_723_593_600_i64;
    client.send_all(&replay(from)).await;
    let seen = client.until("series_completed").await;
    assert_eq!(
        names(&seen),
        [
            "replay_ok",
            "replay_instance_id",
            "replay_ok",
            "replay_point",
            "replay_resolutions",
            "series_loading",
            "symbol_resolved",
            "timescale_update",
            "series_completed"
        ]
    );
    let rows = |message: &Value| message["p"][1]["$prices"]["s"].as_array().unwrap().clone();
    let loaded = rows(&seen[7]);
    assert_eq!(
        (loaded.len(), loaded[99]["v"][0].as_f64()),
        (100, Some(from as f64))
    );
    client
        .send("replay_step", json!(["rs_1", "rsq_step_1", 1]))
        .await;
    let seen = client.until("du").await;
    assert_eq!(names(&seen), ["replay_ok", "replay_point", "du"]);
    assert_eq!(rows(&seen[2])[0]["i"], 100);
    client
        .send("replay_start", json!(["rs_1", "rsq_start_1", 20]))
        .await;
    for day in 2..6 {
        let update = client.next_of("du").await;
        assert_eq!(
            rows(&update)[0]["v"][0].as_f64(),
            Some((from + day * 86_400) as f64)
        );
    }
    client
        .send("replay_stop", json!(["rs_1", "rsq_stop_1"]))
        .await;
    client.send("replay_delete_session", json!(["rs_1"])).await;
    client
        .send("replay_step", json!(["rs_1", "rsq_step_2", 1]))
        .await;
    let end = client.next_of("protocol_error").await;
    assert!(end["p"][0].as_str().unwrap().contains("unknown_session_id"));
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn a_window_and_the_other_shape_end_a_replay() {
    let day = 86_400;
    let builder = simulator()
        .replay_shape(ReplayShape::Slot)
        .replay_window(Duration::from_secs(10 * day));
    let sim = start(builder).await;
    let mut client = Client::greeted(&sim).await;
    client.send_all(&replay(1_723_593_600)).await;
    assert_eq!(
        client.next_of("replay_resolutions").await["p"],
        json!(["rs_1", "req_replay_addseries", ["1D", "1S"]])
    );
    assert!(client.next_of("replay_depth").await["p"][2].is_i64());
    client
        .send("replay_step", json!(["rs_1", "rsq_step_1", 50]))
        .await;
    assert_eq!(
        client.next_of("replay_data_end").await["p"],
        json!(["rs_1", "req_replay_addseries"])
    );
}

#[tokio::test]
async fn deep_history_is_not_for_guests() {
    let sim = start(simulator().strict_limits()).await;
    let range = json!({ "from_to": { "from": 1_700_000_000, "to": 1_701_000_000 } });
    for (token, answer) in [
        ("unauthorized_user_token", "request_error"),
        ("account", "request_data"),
    ] {
        let mut client = Client::greeted(&sim).await;
        let asked = r#"={"symbol":"BINANCE:BTCUSDT"}"#;
        let params = json!([
            "hs_1",
            0,
            asked,
            "240",
            0,
            range,
            "StrategyScript@tv-scripting-101!",
            { "pineId": "STD;Supertrend%1Strategy" },
            []
        ]);
        client
            .send_all(&[
                ("set_auth_token", json!([token])),
                ("history_create_session", json!(["hs_1"])),
                ("request_history_data", params),
            ])
            .await;
        assert_eq!(client.next().await.unwrap()["m"], answer);
    }
}
