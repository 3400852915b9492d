//! Quote sessions of the market.

use serde_json::{Value, json};

use crate::{
    rules::Profile,
    session::{
        quote::session::SLOW,
        tests::peer::{Peer, names, read, wire},
    },
};

fn quoting(wire: crate::rules::Wire, fields: &[&str]) -> Peer {
    let mut peer = Peer::new(wire);
    peer.ask("quote_create_session", ["qs_1"]);
    if !fields.is_empty() {
        let params: Vec<&str> = ["qs_1"].iter().chain(fields).copied().collect();
        peer.ask("quote_set_fields", params);
    }
    peer
}

fn add(peer: &mut Peer, name: &str) -> Vec<Value> {
    read(&peer.ask("quote_add_symbols", ["qs_1", name]))
}

fn fields(message: &Value) -> Vec<&str> {
    let values = message["p"][1]["v"].as_object().unwrap();
    values.keys().map(String::as_str).collect()
}

/// All that a picture says of a name.
fn picture(peer: &mut Peer, name: &str) -> Value {
    let mut all = json!({});
    for message in add(peer, name) {
        if message["m"] == "qsd" {
            assert_eq!(message["p"][1]["s"], "ok", "{message}");
            let values = message["p"][1]["v"].as_object().unwrap().clone();
            all.as_object_mut().unwrap().extend(values);
        }
    }
    all
}

#[test]
fn prices_follow_the_currency_of_a_descriptor_live_too() {
    let mut peer = quoting(wire(), &[]);
    let euro = r#"={"currency-id":"EUR","symbol":"BINANCE:BTCUSDT"}"#;
    let (own, other) = (
        picture(&mut peer, "BINANCE:BTCUSDT"),
        picture(&mut peer, euro),
    );
    assert_eq!(
        (&other["currency_code"], &other["original_currency_code"]),
        (&json!("EUR"), &json!("USDT"))
    );
    assert_eq!(other["currency-logoid"], "country/EU");
    assert_eq!(own["original_currency_code"], Value::Null);
    let ratio = |own: &Value, other: &Value, field: &str| {
        other[field].as_f64().unwrap() / own[field].as_f64().unwrap()
    };
    let rate = ratio(&own, &other, "lp");
    assert!(
        (0.5..1.6).contains(&rate) && (rate - 1.0).abs() > 1e-3,
        "{rate}"
    );
    for field in ["open_price", "high_price", "low_price", "bid", "ask"] {
        assert!((ratio(&own, &other, field) - rate).abs() < 1e-4, "{field}");
    }
    assert_eq!(
        (&own["volume"], &own["lp_time"]),
        (&other["volume"], &other["lp_time"])
    );
    let change = other["lp"].as_f64().unwrap() - other["prev_close_price"].as_f64().unwrap();
    assert!((other["ch"].as_f64().unwrap() - change).abs() < 1e-6);
    // Each name has its own changes.
    for _ in 0..20 {
        let said = read(&peer.trade(1000));
        let value = |name: &str| {
            let of = said.iter().find(|message| message["p"][1]["n"] == name);
            of.map(|message| message["p"][1]["v"].clone())
        };
        if let (Some(own), Some(other)) = (value("BINANCE:BTCUSDT"), value(euro))
            && own["lp"].is_number()
            && other["lp"].is_number()
        {
            assert!((ratio(&own, &other, "lp") - rate).abs() < 1e-4);
            return;
        }
    }
    panic!("the price never changed");
}

#[test]
fn currencies_scale_companies_and_not_their_ratios() {
    let mut peer = quoting(wire(), &[]);
    let won = r#"={"symbol":"NASDAQ:AAPL","currency-id":"KRW"}"#;
    let (own, other) = (picture(&mut peer, "NASDAQ:AAPL"), picture(&mut peer, won));
    let of = |picture: &Value, field: &str| picture[field].as_f64().unwrap();
    assert!(of(&other, "market_cap_basic") > 500.0 * of(&own, "market_cap_basic"));
    let ratio = of(&other, "price_earnings_ttm") / of(&own, "price_earnings_ttm");
    assert!((ratio - 1.0).abs() < 1e-3, "{ratio}");
    // What costs whole won has cents in dollars.
    let dollars = r#"={"symbol":"KRX:005930","currency-id":"USD"}"#;
    let other = picture(&mut peer, dollars);
    assert_eq!(
        (&other["pricescale"], &other["minmov"]),
        (&json!(100), &json!(1))
    );
    assert!(of(&other, "lp") < 200.0 && other["currency_id"] == "USD");
    let nowhere = r#"={"symbol":"NASDAQ:AAPL","currency-id":"XYZ"}"#;
    assert_eq!(
        add(&mut peer, nowhere)[0]["p"][1]["errmsg"],
        "no_such_symbol"
    );
}

#[test]
fn an_extended_descriptor_shows_trading_outside_of_the_session() {
    let mut peer = quoting(wire(), &["lp", "rtc", "volume", "current_session"]);
    // Wednesday 2026-09-30, 21:00 UTC, an hour after New York has closed.
    peer.now = 1_790_802_000_000;
    let plain = picture(
        &mut peer,
        r#"={"session":"regular","symbol":"NASDAQ:AAPL"}"#,
    );
    let wide = picture(
        &mut peer,
        r#"={"session":"extended","symbol":"NASDAQ:AAPL"}"#,
    );
    assert_eq!(plain["current_session"], "post_market");
    assert_eq!(wide["current_session"], "post_market");
    assert!(plain["rtc"].is_number() && wide["rtc"].is_null());
    assert_eq!(wide["lp"], plain["rtc"]);
    assert!(wide["volume"].as_f64() > plain["volume"].as_f64());
}

#[test]
fn a_picture_begins_with_a_little_and_comes_in_pieces() {
    let mut peer = quoting(wire(), &[]);
    let said = add(&mut peer, "SIM:A");
    let kinds: Vec<&Value> = said.iter().map(|message| &message["m"]).collect();
    assert_eq!(kinds, ["qsd", "qsd", "qsd", "quote_completed"]);
    assert_eq!(fields(&said[0]), ["metrics_loaded"]);
    assert_eq!(
        fields(&said[1]),
        ["ask", "ask_size", "bid", "bid_size", "trade_loaded"]
    );
    assert!(fields(&said[2]).len() > 30);
    let change = read(&peer.trade(1000));
    assert!(fields(&change[0]).len() < 12 && !fields(&change[0]).contains(&"description"));
}

#[test]
fn fields_may_be_asked_for_later() {
    let mut peer = quoting(wire(), &["lp", "volume"]);
    let said = add(&mut peer, "SIM:A");
    assert_eq!(fields(&said[1]), ["lp", "volume"]);
    let said = read(&peer.ask("quote_set_fields", ["qs_1", "lp", "description"]));
    assert_eq!(said.len(), 1);
    assert_eq!(fields(&said[0]), ["description"]);
    assert_eq!(
        peer.ask("quote_list_fields", ["qs_1"]),
        [r#"{"m":"quote_list_fields","p":["qs_1","lp","description"]}"#]
    );
    let change = read(&peer.trade(60_000));
    assert_eq!(fields(&change[0]), ["lp"], "volume is no longer asked for");
    // Without names it is everything again.
    let said = read(&peer.ask("quote_set_fields", ["qs_1"]));
    assert!(fields(&said[0]).len() > 30 && !fields(&said[0]).contains(&"lp"));
}

#[test]
fn the_fast_ones_are_those_of_the_last_list() {
    let mut peer = quoting(wire(), &["lp", "lp_time"]);
    peer.ask("quote_add_symbols", ["qs_1", "SIM:A", "SIM:B"]);
    let reported = |said: &[String]| {
        let mut names: Vec<String> = read(said)
            .iter()
            .map(|message| message["p"][1]["n"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(reported(&peer.trade(1000)), ["SIM:A", "SIM:B"]);
    peer.ask("quote_hibernate_all", ["qs_1"]);
    assert_eq!(peer.trade(1000), Vec::<String>::new());
    // Hibernating symbols are updated now and then, with all that has changed since.
    assert_eq!(reported(&peer.trade(SLOW)), ["SIM:A", "SIM:B"]);
    assert_eq!(peer.trade(SLOW - 4000), Vec::<String>::new());
    peer.ask("quote_fast_symbols", ["qs_1", "SIM:A"]);
    assert_eq!(reported(&peer.trade(1000)), ["SIM:A"]);
    peer.ask("quote_fast_symbols", ["qs_1", "SIM:B"]);
    assert_eq!(reported(&peer.trade(1000)), ["SIM:B"]);
    peer.ask("quote_fast_symbols", ["qs_1", "SIM:A", "SIM:B"]);
    assert_eq!(reported(&peer.trade(1000)), ["SIM:A", "SIM:B"]);
}

#[test]
fn refusals_are_those_on_record() {
    let mut peer = quoting(wire(), &["lp"]);
    assert_eq!(
        add(&mut peer, "XXXX:NOPE"),
        [
            json!({ "m": "qsd", "p": ["qs_1", { "n": "XXXX:NOPE", "s": "error", "errmsg": "no_such_symbol", "v": {} }] })
        ]
    );
    let asked = r#"={ "adjustment": "splits", "symbol": "ECONOMICS:USM2" }"#;
    let name = r#"={"adjustment":"splits","symbol":"ECONOMICS:USM2"}"#;
    assert_eq!(
        add(&mut peer, asked),
        [
            json!({ "m": "qsd", "p": ["qs_1", {
                "n": name, "s": "permission_denied", "errmsg": "Permission denied", "v": { "alternative": "economics_paid" },
            }] }),
            json!({ "m": "quote_completed", "p": ["qs_1", name] }),
        ]
    );
    assert_eq!(add(&mut peer, "###Indices"), Vec::<Value>::new());
    assert_eq!(
        peer.ask("quote_remove_symbols", ["qs_1", "###Indices"]),
        Vec::<String>::new()
    );
}

#[test]
fn parameters_that_are_not_texts_are_refused_in_few_words() {
    let mut peer = quoting(wire(), &["lp"]);
    for method in [
        "quote_set_fields",
        "quote_add_symbols",
        "quote_remove_symbols",
        "quote_fast_symbols",
    ] {
        let said = peer.ask(method, json!(["qs_1", "SIM:A", 7]));
        assert_eq!(
            said,
            [format!(
                r#"{{"m":"critical_error","p":["qs_1","invalid_parameters","{method}"]}}"#
            )]
        );
    }
    let said = peer.ask("quote_switch_timezone", ["qs_1", "Nowhere/Nowhere"]);
    assert_eq!(
        said,
        [r#"{"m":"critical_error","p":["qs_1","invalid timezone","quote_switch_timezone"]}"#]
    );
    assert_eq!(
        peer.ask("quote_switch_timezone", ["qs_1", "Europe/Berlin"]),
        Vec::<String>::new()
    );
    assert_eq!(
        names(&peer.ask("quote_add_symbols", ["qs_1", "SIM:A"]))[0],
        "qsd"
    );
}

#[test]
fn in_2019_permission_could_be_forced() {
    let flags = json!(["qs_1", "SIM:A", { "flags": ["force_permission"] }]);
    let mut peer = quoting(wire(), &["lp", "lp_time"]);
    assert_eq!(
        peer.ask("quote_add_symbols", flags.clone()),
        [r#"{"m":"critical_error","p":["qs_1","invalid_parameters","quote_add_symbols"]}"#]
    );
    let mut wire = wire();
    wire.profile = Profile::Of2019;
    let mut peer = quoting(wire, &["lp", "lp_time"]);
    let said = read(&peer.ask("quote_add_symbols", flags));
    let kinds: Vec<Vec<&str>> = said.iter().map(fields).collect();
    assert_eq!(
        kinds,
        [["lp_time"], ["lp"]],
        "and nothing said that it was all"
    );
}

#[test]
fn a_late_quote_says_so() {
    let mut wire = wire();
    wire.strict = true;
    let mut peer = quoting(wire, &["lp", "lp_time", "update_mode"]);
    let said = add(&mut peer, "SIM:A");
    assert_eq!(said[0]["p"][1]["v"]["lp_time"], peer.now / 1000 - 900);
    assert_eq!(said[1]["p"][1]["v"]["update_mode"], "delayed_streaming_900");
    let change = read(&peer.trade(60_000));
    assert_eq!(change[0]["p"][1]["v"]["lp_time"], peer.now / 1000 - 900);
}

#[test]
fn some_symbols_that_become_fast_send_their_first_picture_again() {
    let mut peer = Peer::new(wire());
    peer.ask("quote_create_session", ["qs_1"]);
    peer.ask("quote_set_fields", ["qs_1", "lp", "volume"]);
    let symbols: Vec<String> = (0..50).map(|number| format!("SIM:Q{number:02}")).collect();
    let symbols = symbols.iter().map(String::as_str);
    let named: Vec<&str> = ["qs_1"].into_iter().chain(symbols).collect();
    let first = peer.ask("quote_add_symbols", &named);
    let completions = |said: &[String]| {
        let completed = |text: &&String| text.contains("quote_completed");
        said.iter().filter(completed).count()
    };
    assert_eq!(completions(&first), 50);
    let again = peer.ask("quote_fast_symbols", &named);
    assert_eq!(completions(&again), 11, "every third from the tenth on");
    assert!(again[0].contains("SIM:Q09") && again.last().unwrap().contains("SIM:Q39"));
    assert_eq!(peer.ask("quote_fast_symbols", &named), Vec::<String>::new());
}
