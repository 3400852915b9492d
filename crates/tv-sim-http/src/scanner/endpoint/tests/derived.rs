//! Options and bonds, presets, and how late prices are.

use serde_json::{Value, json};

use super::{NOW, names, post, scan_of, site};
use crate::{
    account::cookies_of,
    options::SiteOptions,
    request::{Headers, Request},
    site::Site,
};
use market::Market;

const COLUMNS: [&str; 17] = [
    "strike",
    "expiration",
    "option-type",
    "theoPrice",
    "bid",
    "ask",
    "iv",
    "bid_iv",
    "ask_iv",
    "delta",
    "gamma",
    "theta",
    "vega",
    "rho",
    "root",
    "currency",
    "pricescale",
];

/// The options on a symbol that fit conditions, as their names and values by column.
fn options(symbol: &str, filter: &Value, more: &Value) -> (u64, Vec<(String, Value)>) {
    let mut body = json!({
        "columns": COLUMNS, "filter": filter, "range": [0, 100_000],
        "index_filters": [{ "name": "underlying_symbol", "values": [symbol] }],
    });
    for (key, value) in more.as_object().unwrap() {
        body[key.as_str()] = value.clone();
    }
    let (status, answer) = post(
        &mut site(),
        "/options/scan2?label-product=symbols-options",
        &body,
    );
    assert_eq!(
        (status, &answer["fields"]),
        (200, &json!(COLUMNS)),
        "{answer}"
    );
    let rows = answer["symbols"].as_array().unwrap().iter().map(|row| {
        let values = row["f"].as_array().unwrap().iter().cloned();
        let names = COLUMNS.iter().map(|name| (*name).to_owned());
        let name = row["s"].as_str().unwrap().to_owned();
        (name, Value::Object(names.zip(values).collect()))
    });
    (answer["totalCount"].as_u64().unwrap(), rows.collect())
}

fn all(symbol: &str) -> Vec<(String, Value)> {
    options(symbol, &json!([]), &json!({})).1
}

#[test]
fn a_chain_has_calls_and_puts_around_the_price_for_fridays() {
    let chain = all("NASDAQ:AAPL");
    let dates: std::collections::BTreeSet<i64> = chain
        .iter()
        .map(|(_, row)| row["expiration"].as_i64().unwrap())
        .collect();
    assert!(
        dates.contains(&20_261_204) && dates.contains(&20_270_115) && dates.len() > 14,
        "{dates:?}"
    );
    assert_eq!(chain.len(), dates.len() * 25 * 2);
    let close = scan_of(
        "america",
        &json!({ "symbols": { "tickers": ["NASDAQ:AAPL"] }, "columns": ["close"] }),
    );
    let close = close["data"][0]["d"][0].as_f64().unwrap();
    let strikes = chain.iter().map(|(_, row)| row["strike"].as_f64().unwrap());
    assert!(
        strikes.clone().any(|strike| strike < close)
            && strikes.clone().any(|strike| strike > close)
    );
    for (name, row) in &chain {
        let letter = if row["option-type"] == "call" {
            'C'
        } else {
            'P'
        };
        let day = row["expiration"].as_i64().unwrap() - 20_000_000;
        let expected = format!(
            "OPRA:AAPL{day}{letter}{:?}",
            row["strike"].as_f64().unwrap()
        );
        assert_eq!(
            (name, &row["root"], &row["currency"]),
            (&expected, &json!("AAPL"), &json!("USD"))
        );
    }
    assert!(all("FX:EURUSD").is_empty() && all("NASDAQ:NOPE").is_empty());
}

#[test]
fn calls_and_puts_of_a_strike_differ_by_the_forward() {
    let chain = all("NYSE:KO");
    let close = scan_of(
        "america",
        &json!({ "symbols": { "tickers": ["NYSE:KO"] }, "columns": ["close", "dividends_yield_current"] }),
    );
    let (spot, yields) = (
        close["data"][0]["d"][0].as_f64().unwrap(),
        close["data"][0]["d"][1].as_f64().unwrap() / 100.0,
    );
    for pair in chain.chunks(2) {
        let ((_, call), (_, put)) = (&pair[0], &pair[1]);
        assert_eq!(
            (&call["option-type"], &put["option-type"], &call["strike"]),
            (&json!("call"), &json!("put"), &put["strike"])
        );
        let date = jiff::civil::Date::strptime("%Y%m%d", call["expiration"].to_string()).unwrap();
        let end = date
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .unwrap()
            .timestamp()
            .as_millisecond();
        let end = end + 21 * 3_600_000;
        let years = (end - NOW) as f64 / (365.0 * 86_400_000.0);
        let value = |row: &Value, name: &str| row[name].as_f64().unwrap();
        let forward =
            spot * (-yields * years).exp() - value(call, "strike") * (-0.04_f64 * years).exp();
        let difference = value(call, "theoPrice") - value(put, "theoPrice");
        assert!(
            (difference - forward).abs() < 1e-9,
            "{difference}, {forward}"
        );
        assert!(
            (value(call, "delta") - value(put, "delta") - (-yields * years).exp()).abs() < 1e-9
        );
        for name in ["iv", "gamma", "vega"] {
            assert!(
                (value(call, name) - value(put, name)).abs() < 1e-12,
                "{name}"
            );
        }
        for row in [call, put] {
            assert!(
                value(row, "bid") <= value(row, "theoPrice")
                    && value(row, "theoPrice") <= value(row, "ask")
            );
            if let Some(bid) = row["bid_iv"].as_f64() {
                assert!(bid <= value(row, "iv") + 1e-9);
            }
            assert!(
                row["ask_iv"]
                    .as_f64()
                    .is_none_or(|ask| ask >= value(row, "iv") - 1e-9)
            );
        }
    }
}

#[test]
fn chains_are_filtered_sorted_and_paged_as_other_rows() {
    let filter = json!([
        { "left": "type", "operation": "equal", "right": "option" },
        { "left": "expiration", "operation": "equal", "right": 20_270_115 },
        { "left": "root", "operation": "equal", "right": "AAPL" },
    ]);
    let (total, rows) = options("NASDAQ:AAPL", &filter, &json!({}));
    assert_eq!((total, rows.len()), (50, 50));
    let sort = json!({ "sort": { "sortBy": "delta", "sortOrder": "desc" }, "range": [5, 10] });
    let (total, page) = options("NASDAQ:AAPL", &filter, &sort);
    assert_eq!((total, page.len()), (50, 5));
    let delta = |(_, row): &(String, Value)| row["delta"].as_f64().unwrap();
    let mut sorted: Vec<f64> = rows.iter().map(delta).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(page.iter().map(delta).collect::<Vec<_>>(), sorted[5..10]);
    let calls = json!([{ "left": "option-type", "operation": "equal", "right": "call" }, { "left": "delta", "operation": "in_range", "right": [0.4, 0.6] }]);
    let (_, calls) = options("NASDAQ:AAPL", &calls, &json!({}));
    assert!(!calls.is_empty() && calls.iter().all(|call| (0.4..=0.6).contains(&delta(call))));
    // One contract by its name, in a scan and as a snapshot.
    let name = &page[0].0;
    let named = json!({ "symbols": { "tickers": [name] } });
    assert_eq!(
        options("NASDAQ:AAPL", &json!([]), &named).1,
        [page[0].clone()]
    );
    let (status, body) = super::get(&format!("/symbol?symbol={name}&fields=delta,strike"));
    assert_eq!(
        (status, &body["delta"], &body["strike"]),
        (200, &page[0].1["delta"], &page[0].1["strike"])
    );
}

#[test]
fn prices_and_yields_of_bonds_agree() {
    let columns = [
        "coupon",
        "maturity_date",
        "close_pct",
        "yield_to_maturity",
        "current_yield",
        "close",
        "days_to_maturity",
        "bond_snp_rating_lt",
        "accrued_coupon_interest",
        "close_net",
        "bid_pct",
        "ask_pct",
        "coupon_date_next",
        "bond_issuer_stock_symbol",
    ];
    let body = json!({ "columns": columns, "range": [0, 1000], "sort": { "sortBy": "yield_to_maturity", "sortOrder": "desc" } });
    let answer = scan_of("bond", &body);
    let rows = answer["data"].as_array().unwrap();
    assert!(
        rows.len() > 50 && answer["totalCount"] == rows.len(),
        "{}",
        rows.len()
    );
    let mut last = f64::INFINITY;
    for row in rows {
        let of = |name: &str| {
            let at = columns.iter().position(|own| *own == name).unwrap();
            row["d"][at]
                .as_f64()
                .unwrap_or_else(|| panic!("{name}: {row}"))
        };
        let (price, yields, coupon) = (of("close_pct"), of("yield_to_maturity"), of("coupon"));
        assert!(yields <= last);
        last = yields;
        assert_eq!(price > 100.0, yields < coupon, "{row}");
        assert!((of("current_yield") - 100.0 * coupon / price).abs() < 1e-9);
        assert!((of("close") - 10.0 * price).abs() < 1e-9);
        assert!((of("close_net") - of("close") - of("accrued_coupon_interest")).abs() < 1e-9);
        assert!(of("bid_pct") < price && price < of("ask_pct"));
        // The price by hand, from the days of the coupons.
        let end = jiff::civil::Date::strptime("%Y%m%d", (of("maturity_date") as i64).to_string())
            .unwrap();
        let today = jiff::civil::date(2026, 11, 30);
        assert_eq!(f64::from((end - today).get_days()), of("days_to_maturity"));
        let mut dates = vec![end];
        while *dates.last().unwrap() > today {
            let next = dates
                .last()
                .unwrap()
                .checked_sub(jiff::Span::new().months(6))
                .unwrap();
            dates.push(next);
        }
        let before = dates.pop().unwrap();
        let next = *dates.last().unwrap();
        let wait = f64::from((next - today).get_days()) / f64::from((next - before).get_days());
        let growth = 1.0 + yields / 200.0;
        let paid = dates.iter().rev().enumerate().map(|(nth, date)| {
            let amount = coupon / 2.0 + if *date == end { 100.0 } else { 0.0 };
            amount * growth.powf(-wait - nth as f64)
        });
        let by_hand = paid.sum::<f64>() - coupon / 2.0 * (1.0 - wait);
        assert!((by_hand - price).abs() < 1e-9, "{row}: {by_hand}");
    }
    let government = scan_of(
        "bonds",
        &json!({ "columns": ["close", "Bond.Price", "coupon", "current_yield", "Bond.Change"], "range": [0, 100] }),
    );
    for row in government["data"].as_array().unwrap() {
        let of = |at: usize| row["d"][at].as_f64().unwrap_or_else(|| panic!("{row}"));
        assert_eq!(of(0) < of(2), of(1) > 100.0, "{row}");
        assert!((of(3) - 100.0 * of(2) / of(1)).abs() < 1e-9);
    }
}

#[test]
fn every_preset_and_hot_list_changes_the_rows() {
    let lists = [
        (
            "america",
            "all_stocks large_cap small_cap high_dividend gainers losers volume_leaders unusual_volume most_volatile high_beta best_performing most_expensive penny_stocks overbought oversold all_time_high all_time_low above_52wk_high below_52wk_low pre-market-gainers pre_market_most_active after_hours_gainers market_sectors market_industries NASDAQ_volume_gainers NYSE_percent_change_gainers NYSE_percent_change_losers NASDAQ_percent_range_gainers NASDAQ_percent_range_losers NASDAQ_percent_gap_gainers NASDAQ_percent_gap_losers NYSE_gap_gainers NYSE_gap_losers",
        ),
        ("global", "worlds_largest_companies ipo_calendar"),
        (
            "coin",
            "coin_market_cap_rank coin_gainers coin_losers coin_defi",
        ),
        ("crypto", "market-cap-rank top-defi"),
        (
            "forex",
            "forex_rates_all forex_rates_major forex_rates_minor forex_rates_exotic",
        ),
        (
            "futures",
            "futures_all futures_agricultural futures_energy futures_metals futures_currencies futures_world_indices",
        ),
        ("bonds", "bonds_all"),
        ("cfd", "indices_major indices_currency indices_all"),
    ];
    // None of these is certain to have rows at any time.
    let may_be_empty = [
        "small_cap",
        "penny_stocks",
        "overbought",
        "oversold",
        "all_time_high",
        "all_time_low",
        "above_52wk_high",
        "below_52wk_low",
        "after_hours_gainers",
    ];
    let mut empty = Vec::new();
    let mut site = site();
    let mut scan = |market: &str, body: &Value| {
        let (status, answer) = post(&mut site, &format!("/{market}/scan"), body);
        assert_eq!(status, 200, "{body}");
        answer
    };
    for (market, presets) in lists {
        let whole = scan(market, &json!({ "range": [0, 10_000] }));
        for preset in presets.split(' ') {
            let answer = scan(market, &json!({ "preset": preset }));
            assert!(answer["params"][market].is_object(), "{preset}");
            if answer["totalCount"] == 0 && !may_be_empty.contains(&preset) {
                empty.push(preset);
            }
            assert_ne!(names(&answer), names(&whole), "{preset}");
        }
    }
    assert_eq!(empty, Vec::<&str>::new());
    let hot = scan_of(
        "america",
        &json!({ "preset": "NASDAQ_percent_change_gainers", "columns": ["change"] }),
    );
    assert!(names(&hot).len() <= 20 && names(&hot).iter().all(|name| name.starts_with("NASDAQ:")));
    for unknown in ["nasdaq_gap_gainers", "_gap_gainers", "gap_gainers", "all"] {
        assert_eq!(
            post(
                &mut super::site(),
                "/america/scan",
                &json!({ "preset": unknown })
            )
            .0,
            400,
            "{unknown}"
        );
    }
}

#[test]
fn candle_patterns_are_those_of_the_bars() {
    let columns = [
        "Candle.Doji",
        "Candle.Engulfing.Bullish",
        "Candle.RisingWindow.Bullish",
        "high|60",
        "Candle.RisingWindow.Bullish|60",
        "Candle.FallingWindow.Bearish|60",
    ];
    let answer = scan_of(
        "america",
        &json!({ "columns": columns, "range": [0, 1000], "symbols": { "query": { "types": ["stock"] } } }),
    );
    let mut found = [0.0; 6];
    for row in answer["data"].as_array().unwrap() {
        for (at, value) in row["d"].as_array().unwrap().iter().enumerate() {
            let Some(value) = value.as_f64() else {
                continue;
            };
            assert!(
                at == 3 || value == 0.0 || value == 1.0,
                "{}: {value}",
                columns[at]
            );
            found[at] += value;
        }
    }
    assert!(found[2] + found[0] + found[1] > 0.0, "{found:?}");
    let doji = json!([{ "left": "Candle.Doji", "operation": "equal", "right": 1 }]);
    let answer = scan_of(
        "america",
        &json!({ "columns": ["open", "high", "low", "close"], "filter": doji, "range": [0, 1000] }),
    );
    for row in answer["data"].as_array().unwrap() {
        let of = |at: usize| row["d"][at].as_f64().unwrap();
        assert!((of(3) - of(0)).abs() <= 0.05 * (of(1) - of(2)), "{row}");
    }
}

#[test]
fn prices_are_as_late_as_the_account_sees_them() {
    let mut site = Site::new(Market::new(1), SiteOptions::default().delays(true));
    let mut seen = |name: Option<&str>| {
        let cookies = name.map(|name| cookies_of(&mut site, name));
        let headers = Headers::new(cookies.iter().map(|cookies| ("cookie", cookies.as_str())));
        let body = json!({ "symbols": { "tickers": ["NASDAQ:AAPL", "BINANCE:BTCUSDT"] }, "columns": ["update_mode", "close", "time|1"] });
        let body = body.to_string();
        let request = Request::new("POST", "/global/scan", headers, body.as_bytes());
        let answer = super::answer(&mut site, &request, NOW).unwrap();
        serde_json::from_slice::<Value>(&answer.body).unwrap()["data"].clone()
    };
    let (guest, basic, premium) = (seen(None), seen(Some("basic")), seen(Some("premium")));
    assert_eq!(guest, basic);
    assert_eq!(
        (&guest[0]["d"][0], &premium[0]["d"][0]),
        (&json!("delayed_streaming_900"), &json!("streaming"))
    );
    assert_eq!(guest[1], premium[1], "coins are never late");
    let minutes = |row: &Value| row[0]["d"][2].as_i64().unwrap();
    assert_eq!(minutes(&premium) - minutes(&guest), 900);
    let (_, answer) = post(
        &mut super::site(),
        "/global/scan",
        &json!({ "symbols": { "tickers": ["NASDAQ:AAPL"] }, "columns": ["update_mode"] }),
    );
    assert_eq!(answer["data"][0]["d"][0], "streaming");
}
