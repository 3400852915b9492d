//! Text that is read from front to back, and places in it.

use crate::json::RawText;

/// Where a piece of text stands, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// For strings: whether escapes stand in it.
    pub(crate) escaped: bool,
}

impl Span {
    /// The text of the span, without the quotes of a string.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// A string's span as text whose escapes are not resolved.
    pub(crate) fn raw(self, text: &str) -> RawText<'_> {
        RawText::new(self.of(text), self.escaped)
    }

    /// The same as bytes, which needs no look at the borders of characters.
    #[inline]
    pub(crate) fn bytes_of(self, text: &str) -> &[u8] {
        text.as_bytes()
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Text that is still to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
    /// Length of the whole text; it fits 32 bits.
    len: u32,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning; `None` for text so long that places in it need more than 32 bits.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let len = u32::try_from(text.len()).ok()?;
        Some(Self {
            rest: text.as_bytes(),
            len,
        })
    }

    /// How many bytes were read.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the rest is no longer than the text"
    )]
    pub(super) fn place(&self) -> u32 {
        self.len - self.rest.len() as u32
    }

    /// Whether everything was read.
    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads a literal if it comes next.
    #[inline]
    pub(crate) fn literal(&mut self, literal: &[u8]) -> bool {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads a literal that must come next.
    #[inline]
    pub(crate) fn expect(&mut self, literal: &[u8]) -> Option<()> {
        self.literal(literal).then_some(())
    }

    /// The next byte, without reading it.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// What is still to be read.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Leaves out a number of bytes.
    #[inline]
    pub(crate) fn advance(&mut self, count: usize) -> Option<()> {
        self.rest = self.rest.get(count..)?;
        Some(())
    }

    /// Reads one byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }
}
