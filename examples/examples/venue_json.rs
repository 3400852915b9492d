//! Another venue: JSON streams in the manner of Binance, over a pool of connections that
//! tv-transport keeps connected.
//!
//! Runs against a loopback server that breaks each connection every few seconds:
//! `cargo run -p tv-examples --example venue_json`. With a URL as argument it goes there instead.

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::error::Error;
use std::time::Duration;

use tv_examples::venue::VenueEvent;
use tv_examples::venue::binance::Binance;
use tv_examples::venue::server::{Behaviour, VenueKind, VenueServer};
use tv_transport::{Endpoint, Supervisor, SupervisorConfig, SupervisorEvent};
use venue::{Pool, PoolConfig, PoolEvent};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let behaviour = Behaviour {
        pace: Duration::from_millis(250),
        faults: Some(1),
        longest_life: Duration::from_secs(3),
    };
    let server = VenueServer::start(VenueKind::Binance, behaviour).await?;
    let url = std::env::args().nth(1).unwrap_or_else(|| server.url());

    // The venue allows 1,024 streams; two show that there are several connections.
    let config = PoolConfig::new(SupervisorConfig::new("binance", Endpoint::new(&url)?))
        .streams_per_connection(2)
        .connections(2);
    let pool = Pool::new(
        config,
        |commands, config| Supervisor::new(Binance::default(), commands, config),
        |event| match event {
            PoolEvent::Connection { connection, event } => show(connection, event),
            PoolEvent::Ended {
                connection,
                end,
                streams,
            } => println!("{connection} end       {end}, streams {streams:?}"),
        },
    );

    // Requested once; requested again by itself after each reconnect.
    let streams = [
        "btcusdt@trade",
        "btcusdt@depth",
        "btcusdt@depth5",
        "btcusdt@kline_1m",
    ];
    pool.subscribe(streams.map(str::to_owned))?;
    tokio::time::sleep(Duration::from_secs(8)).await;

    for health in pool.health().await {
        println!("health    {health:#?}");
    }
    pool.close().await;
    Ok(())
}

fn show(connection: usize, event: SupervisorEvent<VenueEvent>) {
    print!("{connection} ");
    match event {
        SupervisorEvent::Protocol(VenueEvent::Message(message)) => {
            println!("message   {} {}", message.stream.id, message.data);
        }
        SupervisorEvent::Protocol(VenueEvent::Lost { stream, from, to }) => {
            println!("lost      {stream} numbers {from} to {to}");
        }
        SupervisorEvent::Protocol(VenueEvent::Error(error)) => {
            println!("error     {} {error}", error.class());
        }
        SupervisorEvent::State(change) => println!("state     {} -> {}", change.from, change.to),
        SupervisorEvent::RefreshAuth => println!("state     credentials rejected"),
    }
}
