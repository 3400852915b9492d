use market::{Interval, Market, Settings};

use super::*;
use crate::{options::SiteOptions, request::Headers};

/// Monday, 30 November 2026, 16:00 UTC: New York is open.
const NOW: i64 = 1_796_054_400_000;

fn site() -> Site {
    Site::new(Market::new(1), SiteOptions::default())
}

fn post(site: &mut Site, target: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let request = Request::new("POST", target, Headers::default(), body.as_bytes());
    let answer = answer(site, &request, NOW).unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn scan_of(market: &str, body: &Value) -> Value {
    let (status, answer) = post(
        &mut site(),
        &format!("/{market}/scan?label-product=screener-stock"),
        body,
    );
    assert_eq!(status, 200, "{answer}");
    answer
}

fn get(target: &str) -> (u16, Value) {
    let request = Request::new("GET", target, Headers::default(), b"");
    let answer = answer(&mut site(), &request, NOW).unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn names(answer: &Value) -> Vec<&str> {
    let rows = answer["data"].as_array().unwrap();
    rows.iter().map(|row| row["s"].as_str().unwrap()).collect()
}

/// The columns that technical analysis asks for, as the most used client does.
fn ratings() -> Vec<String> {
    let suffixes = [
        "|1", "|5", "|15", "|30", "|60", "|120", "|240", "", "|1W", "|1M",
    ];
    let column = |suffix: &'static str| {
        ["Other", "All", "MA"].map(|group| format!("Recommend.{group}{suffix}"))
    };
    suffixes.into_iter().flat_map(column).collect()
}

#[test]
fn ratings_of_every_interval_are_numbers_within_bounds() {
    let tickers = ["NASDAQ:AAPL", "TWSE:2330", "BINANCE:BTCUSD"];
    let answer = scan_of(
        "global",
        &json!({ "symbols": { "tickers": tickers }, "columns": ratings() }),
    );
    assert_eq!(answer["totalCount"], 3);
    assert_eq!(names(&answer), tickers);
    for row in answer["data"].as_array().unwrap() {
        for (column, value) in ratings().iter().zip(row["d"].as_array().unwrap()) {
            let value = value
                .as_f64()
                .unwrap_or_else(|| panic!("{column} of {}: {value}", row["s"]));
            assert!((-1.0..=1.0).contains(&value), "{column}: {value}");
        }
    }
    let unknown = json!({ "symbols": { "tickers": ["XXXX:NOPE"] }, "columns": ratings() });
    assert_eq!(
        scan_of("global", &unknown),
        json!({ "totalCount": 0, "data": [] })
    );
}

#[test]
fn prices_and_averages_are_those_of_the_bars() {
    let apple = Market::new(1).symbol("NASDAQ:AAPL").unwrap();
    let bars = |resolution: &str| -> Vec<market::Candle> {
        let from = NOW - 40 * market::DAY;
        apple
            .bars(
                Interval::parse(resolution).unwrap(),
                Settings::default(),
                from,
                NOW,
                NOW,
            )
            .collect()
    };
    let columns = [
        "close",
        "change",
        "volume",
        "SMA10",
        "high|60",
        "change_abs|60",
        "market_cap_basic",
    ];
    let body = json!({ "symbols": { "tickers": ["NASDAQ:AAPL"] }, "columns": columns });
    let answer = scan_of("america", &body);
    let value = |at: usize| answer["data"][0]["d"][at].as_f64().unwrap();
    let (days, hours) = (bars("1D"), bars("60"));
    let (last, before) = (days[days.len() - 1], days[days.len() - 2]);
    assert_eq!((value(0), value(2)), (last.close, last.volume));
    assert!((value(1) - 100.0 * (last.close / before.close - 1.0)).abs() < 1e-9);
    let sum: f64 = days[days.len() - 10..].iter().map(|bar| bar.close).sum();
    assert!((value(3) - sum / 10.0).abs() < 1e-9);
    let (last_hour, hour_before) = (hours[hours.len() - 1], hours[hours.len() - 2]);
    assert_eq!(
        (value(4), value(5)),
        (last_hour.high, last_hour.close - hour_before.close)
    );
    assert_eq!(value(6), (last.close * 15_200e6).round());
}

#[test]
fn filters_sort_and_range_choose_the_rows() {
    let body = json!({
        "columns": ["name", "market_cap_basic", "sector", "type"],
        "filter": [{ "left": "market_cap_basic", "operation": "nempty" }],
        "filter2": { "operator": "and", "operands": [
            { "operation": { "operator": "or", "operands": [
                { "expression": { "left": "sector", "operation": "equal", "right": "Technology Services" } },
                { "expression": { "left": "sector", "operation": "equal", "right": "Finance" } },
            ] } },
            { "expression": { "left": "typespecs", "operation": "has_none_of", "right": ["etf"] } },
        ] },
        "sort": { "sortBy": "market_cap_basic", "sortOrder": "desc" },
        "range": [0, 1000],
        "markets": ["america"],
        "options": { "lang": "en" },
    });
    let whole = scan_of("america", &body);
    let rows = whole["data"].as_array().unwrap();
    assert_eq!(whole["totalCount"].as_u64(), Some(rows.len() as u64));
    assert!(rows.len() > 5, "{whole}");
    let worth: Vec<f64> = rows
        .iter()
        .map(|row| row["d"][1].as_f64().unwrap())
        .collect();
    assert!(worth.windows(2).all(|pair| pair[0] >= pair[1]), "{worth:?}");
    for row in rows {
        assert!(["Technology Services", "Finance"].contains(&row["d"][2].as_str().unwrap()));
    }
    let mut page = body;
    page["range"] = json!([2, 5]);
    let page = scan_of("america", &page);
    assert_eq!(
        page["totalCount"], whole["totalCount"],
        "of all, not of the page"
    );
    assert_eq!(names(&page), names(&whole)[2..5]);
}

#[test]
fn what_has_no_value_comes_last_unless_it_is_to_come_first() {
    let body = |nulls_first: bool, order: &str| {
        json!({
            "columns": ["market_cap_basic"], "range": [0, 1000], "symbols": { "query": { "types": ["stock", "fund"] } },
            "sort": { "sortBy": "market_cap_basic", "sortOrder": order, "nullsFirst": nulls_first },
        })
    };
    for order in ["asc", "desc"] {
        let last = scan_of("america", &body(false, order));
        let rows = last["data"].as_array().unwrap();
        assert!(rows[0]["d"][0].is_number() && rows[rows.len() - 1]["d"][0].is_null());
        let first = scan_of("america", &body(true, order));
        assert!(first["data"][0]["d"][0].is_null());
    }
}

#[test]
fn each_market_has_its_own_symbols() {
    for (market, symbol) in [
        ("america", "NASDAQ:AAPL"),
        ("uk", "LSE:VOD"),
        ("taiwan", "TWSE:2330"),
        ("crypto", "BINANCE:BTCUSDT"),
        ("coin", "CRYPTO:BTCUSD"),
        ("forex", "FX:EURUSD"),
        ("futures", "CME_MINI:ES1!"),
        ("cfd", "TVC:SPX"),
        ("bonds", "TVC:US10Y"),
        ("economics2", "ECONOMICS:USCPI"),
    ] {
        let body = json!({ "columns": ["market"], "range": [0, 1000] });
        let answer = scan_of(market, &body);
        assert!(names(&answer).contains(&symbol), "{market}");
        assert!(
            answer["data"]
                .as_array()
                .unwrap()
                .iter()
                .all(|row| row["d"][0] == market)
        );
        let asked = json!({ "symbols": { "tickers": [symbol, "LSE:NOPE"] } });
        assert_eq!(
            scan_of(market, &asked),
            json!({ "totalCount": 1, "data": [{ "s": symbol, "d": [] }] })
        );
    }
    let elsewhere = json!({ "symbols": { "tickers": ["LSE:VOD"] } });
    assert_eq!(scan_of("america", &elsewhere)["totalCount"], 0);
    let both = json!({ "markets": ["uk", "germany"], "columns": ["market"], "range": [0, 100] });
    assert_eq!(
        scan_of("global", &both)["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["d"][0] == "uk")
            .count(),
        9
    );
    assert_eq!(post(&mut site(), "/atlantis/scan", &json!({})).0, 404);
}

#[test]
fn indices_and_presets_choose_symbols_too() {
    let members = scan_of(
        "america",
        &json!({ "symbols": { "symbolset": ["SYML:SP;SPX"] }, "range": [0, 500] }),
    );
    assert!(names(&members).contains(&"NASDAQ:AAPL") && !names(&members).contains(&"NYSE:FRESH"));
    let answer = scan_of(
        "america",
        &json!({ "preset": "gainers", "columns": ["change"], "range": [0, 5] }),
    );
    assert_eq!(answer["params"]["america"]["sort"]["sortBy"], "change");
    assert!(
        answer["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["d"][0].as_f64().unwrap() > 0.0)
    );
    assert_eq!(
        post(
            &mut site(),
            "/america/scan",
            &json!({ "preset": "nonsense" })
        )
        .0,
        400
    );
}

#[test]
fn refusals_have_the_servers_words() {
    let refusal = |body: Value| {
        let (status, answer) = post(&mut site(), "/america/scan", &body);
        assert_eq!(
            (status, &answer["data"], &answer["totalCount"]),
            (400, &Value::Null, &json!(0))
        );
        answer["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        refusal(json!({ "columns": ["close", "change.5"] })),
        "Unknown field \"change.5\""
    );
    let compared = json!([{ "left": "close", "operation": "greater", "right": null }]);
    assert_eq!(
        refusal(json!({ "filter": compared })),
        "could not process request: Incompatible types: number and null"
    );
    let odd = json!([{ "left": "close", "operation": "greater", "right": "much" }]);
    assert_eq!(
        refusal(json!({ "filter": odd })),
        "could not process request: Incompatible types: number and text"
    );
    for body in [
        json!({ "filter": [{ "left": "closed", "operation": "greater", "right": 1 }] }),
        json!({ "filter": [{ "left": "close", "operation": "above", "right": 1 }] }),
        json!({ "sort": { "sortBy": "closed" } }),
        json!({ "sort": { "sortBy": "close", "sortOrder": "up" } }),
        json!({ "filter2": { "operator": "xor", "operands": [] } }),
        json!({ "range": [0] }),
        json!([]),
    ] {
        refusal(body);
    }
    let tolerant =
        json!({ "columns": ["name", "change.5"], "ignore_unknown_fields": true, "range": [0, 1] });
    assert_eq!(
        scan_of("america", &tolerant)["data"][0]["d"],
        json!(["AAPL", null])
    );
    assert_eq!(get("/america/scan").0, 405);
}

#[test]
fn every_listed_column_has_values_of_its_type() {
    let mut site = site();
    let names: Vec<&str> = crate::values::fields().map(|field| field.name).collect();
    let body = json!({ "columns": names, "symbols": { "tickers": ["NASDAQ:AAPL", "AMEX:SPY", "BINANCE:BTCUSDT", "FX:EURUSD", "TVC:US10Y"] } });
    let (status, answer) = post(&mut site, "/global/scan", &body);
    assert_eq!((status, &answer["totalCount"]), (200, &json!(5)));
    let mut filled = 0;
    for row in answer["data"].as_array().unwrap() {
        for (field, value) in crate::values::fields().zip(row["d"].as_array().unwrap()) {
            if value.is_null() {
                continue;
            }
            filled += 1;
            let fits = match field.kind {
                "text" => value.is_string(),
                "set" => value.is_array(),
                "bool" => value.is_boolean(),
                "time" | "time-yyyymmdd" => value.is_i64(),
                "map" | "interface" | "num_slice" => true,
                _ => value.is_number(),
            };
            assert!(
                fits,
                "{} of {}, a {}: {value}",
                field.name, row["s"], field.kind
            );
        }
    }
    assert!(filled > 800, "{filled}");
}

#[test]
fn calendars_are_scans_for_dates() {
    let days = |days: i64| NOW / 1000 + days * 86_400;
    let body = |left: &str, from: i64, to: i64| {
        json!({
            "columns": ["name"], "range": [0, 5],
            "filter": [{ "left": left, "operation": "in_range", "right": [days(from), days(to)] }],
        })
    };
    let left = "earnings_release_date,earnings_release_next_date";
    // Companies report on 28 October and 28 January.
    assert!(scan_of("global", &body(left, -40, -30))["totalCount"].as_u64() > Some(10));
    assert!(scan_of("global", &body(left, 50, 70))["totalCount"].as_u64() > Some(10));
    assert_eq!(scan_of("global", &body(left, -20, 20))["totalCount"], 0);
    let left = "dividend_ex_date_recent,dividend_ex_date_upcoming";
    // The second Friday of November is the 13th.
    assert!(scan_of("global", &body(left, -18, -16))["totalCount"].as_u64() > Some(5));
    assert_eq!(scan_of("global", &body(left, -15, 20))["totalCount"], 0);
}

#[test]
fn one_symbol_is_read_by_its_name() {
    let (status, body) =
        get("/symbol?symbol=NASDAQ%3AAAPL&fields=close,RSI%7C60,sector,update_mode");
    assert_eq!(status, 200);
    assert!(body["close"].is_number() && body["RSI|60"].is_number());
    assert_eq!(
        (&body["sector"], &body["update_mode"]),
        (&json!("Electronic Technology"), &json!("streaming"))
    );
    assert_eq!(
        get("/symbol?symbol=LSE:VOD&fields=update_mode").1["update_mode"],
        "delayed_streaming_900"
    );
    assert_eq!(
        get("/symbol?symbol=NASDAQ:NOPE&fields=close&no_404=false").0,
        404
    );
    assert_eq!(
        get("/symbol?symbol=NASDAQ:NOPE&fields=close&no_404=true"),
        (200, Value::Null)
    );
    assert_eq!(
        get("/symbol?symbol=NASDAQ:AAPL&fields=name,nonsense"),
        (200, json!({ "name": "AAPL", "nonsense": null }))
    );
}

#[test]
fn field_lists_name_each_suffix() {
    let (status, body) = post(&mut site(), "/america/metainfo", &Value::Null);
    assert_eq!((status, &body["financial_currency"]), (200, &json!("USD")));
    let fields = body["fields"].as_array().unwrap();
    assert!(fields.len() > 3500, "{}", fields.len());
    let field = |name: &str| fields.iter().find(|field| field["n"] == name);
    assert_eq!(field("close|240").unwrap()["t"], "price");
    assert!(
        field("exchange").unwrap()["r"]
            .as_array()
            .unwrap()
            .contains(&json!("NASDAQ"))
    );
    assert!(field("ticker-view").is_none() && field("24h_vol|5").is_none());
    let (_, body) = get("/enum/ordered?id=technical_rating,nonsense&lang=en");
    assert_eq!(
        body["technical_rating"][0],
        json!({ "id": "StrongBuy", "name": "Strong buy", "options": {} })
    );
    assert_eq!(body.as_object().unwrap().len(), 1);
}

#[test]
fn the_second_shape_has_other_keys() {
    let body = json!({ "columns": ["name", "close"], "range": [0, 1] });
    let (status, answer) = post(&mut site(), "/america/scan2", &body);
    assert_eq!(
        (status, &answer["fields"]),
        (200, &json!(["name", "close"]))
    );
    assert_eq!(
        (&answer["symbols"][0]["s"], &answer["time"]),
        (&json!("NASDAQ:AAPL"), &json!("2026-11-30T16:00:00Z"))
    );
    let (status, answer) = post(&mut site(), "/options/scan2", &body);
    assert_eq!(
        (status, answer["error"].as_str()),
        (400, Some("required index \"underlying_symbol\" is missing"))
    );
}

#[test]
fn a_scan_of_many_made_up_stocks_is_whole_and_repeats_itself() {
    let options = SiteOptions::default().further_listings(750);
    let mut site = Site::new(Market::new(1), options);
    let body = json!({
        "columns": ["name", "close", "change", "volume", "market_cap_basic", "sector"], "range": [0, 5000],
        "filter": [{ "left": "type", "operation": "equal", "right": "stock" }],
        "sort": { "sortBy": "market_cap_basic", "sortOrder": "desc" },
    });
    let (status, first) = post(&mut site, "/america/scan", &body);
    assert_eq!(status, 200);
    assert!(first["totalCount"].as_u64() > Some(500));
    assert_eq!(post(&mut site, "/america/scan", &body).1, first);
}

#[test]
fn made_up_funds_have_what_funds_report() {
    let options = SiteOptions::default().further_listings(300);
    let mut site = Site::new(Market::new(1), options);
    let body = json!({
        "columns": ["type", "aum", "nav", "close", "expense_ratio", "asset_class.tr", "sector"], "range": [0, 500],
        "filter": [{ "left": "typespecs", "operation": "has", "right": ["etf"] }],
        "sort": { "sortBy": "aum", "sortOrder": "desc" },
    });
    let (_, answer) = post(&mut site, "/america/scan", &body);
    let rows = answer["data"].as_array().unwrap();
    assert!(rows.len() > 100, "{}", rows.len());
    for row in rows {
        assert_eq!((&row["d"][0], &row["d"][6]), (&json!("fund"), &Value::Null));
        assert_eq!(row["d"][2], row["d"][3]);
        assert!(row["d"][1].as_f64() >= Some(1e7) && row["d"][5].is_string());
        let ratio = row["d"][4].as_f64().unwrap();
        assert!((0.03..1.0).contains(&ratio), "{ratio}");
    }
}

#[test]
fn pairs_of_coins_have_a_centralized_or_a_decentralized_exchange() {
    for (kind, exchange) in [("cex", "BINANCE"), ("dex", "UNISWAP3ETH")] {
        let filter = json!({ "left": "centralization", "operation": "equal", "right": kind });
        let body = json!({ "columns": ["exchange", "blockchain-id"], "filter": [filter], "range": [0, 500] });
        let found = scan_of("crypto", &body);
        let rows = found["data"].as_array().unwrap();
        assert!(rows.iter().any(|row| row["d"][0] == exchange), "{kind}");
        for row in rows {
            assert_eq!(row["d"][0] == "UNISWAP3ETH", kind == "dex");
            assert_eq!(row["d"][1].is_null(), kind == "cex");
        }
    }
}

mod companies;
mod derived;
