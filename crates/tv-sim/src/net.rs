//! One connection's task: a WebSocket, and the session it drives.
//!
//! Reading and writing go on side by side, so that a client that does not read stops its own data only: requests are
//! then no longer read, live data is merged, and after the heartbeat timeout the client is cut.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use crate::market::Tick;
use crate::server::{Interest, Shared, stopped};
use crate::session::{Ending, Session};
use crate::stats::{OpenGuard, count};

/// Longest time for the WebSocket handshake, and for what is left to write at the end.
const HANDSHAKE: Duration = Duration::from_secs(5);
const FAREWELL: Duration = Duration::from_secs(1);
/// The largest message that a client may send, in bytes.
const MAX_INPUT: usize = 1024 * 1024;

/// Serves a client until one of both sides ends it.
pub(crate) async fn serve(
    stream: TcpStream,
    number: u64,
    shared: Shared,
    mut ticks: broadcast::Receiver<Arc<[Tick]>>,
) {
    // Small frames should not wait for each other; if that cannot be had, they do.
    let _ = stream.set_nodelay(true);
    let mut stop = shared.stop.clone();
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_INPUT))
        .max_frame_size(Some(MAX_INPUT));
    let mut query = String::new();
    #[expect(
        clippy::result_large_err,
        reason = "the WebSocket library names the error"
    )]
    let read_query = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        query = request.uri().query().unwrap_or_default().to_owned();
        Ok(response)
    };
    let handshake = timeout(
        HANDSHAKE,
        accept_hdr_async_with_config(stream, read_query, Some(config)),
    );
    let socket = tokio::select! {
        () = stopped(&mut stop) => return,
        shaken = handshake => match shaken {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return tracing::debug!(conn = number, %error, "no WebSocket handshake"),
            Err(_) => return tracing::debug!(conn = number, "the WebSocket handshake took too long"),
        },
    };
    let _open = OpenGuard::new(&shared.counters.open);
    count(&shared.counters.total, 1);
    tracing::info!(conn = number, "connected");
    Driver {
        number,
        shared: &shared,
        told: 0,
    }
    .drive(socket, &query, &mut ticks)
    .await;
    // The market may have stopped already.
    let _ = shared
        .interests
        .send(Interest {
            connection: number,
            symbols: Vec::new(),
        })
        .await;
    tracing::info!(conn = number, "disconnected");
}

/// What one connection's loop needs beside its socket.
struct Driver<'a> {
    number: u64,
    shared: &'a Shared,
    /// The session's revision when the market was last told what it follows.
    told: u64,
}

impl Driver<'_> {
    async fn drive(
        mut self,
        socket: WebSocketStream<TcpStream>,
        query: &str,
        ticks: &mut broadcast::Receiver<Arc<[Tick]>>,
    ) {
        let clock = self.shared.clock;
        let mut stop = self.shared.stop.clone();
        let (sink, mut source) = socket.split();
        let (messages, to_write) = mpsc::channel(1);
        let writer = write(sink, to_write);
        tokio::pin!(writer);
        let rules = Arc::clone(&self.shared.rules);
        let mut session =
            Session::open(self.shared.source.clone(), rules, self.number, clock.now());
        session.url_query(query);
        loop {
            match session.ending() {
                Some(Ending::Cut) => {
                    count(&self.shared.counters.cut, 1);
                    return tracing::warn!(conn = self.number, "cut: heartbeats stayed unanswered");
                }
                Some(Ending::Polite) if !session.has_message() => break,
                _ => {}
            }
            let before = session.heartbeats_answered();
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = &mut writer => return,
                () = sleep_until(clock.instant(session.next_timeout())) => session.handle_timeout(clock.now()),
                permit = messages.reserve(), if session.has_message() => {
                    let Ok(permit) = permit else { return };
                    if let Some(text) = session.poll_message(clock.now()) {
                        count(&self.shared.counters.sent, 1);
                        permit.send(Message::text(text));
                    }
                }
                received = source.next(), if session.wants_input() => match received {
                    Some(Ok(message)) => {
                        self.receive(&mut session, message);
                    }
                    Some(Err(error)) => return tracing::debug!(conn = self.number, %error, "broken off"),
                    None => return,
                },
                batch = ticks.recv() => match batch {
                    Ok(batch) => session.handle_ticks(clock.now(), &batch),
                    // Later ticks carry the whole state, so a skipped one is merged, not lost.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                },
            }
            count(
                &self.shared.counters.heartbeats,
                session.heartbeats_answered() - before,
            );
            self.warn(&mut session);
            self.follow(&session).await;
        }
        let farewell = async {
            // The writer may be gone; then there is nobody to say goodbye to.
            let _ = messages.send(Message::Close(None)).await;
            drop(messages);
        };
        let _ = timeout(FAREWELL, async { tokio::join!(farewell, writer) }).await;
    }

    fn receive(&self, session: &mut Session, message: Message) {
        let text = match &message {
            Message::Text(text) => text.as_str(),
            // A binary message that holds text is taken as text, as the server does.
            Message::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            _ => return,
        };
        count(&self.shared.counters.received, 1);
        session.handle_text(self.shared.clock.now(), text);
    }

    /// Tells the market what the session follows, if that may have changed.
    async fn follow(&mut self, session: &Session) {
        if self.told != session.revision() {
            self.told = session.revision();
            // The market never waits for a connection, so this is short; it may have stopped already.
            let _ = self
                .shared
                .interests
                .send(Interest {
                    connection: self.number,
                    symbols: session.symbols(),
                })
                .await;
        }
    }

    fn warn(&self, session: &mut Session) {
        for warning in session.take_warnings() {
            tracing::warn!(conn = self.number, "{warning}");
            (self.shared.warn)(&warning);
        }
    }
}

/// Writes messages until there are none to come or the socket fails.
async fn write(
    mut sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    mut messages: mpsc::Receiver<Message>,
) {
    while let Some(message) = messages.recv().await {
        if let Err(error) = sink.send(message).await {
            return tracing::debug!(%error, "cannot write");
        }
    }
    // Whoever is gone needs no goodbye.
    let _ = sink.flush().await;
}
