//! Why a connection ended.
//!
//! Knows close codes and violations of the WebSocket protocol. Does not know the socket. What to do
//! after each reason is in [`recovery`](crate::Recovery).

use std::time::Duration;

use thiserror::Error;

use crate::{
    error::IoFault,
    text::{MAX_CHARS, printable},
};

/// Why a connection ended.
///
/// Holds nothing that we sent. Text of the peer is cleaned and cut.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// We closed it: the protocol has finished, or every handle is gone.
    #[error("closed by us")]
    Local,
    /// The peer closed it with a close frame, which was answered.
    #[error("closed by the peer {}", close_text(*.code, reason))]
    Remote {
        /// The close code; `None` if the frame held none (code 1005).
        ///
        /// A code that may not be sent (below 1000, 1006, 1015, over 4999) shows as 1002.
        code: Option<u16>,
        /// The peer's text without control characters. A close frame has room for 123 bytes of it.
        reason: String,
    },
    /// The byte stream ended or failed without a close frame (code 1006).
    #[error("{0}, without a close frame")]
    Lost(IoFault),
    /// The peer was silent or did not read for too long.
    #[error("connection timed out: {0}")]
    TimedOut(Timeout),
    /// The peer sent a message or frame over the limit.
    #[error("message of at least {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// The size that was announced or reached, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The peer broke the WebSocket protocol.
    #[error("peer broke the websocket protocol: {0}")]
    Violation(Violation),
    /// Our protocol declared the connection useless.
    #[error("the protocol gave the connection up: {0}")]
    Protocol(ProtocolFault),
    /// Our protocol queued a message over the limit of the write buffer; it was not sent.
    #[error("outgoing message of {size} bytes is over the limit of {limit}")]
    OutgoingTooLarge {
        /// The size of the message, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
    },
}

impl CloseReason {
    /// The longest text of a peer that is kept, in characters.
    pub const MAX_REASON_CHARS: usize = MAX_CHARS;

    /// Builds [`CloseReason::Remote`] from what a peer sent, cleaned and cut.
    #[must_use]
    pub fn remote(code: Option<u16>, reason: &str) -> Self {
        let reason = printable(reason);
        Self::Remote { code, reason }
    }

    /// The same with another text of the peer.
    pub(crate) fn map_text(self, redact: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Remote { code, reason } => Self::remote(code, &redact(&reason)),
            Self::Protocol(ProtocolFault::Refused { reason }) => {
                Self::Protocol(ProtocolFault::refused(&redact(&reason)))
            }
            Self::Protocol(ProtocolFault::Broken { reason }) => {
                Self::Protocol(ProtocolFault::broken(&redact(&reason)))
            }
            other => other,
        }
    }

    /// Whether we closed the connection ourselves.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }
}

/// Why a protocol declares its connection useless, for
/// [`Protocol::poll_fault`](crate::Protocol::poll_fault).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolFault {
    /// The link is alive, but the application's data does not come.
    #[error("no message for {} s", .after.as_secs())]
    Silent {
        /// How long it was waited for.
        after: Duration,
    },
    /// The peer redirects to another host. The owner has passed it to
    /// [`redirect`](crate::SupervisorHandle::redirect).
    #[error("redirected to another host")]
    Moved,
    /// The peer does not accept our credentials.
    #[error("credentials rejected")]
    Auth,
    /// The peer refuses its service, and will probably refuse it again.
    #[error("refused by the peer: {reason:?}")]
    Refused {
        /// The peer's text, cleaned and cut as that of [`CloseReason::remote`].
        reason: String,
    },
    /// One side sends what the other does not understand. Three in a minute lead to the slow lane.
    #[error("the peers do not understand each other: {reason:?}")]
    Broken {
        /// What was wrong, cleaned and cut as that of [`CloseReason::remote`].
        reason: String,
    },
}

impl ProtocolFault {
    /// [`Self::Refused`] with a text of the peer, cleaned and cut.
    #[must_use]
    pub fn refused(reason: &str) -> Self {
        let reason = printable(reason);
        Self::Refused { reason }
    }

    /// [`Self::Broken`] with a text that may quote the peer, cleaned and cut.
    #[must_use]
    pub fn broken(reason: &str) -> Self {
        let reason = printable(reason);
        Self::Broken { reason }
    }
}

/// Which deadline ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Timeout {
    /// No byte came in time after a ping.
    #[error("nothing received after a ping")]
    Ping,
    /// The peer took none of our bytes in time.
    #[error("peer does not read")]
    Write,
}

/// How a peer broke the WebSocket protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Violation {
    /// A text message or close reason is not UTF-8.
    #[error("invalid utf-8")]
    InvalidUtf8,
    /// A server's frame is masked.
    #[error("masked frame")]
    Masked,
    /// A reserved bit is set although no extension was agreed.
    #[error("reserved bit set")]
    ReservedBits,
    /// An unknown opcode.
    #[error("unknown opcode")]
    Opcode,
    /// Fragments out of order, or a fragmented control frame.
    #[error("bad fragmentation")]
    Fragmentation,
    /// A control frame over 125 bytes.
    #[error("control frame too long")]
    ControlFrame,
    /// A close frame with an impossible body, or data after it.
    #[error("bad closing sequence")]
    CloseFrame,
    /// A compressed message that cannot be inflated.
    #[error("bad compressed message")]
    Compression,
    /// Anything else.
    #[error("unexpected frame")]
    Other,
}

fn close_text(code: Option<u16>, reason: &str) -> String {
    match code {
        None => "without a code".to_owned(),
        Some(code) if reason.is_empty() => format!("with code {code}"),
        Some(code) => format!("with code {code}: {reason:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_reported_with_what_the_peer_gave() {
        for (code, reason, text) in [
            (None, "", "closed by the peer without a code"),
            (Some(1001), "", "closed by the peer with code 1001"),
            (
                Some(1001),
                "away",
                "closed by the peer with code 1001: \"away\"",
            ),
        ] {
            assert_eq!(CloseReason::remote(code, reason).to_string(), text);
        }
    }
}
