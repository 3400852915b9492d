//! The examples of the client, each run to its end: what they print is compared with the
//! simulator's ledger.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../examples/history_csv.rs"]
mod history_csv;
#[path = "../examples/live_bars.rs"]
mod live_bars;
#[path = "../examples/low_level.rs"]
mod low_level;
#[path = "../examples/many_symbols.rs"]
mod many_symbols;
#[path = "../examples/quotes.rs"]
mod quotes;
#[path = "../examples/reconnect.rs"]
mod reconnect;

use std::time::Duration;

use tv_sim::{Ledger, SimServer};

/// No example takes longer, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs an example beside a simulator of its own; gives what it printed, the simulator's ledger,
/// and the market's time when it began.
macro_rules! run {
    ($example:ident) => {{
        let simulator: SimServer = $example::simulator().start().await.unwrap();
        let began = simulator.ledger().now();
        let mut out = Vec::new();
        let url = simulator.url();
        let run = $example::run(&url, &mut out);
        tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
        (String::from_utf8(out).unwrap(), simulator.ledger(), began)
    }};
}

/// The numbers of a line behind a word, as text.
fn columns<'t>(text: &'t str, word: &str) -> Vec<Vec<&'t str>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(word));
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

/// The bars on lines that begin with `word`, each in its last revision.
fn closed<'t>(text: &'t str, word: &str) -> Vec<Vec<&'t str>> {
    let mut rows = columns(text, word);
    for revised in columns(text, "revised ") {
        if let Some(row) = rows.iter_mut().find(|row| row[0] == revised[0]) {
            *row = revised;
        }
    }
    rows
}

/// Compares bars (time, open, high, low, close) with those of the market; `open` says whether the
/// last may have been open.
fn assert_true_bars(rows: &[Vec<&str>], ledger: &Ledger, interval: &str, open: bool) {
    assert!(!rows.is_empty());
    let time = |row: &Vec<&str>| row[0].parse::<i64>().unwrap();
    let (from, to) = (time(&rows[0]), time(rows.last().unwrap()));
    let truth = ledger
        .bars("BINANCE:BTCUSDT", interval, from, to + 1)
        .unwrap();
    let truth: Vec<_> = truth.closed.into_iter().chain(truth.open).collect();
    assert_eq!(rows.len(), truth.len(), "each once, none missing");
    for (place, (row, bar)) in rows.iter().zip(&truth).enumerate() {
        assert_eq!(time(row), bar.time);
        if open && place + 1 == truth.len() {
            continue;
        }
        let numbers: Vec<f64> = row[1..].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(numbers, [bar.open, bar.high, bar.low, bar.close]);
    }
}

/// Whether a symbol had this price at some time since `from`, in the market or in a tick.
fn had_price(ledger: &Ledger, symbol: &str, from: i64, price: f64) -> bool {
    let now = ledger.now();
    let ticks = ledger.ticks(symbol, from, now).unwrap();
    ticks.iter().any(|tick| tick.price == price)
        || (from..=now).any(|at| ledger.quote(symbol, Some(at)).unwrap()["lp"] == price)
}

#[tokio::test]
async fn quotes_shows_prices_of_the_market_and_refusals() {
    let (text, ledger, began) = run!(quotes);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.retain(|line| *line != "NASDAQ:NOTHING is refused: no_such_symbol");
    assert_eq!(
        lines.len() + 1,
        text.lines().count(),
        "refused once:\n{text}"
    );
    assert_eq!(lines.len(), 20, "{text}");
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let (symbol, price) = (words[0], words[1].parse().unwrap());
        assert!(had_price(&ledger, symbol, began, price), "{line}");
    }
}

#[tokio::test]
async fn history_csv_reads_back_as_the_bars_of_the_market() {
    let (text, ledger, _) = run!(history_csv);
    let (head, rows) = text.split_once('\n').unwrap();
    assert_eq!(head, "time,open,high,low,close,volume");
    let rows: Vec<Vec<f64>> = rows
        .lines()
        .map(|line| line.split(',').map(|text| text.parse().unwrap()).collect())
        .collect();
    assert_eq!(rows.len(), 500);
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let time = |row: &[f64]| row[0] as i64;
    let (from, to) = (time(&rows[0]), time(&rows[499]));
    let truth = ledger.bars("NASDAQ:AAPL", "1D", from, to + 1).unwrap();
    // While the market is open, the last one goes on.
    assert!(truth.closed.len() >= 499, "{}", truth.closed.len());
    for (row, bar) in rows.iter().zip(&truth.closed) {
        assert_eq!(time(row), bar.time);
        assert_eq!(
            row[1..],
            [bar.open, bar.high, bar.low, bar.close, bar.volume]
        );
    }
}

#[tokio::test]
async fn live_bars_shows_each_bar_once_in_order() {
    let (text, ledger, _) = run!(live_bars);
    let mut rows = closed(&text, "history ");
    rows.extend(closed(&text, "closed "));
    assert_eq!(rows.len(), 9 + 3, "{text}");
    assert_true_bars(&rows, &ledger, "1", false);
    assert!(!columns(&text, "open ").is_empty(), "{text}");
}

#[tokio::test]
async fn many_symbols_gets_an_answer_for_each() {
    let (text, ledger, began) = run!(many_symbols);
    let (head, dearest) = text.split_once('\n').unwrap();
    assert!(head.starts_with("2000 symbols, 0 refused, "), "{head}");
    assert_eq!(dearest.lines().count(), 5, "{text}");
    for line in dearest.lines() {
        let (symbol, price) = line.split_once(' ').unwrap();
        assert!(
            had_price(&ledger, symbol, began, price.parse().unwrap()),
            "{line}"
        );
    }
}

#[tokio::test]
async fn reconnect_reports_the_outage_and_loses_no_bar() {
    let (text, ledger, _) = run!(reconnect);
    assert_eq!(
        ledger.faults().len(),
        3,
        "a reset, and two that close at once"
    );
    assert_true_bars(&closed(&text, "closed "), &ledger, "1S", false);
    let order = [
        "connection 1 is open",
        "the series is interrupted",
        "the series goes on",
    ];
    let places = order.map(|line| {
        text.find(line)
            .unwrap_or_else(|| panic!("no {line}:\n{text}"))
    });
    assert!(places.is_sorted(), "{text}");
    // How many connections were open long enough to be reported is a matter of luck.
    let interrupted = text.split_once("the series is interrupted");
    let (_, afterwards) = interrupted.expect("an interruption");
    assert!(
        afterwards.contains(" is open") && !text.contains("missing"),
        "{text}"
    );
}

#[tokio::test]
async fn low_level_makes_every_step() {
    let (text, ledger, _) = run!(low_level);
    let steps = [
        "send ~m~52~m~{\"m\":\"quote_create_session\",\"p\":[\"qs_",
        "quote_set_fields",
        "quote_add_symbols",
        "\"BINANCE:ETHUSDT\",\"NASDAQ:AAPL\"]",
        "quote_fast_symbols",
        "chart_create_session",
        "resolve_symbol",
        "create_series",
        "create_study",
    ];
    let places = steps.map(|step| {
        text.find(step)
            .unwrap_or_else(|| panic!("no {step}:\n{text}"))
    });
    assert!(places.is_sorted(), "{places:?}\n{text}");
    // Answers come whenever the server has them, also between two commands.
    for answer in ["message symbol_resolved", "complete NASDAQ:AAPL"] {
        assert!(text.contains(answer), "no {answer}:\n{text}");
    }
    assert!(!text.contains("error"), "{text}");
    assert_true_bars(&columns(&text, "bar "), &ledger, "1", true);
    let record = &ledger.sessions()[0];
    assert_eq!(
        (
            record.received["quote_add_symbols"],
            record.received["create_study"]
        ),
        (1, 1)
    );
}

#[test]
fn each_runs_alone_from_its_main() {
    quotes::main().unwrap();
    history_csv::main().unwrap();
    live_bars::main().unwrap();
    many_symbols::main().unwrap();
    reconnect::main().unwrap();
    low_level::main().unwrap();
}
