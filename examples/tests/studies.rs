//! The examples of studies, each run to its end: what they print is compared with the simulator's
//! ledger.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and times are whole"
)]

#[path = "../examples/closed_rsi.rs"]
mod closed_rsi;
#[path = "../examples/own_script.rs"]
mod own_script;
#[path = "../examples/replay_cross.rs"]
mod replay_cross;
#[path = "../examples/strategy_trades.rs"]
mod strategy_trades;
#[path = "../examples/volume_profile.rs"]
mod volume_profile;

use tv_http::client::HttpClient;
use tv_sim::{Ledger, SimServer};

/// Wednesday 4 March 2026, 10:00 in New York, in milliseconds.
const EPOCH: i64 = 1_772_636_400_000;

async fn simulator(rate: f64) -> SimServer {
    let simulator = SimServer::builder().epoch(EPOCH).rate(rate);
    simulator.start().await.unwrap()
}

fn http(sim: &SimServer) -> HttpClient {
    let builder = HttpClient::builder().base_of_all(sim.http_url());
    builder.build().unwrap()
}

/// Numbers of lines, separated by blanks or commas; words among them are left out.
fn numbers(out: &[u8]) -> Vec<Vec<f64>> {
    let text = std::str::from_utf8(out).unwrap();
    let numbers = |line: &str| {
        let words = line.split([' ', ',']);
        words.filter_map(|word| word.parse().ok()).collect()
    };
    text.lines().map(numbers).collect()
}

/// The RSI of the last of these closes, by Wilder's averages from the first one on.
fn rsi(closes: &[f64], length: f64) -> f64 {
    let (mut gains, mut losses) = (0.0, 0.0);
    for pair in closes.windows(2) {
        let change = pair[1] - pair[0];
        gains += (change.max(0.0) - gains) / length;
        losses += ((-change).max(0.0) - losses) / length;
    }
    100.0 - 100.0 / (1.0 + gains / losses)
}

/// The closes of the bars up to one, as many as this.
fn closes(ledger: &Ledger, symbol: &str, interval: &str, last: i64, span: i64) -> Vec<f64> {
    let bars = ledger
        .bars(symbol, interval, last - span, last + 1)
        .unwrap();
    bars.closed.iter().map(|bar| bar.close).collect()
}

#[tokio::test]
async fn the_rsi_of_each_closed_bar_comes_once_and_is_final() {
    let sim = simulator(20.0).await;
    let mut out = Vec::new();
    closed_rsi::run(&sim.url(), 4, &mut out).await.unwrap();
    let rows = numbers(&out);
    assert!(rows.len() >= 4, "{rows:?}");
    let ledger = sim.ledger();
    for pair in rows.windows(2) {
        assert!(
            (pair[1][0] - pair[0][0] - 1.0).abs() < f64::EPSILON,
            "{rows:?}"
        );
    }
    for row in &rows {
        let closes = closes(&ledger, "BINANCE:BTCUSDT", "1S", row[0] as i64, 1_000);
        let expected = rsi(&closes, 14.0);
        assert!((row[1] - expected).abs() < 1e-6, "{row:?} {expected}");
    }
}

#[tokio::test]
async fn ones_own_script_is_computed_with_its_input() {
    let sim = simulator(0.0).await;
    let mut by_length = Vec::new();
    for length in [10, 20] {
        let mut out = Vec::new();
        own_script::run(&http(&sim), &sim.url(), length, &mut out)
            .await
            .unwrap();
        let rows = numbers(&out);
        assert!(rows.len() > 50, "{}", rows.len());
        assert!(rows.iter().all(|row| (0.0..=100.0).contains(&row[1])));
        by_length.push(rows);
    }
    // A longer average moves less.
    let reach = |rows: &[Vec<f64>]| {
        let tail = &rows[rows.len() - 50..];
        let values = tail.iter().map(|row| row[1]);
        values.clone().fold(0.0, f64::max) - values.fold(100.0, f64::min)
    };
    assert!(reach(&by_length[1]) < reach(&by_length[0]));
}

#[tokio::test]
async fn a_volume_profile_has_the_volume_of_its_bars() {
    let sim = simulator(0.0).await;
    let mut out = Vec::new();
    volume_profile::run(&sim.url(), &mut out).await.unwrap();
    let mut rows = numbers(&out);
    let most = rows.iter().position(|row| row.len() == 1).unwrap();
    let most = rows.remove(most)[0];
    assert_eq!(rows.len(), 12);
    assert!(
        rows.iter().all(|row| row[0] < row[1] && row[2] >= 0.0),
        "{rows:?}"
    );
    let largest = rows.iter().max_by(|one, other| one[2].total_cmp(&other[2]));
    let largest = largest.unwrap();
    assert!(
        (largest[0]..=largest[1]).contains(&most),
        "{largest:?} {most}"
    );
    let begin = EPOCH / 1_000 - 200 * 86_400;
    let bars = sim
        .ledger()
        .bars("NASDAQ:AAPL", "1D", begin, EPOCH / 1_000 + 1)
        .unwrap();
    let bars: Vec<_> = bars.closed.into_iter().chain(bars.open).collect();
    let traded: f64 = bars.iter().rev().take(100).map(|bar| bar.volume).sum();
    let drawn: f64 = rows.iter().map(|row| row[2]).sum();
    assert!((drawn / traded - 1.0).abs() < 1e-6, "{drawn} {traded}");
}

#[tokio::test]
async fn the_profit_of_each_trade_is_that_of_its_prices() {
    let sim = simulator(0.0).await;
    let mut out = Vec::new();
    strategy_trades::run(&http(&sim), &sim.url(), &mut out)
        .await
        .unwrap();
    let text = String::from_utf8(out.clone()).unwrap();
    let rows = numbers(&out);
    assert!(rows.len() > 5, "{text}");
    for (row, line) in rows.iter().zip(text.lines()).skip(1) {
        let (entry, exit, quantity, profit) = (row[1], row[3], row[4], row[5]);
        let sign = if line.starts_with("long,") { 1.0 } else { -1.0 };
        let expected = sign * (exit - entry) * quantity;
        assert!((profit - expected).abs() < 1e-6, "{line} {expected}");
        assert!(row[0] < row[2], "{line}");
    }
}

#[tokio::test]
async fn a_backtest_trades_where_the_averages_of_the_market_cross() {
    let sim = simulator(0.0).await;
    let from: tv_client::Timestamp = "2025-09-01".parse().unwrap();
    let mut out = Vec::new();
    replay_cross::run(&sim.url(), from, &mut out).await.unwrap();
    let found = numbers(&out);
    let begin = from.seconds() - 400 * 86_400;
    let bars = sim
        .ledger()
        .bars("NASDAQ:AAPL", "1D", begin, EPOCH / 1_000)
        .unwrap();
    let bars = bars.closed;
    let average = |end: usize, length: usize| {
        let window = &bars[end + 1 - length..=end];
        window.iter().map(|bar| bar.close).sum::<f64>() / length as f64
    };
    let (mut entry, mut expected) = (None, Vec::new());
    for (at, bar) in bars.iter().enumerate().skip(20) {
        // The bar that is open at the start closes with the first step.
        if bar.time < from.seconds() - 86_400 {
            continue;
        }
        let [before, now] = [at - 1, at].map(|end| average(end, 5) > average(end, 20));
        if now && !before {
            entry = Some(bar.close);
        } else if before
            && !now
            && let Some(price) = entry.take()
        {
            expected.push(vec![bar.time as f64, bar.close - price]);
        }
    }
    assert!(expected.len() > 2, "{expected:?}");
    assert_eq!(found, expected);
}

#[test]
fn each_runs_alone_from_its_main() {
    closed_rsi::main().unwrap();
    own_script::main().unwrap();
    volume_profile::main().unwrap();
    strategy_trades::main().unwrap();
    replay_cross::main().unwrap();
}
