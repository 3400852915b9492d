//! The running simulator: it accepts connections and lets the market tick.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use crate::builder::{SimBuilder, Warn};
use crate::market::{Symbol, Tick, TickSource};
use crate::net;
use crate::session::{Rules, Source};
use crate::stats::{Counters, SimStats, count};

/// How often the market moves; all ticks that fell due meanwhile are handed out together.
const BEAT: Duration = Duration::from_millis(10);
/// Batches of ticks that a connection may lag behind before it skips some.
const BATCHES: usize = 64;
/// Changes of interest that wait for the market.
const INTERESTS: usize = 64;

/// A running simulated TradingView server. Dropping it stops it.
#[derive(Debug)]
pub struct SimServer {
    address: SocketAddr,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

/// What the tasks of a server work with.
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) rate: f64,
    pub(crate) rules: Arc<Rules>,
    pub(crate) source: Source,
    pub(crate) warn: Warn,
}

/// What every connection shares with its server.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) rules: Arc<Rules>,
    pub(crate) source: Source,
    pub(crate) warn: Warn,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Clock,
    pub(crate) interests: mpsc::Sender<Interest>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// The market symbols that a connection follows from now on.
pub(crate) struct Interest {
    pub(crate) connection: u64,
    pub(crate) symbols: Vec<Arc<Symbol>>,
}

/// A clock that never goes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    /// Milliseconds UTC.
    epoch: i64,
}

impl Clock {
    fn new() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            epoch: i64::try_from(since.as_millis()).unwrap_or_default(),
        }
    }

    /// The time in milliseconds UTC.
    pub(crate) fn now(self) -> i64 {
        self.epoch + i64::try_from(self.started.elapsed().as_millis()).unwrap_or_default()
    }

    /// The instant of a time in milliseconds UTC.
    pub(crate) fn instant(self, time: i64) -> Instant {
        self.started + Duration::from_millis(u64::try_from(time - self.epoch).unwrap_or_default())
    }
}

impl SimServer {
    /// Settings to start from; see [`SimBuilder`] for the defaults.
    #[must_use]
    pub fn builder() -> SimBuilder {
        SimBuilder::default()
    }

    /// The URL that clients connect to. Every other path is served as well.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/socket.io/websocket", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What it counted so far.
    #[must_use]
    pub fn stats(&self) -> SimStats {
        self.counters.snapshot()
    }

    /// Closes all connections and stops listening; when it returns, no task is left.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // It was neither aborted nor can it panic; were it so, it would be over all the same.
            let _ = task.await;
        }
    }

    pub(crate) fn serve(listener: TcpListener, address: SocketAddr, settings: Settings) -> Self {
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = watch::channel(false);
        let (interests, interested) = mpsc::channel(INTERESTS);
        let (ticks, _) = broadcast::channel(BATCHES);
        let shared = Shared {
            rules: settings.rules,
            source: settings.source,
            warn: settings.warn,
            counters: Arc::clone(&counters),
            clock: Clock::new(),
            interests,
            stop: stopped,
        };
        let source = TickSource::new(settings.seed, settings.rate, shared.clock.now());
        let mut tasks = JoinSet::new();
        tasks.spawn(move_market(
            source,
            interested,
            ticks.clone(),
            shared.clone(),
        ));
        let task = tokio::spawn(accept(listener, shared, ticks, tasks));
        Self {
            address,
            counters,
            stop,
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

/// Waits until a server is told to stop, or is gone.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the server was dropped.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Accepts connections until told to stop, then waits for all tasks.
async fn accept(
    listener: TcpListener,
    shared: Shared,
    ticks: broadcast::Sender<Arc<[Tick]>>,
    mut tasks: JoinSet<()>,
) {
    let mut stop = shared.stop.clone();
    let mut number = 0;
    let mut failing = false;
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    failing = false;
                    number += 1;
                    tasks.spawn(net::serve(stream, number, shared.clone(), ticks.subscribe()));
                }
                Err(error) => {
                    // Out of descriptors, most likely: wait instead of spinning, and say it once.
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "cannot accept");
                    }
                    tokio::time::sleep(BEAT).await;
                }
            },
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// Lets the market tick for the symbols that connections follow.
async fn move_market(
    mut source: TickSource,
    mut interested: mpsc::Receiver<Interest>,
    ticks: broadcast::Sender<Arc<[Tick]>>,
    shared: Shared,
) {
    let mut stop = shared.stop.clone();
    let mut by_connection: HashMap<u64, Vec<Arc<Symbol>>> = HashMap::new();
    let mut symbols: Vec<Arc<Symbol>> = Vec::new();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(Interest { connection, symbols: followed }) = interested.recv() => {
                if followed.is_empty() {
                    by_connection.remove(&connection);
                } else {
                    by_connection.insert(connection, followed);
                }
                symbols = by_connection.values().flatten().cloned().collect();
                symbols.sort_by(|one, other| one.name().cmp(other.name()));
                symbols.dedup_by(|one, other| one.name() == other.name());
            }
            _ = beat.tick() => {
                let batch = source.advance(shared.clock.now(), &symbols);
                if !batch.is_empty() {
                    count(&shared.counters.ticks, batch.len() as u64);
                    // Nobody may be listening any more.
                    let _ = ticks.send(batch.into());
                }
            }
        }
    }
}
