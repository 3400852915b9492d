//! What can be wrong with a frame, and where.

use thiserror::Error;

/// At most this many bytes of foreign text are kept in an error.
pub(super) const SNIPPET_BYTES: usize = 24;

/// A longer run of letters and digits is cut: it may be a token.
const LONGEST_WORD: usize = 12;

/// A part of the text that is not a frame: its place, its fault, and how much was skipped.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{fault} at byte {offset}, where `{found}` stands ({dropped} bytes skipped)")]
pub struct FrameError {
    /// Byte offset of the faulty header: within the message for [`split`](super::split), within all
    /// bytes ever fed for [`FrameDecoder`](super::FrameDecoder).
    pub offset: u64,
    /// Bytes skipped until the next header, or until the end of the message.
    pub dropped: usize,
    /// The start of what was skipped: at most 24 bytes, control characters escaped, long words cut.
    pub found: String,
    /// What is wrong.
    pub fault: FrameFault,
}

/// Why text is not a frame. Lengths are in UTF-16 code units.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameFault {
    /// Text in place of `~m~`.
    #[error("expected a header `~m~<length>~m~`")]
    NotAHeader,
    /// A header whose length is not a plain decimal number.
    #[error("expected a decimal length without leading zeros between `~m~` marks")]
    BadLength,
    /// A declared length over the limit. Nothing was allocated for it.
    #[error("declared length {expected} is over the limit of {limit}")]
    TooLong {
        /// The declared length; `u64::MAX` stands for a number of more than ten digits.
        expected: u64,
        /// The limit in force.
        limit: usize,
    },
    /// The message goes on after the declared end of the payload.
    #[error("declared length is {expected}, but the payload has {found} UTF-16 units")]
    WrongLength {
        /// The declared length.
        expected: usize,
        /// Units up to the next header or to the end of the message.
        found: usize,
    },
    /// The message ends inside a header.
    #[error("the header is cut off")]
    CutHeader,
    /// The message ends before the declared length is reached.
    #[error("declared length is {expected}, but only {found} UTF-16 units are there")]
    Truncated {
        /// The declared length.
        expected: usize,
        /// Units that are there.
        found: usize,
    },
    /// A declared length that ends between the two halves of a surrogate pair.
    #[error("declared length {expected} ends inside a character")]
    InsideCharacter {
        /// The declared length.
        expected: usize,
    },
    /// Bytes that are not UTF-8 inside a payload of a byte stream.
    #[error("payload is not valid UTF-8")]
    NotUtf8,
    /// The message has too many faults to look further.
    #[error("the message has too many faults; the rest of it was skipped")]
    GivenUp,
}

impl FrameError {
    pub(super) fn new(offset: u64, dropped: usize, found: &[u8], fault: FrameFault) -> Self {
        Self {
            offset,
            dropped,
            found: snippet(found),
            fault,
        }
    }
}

/// The start of foreign text, made safe to print.
fn snippet(bytes: &[u8]) -> String {
    let head = bytes.get(..SNIPPET_BYTES).unwrap_or(bytes);
    let mut text = String::new();
    let mut word = 0;
    for char in head.utf8_chunks().flat_map(|chunk| chunk.valid().chars()) {
        word = if char.is_alphanumeric() { word + 1 } else { 0 };
        if word == LONGEST_WORD + 1 {
            text.push('…');
        } else if char.is_control() {
            text.extend(char.escape_default());
        } else if word <= LONGEST_WORD {
            text.push(char);
        }
    }
    text
}
