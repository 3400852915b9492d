//! Quotes of the simulator, in every shape.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use crate::program::run;

#[test]
fn two_symbols_stream_from_the_embedded_simulator_for_the_time_asked() {
    let start = Instant::now();
    let done = run("--sim quote SIM:AAPL BINANCE:BTCUSDT --duration 2s --format ndjson");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(done.stderr, "");
    assert!((2.0..60.0).contains(&start.elapsed().as_secs_f64()));
    let lines = done.json();
    assert!(lines.len() > 4, "{}", lines.len());
    let mut seen = BTreeSet::new();
    for line in &lines {
        let symbol = line["symbol"].as_str().unwrap();
        let first = seen.insert(symbol);
        assert_eq!(line["type"], if first { "snapshot" } else { "update" });
        let keys: BTreeSet<_> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected: &[_] = if first {
            &["fields", "symbol", "type"]
        } else {
            &["changed", "fields", "symbol", "type"]
        };
        assert_eq!(keys, expected.iter().copied().collect());
        // Each line alone is the truth.
        let fields = &line["fields"];
        assert!(
            fields["lp"].is_number() && fields["bid"].is_number(),
            "{line}"
        );
        assert!(
            fields["lp_time"].is_i64() && fields["description"].is_string(),
            "{line}"
        );
        if !first {
            let changed = line["changed"].as_array().unwrap();
            assert!(!changed.is_empty());
            assert!(
                changed
                    .iter()
                    .all(|name| fields.get(name.as_str().unwrap()).is_some())
            );
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["BINANCE:BTCUSDT", "SIM:AAPL"]
    );
    assert!(done.stdout.starts_with(r#"{"symbol":""#));
}

#[test]
fn a_count_ends_it_and_the_first_line_is_complete() {
    let done = run("--sim quote SIM:AAPL --count 1 --fields price --format csv");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], "symbol,lp,lp_time");
    let cells: Vec<_> = lines[1].split(',').collect();
    assert_eq!(cells[0], "SIM:AAPL");
    assert!(
        cells[1].parse::<f64>().is_ok() && cells[2].parse::<i64>().is_ok(),
        "{cells:?}"
    );
}

#[test]
fn csv_has_the_asked_fields_as_columns() {
    let done = run(
        "--sim quote SIM:AAPL BINANCE:BTCUSDT --count 4 --fields volume,lp,nothing --format csv",
    );
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines[0], "symbol,volume,lp,nothing");
    assert_eq!(lines.len(), 5);
    for line in &lines[1..] {
        assert_eq!(line.split(',').count(), 4, "{line}");
        assert!(line.ends_with(','), "{line}");
    }
    let all = run("--sim quote SIM:AAPL --count 1 --format csv");
    let heading = all.stdout.lines().next().unwrap();
    assert_eq!(heading.split(',').count(), 49);
    assert!(heading.starts_with("symbol,base-currency-logoid,ch,chp,"));
}

#[test]
fn tables_have_one_heading_and_a_row_for_each_update() {
    let done = run("--sim quote SIM:AAPL BINANCE:BTCUSDT --count 5");
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 6);
    let words: Vec<_> = lines[0].split_whitespace().collect();
    assert_eq!(
        words,
        [
            "SYMBOL", "LAST", "CHANGE", "CHANGE%", "BID", "ASK", "VOLUME", "TIME", "UTC"
        ]
    );
    for line in &lines[1..] {
        let cells: Vec<_> = line.split_whitespace().collect();
        assert_eq!(cells.len(), 8, "{line}");
        assert_eq!(cells[7].len(), "HH:MM:SS".len());
    }
    let price = run("--sim quote SIM:AAPL --count 1 --fields price");
    let words: Vec<_> = price
        .stdout
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(words, ["SYMBOL", "LAST", "TIME", "UTC"]);
}

#[test]
fn refused_symbols_are_said_and_end_it_only_when_none_is_left() {
    let start = Instant::now();
    let all = run("--sim quote NO:SUCH NO:OTHER --format ndjson");
    assert_eq!((all.status, all.stdout.as_str()), (Some(3), ""));
    assert!(all.stderr.contains("NO:SUCH: refused") && all.stderr.contains("NO:OTHER: refused"));
    // Generous for a busy machine; as a stream it would never end.
    assert!(start.elapsed() < Duration::from_secs(60));

    let some = run("--sim quote NO:SUCH SIM:AAPL --count 3 --format ndjson");
    assert_eq!(some.status, Some(3));
    assert_eq!(some.json().len(), 3);
    assert!(some.json().iter().all(|line| line["symbol"] == "SIM:AAPL"));
    assert!(some.stderr.contains("NO:SUCH: refused"));
}
