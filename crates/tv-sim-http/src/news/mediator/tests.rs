//! Flows, symbols and stories of today's host.

use market::Market;
use serde_json::{Value, json};

use crate::{
    options::SiteOptions,
    request::{Headers, Request},
    site::Site,
};

/// Monday, 30 November 2026, 16:00 UTC.
const NOW: i64 = 1_796_054_400_000;

fn ask_from(origin: &str, target: &str) -> (u16, Value) {
    let mut site = Site::new(Market::new(1), SiteOptions::default());
    let headers = Headers::new([("Origin", origin)]);
    let answer = site.answer(&Request::new("GET", target, headers, b""), NOW);
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status, body)
}

fn ask(target: &str) -> (u16, Value) {
    ask_from("https://www.tradingview.com", target)
}

fn items(body: &Value) -> &Vec<Value> {
    body["items"].as_array().unwrap()
}

#[test]
fn a_flow_goes_back_page_by_page_without_gaps_or_repetitions() {
    let start = "/news-flow/v2/news?filter=lang%3Aen&client=screener";
    let (mut target, mut all) = (start.to_owned(), Vec::new());
    for _ in 0..3 {
        let (status, page) = ask(&target);
        assert_eq!((status, items(&page).len()), (200, 200));
        all.extend(items(&page).clone());
        let cursor = page["pagination"]["cursor"].as_str().unwrap();
        let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        target = format!("{start}&cursor={cursor}");
    }
    let key = |item: &Value| (item["published"].as_i64().unwrap(), item["id"].to_string());
    assert!(all.windows(2).all(|pair| key(&pair[0]) > key(&pair[1])));
    assert!(key(&all[0]).0 * 1000 <= NOW);
    assert_eq!(ask("/news-flow/v2/news?cursor=x").0, 400);
}

#[test]
fn filters_hold_and_their_order_matters() {
    let target =
        "/news-flow/v2/news?filter=lang:de,fr&filter=market:crypto&filter=provider:simwire";
    let (_, page) = ask(target);
    assert!(items(&page).len() > 20);
    for item in items(&page) {
        assert_eq!(item["provider"]["id"], "simwire");
        let symbol = item["relatedSymbols"][0]["symbol"].as_str().unwrap();
        assert!(
            ["BINANCE", "BITSTAMP", "COINBASE"]
                .iter()
                .any(|it| symbol.starts_with(it)),
            "{symbol}"
        );
    }
    let refusal = |target: &str| {
        let (status, body) = ask(&format!("/news-flow/v2/news?{target}"));
        (
            status,
            body["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let order = (
        400,
        "Bad Request: incorrect order of filters: filters must be sorted".to_owned(),
    );
    assert_eq!(refusal("filter=market:stock&filter=lang:en"), order);
    assert!(
        refusal("filter=lang:fr,de")
            .1
            .contains("values must be sorted")
    );
    assert!(
        refusal("filter=provider:unknown")
            .1
            .contains("'provider' has invalid values")
    );
    assert_eq!(refusal("filter=symbol:AAPL").0, 422);
    assert_eq!(ask_from("", "/news-flow/v2/news"), (403, Value::Null));
}

#[test]
fn a_symbol_has_its_latest_news_and_their_stories() {
    let (_, page) =
        ask("/public/view/v1/symbol?filter=lang:en&filter=symbol:NASDAQ:AAPL&client=overview");
    assert_eq!(items(&page).len(), 25);
    assert!(page["sections"].as_array().unwrap().len() > 2 && page.get("pagination").is_none());
    for item in items(&page) {
        assert_eq!(item["relatedSymbols"][0]["symbol"], "NASDAQ:AAPL");
        let id: String =
            form_urlencoded::byte_serialize(item["id"].as_str().unwrap().as_bytes()).collect();
        let (status, story) = ask(&format!(
            "/public/news/v1/story?id={id}&lang=en&user_prostatus=non_pro"
        ));
        assert_eq!((status, &story["title"]), (200, &item["title"]));
        assert_eq!(story["ast_description"]["type"], "root");
        assert_eq!(story.get("permission"), item.get("permission"));
        let (_, older) = ask(&format!("/v2/story?id={id}&lang=en"));
        assert_eq!(older["astDescription"], story["ast_description"]);
    }
    for id in [
        "",
        "x",
        "simwire:00:0",
        "simwire:é:0",
        "simwire:4e415344415100000000:0",
    ] {
        let (status, body) = ask(&format!("/public/news/v1/story?id={id}&lang=en"));
        assert_eq!((status, &body["status"]), (404, &json!("error")), "{id}");
    }
}
