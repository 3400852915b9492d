//! Splitting a whole message into frames.

use super::{
    Frame, FrameError, FrameFault, LengthUnit, MAX_FRAME_LENGTH,
    encode::{BLOCK, unit_of, units, units_of_block},
    grammar::{self, Header, MARK},
    whole,
};

/// Text is walked to find where a payload ends. A message whose faults make the walks add up to
/// more than this many times its own length is given up: work stays linear whatever is sent.
const MAX_WALKS: usize = 8;

/// Splits one whole WebSocket message into its frames, lengths up to [`MAX_FRAME_LENGTH`].
///
/// See [`Frames`] for what is yielded, and when.
#[inline]
#[must_use]
pub fn split(message: &str) -> Frames<'_> {
    split_with_limit(message, MAX_FRAME_LENGTH)
}

/// Like [`split`], with a limit of your own on a frame's declared length, in UTF-16 units.
#[inline]
#[must_use]
pub fn split_with_limit(message: &str, limit: usize) -> Frames<'_> {
    Frames {
        message,
        offset: 0,
        ascii: None,
        limit,
        is_doubted: false,
        walked: 0,
        resume: None,
        other_unit: None,
        other_units: 0,
    }
}

/// Splits text in which lengths may be too long by any number: the content of each payload is read
/// to see where it ends. Slow, and needed for what [`split`] does not notice.
pub(crate) fn split_doubted(message: &str, limit: usize) -> Frames<'_> {
    Frames {
        is_doubted: true,
        ..split_with_limit(message, limit)
    }
}

/// The frames of one message, borrowed from it.
///
/// A frame ends where the next begins, or where the message ends. If the declared length does not
/// fit:
///
/// - A payload that is complete JSON, or a heartbeat, is accepted. Text after it is reported as a
///   fault of its own.
/// - A wrong length is reported and affects only its own frame.
/// - A length that fits when it counts bytes or code points is accepted; see
///   [`other_unit`](Self::other_unit).
///
/// A faulty part is reported once, as a [`FrameError`] with its place and its cause. Reading goes
/// on at the next header. Frames allocate nothing; an error holds at most 24 bytes of the text.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    message: &'a str,
    /// Start of what is not yet read. `offset <= message.len()`, and on a character boundary.
    offset: usize,
    /// Whether bytes are units, so that a payload's end is found without a walk. Asked once, and
    /// never for heartbeats.
    ascii: Option<bool>,
    limit: usize,
    /// Whether each payload is read to see where it ends.
    is_doubted: bool,
    /// Bytes that were walked and turned out to be no frame, see [`MAX_WALKS`].
    walked: usize,
    /// Where to look for the next header after a fault, if not right after its start.
    resume: Option<usize>,
    other_unit: Option<LengthUnit>,
    other_units: u64,
}

impl<'a> Frames<'a> {
    /// The unit that the lengths of this message count, if it is not UTF-16 code units. ASCII text
    /// does not show the unit.
    #[must_use]
    pub fn other_unit(&self) -> Option<LengthUnit> {
        self.other_unit
    }

    /// How many frames were read whose length counts something other than UTF-16 code units.
    #[must_use]
    pub fn other_units(&self) -> u64 {
        self.other_units
    }

    /// Byte offset within the message of what will be read next.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    fn rest(&self) -> &'a [u8] {
        self.message
            .as_bytes()
            .get(self.offset..)
            .unwrap_or_default()
    }

    /// Where `length` units of payload that begin at `start` end.
    #[inline]
    fn payload_end(&mut self, start: usize, length: usize) -> Result<usize, FrameFault> {
        let bytes = self.message.as_bytes().get(start..).unwrap_or_default();
        let truncated = |found| {
            Err(FrameFault::Truncated {
                expected: length,
                found,
            })
        };
        let message = self.message.as_bytes();
        if *self.ascii.get_or_insert_with(|| is_ascii(message)) {
            if length > bytes.len() {
                return truncated(bytes.len());
            }
            return Ok(start + length);
        }
        let mut left = length;
        let mut end = 0;
        for block in bytes.as_chunks::<BLOCK>().0 {
            let units = units_of_block(block);
            if units >= left {
                break;
            }
            left -= units;
            end += block.len();
        }
        for &byte in bytes.get(end..).unwrap_or_default() {
            let unit = unit_of(byte);
            if unit > left {
                break;
            }
            left -= unit;
            end += 1;
        }
        if left == 0 {
            return Ok(start + end);
        }
        self.walked += end;
        if end == bytes.len() {
            truncated(length - left)
        } else {
            Err(FrameFault::InsideCharacter { expected: length })
        }
    }

    /// Reads the frame at `offset`: where its payload starts and ends.
    #[inline]
    fn frame(&mut self) -> Result<(usize, usize), FrameFault> {
        let Header { size, length } = match grammar::header(self.rest(), self.limit) {
            Some(header) => header?,
            None => return Err(FrameFault::CutHeader),
        };
        let start = self.offset + size;
        let end = match self.payload_end(start, length) {
            Ok(end) => end,
            Err(fault) => return self.judge(start, None, length, fault),
        };
        let message = self.message.as_bytes();
        let after = message.get(end..).unwrap_or_default();
        if after.is_empty() || after.starts_with(MARK) {
            let payload = message.get(start..end).unwrap_or_default();
            if !self.is_doubted && !whole::may_hold_a_frame(payload) {
                return Ok((start, end));
            }
            return self.judge_fitting(start, end, length);
        }
        let next = grammar::next_header(message, start).unwrap_or(message.len());
        let found = units(message.get(start..next).unwrap_or_default());
        let expected = length;
        self.judge(
            start,
            Some(end),
            length,
            FrameFault::WrongLength { expected, found },
        )
    }

    /// Whether a payload that ends at a boundary is one payload, or has swallowed the next frame.
    #[cold]
    fn judge_fitting(
        &mut self,
        start: usize,
        end: usize,
        length: usize,
    ) -> Result<(usize, usize), FrameFault> {
        let message = self.message.as_bytes();
        match whole::swallowed_after(message.get(start..end).unwrap_or_default()) {
            None => Ok((start, end)),
            Some(size) => {
                self.walked += end - start;
                self.misfit(start, size, length, None)
            }
        }
    }

    /// Whether a payload stands though its length does not lead to a boundary: `end` is where it
    /// leads, if it is within the message.
    #[cold]
    fn judge(
        &mut self,
        start: usize,
        end: Option<usize>,
        length: usize,
        fault: FrameFault,
    ) -> Result<(usize, usize), FrameFault> {
        let message = self.message.as_bytes();
        let next = grammar::next_header(message, start).unwrap_or(message.len());
        let stretch = message.get(start..end.unwrap_or(start).max(next));
        let stretch = stretch.unwrap_or_default();
        self.walked += stretch.len();
        if self.ascii == Some(false) {
            self.walked += end.map_or(0, |end| end - start);
        }
        match whole::first_payload(stretch) {
            None => Err(fault),
            Some(size) if end == Some(start + size) => Ok((start, start + size)),
            Some(size) => self.misfit(start, size, length, Some(fault)),
        }
    }

    /// What to make of a payload of `size` bytes that is whole, but not of the declared length.
    fn misfit(
        &mut self,
        start: usize,
        size: usize,
        length: usize,
        fault: Option<FrameFault>,
    ) -> Result<(usize, usize), FrameFault> {
        let end = start + size;
        let payload = self.message.get(start..end).unwrap_or_default();
        let found = units(payload.as_bytes());
        let unit = if payload.len() == length {
            LengthUnit::Bytes
        } else if payload.chars().count() == length {
            LengthUnit::CodePoints
        } else {
            self.resume = Some(end);
            return Err(fault.unwrap_or(FrameFault::WrongLength {
                expected: length,
                found,
            }));
        };
        self.other_unit = Some(unit);
        self.other_units += 1;
        Ok((start, end))
    }

    /// The next frame or fault of any kind. It gives the same heartbeats as the quick way in
    /// `next`; out of line, so that nothing is prepared for it in vain.
    #[inline(never)]
    pub(crate) fn next_of_any(&mut self) -> Option<Result<Frame<'a>, FrameError>> {
        if self.offset >= self.message.len() {
            return None;
        }
        match self.frame() {
            Ok((start, end)) => {
                self.offset = end;
                let payload = self.message.get(start..end).unwrap_or_default();
                Some(Ok(Frame::from_payload(payload)))
            }
            Err(fault) => Some(Err(self.resynchronise(fault))),
        }
    }

    /// Skips to the next header after a fault and returns what was skipped.
    #[cold]
    fn resynchronise(&mut self, fault: FrameFault) -> FrameError {
        let from = self.offset;
        let bytes = self.message.as_bytes();
        let resume = self.resume.take().unwrap_or(from + 1);
        let (next, fault) = if self.walked > bytes.len().saturating_mul(MAX_WALKS) {
            (bytes.len(), FrameFault::GivenUp)
        } else {
            (
                grammar::next_header(bytes, resume).unwrap_or(bytes.len()),
                fault,
            )
        };
        self.offset = next;
        let found = bytes.get(from..next).unwrap_or_default();
        FrameError::new(from as u64, next - from, found, fault)
    }
}

/// Whether all bytes are ASCII. The standard library looks at what is left behind its last whole
/// block byte by byte; here that is one more block, which overlaps.
fn is_ascii(bytes: &[u8]) -> bool {
    const BLOCK: usize = 64;
    match bytes.last_chunk::<BLOCK>() {
        Some(last) => {
            let (blocks, _) = bytes.as_chunks::<BLOCK>();
            blocks.as_flattened().is_ascii() && last.is_ascii()
        }
        None => bytes.is_ascii(),
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, FrameError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.message.len() {
            return None;
        }
        match grammar::usual_heartbeat(self.rest(), self.limit) {
            Some((number, size)) => {
                self.offset += size;
                Some(Ok(Frame::Heartbeat(number)))
            }
            None => self.next_of_any(),
        }
    }
}

impl std::iter::FusedIterator for Frames<'_> {}

#[cfg(test)]
mod tests;
