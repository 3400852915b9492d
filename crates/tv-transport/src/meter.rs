//! Counts the bytes of a stream in both directions and remembers when they moved.
//!
//! A WebSocket shows whole messages only, but bytes decide whether a link is alive: one large
//! message can take longer than a ping may.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// A stream with a meter.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    inner: S,
    read: Tally,
    written: Tally,
}

/// How many bytes moved in one direction, and when the last of them did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub(crate) bytes: u64,
    /// The start of the connection, as long as `bytes` is zero.
    pub(crate) last: Instant,
}

impl Tally {
    fn add(&mut self, count: usize) {
        if count > 0 {
            self.bytes = self.bytes.saturating_add(count as u64);
            self.last = Instant::now();
        }
    }
}

impl<S> Metered<S> {
    pub(crate) fn new(inner: S) -> Self {
        let none = Tally {
            bytes: 0,
            last: Instant::now(),
        };
        Self {
            inner,
            read: none,
            written: none,
        }
    }

    pub(crate) fn read(&self) -> Tally {
        self.read
    }

    pub(crate) fn written(&self) -> Tally {
        self.written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let count = buf.filled().len().saturating_sub(before);
        self.read.add(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.written.add(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs))?;
        self.written.add(count);
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
