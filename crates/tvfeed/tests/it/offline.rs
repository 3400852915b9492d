//! Each command against the simulator inside the process, as a first-time user tries it.

use serde_json::Value;

use crate::program::run;

/// The rows of a command that succeeds without a word.
fn rows(line: &str) -> Vec<Value> {
    let done = run(&format!("{line} --sim --format ndjson"));
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""), "{line}");
    let rows = done.json();
    assert!(!rows.is_empty(), "{line}");
    rows
}

fn texts<'a>(rows: &'a [Value], key: &str) -> Vec<&'a str> {
    rows.iter().filter_map(|row| row[key].as_str()).collect()
}

#[test]
fn a_company_is_found_by_its_name() {
    let found = rows("search apple");
    assert!(
        texts(&found, "symbol").contains(&"NASDAQ:AAPL"),
        "{found:?}"
    );
    let details = rows("symbol NASDAQ:AAPL");
    assert_eq!(details[0]["description"], "Apple Inc.");
    assert!(details[0]["close"].is_number());
}

#[test]
fn a_scan_filters_and_sorts() {
    let found = rows("scan --columns close,volume,RSI|1h --sort volume:desc -n 20");
    let volumes: Vec<f64> = found
        .iter()
        .map(|row| row["volume"].as_f64().unwrap())
        .collect();
    assert!(volumes.is_sorted_by(|one, next| one >= next), "{volumes:?}");
    let cheap = rows("scan --columns close --where close<100 -n all");
    assert!(
        cheap
            .iter()
            .all(|row| row["close"].as_f64().unwrap() < 100.0)
    );
    let dear = rows("scan --columns close --where not(close<100) -n all");
    assert!(
        dear.iter()
            .all(|row| row["close"].as_f64().unwrap() >= 100.0)
    );
}

#[test]
fn ratings_have_every_interval() {
    let found = rows("ta NASDAQ:AAPL BINANCE:BTCUSDT");
    assert_eq!(found.len(), 20);
    for row in &found {
        let score = row["score"].as_f64().unwrap();
        assert!((-1.0..=1.0).contains(&score), "{row}");
        assert!(row["rating"].is_string(), "{row}");
    }
}

#[test]
fn scripts_news_and_events_can_be_read() {
    let scripts = rows("pine list");
    assert!(texts(&scripts, "id").contains(&"STD;RSI"), "{scripts:?}");
    let parts = rows("pine show STD;RSI");
    assert!(texts(&parts, "part").contains(&"input"), "{parts:?}");
    let news = rows("news NASDAQ:AAPL -n 3");
    assert_eq!(news[0]["number"], 1);
    let story = run("news NASDAQ:AAPL --story 1 --sim");
    assert_eq!(story.status, Some(0), "{}", story.stderr);
    let title = news[0]["title"].as_str().unwrap();
    assert!(story.stdout.starts_with(title), "{}", story.stdout);
    let events = rows("calendar economic");
    assert!(events.iter().all(|event| event["time"].is_i64()));
    let fields = rows("fields close --refresh");
    assert!(texts(&fields, "name").contains(&"close"));
}

#[test]
fn a_misspelled_symbol_is_answered_with_the_right_one() {
    for command in ["quote", "bars -i 1D", "ta", "symbol"] {
        let done = run(&format!("{command} NASDQ:AAPL --sim"));
        assert_eq!(
            (done.status, done.stdout.as_str()),
            (Some(3), ""),
            "{command}"
        );
        assert!(
            done.stderr
                .contains("did you mean NASDAQ:AAPL (Apple Inc.)"),
            "{command}: {}",
            done.stderr
        );
    }
}

#[test]
fn lists_of_an_account_need_one() {
    let done = run("watchlist list --sim");
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (Some(5), ""),
        "{}",
        done.stderr
    );
}
