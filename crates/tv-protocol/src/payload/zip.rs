//! ZIP: the one entry of an archive, found by its local header.
//!
//! The entry must come first. The directory at the end is not needed for it, so an archive that has
//! none is read, too: what was unpacked has been checked by size and CRC-32. The directory is
//! looked at only to refuse a second entry.

use memchr::memmem;

use super::{
    Container, Limits, PayloadError,
    cursor::Cursor,
    inflate::{inflate, verify},
    limits::Bound,
};

/// The first bytes of an entry.
pub(super) const ENTRY: [u8; 4] = *b"PK\x03\x04";
/// The first bytes of an archive without entries, and of the end of any other.
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
/// What may stand between the data of a streamed entry and the sizes that follow it.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// The first bytes of each line of the directory.
const LISTED: [u8; 4] = *b"PK\x01\x02";
/// The first bytes of the end of a directory of the 64-bit kind.
const END_64: [u8; 4] = *b"PK\x06\x06";

/// Bits of the flags: encrypted; sizes and checksum follow the data; strongly encrypted; header
/// masked.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const STREAMED: u16 = 1 << 3;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The extra field that holds sizes of 64 bits, and the size that stands for "see there".
const EXTRA_64: u16 = 1;
const SIZE_64: u32 = u32::MAX;

/// Unpacks the entry of an archive.
pub(super) fn read(bytes: &[u8], limits: &Limits, bound: &Bound) -> Result<Vec<u8>, PayloadError> {
    let mut cursor = Cursor::new(Container::Zip, bytes);
    let header = Header::read(&mut cursor)?;
    let content = match (header.method, header.streamed) {
        (STORED, false) => {
            let data = cursor.take(to_usize(header.declared.compressed))?;
            limits.check_plain(data.len())?;
            header.declared.verify(data.len(), data)?;
            data.to_vec()
        }
        (STORED, true) => {
            // JSON holds no control characters: the first mark is the one behind it.
            let end = memmem::find(cursor.rest(), &DESCRIPTOR).ok_or_else(|| cursor.truncated())?;
            let data = cursor.take(end)?;
            limits.check_plain(data.len())?;
            read_descriptor(&mut cursor, data.len(), data)?;
            data.to_vec()
        }
        (DEFLATED, false) => {
            let start = cursor.offset();
            let data = cursor.take(to_usize(header.declared.compressed))?;
            let mut inner = Cursor::new(Container::Zip, data);
            let content =
                inflate(Container::Zip, &mut inner, bound).map_err(|error| match error {
                    PayloadError::Corrupt { container, offset } => PayloadError::Corrupt {
                        container,
                        offset: start + offset,
                    },
                    PayloadError::Truncated { container, offset } => PayloadError::Truncated {
                        container,
                        offset: start + offset,
                    },
                    other => other,
                })?;
            header.declared.verify(inner.offset(), &content)?;
            content
        }
        (DEFLATED, true) => {
            let start = cursor.offset();
            let content = inflate(Container::Zip, &mut cursor, bound)?;
            let compressed = cursor.offset() - start;
            read_descriptor(&mut cursor, compressed, &content)?;
            content
        }
        (method, _) => {
            return Err(PayloadError::UnknownMethod {
                container: Container::Zip,
                method,
            });
        }
    };
    refuse_second_entry(&mut cursor)?;
    Ok(content)
}

/// What matters of a local header. Of a streamed entry, `declared` means nothing.
struct Header {
    method: u16,
    streamed: bool,
    declared: Declared,
}

/// What an archive says of its entry's data.
#[derive(Clone, Copy)]
struct Declared {
    checksum: u32,
    compressed: u32,
    size: u32,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, PayloadError> {
        cursor.take(ENTRY.len())?;
        cursor.take(2)?; // version needed
        let flags = cursor.u16()?;
        let method = cursor.u16()?;
        cursor.take(4)?; // time and date
        let declared = Declared::read(cursor)?;
        let name_bytes = cursor.u16()?;
        let extra_bytes = cursor.u16()?;
        cursor.take(name_bytes.into())?;
        let extra = cursor.take(extra_bytes.into())?;
        if flags & ENCRYPTED != 0 {
            return Err(PayloadError::Encrypted);
        }
        if declared.compressed == SIZE_64 || declared.size == SIZE_64 || names_64_bits(extra) {
            return Err(PayloadError::Zip64);
        }
        Ok(Self {
            method,
            streamed: flags & STREAMED != 0,
            declared,
        })
    }
}

impl Declared {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, PayloadError> {
        Ok(Self {
            checksum: cursor.u32()?,
            compressed: cursor.u32()?,
            size: cursor.u32()?,
        })
    }

    fn verify(self, compressed: usize, content: &[u8]) -> Result<(), PayloadError> {
        if to_usize(self.compressed) != compressed {
            return Err(PayloadError::WrongSize {
                container: Container::Zip,
                declared: self.compressed,
                found: compressed,
            });
        }
        verify(Container::Zip, content, self.size, self.checksum)
    }
}

/// Reads and verifies what follows the data of a streamed entry. The mark before it is optional,
/// and a checksum may look like one.
fn read_descriptor(
    cursor: &mut Cursor<'_>,
    compressed: usize,
    content: &[u8],
) -> Result<(), PayloadError> {
    let read = |cursor: &mut Cursor<'_>| Declared::read(cursor)?.verify(compressed, content);
    if !cursor.rest().starts_with(&DESCRIPTOR) {
        return read(cursor);
    }
    let mut unmarked = cursor.clone();
    cursor.take(DESCRIPTOR.len())?;
    let marked = read(cursor);
    if marked.is_err() && read(&mut unmarked).is_ok() {
        *cursor = unmarked;
        return Ok(());
    }
    marked
}

/// Looks at what follows the entry: nothing, or a directory of one.
fn refuse_second_entry(cursor: &mut Cursor<'_>) -> Result<(), PayloadError> {
    let second = |cursor: &Cursor<'_>| PayloadError::SeveralEntries {
        offset: cursor.offset(),
    };
    if cursor.rest().starts_with(&ENTRY) {
        return Err(second(cursor));
    }
    if cursor.rest().starts_with(&LISTED) {
        if skip_listed(cursor).is_err() {
            return Ok(()); // cut inside the directory, which nothing depends on
        }
        if cursor.rest().starts_with(&LISTED) {
            return Err(second(cursor));
        }
    }
    let rest = cursor.rest();
    if rest.starts_with(&END_64) {
        return Err(PayloadError::Zip64);
    }
    // The end may be missing or cut, too.
    if rest.starts_with(&END) || END.starts_with(rest) || LISTED.starts_with(rest) {
        return Ok(());
    }
    cursor.finish()
}

/// Reads one line of the directory.
fn skip_listed(cursor: &mut Cursor<'_>) -> Result<(), PayloadError> {
    cursor.take(28)?; // up to the lengths
    let lengths = [cursor.u16()?, cursor.u16()?, cursor.u16()?];
    cursor.take(12)?; // up to the name
    for length in lengths {
        cursor.take(length.into())?;
    }
    Ok(())
}

/// Whether the extra fields hold sizes of 64 bits.
fn names_64_bits(extra: &[u8]) -> bool {
    let mut cursor = Cursor::new(Container::Zip, extra);
    while let (Ok(kind), Ok(length)) = (cursor.u16(), cursor.u16()) {
        if kind == EXTRA_64 {
            return true;
        }
        if cursor.take(length.into()).is_err() {
            return false;
        }
    }
    false
}

/// A size that does not fit is one that no slice has.
fn to_usize(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
