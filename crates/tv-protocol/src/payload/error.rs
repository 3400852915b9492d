//! Errors of payloads. None of the text is kept.

use std::fmt;

use thiserror::Error;

/// What holds the compressed data.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A ZIP archive.
    Zip,
    /// A gzip member.
    Gzip,
    /// A zlib stream.
    Zlib,
    /// A deflate stream without a container: data that is none of the others.
    Deflate,
}

impl fmt::Display for Container {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Zip => "ZIP",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "raw deflate",
        })
    }
}

/// Why a payload was refused. Offsets count bytes of the decoded base64 unless they say otherwise.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// The text is longer than the limit. Nothing was decoded.
    #[error("payload text of {length} bytes is over the limit of {limit}")]
    TextTooLong {
        /// Its length in bytes.
        length: usize,
        /// The limit in force.
        limit: usize,
    },
    /// The JSON text is, or would become, longer than the limit.
    #[error("payload unpacks to more than the limit of {limit} bytes")]
    OutputTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// The payload unpacks to so much that it looks like an attack.
    #[error("payload of {compressed} bytes unpacks to more than {limit} times as many")]
    RatioTooHigh {
        /// Length of the payload, decoded from base64.
        compressed: usize,
        /// The limit in force.
        limit: usize,
    },
    /// Neither JSON nor base64: a foreign character, two alphabets in one text, padding in the
    /// wrong place.
    #[error("payload is neither JSON nor base64 at byte {offset} of its text")]
    Base64 {
        /// Where in the text.
        offset: usize,
    },
    /// The payload ends too early.
    #[error("{container} payload is cut off at byte {offset}")]
    Truncated {
        /// What it was read as.
        container: Container,
        /// Its length.
        offset: usize,
    },
    /// The compressed data or a header cannot be read; of zlib, the checksum may be wrong, too.
    #[error("{container} payload is corrupt at byte {offset}")]
    Corrupt {
        /// What it was read as.
        container: Container,
        /// Where reading ended.
        offset: usize,
    },
    /// The CRC-32 of the output is not the declared one.
    #[error("{container} payload declares CRC-32 {declared:08x}, but its data has {found:08x}")]
    WrongChecksum {
        /// What it was read as.
        container: Container,
        /// The one that is declared.
        declared: u32,
        /// The one that was computed.
        found: u32,
    },
    /// A declared size, compressed or not, is wrong.
    #[error("{container} payload declares a size of {declared} bytes, but has {found}")]
    WrongSize {
        /// What it was read as.
        container: Container,
        /// The size that is declared.
        declared: u32,
        /// The size that was found.
        found: usize,
    },
    /// Something follows what should be the end.
    #[error("{container} payload has data after its end, at byte {offset}")]
    Trailing {
        /// What it was read as.
        container: Container,
        /// Where it should have ended.
        offset: usize,
    },
    /// The ZIP archive holds nothing.
    #[error("ZIP payload has no entry")]
    NoEntry,
    /// The ZIP archive holds more than one entry, and nothing says which one is meant.
    #[error("ZIP payload has a second entry at byte {offset}")]
    SeveralEntries {
        /// Where the second one is, or is listed.
        offset: usize,
    },
    /// The ZIP entry is encrypted.
    #[error("ZIP payload is encrypted")]
    Encrypted,
    /// The ZIP archive uses the extension for 4 GiB and more.
    #[error("ZIP payload uses the 64-bit format, which is not supported")]
    Zip64,
    /// A compression method other than stored (0) and deflate (8).
    #[error("{container} payload is compressed by method {method}, which is not supported")]
    UnknownMethod {
        /// What it was read as.
        container: Container,
        /// The method's number.
        method: u16,
    },
    /// What was unpacked is not UTF-8.
    #[error("unpacked payload is not UTF-8 at byte {offset}")]
    NotUtf8 {
        /// Where in the output.
        offset: usize,
    },
    /// The output does not begin like a JSON object or array, as with an archive inside an archive.
    #[error("unpacked payload is not a JSON object or array")]
    NotJson,
    /// The text around the payload, `ns.d`, is not a JSON object, or its `dataCompressed` is not
    /// text.
    #[error("expected a JSON object whose `dataCompressed` is text: line {line}, column {column}")]
    NotStudyData {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
}

impl PayloadError {
    /// Whether the payload may be sound, and only a limit was too low for it.
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        matches!(
            self,
            Self::TextTooLong { .. } | Self::OutputTooLong { .. } | Self::RatioTooHigh { .. }
        )
    }
}
