//! Strings: where they end, and whether escapes stand in them.

use super::{Cursor, Span};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks, in the top bits of bytes, those that are zero; the lowest mark is right, higher ones may
/// be wrong, and other bits are left over.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

/// Bytes until a quote, a backslash or a control character. All of `text` if there is none.
#[inline(always)]
fn plain(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let specials = zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5C));
        let marks = (specials | control) & HIGHS;
        if marks != 0 {
            return text.len() - rest.len() + marks.trailing_zeros() as usize / 8;
        }
        rest = tail;
    }
    let tail = rest
        .iter()
        .take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= 0x20);
    text.len() - rest.len() + tail.count()
}

impl Cursor<'_> {
    /// Reads a string and its closing quote; the opening one was read before. Escapes other than of
    /// two characters are refused, since their surrogates need a closer look.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Option<Span> {
        let start = self.place();
        let mut escaped = false;
        loop {
            let (_, rest) = self.rest.split_at_checked(plain(self.rest))?;
            let (&stop, rest) = rest.split_first()?;
            self.rest = rest;
            match stop {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    let escape = self.byte()?;
                    if !matches!(
                        escape,
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'
                    ) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        Some(Span {
            start,
            end: self.place() - 1,
            escaped,
        })
    }

    /// Reads a string, quotes included.
    #[inline(always)]
    pub(crate) fn quoted(&mut self) -> Option<Span> {
        self.expect(b"\"")?;
        self.string()
    }
}
