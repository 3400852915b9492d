//! History sessions.

use serde_json::{Value, json};

use crate::session::tests::peer::{NOW, Peer, read, wire};

const BTC: &str = r#"={"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}"#;
const SUPERTREND: &str = "STD;Supertrend%1Strategy";

fn ask(peer: &mut Peer, symbol: &str, study: &str, script: &str) -> Value {
    peer.ask("history_create_session", ["hs_1"]);
    let to = NOW / 1000;
    let params = json!([
        "hs_1", 0, symbol, "60", 0, { "from_to": { "from": to - 8_640_000, "to": to } },
        study, { "pineId": script }, [],
    ]);
    read(&peer.ask("request_history_data", params)).remove(0)
}

#[test]
fn a_report_covers_what_a_chart_would_not_show() {
    let mut peer = Peer::new(wire());
    let study = "StrategyScript@tv-scripting-101!";
    let data = ask(&mut peer, BTC, study, SUPERTREND);
    assert_eq!(
        (&data["m"], &data["p"][1]),
        (&json!("request_data"), &json!(0)),
        "{data}"
    );
    let text = data["p"][2]["ns"]["d"].as_str().unwrap();
    let report = serde_json::from_str::<Value>(text).unwrap()["data"]["report"].clone();
    let trades = report["trades"].as_array().unwrap();
    let begin = (NOW - 8_640_000_000) as f64;
    assert!(trades.len() > 5, "{}", trades.len());
    for trade in trades {
        assert!(trade["e"]["tm"].as_f64() >= Some(begin), "{trade}");
    }
    // The last one may still be open.
    let all = &report["performance"]["all"];
    let count = |what: &str| all[what].as_u64().unwrap();
    assert_eq!(
        count("totalTrades") + count("totalOpenTrades"),
        trades.len() as u64
    );
}

#[test]
fn a_strategy_that_is_known_trades_as_it_does_in_a_chart() {
    let mut peer = Peer::new(wire());
    let inputs = json!({ "pineId": "STD;Supertrend%1Strategy", "in_0": 3, "in_1": 1 });
    let name = "StrategyScript@tv-scripting-101!";
    peer.ask("history_create_session", ["hs_1"]);
    let (from, to) = (NOW / 1000 - 864_000, NOW / 1000);
    let asked = json!([
        "hs_1", 0, "BINANCE:BTCUSDT", "60", 0, { "from_to": { "from": from, "to": to } }, name, inputs, [],
    ]);
    let deep = read(&peer.ask("request_history_data", asked));
    peer.ask("chart_create_session", ["cs_1"]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    let range = format!("r,{from}:{to}");
    peer.ask(
        "create_series",
        json!(["cs_1", "s", "s1", "y", "60", 0, range]),
    );
    let chart = read(&peer.ask(
        "create_study",
        json!(["cs_1", "st", "t", "s", name, inputs]),
    ));
    let report = |ns: &Value| {
        let text = ns["d"].as_str().unwrap();
        serde_json::from_str::<Value>(text).unwrap()["data"]["report"].take()
    };
    let deep = report(&deep[0]["p"][2]["ns"]);
    let drawn = report(&chart[1]["p"][1]["st"]["ns"]);
    // Both are warmed up by bars before the first.
    let last = |report: &Value| {
        report["trades"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .take(10)
            .map(|trade| trade["e"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(last(&deep).len(), 10);
    assert_eq!(last(&deep), last(&drawn));
    assert_eq!(deep["currency"], "USDT");
}

#[test]
fn what_cannot_be_reported_says_why() {
    let mut peer = Peer::new(wire());
    let study = "StrategyScript@tv-scripting-101!";
    for (symbol, study, script, reason) in [
        ("NASDAQ:NOPE", study, SUPERTREND, "resolve error"),
        (
            BTC,
            study,
            "PUB;1",
            "study_not_auth:StrategyScript@tv-scripting-507",
        ),
        (BTC, "RSI@tv-basicstudies-241", "", "not a strategy"),
        (BTC, "RSI", "", "invalid study"),
    ] {
        assert_eq!(
            ask(&mut peer, symbol, study, script),
            json!({ "m": "request_error", "p": ["hs_1", 0, reason] })
        );
    }
    let said = read(&peer.ask("request_history_data", json!(["hs_1", 0, BTC])));
    assert_eq!(said[0]["p"][1], "invalid parameters");
}

#[test]
fn small_accounts_have_no_deep_history() {
    let mut wire = wire();
    wire.strict = true;
    let mut peer = Peer::new(wire);
    let study = "StrategyScript@tv-scripting-101!";
    assert_eq!(
        ask(&mut peer, BTC, study, SUPERTREND),
        json!({ "m": "request_error", "p": ["hs_1", 0, "not_allowed"] })
    );
    peer.ask("set_auth_token", ["paid"]);
    assert_eq!(ask(&mut peer, BTC, study, SUPERTREND)["m"], "request_data");
}
