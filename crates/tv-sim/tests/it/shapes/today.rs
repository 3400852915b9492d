//! What is said today: refusals word for word, and the shapes of everything that was recorded from
//! 2023 to 2026.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tv_sim::{Tier, Tiers};

use super::{on_record, read, story::Story};
use crate::{
    client::{Client, frame, simulator},
    recordings::recorded,
};

/// A message without what cannot be the same: times and the names of servers.
fn plain(message: &Value) -> Value {
    let mut message = message.clone();
    let map = message.as_object_mut().unwrap();
    map.remove("t");
    map.remove("t_ms");
    let node = |text: &str| {
        text.split_once('@')
            .is_some_and(|(one, other)| one == other)
    };
    for param in map["p"].as_array_mut().unwrap() {
        if param.as_str().is_some_and(node) {
            *param = json!("node");
        }
    }
    message
}

/// A conversation: what a client says, and how many messages it waits for.
struct Turn {
    says: Vec<(&'static str, Value)>,
    hears: usize,
}

/// All that is said to a client of a server with strict limits.
async fn said(turns: Vec<Turn>) -> Vec<Value> {
    let sim = simulator()
        .rate(0.0)
        .strict_limits()
        .tiers(Tiers::new().token("basic", Tier::Basic).bad_token("bad"))
        .start()
        .await
        .unwrap();
    let mut heard = Vec::new();
    for Turn { says, hears } in turns {
        let mut client = Client::greeted(&sim).await;
        client.send_all(&says).await;
        for _ in 0..hears {
            heard.push(plain(&client.next().await.unwrap()));
        }
    }
    heard
}

/// A chart with a symbol and a series.
fn chart(session: &str, ids: [&str; 2], symbol: &str, resolution: &str, hears: usize) -> Turn {
    let [symbol_id, series] = ids;
    Turn {
        says: vec![
            ("chart_create_session", json!([session, ""])),
            ("resolve_symbol", json!([session, symbol_id, symbol])),
            (
                "create_series",
                json!([session, series, "s1", symbol_id, resolution, 10, ""]),
            ),
        ],
        hears,
    }
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn the_refusals_of_2025_come_back_word_for_word() {
    let text = recorded("0xrushi-tradingview-scraper.issue25.recv.raw.txt");
    let (quote, session) = ("qs_vtnztfvikwom", "cs_vtnztfvikwom");
    let flags = json!([quote, "NASDAQ:NOPE", { "flags": ["force_permission"] }]);
    let heard = said(vec![
        Turn {
            says: vec![
                ("quote_create_session", json!([quote])),
                ("quote_add_symbols", flags),
            ],
            hears: 1,
        },
        chart(session, ["symbol_1", "s1"], "NASDAQ:NOPE", "1", 3),
    ])
    .await;
    let then: Vec<Value> = read(&text)
        .iter()
        .filter(|message| message.get("m").is_some())
        .map(plain)
        .collect();
    assert_eq!(heard, then);
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn the_refusals_of_guests_in_2026_come_back_word_for_word() {
    let text = recorded("tvkit.refusals-2026-09-24.ids-replaced.jsonl");
    let ids = ["sds_sym_1", "sds_1"];
    let paid = r#"={"adjustment":"splits","backadjustment":"default","symbol":"ECONOMICS:USM2"}"#;
    let mut turns = vec![
        chart("cs_test", ids, paid, "1D", 3),
        chart("cs_test", ids, "NASDAQ:NOPE", "1D", 3),
        chart("cs_test", ids, "BINANCE:BTCUSDT", "1S", 3),
        chart("cs_test", ids, "BINANCE:BTCUSDT", "20", 3),
        chart("cs_test", ids, "BINANCE:BTCUSDT", "1D", 4),
    ];
    let mut refused = chart("cs_test", ids, "NASDAQ:NOPE", "1D", 5);
    refused.says.push((
        "create_study",
        json!([
            "cs_test",
            "st1",
            "st1",
            "sds_1",
            "Volume@tv-basicstudies-241",
            {}
        ]),
    ));
    turns.push(refused);
    turns.push(chart("cs_test", ids, "INDEX:NDFI", "5", 3));
    turns.push(Turn {
        says: vec![
            ("quote_create_session", json!(["qs_test"])),
            ("quote_add_symbols", json!(["qs_test", paid])),
        ],
        hears: 2,
    });
    let heard = said(turns).await;
    for message in read(&text).iter().map(plain) {
        assert!(heard.contains(&message), "{message}");
    }
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn the_go_client_gets_what_it_was_sent() {
    let text = recorded("HamedMolavi-finance-data-stream.comments.recv.raw.txt");
    let asked = recorded("HamedMolavi-finance-data-stream.sample-messages.send.raw.txt");
    let more = recorded("HamedMolavi-finance-data-stream.comments.jsonl");
    let sim = simulator()
        .rate(0.0)
        .tiers(Tiers::new().bad_token("bad"))
        .start()
        .await
        .unwrap();
    // What it asked for, of the symbol that the answers are about.
    let mut client = Client::greeted(&sim).await;
    let mut now = Story::default();
    for message in read(
        &asked
            .replace("CBOT_MINI:YM1!", "BITSTAMP:BTCUSD")
            .replace("~m~146~", "~m~147~"),
    ) {
        client.send_raw(frame(&message.to_string())).await;
    }
    for _ in 0..2 {
        let seen = client.until("series_completed").await;
        seen.iter().for_each(|message| now.take(message));
    }
    // What it did wrong, as it reports: an interval that is none, and an old token.
    let mut client = Client::greeted(&sim).await;
    let session = "cs_casjcotuguzl";
    client
        .send_all(&[
            ("chart_create_session", json!([session, ""])),
            (
                "create_series",
                json!([session, "sds_1", "s1", "sds_sym_1", "s1", 1, ""]),
            ),
            ("set_auth_token", json!(["bad"])),
        ])
        .await;
    let refused = [client.next().await.unwrap(), client.next().await.unwrap()];
    for message in read(&text) {
        if message["m"] == "protocol_error" || message["m"] == "critical_error" {
            assert!(refused.contains(&message), "{message}");
        }
    }
    let mut then = Story::default();
    let kinds: BTreeSet<String> = read(&text)
        .iter()
        .chain(&read(&more))
        .filter(|message| message["m"] != "protocol_error" && message["m"] != "critical_error")
        .map(|message| {
            then.take(message);
            message["m"].as_str().unwrap().to_owned()
        })
        .collect();
    let mut found = Vec::new();
    for kind in kinds {
        then.shapes[&kind].differences(&now.shapes[&kind], &kind, &mut found);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// What is recorded and not compared here, and why.
const ASIDE: &[(&str, &str)] = &[
    ("critical_error", "compared word for word above"),
    ("protocol_error", "compared word for word above"),
    ("symbol_error", "compared word for word above"),
    ("series_error", "compared word for word above"),
    ("study_error", "compared word for word above"),
    (
        "du of a study",
        "each study has a shape of its own, and few of those that were recorded are known by name",
    ),
];

/// What one study of a session said, which goes by its name.
fn family(what: &str) -> &str {
    let what = what.strip_prefix("live ").unwrap_or(what);
    match what.split_once(" of cs_") {
        Some(("du" | "timescale_update", _)) => "du of a study",
        _ if what.ends_with(" of a study") => "du of a study",
        _ => what,
    }
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn everything_has_the_shapes_on_record() {
    let then = on_record(false, "");
    let sim = simulator().rate(50.0).start().await.unwrap();
    let mut now = Story::default();
    let mut client = Client::connect(&sim).await;
    let study = "Volume@tv-basicstudies-241";
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y1", "BINANCE:BTCUSDT"])),
            ("resolve_symbol", json!(["cs_1", "y2", "NASDAQ:AAPL"])),
            (
                "create_series",
                json!(["cs_1", "a", "s1", "y1", "1", 300, ""]),
            ),
            (
                "create_series",
                json!(["cs_1", "b", "s1", "y2", "1D", 300, "12M"]),
            ),
            ("create_study", json!(["cs_1", "c", "st1", "a", study, {}])),
            ("request_more_data", json!(["cs_1", "a", 100])),
            ("request_more_tickmarks", json!(["cs_1", "a", 10])),
            ("switch_timezone", json!(["cs_1", "Asia/Kolkata"])),
            ("get_first_bar_time", json!(["cs_1", "y1", "1D"])),
            ("request_studies_metadata", json!(["cs_1", "metadata_1"])),
            ("create_study", json!(["cs_1", "d", "st1", "a", study, {}])),
            ("remove_study", json!(["cs_1", "d"])),
            ("modify_series", json!(["cs_1", "b", "s2", "y2", "60", ""])),
            ("quote_create_session", json!(["qs_1"])),
            (
                "quote_add_symbols",
                json!(["qs_1", "NASDAQ:AAPL", "XXXX:NOPE"]),
            ),
        ])
        .await;
    let live = |story: &Story| story.shapes.contains_key("live du of a series");
    let quoted = |story: &Story| story.shapes.contains_key("quote_completed");
    while !live(&now) || !quoted(&now) {
        now.take(&client.next().await.unwrap());
    }
    let shape = |story: &Story, what: &str| {
        let mut shape = super::differ::Shape::default();
        for name in [what.to_owned(), format!("live {what}")] {
            if let Some(known) = story.shapes.get(&name) {
                shape.merge(known.clone());
            }
        }
        shape
    };
    let mut found = Vec::new();
    let compared: BTreeSet<&str> = then.shapes.keys().map(|what| family(what)).collect();
    assert!(compared.len() > 12, "{compared:?}");
    for what in compared {
        if ASIDE.iter().any(|(aside, _)| *aside == what) {
            continue;
        }
        let (then, now) = (shape(&then, what), shape(&now, what));
        if then.is_unknown() || now.is_unknown() {
            found.push(format!("{what}: is on record, and not compared"));
        }
        then.differences(&now, what, &mut found);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// All fields that came for a symbol, or for all symbols whose packets hold a field.
fn quoted<'a>(story: &'a Story, having: &str) -> Vec<BTreeSet<&'a str>> {
    let packets = story.quotes.values().flatten();
    let packets = packets.filter(|packet| packet.contains_key(having));
    packets
        .map(|packet| packet.keys().map(String::as_str).collect())
        .collect()
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn a_quote_of_all_fields_describes_its_symbol_as_recorded() {
    let then = on_record(false, "");
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    let symbols = ["NASDAQ:AAPL", "BINANCE:BTCUSDT", "TVC:SPX", "FX_IDC:EURUSD"];
    let mut now = Story::default();
    client.send("quote_create_session", json!(["qs_1"])).await;
    for symbol in symbols {
        client
            .send("quote_add_symbols", json!(["qs_1", symbol]))
            .await;
        let seen = client.until("quote_completed").await;
        seen.iter().for_each(|message| now.take(message));
    }
    // What every full description on record has, and `symbol_resolved` has too, is how a stock is
    // described.
    let resolved = then.shapes["symbol_resolved"].at("p").unwrap();
    let full: Vec<_> = quoted(&then, "subsessions");
    let mut described: Vec<&str> = full[0].iter().copied().collect();
    described.retain(|field| full.iter().all(|fields| fields.contains(field)));
    described.retain(|field| resolved.at("2").unwrap().at(field).is_some());
    assert!(described.len() > 20, "{described:?}");
    let apple = now.quotes.get(&("qs_1".into(), "NASDAQ:AAPL".into()));
    let reported: BTreeSet<&str> = apple
        .unwrap()
        .iter()
        .flat_map(|packet| packet.keys().map(String::as_str))
        .collect();
    let missing: Vec<_> = described
        .iter()
        .filter(|field| !reported.contains(*field))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // And no field comes that was never recorded.
    let known: BTreeSet<&str> = then
        .quotes
        .values()
        .flatten()
        .flat_map(|packet| packet.keys().map(String::as_str))
        .collect();
    let packets = now.quotes.values().flatten();
    let reported: BTreeSet<&str> = packets
        .flat_map(|packet| packet.keys().map(String::as_str))
        .collect();
    // The browsers' records that have this one are not among those here.
    let unknown: Vec<_> = reported
        .difference(&known)
        .filter(|field| **field != "metrics_loaded")
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
