//! A byte stream on which things go wrong: it stands below TLS, HTTP and WebSocket.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use super::{
    transport::{Inner, Remains, Transport},
    wire::{Hole, Kill, State, Wire},
};
use crate::clock::Clock;

/// A stream on which things go wrong as its [`Wire`] says.
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
        let wire = Wire::new(clock);
        let inner = Inner::new(inner);
        let remains = Remains::new(inner.clone());
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
