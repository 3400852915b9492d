//! permessage-deflate (RFC 7692): what is received in a layer below the WebSocket library, what is
//! sent above it.
//!
//! The layer turns compressed messages of the peer into plain ones, fragment by fragment, so that
//! all checks and limits of the library go on to hold, also for what a small message inflates to.
//! What is sent is handed to the library as finished frames; the extension allows to send any
//! message plain.

mod frames;
mod outgoing;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use frames::Frames;
pub(crate) use outgoing::Deflater;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a client offers: as browsers do.
pub(crate) const OFFER: &str = "permessage-deflate; client_max_window_bits";

/// The peer's compressed data makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad compressed message")]
pub(crate) struct BadDeflate;

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// The peer compresses each message by itself.
    pub(crate) fresh_received: bool,
    /// We have to compress each message by itself.
    pub(crate) fresh_sent: bool,
    /// How far back what we compress may refer, as a power of two; 8 to 15.
    pub(crate) sent_window_bits: u8,
}

impl Default for Agreed {
    fn default() -> Self {
        Self {
            fresh_received: false,
            fresh_sent: false,
            sent_window_bits: MAX_WINDOW_BITS,
        }
    }
}

impl Agreed {
    /// Reads the server's choice; `None` if it is not what was [offered](OFFER).
    pub(crate) fn read(choice: &str) -> Option<Self> {
        let mut parts = choice.split(';').map(str::trim);
        if parts.next()? != "permessage-deflate" {
            return None;
        }
        let mut agreed = Self::default();
        let mut seen = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part, None),
            };
            if seen.contains(&name) {
                return None;
            }
            seen.push(name);
            match (name, value) {
                ("server_no_context_takeover", None) => agreed.fresh_received = true,
                ("client_no_context_takeover", None) => agreed.fresh_sent = true,
                // Whatever window the peer chose, ours for what it sends is the largest.
                ("server_max_window_bits", Some(bits)) => drop(window_bits(bits)?),
                ("client_max_window_bits", Some(bits)) => {
                    agreed.sent_window_bits = window_bits(bits)?;
                }
                _ => return None,
            }
        }
        Some(agreed)
    }
}

/// A decimal number without leading zeros, 8 to 15.
fn window_bits(text: &str) -> Option<u8> {
    (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).find(|bits| bits.to_string() == text)
}

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
    /// The answer was read; whoever read it has not decided yet.
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

/// What a compressed message ends with, left out on the wire.
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

const MIN_WINDOW_BITS: u8 = 8;

/// The largest window of the format, which is also that of the library.
const MAX_WINDOW_BITS: u8 = 15;

/// The end of a response's head.
const END: &[u8] = b"\r\n\r\n";

/// The longest head that is read before the library is left to refuse it, in bytes.
const MAX_HEAD: usize = 128 << 10;

/// Bytes read at a time.
const CHUNK: usize = 8 << 10;

#[cfg(test)]
mod tests;
