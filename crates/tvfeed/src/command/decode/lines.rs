//! Lines of bounded size, read one at a time.

use std::io::{self, BufRead, Read};

/// The longest line that is read, in bytes. The longest recorded message has less than 2 MB, and a
/// line may hold many.
pub(super) const MAX_LINE: usize = 64 * 1024 * 1024;

/// A line as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Its bytes, without the line feed.
    Bytes(&'a [u8]),
    /// It was longer than the limit and was skipped.
    TooLong,
}

/// Reads lines into one buffer. Never holds more than the limit of them.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    limit: usize,
}

impl<R: BufRead> Lines<R> {
    /// Reads `source` by lines of at most `limit` bytes.
    pub(super) fn new(source: R, limit: usize) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            limit,
        }
    }

    /// The next line; `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let most = self.limit as u64 + 1;
        self.buffer.clear();
        let read = self
            .source
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
        } else if self.buffer.len() > self.limit {
            self.skip()?;
            return Ok(Some(Line::TooLong));
        }
        Ok(Some(Line::Bytes(&self.buffer)))
    }

    /// Skips the rest of a line.
    fn skip(&mut self) -> io::Result<()> {
        // The room that the long line took is given back.
        self.buffer = Vec::new();
        self.source.skip_until(b'\n')?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, limit: usize) -> Vec<Option<String>> {
        // A small buffer, so that lines span several reads.
        let source = io::BufReader::with_capacity(3, text.as_bytes());
        let mut lines = Lines::new(source, limit);
        let mut out = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            out.push(match line {
                Line::Bytes(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong => None,
            });
        }
        out
    }

    #[test]
    fn lines_end_at_line_feeds_and_at_the_end() {
        let some = |texts: &[&str]| -> Vec<_> {
            texts.iter().map(|text| Some((*text).to_owned())).collect()
        };
        assert_eq!(read("", 9), some(&[]));
        assert_eq!(read("a\n\nlonger\nb", 9), some(&["a", "", "longer", "b"]));
        assert_eq!(read("a\n", 9), some(&["a"]));
    }

    #[test]
    fn a_line_over_the_limit_is_skipped_and_reading_continues() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            read("12345\n123456\n1234567890123\nx", 5),
            [some("12345"), None, None, some("x")]
        );
        assert_eq!(read("123456", 5), [None]);
        assert_eq!(read("12345", 5), [some("12345")]);
    }
}
