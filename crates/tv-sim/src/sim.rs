//! A simulator without a listener: connections are handed to it.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use sim_http::Accounts;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    sync::watch,
    task::JoinSet,
    time::sleep_until,
};

use crate::{
    core::Core,
    fault::Transport,
    ledger::Ledger,
    net,
    stats::SimStats,
    sync::{lock, stopped},
};

/// Bytes on their way in a connection in memory, each way.
const IN_FLIGHT: usize = 64 * 1024;

/// A simulated TradingView without a listener: the caller hands connections to it, as streams in
/// memory or of any other kind. Made by [`SimBuilder::build`](crate::SimBuilder::build); dropping
/// it ends everything.
///
/// All its time is tokio's. Where that is paused and an epoch was set, the same inputs give the
/// same bytes.
pub struct Sim {
    pub(crate) core: Arc<Core>,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Sim {
    /// Takes what is shared, and the tasks that run beside the connections.
    pub(crate) fn new(core: Arc<Core>, stop: watch::Sender<bool>, mut tasks: JoinSet<()>) -> Self {
        tasks.spawn(restart_in_time(Arc::clone(&core)));
        Self {
            core,
            stop,
            tasks: Mutex::new(tasks),
        }
    }

    /// Opens a connection in memory: what a client does its WebSocket handshake on. While the
    /// simulator is down by a fault, the stream is at its end at once.
    #[must_use]
    pub fn connect(&self) -> DuplexStream {
        let (client, server) = tokio::io::duplex(IN_FLIGHT);
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(net::serve(Plain(server), Arc::clone(&self.core)));
        client
    }

    /// Serves a stream of any kind until either side ends it. The task that awaits this does the
    /// work, and the connection ends if the future is dropped.
    pub fn serve<S>(&self, stream: S) -> impl Future<Output = ()> + Send + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        net::serve(Plain(stream), Arc::clone(&self.core))
    }

    /// The URL for a handshake over [`connect`](Self::connect); the name in it does not matter.
    #[must_use]
    pub fn url(&self) -> &'static str {
        "ws://localhost/socket.io/websocket"
    }

    /// The counters so far.
    #[must_use]
    pub fn stats(&self) -> SimStats {
        self.core.counters.snapshot()
    }

    /// The ledger: the truth of the market, and a record of what was sent and done.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger(Arc::clone(&self.core))
    }

    /// Changes the accounts that sign in over HTTP, such as one whose cookies are revoked or whose
    /// plan is lost.
    pub fn with_accounts<T>(&self, change: impl FnOnce(&mut Accounts) -> T) -> T {
        change(lock(&self.core.site).accounts_mut())
    }

    /// The certificate, as PEM, of the authority that clients have to trust; `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.core.tls.as_ref().map(crate::tls::Tls::ca_pem)
    }

    /// Ends all connections that it opened itself; when it returns, none of its tasks is left.
    pub async fn shutdown(self) {
        self.stop();
        self.finish().await;
    }

    /// Asks all tasks to end.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for all tasks.
    pub(crate) async fn finish(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        while tasks.join_next().await.is_some() {}
    }
}

/// Restarts the simulator when its fault plan says so.
async fn restart_in_time(core: Arc<Core>) {
    let mut stop = core.stop.clone();
    let mut done = None;
    while let Some(due) = core.engine.next_of_server(done) {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = sleep_until(core.clock.instant_of_real(due)) => {}
        }
        done = Some(due);
        for action in core.engine.of_server_at(due) {
            if let crate::fault::Action::Restart { keeping, down } = action {
                core.restart(keeping, down);
            }
        }
    }
}

/// A stream that knows no RST.
struct Plain<S>(S);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for Plain<S> {}

impl<S: AsyncRead + Unpin> AsyncRead for Plain<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Plain<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
