//! The programs that log every event, run against the simulator: their lines are compared with its
//! ledger.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/event_log.rs"]
#[expect(dead_code, reason = "its main reads the command line")]
mod event_log;
#[path = "../examples/probe.rs"]
#[expect(dead_code, reason = "its main reads the command line")]
mod probe;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use clap::Parser;
use serde_json::Value;
use tv_sim::{FaultPlan, SimBuilder, SimServer};

/// No run takes longer, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

fn simulator() -> SimBuilder {
    SimServer::builder().rate(20.0)
}

/// Lines that a task writes and a test reads.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn json(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until there are lines that satisfy this.
    async fn wait(&self, is_enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let lines = async {
            loop {
                let lines = self.json();
                if is_enough(&lines) {
                    return lines;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, lines).await.unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines of one kind about one symbol.
fn of<'l>(lines: &'l [Value], kind: &str, symbol: &str) -> Vec<&'l Value> {
    let wanted = lines
        .iter()
        .filter(|line| line["k"] == kind && line["s"] == symbol);
    wanted.collect()
}

fn start(url: &str, more: &[&str]) -> (Lines, tokio::task::JoinHandle<()>) {
    let lines = Lines::default();
    let arguments = [&["event_log", "--endpoint", url], more].concat();
    let options = event_log::Options::parse_from(arguments);
    let log = event_log::Log::new(lines.clone());
    let run = tokio::spawn(async move { event_log::run(options, log).await.unwrap() });
    (lines, run)
}

#[tokio::test]
async fn a_log_holds_every_closed_bar_once_through_a_reset() {
    let faults: FaultPlan = "when connection 1 and kind du and nth 30 do reset"
        .parse()
        .unwrap();
    let sim = simulator().faults(faults).start().await.unwrap();
    let more = [
        "--series",
        "SIM:A,SIM:B",
        "--quotes",
        "SIM:A,NASDAQ:AAPL",
        "--interval",
        "1S",
        "--count",
        "5",
        "--study",
        "--duration",
        "100000",
    ];
    let (lines, run) = start(&sim.url(), &more);
    let all = lines
        .wait(|lines| {
            of(lines, "resumed", "SIM:A").len() == 1
                && of(lines, "closed", "SIM:A").len() >= 8
                && !of(lines, "quote", "SIM:A").is_empty()
                && !of(lines, "st_all", "SIM:A").is_empty()
        })
        .await;
    run.abort();
    assert_eq!(of(&all, "reconnecting", "SIM:A").len(), 1);
    assert!(of(&all, "hist", "SIM:B").len() == 1 && of(&all, "gap", "SIM:A").is_empty());
    let open = |line: &&Value| line["open"].is_u64();
    assert_eq!(all.iter().filter(open).count(), 2, "connections");
    assert!(
        all.iter()
            .all(|line| line["at"].as_u64() > Some(1_600_000_000_000))
    );

    let closed: Vec<_> = of(&all, "closed", "SIM:A")
        .iter()
        .map(|line| line["b"].clone())
        .collect();
    let time = |bar: &Value| bar[0].as_i64().unwrap();
    let (from, to) = (time(&closed[0]), time(closed.last().unwrap()));
    let history = of(&all, "hist", "SIM:A")[0]["bars"].as_array().unwrap();
    assert_eq!(history.len(), 5);
    assert_eq!(
        time(&history[4]),
        from,
        "the open bar of the history closes first"
    );
    let truth = sim.ledger().bars("SIM:A", "1S", from, to + 1).unwrap();
    let truth: Vec<_> = truth
        .closed
        .iter()
        .map(|it| serde_json::json!([it.time, it.open, it.high, it.low, it.close, it.volume]))
        .collect();
    assert_eq!(closed, truth);
}

#[tokio::test]
async fn a_log_ends_in_time_with_its_counters() {
    let sim = simulator().start().await.unwrap();
    let (lines, run) = start(&sim.url(), &["--series", "NO:SUCH", "--duration", "1"]);
    tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
    let all = lines.json();
    assert!(!of(&all, "series_error", "NO:SUCH").is_empty(), "{all:?}");
    let kinds: Vec<_> = all.iter().map(|line| line["k"].as_str().unwrap()).collect();
    let place = |kind: &str| kinds.iter().position(|it| *it == kind).unwrap();
    assert!(place("counters") < place("late") && place("late") < place("end"));
    assert!(all[place("end")]["close_ms"].is_u64());
}

/// What the probe prints, without the times.
async fn probed(mode: &str, url: &str, symbol: &str, more: &[&str]) -> Vec<String> {
    let arguments = [&["probe", mode, url, symbol, "1S", "5", "3"], more].concat();
    let options = probe::Options::parse_from(arguments);
    let mut out = Vec::new();
    let run = probe::run(&options, false, &mut out);
    tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
    let text = String::from_utf8(out).unwrap();
    let line = |line: &str| {
        let (time, text) = line.trim_start().split_once(' ').unwrap();
        assert!(time.parse::<f64>().unwrap() < 100.0, "{line}");
        text.to_owned()
    };
    text.lines().map(line).collect()
}

#[tokio::test]
async fn a_probe_shows_the_events_of_each_request() {
    let sim = simulator().start().await.unwrap();
    let url = sim.url();
    let begins = |lines: &[String], starts: &[&str]| {
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(start), "{lines:?}");
        }
        assert!(lines.len() >= starts.len(), "{lines:?}");
    };
    let has = |lines: &[String], start: &str| {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "{lines:?}"
        );
    };

    let lines = probed("history", &url, "SIM:A", &[]).await;
    begins(&lines, &["connected", "5 bars mode streaming"]);
    let lines = probed("history", &url, "NO:SUCH", &[]).await;
    begins(&lines, &["connected", "history error: "]);

    let lines = probed("series", &url, "SIM:A", &[]).await;
    begins(&lines, &["connected", "history 5 mode streaming"]);
    has(&lines, "Open(Bar {");
    has(&lines, "Closed(Bar {");
    assert_eq!(lines.last().unwrap(), "(time over)");

    let lines = probed("study", &url, "SIM:A", &["RSI@tv-basicstudies-241"]).await;
    has(&lines, "study Snapshot(");
    has(&lines, "series Closed(Bar {");

    let lines = probed("quotes", &url, "SIM:A|NO:SUCH", &[]).await;
    has(&lines, "update SIM:A lp=Some(");
    has(&lines, "Refused { symbol: Symbol(\"NO:SUCH\")");

    let lines = probed("quotes", "ws://127.0.0.1:1/", "SIM:A", &[]).await;
    begins(&lines, &["connect error: "]);
}
