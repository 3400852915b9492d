//! A byte stream on which things go wrong: it stands below TLS, HTTP and WebSocket.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use super::{
    action::{Action, Side},
    engine::{Connection, Firing},
    when::millis,
};
use crate::clock::Clock;

/// What is under a stream, also after the stream is gone.
#[derive(Debug)]
struct Inner<S>(Arc<Mutex<S>>);

impl<S> Clone for Inner<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Transport> Inner<S> {
    /// Does something with it that does not wait.
    fn with<T>(&self, act: impl FnOnce(Pin<&mut S>) -> T) -> T {
        act(Pin::new(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    fn abort(&self) {
        self.with(|inner| inner.get_mut().abort());
    }
}

/// What is left of a connection when its stream is gone: dropping it closes it.
#[derive(Debug)]
pub(crate) struct Remains<S>(Inner<S>);

impl<S: Transport> Remains<S> {
    /// Throws away what arrives, until nothing more does.
    pub(crate) async fn drain(&self) {
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = |cx: &mut Context<'_>| self.0.with(|inner| inner.poll_read(cx, &mut buffer));
            let read = std::future::poll_fn(read).await;
            if read.is_err() || buffer.filled().is_empty() {
                return;
            }
        }
    }

    /// Makes sure that the other side sees a RST, where there is such a thing.
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

/// What a connection can run over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Makes sure that the other side sees a RST, where there is such a thing, when this is
    /// dropped.
    fn abort(&mut self) {}
}

impl Transport for TcpStream {
    fn abort(&mut self) {
        // If it cannot be had, the connection ends all the same.
        let _ = self.set_zero_linger();
    }
}

/// How a stream is ended without a farewell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// With a RST.
    Reset,
    /// With a FIN, after what was written.
    Fin,
}

/// How a stream changes its ways; times are real milliseconds since the simulator began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Hole {
        inward: bool,
        outward: bool,
        until: Option<u64>,
    },
    /// This number of bytes at a time, with a pause between, until a time.
    Drip(u32, Duration, Option<u64>),
    /// At most this number of bytes at a time.
    Slice(u32),
}

impl Change {
    /// The change that an action asks for, if it is one.
    pub(crate) fn of(action: &Action, now: u64) -> Option<Self> {
        let until = |lasting: &Option<Duration>| lasting.map(|lasting| now + millis(lasting));
        match action {
            Action::BlackHole { side, lasting } => Some(Self::Hole {
                inward: *side != Side::Out,
                outward: *side != Side::In,
                until: until(lasting),
            }),
            Action::Drip {
                bytes,
                every,
                lasting,
            } => Some(Self::Drip(*bytes, *every, until(lasting))),
            Action::Slice { bytes } => Some(Self::Slice(*bytes)),
            _ => None,
        }
    }
}

/// A handle to the state of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct State {
    rules: Option<Connection>,
    written: u64,
    hole_in: Option<Hole>,
    hole_out: Option<Hole>,
    drip: Option<Drip>,
    slice: Option<usize>,
    /// Whether the reader had its turn since the last slice.
    yielded: bool,
    /// What is exclusive-ored to the next byte.
    flip: Option<u8>,
    inject: VecDeque<u8>,
    kill: Option<Kill>,
    /// What a rule about bytes asked of the server.
    restart: Option<(bool, Duration)>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
struct Hole {
    until: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Drip {
    bytes: usize,
    every: u64,
    next: u64,
    until: Option<u64>,
}

impl Wire {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which connection this is; rules apply from now on.
    pub(crate) fn set_rules(&self, rules: Connection) {
        self.lock().rules = Some(rules);
    }

    /// Asks the rules of this connection something.
    pub(crate) fn rules<T: Default>(&self, ask: impl FnOnce(&mut Connection) -> T) -> T {
        self.lock().rules.as_mut().map(ask).unwrap_or_default()
    }

    pub(crate) fn number(&self) -> u64 {
        self.rules(|rules| rules.number())
    }

    pub(crate) fn change(&self, change: Change) {
        let mut state = self.lock();
        state.change(change, self.clock.real());
        state.wake();
    }

    pub(crate) fn kill(&self, kill: Kill) {
        let mut state = self.lock();
        state.kill.get_or_insert(kill);
        state.wake();
    }

    pub(crate) fn killed(&self) -> Option<Kill> {
        self.lock().kill
    }

    /// Writes bytes before anything else that is written.
    pub(crate) fn inject(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.inject.extend(bytes);
        state.wake();
    }

    /// The restart that a rule about bytes asked for, once.
    pub(crate) fn take_restart(&self) -> Option<(bool, Duration)> {
        self.lock().restart.take()
    }

    /// Whether the client cannot see what happens now, and until when.
    pub(crate) fn hidden(&self) -> Option<Option<u64>> {
        let mut state = self.lock();
        let now = self.clock.real();
        State::open_hole(&mut state.hole_out, now).map(|hole| hole.until)
    }
}

impl State {
    fn wake(&mut self) {
        [self.reader.take(), self.writer.take()]
            .into_iter()
            .flatten()
            .for_each(Waker::wake);
    }

    fn change(&mut self, change: Change, now: u64) {
        match change {
            Change::Hole {
                inward,
                outward,
                until,
            } => {
                let hole = Some(Hole { until });
                if inward {
                    self.hole_in = hole;
                }
                if outward {
                    self.hole_out = hole;
                }
            }
            Change::Drip(bytes, every, until) => {
                self.drip = Some(Drip {
                    bytes: bytes as usize,
                    every: millis(every),
                    next: now,
                    until,
                });
            }
            Change::Slice(bytes) => self.slice = Some(bytes as usize),
        }
    }

    /// The hole that is open now.
    fn open_hole(hole: &mut Option<Hole>, now: u64) -> Option<Hole> {
        if hole.is_some_and(|hole| hole.until.is_some_and(|until| until <= now)) {
            *hole = None;
        }
        *hole
    }

    /// Fires what is due at the number of bytes that were written.
    fn fire(&mut self, now: u64) {
        let written = self.written;
        let Some(rules) = &mut self.rules else { return };
        if rules.next_byte().is_none_or(|next| next > written) {
            return;
        }
        for Firing { rule, action } in rules.bytes(now, written) {
            if action == Action::Corrupt {
                self.flip = self
                    .rules
                    .as_mut()
                    .map(|rules| 1 + rules.draw(rule, 255) as u8);
                continue;
            }
            self.act(action, now);
        }
    }

    /// Does what can be done to a stream at once.
    fn act(&mut self, action: Action, now: u64) {
        if let Some(change) = Change::of(&action, now) {
            return self.change(change, now);
        }
        match action {
            Action::Refuse | Action::Reset => self.kill = Some(Kill::Reset),
            Action::Fin => self.kill = Some(Kill::Fin),
            Action::Raw { bytes, times } => self.inject.extend(bytes.repeat(times as usize)),
            Action::Restart { keeping, down } => self.restart = Some((keeping, down)),
            _ => {}
        }
    }

    /// How many of some bytes may be written now; 0 asks to fire first.
    fn allowed(&self, wanted: usize) -> usize {
        let mut allowed = wanted;
        if let Some(drip) = self.drip {
            allowed = allowed.min(drip.bytes);
        }
        if let Some(slice) = self.slice {
            allowed = allowed.min(slice);
        }
        if self.flip.is_some() {
            allowed = allowed.min(1);
        }
        let stop = self.rules.as_ref().and_then(Connection::next_byte);
        stop.map_or(allowed, |stop| {
            let left = stop.saturating_sub(self.written);
            allowed.min(usize::try_from(left).unwrap_or(usize::MAX))
        })
    }
}

/// The stream itself.
#[derive(Debug)]
pub(crate) struct WireStream<S: Transport> {
    inner: Inner<S>,
    wire: Wire,
    read_timer: Option<Pin<Box<Sleep>>>,
    write_timer: Option<Pin<Box<Sleep>>>,
    /// The first byte, if it was looked at before it is read.
    peeked: Option<u8>,
}

impl<S: Transport> WireStream<S> {
    pub(crate) fn new(inner: S, clock: Clock) -> (Self, Wire, Remains<S>) {
        let wire = Wire {
            state: Arc::default(),
            clock,
        };
        let inner = Inner(Arc::new(Mutex::new(inner)));
        let remains = Remains(inner.clone());
        let stream = Self {
            inner,
            wire: wire.clone(),
            read_timer: None,
            write_timer: None,
            peeked: None,
        };
        (stream, wire, remains)
    }

    /// Looks at the first byte without taking it; `None` at the end.
    #[cfg(feature = "tls")]
    pub(crate) async fn peek(&mut self) -> io::Result<Option<u8>> {
        let mut first = [0; 1];
        let mut buffer = ReadBuf::new(&mut first);
        let read = |cx: &mut Context<'_>| self.inner.with(|inner| inner.poll_read(cx, &mut buffer));
        std::future::poll_fn(read).await?;
        self.peeked = buffer.filled().first().copied();
        Ok(self.peeked)
    }

    /// Waits for a time; says whether it has come.
    fn wait(
        timer: &mut Option<Pin<Box<Sleep>>>,
        clock: Clock,
        until: u64,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let instant = clock.instant_of_real(until);
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(instant)));
        if timer.deadline() != instant {
            timer.as_mut().reset(instant);
        }
        timer.as_mut().poll(cx)
    }

    /// Whether bytes may be written now.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let now = self.wire.clock.real();
            let mut state = self.wire.lock();
            match state.kill {
                Some(Kill::Reset) => {
                    drop(state);
                    self.inner.abort();
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                Some(Kill::Fin) => {
                    drop(state);
                    ready!(self.inner.with(|inner| inner.poll_shutdown(cx)))?;
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
                None => {}
            }
            let hole = State::open_hole(&mut state.hole_out, now);
            if state
                .drip
                .is_some_and(|drip| drip.until.is_some_and(|until| until <= now))
            {
                state.drip = None;
            }
            let waits = hole.is_some() || state.drip.is_some_and(|drip| drip.next > now);
            if !waits {
                return Poll::Ready(Ok(()));
            }
            state.writer = Some(cx.waker().clone());
            let until = match hole {
                Some(hole) => hole.until,
                None => state.drip.map(|drip| drip.next),
            };
            drop(state);
            let Some(until) = until else {
                return Poll::Pending;
            };
            ready!(Self::wait(
                &mut self.write_timer,
                self.wire.clock,
                until,
                cx
            ));
        }
    }

    /// Writes some bytes as the state allows.
    fn poll_some(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_open(cx))?;
            let now = self.wire.clock.real();
            let mut state = self.wire.lock();
            if state.slice.is_some() && !std::mem::replace(&mut state.yielded, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let allowed = state.allowed(bytes.len());
            if allowed == 0 && !bytes.is_empty() {
                state.fire(now);
                continue;
            }
            let flipped = state
                .flip
                .zip(bytes.first())
                .map(|(flip, byte)| [flip ^ byte]);
            drop(state);
            let chosen = match &flipped {
                Some(byte) => byte.as_slice(),
                None => bytes.get(..allowed).unwrap_or_default(),
            };
            let written = ready!(self.inner.with(|inner| inner.poll_write(cx, chosen)))?;
            let mut state = self.wire.lock();
            if written > 0 && flipped.is_some() {
                state.flip = None;
            }
            state.written += written as u64;
            state.yielded = false;
            if let Some(drip) = &mut state.drip {
                drip.next = now + drip.every;
            }
            state.fire(now);
            let killed = state.kill.is_some();
            drop(state);
            if killed {
                // The end comes at once, not with the next write; the error does.
                let _ = self.poll_open(cx);
            }
            return Poll::Ready(Ok(written));
        }
    }

    /// Writes what was injected.
    fn poll_injected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let next: Vec<u8> = {
                let state = self.wire.lock();
                state.inject.iter().take(16 * 1024).copied().collect()
            };
            if next.is_empty() {
                return Poll::Ready(Ok(()));
            }
            // Rules may inject more meanwhile, but behind these.
            let written = ready!(self.poll_some(cx, &next))?;
            self.wire.lock().inject.drain(..written);
        }
    }
}

impl<S: Transport> AsyncRead for WireStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            let now = this.wire.clock.real();
            let mut state = this.wire.lock();
            if state.kill == Some(Kill::Reset) {
                drop(state);
                this.inner.abort();
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            state.reader = Some(cx.waker().clone());
            let hole = State::open_hole(&mut state.hole_in, now);
            drop(state);
            match hole {
                None => break,
                Some(Hole { until: None }) => return Poll::Pending,
                Some(Hole { until: Some(until) }) => {
                    ready!(Self::wait(&mut this.read_timer, this.wire.clock, until, cx));
                }
            }
        }
        if let Some(byte) = this.peeked.take() {
            buf.put_slice(&[byte]);
            return Poll::Ready(Ok(()));
        }
        this.inner.with(|inner| inner.poll_read(cx, buf))
    }
}

impl<S: Transport> AsyncWrite for WireStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_injected(cx))?;
        self.poll_some(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_injected(cx))?;
        ready!(self.poll_open(cx))?;
        self.inner.with(|inner| inner.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_injected(cx))?;
        ready!(self.poll_open(cx))?;
        self.inner.with(|inner| inner.poll_shutdown(cx))
    }
}
