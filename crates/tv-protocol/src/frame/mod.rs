//! Frames: `~m~<length>~m~<payload>`, the envelope of everything on the wire.
//!
//! This module knows text and lengths, and yields payloads as text. It looks at JSON only to judge
//! a frame whose length does not fit. The layer above, [`message`](crate::message), interprets
//! payloads.
//!
//! The length counts **UTF-16 code units**: of the recorded frames only one holds non-ASCII text
//! (113 bytes, 99 units, header 99), and the official web client both writes and cuts by them.
//!
//! Two readers share one grammar:
//! - [`split`] for a whole WebSocket message, which frames never cross. It checks that each frame
//!   ends where the next begins, so it notices a wrong length where it happens, and also reads
//!   lengths that count bytes or code points.
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
mod item;
mod stream;
mod whole;

pub(crate) use decode::split_doubted;
pub use decode::{Frames, split, split_with_limit};
pub use encode::{encode, encode_heartbeat, utf16_len};
pub use error::{FrameError, FrameFault};
pub use item::{Frame, LengthUnit, MAX_FRAME_LENGTH};
pub use stream::FrameDecoder;
pub(crate) use whole::swallowed;
