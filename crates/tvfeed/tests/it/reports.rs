//! What is missing, late or wrong is reported by name.

use std::{collections::BTreeSet, io::Write, process::Stdio};

use serde_json::json;

use crate::{
    program::{Running, run, run_command, simulator, tvfeed},
    scripted::{bars, completed, resolved, rows, serve},
};

#[test]
fn fewer_bars_than_requested_are_reported_and_strict_makes_them_an_error() {
    let sim = simulator(["--strict-limits"]);
    let line = format!(
        "bars SIM:A -i 1 -n 20000 --format csv --endpoint {}",
        sim.url
    );
    let done = run(&line);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let note = "SIM:A: 5,000 of 20,000 bars: the account may not see earlier ones";
    assert!(done.stderr.contains(note), "{}", done.stderr);
    assert_eq!(done.stdout.lines().count(), 5_001);
    let strict = run(&format!("{line} --strict"));
    assert_eq!(strict.status, Some(6), "{}", strict.stderr);
    assert_eq!(strict.stdout.lines().count(), 5_001);
}

#[test]
fn a_short_first_answer_is_followed_up_until_the_server_says_why() {
    let mut have = 0;
    let url = serve(move |method, params| match (method, params) {
        ("resolve_symbol", [chart, ..]) => vec![resolved(chart)],
        ("create_series", [chart, _, turnaround, ..]) => {
            have = 30;
            let page = rows(chart, turnaround, &bars(0..30));
            vec![page, completed(chart, turnaround, json!({}))]
        }
        ("request_more_data", [chart, ..]) if have < 70 => {
            have += 10;
            let page = rows(chart, &json!("s1"), &bars(30 - have..40 - have));
            vec![page, completed(chart, &json!("s1"), json!({}))]
        }
        ("request_more_data", [chart, ..]) => {
            let end = json!({ "data_completed": "end" });
            vec![completed(chart, &json!("s1"), end)]
        }
        _ => Vec::new(),
    });
    let line = |count| format!("bars A:B -i 1 -n {count} --format csv --strict --endpoint {url}");
    let whole = run(&line(70));
    assert_eq!((whole.status, whole.stderr.as_str()), (Some(0), ""));
    assert_eq!(whole.stdout.lines().count(), 71);
    let short = run(&line(80));
    assert_eq!(short.status, Some(6), "{}", short.stderr);
    let note = "A:B: 70 of 80 bars: the server's history begins there";
    assert!(short.stderr.contains(note), "{}", short.stderr);
    assert_eq!(short.stdout.lines().count(), 71);
}

#[test]
fn an_odd_row_is_reported_and_costs_no_other() {
    for odd in [
        json!([1_790_726_460, 12]),
        json!(null),
        json!([]),
        json!({}),
        json!([1_790_726_460, "12", 13, 11, 12]),
    ] {
        let mut values = bars([0, 2]);
        values.insert(1, odd);
        let url = serve(move |method, params| match (method, params) {
            ("resolve_symbol", [chart, ..]) => vec![resolved(chart)],
            ("create_series", [chart, _, turnaround, ..]) => {
                let end = json!({ "data_completed": "end" });
                let page = rows(chart, turnaround, &values);
                vec![page, completed(chart, turnaround, end)]
            }
            _ => Vec::new(),
        });
        let done = run(&format!(
            "bars A:B -i 1 -n 2 --format csv --strict --endpoint {url}"
        ));
        assert_eq!(done.status, Some(6), "{}", done.stderr);
        assert_eq!(done.stdout.lines().count(), 3, "{}", done.stdout);
        let note = "A:B: skipped the row at index 1";
        assert!(done.stderr.contains(note), "{}", done.stderr);
    }
}

#[test]
fn the_reason_of_a_refusal_is_written_whole_and_filled_in() {
    let long = "unsupported resolution ".repeat(100);
    for (reason, expected) in [
        (json!(long), long.as_str()),
        (
            json!({
                "error": "{what} must be > {least}",
                "ctx": { "what": "length", "least": 0, "code": "RE10001" },
            }),
            "length must be > 0 (code: RE10001)",
        ),
    ] {
        let url = serve(move |method, params| match (method, params) {
            ("create_series", [chart, series, turnaround, ..]) => {
                let params = json!([chart, series, turnaround, reason, "node"]);
                vec![json!({ "m": "series_error", "p": params })]
            }
            _ => Vec::new(),
        });
        let done = run(&format!("bars A:B -i 1 -n 2 --endpoint {url}"));
        assert_eq!(done.status, Some(3), "{}", done.stderr);
        assert!(done.stderr.contains(expected), "{}", done.stderr);
    }
}

#[test]
fn the_group_of_a_quote_that_needs_a_permission_is_written() {
    let url = serve(move |method, params| match (method, params) {
        ("quote_add_symbols", [session, name, ..]) => {
            let quote = json!({
                "n": name, "s": "permission_denied", "errmsg": "Permission denied",
                "v": { "alternative": "economics_paid" },
            });
            vec![json!({ "m": "qsd", "p": [session, quote] })]
        }
        _ => Vec::new(),
    });
    let done = run(&format!("quote A:B --format csv --endpoint {url}"));
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    let words = "Permission denied (alternative: economics_paid)";
    assert!(done.stderr.contains(words), "{}", done.stderr);
}

#[test]
fn the_servers_last_words_are_written_when_the_client_gives_up() {
    let sim = simulator([
        "--fault",
        "when kind series_completed do protocol-error \"maintenance\"",
        "--fault",
        "when kind series_completed do drop",
    ]);
    let line = format!("bars SIM:A -i 1D --timeout 3s --endpoint {}", sim.url);
    let done = run(&line);
    assert_eq!(done.status, Some(4), "{}", done.stderr);
    let words = "no answer within 3 s; the server last said: maintenance";
    assert!(done.stderr.contains(words), "{}", done.stderr);
}

#[test]
fn a_symbol_without_bars_is_reported_and_has_no_heading() {
    let done = run("bars NYSE:FRESH -i 1D -n 5 --sim --format csv");
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (Some(0), ""),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("NYSE:FRESH: no bars"),
        "{}",
        done.stderr
    );
    let refused = run("bars NO:SUCH -i 1D --sim --format csv");
    assert_eq!((refused.status, refused.stdout.as_str()), (Some(3), ""));
}

#[test]
fn a_history_that_does_not_come_is_reported_before_it_is_given_up() {
    let sim = simulator([
        "--fault",
        "when kind timescale_update|series_completed do drop",
    ]);
    let done = run(&format!(
        "bars SIM:A -i 1D --report-after 1s --timeout 4s --endpoint {}",
        sim.url
    ));
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (Some(4), ""),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("SIM:A: no answer for 1 s"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("SIM:A: no answer within 4 s"),
        "{}",
        done.stderr
    );
}

#[test]
fn quotes_that_do_not_come_are_reported_by_name() {
    let fault = "when kind qsd|quote_completed and containing \"SIM:B\" do drop";
    let sim = simulator(["--fault", fault]);
    let line = format!(
        "quote SIM:A SIM:B --format csv --fields lp --report-after 1s --duration 3s --endpoint {}",
        sim.url
    );
    let done = run(&line);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let note = "SIM:B: no quotes after 1 s; still waiting";
    assert!(done.stderr.contains(note), "{}", done.stderr);
    assert!(!done.stderr.contains("SIM:A"), "{}", done.stderr);
    let strict = run(&format!("{line} --strict"));
    assert_eq!(strict.status, Some(6), "{}", strict.stderr);
    let short = run(&line.replace("--report-after 1s --duration 3s", "--duration 1s"));
    assert!(
        short.stderr.contains("SIM:B: no quotes received"),
        "{}",
        short.stderr
    );
}

#[test]
fn a_symbol_that_voids_quote_sessions_is_refused_and_others_continue() {
    let fault = "when kind qsd and containing \"SIM:B\" do critical-error \"something is wrong\"";
    let sim = simulator(["--rate", "20", "--fault", fault]);
    let line =
        "quote SIM:A SIM:B SIM:C --format ndjson --fields lp,volume --duration 9s --endpoint";
    let done = run(&format!("{line} {}", sim.url));
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    let note = "SIM:B: refused: something is wrong";
    assert_eq!(done.stderr.matches(note).count(), 1, "{}", done.stderr);
    assert!(
        done.stderr
            .contains("(something is wrong); trying again in"),
        "{}",
        done.stderr
    );
    for symbol in ["SIM:A", "SIM:C"] {
        let lines = done.json();
        let lines = lines.iter().filter(|line| line["symbol"] == symbol);
        assert!(lines.count() > 20, "{symbol}: {}", done.stderr);
    }
}

#[test]
fn quotes_that_the_server_has_no_room_for_end_with_its_words() {
    let fault = "when kind qsd do critical-error \"max sessions rate reached\"";
    let sim = simulator(["--fault", fault]);
    let line = "quote SIM:A --format ndjson --fields lp --duration 3s --endpoint";
    let done = run(&format!("{line} {}", sim.url));
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (Some(3), ""),
        "{}",
        done.stderr
    );
    let last = "the server has allowed no quotes: max sessions rate reached";
    assert!(done.stderr.contains(last), "{}", done.stderr);
    let pauses = done.stderr.matches("trying again in").count();
    assert!((3..=5).contains(&pauses), "{}", done.stderr);
}

#[test]
fn unknown_fields_are_reported_with_a_suggestion() {
    for (field, note) in [
        ("LP", "no symbol has the field `LP`; did you mean `lp`?"),
        ("change_percent", "did you mean `chp`?"),
        (
            "nothing_like_it",
            "no symbol has the field `nothing_like_it`",
        ),
    ] {
        let done = run(&format!(
            "quote SIM:A --sim --count 1 --format csv --fields lp,{field}"
        ));
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert!(done.stderr.contains(note), "{}", done.stderr);
    }
}

#[test]
fn delayed_data_is_reported_once() {
    let sim = simulator(["--strict-limits"]);
    let done = run(&format!(
        "bars SIM:LATE -i 1 -n 3 --format ndjson --endpoint {}",
        sim.url
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stderr.matches("SIM:LATE: delayed by 15 min").count(),
        1
    );
    assert!(done.json().iter().all(|line| line["delay"] == 900));
    let done = run(&format!(
        "quote SIM:LATE --fields lp --count 1 --format csv --endpoint {}",
        sim.url
    ));
    assert_eq!(
        done.stderr.matches("SIM:LATE: delayed by 15 min").count(),
        1,
        "{}",
        done.stderr
    );
    assert_eq!(done.stdout.lines().next(), Some("symbol,lp"));
}

#[test]
fn the_last_bar_is_closed_when_its_market_has_closed() {
    // Saturday, 28 November 2026, noon UTC.
    let sim = simulator(["--epoch", "1795867200000", "--rate", "20"]);
    let line = |symbol: &str| {
        format!(
            "bars {symbol} -i 1D -n 3 --format ndjson --endpoint {}",
            sim.url
        )
    };
    let closed = |symbol: &str| {
        let done = run(&line(symbol));
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        let lines = done.json();
        let closed = lines.iter().map(|line| line["closed"].as_bool().unwrap());
        closed.collect::<Vec<_>>()
    };
    assert_eq!(closed("SIM:A"), [true, true, false]);
    assert_eq!(closed("NASDAQ:AAPL"), [true, true, true]);
}

#[test]
fn refusals_have_a_hint() {
    let interval = run("bars SIM:A -i 7 --sim");
    assert_eq!(interval.status, Some(3));
    assert!(
        interval.stderr.contains("guests may use 1, 3, 5"),
        "{}",
        interval.stderr
    );
    let address = run("quote A:B --endpoint 127.0.0.1:8080");
    assert_eq!(address.status, Some(2));
    assert!(
        address.stderr.contains("write ws://127.0.0.1:8080/"),
        "{}",
        address.stderr
    );
    let refused = run("quote A:B --endpoint ws://127.0.0.1:1/");
    assert!(refused.stderr.contains("127.0.0.1:1"), "{}", refused.stderr);
}

#[test]
fn a_token_with_blanks_is_refused_and_not_shown() {
    for token in ["CANARY one", "CANARY\ntwo", "CANARY\tthree"] {
        let mut command = tvfeed(["quote", "A:B", "--endpoint", "ws://127.0.0.1:1/"]);
        command.env("TV_AUTH_TOKEN", token);
        let done = run_command(command);
        assert_eq!(done.status, Some(2), "{}", done.stderr);
        assert!(
            done.stderr.contains("blanks or line breaks"),
            "{}",
            done.stderr
        );
        assert!(!format!("{done:?}").contains("CANARY"));
    }
}

#[test]
fn the_simulator_does_not_look_at_the_token() {
    let mut command = tvfeed(["quote", "SIM:A", "--sim", "--count", "1"]);
    command.env("TV_AUTH_TOKEN", "CANARY one");
    let done = run_command(command);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(!format!("{done:?}").contains("CANARY"));
}

#[test]
fn nothing_but_messages_is_written_where_stderr_is_not_a_terminal() {
    let done = run("bars SIM:A SIM:B -i 1 -n 20000 --sim --format csv");
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""));
}

#[test]
fn symbols_come_from_a_file_or_stdin_too() {
    let mut command = tvfeed("bars SIM:A --symbols - -i 1D -n 1 --sim --format csv".split(' '));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running(Some(command.spawn().unwrap()));
    let mut stdin = running.child().stdin.take().unwrap();
    stdin.write_all(b"# mine\n\nSIM:B\nSIM:A\n").unwrap();
    drop(stdin);
    let done = running.output(std::time::Duration::from_secs(30));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let symbols: Vec<_> = done.stdout.lines().skip(1).map(|line| &line[..5]).collect();
    assert_eq!(symbols, ["SIM:A", "SIM:B"]);
    let missing = run("bars --symbols /no/such/file -i 1D --sim");
    assert_eq!(missing.status, Some(2));
}

#[test]
fn only_real_changes_of_a_quote_are_written() {
    let fields = ["lp", "volume", "bid", "ask"];
    let line = "--sim --sim-rate 50 quote SIM:A --format ndjson --count 40 --fields";
    let done = run(&format!("{line} {}", fields.join(",")));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let lines = done.json();
    assert_eq!(lines.len(), 40);
    for pair in lines.windows(2) {
        let differs = |name: &&str| pair[0]["fields"][name] != pair[1]["fields"][name];
        let changed: Vec<_> = fields.iter().filter(|name| differs(name)).collect();
        assert!(!changed.is_empty(), "{pair:?}");
        let listed = pair[1]["changed"].as_array().unwrap();
        let listed: BTreeSet<_> = listed.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(listed, changed.into_iter().copied().collect());
    }
}

#[test]
fn following_ends_after_the_lines_or_the_time_asked_for() {
    let done = run("--sim --sim-rate 50 bars SIM:A -i 1S -n 4 --follow --count 6 --format csv");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(done.stdout.lines().count(), 1 + 4 + 6);
    let done =
        run("--sim --sim-rate 50 bars SIM:A -i 1S -n 4 --follow --duration 1.5s --format csv");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(done.stdout.lines().count() > 1 + 4);
}

#[test]
fn tables_fit_eighty_columns() {
    for line in [
        "bars BINANCE:BTCUSDT NASDAQ:AAPL -i 1S -n 3 --sim",
        "bars NASDAQ:AAPL -i 1D -n 3 --sim",
        "quote BINANCE:BTCUSDT NASDAQ:AAPL --count 4 --sim",
    ] {
        let done = run(line);
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        let widths: Vec<_> = done
            .stdout
            .lines()
            .map(|line| line.chars().count())
            .collect();
        assert!(
            widths.len() > 3 && widths.iter().all(|width| *width <= 80),
            "{}",
            done.stdout
        );
    }
}

#[test]
fn options_of_a_symbol_reach_the_server() {
    // Half an hour after the opening in New York, 4 March 2026.
    let sim = simulator(["--epoch", "1772636400000"]);
    let bars = |options: &str| {
        let done = run(&format!(
            "bars NASDAQ:AAPL -i 60 -n 40 --format csv --endpoint {} {options}",
            sim.url
        ));
        assert_eq!(done.status, Some(0), "{options}: {}", done.stderr);
        // The open bar changes meanwhile.
        let closed = done.stdout.lines().filter(|row| row.ends_with(",true"));
        let closed: Vec<_> = closed.map(str::to_owned).collect();
        assert_eq!(closed.len(), 39, "{options}: {}", done.stdout);
        closed
    };
    let regular = bars("");
    assert_eq!(bars("--session regular --adjustment splits"), regular);
    assert_ne!(bars("--session extended"), regular);
    assert_ne!(bars("--currency EUR"), regular);
    assert_ne!(bars("--chart-type heikin-ashi"), regular);
}

#[test]
fn one_symbol_that_is_refused_later_does_not_end_the_others() {
    let sim = simulator([
        "--rate",
        "40",
        "--fault",
        "when connection 1 and kind du and nth 9 do reset",
        "--fault",
        "when connection 2 and kind symbol_resolved and containing \"SIM:B\" do symbol-error \"gone\"",
    ]);
    let done = run(&format!(
        "bars SIM:A SIM:B -i 1S -n 3 --follow --count 80 --format ndjson --endpoint {}",
        sim.url
    ));
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    assert_eq!(
        done.stderr.matches("SIM:B: refused: gone").count(),
        1,
        "{}",
        done.stderr
    );
    let lines = done.json();
    assert_eq!(lines.len(), 2 * 3 + 80);
    let last = lines.iter().rev().take(20);
    assert!(
        last.into_iter().all(|line| line["symbol"] == "SIM:A"),
        "it goes on"
    );
}

#[test]
fn a_symbol_whose_data_cannot_be_read_is_named_and_the_others_continue() {
    let url = serve(|method, params| match (method, params) {
        ("quote_add_symbols", [session, names @ ..]) => {
            let answers = names.iter().flat_map(|name| {
                let values = match name.as_str() {
                    Some("A:BAD") => json!([1, 2]),
                    _ => json!({ "lp": 1.5 }),
                };
                let quote = json!({ "n": name, "s": "ok", "v": values });
                let completed = json!({ "m": "quote_completed", "p": [session, name] });
                [json!({ "m": "qsd", "p": [session, quote] }), completed]
            });
            answers.collect()
        }
        _ => Vec::new(),
    });
    let line = "quote A:GOOD A:BAD A:OTHER --fields lp --format csv --duration 3s --strict -v";
    let done = run(&format!("{line} --endpoint {url}"));
    assert_eq!(done.status, Some(6), "{}", done.stderr);
    let rows: BTreeSet<&str> = done.stdout.lines().skip(1).collect();
    assert_eq!(rows, BTreeSet::from(["A:GOOD,1.5", "A:OTHER,1.5"]));
    let reports = done
        .stderr
        .lines()
        .filter(|line| line.starts_with("tvfeed: A:BAD: "));
    let reports: Vec<&str> = reports.collect();
    let skipped = reports
        .iter()
        .filter(|line| line.contains("a message was skipped: "));
    assert_eq!(skipped.count(), 1, "{}", done.stderr);
    assert!(!done.stderr.contains("A:GOOD: ") && !done.stderr.contains("A:OTHER: "));
    // The log names it, too.
    let logged = "values of a symbol could not be read symbol=A:BAD";
    assert!(done.stderr.contains(logged), "{}", done.stderr);
}

#[test]
fn a_live_row_that_cannot_be_read_is_named_in_the_report_and_in_the_log() {
    let mut loads = 0;
    let url = serve(move |method, params| match (method, params) {
        ("resolve_symbol", [chart, ..]) => vec![resolved(chart)],
        ("create_series", [chart, series, turnaround, ..]) => {
            loads += 1;
            let end = json!({ "data_completed": "end" });
            let page = rows(chart, turnaround, &bars(0..3));
            let mut answers = vec![page, completed(chart, turnaround, end)];
            if loads == 1 {
                let row = json!({ "i": 3, "v": [1_790_726_580, "10", 12, 9, 11] });
                let update = json!({ series.as_str().unwrap(): { "s": [row], "t": turnaround } });
                answers.push(json!({ "m": "du", "p": [chart, update] }));
            }
            answers
        }
        _ => Vec::new(),
    });
    let line = "bars A:B -i 1 -n 3 --format csv --follow --duration 2s -v";
    let done = run(&format!("{line} --endpoint {url}"));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let report = done
        .stderr
        .lines()
        .find(|line| line.starts_with("tvfeed: A:B: skipped: "));
    assert!(
        report.is_some_and(|line| line.contains("index 3")),
        "{}",
        done.stderr
    );
    let logged = "a row could not be read symbol=\"A:B\" row.index=3";
    assert!(done.stderr.contains(logged), "{}", done.stderr);
}
