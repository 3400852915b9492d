//! `tvfeed sim` with accounts, limits and variants of the protocol: what each flag does to those
//! who connect.

use std::io::Read;

use serde_json::{Value, json};

use crate::program::{run, run_command, simulator, tvfeed};
use crate::socket::Socket;

/// The answer to a client with a token that asks for bars of one second. Guests and free accounts
/// do not get them.
fn seconds_with(sim: &crate::program::Simulator, token: &str) -> Value {
    let (mut socket, _) = Socket::greeted(sim);
    socket.say("set_auth_token", json!([token]));
    socket.chart("cs_1", "BINANCE:BTCUSDT", "1S")
}

#[test]
fn tokens_have_the_tiers_that_were_named_and_are_never_shown() {
    let mut sim = simulator([
        "-vvv",
        "--strict-limits",
        "--token",
        "free-account=basic",
        "--token",
        "padded==premium",
        "--bad-token",
        "stale-secret",
        "--banned-token",
        "outlaw-secret",
        "--only-known-tokens",
    ]);
    assert_eq!(
        seconds_with(&sim, "free-account")["p"][3],
        "seconds_not_entitled"
    );
    assert_eq!(
        seconds_with(&sim, "unauthorized_user_token")["p"][3],
        "seconds_not_entitled"
    );
    assert_eq!(seconds_with(&sim, "padded=")["m"], "series_completed");
    for (token, reason) in [
        ("stale-secret", "bad auth token"),
        ("outlaw-secret", "user banned"),
        ("somebody-else", "bad auth token"),
    ] {
        let (mut socket, _) = Socket::greeted(&sim);
        socket.say("set_auth_token", json!([token]));
        let said = socket.next().unwrap();
        assert_eq!(said, json!({ "m": "protocol_error", "p": [reason] }));
        assert_eq!(socket.next(), None, "and hangs up");
    }
    sim.running.signal("INT");
    let mut output = String::new();
    let stderr = sim.running.child().stderr.as_mut().unwrap();
    stderr.read_to_string(&mut output).unwrap();
    assert!(output.contains("connected"), "{output}");
    for secret in ["free-account", "padded", "stale-secret", "outlaw-secret"] {
        assert!(!output.contains(secret), "{secret}");
    }
}

#[test]
fn a_token_of_no_tier_is_refused_without_being_shown() {
    for wrong in ["sesame", "sesame=gold", "=basic"] {
        let done = run_command(tvfeed([
            "sim",
            "--token",
            "known=guest",
            "--token",
            wrong,
            "--only-known-tokens",
        ]));
        assert_eq!(done.status, Some(2));
        assert!(
            done.stderr.contains("--token 2 of 2") && done.stderr.contains("premium"),
            "{}",
            done.stderr
        );
        assert!(!done.stderr.contains("sesame"), "{}", done.stderr);
    }
}

#[test]
fn a_token_lasts_as_long_as_it_is_reported() {
    let sim = simulator(["--token-lifetime", "50ms"]);
    let (mut socket, _) = Socket::greeted(&sim);
    socket.say("set_auth_token", json!(["any"]));
    let said = socket.next().unwrap();
    assert_eq!(
        said,
        json!({ "m": "protocol_error", "p": ["bad auth token"] })
    );
    assert_eq!(socket.next(), None);
}

#[test]
fn every_limit_is_held() {
    let sim = simulator([
        "--max-sessions",
        "2",
        "--max-series",
        "1",
        "--max-studies",
        "1",
    ]);
    let (mut socket, _) = Socket::greeted(&sim);
    let done = socket.chart("cs_1", "BINANCE:BTCUSDT", "60");
    assert_eq!(done["m"], "series_completed");
    for study in ["st1", "st2"] {
        let volume = "Volume@tv-basicstudies-241";
        socket.say(
            "create_study",
            json!(["cs_1", study, "st1", "s", volume, {}]),
        );
    }
    assert_eq!(socket.until("study_completed")["p"][1], "st1");
    let refused = socket.until("study_error");
    assert_eq!(refused["p"][1], "st2");
    let most = "The maximum number of studies per chart has been reached for current subscription";
    assert_eq!(refused["p"][3], most);
    // Removed ones count.
    socket.say("remove_series", json!(["cs_1", "s"]));
    socket.say(
        "create_series",
        json!(["cs_1", "t", "s1", "y", "60", 10, ""]),
    );
    assert_eq!(
        socket.until("critical_error")["p"][1],
        "exceed limit of series in the session"
    );
    for session in ["qs_1", "qs_2", "qs_3"] {
        socket.say("quote_create_session", json!([session]));
    }
    // The chart session is gone, so two find room.
    let refused = socket.until("critical_error");
    assert_eq!(
        (&refused["p"][0], &refused["p"][1]),
        (&json!("qs_3"), &json!("max sessions rate reached"))
    );
}

#[test]
fn studies_may_need_a_chart_page() {
    let sim = simulator(["--studies-need-chart-type"]);
    for (target, kind) in [
        ("/socket.io/websocket?from=chart", "study_error"),
        (
            "/socket.io/websocket?from=chart&type=chart",
            "study_completed",
        ),
    ] {
        let mut socket = Socket::open(&sim, target);
        socket.next();
        socket.chart("cs_1", "BINANCE:BTCUSDT", "60");
        let study = json!(["cs_1", "a", "st1", "s", "MASimple@tv-basicstudies-1", {}]);
        socket.say("create_study", study);
        socket.until(kind);
    }
}

#[test]
fn greetings_have_the_form_of_their_year() {
    let greeting = |args: &[&str]| Socket::greeted(&simulator(args)).1;
    let now = greeting(&[]);
    assert!(now["javastudies"].is_array() && now["via"].is_string());
    let then = greeting(&["--hello", "2022"]);
    assert!(then["javastudies"].is_string() && then["via"].is_string());
    let old = greeting(&["--hello", "2019"]);
    assert!(old["javastudies"].is_string() && old["via"].is_null());
    // The profile brings its own, unless another is asked for.
    assert_eq!(
        greeting(&["--profile", "2019"]).as_object().unwrap().len(),
        old.as_object().unwrap().len()
    );
    let mixed = greeting(&["--profile", "2019", "--hello", "2025"]);
    assert!(mixed["javastudies"].is_array());
    let elsewhere = greeting(&["--redirect-to", "other.example"]);
    assert_eq!(elsewhere["redirect"], "other.example");
}

#[test]
fn the_profile_of_2019_takes_what_2019_took() {
    let sim = simulator(["--profile", "2019"]);
    let (mut socket, _) = Socket::greeted(&sim);
    let params = json!(["qs_1", "NASDAQ:AAPL", { "flags": ["force_permission"] }]);
    socket.say("quote_create_session", json!(["qs_1"]));
    socket.say("quote_add_symbols", params.clone());
    assert_eq!(socket.until("qsd")["p"][1]["s"], "ok");
    socket.say("switch_protocol", json!(["protobuf"]));
    assert_eq!(socket.until("protocol_switched")["p"], json!(["protobuf"]));

    let sim = simulator::<&str>([]);
    let (mut socket, _) = Socket::greeted(&sim);
    socket.say("quote_create_session", json!(["qs_1"]));
    socket.say("quote_add_symbols", params);
    assert_eq!(
        socket.next().unwrap()["p"],
        json!(["qs_1", "invalid_parameters", "quote_add_symbols"])
    );
}

#[test]
fn replays_have_the_shape_and_the_length_that_were_asked_for() {
    const NOON: i64 = 1_790_683_200;
    let begin = |args: &[&str]| {
        let sim = simulator(["--epoch", "1790726400000"].iter().chain(args));
        let (mut socket, _) = Socket::greeted(&sim);
        socket.say("replay_create_session", json!(["rs_1"]));
        let series = json!(["rs_1", "add", "BINANCE:BTCUSDT", "60"]);
        socket.say("replay_add_series", series);
        socket.say("replay_reset", json!(["rs_1", "reset", NOON]));
        let resolutions = socket.until("replay_resolutions");
        socket.say("replay_step", json!(["rs_1", "step", 5]));
        (sim, socket, resolutions)
    };
    let (_sim, mut socket, resolutions) = begin(&[]);
    assert_eq!(resolutions["p"], json!(["rs_1", "60", "1S"]));
    assert_eq!(socket.until("replay_point")["p"][1], NOON + 5 * 3600);
    let (_sim, mut socket, resolutions) =
        begin(&["--replay-shape", "slot", "--replay-window", "4h"]);
    assert_eq!(resolutions["p"], json!(["rs_1", "add", ["60", "1S"]]));
    assert_eq!(
        socket.until("replay_point")["p"][1],
        NOON + 3 * 3600,
        "the last bar that is over after four hours"
    );
    assert_eq!(socket.until("replay_data_end")["p"], json!(["rs_1", "add"]));
}

#[test]
fn reports_travel_as_they_are_reported() {
    let report = |form: &str| {
        let sim = simulator(["--strategy-reports", form]);
        let (mut socket, _) = Socket::greeted(&sim);
        socket.chart("cs_1", "BINANCE:BTCUSDT", "60");
        let inputs = json!({ "pineId": "STD;Supertrend%1Strategy" });
        socket.say(
            "create_study",
            json!([
                "cs_1",
                "a",
                "st1",
                "s",
                "StrategyScript@tv-scripting-101!",
                inputs
            ]),
        );
        // The series may move before the study has answered.
        let text = loop {
            let update = socket.until("du");
            if let Some(text) = update["p"][1]["a"]["ns"]["d"].as_str() {
                break text.to_owned();
            }
        };
        serde_json::from_str::<Value>(&text).unwrap()
    };
    assert!(report("plain")["data"]["report"].is_object());
    for (form, start) in [("zip-deflated", "UEsD"), ("gzip", "H4sI"), ("zlib", "eJ")] {
        let packed = report(form);
        let text = packed["dataCompressed"].as_str().unwrap();
        assert!(text.starts_with(start), "{form}: {text:.20}");
    }
}

#[test]
fn symbols_can_be_listed_and_limited() {
    let listed = run("sim --list-symbols");
    assert_eq!(listed.status, Some(0), "{}", listed.stderr);
    for expected in [
        "NASDAQ:AAPL",
        "Apple Inc.",
        "BINANCE:BTCUSDT",
        "NOPE",
        " OKX ",
    ] {
        assert!(listed.stdout.contains(expected), "{}", listed.stdout);
    }
    let file = std::env::temp_dir().join(format!("tvfeed-symbols-{}", std::process::id()));
    std::fs::write(&file, "# two\nNYSE:BRK.B\nNASDAQ:AAPL\n").unwrap();
    for (symbols, symbol, code) in [
        ("any", "NYSE:BRK.B", 0),
        ("any", "NASDAQ:NOPE", 3),
        ("listed", "NYSE:BRK.B", 3),
        ("listed", "NASDAQ:MSFT", 0),
        (file.to_str().unwrap(), "NYSE:BRK.B", 0),
        (file.to_str().unwrap(), "NASDAQ:MSFT", 3),
    ] {
        let sim = simulator(["--symbols", symbols]);
        let bars = run(&format!("bars {symbol} -i 1D -n 1 --endpoint {}", sim.url));
        assert_eq!(
            bars.status,
            Some(code),
            "{symbols} {symbol}: {}",
            bars.stderr
        );
    }
    std::fs::remove_file(file).unwrap();
}
