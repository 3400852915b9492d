//! A token is never shown.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing::{Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::fmt::MakeWriter;
use tv_client::{
    AuthToken, Client, Interval, QuoteRequest, Reconnect, SeriesRequest, TransportOptions,
};

use crate::{Duration, in_memory, simulator, soon, start};

const CANARY: &str = "CANARY-eyJhbGciOi";

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

#[tokio::test]
async fn a_login_shows_no_token_at_trace() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let guard = log_to(subscriber);
    let sim = start(simulator().bad_token(CANARY.into())).await;
    let builder = Client::builder()
        .endpoint(sim.url())
        .auth(AuthToken::new(CANARY));
    let shown = format!("{builder:?}");
    let client = soon("connection", builder.connect()).await.unwrap();
    let quotes = client
        .quotes(QuoteRequest::new(["NASDAQ:AAPL"]).unwrap())
        .await;
    let error = soon("end", client.closed()).await;
    let shown = format!("{shown} {client:?} {quotes:?} {error:?} {error}");
    drop(guard);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("TRACE") && logged.contains("the client has ended"),
        "{logged}"
    );
    // DEBUG names each message, and TRACE shows its text.
    for part in [
        "send method=set_auth_token len=",
        r#"\"m\":\"set_auth_token\",\"p\":[\"*****************\"]"#,
        "receive method=hello len=",
        "receive method=protocol_error len=",
    ] {
        assert!(logged.contains(part), "{part}: {logged}");
    }
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(!logged.contains("CANARY"), "{logged}");
}

/// Whatever the server repeats of a token or a cookie, in whichever words, is hidden.
#[tokio::test(start_paused = true)]
async fn a_secret_that_the_server_repeats_is_never_shown() {
    const TOKEN: &str = "eyCANARYhbGciOiJSUzUxMiJ9.eyJ1c2VyX2lkIjo0fQ.c2lnbmF0dXJl";
    const COOKIE: &str = "hunter2CANARY";
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let guard = log_to(subscriber);
    let mut shown = String::new();
    for fault in [
        "when kind qsd do protocol-error \"bad auth token TOKEN\"",
        "when kind qsd do protocol-error \"no TOKEN\"",
        "when kind qsd do critical-error \"invalid parameters: args: TOKEN\"",
        "when kind qsd do symbol-error \"no COOKIE\"",
        "when kind qsd do close 1011 \"bad TOKEN\"",
        "when kind qsd do close 1008 \"bad COOKIE\"",
        "when kind qsd do text \"TOKEN\"",
        "when kind qsd do frame \"TOKEN\"",
        "when kind symbol_resolved do symbol-error \"no TOKEN\"",
        "when kind series_completed do series-error \"no TOKEN\"",
        "when kind series_completed do critical-error \"no TOKEN\"",
    ] {
        let plan = fault.replace("TOKEN", TOKEN).replace("COOKIE", COOKIE);
        let (_sim, builder) = in_memory(simulator().faults(plan.parse().unwrap()));
        let transport = TransportOptions::default()
            .header("Cookie", &format!("sessionid={COOKIE}"))
            .unwrap();
        let builder = builder
            .auth(AuthToken::new(TOKEN))
            .reconnect(Reconnect::Never)
            .transport(transport);
        let client = soon("connection", builder.connect()).await.unwrap();
        let mut tap = client.tap();
        let request = QuoteRequest::new(["NASDAQ:AAPL", "SIM:A"]).unwrap();
        let mut quotes = client.quotes(request).await.unwrap();
        let series = SeriesRequest::new("SIM:A", Interval::MINUTE).unwrap();
        let series = soon("series", client.series(series)).await;
        shown += &format!("{series:?} ");
        for _ in 0..6 {
            let next = tokio::time::timeout(Duration::from_millis(100), quotes.next());
            let Ok(Some(event)) = next.await else { break };
            shown += &format!("{event:?} ");
        }
        shown += &format!("{:?} {:?} ", client.state(), client.health().await);
        client.close().await;
        while let Some(event) = tap.next().await {
            shown += &format!("{event:?} ");
        }
    }
    drop(guard);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(shown.matches("[hidden]").count() > 6, "{shown}");
    for text in [&shown, &logged] {
        // Also where the whole text is shown.
        assert!(text.matches("*************").count() > 6, "{text}");
    }
    // The simulator may say what it does.
    let logged: Vec<_> = logged
        .lines()
        .filter(|line| !line.contains("tv_sim"))
        .collect();
    let logged = logged.join("\n");
    for text in [shown, logged] {
        assert!(!text.contains("CANARY"), "{text}");
    }
}

#[tokio::test]
async fn what_is_logged_at_debug_names_connection_session_and_symbol() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    let guard = log_to(subscriber);
    let faults = "when kind series_completed do critical-error \"internal\"";
    let sim = start(simulator().faults(faults.parse().unwrap())).await;
    let client = soon(
        "connection",
        Client::builder().endpoint(sim.url()).connect(),
    );
    let client = client.await.unwrap();
    let series = SeriesRequest::new("SIM:A", Interval::MINUTE).unwrap();
    let _series = soon("series", client.series(series)).await;
    let quotes = QuoteRequest::new(["NASDAQ:AAPL"]).unwrap();
    let mut quotes = client.quotes(quotes).await.unwrap();
    soon("quote", quotes.next()).await.unwrap();
    soon("close", client.close()).await;
    drop(guard);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let has = |parts: &[&str]| {
        let mut lines = logged.lines();
        lines.any(|line| parts.iter().all(|part| line.contains(part)))
    };
    for parts in [
        &[
            "connection{",
            "generation=1",
            "send method=create_series session=\"cs_",
        ][..],
        &["connection{", "receive method=qsd session=\"qs_", " len="],
        &["connection{", "receive method=critical_error session=\"cs_"],
        &["connection{", "session{id=\"cs_", "symbol{name=\"SIM:A\"}"],
    ] {
        assert!(has(parts), "{parts:?}: {logged}");
    }
}
