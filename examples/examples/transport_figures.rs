//! Measures what docs/RELIABILITY.md says of tv-transport, over loopback: `cargo run --release -p
//! tv-examples --example transport_figures`. Client and server share the process and its
//! processors, so that all figures are upper bounds.
//!
//! It fails if a figure breaks its bound. The bounds are wide: the common targets for such clients,
//! and ratios to a bare WebSocket that is measured beside.

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::error::Error;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tv_examples::figures::{Times, Verdicts};
use tv_examples::venue::binance::Binance;
use tv_examples::venue::server::{Behaviour, VenueKind, VenueServer};
use tv_examples::venue::{VenueCommand, VenueEvent};
use tv_transport::{
    Endpoint, ReconnectPolicy, State, Supervisor, SupervisorConfig, SupervisorEvent,
    SupervisorHandle,
};

/// A supervised connection whose messages and states arrive with their times.
struct Client {
    commands: mpsc::Sender<VenueCommand>,
    events: mpsc::UnboundedReceiver<(Instant, SupervisorEvent<()>)>,
    handle: SupervisorHandle,
    task: JoinHandle<()>,
}

fn start(server: &VenueServer, policy: ReconnectPolicy) -> Result<Client, Box<dyn Error>> {
    let config = SupervisorConfig::new("figures", Endpoint::new(&server.url())?).policy(policy);
    let (commands, receiver) = mpsc::channel(16);
    let mut supervisor = Supervisor::new(Binance::default(), receiver, config);
    let handle = supervisor.handle();
    let (sender, events) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        supervisor
            .run(|event| {
                let event = match event {
                    SupervisorEvent::Protocol(VenueEvent::Message(_)) => {
                        SupervisorEvent::Protocol(())
                    }
                    SupervisorEvent::State(change) => SupervisorEvent::State(change),
                    _ => return,
                };
                sender.send((Instant::now(), event)).unwrap_or_default();
            })
            .await;
    });
    Ok(Client {
        commands,
        events,
        handle,
        task,
    })
}

impl Client {
    /// When this happens first.
    async fn until(&mut self, wanted: impl Fn(&SupervisorEvent<()>) -> bool) -> Option<Instant> {
        while let Some((at, event)) = self.events.recv().await {
            if wanted(&event) {
                return Some(at);
            }
        }
        None
    }

    async fn data(&mut self) -> Option<Instant> {
        self.until(|event| matches!(event, SupervisorEvent::Protocol(())))
            .await
    }

    async fn state(&mut self, state: State) -> Option<Instant> {
        self.until(|event| matches!(event, SupervisorEvent::State(change) if change.to == state))
            .await
    }

    async fn close(self) {
        self.handle.close().await;
        self.task.await.unwrap_or_default();
    }
}

fn trades() -> VenueCommand {
    VenueCommand::Subscribe(vec!["a@trade".to_owned()])
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cuts = std::env::args()
        .nth(1)
        .map_or(Ok(50), |text| text.parse())?;
    let mut verdicts = Verdicts::default();
    connecting(&mut verdicts).await?;
    let jitter = ReconnectPolicy::default();
    let waits = recovering("with the default jitter", &jitter, cuts, &mut verdicts).await?;
    verdicts.within("mean recovery", waits.mean(), Duration::from_secs(5));
    verdicts.within(
        "p99 of recovery",
        waits.percentile(99),
        Duration::from_secs(3),
    );
    let at_once = jitter.first_delay(Duration::ZERO);
    let waits = recovering("without jitter", &at_once, cuts, &mut verdicts).await?;
    verdicts.within(
        "p99 of recovery without jitter",
        waits.percentile(99),
        SECOND,
    );
    idle(&mut verdicts).await?;
    loaded(&mut verdicts).await?;
    println!("{} figures keep their bounds", verdicts.conclude()?);
    Ok(())
}

const SECOND: Duration = Duration::from_secs(1);

/// The time of a bare TCP connection and WebSocket upgrade, without anything of tv-transport.
async fn bare(server: &VenueServer) -> Result<Duration, Box<dyn Error>> {
    let url = server.url();
    let address = url.trim_start_matches("ws://").trim_end_matches("/stream");
    let begun = Instant::now();
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let _socket = tokio_tungstenite::client_async(&url, stream).await?;
    Ok(begun.elapsed())
}

/// Connection establishment and subscription acknowledgement, one after the other.
async fn connecting(verdicts: &mut Verdicts) -> Result<(), Box<dyn Error>> {
    let server = VenueServer::start(VenueKind::Binance, Behaviour::default()).await?;
    let (mut connects, mut acknowledgements, mut closes) = (Vec::new(), Vec::new(), Vec::new());
    let mut bares = Vec::new();
    for _ in 0..200 {
        bares.push(bare(&server).await?);
        let begun = Instant::now();
        let mut client = start(&server, ReconnectPolicy::default())?;
        let connected = client.state(State::Connected).await.ok_or("ended")?;
        connects.push(connected - begun);
        // The answer shows as a confirmed subscription; its data only comes with the next tick.
        let asked = Instant::now();
        client.commands.send(trades()).await?;
        while client.handle.health().await.subscriptions.confirmed == 0 {
            tokio::task::yield_now().await;
        }
        acknowledgements.push(asked.elapsed());
        let closing = Instant::now();
        client.close().await;
        closes.push(closing.elapsed());
    }
    let bares = show("a bare TCP connection and upgrade", bares);
    let connects = show("connect: TCP and upgrade", connects);
    let acknowledgements = show("acknowledgement of a subscription", acknowledgements);
    let closes = show("close of an idle connection", closes);
    let half = |times: &Times| times.percentile(50);
    verdicts.within_times(
        "connect beside a bare socket",
        half(&connects),
        5,
        half(&bares),
    );
    verdicts.within_times(
        "acknowledgement beside it",
        half(&acknowledgements),
        5,
        half(&bares),
    );
    verdicts.within("p99 of connecting", connects.percentile(99), 2 * SECOND);
    verdicts.within(
        "p99 of acknowledgements",
        acknowledgements.percentile(99),
        SECOND / 10,
    );
    verdicts.within("p99 of closing", closes.percentile(99), SECOND);
    Ok(())
}

/// Time from a cut to the next data, twenty connections to as many servers at once.
async fn recovering(
    what: &str,
    policy: &ReconnectPolicy,
    cuts: usize,
    verdicts: &mut Verdicts,
) -> Result<Times, Box<dyn Error>> {
    let mut tasks = Vec::new();
    for _ in 0..20 {
        // So that no client of the test counts as flapping: stable at once.
        let policy = policy.clone().stable_after(Duration::ZERO);
        tasks.push(tokio::spawn(async move {
            let server = VenueServer::start(VenueKind::Binance, Behaviour::default())
                .await
                .ok()?;
            let mut client = start(&server, policy).ok()?;
            client.commands.send(trades()).await.ok()?;
            let mut waits = Vec::new();
            for _ in 0..cuts {
                client.data().await?;
                client.data().await?;
                let cut = Instant::now();
                server.cut();
                client.state(State::Reconnecting).await?;
                waits.push(client.data().await? - cut);
            }
            let health = client.handle.health().await;
            client.close().await;
            Some((waits, health.metrics.reconnections))
        }));
    }
    let mut waits = Vec::new();
    let mut attempts = 0;
    for task in tasks {
        let (some, made) = task.await?.ok_or("a client ended early")?;
        waits.extend(some);
        attempts += made;
    }
    let cuts = waits.len();
    println!("{cuts} cuts {what}: {attempts} attempts to reconnect");
    let success = f64::from(u32::try_from(cuts)?) / f64::from(u32::try_from(attempts)?);
    verdicts.at_least("attempts that succeed", success, 0.95);
    Ok(show("  data after a cut", waits))
}

/// Memory and processor time of idle connections.
async fn idle(verdicts: &mut Verdicts) -> Result<(), Box<dyn Error>> {
    const COUNT: u32 = 500;
    let behaviour = Behaviour {
        pace: Duration::from_secs(1000),
        ..Behaviour::default()
    };
    let server = VenueServer::start(VenueKind::Binance, behaviour).await?;
    let before = resident();
    let mut clients = Vec::new();
    for _ in 0..COUNT {
        let mut client = start(&server, ReconnectPolicy::default())?;
        client.state(State::Connected).await;
        clients.push(client);
    }
    let cpu = processor_time();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let busy = processor_time() - cpu;
    let each = resident().saturating_sub(before) / u64::from(COUNT);
    println!(
        "{COUNT} idle connections: {each} KiB each, the server's end included; {busy:?} of processor time in 5 s"
    );
    // 64 KiB is the target for a client; the server's end is here, too.
    verdicts.at_most(
        "KiB for an idle connection",
        f64::from(u32::try_from(each)?),
        256.0,
    );
    verdicts.within("processor time of idle connections in 5 s", busy, SECOND);
    for client in clients {
        client.close().await;
    }
    Ok(())
}

/// Twenty venues at once, a thousand messages a second each.
async fn loaded(verdicts: &mut Verdicts) -> Result<(), Box<dyn Error>> {
    const SECONDS: u32 = 10;
    let behaviour = Behaviour {
        pace: Duration::from_millis(1),
        ..Behaviour::default()
    };
    let mut venues = Vec::new();
    for _ in 0..20 {
        let server = VenueServer::start(VenueKind::Binance, behaviour).await?;
        let mut client = start(&server, ReconnectPolicy::default())?;
        client.commands.send(trades()).await?;
        client.data().await;
        venues.push((client, server));
    }
    let (cpu, begun) = (processor_time(), Instant::now());
    let sent = |venues: &[(Client, VenueServer)]| -> u64 {
        let latest = |(_, server): &(Client, VenueServer)| server.latest("a@trade");
        venues.iter().map(latest).sum()
    };
    let before = sent(&venues);
    let mut messages = 0_u32;
    while begun.elapsed() < Duration::from_secs(SECONDS.into()) {
        for (client, _) in &mut venues {
            while client.events.try_recv().is_ok() {
                messages += 1;
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let busy = processor_time() - cpu;
    let sent = f64::from(u32::try_from(sent(&venues) - before)?);
    println!(
        "20 venues at once: {} messages a second in all; {:?} of processor time a second for each connection and \
         its server; {} KiB resident",
        messages / SECONDS,
        busy / SECONDS / 20,
        resident()
    );
    let received = f64::from(messages);
    verdicts.at_least(
        "share of the sent messages that arrived",
        received / sent,
        0.95,
    );
    // The server makes at most 1,000.
    let each = received / f64::from(SECONDS) / 20.0;
    verdicts.at_least("messages a second and connection", each, 500.0);
    verdicts.within(
        "processor time for a message",
        busy / messages.max(1),
        SECOND / 1000,
    );
    verdicts.within("processor time a second", busy / SECONDS / 20, SECOND / 10);
    verdicts.at_most(
        "MB for a connection",
        f64::from(u32::try_from(resident())?) / 20e3,
        100.0,
    );
    for (client, _) in venues {
        client.close().await;
    }
    Ok(())
}

fn show(what: &str, times: Vec<Duration>) -> Times {
    let times = Times::from(times);
    println!("{what}: {times}");
    times
}

/// Resident memory in KiB; zero where there is no /proc.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Processor time of this process, in the hundredths of a second that Linux counts; zero where
/// there is no /proc.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // User and system time are fields 14 and 15; two fields come before the end of the name.
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
