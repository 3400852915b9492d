//! One connection's task: HTTP, then a WebSocket and the session that it drives.
//!
//! Reading and writing go on side by side, so that a client that does not read stops its own data
//! only: requests are then no longer read, live data is merged, and after the heartbeat timeout the
//! client is cut.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{
    core::{Core, Restart},
    fault::{Frames, Kill, Out, Pulse, Remains, SessionFault, Transport, Wire, WireStream},
    http::{AnyStream, Upgraded, converse, converse_in_two},
    mailbox::{Follow, Mailbox},
    records::{Record, Watcher},
    session::{Beat, Ending, Session},
    stats::{OpenGuard, count},
    sync::{lock, stopped},
    writer::write,
};

/// Longest time for what is left to write at the end.
const FAREWELL: Duration = Duration::from_secs(1);
/// Longest time for a client to end its side. Until then what it sends is thrown away: a socket
/// that is closed before answers it with a RST, which the client sees before the last words that it
/// has not read yet.
const LAST_WORDS: Duration = Duration::from_secs(20);
/// Longest time for TLS.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Longest time, in milliseconds, for which the end of a connection stays hidden in a black hole.
const MOST_HIDDEN: u64 = 600_000;
/// The largest message that a client may send, in bytes.
const MAX_INPUT: usize = 1024 * 1024;
/// What is read at once, in bytes; it is kept for each connection.
const READ_BUFFER: usize = 8 * 1024;
/// Bytes that wait because of a delay, above which the session keeps its own.
const MOST_DELAYED: usize = 1024 * 1024;

/// Serves a client until one of both sides ends it.
pub(crate) async fn serve<S: Transport>(stream: S, core: Arc<Core>) {
    let mut restarts = core.restarts.subscribe();
    if core.is_down() {
        return;
    }
    let mut stop = core.stop.clone();
    let (stream, wire, remains) = WireStream::new(stream, core.clock);
    let upgraded = tokio::select! {
        biased;
        () = stopped(&mut stop) => None,
        _ = restarts.changed() => None,
        upgraded = open(stream, &core, &wire) => upgraded,
    };
    if let Some(upgraded) = upgraded {
        let number = wire.number();
        let target = upgraded.opening.target.clone();
        let record = core.records.open(number, target, core.clock.real());
        tracing::info!(conn = number, "connected");
        let driver = Driver {
            number,
            core: &core,
            wire: &wire,
            record: Arc::clone(&record),
            watcher: Watcher::default(),
            mailbox: Arc::default(),
            frames: Frames::default(),
            reported: None,
        };
        driver.run(upgraded, restarts.clone()).await;
        lock(&record).closed_ms = Some(core.clock.real());
        tracing::info!(conn = number, "disconnected");
    }
    tokio::select! {
        biased;
        () = stopped(&mut stop) => {}
        () = end(&remains, &core, &wire) => {}
    }
    if wire.killed() == Some(Kill::Reset) {
        remains.abort();
    }
}

/// TLS, if it is spoken, and HTTP, of the version that TLS has settled.
async fn open<S: Transport>(
    stream: WireStream<S>,
    core: &Arc<Core>,
    wire: &Wire,
) -> Option<Upgraded> {
    let (io, is_two) = timeout(HANDSHAKE, encrypt(stream, core, wire))
        .await
        .ok()??;
    if is_two {
        converse_in_two(io, core, wire).await;
        return None;
    }
    converse(io, core, wire).await
}

/// The stream in which HTTP is spoken, and whether that is HTTP/2.
#[cfg(feature = "tls")]
async fn encrypt<S: Transport>(
    mut stream: WireStream<S>,
    core: &Arc<Core>,
    wire: &Wire,
) -> Option<(AnyStream, bool)> {
    let Some(tls) = &core.tls else {
        return Some((Box::new(stream), false));
    };
    // The first byte of TLS is 22; plain HTTP is answered as well, so that the ledger can be asked
    // without.
    if stream.peek().await.ok()?? != 22 {
        return Some((Box::new(stream), false));
    }
    wire.set_rules(core.next_connection());
    match tls.acceptor.accept(stream).await {
        Ok(stream) => {
            let is_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            Some((Box::new(stream), is_two))
        }
        Err(error) => {
            tracing::debug!(%error, "no TLS handshake");
            None
        }
    }
}

#[cfg(not(feature = "tls"))]
#[expect(clippy::unused_async, reason = "the same as with TLS")]
async fn encrypt<S: Transport>(
    stream: WireStream<S>,
    _core: &Arc<Core>,
    _wire: &Wire,
) -> Option<(AnyStream, bool)> {
    Some((Box::new(stream), false))
}

/// Lets the client see the end, unless a black hole hides it.
async fn end<S: Transport>(remains: &Remains<S>, core: &Core, wire: &Wire) {
    match (wire.killed(), wire.hidden()) {
        (Some(Kill::Reset), _) => {}
        // What the client has sent meanwhile must not turn the FIN into a RST.
        (Some(Kill::Fin), None) => {
            let _ = timeout(LAST_WORDS, remains.drain()).await;
        }
        (_, Some(until)) => {
            let latest = core.clock.real() + MOST_HIDDEN;
            let until = core
                .clock
                .instant_of_real(until.unwrap_or(latest).min(latest));
            let _ = tokio::time::timeout_at(until, remains.drain()).await;
        }
        (None, None) => {}
    }
}

/// What one connection's loop needs beside its socket.
struct Driver<'a> {
    number: u64,
    core: &'a Arc<Core>,
    wire: &'a Wire,
    record: Record,
    watcher: Watcher,
    mailbox: Arc<Mailbox>,
    frames: Frames,
    /// The session's revision when the market was last informed of what it follows.
    reported: Option<u64>,
}

impl Driver<'_> {
    async fn run(mut self, upgraded: Upgraded, restarts: watch::Receiver<Restart>) {
        let core = Arc::clone(self.core);
        let _open = OpenGuard::new(&core.counters.open);
        count(&core.counters.total, 1);
        let Upgraded { io, early, opening } = upgraded;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_INPUT))
            .max_frame_size(Some(MAX_INPUT));
        let socket =
            WebSocketStream::from_partially_read(io, early.into(), Role::Server, Some(config));
        let socket = socket.await;
        let mut session = Session::open(
            core.source.clone(),
            Arc::clone(&core.rules),
            self.number,
            core.clock.now(),
        );
        session.set_target(&opening.target);
        let faults = self.frames.firings(core.clock.real(), opening.firings);
        self.suffer(&mut session, faults);
        self.drive(session, socket, restarts).await;
        // The market may have stopped already.
        let _ = core
            .follows
            .send(Follow {
                connection: self.number,
                symbols: Vec::new(),
                mailbox: Arc::clone(&self.mailbox),
            })
            .await;
    }

    async fn drive(
        &mut self,
        mut session: Session,
        socket: WebSocketStream<AnyStream>,
        mut restarts: watch::Receiver<Restart>,
    ) {
        let core = Arc::clone(self.core);
        let clock = core.clock;
        let mailbox = Arc::clone(&self.mailbox);
        let mut stop = core.stop.clone();
        let (sink, mut source) = socket.split();
        let (messages, to_write) = mpsc::channel(1);
        let writer = write(sink, to_write, self.wire.clone());
        tokio::pin!(writer);
        let mut restarted = false;
        loop {
            let real = clock.real();
            self.server_events(&mut session, real);
            match session.ending() {
                Some(Ending::Cut) => {
                    count(&core.counters.cut, 1);
                    return tracing::warn!(conn = self.number, "cut: heartbeats stayed unanswered");
                }
                Some(Ending::Polite) if !session.has_message() && self.frames.is_empty() => break,
                _ => {}
            }
            let before = session.heartbeats_answered();
            let is_due = self.frames.is_due(real);
            let has_message = is_due || (self.frames.is_empty() && session.has_message());
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                _ = restarts.changed() => {
                    restarted = true;
                    break;
                }
                () = &mut writer => return,
                () = sleep_until(self.wake_up(&session, real)) => session.handle_timeout(clock.now()),
                permit = messages.reserve(), if has_message => {
                    let Ok(permit) = permit else { return };
                    if self.frames.is_empty() {
                        self.take_in(&mut session);
                    }
                    if let Some(out) = self.next_out() {
                        permit.send(out);
                    }
                }
                received = source.next(), if session.wants_input() => match received {
                    Some(Ok(message)) => self.receive(&mut session, &message),
                    Some(Err(error)) => return tracing::debug!(conn = self.number, %error, "broken off"),
                    None => return,
                },
                ticks = mailbox.take() => session.handle_ticks(clock.now(), &ticks),
            }
            let answered = session.heartbeats_answered().saturating_sub(before);
            count(&core.counters.heartbeats, answered);
            self.warn(&mut session);
            self.follow(&session).await;
        }
        if restarted {
            if restarts.borrow().keeping {
                let ids = lock(&self.record).sessions.clone();
                core.park(ids.iter().map(String::as_str), session);
            }
            // The end comes with the socket's, without a close frame.
            self.wire.kill(Kill::Fin);
            drop(messages);
            let _ = timeout(FAREWELL, writer).await;
            return;
        }
        let farewell = async {
            // If the writer has ended, so has the connection, and there is no farewell.
            let _ = messages.send(Out::Close(None, String::new())).await;
            drop(messages);
        };
        let _ = timeout(FAREWELL, async { tokio::join!(farewell, writer) }).await;
    }

    /// When something is to be done next, whatever happens on the socket.
    fn wake_up(&self, session: &Session, real: u64) -> Instant {
        let clock = self.core.clock;
        // What is due already waits for the socket.
        let frames = self.frames.next_due().filter(|due| *due > real);
        let moment = self.wire.rules(|rules| rules.next_moment());
        let soonest = frames.into_iter().chain(moment).min();
        let session = clock.instant(session.next_timeout());
        soonest.map_or(session, |ms| session.min(clock.instant_of_real(ms)))
    }

    /// Does what the plan wants now, and keeps messages flowing into a delay.
    fn server_events(&mut self, session: &mut Session, real: u64) {
        let firings = self.wire.rules(|rules| rules.moments(real));
        let faults = self.frames.firings(real, firings);
        self.suffer(session, faults);
        if let Some((keeping, down)) = self.wire.take_restart() {
            self.core.restart(keeping, down);
        }
        while !self.frames.is_empty()
            && !self.frames.is_due(real)
            && self.frames.bytes() < MOST_DELAYED
            && session.has_message()
        {
            self.take_in(session);
        }
    }

    /// Takes a message from the session.
    fn take_in(&mut self, session: &mut Session) {
        let clock = self.core.clock;
        let Some(message) = session.poll_message(clock.now()) else {
            return;
        };
        let (frames, wire, real) = (&mut self.frames, self.wire, clock.real());
        let known: &Session = session;
        let mut correct =
            |id: &str, series: &str, back: u32| known.late_correction(id, series, back);
        let faults = wire.rules(|rules| frames.message(real, message, rules, &mut correct));
        self.suffer(session, faults);
    }

    /// What goes to the socket next.
    fn next_out(&mut self) -> Option<Out> {
        let out = self.frames.pop(self.core.clock.real())?;
        match &out {
            Out::Text(text) => {
                count(&self.core.counters.sent, 1);
                lock(&self.record).count_sent(text);
            }
            Out::Restart { keeping, down } => {
                self.core.restart(*keeping, *down);
                return None;
            }
            _ => {}
        }
        Some(out)
    }

    /// Lets faults happen to the session.
    fn suffer(&mut self, session: &mut Session, faults: Vec<SessionFault>) {
        let clock = self.core.clock;
        let now = clock.now();
        for fault in faults {
            match fault {
                SessionFault::Critical(id, reason) => {
                    let mut record = lock(&self.record);
                    let ids = match id {
                        Some(id) => vec![id],
                        None => record.sessions.iter().cloned().collect(),
                    };
                    for id in ids {
                        record.sessions.remove(&id);
                        session.break_session(&id, &reason);
                    }
                }
                SessionFault::Protocol(reason) => session.break_off(&reason),
                SessionFault::Heartbeats(pulse) => {
                    let beat = match pulse {
                        Pulse::On => Beat::Usual,
                        Pulse::Off => Beat::Never,
                        Pulse::WrongId => Beat::Miscounted,
                        Pulse::Every(every) => Beat::Every(clock.of_market(every)),
                    };
                    session.beat(now, beat);
                }
                SessionFault::ExpireToken => {
                    if let Some(token) = self.watcher.token.take() {
                        self.core.expire(token);
                    }
                    session.break_off("bad auth token");
                }
            }
        }
    }

    fn receive(&mut self, session: &mut Session, message: &Message) {
        let text = match message {
            Message::Text(text) => text.as_str(),
            // A binary message that holds text is taken as text, as the server does.
            Message::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            _ => return,
        };
        count(&self.core.counters.received, 1);
        let now = self.core.clock.now();
        for command in self.watcher.read(text, &self.record) {
            if command.method == "set_auth_token" && self.core.is_expired(&command.first) {
                return session.break_off("bad auth token");
            }
            if let Some((parked, ids)) = self.core.unpark(&command.first) {
                *session = parked;
                session.beat(now, Beat::Usual);
                lock(&self.record).sessions.extend(ids);
                self.reported = None;
            }
        }
        session.handle_text(now, text);
    }

    /// Reports to the market which symbols the session follows, if that may have changed.
    fn follow(&mut self, session: &Session) -> impl Future<Output = ()> + use<> {
        let revision = Some(session.revision());
        let follow = (self.reported != revision).then(|| Follow {
            connection: self.number,
            symbols: session.symbols(),
            mailbox: Arc::clone(&self.mailbox),
        });
        self.reported = revision;
        let follows = self.core.follows.clone();
        async move {
            if let Some(follow) = follow {
                // The market never waits for a connection, so this is short; it may have stopped
                // already.
                let _ = follows.send(follow).await;
            }
        }
    }

    fn warn(&self, session: &mut Session) {
        for warning in session.take_warnings() {
            tracing::warn!(conn = self.number, "{warning}");
            (self.core.warn)(&warning);
        }
    }
}
