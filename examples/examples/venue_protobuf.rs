//! Another venue: protobuf data and JSON control in the manner of MEXC, kept connected by
//! tv-transport's supervisor.
//!
//! Runs against a loopback server that breaks the connection every few seconds: `cargo run -p
//! tv-examples --example venue_protobuf`. With a URL as argument it goes there instead.

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::error::Error;
use std::time::Duration;

use tokio::sync::mpsc;
use tv_examples::venue::mexc::Mexc;
use tv_examples::venue::server::{Behaviour, VenueKind, VenueServer};
use tv_examples::venue::{VenueCommand, VenueEvent};
use tv_transport::{Endpoint, Supervisor, SupervisorConfig, SupervisorEvent};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let behaviour = Behaviour {
        pace: Duration::from_millis(250),
        faults: Some(1),
        longest_life: Duration::from_secs(3),
    };
    let server = VenueServer::start(VenueKind::Mexc, behaviour).await?;
    let url = std::env::args().nth(1).unwrap_or_else(|| server.url());

    let config = SupervisorConfig::new("mexc", Endpoint::new(&url)?);
    let (commands, receiver) = mpsc::channel(16);
    let mut supervisor = Supervisor::new(Mexc::default(), receiver, config);
    let handle = supervisor.handle();
    let task = tokio::spawn(async move { supervisor.run(show).await });

    // Asked for once; asked for again by itself after each reconnect.
    let streams = [
        "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT",
        "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT",
        "spot@public.limit.depth.v3.api.pb@BTCUSDT@5",
        "spot@public.kline.v3.api.pb@BTCUSDT@Min1",
    ]
    .map(str::to_owned);
    commands
        .send(VenueCommand::Subscribe(streams.into()))
        .await?;
    tokio::time::sleep(Duration::from_secs(8)).await;

    println!("health    {:#?}", handle.health().await);
    handle.close().await;
    println!("end       {:?}", task.await?);
    Ok(())
}

fn show(event: SupervisorEvent<VenueEvent>) {
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
