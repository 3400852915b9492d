//! Messages: what the payload of a frame means.
//!
//! [`ServerMessage`] is the set of received messages, [`ClientMessage`] the set of sent ones. Each
//! family has a file. The layer below is [`frame`](crate::frame), the layer above is
//! [`connection`](crate::connection).
//!
//! A message is `{"m": method, "p": [parameters]}`. Parameters differ by position only; the fields
//! of the structs here stand in the order of the wire. Text is borrowed from the payload where no
//! escape stands in the way.
//!
//! The files in this folder know each other in a circle: `envelope` reads the set of messages, each
//! message's file holds its type and its reading, and these use `params`, `fallback` and
//! `envelope`. Breaking the circle would tear each message into two files, so it stays. No other
//! module of this crate is part of one.
//!
//! ```
//! use tv_protocol::message::{ClientMessage, Received, ServerMessage, client};
//!
//! let text = r#"{"m":"quote_completed","p":["qs_1","NASDAQ:AAPL"]}"#;
//! let Received { message: ServerMessage::QuoteCompleted(done), .. } = ServerMessage::decode(text)
//! else {
//!     unreachable!("the method is known");
//! };
//! assert_eq!(done.name, "NASDAQ:AAPL");
//!
//! let create = client::QuoteCreateSession { session: "qs_1".into() };
//! let out = ClientMessage::QuoteCreateSession(create);
//! assert_eq!(out.to_json(), r#"{"m":"quote_create_session","p":["qs_1"]}"#);
//! ```

#[macro_use]
mod fixture;
#[macro_use]
mod envelope;
mod decoder;
mod encode;
mod error;
mod fallback;
mod params;
mod template;

/// Commands of a client, one struct each.
pub mod client;
/// Events of the server, one struct each.
pub mod server;

pub use client::ClientMessage;
pub use decoder::Decoder;
pub use envelope::{Received, Stamp};
pub use error::{Malformed, MessageError, Unknown};
pub use fallback::UnknownFields;
pub use params::Detail;
pub use server::ServerMessage;
