//! `tvfeed sim` with faults, ledger, times and TLS.

use std::{
    env, fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    process,
    time::Instant,
};

use crate::program::{LONG, Simulator, run, run_command, simulator, tvfeed, wait_until};

/// Sends a request and reads what comes.
fn request(sim: &Simulator, head: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(sim.address()).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    write!(socket, "{head}\r\nHost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).map(|_| text)
}

const UPGRADE: &str = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/// A file that is gone with the test.
struct TempFile(std::path::PathBuf);

impl TempFile {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("tvfeed-{}-{name}", process::id())))
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.0);
    }
}

#[test]
fn faults_come_from_file_and_flags_and_are_reported() {
    let file = TempFile::new("faults");
    fs::write(&file.0, "# first\nwhen connection 1 do refuse\n").unwrap();
    let path = file.0.to_str().unwrap();
    let sim = simulator([
        "--faults",
        path,
        "--fault",
        "when connection 2 do http 503 body \"later\"",
        "--fault",
        "when connection 3 and byte 20 do fin",
    ]);
    let refused = request(&sim, UPGRADE).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionReset);
    let mut socket = TcpStream::connect(sim.address()).unwrap();
    write!(socket, "{UPGRADE}\r\nHost: localhost\r\n\r\n").unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 503");
    assert_eq!(request(&sim, UPGRADE).unwrap().len(), 20);
    let faults = sim.ledger("faults");
    let rules = faults["faults"].as_array().unwrap();
    let rules: Vec<_> = rules.iter().map(|fault| fault["rule"].as_str()).collect();
    assert_eq!(
        rules,
        [
            Some("when connection 1 do refuse"),
            Some("when connection 2 do http 503 body \"later\""),
            Some("when connection 3 and byte 20 do fin"),
        ]
    );
}

#[test]
fn a_wrong_rule_is_reported_with_its_place() {
    let file = TempFile::new("wrong");
    fs::write(&file.0, "seed 1\n\nwhen connection 1 do explode\n").unwrap();
    let done = run(&format!("sim --faults {}", file.0.display()));
    assert_eq!(done.status, Some(2));
    let place = "line 3, column 22: `explode` is not an action";
    assert!(done.stderr.contains(place), "{}", done.stderr);
    let done = run_command(tvfeed(["sim", "--fault", "when byte 5 do drop"]));
    assert!(done.stderr.contains("column 16"), "{}", done.stderr);
}

#[test]
fn the_market_begins_when_it_is_reported_and_runs_as_fast() {
    let sim = simulator(["--epoch", "1790726400000", "--speed", "1000"]);
    // The market's time, and the moments between which it was read.
    let read = || {
        let before = Instant::now();
        let now = sim.ledger("sent")["now_ms"].as_i64().unwrap();
        (before, now, Instant::now())
    };
    let (before, now, after) = read();
    assert!(now >= 1_790_726_400_000, "{now}");
    wait_until(|| read().1 - now >= 500_000, || format!("{now} + 500,000"));
    let (later_before, later, later_after) = read();
    // A millisecond passes there in a microsecond of ours. The request takes an unknown part of its
    // time.
    let passed = u128::try_from(later - now).unwrap();
    assert!(
        passed + 1 >= (later_before - after).as_micros(),
        "{passed} ms"
    );
    assert!(
        passed <= (later_after - before).as_micros() + 1,
        "{passed} ms"
    );
    let bars = sim.ledger("bars?symbol=SIM:A&interval=1&from=1790726340&to=1790726520");
    let times: Vec<_> = bars["closed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bar| bar["time"].as_i64())
        .collect();
    assert_eq!(
        times,
        [1_790_726_340, 1_790_726_400, 1_790_726_460].map(Some)
    );
}

#[test]
fn tls_is_spoken_and_its_authority_written() {
    let file = TempFile::new("ca.pem");
    let sim = simulator(["--tls", "--tls-ca", file.0.to_str().unwrap()]);
    assert!(sim.url.starts_with("wss://localhost:"), "{}", sim.url);
    let pem = fs::read_to_string(&file.0).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    // Without a file it follows the address.
    let mut sim = simulator(["--tls"]);
    sim.running.signal("INT");
    let mut printed = String::new();
    let stdout = sim.running.child().stdout.as_mut().unwrap();
    stdout.read_to_string(&mut printed).unwrap();
    assert!(
        printed.starts_with("-----BEGIN CERTIFICATE-----")
            && printed.trim_end().ends_with("-----END CERTIFICATE-----"),
        "{printed}"
    );
    let done = run_command(tvfeed([
        "sim",
        "--tls",
        "--tls-ca",
        "/no/such/folder/ca.pem",
    ]));
    assert_eq!(done.status, Some(2), "{}", done.stderr);
}

#[test]
fn strangers_are_kept_out_if_asked() {
    let sim = simulator(["--check-origin"]);
    let head = format!("{UPGRADE}\r\nOrigin: https://example.com");
    let mut socket = TcpStream::connect(sim.address()).unwrap();
    write!(socket, "{head}\r\nHost: localhost\r\n\r\n").unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 403");
}
