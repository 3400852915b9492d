//! `tvfeed check` against the simulator and against servers that answer as a test says.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use serde_json::Value;

use crate::program::{run, run_command, simulator, tvfeed};

/// An HTTP server that answers searches, and nothing else.
fn searches() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 8_192];
            let count = stream.read(&mut buffer).unwrap();
            let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
            let (status, body) = match request.starts_with("GET /symbol_search/v3/") {
                true => (
                    "200 OK",
                    r#"{"symbols_remaining":0,"symbols":[{"symbol":"AAPL","exchange":"NASDAQ","moon":"full"}]}"#,
                ),
                false => ("404 Not Found", r#"{"detail":"no CANARY"}"#),
            };
            let length = body.len();
            let _gone = write!(
                stream,
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
        }
    });
    address
}

fn outcome<'a>(report: &'a Value, name: &str) -> &'a Value {
    let steps = report["steps"].as_array().unwrap();
    steps
        .iter()
        .find(|step| step["step"] == name)
        .unwrap_or_else(|| panic!("{name}: {report}"))
}

#[test]
fn a_check_goes_from_the_name_to_each_endpoint() {
    let sim = simulator(["--rate", "50"]);
    let http = searches();
    let line = format!(
        "check NASDAQ:AAPL --json --endpoint {} --http-endpoint {http}",
        sim.url
    );
    let done = run(&line);
    let report = &done.json()[0];
    for name in [
        "name", "tcp", "greeting", "sign-in", "quote", "history", "study",
    ] {
        let step = outcome(report, name);
        assert!(
            ["ok", "differs"].contains(&step["outcome"].as_str().unwrap()),
            "{step}"
        );
        assert!(step["seconds"].as_f64().unwrap() < 15.0, "{step}");
    }
    for name in ["name", "tcp", "greeting", "sign-in"] {
        assert_eq!(outcome(report, name)["outcome"], "ok", "{report}");
    }
    assert_eq!(outcome(report, "tls")["outcome"], "skipped");
    let search = outcome(report, "search");
    assert_eq!(search["outcome"], "differs");
    let differences = search["differences"].to_string();
    assert!(
        differences.contains("symbols[].moon: is not a known key"),
        "{differences}"
    );
    assert!(
        differences.contains("symbols.0.type: is missing"),
        "{differences}"
    );
    for name in ["scan", "pine list", "news", "economic calendar", "minds"] {
        assert_eq!(outcome(report, name)["outcome"], "failed", "{report}");
    }
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    assert_eq!(report["check"]["as"], "a guest");
}

/// The steps that need a sign-in.
const OWN: [&str; 4] = ["token", "user's page", "watch-lists", "own scripts"];

#[test]
fn a_check_of_the_simulator_reaches_each_endpoint() {
    let done = run("check NASDAQ:AAPL --sim --json --layout SimShar1");
    let report = &done.json()[0];
    let steps = report["steps"].as_array().unwrap();
    for step in steps {
        assert_ne!(step["outcome"], "failed", "{step}");
    }
    for name in OWN {
        let step = outcome(report, name);
        assert_eq!(
            (&step["outcome"], &step["words"]),
            (&"skipped".into(), &"needs a sign-in".into())
        );
    }
    for name in [
        "older search",
        "symbol exists",
        "option chain",
        "values of fields",
        "pine source",
        "pine versions",
        "pine access",
        "story",
        "news of symbol",
        "older story",
        "dividends",
        "offers",
        "statements",
        "statement items",
        "layout",
        "drawings",
    ] {
        assert_ne!(
            outcome(report, name)["outcome"],
            "skipped",
            "{name} {report}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_check_of_an_account_asks_for_what_is_its_own_and_shows_none_of_it() {
    use crate::login::{Home, with_stdin};

    let home = Home::new("check");
    let command = |line: &str| {
        let mut command = tvfeed(line.split(' '));
        command.env("TVFEED_CONFIG_DIR", &home.0);
        command
    };
    let done = with_stdin(command("login --user premium --sim"), "simulated\n");
    assert_eq!(done.status, Some(0), "{done:?}");
    let done = run_command(command("check --sim --json"));
    let report = &done.json()[0];
    for name in OWN {
        let step = outcome(report, name);
        assert!(
            ["ok", "differs"].contains(&step["outcome"].as_str().unwrap()),
            "{step}"
        );
    }
    assert_eq!(outcome(report, "drawings")["outcome"], "skipped");
    assert_eq!(report["check"]["as"], "an account");
    // Neither the name, nor those of its lists and scripts, nor a token.
    let lists = run_command(command("watchlist list --sim --format ndjson"));
    let names = lists.json().into_iter().map(|list| list["name"].clone());
    for name in names.filter_map(|name| name.as_str().map(str::to_owned)) {
        assert!(!done.stdout.contains(&format!("\"{name}")), "{name}");
    }
    for secret in ["eyJ", "sessionid", "Priya", "41002"] {
        assert!(!done.stdout.contains(secret), "{secret}: {}", done.stdout);
    }
    let guest = run_command(command("check --sim --guest --json"));
    assert_eq!(outcome(&guest.json()[0], "token")["outcome"], "skipped");
}

#[test]
fn a_check_of_a_server_that_is_gone_still_asks_the_others() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut command = tvfeed(["check", "--endpoint"]);
    command.args([
        format!("ws://{gone}/"),
        "--http-endpoint".into(),
        searches(),
    ]);
    command.env("TV_AUTH_TOKEN", "eyJCANARY.e30.x");
    let done = run_command(command);
    let all = format!("{}{}", done.stdout, done.stderr);
    assert!(!all.contains("CANARY.e30") && !all.contains("eyJ"), "{all}");
    assert_eq!(done.status, Some(4), "{all}");
    for line in [
        "ok      name",
        "ok      token",
        "FAILED  tcp",
        "FAILED  greeting",
        "FAILED  sign-in",
        "skipped study",
        "differs search",
    ] {
        assert!(done.stdout.contains(line), "{line}: {all}");
    }
    assert!(done.stdout.contains(", as a token, NASDAQ:AAPL\n"), "{all}");
}
