use std::collections::BTreeSet;

use market::Market;

use super::*;
use crate::{options::SiteOptions, request::Headers};

/// 2026-11-30, 16:00 UTC.
const NOW: i64 = 1_796_054_400_000;

fn ask(target: &str) -> Answer {
    let mut site = Site::new(Market::new(1), SiteOptions::default());
    let headers = Headers::new([("Origin", "https://www.tradingview.com")]);
    answer(&mut site, &Request::new("GET", target, headers, b""), NOW).unwrap()
}

fn v3(query: &str) -> Value {
    let answer = ask(&format!("/symbol_search/v3/?{query}"));
    assert_eq!(answer.status, 200, "{query}");
    serde_json::from_slice(&answer.body).unwrap()
}

fn symbols(query: &str) -> Vec<Value> {
    v3(query)["symbols"].as_array().unwrap().clone()
}

/// Ids as the most used client makes them.
fn id(item: &Value) -> String {
    let exchange = item["exchange"]
        .as_str()
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let prefix = item.get("prefix").and_then(Value::as_str);
    format!(
        "{}:{}",
        prefix.unwrap_or(&exchange.to_uppercase()),
        item["symbol"].as_str().unwrap()
    )
}

#[test]
fn the_best_match_is_the_first() {
    for (query, first) in [
        (
            "exchange=BINANCE&text=BTCUSD&search_type=&start=0",
            "BINANCE:BTCUSD",
        ),
        ("text=BINANCE:BTCUSD", "BINANCE:BTCUSD"),
        ("text=nasdaq%2Bapple", "NASDAQ:AAPL"),
        ("text=NASDAQ+APPLE", "NASDAQ:AAPL"),
        ("text=aapl", "NASDAQ:AAPL"),
        ("text=apple%2520inc", "NASDAQ:AAPL"),
        ("text=ES&search_type=futures", "CME_MINI:ES"),
        ("text=us+10+year&search_type=bonds", "TVC:US10Y"),
        ("exchange=NYSE&text=BRK.A", "NYSE:BRK.A"),
    ] {
        assert_eq!(id(&symbols(query)[0]), first, "{query}");
    }
    assert!(symbols("text=BINANCE:&start=0").len() > 10);
    assert_eq!(
        v3("text=QQXXYY"),
        json!({ "symbols_remaining": 0, "symbols": [] })
    );
}

#[test]
fn every_id_is_a_symbol_of_the_market() {
    let market = Market::new(1);
    for start in [0, 50, 100, 150, 200] {
        for item in symbols(&format!("text=&start={start}")) {
            let name = match item["contracts"].as_array() {
                Some(contracts) => {
                    let prefix = id(&item);
                    let exchange = prefix.split(':').next().unwrap().to_owned();
                    format!("{exchange}:{}", contracts[2]["symbol"].as_str().unwrap())
                }
                None => id(&item),
            };
            assert!(market.symbol(&name).is_some(), "{name}");
        }
    }
}

#[test]
fn pages_follow_each_other_until_nothing_remains() {
    let mut seen = BTreeSet::new();
    let mut start = 0;
    loop {
        let page = v3(&format!("text=&start={start}"));
        let items = page["symbols"].as_array().unwrap();
        let remaining = page["symbols_remaining"].as_u64().unwrap();
        assert!(items.len() == 50 || remaining == 0);
        assert!(items.iter().all(|item| seen.insert(id(item))));
        start += items.len();
        if remaining == 0 {
            break;
        }
    }
    assert_eq!(seen.len(), start);
    assert!(start > 150, "{start}");
    assert!(symbols("text=&start=100000").is_empty());
}

#[test]
fn each_type_has_symbols_of_its_kinds_only() {
    for (name, kinds) in [
        ("stocks", vec!["stock"]),
        ("funds", vec!["fund"]),
        ("futures", vec!["futures"]),
        ("forex", vec!["forex"]),
        ("cfd", vec!["cfd"]),
        ("crypto", vec!["spot", "swap"]),
        ("indices", vec!["index"]),
        ("bonds", vec!["bond"]),
        ("economic", vec!["economic"]),
    ] {
        let found = symbols(&format!("text=&search_type={name}&domain=production"));
        assert!(!found.is_empty(), "{name}");
        for item in found {
            assert!(
                kinds.contains(&item["type"].as_str().unwrap()),
                "{name}: {item}"
            );
        }
    }
    assert_eq!(ask("/symbol_search/v3/?text=&search_type=etf").status, 400);
    assert_eq!(ask("/symbol_search/?text=&type=etf").status, 400);
}

#[test]
fn filters_leave_out_what_does_not_fit() {
    let all = |query: &str, holds: fn(&Value) -> bool| {
        let found = symbols(query);
        assert!(
            !found.is_empty() && found.iter().all(holds),
            "{query}: {found:?}"
        );
    };
    all("text=&country=DE", |item| item["country"] == "DE");
    all("text=&exchange=LSE", |item| item["source_id"] == "LSE");
    all("text=&source_id=LSE", |item| item["source_id"] == "LSE");
    all("text=&search_type=stocks&sector=finance", |item| {
        item["type"] == "stock"
    });
    all("text=&product=energy", |item| {
        item["source_id"] == "NYMEX" || item["source_id"] == "ICEEUR"
    });
    all("text=&centralization=cex", |item| {
        item["typespecs"][0] == "crypto"
    });
    all("text=&only_has_options=true", |item| {
        item["country"] == "US"
    });
    all("text=&economic_category=prices", |item| {
        item["symbol"] == "USCPI"
    });
    assert_eq!(symbols("text=SAN&sort_by_country=ES")[0]["country"], "ES");
    assert_eq!(symbols("text=SAN&sort_by_country=FR")[0]["country"], "FR");
}

#[test]
fn matches_are_marked_if_asked_for() {
    let item = &symbols("text=aapl&hl=1")[0];
    assert_eq!(item["symbol"], "<em>AAPL</em>");
    let item = &symbols("text=nasdaq+apple&hl=1")[0];
    assert_eq!(item["description"], "<em>Apple</em> Inc.");
    let item = &symbols("text=es&exchange=CME_MINI&hl=1")[0];
    assert_eq!(item["contracts"][0]["symbol"], "<em>ES</em>1!");
    let isin = symbols("text=aapl")[0]["isin"].as_str().unwrap().to_owned();
    let item = &symbols(&format!("text={isin}&hl=1"))[0];
    assert_eq!(
        (&item["symbol"], &item["found_by_isin"]),
        (&json!("AAPL"), &json!(true))
    );
    assert_eq!(item["isin"], format!("<em>{isin}</em>"));
}

#[test]
fn contracts_of_a_future_are_those_that_end_next() {
    let item = &symbols("text=ES&exchange=CME_MINI")[0];
    assert_eq!(
        (&item["symbol"], &item["exchange"], &item["prefix"]),
        (&json!("ES"), &json!("CME"), &json!("CME_MINI"))
    );
    let contracts: Vec<&str> = item["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contract| contract["symbol"].as_str().unwrap())
        .collect();
    assert_eq!(
        contracts,
        ["ES1!", "ES2!", "ESZ2026", "ESH2027", "ESM2027", "ESU2027"]
    );
}

#[test]
fn version_one_is_a_bare_list_of_fifty() {
    for path in ["/symbol_search", "/symbol_search/", "/local_search/"] {
        let answer = ask(&format!("{path}?text=&type="));
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let items = body.as_array().unwrap();
        assert_eq!(items.len(), 50);
        assert!(items[0].get("source2").is_none());
        assert_eq!(
            (&items[0]["symbol"], &items[0]["currency_code"]),
            (&json!("AAPL"), &json!("USD"))
        );
    }
}

#[test]
fn strangers_are_refused_by_nginx() {
    let mut site = Site::new(Market::new(1), SiteOptions::default());
    for headers in [
        Headers::default(),
        Headers::new([("Origin", "https://example.com")]),
    ] {
        let request = Request::new("GET", "/symbol_search/v3/?text=aapl", headers, b"");
        let refusal = answer(&mut site, &request, NOW).unwrap();
        assert_eq!(refusal.status, 403);
        let body = String::from_utf8(refusal.body).unwrap();
        assert!(
            body.starts_with("<html>") && body.contains("nginx"),
            "{body}"
        );
    }
}
