//! Messages to send, compressed within the window that was agreed. Pure.

use std::fmt;

use flate2::{Compress, Compression, FlushCompress};

use super::agreed::{Agreed, MAX_WINDOW_BITS, TAIL};

/// Compresses the messages of one connection.
pub(crate) struct Deflater {
    /// The smallest message that is compressed, in bytes.
    at_least: usize,
    fresh_each_message: bool,
    /// How far back references may reach, in bytes; `None`: as far as the library ever goes.
    window: Option<usize>,
    /// Made when it is first needed: it is large.
    compress: Option<Compress>,
    /// Bytes that references could reach now; only counted with a `window`.
    reach: usize,
}

impl Deflater {
    pub(crate) fn new(agreed: Agreed, at_least: usize) -> Self {
        let bits = agreed.sent_window_bits;
        Self {
            // An empty message has nothing to gain, and would need a form of its own.
            at_least: at_least.max(1),
            fresh_each_message: agreed.fresh_sent,
            window: (bits < MAX_WINDOW_BITS).then_some(1 << bits),
            compress: None,
            reach: 0,
        }
    }

    /// The payload of the compressed message; `None` if it is too small or does not compress: it is
    /// to be sent plain.
    pub(crate) fn pack(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        if message.len() < self.at_least {
            return None;
        }
        let packed = self.deflate(message);
        if packed.is_none() || self.fresh_each_message {
            // What the peer has not seen may not be referred to either.
            self.forget();
        }
        packed
    }

    fn deflate(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        // A little is worth it if later messages may refer to this one.
        let most = if self.fresh_each_message {
            message.len() - 1
        } else {
            message.len() + SLACK
        };
        let mut out = Vec::with_capacity(most + TAIL.len() + 1);
        let mut rest = message;
        // The library's window has one size. A smaller one is kept by forgetting everything
        // whenever it is full.
        while let Some(window) = self.window {
            let room = window.saturating_sub(self.reach);
            let Some((piece, later)) = rest.split_at_checked(room) else {
                break;
            };
            self.deflate_piece(piece, &mut out)?;
            self.forget();
            rest = later;
        }
        self.deflate_piece(rest, &mut out)?;
        self.reach += rest.len();
        let length = out.len().checked_sub(TAIL.len())?;
        if length > most || !out.ends_with(TAIL) {
            return None;
        }
        out.truncate(length);
        Some(out)
    }

    /// Compresses up to a byte boundary; `None` if there is no room for it.
    fn deflate_piece(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Option<()> {
        // Without input the library would say nothing at all, or the same end again.
        while !piece.is_empty() {
            let compress = self
                .compress
                .get_or_insert_with(|| Compress::new(Compression::fast(), false));
            let before = compress.total_in();
            compress
                .compress_vec(piece, out, FlushCompress::Sync)
                .ok()?;
            // Full: more may wait to be written, and would be more than the plain message.
            if out.len() >= out.capacity() {
                return None;
            }
            let taken = usize::try_from(compress.total_in() - before).ok()?;
            piece = piece.get(taken..)?;
        }
        Some(())
    }

    fn forget(&mut self) {
        if let Some(compress) = &mut self.compress {
            compress.reset();
        }
        self.reach = 0;
    }
}

/// How many bytes more a compressed message may have than the plain one.
const SLACK: usize = 32;

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("at_least", &self.at_least)
            .field("fresh_each_message", &self.fresh_each_message)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
