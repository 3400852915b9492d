//! What is offered to the server, and what it chose.

/// What a client offers: as browsers do.
pub(crate) const OFFER: &str = "permessage-deflate; client_max_window_bits";

/// The peer's compressed data makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad compressed message")]
pub(crate) struct BadDeflate;

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// The peer compresses each message by itself.
    pub(crate) fresh_received: bool,
    /// We have to compress each message by itself.
    pub(crate) fresh_sent: bool,
    /// How far back what we compress may refer, as a power of two; 8 to 15.
    pub(crate) sent_window_bits: u8,
}

impl Default for Agreed {
    fn default() -> Self {
        Self {
            fresh_received: false,
            fresh_sent: false,
            sent_window_bits: MAX_WINDOW_BITS,
        }
    }
}

impl Agreed {
    /// Reads the server's choice; `None` if it is not what was [offered](OFFER).
    pub(crate) fn read(choice: &str) -> Option<Self> {
        let mut parts = choice.split(';').map(str::trim);
        if parts.next()? != "permessage-deflate" {
            return None;
        }
        let mut agreed = Self::default();
        let mut seen = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part, None),
            };
            if seen.contains(&name) {
                return None;
            }
            seen.push(name);
            match (name, value) {
                ("server_no_context_takeover", None) => agreed.fresh_received = true,
                ("client_no_context_takeover", None) => agreed.fresh_sent = true,
                // Whatever window the peer chose, ours for what it sends is the largest.
                ("server_max_window_bits", Some(bits)) => drop(window_bits(bits)?),
                ("client_max_window_bits", Some(bits)) => {
                    agreed.sent_window_bits = window_bits(bits)?;
                }
                _ => return None,
            }
        }
        Some(agreed)
    }
}

/// A decimal number without leading zeros, 8 to 15.
fn window_bits(text: &str) -> Option<u8> {
    (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).find(|bits| bits.to_string() == text)
}

/// What a compressed message ends with, left out on the wire.
pub(super) const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

const MIN_WINDOW_BITS: u8 = 8;

/// The largest window of the format, which is also that of the library.
pub(super) const MAX_WINDOW_BITS: u8 = 15;
