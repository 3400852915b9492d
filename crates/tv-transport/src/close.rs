//! Why a connection ended, and what that says about the next one.
//!
//! Knows close codes and the policy for each; knows no socket. [`Fault`] joins the reasons of this module
//! with the errors of [`error`](crate::ConnectError), so that one classifier sees both.

use std::time::Duration;

use thiserror::Error;

use crate::error::{ConnectError, IoFault};
use crate::protocol::Recovery;

/// Why a connection ended.
///
/// Holds nothing that we sent. Text of the peer is cleaned and cut.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
        /// The peer's text without control characters, at most 256 characters.
        reason: String,
    },
    /// The byte stream ended or failed without a close frame (code 1006).
    #[error("connection lost: {0}")]
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
    pub const MAX_REASON_CHARS: usize = 256;

    /// Builds [`CloseReason::Remote`] from what a peer sent, cleaned and cut.
    #[must_use]
    pub fn remote(code: Option<u16>, reason: &str) -> Self {
        let reason = reason
            .chars()
            .map(|c| if is_unsafe_to_print(c) { '\u{fffd}' } else { c })
            .take(Self::MAX_REASON_CHARS)
            .collect();
        Self::Remote { code, reason }
    }

    /// Whether we closed the connection ourselves.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }

    /// Whether a new connection to the same endpoint may fare better.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Local | Self::OutgoingTooLarge { .. })
    }

    /// What to do after this end, by the code alone.
    ///
    /// A policy violation (1008) asks for new credentials, anything else of the peer for a new
    /// connection. Our own close needs nothing.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Local => Recovery::GiveUp,
            Self::Remote {
                code: Some(1008), ..
            } => Recovery::RefreshAuth,
            Self::Remote { .. }
            | Self::Lost(_)
            | Self::TimedOut(_)
            | Self::TooLarge { .. }
            | Self::Violation(_) => Recovery::Retry,
            Self::OutgoingTooLarge { .. } => Recovery::RetrySlowly,
        }
    }
}

/// Which deadline ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
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
    /// Anything else.
    #[error("unexpected frame")]
    Other,
}

/// What ended or prevented a connection, for [`Protocol::classify`](crate::Protocol::classify).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// No connection could be made.
    #[error("could not connect")]
    Connect(#[from] ConnectError),
    /// A connection ended.
    #[error("connection ended")]
    Closed(#[from] CloseReason),
}

impl Fault {
    /// The default policy: [`ConnectError::recovery`] or [`CloseReason::recovery`].
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Connect(error) => error.recovery(),
            Self::Closed(reason) => reason.recovery(),
        }
    }

    /// How long the server asked us to wait, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Connect(error) => error.retry_after(),
            Self::Closed(_) => None,
        }
    }

    /// Whether a new attempt with the same configuration may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_retryable(),
            Self::Closed(reason) => reason.is_retryable(),
        }
    }
}

/// Control characters and the marks that reorder text could forge log lines.
fn is_unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
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
    fn text_of_the_peer_is_cleaned_and_cut() {
        let CloseReason::Remote { code, reason } = CloseReason::remote(
            Some(1000),
            &format!("a\n\x1b[31m\u{202e}{}", "é".repeat(500)),
        ) else {
            panic!("remote expected");
        };
        assert_eq!(code, Some(1000));
        assert_eq!(reason.chars().count(), CloseReason::MAX_REASON_CHARS);
        assert!(reason.starts_with("a\u{fffd}\u{fffd}[31m\u{fffd}é"));
    }

    #[test]
    fn a_close_is_told_with_what_the_peer_gave() {
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

    #[test]
    fn every_close_code_has_a_policy() {
        for code in (0..=u16::MAX).map(Some).chain([None]) {
            let expected = if code == Some(1008) {
                Recovery::RefreshAuth
            } else {
                Recovery::Retry
            };
            assert_eq!(
                CloseReason::remote(code, "").recovery(),
                expected,
                "{code:?}"
            );
        }
        assert_eq!(CloseReason::Local.recovery(), Recovery::GiveUp);
    }

    #[test]
    fn a_fault_names_its_cause_once() {
        let fault = Fault::from(CloseReason::TimedOut(Timeout::Ping));
        assert_eq!(fault.to_string(), "connection ended");
        let source = std::error::Error::source(&fault).expect("a source");
        assert_eq!(
            source.to_string(),
            "connection timed out: nothing received after a ping"
        );
        assert!(source.source().is_none());
    }
}
