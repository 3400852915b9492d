//! Measures the simulator under load: `cargo run --release -p tv-sim --example load --
//! [CONNECTIONS] [SYMBOLS] [SECONDS] [distinct]`.
//!
//! The server runs in a process of its own, so that its processor time and memory can be read
//! alone; this one holds the clients. Each follows quotes of some symbols, and each symbol ticks
//! about once a second: the same for all clients, or with `distinct` other ones for each. Linux
//! only, since it reads `/proc`.
#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::{
    error::Error,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tv_sim::SimServer;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| args.get(at).map_or(Ok(default), |text| text.parse());
    if args.first().is_some_and(|word| word == "serve") {
        return serve(number(1, 10)?).await;
    }
    let (connections, symbols, seconds) = (number(0, 1000)?, number(1, 10)?, number(2, 20)?);
    let distinct = args.iter().any(|word| word == "distinct");
    let all = if distinct {
        connections * symbols
    } else {
        symbols
    };
    let (mut server, address) = start(all)?;
    let reported = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for n in 0..connections {
        let names: Vec<String> = (0..symbols)
            .map(|k| format!("SIM:L{}", if distinct { n * symbols + k } else { k }))
            .collect();
        let client = client(address.clone(), names, Arc::clone(&reported));
        clients.spawn(async move {
            if let Err(error) = client.await {
                println!("a client failed: {error}");
            }
        });
        // Not all at once: a backlog that overflows would measure something else.
        sleep(Duration::from_millis(2)).await;
    }
    sleep(Duration::from_secs(5)).await;
    let (begin, ticks, before) = (Instant::now(), cpu(server.id())?, reported.load(Relaxed));
    sleep(Duration::from_secs(seconds)).await;
    let wall = begin.elapsed().as_secs_f64();
    let used = cpu(server.id())? - ticks;
    let updates = reported.load(Relaxed) - before;
    println!(
        "{connections} connections, {all} symbols: {:.0} updates/s, {:.2} cores, {} MB resident",
        updates as f64 / wall,
        used / wall,
        resident(server.id())? / 1_000_000
    );
    clients.shutdown().await;
    server.kill()?;
    server.wait()?;
    Ok(())
}

/// The server's process: it says where it listens, and goes on until it is killed.
async fn serve(rate: u64) -> Result<(), Failure> {
    let sim = SimServer::builder().rate(rate as f64).start().await?;
    println!("{}", sim.local_addr());
    std::future::pending().await
}

fn start(rate: u64) -> Result<(Child, String), Failure> {
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", &rate.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    let stdout = server.stdout.take().ok_or("no output")?;
    BufReader::new(stdout).read_line(&mut address)?;
    Ok((server, address.trim().to_owned()))
}

/// Follows quotes, counts changes and answers heartbeats, for as long as it is let.
async fn client(
    address: String,
    names: Vec<String>,
    reported: Arc<AtomicU64>,
) -> Result<(), Failure> {
    let stream = TcpStream::connect(&address).await?;
    let config = WebSocketConfig::default().read_buffer_size(8 * 1024);
    let url = format!("ws://{address}/socket.io/websocket");
    let (mut socket, _) = client_async_with_config(url, stream, Some(config)).await?;
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    for command in [
        r#"{"m":"quote_create_session","p":["qs_1"]}"#.to_owned(),
        format!(
            r#"{{"m":"quote_add_symbols","p":["qs_1",{}]}}"#,
            names.join(",")
        ),
    ] {
        let frame = format!("~m~{}~m~{command}", command.len());
        socket.send(Message::text(frame)).await?;
    }
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        if text.contains("~m~~h~") {
            socket.send(Message::Text(text)).await?;
        } else {
            reported.fetch_add(text.matches("{\"m\":\"qsd\"").count() as u64, Relaxed);
        }
    }
    Err("the server hung up".into())
}

/// The processor time that a process has used, in seconds.
fn cpu(process: u32) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name in brackets; user and system time are fields 14 and 15, in hundredths of a
    // second.
    let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
    let times = fields.split_whitespace().skip(11).take(2);
    let hundredths: u64 = times.filter_map(|text| text.parse::<u64>().ok()).sum();
    Ok(hundredths as f64 / 100.0)
}

/// The resident memory of a process, in bytes.
fn resident(process: u32) -> Result<u64, Failure> {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm"))?;
    let pages = statm.split_whitespace().nth(1).ok_or("no statm")?;
    Ok(pages.parse::<u64>()? * 4096)
}
