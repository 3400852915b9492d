//! Deflate streams, unpacked step by step and never beyond a bound.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Container, PayloadError, cursor::Cursor, limits::Bound};

/// The first buffer is at most that long. Later ones are twice as long each.
const FIRST_BYTES: usize = 16 * 1024;

/// Unpacks the stream that begins at the cursor, and moves the cursor to its end. With a zlib
/// header and checksum if the container says so.
pub(super) fn inflate(
    container: Container,
    cursor: &mut Cursor<'_>,
    bound: &Bound,
) -> Result<Vec<u8>, PayloadError> {
    let mut machine = Decompress::new(container == Container::Zlib);
    // One byte behind the bound is enough to see that it is passed.
    let most = bound.bytes.saturating_add(1);
    // Halved from the end, so that the last step does not keep a buffer of nearly that length
    // beside the last one.
    let mut first = most;
    while first > FIRST_BYTES {
        first = first.div_ceil(2);
    }
    let mut out = Vec::new();
    loop {
        if out.len() == out.capacity() {
            let room = out.len().max(first);
            out.reserve_exact(room.min(most.saturating_sub(out.len())));
        }
        let (read, written) = (machine.total_in(), out.len());
        let status = machine
            .decompress_vec(cursor.rest(), &mut out, FlushDecompress::None)
            .map_err(|_| PayloadError::Corrupt {
                container,
                offset: cursor.offset(),
            })?;
        // Never more than `rest` has, which fits.
        let step = usize::try_from(machine.total_in() - read).unwrap_or(usize::MAX);
        cursor.take(step)?;
        if out.len() > bound.bytes {
            return Err(bound.error.clone());
        }
        if status == Status::StreamEnd {
            return Ok(out);
        }
        if step == 0 && out.len() == written {
            return Err(cursor.truncated());
        }
    }
}

/// CRC-32 as in ZIP and gzip.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Compares what a container declares of its content with the content.
pub(super) fn verify(
    container: Container,
    content: &[u8],
    size: u32,
    checksum: u32,
) -> Result<(), PayloadError> {
    if usize::try_from(size) != Ok(content.len()) {
        return Err(PayloadError::WrongSize {
            container,
            declared: size,
            found: content.len(),
        });
    }
    let found = crc32(content);
    if found != checksum {
        return Err(PayloadError::WrongChecksum {
            container,
            declared: checksum,
            found,
        });
    }
    Ok(())
}
