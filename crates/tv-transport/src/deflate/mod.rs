//! permessage-deflate (RFC 7692): received messages in a layer below the WebSocket library, sent
//! messages above it.
//!
//! The layer inflates compressed messages of the peer, fragment by fragment, so that every check
//! and limit of the library holds for the inflated size. Sent messages are handed to the library as
//! finished frames. The extension allows any message to be sent plain.

mod agreed;
mod frames;
mod inflating;
mod outgoing;
#[cfg(test)]
mod tests;

pub(crate) use agreed::{Agreed, BadDeflate, OFFER};
pub(crate) use inflating::Inflating;
pub(crate) use outgoing::Deflater;
