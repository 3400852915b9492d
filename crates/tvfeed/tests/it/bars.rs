//! Bars: the recorded ones value for value, and those of the simulator in every shape.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use serde_json::Value;

use crate::program::{LONG, Running, recordings, run, simulator, tvfeed, wait_for_rows};

/// The bars of one series of a recording, as `[time, open, high, low, close, volume]`. Shares no
/// code with the program.
fn recorded(file: &Path, session: &str, series: &str) -> Vec<Vec<f64>> {
    let text = fs::read_to_string(file).unwrap();
    let mut bars = BTreeMap::new();
    // Payloads have no `~m~` inside in these recordings.
    for payload in text
        .split("~m~")
        .flat_map(str::lines)
        .filter(|part| part.starts_with('{'))
    {
        let message: Value = serde_json::from_str(payload).unwrap();
        if message["m"] != "timescale_update" || message["p"][0] != session {
            continue;
        }
        for bar in message["p"][1][series]["s"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let values: Vec<f64> = bar["v"]
                .as_array()
                .unwrap()
                .iter()
                .map(|value| value.as_f64().unwrap())
                .collect();
            bars.insert(values[0] as i64, values);
        }
    }
    bars.into_values().collect()
}

fn values(line: &Value) -> Vec<f64> {
    let mut values: Vec<f64> = ["time", "open", "high", "low", "close"]
        .iter()
        .map(|name| line[name].as_f64().unwrap())
        .collect();
    values.extend(line["volume"].as_f64());
    assert!(line["time"].is_i64());
    values
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn the_bars_of_a_recording_come_out_value_for_value() {
    let folder = recordings();
    let file = folder.join("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let expected = recorded(&file, "cs_coolbmbifjpi", "sds_1");
    assert_eq!(expected.len(), 8_000);
    let sim = simulator(["--play", file.to_str().unwrap()]);
    let line = format!(
        "bars NASDAQ:AAPL -i 1D -n 8000 --format ndjson --endpoint {}",
        sim.url
    );
    let done = run(&line);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let found: Vec<_> = done.json().iter().map(values).collect();
    assert!(
        found == expected,
        "{} bars against {}",
        found.len(),
        expected.len()
    );
    assert!(done.stdout.starts_with(r#"{"time":"#));
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn a_symbol_that_a_recording_lacks_is_refused() {
    let folder = recordings();
    let file = folder.join("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let sim = simulator(["--play", file.to_str().unwrap()]);
    let done = run(&format!(
        "bars NASDAQ:AAPL NO:SUCH -i 1D -n 8000 --format ndjson --endpoint {}",
        sim.url
    ));
    assert_eq!(done.status, Some(3));
    assert!(done.stderr.contains("NO:SUCH: refused"), "{}", done.stderr);
    let lines = done.json();
    assert_eq!(lines.len(), 8_000);
    assert!(lines.iter().all(|line| line["symbol"] == "NASDAQ:AAPL"));
    assert!(
        done.stdout
            .starts_with(r#"{"symbol":"NASDAQ:AAPL","time":"#)
    );
}

#[test]
fn two_symbols_are_distinguished_and_stand_in_the_order_asked() {
    let done = run("--sim bars BINANCE:BTCUSDT NASDAQ:AAPL -i 1h -n 5 --format ndjson");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let symbols: Vec<_> = done
        .json()
        .iter()
        .map(|line| line["symbol"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(symbols[..5], vec!["BINANCE:BTCUSDT"; 5]);
    assert_eq!(symbols[5..], vec!["NASDAQ:AAPL"; 5]);
    let csv = run("--sim bars BINANCE:BTCUSDT NASDAQ:AAPL -i 1h -n 2 --format csv");
    let lines: Vec<_> = csv.stdout.lines().collect();
    assert_eq!(lines[0], "symbol,time,open,high,low,close,volume,closed");
    assert_eq!(lines.len(), 5);
    let table = run("--sim bars NASDAQ:AAPL -i 1D -n 2");
    let lines: Vec<_> = table.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("TIME UTC") && lines[0].ends_with("VOLUME"));
}

#[test]
fn refusal_of_all_ends_with_three_and_leaves_no_file() {
    let folder = tempfile("refused");
    let file = folder.join("bars.csv");
    let done = run(&format!(
        "--sim bars NO:SUCH -i 1D --format csv -o {}",
        file.display()
    ));
    assert_eq!((done.status, done.stdout.as_str()), (Some(3), ""));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::remove_dir_all(folder).unwrap();
}

fn tempfile(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("tvfeed-test-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_file_takes_its_place_only_when_it_is_complete() {
    let folder = tempfile("complete");
    let file = folder.join("bars.ndjson");
    fs::write(&file, "old").unwrap();
    let done = run(&format!(
        "--sim bars NASDAQ:AAPL -i 1D -n 10 --format ndjson -o {}",
        file.display()
    ));
    assert_eq!((done.status, done.stdout.as_str()), (Some(0), ""));
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 10);
    assert!(
        text.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    let failed = run(&format!(
        "bars A:B -i 1D --endpoint ws://127.0.0.1:1/ -o {}",
        file.display()
    ));
    assert_eq!(failed.status, Some(4));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_device_is_written_and_not_replaced() {
    let done = run("--sim bars NASDAQ:AAPL -i 1D -n 10 -o /dev/null");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn following_writes_changes_of_the_open_bar_until_a_signal() {
    let mut command =
        tvfeed("--sim --sim-rate 50 bars SIM:AAPL -i 1S -n 3 --follow --format ndjson".split(' '));
    let mut running = Running(Some(command.stdout(Stdio::piped()).spawn().unwrap()));
    let mut lines = BufReader::new(running.child().stdout.take().unwrap()).lines();
    let read: Vec<Value> = lines
        .by_ref()
        .take(120)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    running.signal("INT");
    // What was under way is still read, so that the program can end.
    let rest = lines.count();
    assert_eq!(running.wait(LONG), Some(0), "{rest}");
    let times: Vec<_> = read
        .iter()
        .map(|bar| bar["time"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times[119] > times[2], "bars have closed: {times:?}");
    assert!(
        read[3..]
            .windows(2)
            .any(|pair| pair[0]["time"] == pair[1]["time"]),
        "the open bar has changed"
    );
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn two_symbols_of_two_more_recordings_come_out_at_once() {
    let folder = recordings();
    for (file, symbols) in [
        (
            "rolandolucio-tv-scraper.socketMsgs.recv.raw.txt",
            [
                ("BITSTAMP:BTCUSD", "cs_xkd21F2c6xIU", "s1", 300),
                ("NASDAQ:AAPL", "cs_MWY8N9BKPkOk", "s1", 300),
            ],
        ),
        (
            "tradingview-rs.socket_messages.raw.txt",
            [
                ("SP:SPX", "cs_HkkyfdFBmlYf", "sds_7", 368),
                ("TVC:RUT", "cs_qgmDV4kRhh9c", "sds_6", 2637),
            ],
        ),
    ] {
        let file = folder.join(file);
        let sim = simulator(["--play", file.to_str().unwrap()]);
        let [one, other] = symbols.map(|(symbol, ..)| symbol);
        let line = format!(
            "bars {one} {other} -i 1D -n 3000 --format ndjson --endpoint {}",
            sim.url
        );
        let done = run(&line);
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        let lines = done.json();
        for (symbol, session, series, count) in symbols {
            let expected = recorded(&file, session, series);
            assert_eq!(expected.len(), count, "{symbol}");
            let of_symbol = lines.iter().filter(|line| line["symbol"] == symbol);
            let found: Vec<_> = of_symbol.map(values).collect();
            assert!(
                found == expected,
                "{symbol}: {} bars against {}",
                found.len(),
                expected.len()
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_followed_file_takes_its_place_at_the_signal() {
    let folder = tempfile("followed");
    let file = folder.join("bars.ndjson");
    let line = format!(
        "--sim --sim-rate 100 bars SIM:AAPL -i 1S -n 3 --follow --format ndjson -o {}",
        file.display()
    );
    let mut running = Running(Some(tvfeed(line.split(' ')).spawn().unwrap()));
    wait_for_rows(&folder.join("bars.ndjson.part"), 10);
    assert!(!file.exists());
    running.signal("TERM");
    assert_eq!(running.wait(LONG), Some(0));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.lines().count() > 10);
    assert!(text.ends_with('\n'));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::remove_dir_all(folder).unwrap();
}
