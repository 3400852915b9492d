//! Studies: their values under their names, scripts, drawings, and what a person gets wrong.

use std::{fs::File, process::Stdio};

use serde_json::Value;

use crate::{
    login::Home,
    program::{LONG, Running, run, run_command, simulator, tvfeed, wait_for_rows},
};

/// A line of arguments, with `_` for a blank within one.
fn words(line: &str) -> Vec<String> {
    line.split(' ').map(|word| word.replace('_', " ")).collect()
}

#[test]
fn the_catalogue_is_listed_offline_with_inputs_and_plots() {
    let all = run("studies --format ndjson").json();
    assert!(all.len() > 70, "{}", all.len());
    for study in &all {
        assert!(
            study["name"].is_string() && study["inputs"].is_array(),
            "{study}"
        );
    }
    let found = run("studies RSI --format ndjson").json();
    assert_eq!(found[0]["name"], "RSI", "an exact name comes first");
    assert_eq!(found[0]["inputs"][0]["id"], "length");
    assert_eq!(found[0]["inputs"][0]["default"], 14);
    assert_eq!(
        found[0]["plots"],
        serde_json::json!(["RelativeStrengthIndex"])
    );
    let table = run("studies rsi");
    assert!(table.stdout.contains("\ninput  length"), "{}", table.stdout);
    let done = run("studies nothing --strict");
    assert_eq!((done.status, done.stdout.as_str()), (Some(6), ""));
    assert!(
        done.stderr.contains("tvfeed pine search"),
        "{}",
        done.stderr
    );
    let done = run("studies rsi --sim");
    assert_eq!(done.status, Some(2));
}

#[test]
fn values_stand_under_the_names_of_their_plots() {
    let bars = run("bars NASDAQ:AAPL -i 1D -n 30 --sim --format ndjson").json();
    let line = "study NASDAQ:AAPL BB --input length=5 -n 30 --sim --format ndjson";
    let rows = run(line).json();
    let times = |rows: &[Value]| {
        rows.iter()
            .map(|row| row["time"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        times(&rows),
        times(&bars),
        "a row for each bar that was asked for"
    );
    for (row, window) in rows[4..].iter().zip(bars.windows(5)) {
        let closes = window.iter().map(|bar| bar["close"].as_f64().unwrap());
        let mean = closes.sum::<f64>() / 5.0;
        let basis = row["Basis"].as_f64().unwrap();
        assert!((basis - mean).abs() < 1e-9, "{row} {mean}");
        assert!(row["Lower"].as_f64() < row["Basis"].as_f64(), "{row}");
        assert!(row["Basis"].as_f64() < row["Upper"].as_f64(), "{row}");
    }
    assert_eq!(
        rows.last().unwrap()["closed"],
        bars.last().unwrap()["closed"]
    );
}

#[test]
fn scripts_are_found_by_id_and_by_title_and_take_their_inputs_by_name() {
    for name in ["STD;RSI", "Supertrend", "supertrend_strategy"] {
        let line = format!("study NASDAQ:AAPL {name} -n 40 --sim --format csv");
        let done = run_command(tvfeed(words(&line)));
        assert_eq!(done.status, Some(0), "{name}: {}", done.stderr);
        assert_eq!(done.stdout.lines().count(), 41, "{name}");
    }
    let line = "study NASDAQ:AAPL STD;Supertrend --input Factor=0.5 -n 40 --sim --format csv";
    let narrow = run(line).stdout;
    assert!(narrow.starts_with("time,Up Trend,Down Trend,"), "{narrow}");
    assert_ne!(narrow, run(&line.replace("0.5", "5")).stdout);
}

#[test]
fn mistakes_are_pointed_at_before_anything_is_computed() {
    for (line, status, words) in [
        (
            "study NASDAQ:AAPL supertrnd --sim",
            2,
            "did you mean Supertrend?",
        ),
        (
            "study NASDAQ:AAPL nothing --sim",
            2,
            "`tvfeed studies` lists",
        ),
        (
            "study NASDAQ:AAPL RSI --input lenght=5 --sim",
            2,
            "did you mean `length`?",
        ),
        (
            "study NASDAQ:AAPL RSI --input length=0 --sim",
            2,
            "at least 1",
        ),
        (
            "study NASDAQ:AAPL RSI --input length --sim",
            2,
            "such as length=20",
        ),
        (
            "study NASDAQ:AAPL RSI --input length=1 --input length=2 --sim",
            2,
            "given twice",
        ),
        (
            "study NASDAQ:AAPL STD;RSI --input nonsense=5 --sim",
            2,
            "has no input `nonsense`",
        ),
        (
            "study NASDAQ:AAPL STD;Nothing --sim",
            3,
            "no script has the id STD;Nothing",
        ),
        (
            "study NASDAQ:AAPL USER;1 --sim",
            5,
            "sign in with the account that wrote it",
        ),
        ("study NASDAQ:AAPL @tv --sim", 2, "is not the id of a study"),
        ("study NASDQ:AAPL RSI --sim", 3, "did you mean NASDAQ:AAPL"),
        ("study NASDAQ:AAPL RSI --duration 5s --sim", 2, "--follow"),
        (
            "study NASDAQ:AAPL RSI --no-reconnect --endpoint ws://127.0.0.1:1/",
            4,
            "127.0.0.1:1",
        ),
    ] {
        let done = run(line);
        assert_eq!(done.status, Some(status), "{line}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{line}");
        assert!(done.stderr.contains(words), "{line}: {}", done.stderr);
    }
}

#[test]
fn an_invite_only_script_names_what_is_missing() {
    let invited = "PUB;5100000000000000000000000000020a";
    let done = run(&format!("study NASDAQ:AAPL {invited} --sim"));
    assert_eq!(done.status, Some(5), "{}", done.stderr);
    for words in [
        "private or invite-only",
        "a guest may not use it",
        "tvfeed login",
    ] {
        assert!(done.stderr.contains(words), "{}", done.stderr);
    }
}

#[test]
fn drawings_are_rows_of_their_own() {
    let done = run("study NASDAQ:AAPL SIM;GRAPHICS --graphics --sim --format ndjson");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let rows = done.json();
    let kinds: std::collections::BTreeSet<_> = rows
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains("dwglabels") && kinds.len() > 2, "{kinds:?}");
    for row in &rows {
        assert_eq!(row["drawing"]["id"], row["id"], "{row}");
    }
    let done = run("study NASDAQ:AAPL RSI --graphics --sim --strict");
    assert_eq!(done.status, Some(6), "{}", done.stderr);
    assert!(done.stderr.contains("has drawn nothing"), "{}", done.stderr);
}

#[test]
fn a_study_that_is_followed_closes_each_bar_once() {
    let line = "study BINANCE:BTCUSDT RSI -i 1S -n 5 --follow --count 40 --sim --format ndjson";
    let done = run(line);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let rows = done.json();
    assert_eq!(rows.len(), 45);
    let closed = rows.iter().filter(|row| row["closed"] == true);
    let times: Vec<i64> = closed.map(|row| row["time"].as_i64().unwrap()).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert!(times.len() > 5, "{times:?}");
}

#[test]
fn a_cut_connection_is_reported_and_no_bar_is_lost_or_written_twice() {
    let sim = simulator([
        "--rate",
        "20",
        "--fault",
        "when connection 1 and kind du and nth 30 do reset",
    ]);
    let folder = Home::new("study-cut");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("mean.ndjson");
    let line = format!(
        "study BINANCE:BTCUSDT MASimple -i 1S -n 5 --follow --endpoint {} -o {}",
        sim.url,
        file.display()
    );
    let mut command = tvfeed(line.split(' '));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(Some(command.spawn().unwrap()));
    wait_for_rows(&file.with_extension("ndjson.part"), 100);
    running.signal("INT");
    let done = running.output(LONG);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("connected again"), "{}", done.stderr);
    let text = std::fs::read_to_string(&file).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let closed = rows.iter().filter(|row| row["closed"] == true);
    let times: Vec<i64> = closed.map(|row| row["time"].as_i64().unwrap()).collect();
    assert!(
        times.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{times:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_ends_the_command() {
    for line in [
        "study NASDAQ:AAPL RSI --sim",
        "study BINANCE:BTCUSDT RSI -i 1S --follow --sim",
        "studies",
    ] {
        let mut command = tvfeed(line.split(' '));
        let full = File::options().write(true).open("/dev/full").unwrap();
        command.stdout(full).stderr(Stdio::piped());
        let done = Running(Some(command.spawn().unwrap())).output(LONG);
        assert_eq!(done.status, Some(1), "{line}: {}", done.stderr);
        assert!(
            done.stderr.contains("cannot write to stdout"),
            "{}",
            done.stderr
        );
    }
}
