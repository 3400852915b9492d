//! Any JSON value, checked and skipped.

use super::{Cursor, Span};
use crate::json::MAX_DEPTH;

/// Whether JSON, which was checked, is nested more deeply than [`MAX_DEPTH`].
pub(crate) fn is_too_deep(json: &str) -> bool {
    const LEVELS: usize = MAX_DEPTH as usize;
    // Every level takes two bytes; and lists of numbers, however long, are counted in blocks.
    if json.len() <= 2 * LEVELS || (!json.contains('"') && is_flat(json.as_bytes())) {
        return false;
    }
    let mut bytes = json.bytes();
    let (mut depth, mut deepest) = (0_u32, 0);
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            bytes.next();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest > MAX_DEPTH
}

/// Whether JSON without strings cannot be too deep, because no block of it opens enough levels.
fn is_flat(json: &[u8]) -> bool {
    // `[` and `{`, `]` and `}` differ in one bit.
    let count = |block: &[u8], mark: u8| -> u8 {
        block.iter().map(|byte| u8::from(byte | 0x20 == mark)).sum()
    };
    let mut depth = 0_u32;
    for block in json.chunks(32) {
        let opened = depth + u32::from(count(block, b'{'));
        if opened > MAX_DEPTH {
            return false;
        }
        depth = opened.saturating_sub(u32::from(count(block, b'}')));
    }
    true
}

impl Cursor<'_> {
    /// Reads any value without space in it and says where it stands, quotes of a string included.
    #[inline]
    pub(crate) fn value(&mut self) -> Option<Span> {
        let start = self.place();
        self.skip(MAX_DEPTH)?;
        Some(Span {
            start,
            end: self.place(),
            escaped: false,
        })
    }

    fn skip(&mut self, depth: u32) -> Option<()> {
        match self.peek()? {
            b'"' => self.quoted().map(drop),
            b'{' => self.skip_object(depth.checked_sub(1)?),
            b'[' => self.skip_array(depth.checked_sub(1)?),
            b't' => self.expect(b"true"),
            b'f' => self.expect(b"false"),
            b'n' => self.expect(b"null"),
            _ => self.skip_number(),
        }
    }

    fn skip_array(&mut self, depth: u32) -> Option<()> {
        self.expect(b"[")?;
        if self.literal(b"]") {
            return Some(());
        }
        loop {
            self.skip(depth)?;
            match self.byte()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn skip_object(&mut self, depth: u32) -> Option<()> {
        self.expect(b"{")?;
        if self.literal(b"}") {
            return Some(());
        }
        loop {
            self.quoted()?;
            self.expect(b":")?;
            self.skip(depth)?;
            match self.byte()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }
}
