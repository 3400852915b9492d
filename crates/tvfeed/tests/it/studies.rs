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

/// A strategy of the simulator, by its title.
fn strategy(rest: &str) -> crate::program::Done {
    let line = format!("strategy NASDAQ:AAPL supertrend_strategy --sim {rest}");
    run_command(tvfeed(words(&line)))
}

#[test]
fn the_figures_of_a_strategy_are_those_of_its_trades() {
    let folder = Home::new("strategy");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("trades.ndjson");
    let done = strategy(&format!("--format ndjson --trades {}", file.display()));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let rows = done.json();
    let figure = |name: &str| {
        let row = rows.iter().find(|row| row["figure"] == name).unwrap();
        row["all"].as_f64().unwrap()
    };
    let text = std::fs::read_to_string(&file).unwrap();
    let trades: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let closed: Vec<&Value> = trades
        .iter()
        .filter(|trade| trade["open"] == false)
        .collect();
    assert_eq!(closed.len(), figure("total_trades") as usize);
    let profit: f64 = closed
        .iter()
        .map(|trade| trade["profit"].as_f64().unwrap())
        .sum();
    assert!((profit - figure("net_profit")).abs() < 1e-6, "{profit}");
    for trade in closed {
        let number = |key: &str| trade[key].as_f64().unwrap();
        let gain = (number("exit_price") - number("entry_price")) * number("quantity");
        let sign = if trade["side"] == "long" { 1.0 } else { -1.0 };
        assert!((number("profit") - sign * gain).abs() < 1e-6, "{trade}");
        assert!(number("entry_time") < number("exit_time"), "{trade}");
    }
    // An indicator is not run at all.
    for name in ["RSI", "STD;RSI"] {
        let done = run(&format!("strategy NASDAQ:AAPL {name} --sim"));
        assert_eq!(done.status, Some(2), "{}", done.stderr);
        assert!(done.stderr.contains("is not a strategy"), "{}", done.stderr);
    }
}

#[test]
fn a_sweep_tries_each_combination_and_sorts_them() {
    let line = "--format ndjson --sweep ATR_Length=5..10:5 --sweep Factor=1..2:0.5";
    let done = strategy(line);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let rows = done.json();
    let profit = |row: &Value| row["net_profit"].as_f64().unwrap();
    assert_eq!(rows.len(), 6);
    assert!(
        rows.windows(2)
            .all(|pair| profit(&pair[0]) >= profit(&pair[1])),
        "{rows:?}"
    );
    // Each row has the figures of its own inputs, however many are computed at once.
    for row in &rows {
        let inputs = format!(
            "--format ndjson --input ATR_Length={} --input Factor={}",
            row["ATR Length"].as_str().unwrap(),
            row["Factor"].as_str().unwrap()
        );
        let alone = strategy(&inputs).json();
        assert_eq!(alone[0]["figure"], "net_profit");
        assert_eq!(alone[0]["all"], row["net_profit"], "{row}");
    }
    let rising = strategy(&format!("{line} --sort max_drawdown:asc --at-once 1")).json();
    let drawdown = |row: &Value| row["max_drawdown"].as_f64().unwrap();
    assert!(
        rising
            .windows(2)
            .all(|pair| drawdown(&pair[0]) <= drawdown(&pair[1])),
        "{rising:?}"
    );
}

#[test]
fn a_sweep_goes_on_where_an_earlier_one_has_stopped() {
    let folder = Home::new("sweep");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("sweep.ndjson");
    let resume = format!("--format ndjson --resume {}", file.display());
    let first = strategy(&format!("{resume} --sweep Factor=1..2"));
    assert_eq!(
        (first.status, first.json().len()),
        (Some(0), 2),
        "{}",
        first.stderr
    );
    // Cut, as by the end of a process.
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() - 10]).unwrap();
    let more = strategy(&format!("{resume} --sweep Factor=1..3"));
    assert_eq!(
        (more.status, more.json().len()),
        (Some(0), 3),
        "{}",
        more.stderr
    );
    assert!(
        more.stderr.contains("1 of 3 runs are done already"),
        "{}",
        more.stderr
    );
    let lines = std::fs::read_to_string(&file).unwrap();
    assert_eq!(lines.lines().count(), 4, "{lines}");
    // The inputs that do not change are others.
    let other = strategy(&format!(
        "{resume} --sweep Factor=1..3 --input ATR_Length=7"
    ));
    assert_eq!(other.status, Some(2), "{}", other.stderr);
    assert!(other.stderr.contains("another sweep"), "{}", other.stderr);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), lines);
}

#[test]
fn a_limit_of_studies_makes_a_sweep_slower_and_not_incomplete() {
    let sim = simulator(["--max-studies", "2"]);
    let line = format!(
        "strategy NASDAQ:AAPL supertrend_strategy --sweep Factor=1..6 --at-once 5 \
         --format ndjson --strict --endpoint {}",
        sim.url
    );
    let done = run_command(tvfeed(words(&line)));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(done.json().len(), 6);
    assert!(
        done.stderr.contains("may not have more studies"),
        "{}",
        done.stderr
    );
}

#[test]
fn sweeps_that_cannot_work_are_refused_before_the_first_run() {
    for (rest, words) in [
        ("--sweep length=1..3", "has no input `length`"),
        ("--sweep Factor=0..2:x", "numbers"),
        ("--sweep Factor=1..2 --sort luck", "`luck` is not a figure"),
        (
            "--sweep Factor=1..2 --input Factor=3",
            "by --sweep and by --input",
        ),
        ("--sweep Factor=1..2 --sweep factor=3..4", "given twice"),
        (
            "--sweep Factor=1..200 --sweep ATR_Length=1..200",
            "combinations",
        ),
        ("--sort net_profit --resume x", "--sweep"),
        ("--trades trades.parquet", ".ndjson"),
        ("--trades /no/such/folder/trades.csv", "cannot write"),
    ] {
        let done = strategy(rest);
        assert_eq!(done.status, Some(2), "{rest}: {}", done.stderr);
        assert!(done.stderr.contains(words), "{rest}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{rest}");
    }
}

#[test]
fn a_replay_shows_the_bars_of_the_market_from_its_start_to_the_present() {
    let bars = run("bars NASDAQ:AAPL -i 1D -n 60 --sim --format ndjson").json();
    let closed: Vec<&Value> = bars.iter().filter(|bar| bar["closed"] == true).collect();
    let begin = closed[10]["time"].as_i64().unwrap();
    let at = |time: i64| client_time(time);
    let line = format!(
        "replay NASDAQ:AAPL --from {} --sim --format ndjson",
        at(begin)
    );
    let done = run(&line);
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""));
    let shown = done.json();
    let values = |bar: &Value| {
        ["time", "open", "high", "low", "close"].map(|key| bar[key].as_f64().unwrap())
    };
    let expected: Vec<_> = closed[10..].iter().map(|bar| values(bar)).collect();
    let found: Vec<_> = shown.iter().map(values).collect();
    // The replay may end one bar before the present: the last one is not closed there.
    assert!(expected.starts_with(&found), "{found:?}\n{expected:?}");
    assert!(
        found.len() + 1 >= expected.len(),
        "{} of {}",
        found.len(),
        expected.len()
    );
    let few = run(&format!("{line} --step 3")).json();
    assert_eq!(few[..], shown[..3]);
    let paced = run(&format!("{line} --every 100ms --count 3")).json();
    assert_eq!(paced[..], shown[..3]);
}

/// Unix seconds as the command line takes them.
fn client_time(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap();
    time.to_string()
}

#[test]
fn replays_that_cannot_be_are_refused_with_words() {
    for (line, status, words) in [
        ("replay NASDAQ:AAPL --sim", 2, "--from"),
        ("replay NASDAQ:AAPL --from soon --sim", 2, "2026-01-31"),
        (
            "replay NASDAQ:AAPL --from 2026-01-31 --every 10ms --sim",
            2,
            "100ms or more",
        ),
        (
            "replay NASDAQ:AAPL --from 2026-01-31 --step 0 --sim",
            2,
            "--step",
        ),
        (
            "replay NASDAQ:AAPL --from 2026-01-31 --step 2 --every 1s --sim",
            2,
            "cannot be used",
        ),
        (
            "replay NASDQ:AAPL --from 2026-01-31 --sim",
            3,
            "did you mean NASDAQ:AAPL",
        ),
        ("events NASDAQ:AAPL --type births --sim", 2, "earnings"),
        ("events NASDQ:AAPL --sim", 3, "did you mean NASDAQ:AAPL"),
    ] {
        let done = run(line);
        assert_eq!(done.status, Some(status), "{line}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{line}");
        assert!(done.stderr.contains(words), "{line}: {}", done.stderr);
    }
}

#[test]
fn events_are_in_the_order_of_their_times_and_of_the_kinds_that_were_asked_for() {
    let all = run("events NASDAQ:AAPL --sim --format ndjson").json();
    let kinds: std::collections::BTreeSet<_> = all
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains("earnings") && kinds.contains("dividends"),
        "{kinds:?}"
    );
    let times: Vec<i64> = all
        .iter()
        .map(|row| row["time"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let some = run("events NASDAQ:AAPL --type dividends --sim --format ndjson").json();
    assert!(!some.is_empty() && some.iter().all(|row| row["kind"] == "dividends"));
    for row in &some {
        assert!(row["values"]["amount"].as_f64().unwrap() > 0.0, "{row}");
    }
}
