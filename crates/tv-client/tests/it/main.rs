//! Integration tests of tv-client against the simulator, over real sockets on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, say what they skip, and draw the same each time"
)]

mod bad_symbol;
mod changes;
mod connection;
mod history;
mod indicators;
mod layering;
mod monitoring;
mod oracle;
mod outages;
mod pool;
mod quotes;
mod readers;
mod renewal;
#[cfg(feature = "serde")]
mod round_trip;
mod rows;
mod secrets;
mod series;
mod servers;
mod statuses;
mod studies;
mod threads;
mod uptime;
mod wire;

use std::{future::Future, sync::Arc, time::Duration};

use sim::{Sim, SimBuilder, SimServer};
use tv_client::{Client, ClientBuilder, Dialer, Symbol};

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(300);

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .unwrap_or_else(|_| panic!("no {what} in time"))
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

/// When the market of every simulator begins, in milliseconds: Wednesday 4 March 2026, 10:00 in New
/// York. All exchanges of America are open then, and no test depends on the day on which it runs.
const EPOCH: i64 = 1_772_636_400_000;

/// How often a condition is looked at that nothing announces.
const POLL: Duration = Duration::from_millis(5);

/// A simulator whose market begins at [`EPOCH`].
fn simulator() -> SimBuilder {
    SimServer::builder().epoch(EPOCH)
}

/// Waits until a condition holds, as long as [`soon`] does.
async fn eventually(what: &str, holds: impl Fn() -> bool) {
    soon(what, async {
        while !holds() {
            pause().await;
        }
    })
    .await;
}

/// Waits before a condition is looked at again.
async fn pause() {
    tokio::time::sleep(POLL).await;
}

async fn start(builder: SimBuilder) -> SimServer {
    builder.start().await.unwrap()
}

/// A simulator in memory, and the builder of a client that connects to it. With paused time such a
/// test does not depend on the load of the machine.
fn in_memory(builder: SimBuilder) -> (Arc<Sim>, ClientBuilder) {
    let sim = Arc::new(builder.build().unwrap());
    let served = Arc::clone(&sim);
    let dialer = Dialer::new(move |_, _| {
        let stream = served.connect();
        async move { Ok(stream) }
    });
    let client = Client::builder().endpoint(sim.url()).dialer(dialer);
    (sim, client)
}

async fn connect(sim: &SimServer) -> Client {
    soon(
        "connection",
        Client::builder().endpoint(sim.url()).connect(),
    )
    .await
    .unwrap()
}
