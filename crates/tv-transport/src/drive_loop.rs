//! One connection being driven: the drive loop of the crate's documentation, step by step.
//!
//! Borrows the parts of a [`Driver`](crate::Driver) for as long as the connection lasts. All that
//! is awaited is cancel-safe; all deadlines are absolute.

use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc::{self, error::TryRecvError},
    time::{Instant, sleep_until, timeout_at},
};

use crate::{
    clock::{MIN_TIMER, now},
    close::{CloseReason, Timeout},
    keepalive::{Due, Keepalive},
    monitor::QueueFill,
    options::TransportOptions,
    protocol::{MessageKind, Outgoing, Protocol, Status},
    socket::{Incoming, Socket},
};

/// Receives the events of a connection, and may end it.
pub(crate) trait Observer<P: Protocol> {
    /// The protocol has an event for its owner.
    fn event(&mut self, event: P::Event);

    /// Answers requests of handles. Ready once the connection must end, with the latest instant for
    /// that.
    fn poll_stop(
        &mut self,
        _cx: &mut Context<'_>,
        _protocol: &P,
        _commands: &QueueFill,
    ) -> Poll<Instant> {
        Poll::Pending
    }

    /// A turn of the loop begins.
    fn turn(&mut self, _now: std::time::Instant, _protocol: &P, _commands: &QueueFill) {}

    /// A message of this size, in bytes, has come in.
    fn received(&mut self, _now: std::time::Instant, _kind: MessageKind, _size: usize) {}

    /// A message of this size, in bytes, is being sent.
    fn sent(&mut self, _kind: MessageKind, _size: usize) {}

    /// When to call [`handle_timeout`](Self::handle_timeout).
    fn poll_timeout(&self) -> Option<std::time::Instant> {
        None
    }

    /// Does what is due.
    fn handle_timeout(&mut self, _now: std::time::Instant) {}

    /// We have begun to close.
    fn stopping(&mut self, _now: std::time::Instant, _protocol: &P) {}
}

/// An owner that needs events only.
pub(crate) struct EventsOnly<F>(pub(crate) F);

impl<P: Protocol, F: FnMut(P::Event)> Observer<P> for EventsOnly<F> {
    fn event(&mut self, event: P::Event) {
        (self.0)(event);
    }
}

/// One connection being driven.
pub(crate) struct DriveLoop<'a, P: Protocol, S, O> {
    protocol: &'a mut P,
    commands: &'a mut mpsc::Receiver<P::Command>,
    /// How many commands were left when commands were taken last.
    queue: QueueFill,
    options: &'a TransportOptions,
    keepalive: Keepalive,
    socket: Socket<S>,
    observer: O,
    /// A ping waits to be sent.
    ping: bool,
    /// Since when bytes wait to be written, if they do.
    blocked: Option<Instant>,
    /// Set once we want to end: when to give up sending what is queued, and waiting for the answer.
    stop_by: Option<Instant>,
}

/// Why the loop woke up.
enum Wake<C> {
    Incoming(Incoming),
    /// All that waited was written, or writing failed.
    Written(Result<(), CloseReason>),
    Command(Option<C>),
    /// The observer wants the end, by this instant.
    Stop(Instant),
    Timer,
}

impl<'a, P, S, O> DriveLoop<'a, P, S, O>
where
    P: Protocol,
    S: AsyncRead + AsyncWrite + Unpin,
    O: Observer<P>,
{
    pub(crate) fn new(
        protocol: &'a mut P,
        commands: &'a mut mpsc::Receiver<P::Command>,
        options: &'a TransportOptions,
        socket: Socket<S>,
        observer: O,
    ) -> Self {
        let keepalive = Keepalive::new(options.ping_interval, options.silence_limit);
        let queue = QueueFill {
            name: "commands".into(),
            waiting: 0,
            capacity: commands.max_capacity(),
        };
        Self {
            protocol,
            commands,
            queue,
            options,
            keepalive,
            socket,
            observer,
            ping: false,
            blocked: None,
            stop_by: None,
        }
    }

    /// Drives the connection through its whole life.
    pub(crate) async fn run(mut self, generation: u64) -> CloseReason {
        tracing::debug!("driving");
        self.protocol.on_open(generation, now());
        let reason = self.turn_until_closed().await;
        let reason = reason.map_text(|text| self.protocol.redact(text));
        tracing::debug!(%reason, "ending");
        self.protocol.handle_close(now(), &reason);
        self.drain_events();

        let by = match (&reason, self.stop_by) {
            // A user who waits for the end never waits longer than the given limit.
            (CloseReason::Local, Some(by)) => by,
            (_, Some(by)) => by.min(Instant::now() + CLOSE_LIMIT),
            _ => Instant::now() + CLOSE_LIMIT.min(self.options.close_timeout),
        };
        if timeout_at(by, self.socket.close(&reason)).await.is_err() {
            tracing::debug!("no answer to our closing");
        }
        reason
    }

    /// The drive loop; see the crate's documentation for its steps.
    async fn turn_until_closed(&mut self) -> CloseReason {
        let sleep = sleep_until(Instant::now());
        tokio::pin!(sleep);
        let mut is_flooded = false;
        loop {
            self.observer.turn(now(), self.protocol, &self.queue);
            self.take_commands();
            if let Err(reason) = self.handle_due() {
                return reason;
            }
            self.drain_events();
            if let Some(fault) = self.protocol.poll_fault() {
                return CloseReason::Protocol(fault);
            }
            if self.protocol.status() == Status::Finished {
                self.stop(None);
            }
            if let Err(reason) = self.send().await {
                return reason;
            }
            if self.stop_by.is_some() && self.blocked.is_none() {
                return CloseReason::Local;
            }
            if std::mem::take(&mut is_flooded) {
                // Readers may run on this thread. Without this they would wait until the flood is
                // over.
                tokio::task::yield_now().await;
            }

            let wake_at = self.next_deadline();
            if let Some(at) = wake_at.filter(|at| *at != sleep.deadline()) {
                sleep.as_mut().reset(at);
            }
            let listening = self.blocked.is_none() && self.stop_by.is_none();
            let wake = tokio::select! {
                biased;
                wake = poll_fn(|cx| {
                    if self.blocked.is_some() {
                        let next = || next_of(self.protocol, &mut self.observer);
                        if let Poll::Ready(sent) = self.socket.poll_send(cx, &mut self.ping, next) {
                            return Poll::Ready(Wake::Written(sent));
                        }
                    }
                    if let Poll::Ready(by) = self.observer.poll_stop(cx, self.protocol, &self.queue) {
                        return Poll::Ready(Wake::Stop(by));
                    }
                    self.socket.poll_incoming(cx).map(Wake::Incoming)
                }) => wake,
                command = self.commands.recv(), if listening => Wake::Command(command),
                () = &mut sleep, if wake_at.is_some() => Wake::Timer,
            };
            let handled = match wake {
                Wake::Incoming(incoming) => self
                    .handle_batch(incoming)
                    .map(|is_full| is_flooded = is_full),
                Wake::Written(sent) => sent,
                Wake::Command(Some(command)) => {
                    self.protocol.handle_command(now(), command);
                    Ok(())
                }
                Wake::Command(None) => {
                    self.stop(None);
                    Ok(())
                }
                Wake::Stop(by) => {
                    self.stop(Some(by));
                    Ok(())
                }
                Wake::Timer => Ok(()),
            };
            if let Err(reason) = handled {
                if matches!(
                    reason,
                    CloseReason::Violation(_) | CloseReason::TooLarge { .. }
                ) {
                    // What came before the fault is answered all the same, as far as the peer
                    // reads.
                    let _ = self.send().await;
                }
                return reason;
            }
        }
    }

    /// Takes waiting commands, so that a flood of messages cannot keep them out.
    fn take_commands(&mut self) {
        for _ in 0..MAX_COMMANDS {
            if self.blocked.is_some() || self.stop_by.is_some() {
                break;
            }
            match self.commands.try_recv() {
                Ok(command) => self.protocol.handle_command(now(), command),
                Err(TryRecvError::Empty) => {
                    self.queue.waiting = 0;
                    return;
                }
                Err(TryRecvError::Disconnected) => self.stop(None),
            }
        }
        self.queue.waiting = self.commands.len();
    }

    /// Handles a message and those after it that are ready, up to a bound. Returns whether the
    /// bound was reached.
    fn handle_batch(&mut self, first: Incoming) -> Result<bool, CloseReason> {
        let mut size = self.handle_incoming(first)?;
        for _ in 1..MAX_BATCH_MESSAGES {
            if size >= MAX_BATCH_BYTES {
                break;
            }
            let Some(next) = poll_fn(|cx| self.socket.poll_incoming(cx)).now_or_never() else {
                return Ok(false);
            };
            size += self.handle_incoming(next)?;
        }
        Ok(true)
    }

    /// Hands a message to the protocol and returns its size.
    fn handle_incoming(&mut self, incoming: Incoming) -> Result<usize, CloseReason> {
        let size = match incoming {
            Incoming::Text(text) => {
                let now = now();
                tracing::trace!(kind = MessageKind::Text.name(), len = text.len(), "receive");
                self.observer.received(now, MessageKind::Text, text.len());
                self.protocol.handle_text(now, &text);
                text.len()
            }
            Incoming::Binary(data) => {
                let now = now();
                tracing::trace!(
                    kind = MessageKind::Binary.name(),
                    len = data.len(),
                    "receive"
                );
                self.observer.received(now, MessageKind::Binary, data.len());
                self.protocol.handle_binary(now, &data);
                data.len()
            }
            Incoming::Control => 0,
            Incoming::End(reason) => return Err(reason),
        };
        // After each message, so that events are never more than one message's worth.
        self.drain_events();
        Ok(size)
    }

    /// Does what is due now. Looks at the deadlines, not at the timer that woke us.
    fn handle_due(&mut self) -> Result<(), CloseReason> {
        let time = Instant::now();
        if self
            .protocol
            .poll_timeout()
            .is_some_and(|at| at <= time.into_std())
        {
            self.protocol.handle_timeout(time.into_std());
        }
        if self
            .observer
            .poll_timeout()
            .is_some_and(|at| at <= time.into_std())
        {
            self.observer.handle_timeout(time.into_std());
        }
        // While bytes wait to be written, a ping would wait behind them: then the write deadline
        // rules.
        if self.blocked.is_none() {
            match self.keepalive.poll(time, self.socket.received()) {
                Due::Nothing => {}
                Due::Ping => self.ping = true,
                Due::Dead => return Err(CloseReason::TimedOut(Timeout::Ping)),
            }
        }
        if self.stall_at().is_some_and(|at| at <= time) {
            return Err(CloseReason::TimedOut(Timeout::Write));
        }
        if self.stop_by.is_some_and(|at| at <= time) {
            return Err(CloseReason::Local);
        }
        Ok(())
    }

    fn drain_events(&mut self) {
        while let Some(event) = self.protocol.poll_event() {
            self.observer.event(event);
        }
    }

    /// Writes all that is queued, as far as the peer takes it without waiting.
    async fn send(&mut self) -> Result<(), CloseReason> {
        let sent = poll_fn(|cx| {
            let next = || next_of(self.protocol, &mut self.observer);
            Poll::Ready(self.socket.poll_send(cx, &mut self.ping, next))
        });
        match sent.await {
            Poll::Ready(sent) => {
                if self.blocked.take().is_some() {
                    self.keepalive.restart(Instant::now());
                }
                sent
            }
            Poll::Pending => {
                self.blocked.get_or_insert_with(Instant::now);
                Ok(())
            }
        }
    }

    /// Begins to close, at the latest by the close timeout; a later call may only hasten it.
    fn stop(&mut self, by: Option<Instant>) {
        if self.stop_by.is_none() {
            self.stop_by = Some(Instant::now() + self.options.close_timeout);
            self.observer.stopping(now(), self.protocol);
        }
        self.stop_by = [self.stop_by, by].into_iter().flatten().min();
    }

    fn stall_at(&self) -> Option<Instant> {
        let since = self.blocked?;
        Some(since.max(self.socket.sent().last) + self.options.write_timeout)
    }

    fn next_deadline(&self) -> Option<Instant> {
        // A protocol that leaves its timer in the past must not spin.
        let earliest = Instant::now() + MIN_TIMER;
        let protocol = self
            .protocol
            .poll_timeout()
            .map(|at| Instant::from_std(at).max(earliest));
        let link = match self.stall_at() {
            None => self.keepalive.deadline(self.socket.received()),
            stalled => stalled,
        };
        let observer = self
            .observer
            .poll_timeout()
            .map(|at| Instant::from_std(at).max(earliest));
        [protocol, observer, link, self.stop_by]
            .into_iter()
            .flatten()
            .min()
    }
}

/// The next message to send, which the observer counts.
fn next_of<P: Protocol>(protocol: &mut P, observer: &mut impl Observer<P>) -> Option<Outgoing> {
    let outgoing = protocol.poll_transmit()?;
    observer.sent(outgoing.kind(), outgoing.len());
    Some(outgoing)
}

/// Upper bound of the close handshake if the peer or an error ended the connection.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// Commands taken per turn; more would delay the answer to a heartbeat.
const MAX_COMMANDS: usize = 64;

/// Messages taken per turn before answers are sent.
const MAX_BATCH_MESSAGES: usize = 32;

/// Bytes taken per turn before answers are sent.
const MAX_BATCH_BYTES: usize = 64 << 10;
