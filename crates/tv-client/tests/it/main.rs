//! Integration tests of tv-client against the simulator, over real sockets on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they skip"
)]

mod connection;
mod history;
mod oracle;
mod outages;
mod pool;
mod quotes;
mod readers;
mod renewal;
mod rows;
mod secrets;
mod series;
mod studies;

use std::{future::Future, time::Duration};

use sim::{SimBuilder, SimServer};
use tv_client::{Client, values::Symbol};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(120);

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("no {what} in time"))
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

async fn start(builder: SimBuilder) -> SimServer {
    builder.start().await.unwrap()
}

async fn connect(sim: &SimServer) -> Client {
    soon(
        "connection",
        Client::builder().endpoint(sim.url()).connect(),
    )
    .await
    .unwrap()
}
