//! The programs that a newcomer writes first, each run to its end against the simulator and
//! compared with its ledger.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../examples/account_bridge.rs"]
mod account_bridge;
#[path = "../examples/download.rs"]
mod download;
#[path = "../examples/ma_cross.rs"]
#[expect(dead_code, reason = "its main ends by Ctrl-C")]
mod ma_cross;
#[path = "../examples/quote_board.rs"]
mod quote_board;
#[path = "../examples/read_recording.rs"]
#[expect(dead_code, reason = "its main wants a file")]
mod read_recording;
#[path = "../examples/shared_client.rs"]
mod shared_client;
#[path = "../examples/studies.rs"]
mod studies;
#[path = "../examples/token_source.rs"]
mod token_source;

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use tv_client::{AuthToken, Bar, Client, Dialer, SeriesEvent, Timestamp, TokenSource};
use tv_http::{
    client::HttpClient,
    login::{Account, Login, LoginStep},
};
use tv_sim::{FaultPlan, Ledger, LedgerBar, Oracle, Published, Sim, SimBuilder, SimServer};

/// Wednesday 4 March 2026, 10:00 in New York, in milliseconds.
const EPOCH: i64 = 1_772_636_400_000;

fn simulator() -> SimBuilder {
    SimServer::builder().epoch(EPOCH)
}

fn text(out: Vec<u8>) -> String {
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn an_account_gives_one_token_to_all_clients() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let http = HttpClient::builder()
        .base_of_all(sim.http_url())
        .on_request(move |request| {
            let is_for_token = request.path.starts_with("/quote_token/");
            counted.fetch_add(usize::from(is_for_token), Ordering::Relaxed);
        })
        .build()
        .unwrap();
    // With the token of the sign-in, none is asked for.
    let account = account_bridge::sign_in(&http).await.unwrap();
    let bars = account_bridge::use_it(&account, &sim.url()).await.unwrap();
    assert!(
        bars.len() > 1 && bars.iter().all(|count| *count == 10),
        "{bars:?}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    // By cookies alone, one is, for both clients.
    let step = Login::new(&http, "premium", "simulated").start().await;
    let LoginStep::Done(signed_in) = step.unwrap() else {
        panic!("no second factor");
    };
    let account = Account::new(&http, signed_in.cookies().clone());
    account_bridge::use_it(&account, &sim.url()).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_board_shows_twenty_complete_quotes() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let ledger = sim.ledger();
    let begin = ledger.now();
    let mut out = Vec::new();
    quote_board::run(&sim.url(), &mut out).await.unwrap();
    let times = begin..=ledger.now();
    let text = text(out);
    assert_eq!(text.lines().count(), 20, "{text}");
    for line in text.lines() {
        let (symbol, rest) = line.split_once(' ').unwrap();
        // As the market stood at one moment of the run.
        let is_true = |at| {
            let truth = ledger.quote(symbol, Some(at)).unwrap();
            let (last, change) = (&truth["lp"], truth["chp"].as_f64().unwrap());
            rest == format!("{last} {change:+.2} %")
        };
        assert!(times.clone().any(is_true), "{line}");
    }
}

#[tokio::test]
async fn a_download_is_the_market_bar_for_bar() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut out = Vec::new();
    download::run(&sim.url(), &mut out).await.unwrap();
    let [from, to] = [download::RANGE.0, download::RANGE.1]
        .map(|day| day.parse::<Timestamp>().unwrap().seconds());
    let mut expected = String::from("symbol,time,open,high,low,close,volume\n");
    for number in 0..30 {
        let symbol = format!("SIM:S{number}");
        let truth = sim.ledger().bars(&symbol, "1D", from, to).unwrap().closed;
        assert_eq!(truth.len(), 1_096, "days of three years");
        for bar in truth {
            let prices =
                [bar.open, bar.high, bar.low, bar.close, bar.volume].map(|it| it.to_string());
            let time = Timestamp::from_seconds(bar.time);
            expected += &format!("{symbol},{time},{}\n", prices.join(","));
        }
    }
    assert!(text(out) == expected);
}

#[tokio::test]
async fn studies_stand_beside_their_bars() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut out = Vec::new();
    studies::run(&sim.url(), &mut out).await.unwrap();
    let text = text(out);
    let rows = text
        .lines()
        .map(|line| line.split(' ').skip(1).map(|it| it.parse::<f64>().unwrap()));
    let rows: Vec<Vec<f64>> = rows.map(Iterator::collect).collect();
    assert_eq!(rows.len(), 100, "{text}");
    let closes: Vec<f64> = rows.iter().map(|row| row[0]).collect();
    for (row, window) in rows[9..].iter().zip(closes.windows(10)) {
        // The bands are two deviations about the average of ten closes, because of the input.
        let average = window.iter().sum::<f64>() / 10.0;
        let variance = window.iter().map(|it| (it - average).powi(2)).sum::<f64>() / 10.0;
        let (lower, upper) = (
            average - 2.0 * variance.sqrt(),
            average + 2.0 * variance.sqrt(),
        );
        assert!(
            (row[2] - lower).abs() < 0.02 && (row[3] - upper).abs() < 0.02,
            "{row:?}: {lower} {upper}"
        );
        assert!((0.0..=100.0).contains(&row[1]), "{row:?}");
    }
}

/// What a bot was given of its first symbol, to be judged.
fn publish(reported: &mut Vec<Published>, event: &SeriesEvent) {
    let ledger = |bar: &Bar| {
        let prices = [bar.open, bar.high, bar.low, bar.close];
        LedgerBar::new(bar.time.seconds(), prices, bar.volume.unwrap())
    };
    match event {
        SeriesEvent::Closed(bar) => reported.push(Published::Closed(ledger(bar))),
        SeriesEvent::Revised(bar) => reported.push(Published::Revised(ledger(bar))),
        SeriesEvent::Gap { .. } | SeriesEvent::Reset(_) => panic!("{event:?}"),
        _ => {}
    }
}

/// Runs the bot until its first symbol has this many closed bars; returns them, judged as complete,
/// and what was printed.
async fn bot(client: Client, ledger: Ledger, bars: usize) -> (Vec<Published>, String) {
    let (mut reported, mut out) = (Vec::new(), Vec::new());
    let (closes, events) = ma_cross::split(ma_cross::load(&client).await.unwrap());
    let events = events.take_while(|(number, event)| {
        let closed = |published: &&Published| matches!(published, Published::Closed(_));
        let is_wanted = reported.iter().filter(closed).count() < bars;
        if is_wanted && *number == 0 {
            publish(&mut reported, event);
        }
        ready(is_wanted)
    });
    let run = ma_cross::trade(closes, events, &mut out);
    tokio::time::timeout(Duration::from_secs(7_200), run)
        .await
        .unwrap()
        .unwrap();
    client.close().await;
    let time = |published: &Published| match published {
        Published::Closed(bar) => Some(bar.time),
        _ => None,
    };
    let times: Vec<i64> = reported.iter().filter_map(time).collect();
    let truth = ledger
        .bars("SIM:S0", "1S", times[0], times[bars - 1] + 1)
        .unwrap();
    let verdict = Oracle::new(truth.closed).judge(reported.clone());
    assert!(verdict.is_perfect(), "{verdict:?}");
    assert_eq!(verdict.matched, bars as u64);
    (reported, text(out))
}

#[tokio::test]
async fn a_bot_loses_no_bar_to_resets() {
    let faults: FaultPlan = "when connection 1 and kind du and nth 40 do reset"
        .parse()
        .unwrap();
    let sim = simulator().rate(50.0).faults(faults).start().await.unwrap();
    let client = Client::builder()
        .endpoint(sim.url())
        .connect()
        .await
        .unwrap();
    let (_, text) = bot(client, sim.ledger(), 8).await;
    assert!(
        text.contains("S0 is interrupted") && text.contains("S0 goes on"),
        "{text}"
    );
}

/// An hour of a bot in virtual time, with a reset in each connection.
async fn hour() -> (Vec<Published>, String) {
    let faults: FaultPlan = "when age 10m do reset".parse().unwrap();
    let sim = Sim::builder()
        .epoch(EPOCH)
        .rate(5.0)
        .faults(faults)
        .build()
        .unwrap();
    let (url, ledger) = (sim.url(), sim.ledger());
    let sim = Arc::new(sim);
    let dialer = Dialer::new(move |_, _| {
        let stream = sim.connect();
        async move { Ok(stream) }
    });
    let builder = Client::builder()
        .endpoint(url)
        .dialer(dialer)
        .jitter_seed(1);
    bot(builder.connect().await.unwrap(), ledger, 3_600).await
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_a_bot_passes_twice_the_same_way() {
    let (reported, text) = hour().await;
    assert!(text.matches("S0 goes on").count() >= 5, "{text}");
    assert!(
        text.contains(" buy S") && text.contains(" sell S"),
        "{text}"
    );
    assert!(hour().await.0 == reported);
}

#[test]
fn a_recording_is_read_whole() {
    let mut recorded = String::from("~m~4~m~~h~1");
    for payload in [
        r#"{"m":"qsd","p":["qs_1",{"n":"SIM:A","s":"ok","v":{"lp":1.5,"local_description":"삼성전자"}}]}"#,
        r#"{"m":"quote_completed","p":["qs_1","SIM:A"]}"#,
        r#"{"m":"invented","p":["x"]}"#,
    ] {
        tv_protocol::frame::encode(payload, &mut recorded);
    }
    // Pieces of seven bytes: inside headers and inside characters.
    let input = std::io::BufReader::with_capacity(7, recorded.as_bytes());
    let mut out = Vec::new();
    read_recording::run(input, &mut out).unwrap();
    assert_eq!(
        text(out),
        "heartbeat 1\nquote of SIM:A\nquote_completed\ninvented\n"
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_by_the_source() {
    let sim = simulator().bad_token("old".into()).start().await.unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let fetch = move || {
        let token = ["old", "new"][counted.fetch_add(1, Ordering::SeqCst)];
        async move { Ok::<_, std::io::Error>(AuthToken::new(token)) }
    };
    let bars = token_source::load(&sim.url(), TokenSource::new(fetch)).await;
    assert_eq!((bars.unwrap(), calls.load(Ordering::SeqCst)), (10, 2));
}

#[tokio::test]
async fn one_client_serves_many_tasks_and_ends_in_order() {
    let sim = simulator().start().await.unwrap();
    let client = Client::builder()
        .endpoint(sim.url())
        .connect()
        .await
        .unwrap();
    let mut out = Vec::new();
    shared_client::run(&client, &mut out).await.unwrap();
    let text = text(out);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "BINANCE:BTCUSDT 10 bars",
            "NASDAQ:AAPL 10 bars",
            "NASDAQ:MSFT 10 bars"
        ]
    );
    client.close().await;
    assert_eq!(sim.stats().connections_total, 1);
}

#[test]
fn each_runs_alone_from_its_main() {
    quote_board::main().unwrap();
    download::main().unwrap();
    studies::main().unwrap();
    token_source::main().unwrap();
    account_bridge::main().unwrap();
    shared_client::main().unwrap();
}
