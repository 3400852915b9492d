//! Measures what docs/RELIABILITY.md says of tv-client, over loopback: `cargo run --release -p
//! tv-examples --example client_figures`, with `-- CUTS` for another number of cuts than 1,000.
//! Takes about two minutes, in real time.
//!
//! The simulator is a process of its own, so that memory is the client's alone. Clients reach it
//! through a relay, which cuts connections, or lets nothing pass any more.

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tv_client::{Client, ConnectionState, QuoteEvent, QuoteRequest, QuoteSession, ReconnectPolicy};
use tv_protocol::config::ProtocolConfig;
use tv_protocol::connection::{Connection, Event};
use tv_protocol::frame::encode;
use tv_protocol::message::ServerMessage;
use tv_protocol::quote::Quote;
use tv_protocol::secret::AuthToken;
use tv_sim::SimServer;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Clients that are cut at the same time.
const SIDE_BY_SIDE: usize = 50;

fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1);
    match words.next().as_deref() {
        Some("serve") => {
            let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
            let (rate, heartbeat) = (numbers.first(), numbers.last());
            runtime()?.block_on(serve(
                rate.copied().unwrap_or(10),
                heartbeat.copied().unwrap_or(10_000),
            ))
        }
        cuts => {
            let cuts = cuts.map_or(Ok(1_000), str::parse)?;
            runtime()?.block_on(measure(cuts))
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

async fn measure(cuts: usize) -> Outcome<()> {
    let mut table = Table::default();
    // First, while nothing else has used memory.
    restoring(&mut table).await?;
    idle(&mut table).await?;
    connecting(&mut table).await?;
    processing(&mut table)?;
    let jitter = ReconnectPolicy::default();
    let at_once = jitter.clone().first_delay(Duration::ZERO);
    recovering("cut to data", &jitter, cuts, (Some(0.6), 1.5), &mut table).await?;
    recovering(
        "the same without jitter",
        &at_once,
        cuts,
        (None, 0.25),
        &mut table,
    )
    .await?;
    // Both wait for time to pass.
    let (half_open, stalled) = tokio::join!(half_open(), stalled());
    table.rows.extend([half_open?, stalled?]);
    table.print();
    if table.rows.iter().all(|row| row.holds) {
        return Ok(());
    }
    Err("a target is missed".into())
}

/// Ten thousand symbols with all fields come back, and what that takes.
async fn restoring(table: &mut Table) -> Outcome<()> {
    const SYMBOLS: usize = 10_000;
    let simulator = Simulator::start(10, 10_000)?;
    let relay = Relay::start(&simulator).await?;
    let client = connect(
        &relay,
        ReconnectPolicy::default().first_delay(Duration::ZERO),
    )
    .await?;
    let symbols = (0..SYMBOLS).map(|number| format!("SIM:R{number}"));
    let request = QuoteRequest::new(symbols)?;
    let mut quotes = client.quotes(request).await?;
    let mut complete = 0;
    let begun = Instant::now();
    while complete < SYMBOLS {
        complete += usize::from(matches!(
            next(&mut quotes).await?,
            QuoteEvent::Completed { .. }
        ));
    }
    let first = begun.elapsed();
    let again = relay.cut_and_wait(&mut quotes).await?;
    let resident = kibibytes("VmHWM:") / 1_024;
    let seconds = again.as_secs_f64();
    table.add(
        "10,000 symbols restored, all fields",
        "≤ 10 s",
        format!("{seconds:.2} s (at first {:.2} s)", first.as_secs_f64()),
        seconds <= 10.0,
    );
    table.add(
        "resident memory meanwhile, at most",
        "≤ 150 MB",
        format!("{resident} MiB"),
        resident <= 143,
    );
    client.close().await;
    Ok(())
}

/// Memory of clients that do next to nothing.
async fn idle(table: &mut Table) -> Outcome<()> {
    const CLIENTS: usize = 300;
    let simulator = Simulator::start(0, 10_000)?;
    let before = kibibytes("VmRSS:");
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let client = Client::builder().endpoint(&simulator.url).connect().await?;
        let mut quotes = client.quotes(one(&format!("SIM:I{number}"))?).await?;
        while !matches!(next(&mut quotes).await?, QuoteEvent::Completed { .. }) {}
        clients.push((client, quotes));
    }
    let each = kibibytes("VmRSS:").saturating_sub(before) / CLIENTS;
    table.add(
        "memory of an idle client with one symbol",
        "≤ 64 KiB",
        format!("{each} KiB, mean of {CLIENTS}"),
        each <= 64,
    );
    Ok(())
}

/// From nothing to the first quote, and back.
async fn connecting(table: &mut Table) -> Outcome<()> {
    let simulator = Simulator::start(0, 10_000)?;
    let (mut open, mut served, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..500 {
        let begun = Instant::now();
        let client = Client::builder().endpoint(&simulator.url).connect().await?;
        open.push(begun.elapsed());
        let mut quotes = client.quotes(one("SIM:A")?).await?;
        while !matches!(next(&mut quotes).await?, QuoteEvent::Update(_)) {}
        served.push(begun.elapsed());
        let closing = Instant::now();
        client.close().await;
        closed.push(closing.elapsed());
    }
    table.time(
        "connect: TCP, upgrade, greeting, token",
        open,
        None,
        Duration::from_millis(5),
    );
    table.time(
        "the same, with a session and its first quote",
        served,
        None,
        Duration::from_millis(5),
    );
    table.time(
        "close of an idle client",
        closed,
        None,
        Duration::from_secs(1),
    );
    Ok(())
}

/// A quote of 160 bytes, from the text of a socket to a message with types, merged into the state
/// of its symbol.
fn processing(table: &mut Table) -> Outcome<()> {
    let mut connection = Connection::new(ProtocolConfig::default());
    let now = || Instant::now().into_std();
    connection.handle_open(now());
    let mut greeting = String::new();
    encode(
        r#"{"session_id":"1","release":"r","protocol":"json"}"#,
        &mut greeting,
    );
    connection.handle_text(now(), &greeting);
    while connection.poll_message().is_some() {}
    while let Some(event) = connection.poll_event() {
        if matches!(event, Event::NeedToken) {
            connection.provide_token(now(), &AuthToken::anonymous());
        }
    }
    let mut state = Quote::default();
    let mut times = Vec::new();
    for number in 0..500_000 {
        let cents = number % 100;
        let payload = format!(
            r#"{{"m":"qsd","p":["qs_abcdefghijkl",{{"n":"NASDAQ:AAPL","s":"ok","v":{{"lp":150.{cents:02},"lp_time":1700000000,"ch":1.25,"chp":0.84,"volume":12345678,"bid":150.2,"ask":150.3}}}}]}}"#
        );
        let mut text = String::new();
        encode(&payload, &mut text);
        let at = now();
        let begun = std::time::Instant::now();
        connection.handle_text(at, &text);
        while let Some(received) = connection.poll_message() {
            if let ServerMessage::QuoteData(quote) = &received.message {
                quote.data.values.merge_into(&mut state);
            }
        }
        times.push(begun.elapsed());
        while connection.poll_event().is_some() || connection.poll_transmit().is_some() {}
    }
    if state.last() != Some(150.99) {
        return Err("the quotes were not read".into());
    }
    let (half, most) = (Duration::from_micros(2), Duration::from_micros(10));
    table.time(
        "message processing, frame to typed event, 160 B",
        times,
        Some(half),
        most,
    );
    Ok(())
}

/// Time from a cut until the session has its newest state again, many clients at once.
async fn recovering(
    what: &str,
    policy: &ReconnectPolicy,
    cuts: usize,
    (half, most): (Option<f64>, f64),
    table: &mut Table,
) -> Outcome<()> {
    let simulator = Simulator::start(500, 10_000)?;
    let mut tasks = JoinSet::new();
    for number in 0..SIDE_BY_SIDE {
        let relay = Relay::start(&simulator).await?;
        // So that no client counts as flapping: stable at once.
        let policy = policy.clone().stable_after(Duration::ZERO);
        let cuts = cuts.div_ceil(SIDE_BY_SIDE);
        tasks.spawn(async move {
            let client = connect(&relay, policy).await?;
            let mut quotes = client.quotes(one(&format!("SIM:C{number}"))?).await?;
            let mut waits = Vec::new();
            for _ in 0..cuts {
                for _ in 0..2 {
                    while !matches!(next(&mut quotes).await?, QuoteEvent::Update(_)) {}
                }
                waits.push(relay.cut_and_wait(&mut quotes).await?);
            }
            let errors = client.health().await.metrics.errors;
            client.close().await;
            Outcome::Ok((waits, errors == cuts as u64))
        });
    }
    let (mut waits, mut clean) = (Vec::new(), true);
    while let Some(done) = tasks.join_next().await {
        let (some, all) = done??;
        waits.extend(some);
        clean &= all;
    }
    let (half, most) = (
        half.map(Duration::from_secs_f64),
        Duration::from_secs_f64(most),
    );
    let count = waits.len();
    table.time(what, waits, half, most);
    table.add(
        "  of these, back at the first attempt",
        "all",
        format!("{}, of {count}", if clean { "all" } else { "not all" }),
        clean,
    );
    Ok(())
}

/// How long a link that is dead without an end goes unnoticed, with the default options.
async fn half_open() -> Outcome<Row> {
    const CLIENTS: usize = 5;
    let simulator = Simulator::start(100, 10_000)?;
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let relay = Relay::start(&simulator).await?;
        tasks.spawn(async move {
            let client = connect(&relay, ReconnectPolicy::default()).await?;
            let mut quotes = client.quotes(one(&format!("SIM:H{number}"))?).await?;
            while !matches!(next(&mut quotes).await?, QuoteEvent::Completed { .. }) {}
            let mut states = client.states();
            relay.act(Act::Mute);
            let begun = Instant::now();
            while !matches!(
                states.next().await,
                Some(ConnectionState::Reconnecting { .. })
            ) {}
            Outcome::Ok(begun.elapsed())
        });
    }
    let mut longest = Duration::ZERO;
    while let Some(done) = tasks.join_next().await {
        longest = longest.max(done??);
    }
    // The limit is one of the link; a tenth of a second is for those who tell of it.
    let holds = longest <= Duration::from_millis(20_100);
    Ok(Row::new(
        "half-open link noticed",
        "≤ 20 s, and 0.1 s to tell",
        format!("{:.2} s, the longest of {CLIENTS}", longest.as_secs_f64()),
        holds,
    ))
}

/// A reader that does not read while the server sends and beats its heart.
async fn stalled() -> Outcome<Row> {
    const SLEEP: Duration = Duration::from_secs(20);
    // The server cuts a client that leaves a heartbeat unanswered for two intervals.
    let simulator = Simulator::start(20_000, 1_000)?;
    let client = Client::builder().endpoint(&simulator.url).connect().await?;
    let symbols = (0..100).map(|number| format!("SIM:L{number}"));
    let request = QuoteRequest::new(symbols)?;
    let mut quotes = client.quotes(request).await?;
    next(&mut quotes).await?;
    let before = client.counters().await?.received;
    tokio::time::sleep(SLEEP).await;
    let after = client.counters().await?.received;
    let (frames, beats) = (
        after.frames - before.frames,
        after.heartbeats - before.heartbeats,
    );
    // It wakes to what is new.
    next(&mut quotes).await?;
    let open = client.state() == ConnectionState::Open { generation: 1 };
    let seconds = SLEEP.as_secs();
    let holds = open && beats >= seconds / 2 && frames > 1_000;
    Ok(Row::new(
        "reader that sleeps: disconnects",
        "0",
        format!(
            "{} in {seconds} s, {frames} frames and {beats} heartbeats",
            if open { "0" } else { "some" }
        ),
        holds,
    ))
}

async fn connect(relay: &Relay, policy: ReconnectPolicy) -> Outcome<Client> {
    Ok(Client::builder()
        .endpoint(&relay.url)
        .reconnect(policy)
        .connect()
        .await?)
}

fn one(symbol: &str) -> Outcome<QuoteRequest> {
    Ok(QuoteRequest::new([symbol])?)
}

async fn next(quotes: &mut QuoteSession) -> Outcome<QuoteEvent> {
    match quotes.next().await {
        Some(QuoteEvent::Ended(error)) => Err(error.into()),
        Some(event) => Ok(event),
        None => Err("the session is over".into()),
    }
}

/// What a relay does to the connections that it has.
#[derive(Clone, Copy)]
enum Act {
    /// Ends them.
    Cut,
    /// Lets nothing pass any more, and ends nothing.
    Mute,
}

/// Passes bytes on, until another mode is set.
struct Relay {
    url: String,
    acts: watch::Sender<Act>,
}

impl Relay {
    async fn start(simulator: &Simulator) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = simulator
            .url
            .replace(&simulator.address, &listener.local_addr()?.to_string());
        let target = simulator.address.clone();
        let (acts, reported) = watch::channel(Act::Cut);
        tokio::spawn(async move {
            while reported.has_changed().is_ok()
                && let Ok((client, _)) = listener.accept().await
            {
                tokio::spawn(pass(client, target.clone(), reported.clone()));
            }
        });
        Ok(Self { url, acts })
    }

    fn act(&self, act: Act) {
        self.acts.send_replace(act);
    }

    /// Cuts the connection; gives the time until the session says that all it has is new again.
    async fn cut_and_wait(&self, quotes: &mut QuoteSession) -> Outcome<Duration> {
        let begun = Instant::now();
        self.act(Act::Cut);
        loop {
            match next(quotes).await? {
                QuoteEvent::Resumed { missing: 0 } => return Ok(begun.elapsed()),
                QuoteEvent::Resumed { missing } => {
                    return Err(format!("{missing} symbols are missing").into());
                }
                _ => {}
            }
        }
    }
}

async fn pass(
    mut client: TcpStream,
    target: String,
    mut acts: watch::Receiver<Act>,
) -> std::io::Result<()> {
    acts.mark_unchanged();
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    tokio::select! {
        // An end of either side.
        done = copy_bidirectional(&mut client, &mut server) => done.map(drop)?,
        Ok(()) = acts.changed() => {
            let act = *acts.borrow_and_update();
            if let Act::Mute = act {
                // Until the relay is dropped.
                while acts.changed().await.is_ok() {}
            }
        }
    }
    Ok(())
}

/// A simulator in a process of its own; it ends when this is dropped.
struct Simulator {
    process: Child,
    url: String,
    /// Host and port of the URL.
    address: String,
}

impl Simulator {
    /// One with `rate` ticks a second and `heartbeat` milliseconds between heartbeats.
    fn start(rate: u64, heartbeat: u64) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", &rate.to_string(), &heartbeat.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let reported = process.stdout.take().ok_or("its output")?;
        BufReader::new(reported).read_line(&mut url)?;
        let url = url.trim().to_owned();
        let address = url.split('/').nth(2).ok_or("a URL")?.to_owned();
        Ok(Self {
            process,
            url,
            address,
        })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

async fn serve(rate: u64, heartbeat: u64) -> Outcome<()> {
    #[expect(clippy::cast_precision_loss, reason = "rates are small")]
    let builder = SimServer::builder().rate(rate as f64);
    let heartbeat = Duration::from_millis(heartbeat);
    let simulator = builder
        .heartbeat(heartbeat)
        .heartbeat_timeout(heartbeat * 2)
        .start()
        .await?;
    println!("{}", simulator.url());
    let wait = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(wait).await??;
    Ok(())
}

/// What was measured, a row each.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    target: String,
    measured: String,
    holds: bool,
}

impl Row {
    fn new(what: &str, target: &str, measured: String, holds: bool) -> Self {
        Self {
            what: what.to_owned(),
            target: target.to_owned(),
            measured,
            holds,
        }
    }
}

impl Table {
    fn add(&mut self, what: &str, target: &str, measured: String, holds: bool) {
        println!("{what}: {measured}");
        self.rows.push(Row::new(what, target, measured, holds));
    }

    /// Times. Half of them must be at most `half`, if that is given, and all but a hundredth at
    /// most `most`.
    fn time(
        &mut self,
        what: &str,
        mut times: Vec<Duration>,
        half: Option<Duration>,
        most: Duration,
    ) {
        times.sort();
        let at = |part: usize| {
            times
                .get(times.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        let (p50, p99) = (at(50), at(99));
        let target = match half {
            Some(half) => format!("p50 ≤ {half:?}, p99 ≤ {most:?}"),
            None => format!("p99 ≤ {most:?}"),
        };
        let holds = half.is_none_or(|half| p50 <= half) && p99 <= most;
        let measured = format!("p50 {p50:.2?}, p99 {p99:.2?}, of {}", times.len());
        self.add(what, &target, measured, holds);
    }

    fn print(&self) {
        println!("\n| figure | target | measured | |\n|---|---|---|---|");
        for Row {
            what,
            target,
            measured,
            holds,
        } in &self.rows
        {
            let verdict = if *holds { "holds" } else { "MISSED" };
            println!("| {what} | {target} | {measured} | {verdict} |");
        }
    }
}

/// A figure of this process's memory in KiB; zero where there is no /proc.
fn kibibytes(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}
