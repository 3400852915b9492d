//! Compressed payloads of studies: the text of `ns.d.dataCompressed`, which holds a strategy's
//! report.
//!
//! This module knows base64 and containers of compressed data. It does not know reports: it returns
//! JSON text as valid UTF-8, not parsed. The layer above, [`message`](crate::message), provides
//! `ns.d`.
//!
//! The first bytes decide how a payload is read:
//!
//! | first bytes | container |
//! |---|---|
//! | `{` or `[`, in base64 or not | plain JSON |
//! | `PK` 3 4 | ZIP with one entry, stored or deflated, its size in the header or behind the data; its name, usually empty, is ignored |
//! | 31 139 | gzip with one member |
//! | 8 in the low half, and divisible by 31 as a big-endian number | zlib |
//! | anything else | raw deflate |
//!
//! These cannot be confused. A deflate stream that began with one of the first four would have
//! padding that is not zero, a reserved block type, or text that does not begin with a bracket.
//!
//! The base64 may be of the standard or the URL-safe alphabet, padded or not. Checksums are
//! verified where the container has them. Everything is bounded by [`Limits`], and an archive
//! inside an archive is not opened.
//!
//! ```
//! use tv_protocol::payload::{self, Limits};
//!
//! let limits = Limits::default();
//! assert_eq!(payload::decompress("q1YqSi3ILypRsqqurQUA", &limits)?, r#"{"report":{}}"#);
//!
//! let ns_d = r#"{"graphicsCmds":{},"dataCompressed":"q1YqSi3ILypRsqqurQUA"}"#;
//! assert_eq!(payload::report_of(ns_d, &limits)?.as_deref(), Some(r#"{"report":{}}"#));
//! # Ok::<(), payload::PayloadError>(())
//! ```

mod cursor;
mod decompress;
mod error;
mod gzip;
mod inflate;
mod limits;
#[cfg(test)]
mod tests;
mod zip;

pub use decompress::{decompress, report_of};
pub use error::{Container, PayloadError};
pub use limits::{Limits, MAX_OUTPUT_BYTES, MAX_RATIO, MAX_TEXT_BYTES, RATIO_FLOOR_BYTES};
