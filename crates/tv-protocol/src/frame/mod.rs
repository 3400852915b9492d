//! Frames: `~m~<length>~m~<payload>`, the envelope of everything on the wire.
//!
//! This module knows text and lengths. It does not know JSON: a payload is handed on as text. Its
//! neighbour above is [`message`](crate::message), which gives payloads a meaning.
//!
//! The length counts **UTF-16 code units**: of the recorded frames only one holds non-ASCII text
//! (113 bytes, 99 units, header 99), and the official web client both writes and cuts by them.
//!
//! Two readers share one grammar:
//! - [`split`] for a whole WebSocket message, which frames never cross. It checks that each frame
//!   ends where the next begins, so a wrong length is noticed where it happens.
//! - [`FrameDecoder`] for a byte stream that may be cut anywhere, also inside a character.
//!
//! ```
//! use tv_protocol::frame::{Frame, encode, split};
//!
//! let mut wire = String::new();
//! encode("~h~7", &mut wire);
//! encode(r#"{"m":"quote_completed","p":["qs_1","KRX:005930"]}"#, &mut wire);
//!
//! let mut frames = split(&wire);
//! assert_eq!(frames.next(), Some(Ok(Frame::Heartbeat(7))));
//! assert!(matches!(frames.next(), Some(Ok(Frame::Json(text))) if text.starts_with('{')));
//! assert_eq!(frames.next(), None);
//! ```

mod decode;
mod encode;
mod error;
mod grammar;
mod stream;

pub use decode::{Frames, split, split_with_limit};
pub use encode::{encode, encode_heartbeat, utf16_len};
pub use error::{FrameError, FrameFault};
pub use stream::FrameDecoder;

/// The largest declared length that is accepted by default: 16 MiB.
///
/// The largest frame in the recordings has 878,093 units, and 20,005 bars were seen in 1.9 MB; 16 MiB
/// leaves room and still bounds the memory of a connection.
pub const MAX_FRAME_LENGTH: usize = 16 * 1024 * 1024;

/// One frame, borrowed from the text it was found in.
#[expect(
    clippy::exhaustive_enums,
    reason = "a frame is a heartbeat or it is not"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frame<'a> {
    /// `~h~<n>`: the server asks for a sign of life and expects the same frame back.
    Heartbeat(u64),
    /// Any other payload. It is JSON by convention; this layer does not look inside.
    Json(&'a str),
}

impl<'a> Frame<'a> {
    /// Tells a heartbeat from any other payload.
    ///
    /// A heartbeat is `~h~` and a decimal number without sign, spaces or leading zeros that fits 64
    /// bits. Other text, also malformed heartbeats such as `~h~x`, is [`Frame::Json`].
    #[must_use]
    pub fn from_payload(payload: &'a str) -> Self {
        grammar::heartbeat(payload).map_or(Self::Json(payload), Self::Heartbeat)
    }
}
