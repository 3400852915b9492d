//! A simulator with a listener.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use sim_http::Accounts;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
    time::sleep_until,
};

use crate::{core::Core, ledger::Ledger, net, sim::Sim, stats::SimStats, sync::stopped};

/// The pause after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(10);
/// How long the same error of accepting is logged only once.
const SILENCE: Duration = Duration::from_secs(60);

/// A running simulated TradingView server. Dropping it stops it.
#[derive(Debug)]
pub struct SimServer {
    address: SocketAddr,
    sim: Sim,
    task: Option<JoinHandle<()>>,
}

impl SimServer {
    /// The base address of all HTTP endpoints, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn http_url(&self) -> String {
        let url = self.url();
        let base = url.strip_suffix("/socket.io/websocket").unwrap_or(&url);
        base.replacen("ws", "http", 1)
    }

    /// The URL that clients connect to. Every other path is served as well, except those of HTTP.
    /// With TLS it begins with `wss` and names `localhost` where the address is a loopback address.
    #[must_use]
    pub fn url(&self) -> String {
        if self.sim.ca_pem().is_none() {
            return format!("ws://{}/socket.io/websocket", self.address);
        }
        if self.address.ip().is_loopback() {
            return format!(
                "wss://localhost:{}/socket.io/websocket",
                self.address.port()
            );
        }
        format!("wss://{}/socket.io/websocket", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The counters so far.
    #[must_use]
    pub fn stats(&self) -> SimStats {
        self.sim.stats()
    }

    /// The ledger: the truth of the market, and a record of what was sent and done.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.sim.ledger()
    }

    /// Changes the accounts that sign in over HTTP, such as one whose cookies are revoked or whose
    /// plan is lost.
    pub fn with_accounts<T>(&self, change: impl FnOnce(&mut Accounts) -> T) -> T {
        self.sim.with_accounts(change)
    }

    /// The certificate, as PEM, of the authority that clients have to trust; `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.sim.ca_pem()
    }

    /// Closes all connections and stops listening; when it returns, no task is left.
    pub async fn shutdown(mut self) {
        let task = self.task.take();
        self.sim.stop();
        if let Some(task) = task {
            // It was neither aborted nor can it panic; were it so, it would be over all the same.
            let _ = task.await;
        }
        self.sim.finish().await;
    }

    pub(crate) fn serve(listener: TcpListener, address: SocketAddr, sim: Sim) -> Self {
        let task = tokio::spawn(accept(listener, address, Arc::clone(&sim.core)));
        Self {
            address,
            sim,
            task: Some(task),
        }
    }
}

impl Drop for SimServer {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            // The tasks of the connections are owned by this one.
            task.abort();
        }
    }
}

/// Accepts connections until the simulator stops, then waits for all tasks. While the simulator is
/// down, it accepts no connection.
async fn accept(listener: TcpListener, address: SocketAddr, core: Arc<Core>) {
    let mut stop = core.stop.clone();
    let mut restarts = core.restarts.subscribe();
    let mut tasks = JoinSet::new();
    let mut listener = Some(listener);
    let mut reported = None;
    loop {
        let down = restarts.borrow_and_update().down_until;
        let is_down = core.is_down();
        if is_down {
            listener = None;
        } else if listener.is_none() {
            match TcpListener::bind(address).await {
                Ok(bound) => listener = Some(bound),
                Err(error) => tracing::warn!(%error, "cannot listen again"),
            }
        }
        let accepting = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        let retry = sleep_until(match listener {
            None if is_down => core.clock.instant_of_real(down),
            _ => tokio::time::Instant::now() + PAUSE,
        });
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            _ = restarts.changed() => {}
            () = retry, if listener.is_none() => {}
            Some(_) = tasks.join_next() => {}
            accepted = accepting => match accepted {
                Ok((stream, _)) => {
                    // Small frames should not wait for each other; if that cannot be had, they do.
                    let _ = stream.set_nodelay(true);
                    tasks.spawn(net::serve(stream, Arc::clone(&core)));
                }
                Err(error) => {
                    // Out of descriptors, most likely: wait instead of spinning. One may come free
                    // now and then, so that success does not mean it is over.
                    let now = tokio::time::Instant::now();
                    if reported.is_none_or(|reported: tokio::time::Instant| now - reported >= SILENCE) {
                        reported = Some(now);
                        tracing::warn!(%error, "cannot accept");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}
