//! gzip: one member, its header skipped, its checksum and size verified.

use super::{
    Container, PayloadError,
    cursor::Cursor,
    inflate::{crc32, inflate, verify},
    limits::Bound,
};

/// The first bytes of a member.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The only method there is: deflate.
const METHOD: u8 = 8;

const HAS_CHECKSUM: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// Unpacks a member that is all there is.
pub(super) fn read(bytes: &[u8], bound: &Bound) -> Result<Vec<u8>, PayloadError> {
    let mut cursor = Cursor::new(Container::Gzip, bytes);
    skip_header(&mut cursor)?;
    let content = inflate(Container::Gzip, &mut cursor, bound)?;
    let (checksum, size) = (cursor.u32()?, cursor.u32()?);
    verify(Container::Gzip, &content, size, checksum)?;
    cursor.finish()?;
    Ok(content)
}

fn skip_header(cursor: &mut Cursor<'_>) -> Result<(), PayloadError> {
    cursor.take(MAGIC.len())?;
    let method = cursor.u8()?;
    if method != METHOD {
        return Err(PayloadError::UnknownMethod {
            container: Container::Gzip,
            method: method.into(),
        });
    }
    let flags = cursor.u8()?;
    if flags & RESERVED != 0 {
        return Err(corrupt(cursor));
    }
    cursor.take(6)?; // time, level, system
    if flags & HAS_EXTRA != 0 {
        let length = cursor.u16()?;
        cursor.take(length.into())?;
    }
    if flags & HAS_NAME != 0 {
        cursor.skip_text()?;
    }
    if flags & HAS_COMMENT != 0 {
        cursor.skip_text()?;
    }
    if flags & HAS_CHECKSUM != 0 {
        let found = crc32(cursor.read()) & 0xffff;
        if u32::from(cursor.u16()?) != found {
            return Err(corrupt(cursor));
        }
    }
    Ok(())
}

fn corrupt(cursor: &Cursor<'_>) -> PayloadError {
    PayloadError::Corrupt {
        container: Container::Gzip,
        offset: cursor.offset(),
    }
}
