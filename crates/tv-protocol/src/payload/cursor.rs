//! A place in the bytes of a container: reads little-endian numbers, and never beyond the end.

use super::{Container, PayloadError};

/// `at <= bytes.len()` at all times.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    container: Container,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(container: Container, bytes: &'a [u8]) -> Self {
        Self {
            container,
            bytes,
            at: 0,
        }
    }

    /// Bytes read so far.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// What has been read.
    pub(super) fn read(&self) -> &'a [u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PayloadError> {
        let taken = self.rest().get(..count).ok_or_else(|| self.truncated())?;
        self.at += count;
        Ok(taken)
    }

    /// Reads up to and with the next zero byte.
    pub(super) fn skip_text(&mut self) -> Result<(), PayloadError> {
        let end = memchr::memchr(0, self.rest()).ok_or_else(|| self.truncated())?;
        self.take(end + 1).map(|_| ())
    }

    pub(super) fn u8(&mut self) -> Result<u8, PayloadError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, PayloadError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, PayloadError> {
        self.array().map(u32::from_le_bytes)
    }

    /// The error of one who needs more than there is.
    pub(super) fn truncated(&self) -> PayloadError {
        PayloadError::Truncated {
            container: self.container,
            offset: self.bytes.len(),
        }
    }

    /// Refuses bytes behind the end.
    pub(super) fn finish(&self) -> Result<(), PayloadError> {
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(PayloadError::Trailing {
            container: self.container,
            offset: self.at,
        })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PayloadError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.truncated())
    }
}
