//! From text to text: base64, then whichever container there is.

use base64::{
    DecodeError, Engine,
    alphabet::{self, Alphabet},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::Deserialize;

use super::{Container, Limits, PayloadError, cursor::Cursor, gzip, inflate::inflate, zip};
use crate::json::Text;

const STANDARD: GeneralPurpose = engine(&alphabet::STANDARD);
const URL_SAFE: GeneralPurpose = engine(&alphabet::URL_SAFE);

const fn engine(alphabet: &Alphabet) -> GeneralPurpose {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

/// Unpacks the text of `dataCompressed` to the JSON text that it holds.
///
/// The module's page lists the containers. The result is UTF-8 and begins like an object or an
/// array; it is not checked to be valid JSON.
///
/// # Errors
///
/// If the text is over a limit, is neither base64 nor JSON, or is damaged or unsupported inside.
pub fn decompress(text: &str, limits: &Limits) -> Result<String, PayloadError> {
    limits.check_text(text.len())?;
    if begins_json(text.as_bytes()) {
        limits.check_plain(text.len())?;
        return Ok(text.to_owned());
    }
    let content = unpack(decode_base64(text)?, limits)?;
    let json = String::from_utf8(content).map_err(|error| PayloadError::NotUtf8 {
        offset: error.utf8_error().valid_up_to(),
    })?;
    if !begins_json(json.as_bytes()) {
        return Err(PayloadError::NotJson);
    }
    Ok(json)
}

/// Unpacks `dataCompressed` of the text of a study's `ns.d`. `None` if there is none, or an empty
/// one.
///
/// # Errors
///
/// If `ns.d` is neither empty nor a JSON object, and as [`decompress`].
pub fn report_of(ns_d: &str, limits: &Limits) -> Result<Option<String>, PayloadError> {
    #[derive(Deserialize)]
    struct StudyData<'a> {
        #[serde(borrow, default, rename = "dataCompressed")]
        data_compressed: Option<Text<'a>>,
    }

    if ns_d.is_empty() {
        return Ok(None);
    }
    let data: StudyData<'_> =
        serde_json::from_str(ns_d).map_err(|error| PayloadError::NotStudyData {
            line: error.line(),
            column: error.column(),
        })?;
    data.data_compressed
        .filter(|text| !text.is_empty())
        .map(|text| decompress(&text, limits))
        .transpose()
}

fn decode_base64(text: &str) -> Result<Vec<u8>, PayloadError> {
    let engine = match memchr::memchr2(b'-', b'_', text.as_bytes()) {
        Some(_) => URL_SAFE,
        None => STANDARD,
    };
    engine.decode(text).map_err(|error| PayloadError::Base64 {
        offset: match error {
            DecodeError::InvalidByte(offset, _) | DecodeError::InvalidLastSymbol { offset, .. } => {
                offset
            }
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => text.len(),
        },
    })
}

fn unpack(bytes: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, PayloadError> {
    let bound = limits.bound(bytes.len());
    if bytes.starts_with(&zip::ENTRY) {
        return zip::read(&bytes, limits, &bound);
    }
    if bytes.starts_with(&zip::END) {
        return Err(PayloadError::NoEntry);
    }
    if bytes.starts_with(&gzip::MAGIC) {
        return gzip::read(&bytes, &bound);
    }
    if is_plain(&bytes) {
        limits.check_plain(bytes.len())?;
        return Ok(bytes);
    }
    let container = if begins_zlib(&bytes) {
        Container::Zlib
    } else {
        Container::Deflate
    };
    let mut cursor = Cursor::new(container, &bytes);
    let content = inflate(container, &mut cursor, &bound)?;
    cursor.finish()?;
    Ok(content)
}

/// Whether this is JSON as it is. A deflate stream may begin with a carriage return, though hardly
/// with one and a bracket; that it is UTF-8 throughout is out of the question.
fn is_plain(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'{' | b'['))
        || begins_json(bytes) && std::str::from_utf8(bytes).is_ok()
}

/// Whether an object or an array begins here, after JSON's white space.
fn begins_json(bytes: &[u8]) -> bool {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    matches!(bytes.iter().find(|byte| !blank(byte)), Some(b'{' | b'['))
}

/// Whether a zlib header stands here: method 8, and a check value.
fn begins_zlib(bytes: &[u8]) -> bool {
    let Some(&[method, flags]) = bytes.first_chunk() else {
        return false;
    };
    method & 0x0f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}
