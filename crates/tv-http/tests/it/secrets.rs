//! Secrets in no log, error or report, over HTTP/2: row S1.

#![expect(
    clippy::disallowed_types,
    reason = "the log of a test is shared with its subscriber"
)]

use std::{
    io,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sim::SimServer;
use tracing::{Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt};
use tv_http::{
    account::{FactorKind, QuoteToken, SecondFactor, SessionCookies, SignIn},
    client::{HttpClient, HttpClientBuilder},
    login::Login,
};

use crate::{
    server::{Log, builder},
    table::{Case, EPOCH, Ground, PATIENCE},
};

const PASSWORD: &str = "CANARY-password";
const CODE: &str = "CANARY-code";

/// Keeps every log line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Logs to a subscriber on this thread.
///
/// A subscriber of the process, which writes nothing, keeps other tests from disabling a line for
/// good: where there is one subscriber only, tracing asks that of the thread that comes to the line
/// first.
fn log_to(subscriber: impl Subscriber + Send + Sync) -> DefaultGuard {
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    tracing::subscriber::set_default(subscriber)
}

/// A simulator that speaks TLS, and a client's options for it, whose hooks report to a log.
async fn over_tls(plan: &str, reports: &Log) -> (SimServer, HttpClientBuilder) {
    let sim = SimServer::builder().epoch(EPOCH).speed(0.001).tls();
    let sim = sim.faults(plan.parse().unwrap()).start().await.unwrap();
    let pem = sim.ca_pem().unwrap();
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let root = STANDARD.decode(lines.collect::<String>()).unwrap();
    let (sent, received) = (reports.clone(), reports.clone());
    let client = builder(&sim.http_url())
        .only_roots([root])
        .retries(0)
        .time_limit(PATIENCE)
        .on_request(move |sending| sent.push(format!("{sending:?}")))
        .on_response(move |answer| received.push(format!("{answer:?}")));
    (sim, client)
}

/// Rules for a server that repeats the secrets of each request.
fn echo() -> String {
    let cookies = "CANARY-session v3:CANARY-sign";
    let rules = [
        ("/accounts/signin/", PASSWORD),
        ("/accounts/two-factor/", CODE),
        ("", cookies),
    ];
    let rules = rules.map(|(path, words)| {
        let body = format!(r#"{{\"error\":\"no {words}\",\"code\":\"{words}\"}}"#);
        format!("when request \"{path}\" do http 400 \"X-Echo: {words}\" body \"{body}\"\n")
    });
    rules.concat()
}

/// Asks all questions, sign-ins with a password of their own, and returns what was shown: of
/// clients, answers and errors.
async fn shown(client: &HttpClient, cases: &[Case]) -> String {
    let mut shown = format!("{client:?}");
    for case in cases.iter().filter(|case| !case.is_sign_in()) {
        match case.ask(client).await {
            Ok(answer) => shown.push_str(&answer),
            Err(error) => shown.push_str(&format!("{error} {error:?}")),
        }
    }
    let (first, second) = (
        SignIn::new("basic", PASSWORD),
        SecondFactor::new(FactorKind::Totp, CODE),
    );
    let steps = (client.ask(&first).await, client.ask(&second).await);
    let mut login = Login::new(client, "basic", PASSWORD);
    let started = login.start().await;
    shown.push_str(&format!(
        "{first:?} {second:?} {steps:?} {login:?} {started:?}"
    ));
    shown
}

#[tokio::test]
async fn s1_secrets_are_in_no_log_error_or_report_over_http_2() {
    let ground = Ground::make().await;
    let cases = ground.cases();
    let (lines, reports) = (Lines::default(), Log::default());
    // The simulator shares the process, and shows its rules, in which there are secrets.
    let is_ours = filter_fn(|line| !line.target().starts_with("tv_sim"));
    let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
    let guard = log_to(tracing_subscriber::registry().with(layer.with_filter(is_ours)));
    let stranger = SessionCookies::new("CANARY-session", Some("v3:CANARY-sign")).unwrap();
    let mut all = String::new();
    for plan in ["", "when request \"\" do cut 1"] {
        let (_sim, options) = over_tls(plan, &reports).await;
        for cookies in [&ground.cookies, &stranger] {
            let client = options.clone().cookies(cookies.clone()).build().unwrap();
            all.push_str(&shown(&client, &cases).await);
        }
    }
    // A server that repeats what it is sent.
    let (_sim, options) = over_tls(&echo(), &reports).await;
    let client = options.cookies(stranger.clone()).build().unwrap();
    all.push_str(&shown(&client, &cases).await);
    let (sim, options) = over_tls("", &reports).await;
    let owner = options.cookies(ground.cookies.clone()).build().unwrap();
    let token = owner.ask(&QuoteToken).await.unwrap();
    drop(guard);
    all.push_str(&reports.heads().concat());
    all.push_str(&format!(
        "{owner:?} {token:?} {ground_cookies:?} {stranger:?}",
        ground_cookies = ground.cookies
    ));
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("TRACE h2::") || logged.contains("h2::codec"),
        "it is HTTP/2"
    );
    assert!(sim.ledger().faults().is_empty());
    let header = ground.cookies.to_header();
    let values = header
        .split("; ")
        .filter_map(|cookie| Some(cookie.split_once('=')?.1));
    // The head of a token is that of all: none is shown.
    let head = token.expose().split('.').next().unwrap();
    let secrets = values.chain(["CANARY", head]);
    for secret in secrets {
        assert!(!secret.is_empty());
        for (place, text) in [("the log", &logged), ("what is shown", &all)] {
            let found = text.find(secret).map(|at| {
                let from = text[..at]
                    .char_indices()
                    .rev()
                    .nth(200)
                    .map_or(0, |(at, _)| at);
                text[from..].chars().take(300).collect::<String>()
            });
            assert_eq!(found, None, "{place} has a secret");
        }
    }
    assert!(all.contains("[hidden]"));
}
