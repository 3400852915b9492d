//! A server's end of permessage-deflate, written apart from the crate's. What its WebSocket library
//! writes is compressed, and what the client compressed is plain before the library reads it.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a server chose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice {
    /// The client compresses each message by itself.
    pub(crate) client_no_context_takeover: bool,
    /// The server does.
    pub(crate) server_no_context_takeover: bool,
    /// How far back the client may refer, as a power of two.
    pub(crate) client_max_window_bits: Option<u8>,
    /// How far back the server will.
    pub(crate) server_max_window_bits: Option<u8>,
}

impl Choice {
    /// The value of the header of the answer.
    pub(crate) fn header(self) -> String {
        let mut value = "permessage-deflate".to_owned();
        for (name, is_set) in [
            (
                "server_no_context_takeover",
                self.server_no_context_takeover,
            ),
            (
                "client_no_context_takeover",
                self.client_no_context_takeover,
            ),
        ] {
            if is_set {
                value += &format!("; {name}");
            }
        }
        for (name, bits) in [
            ("server_max_window_bits", self.server_max_window_bits),
            ("client_max_window_bits", self.client_max_window_bits),
        ] {
            if let Some(bits) = bits {
                value += &format!("; {name}={bits}");
            }
        }
        value
    }
}

/// A stream of a server whose frames are compressed on their way out and inflated on their way in.
pub(crate) struct Deflating<S> {
    inner: S,
    choice: Choice,
    inflate: Decompress,
    deflate: Compress,
    /// From the client; for the library; from the library; for the client.
    received: Vec<u8>,
    readable: Vec<u8>,
    written: Vec<u8>,
    sendable: Vec<u8>,
    /// The opcode and the compressed payload of a message under way.
    message: Option<(u8, Vec<u8>)>,
    /// How many messages of the client were compressed.
    pub(crate) inflated: usize,
}

impl<S> Deflating<S> {
    pub(crate) fn new(inner: S, choice: Choice) -> Self {
        Self {
            inner,
            choice,
            inflate: Decompress::new(false),
            deflate: Compress::new(Compression::default(), false),
            received: Vec::new(),
            readable: Vec::new(),
            written: Vec::new(),
            sendable: Vec::new(),
            message: None,
            inflated: 0,
        }
    }

    /// Makes one frame of the client plain; `false` if there is none.
    fn take_received(&mut self) -> io::Result<bool> {
        let Some((first, mask, range)) = frame(&self.received) else {
            return Ok(false);
        };
        let (opcode, is_last) = (first & 0x0f, first & 0x80 != 0);
        let begins = first & 0x40 != 0;
        if opcode & 8 != 0 || !(begins || self.message.is_some()) {
            self.readable.extend(self.received.drain(..range.end));
            return Ok(true);
        }
        let payload = self.received[range.clone()].iter().zip(mask.iter().cycle());
        let (_, packed) = self.message.get_or_insert_with(|| (opcode, Vec::new()));
        packed.extend(payload.map(|(byte, mask)| byte ^ mask));
        self.received.drain(..range.end);
        if is_last {
            let (opcode, mut packed) = self.message.take().unwrap();
            packed.extend([0, 0, 0xff, 0xff]);
            let plain = self.inflated(&packed)?;
            // Masked with nothing.
            self.readable.extend(head(0x80 | opcode, 0x80, plain.len()));
            self.readable.extend([0; 4]);
            self.readable.extend(plain);
            self.inflated += 1;
        }
        Ok(true)
    }

    fn inflated(&mut self, mut packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(packed.len() * 4 + 1024);
        loop {
            let before = self.inflate.total_in();
            self.inflate
                .decompress_vec(packed, &mut plain, FlushDecompress::Sync)
                .map_err(io::Error::other)?;
            packed = &packed[usize::try_from(self.inflate.total_in() - before).unwrap()..];
            if packed.is_empty() && plain.len() < plain.capacity() {
                break;
            }
            plain.reserve(plain.len() + 1024);
        }
        if self.choice.client_no_context_takeover {
            self.inflate.reset(false);
        }
        Ok(plain)
    }

    /// Compresses one frame of the library; `false` if there is none.
    fn take_written(&mut self) -> bool {
        let Some((first, _, range)) = frame(&self.written) else {
            return false;
        };
        let payload = &self.written[range.clone()];
        let window = self.choice.server_max_window_bits.map(|bits| 1 << bits);
        // The library knows one window; for a smaller one what fits into it is compressed by
        // itself.
        let fits = window.is_none_or(|window: usize| payload.len() <= window);
        if first & 0x8f > 0x80 && first & 8 == 0 && !payload.is_empty() && fits {
            let mut packed = Vec::new();
            let mut rest = payload;
            loop {
                packed.reserve(payload.len() + 1024);
                let before = self.deflate.total_in();
                self.deflate
                    .compress_vec(rest, &mut packed, FlushCompress::Sync)
                    .unwrap();
                rest = &rest[usize::try_from(self.deflate.total_in() - before).unwrap()..];
                if rest.is_empty() && packed.len() < packed.capacity() {
                    break;
                }
            }
            packed.truncate(packed.len() - 4);
            if self.choice.server_no_context_takeover || window.is_some() {
                self.deflate.reset();
            }
            self.sendable.extend(head(first | 0x40, 0, packed.len()));
            self.sendable.extend(packed);
        } else {
            self.sendable.extend(&self.written[..range.end]);
        }
        self.written.drain(..range.end);
        true
    }
}

/// The first byte, the mask, and where the payload of the first frame lies if it is here whole.
fn frame(bytes: &[u8]) -> Option<(u8, [u8; 4], std::ops::Range<usize>)> {
    let [first, second, ..] = *bytes else {
        return None;
    };
    let (length, mut at) = match second & 0x7f {
        126 => (
            usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap())),
            4,
        ),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap());
            (usize::try_from(length).unwrap(), 10)
        }
        short => (usize::from(short), 2),
    };
    let mut mask = [0; 4];
    if second & 0x80 != 0 {
        mask = bytes.get(at..at + 4)?.try_into().unwrap();
        at += 4;
    }
    (bytes.len() >= at + length).then(|| (first, mask, at..at + length))
}

fn head(first: u8, masked: u8, length: usize) -> Vec<u8> {
    let mut head = vec![first];
    match length {
        0..126 => head.push(masked | u8::try_from(length).unwrap()),
        126..65536 => {
            head.push(masked | 126);
            head.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        _ => {
            head.push(masked | 127);
            head.extend((length as u64).to_be_bytes());
        }
    }
    head
}

impl<S: AsyncRead + Unpin> AsyncRead for Deflating<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.readable.is_empty() {
            let mut room = [0; 4096];
            let mut read = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.received.extend(read.filled());
            while this.take_received()? {}
        }
        let count = this.readable.len().min(buf.remaining());
        buf.put_slice(&this.readable[..count]);
        this.readable.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Deflating<S> {
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.sendable.is_empty() {
            let count = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.sendable))?;
            self.sendable.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deflating<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_sent(cx))?;
        this.written.extend(buf);
        while this.take_written() {}
        match this.poll_sent(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(buf.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_sent(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_sent(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}
