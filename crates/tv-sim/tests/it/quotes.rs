//! Quote sessions of the simulated market.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, names, simulator};

/// A session that follows some fields.
async fn session(client: &mut Client, fields: &[&str]) {
    client.send("quote_create_session", json!(["qs_1"])).await;
    let mut params = vec!["qs_1"];
    params.extend(fields);
    client.send("quote_set_fields", json!(params)).await;
}

#[tokio::test]
async fn a_picture_comes_in_parts_and_is_completed() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(
        &mut client,
        &[
            "lp",
            "lp_time",
            "ch",
            "chp",
            "volume",
            "description",
            "pricescale",
            "no_such_field",
        ],
    )
    .await;
    client
        .send("quote_add_symbols", json!(["qs_1", "NASDAQ:AAPL"]))
        .await;
    let seen = client.until("quote_completed").await;
    assert_eq!(names(&seen), ["qsd", "qsd", "quote_completed"]);
    assert_eq!(
        seen[0]["p"][1]["v"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["lp_time"]
    );
    let full = seen[1]["p"][1]["v"].as_object().unwrap();
    let mut fields: Vec<&String> = full.keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "ch",
            "chp",
            "description",
            "lp",
            "lp_time",
            "pricescale",
            "volume"
        ]
    );
    assert_eq!(
        (
            &seen[1]["p"][0],
            &seen[1]["p"][1]["n"],
            &seen[1]["p"][1]["s"]
        ),
        (&json!("qs_1"), &json!("NASDAQ:AAPL"), &json!("ok"))
    );
    assert_eq!(
        seen[2],
        json!({ "m": "quote_completed", "p": ["qs_1", "NASDAQ:AAPL"] })
    );
    assert!(full["lp"].as_f64().unwrap() > 0.0 && full["description"] == "Apple Inc.");
}

#[tokio::test]
async fn without_fields_everything_is_reported() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("quote_create_session", json!(["qs_1"])),
            ("quote_add_symbols", json!(["qs_1", "SIM:ANY123"])),
        ])
        .await;
    let seen = client.until("quote_completed").await;
    let reported = |field: &str| {
        seen.iter()
            .any(|message| message["p"][1]["v"].get(field).is_some())
    };
    for field in [
        "bid",
        "ask",
        "high_price",
        "low_price",
        "open_price",
        "prev_close_price",
        "rtc",
        "update_mode",
        "short_name",
    ] {
        assert!(reported(field), "{field}");
    }
}

#[tokio::test]
async fn an_unknown_symbol_is_an_error_without_completion() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(&mut client, &["lp"]).await;
    client
        .send(
            "quote_add_symbols",
            json!(["qs_1", "XXXX:NOPE", "NASDAQ:AAPL"]),
        )
        .await;
    let refused = client.next().await.unwrap();
    assert_eq!(
        refused["p"],
        json!(["qs_1", { "n": "XXXX:NOPE", "s": "error", "errmsg": "no_such_symbol", "v": {} }])
    );
    assert_eq!(client.next().await.unwrap()["p"][1]["n"], "NASDAQ:AAPL");
}

#[tokio::test]
async fn a_descriptor_is_echoed_compactly_in_its_own_order() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(&mut client, &["lp"]).await;
    let spaced = r#"={ "symbol": "BINANCE:BTCUSDT", "adjustment": "splits" }"#;
    client
        .send("quote_add_symbols", json!(["qs_1", spaced]))
        .await;
    let compact = r#"={"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}"#;
    assert_eq!(client.next().await.unwrap()["p"][1]["n"], compact);
    assert_eq!(
        client.next_of("quote_completed").await["p"],
        json!(["qs_1", compact])
    );
}

#[tokio::test]
async fn options_are_refused_and_the_session_lives_on() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(&mut client, &["lp"]).await;
    client
        .send(
            "quote_add_symbols",
            json!(["qs_1", "NASDAQ:AAPL", { "flags": ["force_permission"] }]),
        )
        .await;
    let refused = r#"{"m":"critical_error","p":["qs_1","invalid_parameters","quote_add_symbols"]}"#;
    assert_eq!(client.next_text().await.as_deref(), Some(refused));
    client
        .send("quote_add_symbols", json!(["qs_1", "NASDAQ:AAPL"]))
        .await;
    assert_eq!(client.next().await.unwrap()["m"], "qsd");
}

#[tokio::test]
async fn changes_are_sparse_and_stop_with_removal() {
    let sim = simulator().rate(2000.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(
        &mut client,
        &[
            "lp",
            "lp_time",
            "volume",
            "bid",
            "ask",
            "high_price",
            "description",
        ],
    )
    .await;
    client
        .send("quote_fast_symbols", json!(["qs_1", "BINANCE:BTCUSDT"]))
        .await;
    client
        .send(
            "quote_add_symbols",
            json!(["qs_1", "BINANCE:BTCUSDT", "SIM:ROUND"]),
        )
        .await;
    let mut last: BTreeMap<String, f64> = BTreeMap::new();
    for _ in 0..300 {
        let message = client.next_of("qsd").await;
        let body = &message["p"][1];
        if let Some(volume) = body["v"]["volume"].as_f64() {
            let before = last.insert(body["n"].as_str().unwrap().to_owned(), volume);
            // Midnight begins a new day.
            assert!(before.is_none_or(|before| volume >= before || volume < before / 10.0));
        }
    }
    let sparse = client.next_of("qsd").await;
    assert!(
        sparse["p"][1]["v"].as_object().unwrap().len() < 7
            && sparse["p"][1]["v"].get("description").is_none()
    );
    client
        .send("quote_remove_symbols", json!(["qs_1", "BINANCE:BTCUSDT"]))
        .await;
    client
        .send("quote_add_symbols", json!(["qs_1", "XXXX:MARK"]))
        .await;
    while client.next_of("qsd").await["p"][1]["n"] != "XXXX:MARK" {}
    for _ in 0..50 {
        assert_eq!(client.next_of("qsd").await["p"][1]["n"], "SIM:ROUND");
    }
    client.send("quote_delete_session", json!(["qs_1"])).await;
    client.send("quote_delete_session", json!(["qs_1"])).await;
    client.send("quote_set_fields", json!(["qs_1"])).await;
    let gone = client.next_of("critical_error").await;
    assert!(
        gone["p"][1]
            .as_str()
            .unwrap()
            .contains("unknown_session_id")
    );
}

#[tokio::test]
async fn a_sleeping_session_is_quiet_until_woken() {
    let sim = simulator().rate(1000.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(&mut client, &["lp", "volume"]).await;
    client
        .send("quote_add_symbols", json!(["qs_1", "SIM:A"]))
        .await;
    client.until("quote_completed").await;
    client.send("quote_hibernate_all", json!(["qs_1"])).await;
    client
        .send("quote_add_symbols", json!(["qs_1", "XXXX:MARK"]))
        .await;
    while client.next_of("qsd").await["p"][1]["n"] != "XXXX:MARK" {}
    let ticks = sim.stats().ticks;
    crate::client::eventually("the market goes on", || sim.stats().ticks > ticks + 50).await;
    client
        .send("quote_add_symbols", json!(["qs_1", "XXXX:NEXT"]))
        .await;
    assert_eq!(
        client.next_of("qsd").await["p"][1]["n"],
        "XXXX:NEXT",
        "nothing came in between"
    );
    client
        .send("quote_fast_symbols", json!(["qs_1", "SIM:A"]))
        .await;
    assert_eq!(client.next_of("qsd").await["p"][1]["n"], "SIM:A");
}

#[tokio::test]
async fn two_sessions_see_the_same_price() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    let mut prices = Vec::new();
    for id in ["qs_a", "qs_b"] {
        client.send("quote_create_session", json!([id])).await;
        client
            .send("quote_add_symbols", json!([id, "TVC:SPX"]))
            .await;
        let seen = client.until("quote_completed").await;
        assert_eq!(seen[1]["p"][0], id);
        let reported = seen
            .iter()
            .find_map(|message| message["p"][1]["v"].get("open_price"));
        prices.push(reported.unwrap().clone());
    }
    assert!(prices[0] != Value::Null && prices[0] == prices[1]);
}

#[tokio::test]
async fn bare_tickers_and_any_symbol_of_a_known_exchange_have_quotes() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    session(
        &mut client,
        &["lp", "pro_name", "type", "country_code", "logoid"],
    )
    .await;
    for (asked, pro_name, kind) in [
        ("BTCEUR", "BINANCE:BTCEUR", "spot"),
        ("NYSE:BRK.B", "NYSE:BRK.B", "stock"),
        ("BINANCE:BTCUSDT.P", "BINANCE:BTCUSDT.P", "swap"),
        ("NSE:M&M", "NSE:M&M", "stock"),
        (
            "NASDAQ:AAPL/NASDAQ:MSFT",
            "NASDAQ:AAPL/NASDAQ:MSFT",
            "spread",
        ),
    ] {
        client
            .send("quote_add_symbols", json!(["qs_1", asked]))
            .await;
        let seen = client.until("quote_completed").await;
        let mut values = serde_json::Map::new();
        for message in seen.iter().filter(|message| message["m"] == "qsd") {
            assert_eq!(message["p"][1]["n"], asked);
            values.extend(message["p"][1]["v"].as_object().unwrap().clone());
        }
        assert_eq!(
            (&values["pro_name"], &values["type"]),
            (&json!(pro_name), &json!(kind))
        );
        assert!(values["lp"].is_number(), "{asked}: {values:?}");
        // Coins have no country, and the logo of their base currency.
        let is_coin = matches!(kind, "spot" | "swap");
        if kind != "spread" {
            assert_eq!(values.contains_key("country_code"), !is_coin, "{asked}");
        }
        assert!(!is_coin || !values.contains_key("logoid"));
    }
    for refused in ["XXXXX", "NASDAQ:NOPE", "XXXX:AAPL"] {
        client
            .send("quote_add_symbols", json!(["qs_1", refused]))
            .await;
        assert_eq!(client.next().await.unwrap()["p"][1]["s"], "error");
    }
}

#[tokio::test]
async fn a_simulator_can_have_listed_symbols_only() {
    let sim = simulator()
        .symbols(tv_sim::Names::Listed)
        .start()
        .await
        .unwrap();
    assert!(sim.ledger().bars("NASDAQ:AAPL", "1D", 0, 1).is_ok());
    assert!(sim.ledger().bars("NYSE:BRK.B", "1D", 0, 1).is_err());
}
