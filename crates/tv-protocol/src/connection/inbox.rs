//! Received text whose payloads are still to be read.

use std::collections::VecDeque;

/// Keeps text until each of its payloads was lent once. Its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    text: String,
    /// Where payloads start and end; `start <= end <= text.len()`. A frame has seven bytes at
    /// least, so these never need much more memory than the text.
    payloads: VecDeque<(usize, usize)>,
    /// The payload that was lent last.
    lent: (usize, usize),
}

impl Inbox {
    /// Takes text in and returns where it begins.
    pub(super) fn push(&mut self, text: &str) -> usize {
        if self.payloads.is_empty() {
            self.text.clear();
        }
        let start = self.text.len();
        self.text.push_str(text);
        start
    }

    /// Notes a payload within the text.
    pub(super) fn note(&mut self, start: usize, end: usize) {
        self.payloads.push_back((start, end));
    }

    /// Lends the next payload.
    pub(super) fn next(&mut self) -> Option<&str> {
        let (start, end) = self.payloads.pop_front()?;
        self.lent = (start, end);
        self.text.get(start..end)
    }

    /// Looks at the payload that was lent last once more, and where it starts.
    pub(super) fn last(&self) -> (usize, &str) {
        let (start, end) = self.lent;
        (start, self.text.get(start..end).unwrap_or_default())
    }

    /// Notes payloads that are to be lent before all others.
    pub(super) fn note_first(&mut self, payloads: impl DoubleEndedIterator<Item = (usize, usize)>) {
        for payload in payloads.rev() {
            self.payloads.push_front(payload);
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.payloads.clear();
    }
}
