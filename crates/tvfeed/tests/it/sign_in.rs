//! By what commands sign in: one order for all of them, and what they say of it.

use std::fs;

use crate::{
    login::{Home, checked, jwt, site, with_stdin},
    program::{Done, run, run_command, simulator, tvfeed},
};

/// The cookies of a good session.
const COOKIES: &str = "sessionid=CANARY-session; sessionid_sign=v3:CANARY";

/// A folder with a stored login, a file of cookies and one with a token.
fn home(name: &str, site: &str) -> Home {
    let home = Home::new(name);
    home.sign_in(site);
    fs::write(home.0.join("cookies.txt"), COOKIES).unwrap();
    fs::write(home.0.join("token.txt"), format!("{}\n", jwt())).unwrap();
    home
}

#[test]
fn options_come_before_the_environment_and_that_before_the_store() {
    let (site, _) = site();
    let home = home("order", &site);
    let file = |name: &str| home.0.join(name).display().to_string();
    let cookies = format!("--cookies {}", file("cookies.txt"));
    let token = format!("--token-file {}", file("token.txt"));
    let from = |line: &str, variables: &[&str]| {
        let mut command = home.command(line.trim_end(), &site);
        for name in variables {
            let value = if *name == "TV_COOKIES" {
                COOKIES.to_owned()
            } else {
                jwt()
            };
            command.env(name, value);
        }
        let done = checked(run_command(command));
        assert_eq!(done.status, Some(0), "{done:?}");
        done.json()[0]["from"].as_str().map(str::to_owned)
    };
    let both = ["TV_COOKIES", "TV_AUTH_TOKEN"];
    for (options, variables, expected) in [
        (cookies.as_str(), &both[..], "--cookies"),
        (&token, &both, "--token-file"),
        ("", &both, "TV_COOKIES"),
        ("", &both[1..], "TV_AUTH_TOKEN"),
        ("", &[], "the stored login"),
        ("--guest", &both, "--guest"),
    ] {
        let found = from(&format!("whoami --json {options}"), variables);
        assert_eq!(found.as_deref(), Some(expected), "{options} {variables:?}");
    }
    home.run("logout", &site);
    assert_eq!(from("whoami --json", &[]), None);
}

#[test]
fn every_command_takes_the_same_sign_in() {
    let (site, log) = site();
    let home = home("alike", &site);
    fs::write(home.0.join("other.txt"), "sessionid=CANARY-other").unwrap();
    let token = format!("{}=premium", jwt());
    let sim = simulator(["--only-known-tokens", "--token", &token]);
    let sent = |line: &str, option: &str, variable: Option<&str>| {
        log.lock().unwrap().clear();
        let mut command = home.command(format!("{line} {option}").trim_end(), &site);
        command.args(["--no-suggest", "--endpoint", &sim.url]);
        if let Some(value) = variable {
            command.env("TV_COOKIES", value);
        }
        checked(run_command(command));
        let log = log.lock().unwrap();
        let of = |name: &str| {
            log.iter()
                .any(|it| it.contains(&format!("sessionid={name}")))
        };
        ["CANARY-other", "CANARY-variable", "CANARY-session"].map(of)
    };
    let option = format!("--cookies {}", home.0.join("other.txt").display());
    for line in [
        "symbol NASDAQ:AAPL",
        "scan",
        "ta NASDAQ:AAPL",
        "watchlist list",
        "drawings a1B2c3D4",
        "pine list saved",
        "whoami",
        "check --timeout 2s",
        "quote SIM:A --count 1",
        "bars SIM:A -i 1D -n 2",
    ] {
        let variable = Some("sessionid=CANARY-variable");
        assert_eq!(
            sent(line, &option, variable),
            [true, false, false],
            "{line}"
        );
        assert_eq!(sent(line, "", variable), [false, true, false], "{line}");
        assert_eq!(sent(line, "", None), [false, false, true], "{line}");
        assert_eq!(sent(line, "--guest", variable), [false; 3], "{line}");
    }
}

#[test]
fn what_needs_an_account_says_how_to_sign_in() {
    let refused = |done: Done, words: &str| {
        assert_eq!(done.status, Some(5), "{done:?}");
        assert!(done.stderr.contains(words), "{words} {done:?}");
    };
    let done = run("watchlist list --sim");
    refused(
        done,
        "were not provided; sign in, or renew the cookies (tvfeed login, --cookies FILE or TV_COOKIES)",
    );
    refused(run("watchlist list --sim --guest"), "(--guest was given)");
    let mut command = tvfeed("watchlist list --sim --token-file -".split(' '));
    command.env("TV_COOKIES", "is not read with --sim");
    let done = with_stdin(command, &jwt());
    refused(checked(done), "a token is good for quotes and bars only");
}

#[test]
fn credentials_in_files_are_checked() {
    for (line, stdin, words) in [
        ("whoami --cookies -", "theme=CANARY", "no sessionid"),
        (
            "whoami --token-file -",
            "CANARY two",
            "blanks or line breaks",
        ),
        ("quote SIM:A --token-file -", "", "holds no token"),
        ("scan --cookies /none/CANARY-file", "", "cannot read /none/"),
    ] {
        let done = with_stdin(tvfeed(line.split(' ')), stdin);
        assert_eq!(done.status, Some(2), "{done:?}");
        assert!(done.stderr.contains(words), "{words} {done:?}");
        assert!(!done.stderr.contains("theme") && !done.stderr.contains("CANARY two"));
    }
}

#[test]
fn a_login_at_the_simulator_is_kept_for_it_alone() {
    let home = Home::new("simulator");
    let command = |line: &str| {
        let mut command = tvfeed(line.split(' '));
        command.env("TVFEED_CONFIG_DIR", &home.0);
        command
    };
    let run = |line: &str| run_command(command(line));
    let done = with_stdin(command("login --user premium --sim"), "simulated\n");
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(
        done.stderr
            .contains("as premium (pro_premium); stored for --sim"),
        "{done:?}"
    );
    let facts = &run("whoami --json --sim").json()[0];
    assert_eq!(
        (&facts["user"], &facts["from"], &facts["plan"]),
        (
            &"premium".into(),
            &"the stored login".into(),
            &"pro_premium".into()
        )
    );
    let lists = run("watchlist list --sim --format ndjson");
    assert_eq!(lists.status, Some(0), "{lists:?}");
    assert!(!lists.json().is_empty(), "{lists:?}");
    let done = run("quote NASDAQ:AAPL --count 1 --sim");
    assert!(
        done.stderr.contains("using the stored login of premium"),
        "{done:?}"
    );
    // Simulators of another seed do not know it, nor does the site.
    for line in ["whoami --json --sim --sim-seed 2", "whoami --json"] {
        assert_eq!(run(line).json()[0]["user"], "guest", "{line}");
    }
    assert!(run("logout").stderr.contains("there is no stored login"));
    assert!(run("logout --sim").stderr.contains("is removed"));
    assert_eq!(run("whoami --json --sim").json()[0]["user"], "guest");
}
