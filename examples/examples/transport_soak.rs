//! Twenty supervised connections of three protocols, whose servers break them in every way by a
//! seed.
//!
//! `cargo run --release -p tv-examples --example transport_soak -- 600 1` runs it for 600 s; the
//! seed is 1. It fails unless, for each stream, the messages delivered and those reported lost add
//! up to those sent. It also fails if a task or a file is left at the end.

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::error::Error;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tv_examples::venue::binance::Binance;
use tv_examples::venue::ledger::Ledger;
use tv_examples::venue::mexc::Mexc;
use tv_examples::venue::quotes::Quotes;
use tv_examples::venue::server::{Behaviour, VenueKind, VenueServer};
use tv_examples::venue::{VenueCommand, VenueEvent};
use tv_transport::{
    Endpoint, Health, Protocol, Supervisor, SupervisorConfig, SupervisorEvent, SupervisorHandle,
};

/// A supervised connection that keeps its own books.
struct Soaked {
    name: String,
    handle: SupervisorHandle,
    _commands: mpsc::Sender<VenueCommand>,
    task: JoinHandle<Ledger>,
}

async fn soak<P>(
    protocol: P,
    name: String,
    server: &VenueServer,
    streams: Vec<String>,
) -> Result<Soaked, Box<dyn Error>>
where
    P: Protocol<Command = VenueCommand, Event = VenueEvent> + Send + 'static,
{
    let config = SupervisorConfig::new(&name, Endpoint::new(&server.url())?);
    let (commands, receiver) = mpsc::channel(4);
    commands.send(VenueCommand::Subscribe(streams)).await?;
    let mut supervisor = Supervisor::new(protocol, receiver, config);
    let handle = supervisor.handle();
    let task = tokio::spawn(async move {
        let mut ledger = Ledger::default();
        supervisor
            .run(|event| {
                if let SupervisorEvent::Protocol(event) = event {
                    ledger.take(&event);
                }
            })
            .await;
        ledger
    });
    Ok(Soaked {
        name,
        handle,
        _commands: commands,
        task,
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(60), |text| text.parse())?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let before = (open_files(), alive_tasks());
    let memory = run(Duration::from_secs(seconds), seed).await?;

    // What was spawned and opened ends within a moment of its owner.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = (open_files(), alive_tasks());
    println!("files and tasks: {before:?} before, {after:?} after");
    println!(
        "resident memory: {} KiB after a tenth, {} KiB at the end",
        memory.0, memory.1
    );
    if after.0 > before.0 || after.1 > before.1 {
        return Err("something is left".into());
    }
    Ok(())
}

async fn run(time: Duration, seed: u64) -> Result<(u64, u64), Box<dyn Error>> {
    let mut servers = Vec::new();
    let mut soaked = Vec::new();
    for index in 0..20_u64 {
        let (kind, name, streams) = match index % 3 {
            0 => (
                VenueKind::Binance,
                "binance",
                vec!["a@trade", "b@depth", "c@kline_1m"],
            ),
            1 => (
                VenueKind::Mexc,
                "mexc",
                vec![
                    "spot@public.aggre.depth.v3.api.pb@100ms@A",
                    "spot@public.increase.depth.v3.api@B",
                ],
            ),
            _ => (
                VenueKind::Quotes,
                "quotes",
                vec![tv_examples::venue::server::SYMBOL],
            ),
        };
        let behaviour = Behaviour {
            faults: Some(seed.wrapping_mul(1000) + index),
            longest_life: Duration::from_secs(20),
            ..Behaviour::default()
        };
        let server = VenueServer::start(kind, behaviour).await?;
        let streams = streams.into_iter().map(str::to_owned).collect();
        let name = format!("{name}-{index}");
        soaked.push(match kind {
            VenueKind::Binance => soak(Binance::default(), name, &server, streams).await?,
            VenueKind::Mexc => soak(Mexc::default(), name, &server, streams).await?,
            VenueKind::Quotes => soak(Quotes::default(), name, &server, streams).await?,
        });
        servers.push(server);
    }
    tokio::time::sleep(time / 10).await;
    let early = resident();
    tokio::time::sleep(time - time / 10).await;
    let late = resident();

    let mut failed = 0;
    let mut totals = (0, 0, 0);
    for (soaked, server) in soaked.into_iter().zip(&servers) {
        let health: Health = soaked.handle.health().await;
        soaked.handle.close().await;
        let ledger = soaked.task.await?;
        for (stream, account) in ledger.accounts() {
            totals.0 += account.delivered;
            totals.1 += account.lost;
            let fresh = account.last <= server.latest(stream);
            if !account.balances() || !fresh || !ledger.is_settled() {
                failed += 1;
                println!("WRONG {} {stream}: {account:?}", soaked.name);
            }
        }
        if ledger.delivered() == 0 {
            failed += 1;
            println!("SILENT {}: {health:?}", soaked.name);
        }
        totals.2 += health.metrics.reconnections;
    }
    let (delivered, lost, reconnections) = totals;
    println!(
        "{delivered} numbers delivered + {lost} reported lost; {reconnections} reconnections; {failed} books wrong"
    );
    if failed > 0 || reconnections == 0 {
        return Err("the books do not balance".into());
    }
    Ok((early, late))
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn alive_tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

/// Resident memory in KiB; zero where there is no /proc.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}
