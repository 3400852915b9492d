//! Every event of a client as JSON lines, for a program that compares them with what its server
//! sent.
//!
//! `cargo run -p tv-examples --example event_log -- --endpoint
//! ws://127.0.0.1:PORT/socket.io/websocket --series SIM:A,SIM:B`
//!
//! Each line has the time in milliseconds (`at`), the kind of event (`k`) and the symbol (`s`). It
//! ends by SIGINT or after `--duration`.

use std::{
    error::Error,
    fmt::Debug,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use serde::Serialize;
use serde_json::{Value, json};
use tv_client::{
    Bar, Client, ClientBuilder, ConnectionState, Interval, QuoteEvent, QuoteRequest, QuoteSession,
    Reconnect, ReconnectPolicy, RequestError, Series, SeriesEvent, SeriesRequest, Study,
    StudyEvent, StudyPoint, StudyRequest, TransportOptions,
};

/// The study that `--study` adds to each series.
const STUDY: &str = "Volume@tv-basicstudies-241";

/// The pause before a request that has failed is made again.
const PAUSE: Duration = Duration::from_millis(300);

/// What to follow, and how.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// WebSocket address of the server.
    #[arg(long, value_name = "URL")]
    endpoint: String,

    /// Symbols whose bars to follow, separated by commas.
    #[arg(long, value_name = "SYMBOLS", value_delimiter = ',')]
    series: Vec<String>,

    /// Symbols whose quotes to follow, separated by commas.
    #[arg(long, value_name = "SYMBOLS", value_delimiter = ',')]
    quotes: Vec<String>,

    /// Length of a bar.
    #[arg(long, default_value = "1")]
    interval: Interval,

    /// Bars of history for each series.
    #[arg(long, default_value_t = 50)]
    count: usize,

    /// Bars that the client keeps of each series.
    #[arg(long, default_value_t = 500)]
    keep: usize,

    /// Follow the volume study of each series, too.
    #[arg(long)]
    study: bool,

    /// Seconds until a request is given up.
    #[arg(long, value_name = "SECONDS", default_value = "8", value_parser = seconds)]
    timeout: Duration,

    /// Seconds without a byte after which a connection counts as lost.
    #[arg(long, value_name = "SECONDS", default_value = "4", value_parser = seconds)]
    silence: Duration,

    /// Seconds after which the client replaces its connection.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    renew: Option<Duration>,

    /// Keep the client's own policy and time limits, instead of quick ones.
    #[arg(long)]
    defaults: bool,

    /// Seconds until the program ends.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    duration: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|error| error.to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[tokio::main(worker_threads = 2)]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    run(Options::parse(), Log::new(std::io::stdout())).await
}

/// Logs until the time is over, or until SIGINT.
pub(crate) async fn run(options: Options, log: Log) -> Result<(), Box<dyn Error>> {
    let client = match builder(&options).connect().await {
        Ok(client) => client,
        Err(error) => {
            log.line("connect_error", json!({ "error": debug(&error) }));
            return Err(error.into());
        }
    };
    tokio::spawn(log_states(client.clone(), log.clone()));
    for symbol in &options.series {
        let log = log.of(symbol);
        tokio::spawn(log_series(client.clone(), options.clone(), log));
    }
    if !options.quotes.is_empty() {
        tokio::spawn(log_quotes(client.clone(), options.quotes, log.clone()));
    }
    tokio::select! {
        () = tokio::time::sleep(options.duration) => {}
        signal = tokio::signal::ctrl_c() => signal?,
    }
    let counters = client.counters().await;
    let received = counters.as_ref().map(|counters| counters.received);
    log.line("counters", json!({ "e": debug(&received) }));
    if let Ok(counters) = counters {
        log.line("late", json!({ "n": counters.late_messages }));
    }
    let begun = Instant::now();
    client.close().await;
    let took = u64::try_from(begun.elapsed().as_millis())?;
    log.line("end", json!({ "close_ms": took }));
    Ok(())
}

fn builder(options: &Options) -> ClientBuilder {
    let mut builder = Client::builder().endpoint(&options.endpoint);
    let mut policy = ReconnectPolicy::default();
    if !options.defaults {
        policy = policy
            .first_delay(Duration::from_millis(100))
            .reconnect_delay(Duration::from_millis(100))
            .longest_delay(Duration::from_millis(800))
            .slow_lane(Duration::from_secs(1), Duration::from_millis(1_500))
            .stable_after(Duration::from_secs(2));
        let transport = TransportOptions::default()
            .connect_timeout(Duration::from_secs(3))
            .silence_limit(options.silence)
            .close_timeout(Duration::from_millis(500));
        builder = builder.transport(transport);
    }
    let builder = builder.reconnect(Reconnect::Always(policy));
    match options.renew {
        Some(age) => builder.renew_after(age),
        None => builder,
    }
}

async fn log_states(client: Client, log: Log) {
    let mut states = client.states();
    // Or it would keep the client open.
    drop(client);
    while let Some(state) = states.next().await {
        let rest = match &state {
            ConnectionState::Open { generation } => json!({ "open": generation }),
            other => json!({ "other": debug(other) }),
        };
        log.line("state", rest);
    }
}

async fn log_series(client: Client, options: Options, log: Log) {
    let mut series = loop {
        match open_series(&client, &options, &log.symbol).await {
            Ok(series) => break series,
            Err(error) => log.line("series_error", json!({ "error": debug(&error) })),
        }
        tokio::time::sleep(PAUSE).await;
    };
    log.line("hist", json!({ "bars": bars(series.history()) }));
    // Who reads the log takes the last bar of a history for open until it closes.
    if let (None, Some(last)) = (series.open_bar(), series.history().last()) {
        log.line("closed", json!({ "b": bar(last) }));
    }
    if options.study {
        match series.study(StudyRequest::new(STUDY)).await {
            Ok(study) => {
                tokio::spawn(log_study(study, log.clone()));
            }
            Err(error) => log.line("study_error", json!({ "error": debug(&error) })),
        }
    }
    while let Some(event) = series.next().await {
        let (kind, rest) = match event {
            SeriesEvent::Open(it) => ("open", json!({ "b": bar(&it) })),
            SeriesEvent::Closed(it) => ("closed", json!({ "b": bar(&it) })),
            SeriesEvent::Revised(it) => ("revised", json!({ "b": bar(&it) })),
            SeriesEvent::Gap { from, to, reason } => (
                "gap",
                json!({ "from": from, "to": to, "reason": debug(&reason) }),
            ),
            SeriesEvent::Reset(all) => ("reset", json!({ "bars": bars(&all) })),
            SeriesEvent::Resumed { backfilled } => ("resumed", json!({ "n": backfilled })),
            SeriesEvent::Reconnecting => ("reconnecting", json!({})),
            SeriesEvent::Lagged { dropped } => ("lagged", json!({ "n": dropped })),
            SeriesEvent::Ended(error) => ("ended", json!({ "error": debug(&error) })),
            other => ("other", json!({ "e": debug(&other) })),
        };
        log.line(kind, rest);
    }
    log.line("over", json!({}));
}

async fn open_series(
    client: &Client,
    options: &Options,
    symbol: &str,
) -> Result<Series, RequestError> {
    let request = SeriesRequest::new(symbol, options.interval)?
        .count(options.count)
        .timeout(options.timeout)
        .keep(options.keep);
    client.series(request).await
}

async fn log_study(mut study: Study, log: Log) {
    while let Some(event) = study.next().await {
        let (kind, rest) = match event {
            StudyEvent::Snapshot(points) => {
                let points: Vec<Value> = points.iter().map(first_plot).collect();
                ("st_all", json!({ "v": points }))
            }
            StudyEvent::Row(point) => ("st", json!({ "v": [first_plot(&point)] })),
            other => ("st_other", json!({ "e": debug(&other) })),
        };
        log.line(kind, rest);
    }
}

async fn log_quotes(client: Client, symbols: Vec<String>, log: Log) {
    let mut quotes = loop {
        match open_quotes(&client, &symbols).await {
            Ok(quotes) => break quotes,
            Err(error) => log.line("quotes_error", json!({ "error": debug(&error) })),
        }
        tokio::time::sleep(PAUSE).await;
    };
    while let Some(event) = quotes.next().await {
        match event {
            QuoteEvent::Update(update) => {
                let quote = &update.quote;
                let rest =
                    json!({ "lp": quote.last(), "volume": quote.volume(), "bid": quote.bid() });
                log.of(update.symbol.as_str()).line("quote", rest);
            }
            other => log.line("q_other", json!({ "e": debug(&other) })),
        }
    }
    log.line("q_over", json!({}));
}

async fn open_quotes(client: &Client, symbols: &[String]) -> Result<QuoteSession, RequestError> {
    let symbols = symbols.iter().map(String::as_str);
    client.quotes(QuoteRequest::new(symbols)?).await
}

/// Where lines go. Clones share it.
#[derive(Clone)]
pub(crate) struct Log {
    out: Arc<Mutex<dyn Write + Send>>,
    symbol: String,
}

impl Log {
    pub(crate) fn new(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Arc::new(Mutex::new(out)),
            symbol: String::new(),
        }
    }

    /// The same log, for lines about a symbol.
    fn of(&self, symbol: &str) -> Self {
        Self {
            out: Arc::clone(&self.out),
            symbol: symbol.to_owned(),
        }
    }

    fn line(&self, kind: &str, rest: Value) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let line = Line {
            at: now.map_or(0, |age| age.as_millis()),
            kind,
            symbol: &self.symbol,
            rest,
        };
        let Ok(mut text) = serde_json::to_string(&line) else {
            return;
        };
        text.push('\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // The program ends by its time or a signal, not by a reader that has gone away.
        let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

#[derive(Serialize)]
struct Line<'l> {
    at: u128,
    #[serde(rename = "k")]
    kind: &'l str,
    #[serde(rename = "s")]
    symbol: &'l str,
    #[serde(flatten)]
    rest: Value,
}

fn debug(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn bar(bar: &Bar) -> Value {
    json!([bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume])
}

fn bars(bars: &[Bar]) -> Vec<Value> {
    bars.iter().map(bar).collect()
}

/// The time and the first plot of a study's row.
fn first_plot(point: &StudyPoint) -> Value {
    json!([point.time, point.values.first().copied().flatten()])
}
