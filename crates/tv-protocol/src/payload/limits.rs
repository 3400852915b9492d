//! How much a payload may cost.

use super::PayloadError;

/// The longest text to decode: that of a whole message. Checked before anything is allocated.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// The longest JSON text to return. A report of 4,000 trades has about 700 KiB.
pub const MAX_OUTPUT_BYTES: usize = 8 * 1024 * 1024;

/// How many times longer than the decoded base64 the JSON text may be. Deflate reaches 1,032; a
/// report of random numbers, as unlike each other as it gets, 5.
pub const MAX_RATIO: usize = 200;

/// Texts up to this length are returned at any ratio: short repetitive ones are harmless.
pub const RATIO_FLOOR_BYTES: usize = 64 * 1024;

/// Bounds of what [`decompress`](super::decompress()) accepts and allocates.
///
/// Output is produced step by step and given up one byte after the bound. A declared size is
/// compared afterwards and never allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    text_bytes: usize,
    output_bytes: usize,
    ratio: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: MAX_TEXT_BYTES,
            output_bytes: MAX_OUTPUT_BYTES,
            ratio: MAX_RATIO,
        }
    }
}

impl Limits {
    /// The longest text to decode, in bytes. Default [`MAX_TEXT_BYTES`]. Costs three quarters of it
    /// while decoding.
    #[must_use]
    pub fn max_text_bytes(mut self, bytes: usize) -> Self {
        self.text_bytes = bytes;
        self
    }

    /// The longest JSON text to return, in bytes. Default [`MAX_OUTPUT_BYTES`]. Costs up to half as
    /// much again for a moment, when the buffer grows for the last time and the allocator has to
    /// move it.
    #[must_use]
    pub fn max_output_bytes(mut self, bytes: usize) -> Self {
        self.output_bytes = bytes;
        self
    }

    /// How many times longer than the decoded base64 the JSON text may be, once it is longer than
    /// [`RATIO_FLOOR_BYTES`]. Default [`MAX_RATIO`].
    #[must_use]
    pub fn max_ratio(mut self, ratio: usize) -> Self {
        self.ratio = ratio;
        self
    }

    /// Refuses a text that is too long to look at.
    pub(super) fn check_text(&self, length: usize) -> Result<(), PayloadError> {
        if length > self.text_bytes {
            return Err(PayloadError::TextTooLong {
                length,
                limit: self.text_bytes,
            });
        }
        Ok(())
    }

    /// Refuses output whose length is known because it is not compressed.
    pub(super) fn check_plain(&self, length: usize) -> Result<(), PayloadError> {
        if length > self.output_bytes {
            return Err(PayloadError::OutputTooLong {
                limit: self.output_bytes,
            });
        }
        Ok(())
    }

    /// How large a payload of this compressed size may become.
    pub(super) fn bound(&self, compressed: usize) -> Bound {
        let by_ratio = compressed.saturating_mul(self.ratio).max(RATIO_FLOOR_BYTES);
        if by_ratio < self.output_bytes {
            Bound {
                bytes: by_ratio,
                error: PayloadError::RatioTooHigh {
                    compressed,
                    limit: self.ratio,
                },
            }
        } else {
            Bound {
                bytes: self.output_bytes,
                error: PayloadError::OutputTooLong {
                    limit: self.output_bytes,
                },
            }
        }
    }
}

/// The most bytes that may come out of a payload, and what to say when more would.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) bytes: usize,
    pub(super) error: PayloadError,
}
