//! The ways in which the report of a strategy travels.

use std::io::{self, Write};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use serde_json::{Value, json};

/// How strategy reports are sent: the encodings that have been seen of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ReportForm {
    /// Each report of a chart session in the next of the other forms.
    #[default]
    Cycle,
    /// As `data.report`, not compressed.
    Plain,
    /// A ZIP archive with an entry that is not compressed.
    ZipStored,
    /// A ZIP archive with a deflated entry.
    ZipDeflated,
    /// A ZIP archive whose sizes follow the entry.
    ZipStreamed,
    /// A zlib stream.
    Zlib,
    /// A raw deflate stream.
    Deflate,
    /// A gzip stream.
    Gzip,
    /// JSON text, not compressed.
    Json,
}

const FORMS: [ReportForm; 8] = [
    ReportForm::Plain,
    ReportForm::ZipDeflated,
    ReportForm::ZipStored,
    ReportForm::ZipStreamed,
    ReportForm::Zlib,
    ReportForm::Deflate,
    ReportForm::Gzip,
    ReportForm::Json,
];

/// The text of `ns.d` for a report; `nth` counts the reports of a chart session. The base64 is in
/// turn of the standard and of the URL-safe alphabet; the latter is not padded.
pub fn pack(report: Value, form: ReportForm, nth: usize) -> String {
    let (form, round) = match form {
        ReportForm::Cycle => {
            let form = FORMS
                .get(nth % FORMS.len())
                .copied()
                .unwrap_or(ReportForm::Plain);
            (form, nth / FORMS.len())
        }
        fixed => (fixed, nth),
    };
    let content = json!({ "report": report });
    let packed = if form == ReportForm::Plain {
        None
    } else {
        // Writing to memory does not fail; were it to, the report would go out plainly.
        encode(form, content.to_string().as_bytes()).ok()
    };
    match packed {
        None => json!({ "data": content }).to_string(),
        Some(bytes) => {
            let text = if round % 2 == 0 {
                STANDARD.encode(bytes)
            } else {
                URL_SAFE_NO_PAD.encode(bytes)
            };
            json!({ "dataCompressed": text }).to_string()
        }
    }
}

fn encode(form: ReportForm, content: &[u8]) -> io::Result<Vec<u8>> {
    let level = Compression::default();
    match form {
        ReportForm::ZipStored => Ok(zip(content, Method::Stored, content)),
        ReportForm::ZipDeflated => Ok(zip(content, Method::Deflated, &deflate(content)?)),
        ReportForm::ZipStreamed => Ok(zip(content, Method::Streamed, &deflate(content)?)),
        ReportForm::Zlib => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(content)?;
            encoder.finish()
        }
        ReportForm::Deflate => deflate(content),
        ReportForm::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(content)?;
            encoder.finish()
        }
        ReportForm::Json | ReportForm::Plain | ReportForm::Cycle => Ok(content.to_vec()),
    }
}

fn deflate(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

/// How the entry of a ZIP archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Stored,
    Deflated,
    /// Deflated, and what is only known at the end is written there.
    Streamed,
}

/// A ZIP archive with one entry without a name.
fn zip(content: &[u8], method: Method, packed: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    // Reports are far smaller than what 32 bits can say.
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let facts = [crc.sum(), length(packed), length(content)];
    let streamed = method == Method::Streamed;
    let flags: u16 = if streamed { 1 << 3 } else { 0 };
    let way: u16 = if method == Method::Stored { 0 } else { 8 };
    let mut common = Vec::new();
    // Version 2.0, flags, method, then time and date: 1980-01-01.
    for number in [20, flags, way, 0, 0x21] {
        common.extend_from_slice(&number.to_le_bytes());
    }
    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend_from_slice(&common);
    for fact in facts {
        let fact = if streamed { 0 } else { fact };
        archive.extend_from_slice(&fact.to_le_bytes());
    }
    // Lengths of name and extra field.
    archive.extend_from_slice(&[0; 4]);
    archive.extend_from_slice(packed);
    if streamed {
        archive.extend_from_slice(b"PK\x07\x08");
        facts
            .iter()
            .for_each(|fact| archive.extend_from_slice(&fact.to_le_bytes()));
    }
    let mut directory = b"PK\x01\x02\x14\x00".to_vec();
    directory.extend_from_slice(&common);
    facts
        .iter()
        .for_each(|fact| directory.extend_from_slice(&fact.to_le_bytes()));
    // Lengths of name, extra field and comment, disk, attributes, and where the entry begins: all
    // 0.
    directory.extend_from_slice(&[0; 18]);
    let mut end = b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00".to_vec();
    end.extend_from_slice(&length(&directory).to_le_bytes());
    end.extend_from_slice(&length(&archive).to_le_bytes());
    end.extend_from_slice(&[0; 2]);
    [archive, directory, end].concat()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn sample() -> Value {
        // Bytes above 0xF0 make both alphabets differ.
        json!({ "currency": "USD", "trades": (0..200).collect::<Vec<_>>(), "note": "üü≥þ?>~" })
    }

    fn unpack(text: &str, url_safe: bool) -> Vec<u8> {
        let value: Value = serde_json::from_str(text).unwrap();
        let text = value["dataCompressed"].as_str().unwrap();
        let engine = if url_safe {
            &URL_SAFE_NO_PAD
        } else {
            &STANDARD
        };
        engine.decode(text).unwrap()
    }

    fn number(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }

    /// Reads an archive through its directory, as archivers do.
    fn unzip(bytes: &[u8]) -> (u16, Vec<u8>) {
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        let directory = number(bytes, end + 16);
        assert_eq!(directory + number(bytes, end + 12), end);
        assert_eq!(&bytes[directory..directory + 4], b"PK\x01\x02");
        let (crc, packed, whole) = (
            number(bytes, directory + 16),
            number(bytes, directory + 20),
            number(bytes, directory + 24),
        );
        assert_eq!(
            &bytes[directory + 28..directory + 46],
            [0; 18],
            "no name, at 0"
        );
        let body = &bytes[30..30 + packed];
        let method = bytes[directory + 10];
        let mut content = body.to_vec();
        if method == 8 {
            content.clear();
            flate2::read::DeflateDecoder::new(body)
                .read_to_end(&mut content)
                .unwrap();
        }
        let mut sum = flate2::Crc::new();
        sum.update(&content);
        assert_eq!((sum.sum() as usize, content.len()), (crc, whole));
        let flags = u16::from_le_bytes([bytes[6], bytes[7]]);
        assert_eq!(&bytes[..4], b"PK\x03\x04");
        let reported = [14, 18, 22].map(|at| number(bytes, at));
        if flags == 8 {
            assert_eq!(reported, [0; 3]);
            let after = 30 + packed;
            assert_eq!(&bytes[after..after + 4], b"PK\x07\x08");
            assert_eq!(
                [4, 8, 12].map(|at| number(bytes, after + at)),
                [crc, packed, whole]
            );
        } else {
            assert_eq!(reported, [crc, packed, whole]);
        }
        (flags, content)
    }

    #[test]
    fn every_form_holds_the_same_report() {
        let content = json!({ "report": sample() });
        for (nth, form) in FORMS.into_iter().enumerate() {
            for round in 0..2 {
                let text = pack(sample(), form, round);
                assert_eq!(
                    text,
                    pack(sample(), ReportForm::Cycle, nth + round * FORMS.len())
                );
                if form == ReportForm::Plain {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    assert_eq!(value["data"], content);
                    continue;
                }
                let bytes = unpack(&text, round == 1);
                let mut got = Vec::new();
                match form {
                    ReportForm::Zlib => flate2::read::ZlibDecoder::new(&bytes[..])
                        .read_to_end(&mut got)
                        .unwrap(),
                    ReportForm::Gzip => flate2::read::GzDecoder::new(&bytes[..])
                        .read_to_end(&mut got)
                        .unwrap(),
                    ReportForm::Deflate => flate2::read::DeflateDecoder::new(&bytes[..])
                        .read_to_end(&mut got)
                        .unwrap(),
                    ReportForm::Json => bytes.as_slice().read_to_end(&mut got).unwrap(),
                    _ => {
                        let (flags, content) = unzip(&bytes);
                        assert_eq!(flags == 8, form == ReportForm::ZipStreamed);
                        got = content;
                        0
                    }
                };
                assert_eq!(
                    serde_json::from_slice::<Value>(&got).unwrap(),
                    content,
                    "{form:?}"
                );
            }
        }
    }
}
