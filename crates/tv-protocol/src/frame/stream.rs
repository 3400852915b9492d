//! Reading frames from bytes that may be cut anywhere.

use bytes::{Buf, BytesMut};

use super::{
    Frame, FrameError, FrameFault, MAX_FRAME_LENGTH,
    encode::{unit_of, units},
    error::SNIPPET_BYTES,
    grammar::{self, Header},
    whole,
};

/// Reads frames from a byte stream, cut into any pieces.
///
/// For transports without message boundaries: a raw socket, a file, a pipe. For a complete message
/// use [`split`](super::split), which is stricter: only there the end of a payload can be checked.
/// This reader yields a frame as soon as its declared length is there, and reports text after it
/// that is not a header. A payload in which the next frame begins is reported as a wrong length.
/// Any way of cutting the bytes yields the same frames and errors.
///
/// It keeps at most one incomplete frame. Memory grows with the bytes that arrive, never with a
/// declared length.
///
/// ```
/// use tv_protocol::frame::{Frame, FrameDecoder};
///
/// let mut decoder = FrameDecoder::new();
/// decoder.feed(b"~m~4~m~~h");
/// assert_eq!(decoder.next_frame(), None);
/// decoder.feed(b"~1~m~4~m~test");
/// assert_eq!(decoder.next_frame(), Some(Ok(Frame::Heartbeat(1))));
/// assert_eq!(decoder.next_frame(), Some(Ok(Frame::Json("test"))));
/// assert_eq!(decoder.end_of_message(), Ok(()));
/// ```
#[derive(Clone, Debug)]
pub struct FrameDecoder {
    buffer: BytesMut,
    limit: usize,
    /// Bytes at the start of `buffer` that were handed out and go with the next call.
    handed_out: usize,
    /// Bytes consumed before the start of `buffer`.
    consumed: u64,
    /// How far the payload at the start of `buffer` is counted, so that no byte is counted twice.
    scan: Option<Scan>,
    /// A fault that waits for the next header.
    skipping: Option<Skip>,
}

#[derive(Clone, Debug)]
struct Skip {
    fault: FrameFault,
    offset: u64,
    dropped: usize,
    /// The first bytes skipped, for the error.
    found: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Scan {
    header: Header,
    /// Position behind the last byte counted; `header.size <= at`.
    at: usize,
    /// Units still to come.
    left: usize,
    /// Bytes still to come of the character that was begun.
    continuation: usize,
    /// Nothing of the payload is still to come.
    complete: bool,
}

/// The longest header that can be cut: a mark, the digits, and a mark that lacks its last byte.
const MAX_CUT_HEADER: usize = 3 + grammar::MAX_DIGITS + 2;

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameDecoder {
    /// A decoder that accepts lengths up to [`MAX_FRAME_LENGTH`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(MAX_FRAME_LENGTH)
    }

    /// A decoder with a limit of your own on a frame's declared length, in UTF-16 units.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            limit,
            handed_out: 0,
            consumed: 0,
            scan: None,
            skipping: None,
        }
    }

    /// Adds received bytes. Take out the frames that they complete before feeding more, so that at
    /// most one frame is held.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.release();
        self.buffer.extend_from_slice(bytes);
    }

    /// The number of bytes held: of an incomplete frame, or of frames not taken out yet.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.handed_out
    }

    /// The next complete frame, or the next fault; `None` when more bytes are needed.
    #[must_use]
    pub fn next_frame(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        self.release();
        if self.skipping.is_some() {
            return self.skip().map(Err);
        }
        let scan = match self.scan.take() {
            Some(scan) => scan,
            None if self.buffer.is_empty() => return None,
            None => match grammar::header(&self.buffer, self.limit)? {
                Ok(header) => Scan::new(header),
                Err(fault) => return self.start_skipping(fault).map(Err),
            },
        };
        let scan = match scan.count(&self.buffer) {
            Ok(scan) => scan,
            Err(fault) => return self.start_skipping(fault).map(Err),
        };
        if !scan.complete {
            self.scan = Some(scan);
            return None;
        }
        let payload = self
            .buffer
            .get(scan.header.size..scan.at)
            .unwrap_or_default();
        if std::str::from_utf8(payload).is_err() {
            return self.start_skipping(FrameFault::NotUtf8).map(Err);
        }
        if whole::may_hold_a_frame(payload)
            && let Some(size) = whole::swallowed_after(payload)
        {
            let expected = scan.header.length;
            let found = units(payload.get(..size).unwrap_or_default());
            return self
                .start_skipping(FrameFault::WrongLength { expected, found })
                .map(Err);
        }
        self.handed_out = scan.at;
        let payload = self
            .buffer
            .get(scan.header.size..scan.at)
            .unwrap_or_default();
        Some(Ok(Frame::from_payload(
            std::str::from_utf8(payload).unwrap_or_default(),
        )))
    }

    /// Marks the end of the stream's message, or of the stream. An incomplete frame is dropped.
    ///
    /// # Errors
    ///
    /// [`FrameFault::Truncated`] with the number of received units, if a frame is incomplete. If a
    /// fault was being skipped and no header has followed it, that fault.
    pub fn end_of_message(&mut self) -> Result<(), FrameError> {
        self.release();
        let rest = self.buffer.split();
        let offset = self.consumed;
        self.consumed += rest.len() as u64;
        let scan = self.scan.take();
        if let Some(mut skip) = self.skipping.take() {
            skip.add(&rest);
            return Err(skip.into_error());
        }
        if rest.is_empty() {
            return Ok(());
        }
        let fault = scan.map_or(FrameFault::CutHeader, |scan| FrameFault::Truncated {
            expected: scan.header.length,
            found: scan.header.length - scan.left,
        });
        Err(FrameError::new(offset, rest.len(), &rest, fault))
    }

    /// Forgets the frame that the last call lent.
    fn release(&mut self) {
        let count = std::mem::take(&mut self.handed_out);
        self.drop_front(count);
    }

    fn drop_front(&mut self, count: usize) {
        self.buffer.advance(count);
        self.consumed += count as u64;
    }

    fn start_skipping(&mut self, fault: FrameFault) -> Option<FrameError> {
        let offset = self.consumed;
        self.skipping = Some(Skip {
            fault,
            offset,
            dropped: 0,
            found: Vec::new(),
        });
        self.skip_bytes(1);
        self.skip()
    }

    /// Drops bytes up to the next header. Until one is there, only what could be its start is kept.
    fn skip(&mut self) -> Option<FrameError> {
        let Some(next) = grammar::next_header(&self.buffer, 0) else {
            self.skip_bytes(self.buffer.len() - cut_header(&self.buffer));
            return None;
        };
        self.skip_bytes(next);
        self.skipping.take().map(Skip::into_error)
    }

    fn skip_bytes(&mut self, count: usize) {
        if let Some(skip) = &mut self.skipping {
            skip.add(self.buffer.get(..count).unwrap_or_default());
        }
        self.drop_front(count);
    }
}

impl Skip {
    fn add(&mut self, bytes: &[u8]) {
        self.dropped += bytes.len();
        let room = SNIPPET_BYTES.saturating_sub(self.found.len());
        self.found.extend(bytes.iter().take(room));
    }

    fn into_error(self) -> FrameError {
        FrameError::new(self.offset, self.dropped, &self.found, self.fault)
    }
}

impl Scan {
    fn new(header: Header) -> Self {
        Self {
            header,
            at: header.size,
            left: header.length,
            continuation: 0,
            complete: false,
        }
    }

    /// Counts units of payload as far as bytes are there.
    fn count(mut self, buffer: &[u8]) -> Result<Self, FrameFault> {
        for &byte in buffer.get(self.at..).unwrap_or_default() {
            let continues = byte & 0xC0 == 0x80;
            if self.left == 0 && (self.continuation == 0 || !continues) {
                self.complete = true;
                return Ok(self);
            }
            if continues {
                self.continuation = self.continuation.saturating_sub(1);
            } else {
                self.left =
                    self.left
                        .checked_sub(unit_of(byte))
                        .ok_or(FrameFault::InsideCharacter {
                            expected: self.header.length,
                        })?;
                self.continuation = continuation_bytes(byte);
            }
            self.at += 1;
        }
        self.complete = self.left == 0 && self.continuation == 0;
        Ok(self)
    }
}

/// How many bytes follow `first` in a character's UTF-8.
fn continuation_bytes(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 1,
        0xE0..=0xEF => 2,
        0xF0..=0xFF => 3,
        _ => 0,
    }
}

/// How many bytes at the end of `buffer` could be the start of a header.
fn cut_header(buffer: &[u8]) -> usize {
    (1..=buffer.len().min(MAX_CUT_HEADER))
        .rev()
        .find(|&count| {
            grammar::is_cut_header(buffer.get(buffer.len() - count..).unwrap_or_default())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
