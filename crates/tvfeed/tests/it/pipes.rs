//! Readers that go away, and readers that stop.

#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::program::{LONG, Running, run, simulator, tvfeed};

/// Starts a program whose output is read a line and then closed.
fn ends_after_one_line(line: &str) {
    let mut command = tvfeed(line.split_whitespace());
    let mut running = Running(Some(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    ));
    let mut first = String::new();
    let stdout = running.child().stdout.take().unwrap();
    BufReader::with_capacity(16, stdout)
        .read_line(&mut first)
        .unwrap();
    assert!(first.ends_with('\n'), "{line}");
    assert_eq!(running.wait(LONG), Some(0), "{line}");
    let mut stderr = String::new();
    running
        .child()
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(stderr, "", "{line}");
}

#[test]
fn a_closed_pipe_ends_every_command_quietly() {
    ends_after_one_line("--sim --sim-rate 100 quote SIM:AAPL --format ndjson");
    ends_after_one_line("--sim --sim-rate 100 bars SIM:AAPL -i 1D --follow");
    ends_after_one_line("--sim bars SIM:AAPL -i 1D -n 5000 --format ndjson");
    let file = std::env::temp_dir().join(format!("tvfeed-pipe-{}", std::process::id()));
    fs::write(&file, "~m~4~m~~h~1\n".repeat(100_000)).unwrap();
    ends_after_one_line(&format!("decode {}", file.display()));
    fs::remove_file(file).unwrap();
}

/// Resident memory of a process in KiB.
fn memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Stops the reader of a fast market for a while. The server cuts clients that leave heartbeats
/// unanswered for 20 s, so a connection that still flows after more than that has answered them.
fn a_stopped_reader_keeps_its_connection(stopped: Duration) {
    let sim = simulator(["--rate", "5000"]);
    let args = [
        "quote",
        "SIM:AAPL",
        "BINANCE:BTCUSDT",
        "--format",
        "ndjson",
        "--endpoint",
        &sim.url,
    ];
    let mut feed = Running(Some(
        tvfeed(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    ));
    let pipe = feed.child().stdout.take().unwrap();
    // A pipe that another process reads, so that the reader can be stopped.
    let mut reader = Running(Some(
        Command::new("cat")
            .stdin(pipe)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    ));
    let mut lines = BufReader::new(reader.child().stdout.take().unwrap()).lines();
    for _ in 0..20 {
        lines.next().unwrap().unwrap();
    }
    reader.signal("STOP");
    sim.wait_for_frames("qsd", FILLS_PIPES);
    let before = memory(feed.child().id());
    let begun = Instant::now();
    // At least once, and for as long as is asked.
    sim.wait_for_frames("qsd", 4 * FILLS_PIPES);
    while begun.elapsed() < stopped {
        sim.wait_for_frames("qsd", FILLS_PIPES);
    }
    assert!(
        feed.child().try_wait().unwrap().is_none(),
        "the program lives"
    );
    let after = memory(feed.child().id());
    assert!(
        after < before + 8 * 1024,
        "memory grew from {before} to {after} KiB"
    );

    // What a fresh reader sees now is what the stopped one must see soon.
    let now = run(&format!(
        "quote SIM:AAPL --count 1 --format ndjson --endpoint {}",
        sim.url
    ));
    let volume = |line: &Value| line["fields"]["volume"].as_f64().unwrap();
    let newest = volume(&now.json()[0]);
    reader.signal("CONT");
    let resumed = Instant::now();
    let mut skipped = 0;
    loop {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        if line["symbol"] == "SIM:AAPL" && volume(&line) >= newest {
            break;
        }
        skipped += 1;
        // Three pipe buffers of old lines may be under way, and no more.
        assert!(skipped < 1_000, "{skipped} old lines");
    }
    assert!(resumed.elapsed() < LONG);
    // The connection is the same and still flows.
    for _ in 0..100 {
        lines.next().unwrap().unwrap();
    }
    feed.signal("TERM");
    thread::spawn(move || lines.count());
    assert_eq!(feed.wait(LONG), Some(0));
}

/// This number of updates is more text than three pipes of usual size hold.
const FILLS_PIPES: u64 = 1_500;

#[test]
fn a_stopped_reader_neither_cuts_the_connection_nor_grows_memory() {
    a_stopped_reader_keeps_its_connection(Duration::ZERO);
}

#[test]
#[ignore = "takes 90 s: four heartbeat time-outs of the server"]
fn a_reader_stopped_for_long_keeps_its_connection() {
    a_stopped_reader_keeps_its_connection(Duration::from_secs(90));
}

#[test]
fn signals_and_time_end_a_program_whose_reader_has_stopped() {
    let sim = simulator(["--rate", "5000"]);
    for (duration, signal) in [("1h", Some("INT")), ("1h", Some("TERM")), ("2s", None)] {
        let line = format!(
            "quote SIM:AAPL --format ndjson --duration {duration} --endpoint {}",
            sim.url
        );
        let mut feed = Running(Some(
            tvfeed(line.split(' '))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        ));
        // There is no reader.
        if let Some(signal) = signal {
            sim.wait_for_frames("qsd", FILLS_PIPES);
            feed.signal(signal);
        }
        assert_eq!(feed.wait(LONG), Some(0), "{signal:?}");
    }
}
