//! Exit statuses, help, and what is refused before anything is sent.

use std::{io::Read, process::Stdio};

use crate::program::{LONG, Running, run, run_command, simulator, tvfeed};

#[test]
fn wrong_usage_ends_with_two_and_a_message_on_stderr() {
    for line in [
        "",
        "quote",
        "quote A:B --duration 10",
        "quote A:B --duration soon",
        "quote A:B --count 0",
        "quote A:B --count -1",
        "quote A:B --duration -5s",
        "bars A:B -i -5",
        "bars A:B -i 1D -n -5",
        "bars A:B -i 1D --follow --count none",
        "bars A:B -i 1D -o src",
        "quote A:B --fields ,",
        "quote A:B --format xml",
        "quote A:B --server other",
        "quote A:B --server data,other",
        "quote A:B --server data --endpoint ws://127.0.0.1:1/",
        "quote =A:B",
        "quote A:B --sim --endpoint ws://127.0.0.1:1/",
        "quote A:B --endpoint http://127.0.0.1:1/",
        "quote A:B --endpoint ws://example.com/",
        "bars A:B",
        "bars A:B -i fortnight",
        "bars A:B -i 1D -n 0",
        "bars A:B -i 1D -o /no/such/folder/file --sim",
        "decode /no/such/file",
        "decode /",
        "sim --rate -1",
        "sim --listen 0.0.0.0:0",
        "sim --listen here",
        "sim --play /no/such/file",
        "sim --faults /no/such/file",
        "sim --fault nonsense",
        "sim --speed 0",
        "sim --speed fast",
        "sim --epoch -1",
        "sim --epoch 2026",
        "sim --listen localhost:1",
        "sim --epoch 2026-01-01",
        "sim --max-connections 0",
        "sim --max-sessions 0",
        "sim --max-series few",
        "sim --max-studies -1",
        "sim --heartbeat 0s",
        "sim --hello 2020",
        "sim --token somebody",
        "sim --token-lifetime 0s",
        "sim --replay-shape round",
        "sim --replay-window ever",
        "sim --strategy-reports rar",
        "sim --profile 2020",
        "sim --tls-ca /tmp/ca.pem",
        "search",
        "search apple -n 0 --sim",
        "search apple --type house --sim",
        "search apple --country USA --sim",
        "search apple --sim --server data",
        "search apple --sim --no-reconnect",
        "search apple -o src --sim",
        "pine",
        "pine show RSI --sim",
        "news AAPL --sim",
        "calendar holidays",
        "statements",
        "watchlist",
        "drawings",
        "symbol",
        "symbol NASDAQ:AAPL,NASDAQ:MSFT --sim",
        "nonsense",
    ] {
        let done = run(line);
        assert_eq!(done.status, Some(2), "{line}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{line}");
        assert!(!done.stderr.is_empty(), "{line}");
    }
}

#[test]
fn values_below_zero_get_the_message_of_their_option() {
    for (line, message) in [
        ("bars A:B -i 1D -n -5", "`-5` is not a number of bars"),
        (
            "bars A:B -i 1D --follow --duration -5s",
            "`-5s` is not a valid duration",
        ),
        ("quote A:B --count -1", "`-1` is not a number of lines"),
        ("quote A:B --count 0", "`0` is not a number of lines"),
        ("bars A:B -i -5", "`-5` is not a valid interval"),
        ("sim --max-connections 0", "`0` is not a limit"),
        ("sim --rate -1", "`-1` is not a valid rate"),
    ] {
        let done = run(line);
        assert_eq!(done.status, Some(2), "{line}: {}", done.stderr);
        assert!(done.stderr.contains(message), "{line}: {}", done.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error_of_every_command() {
    for line in [
        "--help",
        "--version",
        "bars SIM:A -i 1D -n 3 --sim",
        "quote SIM:A --count 3 --format ndjson --sim",
        "sim",
    ] {
        let mut command = tvfeed(line.split(' '));
        let full = std::fs::File::create("/dev/full").unwrap();
        command.stdout(full).stderr(Stdio::piped());
        let done = Running(Some(command.spawn().unwrap())).output(LONG);
        assert_eq!(done.status, Some(1), "{line}: {}", done.stderr);
        assert_eq!(done.stderr.lines().count(), 1, "{line}: {}", done.stderr);
        assert!(
            done.stderr.starts_with("tvfeed: cannot write to stdout: "),
            "{line}: {}",
            done.stderr
        );
    }
}

#[test]
fn help_and_version_are_data() {
    for line in [
        "--help",
        "quote --help",
        "bars -h",
        "help decode",
        "sim --help",
        "--version",
    ] {
        let done = run(line);
        assert_eq!(done.status, Some(0), "{line}");
        assert!(
            done.stdout.contains("tvfeed") && done.stderr.is_empty(),
            "{line}"
        );
    }
}

#[test]
fn a_server_that_is_not_there_ends_with_four() {
    // No server listens on port 1 of this machine.
    for line in [
        "quote A:B --endpoint ws://127.0.0.1:1/",
        "bars A:B -i 1D --endpoint ws://127.0.0.1:1/",
    ] {
        let done = run(line);
        assert_eq!((done.status, done.stdout.as_str()), (Some(4), ""), "{line}");
        assert!(done.stderr.contains("127.0.0.1"), "{}", done.stderr);
    }
}

#[test]
fn a_token_goes_to_no_foreign_host_and_is_never_shown() {
    let token = "eyJhbGciOiJSUzUxMiJ9.CANARY-d41d8cd98f00b204";
    let mut foreign = tvfeed([
        "quote",
        "A:B",
        "--endpoint",
        "wss://tradingview.com.invalid/",
        "-vvv",
    ]);
    foreign.env("TV_AUTH_TOKEN", token);
    let done = run_command(foreign);
    assert_eq!(done.status, Some(5), "{}", done.stderr);
    assert!(!format!("{done:?}").contains("CANARY"));

    let sim = simulator(["-vvv"]);
    let line = [
        "quote",
        "SIM:AAPL",
        "--count",
        "3",
        "-vvv",
        "--endpoint",
        &sim.url,
    ];
    let mut local = tvfeed(line);
    local.env("TV_AUTH_TOKEN", token);
    let done = run_command(local);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("TRACE") || done.stderr.contains("DEBUG"));
    assert!(!format!("{done:?}").contains("CANARY"), "{}", done.stderr);
}

#[test]
fn a_refused_token_ends_with_five() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let token = "CANARY-d41d8cd98f00b204";
    let server = sim::SimServer::builder().bad_token(token.to_owned());
    let server = runtime.block_on(server.start()).unwrap();
    for line in ["quote NASDAQ:AAPL", "bars NASDAQ:AAPL -i 1D"] {
        let url = server.url();
        let line = format!("{line} --endpoint {url} -vv");
        let mut command = tvfeed(line.split(' '));
        command.env("TV_AUTH_TOKEN", token);
        let done = run_command(command);
        assert_eq!(done.status, Some(5), "{}", done.stderr);
        assert!(done.stderr.contains("refuses the token"), "{}", done.stderr);
        assert!(!format!("{done:?}").contains("CANARY"));
    }
    runtime.block_on(server.shutdown());
}

#[test]
fn a_lost_connection_without_reconnecting_ends_with_four() {
    let mut sim = simulator(["--rate", "100"]);
    let line = format!(
        "quote SIM:AAPL --format ndjson --no-reconnect --endpoint {}",
        sim.url
    );
    let mut command = tvfeed(line.split(' '));
    let mut feed = Running(Some(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    ));
    let mut byte = [0];
    feed.child()
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut byte)
        .unwrap();
    sim.running.child().kill().unwrap();
    let done = feed.output(LONG);
    assert_eq!(done.status, Some(4), "{}", done.stderr);
    assert!(!done.stderr.is_empty());
}

#[test]
fn of_several_servers_the_one_in_use_is_named_once_and_after_a_change() {
    let first = simulator(["--rate", "100"]);
    let second = simulator(["--rate", "100"]);
    let address = |url: &str| {
        let (_, rest) = url.split_once("://").unwrap();
        rest.split('/').next().unwrap().to_owned()
    };
    let line = format!(
        "quote SIM:AAPL --duration 8s --fields lp --format ndjson --endpoint {} --endpoint {}",
        first.url, second.url
    );
    let (one, other) = (address(&first.url), address(&second.url));
    let done = run(&format!(
        "quote SIM:AAPL --count 1 --endpoint ws://127.0.0.1:1/ --endpoint {}",
        second.url
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(
        done.stderr.contains(&format!("connected to {other}\n")),
        "{}",
        done.stderr
    );
    let mut command = tvfeed(line.split(' '));
    let mut feed = Running(Some(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    ));
    let mut byte = [0];
    let stdout = feed.child().stdout.as_mut().unwrap();
    stdout.read_exact(&mut byte).unwrap();
    drop(first);
    let done = feed.output(LONG);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let named = |word: &str, address: &str| {
        let line = format!("{word} {address}");
        done.stderr
            .lines()
            .filter(|said| said.ends_with(&line))
            .count()
    };
    let found = (
        named("connected to", &one),
        named("connected again, to", &other),
    );
    assert_eq!(found, (1, 1), "{}", done.stderr);
    assert_eq!(
        done.stderr.matches("connected").count(),
        2,
        "{}",
        done.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_simulator_ends_cleanly_by_either_signal() {
    for signal in ["INT", "TERM"] {
        let mut sim = simulator(["--seed", "3"]);
        sim.running.signal(signal);
        assert_eq!(sim.running.wait(LONG), Some(0), "{signal}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn too_few_descriptors_are_an_error_and_not_a_panic() {
    // With three the program cannot even be loaded.
    for limit in 4..16 {
        let line = format!(
            "ulimit -n {limit}; exec {} quote NASDAQ:AAPL --sim --count 1",
            env!("CARGO_BIN_EXE_tvfeed")
        );
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &line]).env_remove("TV_AUTH_TOKEN");
        let done = run_command(shell);
        assert!(
            [Some(0), Some(1), Some(4)].contains(&done.status),
            "{limit}: {:?} {}",
            done.status,
            done.stderr
        );
        assert!(
            !done.stderr.contains("panicked") && done.stderr.lines().count() <= 2,
            "{limit}: {}",
            done.stderr
        );
    }
}
