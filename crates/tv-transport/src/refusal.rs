//! What a server says when it refuses an upgrade: the text of its HTTP answer.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, timeout_at},
};

use crate::text::{CUT, MAX_CHARS, printable};

/// How long the rest of a body may take. The answer is known; only its text is waited for.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// The most bytes of a body that are read: as many characters as are kept, and more.
const MAX_BODY: usize = 4 * MAX_CHARS;

/// Our values of this length and more are hidden in a body that repeats them.
const SHORTEST_SECRET: usize = 6;

/// A borrowed stream that keeps what is read from it: the WebSocket's side of the handshake would
/// take a stream with it when it fails.
#[derive(Debug)]
pub(crate) struct Recorded<'a, S> {
    stream: &'a mut S,
    read: Vec<u8>,
}

impl<'a, S> Recorded<'a, S> {
    pub(crate) fn new(stream: &'a mut S) -> Self {
        Self {
            stream,
            read: Vec::new(),
        }
    }

    /// What was read after the head of the answer, which is whole.
    pub(crate) fn tail(&self) -> Vec<u8> {
        // Blank lines before the head are allowed.
        let is_blank = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let begin = self.read.iter().position(|byte| !is_blank(byte));
        let head = self.read.get(begin.unwrap_or_default()..);
        let mut rest = head.unwrap_or_default();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            rest = rest.get(end + 1..).unwrap_or_default();
            for blank in [&b"\r\n"[..], b"\n"] {
                if let Some(tail) = rest.strip_prefix(blank) {
                    return tail.to_vec();
                }
            }
        }
        Vec::new()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorded<'_, S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut *this.stream).poll_read(cx, buf))?;
        let new = buf.filled().get(before..).unwrap_or_default();
        this.read.extend_from_slice(new);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorded<'_, S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Reads the rest of a body that has begun, as far as it is kept, and returns its text without
/// `secrets`.
pub(crate) async fn body_text<'a, S: AsyncRead + Unpin>(
    stream: &mut S,
    headers: &HeaderMap,
    mut body: Vec<u8>,
    deadline: Instant,
    secrets: impl Iterator<Item = &'a str>,
) -> String {
    let deadline = deadline.min(Instant::now() + BODY_TIMEOUT);
    let is_cut = loop {
        if is_complete(headers, &body) {
            break false;
        }
        if !has_end(headers) {
            // It would be waited for in vain.
            break false;
        }
        if body.len() > MAX_BODY {
            break true;
        }
        match timeout_at(deadline, read_some(stream, &mut body)).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) if !is_chunked(headers) && length(headers).is_none() => break false,
            // What has come so far is better than nothing.
            Ok(Ok(false) | Err(_)) | Err(_) => break !body.is_empty(),
        }
    };
    if let Some(encoding) = text(headers, CONTENT_ENCODING).filter(|it| *it != "identity")
        && !body.is_empty()
    {
        return printable(&format!("[a body encoded with {encoding}]"));
    }
    if is_chunked(headers) {
        body = unchunked(&body);
    }
    let words = String::from_utf8_lossy(&body);
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut words = hidden(words.join(" "), secrets);
    if is_cut {
        words.push_str(CUT);
    }
    printable(&words)
}

/// Whether nothing more belongs to the body.
fn is_complete(headers: &HeaderMap, body: &[u8]) -> bool {
    if is_chunked(headers) {
        return body.ends_with(b"0\r\n\r\n");
    }
    length(headers).is_some_and(|length| body.len() >= length)
}

/// Whether the server says where the body ends: by its size, or by closing the connection.
fn has_end(headers: &HeaderMap) -> bool {
    let closes = || text(headers, CONNECTION).is_some_and(|it| it.eq_ignore_ascii_case("close"));
    is_chunked(headers) || length(headers).is_some() || closes()
}

fn length(headers: &HeaderMap) -> Option<usize> {
    text(headers, CONTENT_LENGTH)?.parse().ok()
}

fn is_chunked(headers: &HeaderMap) -> bool {
    text(headers, TRANSFER_ENCODING).is_some_and(|it| it.eq_ignore_ascii_case("chunked"))
}

fn text(headers: &HeaderMap, name: http::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The chunks of a body, as far as they can be read.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|it| it == b"\r\n") {
        let (size, rest) = body.split_at(end);
        let size = std::str::from_utf8(size).unwrap_or_default();
        let size = size.split(';').next().unwrap_or_default().trim();
        let Ok(size @ 1..) = usize::from_str_radix(size, 16) else {
            break;
        };
        let chunk = rest.get(2..).unwrap_or_default();
        let size = size.min(chunk.len());
        out.extend_from_slice(chunk.get(..size).unwrap_or_default());
        body = chunk.get(size..).unwrap_or_default();
        body = body.strip_prefix(b"\r\n").unwrap_or(body);
    }
    out
}

/// Hides what we sent: each value, and each part of one.
fn hidden<'a>(mut words: String, secrets: impl Iterator<Item = &'a str>) -> String {
    for secret in secrets {
        let parts = secret.split([' ', ';', ',', '&', '=']);
        for part in std::iter::once(secret).chain(parts) {
            if part.len() >= SHORTEST_SECRET && words.contains(part) {
                words = words.replace(part, "[hidden]");
            }
        }
    }
    words
}

/// Reads a little more. False at the end.
async fn read_some<S: AsyncRead + Unpin>(stream: &mut S, body: &mut Vec<u8>) -> io::Result<bool> {
    let mut space = [0; 1024];
    let mut buffer = ReadBuf::new(&mut space);
    poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut buffer)).await?;
    body.extend_from_slice(buffer.filled());
    Ok(!buffer.filled().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_begins_after_the_first_blank_line_of_the_head() {
        for (read, tail) in [
            ("HTTP/1.1 101 x\r\nA: b\r\n\r\n", ""),
            ("HTTP/1.1 101 x\r\nA: b\r\n\r\nab\n\ncd", "ab\n\ncd"),
            ("\r\n\r\nHTTP/1.1 101 x\nA: b\n\nab", "ab"),
            ("HTTP/1.1 101 x\r\n\r\nab", "ab"),
            ("HTTP/1.1 101 x\r\nA: b\r\n", ""),
        ] {
            let recorded = Recorded {
                stream: &mut (),
                read: read.into(),
            };
            assert_eq!(recorded.tail(), tail.as_bytes(), "{read:?}");
        }
    }

    #[test]
    fn chunks_are_joined_and_a_cut_one_counts() {
        for (body, joined) in [
            ("5\r\nHello\r\n6;x=y\r\n world\r\n0\r\n\r\n", "Hello world"),
            ("B\r\nHello", "Hello"),
            ("no chunk\r\n", ""),
            ("ffffffffffffffffff\r\nx", ""),
            ("", ""),
        ] {
            assert_eq!(unchunked(body.as_bytes()), joined.as_bytes(), "{body:?}");
        }
    }

    #[test]
    fn what_we_sent_is_hidden() {
        let secrets = ["sessionid=hunter2; a=b", "Bearer abc"].into_iter();
        let words = "got sessionid=hunter2; a=b, or hunter2, or abc".to_owned();
        assert_eq!(hidden(words, secrets), "got [hidden], or [hidden], or abc");
    }
}
