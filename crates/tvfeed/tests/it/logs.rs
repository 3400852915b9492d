//! What `-v` shows of the wire.

use crate::program::{Done, run_command, simulator, tvfeed};

const TOKEN: &str = "eyJhbGciOiJSUzUxMiJ9.CANARY-d41d8cd98f00b204";

/// Quotes and bars with so much logging, from a simulator of their own.
fn logged(verbosity: &str) -> [Done; 2] {
    let sim = simulator(["--rate", "50"]);
    ["quote SIM:AAPL --count 3", "bars SIM:AAPL -i 1 -n 10"].map(|line| {
        let line = format!("{line} {verbosity} --endpoint {}", sim.url);
        let mut command = tvfeed(line.split(' '));
        command.env("TV_AUTH_TOKEN", TOKEN);
        let done = run_command(command);
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert!(!format!("{done:?}").contains("CANARY"), "{}", done.stderr);
        done
    })
}

/// Whether one line has all these parts.
fn has(done: &Done, parts: &[&str]) -> bool {
    let mut lines = done.stderr.lines();
    lines.any(|line| parts.iter().all(|part| line.contains(part)))
}

#[test]
fn two_v_name_each_message_with_its_connection_and_session() {
    let [quotes, bars] = logged("-vv");
    for (done, parts) in [
        (
            &quotes,
            &[
                "connection{",
                "host=\"127.0.0.1\"",
                "send method=set_auth_token len=",
            ][..],
        ),
        (&quotes, &["receive method=hello len="]),
        (
            &quotes,
            &["send method=quote_add_symbols session=\"qs_", " len="],
        ),
        (&quotes, &["receive method=qsd session=\"qs_", " len="]),
        (&quotes, &["receive method=quote_completed session=\"qs_"]),
        (&bars, &["send method=resolve_symbol session=\"cs_"]),
        (&bars, &["receive method=timescale_update session=\"cs_"]),
        (&bars, &["send method=create_series session=\"cs_"]),
    ] {
        assert!(has(done, parts), "{parts:?}: {}", done.stderr);
    }
    assert!(
        !quotes.stderr.contains("\\\"p\\\":"),
        "no text: {}",
        quotes.stderr
    );
}

#[test]
fn three_v_show_the_text_with_the_token_masked_at_equal_length() {
    let [quotes, _] = logged("-vvv");
    let stars = "*".repeat(TOKEN.len());
    let sign_in = format!(r#"{{\"m\":\"set_auth_token\",\"p\":[\"{stars}\"]}}"#);
    assert!(
        has(&quotes, &["direction=out", &sign_in]),
        "{}",
        quotes.stderr
    );
    assert!(has(&quotes, &["direction=in", r#"{\"m\":\"qsd\",\"p\":"#]));
}

#[test]
fn one_v_names_no_message() {
    let [quotes, _] = logged("-v");
    assert!(quotes.stderr.contains("connected"), "{}", quotes.stderr);
    assert!(!quotes.stderr.contains("method="), "{}", quotes.stderr);
}
