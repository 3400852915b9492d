//! A byte stream whose compressed frames are inflated.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{agreed::Agreed, frames::Frames};

/// A stream whose incoming frames are inflated once that is agreed.
#[derive(Debug)]
pub(crate) struct Inflating<S> {
    inner: S,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// Nothing is compressed.
    Plain,
    /// The answer to the upgrade; not one byte behind it is taken.
    Head {
        bytes: Vec<u8>,
        given: usize,
    },
    /// The answer was read; its reader has not decided yet.
    Undecided(Option<Waker>),
    Frames(Box<Frames>),
}

impl<S> Inflating<S> {
    /// A stream that is about to be upgraded, with or without the [`OFFER`].
    pub(crate) fn new(inner: S, offered: bool) -> Self {
        let mode = if offered {
            Mode::Head {
                bytes: Vec::new(),
                given: 0,
            }
        } else {
            Mode::Plain
        };
        Self { inner, mode }
    }

    /// The upgrade is over.
    pub(crate) fn decide(&mut self, agreed: Option<Agreed>) {
        let mode = match agreed {
            Some(agreed) => Mode::Frames(Box::new(Frames::new(agreed))),
            None => Mode::Plain,
        };
        if let Mode::Undecided(Some(waker)) = std::mem::replace(&mut self.mode, mode) {
            waker.wake();
        }
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Inflating<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.mode {
            Mode::Plain => Pin::new(&mut this.inner).poll_read(cx, buf),
            Mode::Undecided(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            Mode::Head { bytes, given } => {
                let whole = ready!(poll_head(&mut this.inner, cx, bytes))?;
                let rest = bytes.get(*given..).unwrap_or_default();
                let (now, later) = rest.split_at(rest.len().min(buf.remaining()));
                buf.put_slice(now);
                *given += now.len();
                if later.is_empty() {
                    this.mode = if whole {
                        Mode::Undecided(None)
                    } else {
                        // Too long or cut off: the library says so when it has read all of it.
                        Mode::Plain
                    };
                }
                Poll::Ready(Ok(()))
            }
            Mode::Frames(frames) => loop {
                if frames.give(buf)? {
                    return Poll::Ready(Ok(()));
                }
                let mut chunk = [0; CHUNK];
                let mut read = ReadBuf::new(&mut chunk);
                ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
                if read.filled().is_empty() {
                    return Poll::Ready(Ok(()));
                }
                frames.take(read.filled());
            },
        }
    }
}

/// Reads up to the empty line and nothing behind it. `false` if it comes to an end or a limit
/// first.
fn poll_head<S: AsyncRead + Unpin>(
    inner: &mut S,
    cx: &mut Context<'_>,
    bytes: &mut Vec<u8>,
) -> Poll<io::Result<bool>> {
    while !bytes.ends_with(END) && bytes.len() < MAX_HEAD {
        // What is missing of the end at the least.
        let matched = (1..END.len())
            .rev()
            .find(|length| {
                END.get(..*length)
                    .is_some_and(|start| bytes.ends_with(start))
            })
            .unwrap_or(0);
        let mut few = [0; 4];
        let mut read = ReadBuf::new(few.get_mut(matched..).unwrap_or_default());
        ready!(Pin::new(&mut *inner).poll_read(cx, &mut read))?;
        if read.filled().is_empty() {
            return Poll::Ready(Ok(false));
        }
        bytes.extend_from_slice(read.filled());
    }
    Poll::Ready(Ok(bytes.ends_with(END)))
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Inflating<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
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
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// The end of a response's head.
const END: &[u8] = b"\r\n\r\n";

/// The longest head that is read before the library is left to refuse it, in bytes.
const MAX_HEAD: usize = 128 << 10;

/// Bytes read at a time.
const CHUNK: usize = 8 << 10;
