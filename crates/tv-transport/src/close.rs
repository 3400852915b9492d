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
    /// Our protocol declared the connection useless.
    #[error("given up by the protocol: {0}")]
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
    pub const MAX_REASON_CHARS: usize = 256;

    /// Builds [`CloseReason::Remote`] from what a peer sent, cleaned and cut.
    #[must_use]
    pub fn remote(code: Option<u16>, reason: &str) -> Self {
        let reason = cleaned(reason);
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
            Self::Protocol(fault) => fault.recovery(),
            Self::OutgoingTooLarge { .. } => Recovery::RetrySlowly,
        }
    }

    /// Whether the peers do not understand each other: codes 1002, 1003, 1007 and 1009, from either side.
    ///
    /// One may be an accident. Three in a minute are a fault of ours or a change of theirs.
    #[must_use]
    pub fn is_protocol_breach(&self) -> bool {
        match self {
            Self::Remote { code, .. } => matches!(code, Some(1002 | 1003 | 1007 | 1009)),
            Self::TooLarge { .. } | Self::Violation(_) => true,
            Self::Protocol(fault) => matches!(fault, ProtocolFault::Broken { .. }),
            Self::Local | Self::Lost(_) | Self::TimedOut(_) | Self::OutgoingTooLarge { .. } => {
                false
            }
        }
    }

    /// From when to when after this end all clients of the server should come back, if it said so: a restart
    /// (1012) or too much load (1013).
    #[must_use]
    pub fn spread(&self) -> Option<(Duration, Duration)> {
        match self {
            Self::Remote {
                code: Some(1012 | 1013),
                ..
            } => Some((Duration::from_secs(5), Duration::from_secs(10))),
            _ => None,
        }
    }
}

/// Why a protocol declares its connection useless, for [`Protocol::poll_fault`](crate::Protocol::poll_fault).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolFault {
    /// The link lives but the application's data does not come.
    #[error("no data in time")]
    Silent,
    /// The peer sends us elsewhere, where the owner has [redirected](crate::SupervisorHandle::redirect) us to.
    #[error("sent elsewhere")]
    Moved,
    /// The peer does not accept our credentials.
    #[error("credentials rejected")]
    Auth,
    /// The peer refuses its service, and will likely go on to.
    #[error("refused by the peer: {reason:?}")]
    Refused {
        /// The peer's text, cleaned and cut as that of [`CloseReason::remote`].
        reason: String,
    },
    /// The peer says what makes no sense, or says so of us. Three in a minute lead to the slow lane.
    #[error("peers do not understand each other: {reason:?}")]
    Broken {
        /// What was wrong, cleaned and cut as that of [`CloseReason::remote`].
        reason: String,
    },
}

impl ProtocolFault {
    /// [`Self::Refused`] with a text of the peer, cleaned and cut.
    #[must_use]
    pub fn refused(reason: &str) -> Self {
        let reason = cleaned(reason);
        Self::Refused { reason }
    }

    /// [`Self::Broken`] with a text that may quote the peer, cleaned and cut.
    #[must_use]
    pub fn broken(reason: &str) -> Self {
        let reason = cleaned(reason);
        Self::Broken { reason }
    }

    /// What to do after it.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Silent | Self::Moved | Self::Broken { .. } => Recovery::Retry,
            Self::Auth => Recovery::RefreshAuth,
            Self::Refused { .. } => Recovery::RetrySlowly,
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
    /// A compressed message that cannot be inflated.
    #[error("bad compressed message")]
    Compression,
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

    /// As [`CloseReason::is_protocol_breach`]; no failure to connect is one.
    #[must_use]
    pub fn is_protocol_breach(&self) -> bool {
        match self {
            Self::Connect(_) => false,
            Self::Closed(reason) => reason.is_protocol_breach(),
        }
    }

    /// As [`CloseReason::spread`]; no failure to connect asks for one.
    #[must_use]
    pub fn spread(&self) -> Option<(Duration, Duration)> {
        match self {
            Self::Connect(_) => None,
            Self::Closed(reason) => reason.spread(),
        }
    }

    /// What kind of fault it was, for metrics and logs: few names, no details.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Connect(error) => error.class(),
            Self::Closed(reason) => match reason {
                CloseReason::Local => "local",
                CloseReason::Remote { .. } => "remote_close",
                CloseReason::Lost(_) => "lost",
                CloseReason::TimedOut(_) => "silent",
                CloseReason::TooLarge { .. } => "too_large",
                CloseReason::Violation(_) => "violation",
                CloseReason::Protocol(_) => "protocol",
                CloseReason::OutgoingTooLarge { .. } => "outgoing_too_large",
            },
        }
    }

    /// The whole text, causes included, free of secrets.
    #[must_use]
    pub fn explain(&self) -> String {
        match self {
            Self::Connect(error @ ConnectError::InvalidEndpoint(cause)) => {
                format!("{self}: {error}: {cause}")
            }
            Self::Connect(cause) => format!("{self}: {cause}"),
            Self::Closed(cause) => format!("{self}: {cause}"),
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

/// A text of the peer as it may be kept and shown.
pub(crate) fn cleaned(text: &str) -> String {
    text.chars()
        .map(|c| if is_unsafe_to_print(c) { '\u{fffd}' } else { c })
        .take(CloseReason::MAX_REASON_CHARS)
        .collect()
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
            let fault = Fault::Closed(CloseReason::remote(code, ""));
            let (recovery, breach, spread) = match code {
                Some(1008) => (Recovery::RefreshAuth, false, false),
                Some(1002 | 1003 | 1007 | 1009) => (Recovery::Retry, true, false),
                Some(1012 | 1013) => (Recovery::Retry, false, true),
                _ => (Recovery::Retry, false, false),
            };
            assert_eq!(fault.recovery(), recovery, "{code:?}");
            assert_eq!(fault.is_protocol_breach(), breach, "{code:?}");
            assert_eq!(fault.spread().is_some(), spread, "{code:?}");
        }
    }

    #[test]
    fn every_other_end_has_a_policy() {
        use CloseReason as C;
        let eof = std::io::ErrorKind::UnexpectedEof;
        let too_large = C::TooLarge { size: 2, limit: 1 };
        let outgoing = C::OutgoingTooLarge { size: 2, limit: 1 };
        for (reason, recovery, breach, class) in [
            (C::Local, Recovery::GiveUp, false, "local"),
            (C::Lost(eof.into()), Recovery::Retry, false, "lost"),
            (C::TimedOut(Timeout::Ping), Recovery::Retry, false, "silent"),
            (
                C::TimedOut(Timeout::Write),
                Recovery::Retry,
                false,
                "silent",
            ),
            (too_large, Recovery::Retry, true, "too_large"),
            (
                C::Violation(Violation::InvalidUtf8),
                Recovery::Retry,
                true,
                "violation",
            ),
            (
                C::Violation(Violation::Other),
                Recovery::Retry,
                true,
                "violation",
            ),
            (outgoing, Recovery::RetrySlowly, false, "outgoing_too_large"),
            (
                C::Protocol(ProtocolFault::Silent),
                Recovery::Retry,
                false,
                "protocol",
            ),
            (
                C::Protocol(ProtocolFault::Auth),
                Recovery::RefreshAuth,
                false,
                "protocol",
            ),
            (
                C::Protocol(ProtocolFault::refused("ban")),
                Recovery::RetrySlowly,
                false,
                "protocol",
            ),
            (
                C::Protocol(ProtocolFault::broken("what?")),
                Recovery::Retry,
                true,
                "protocol",
            ),
        ] {
            let fault = Fault::Closed(reason);
            assert_eq!(fault.recovery(), recovery, "{fault:?}");
            assert_eq!(fault.is_protocol_breach(), breach, "{fault:?}");
            assert_eq!(fault.class(), class, "{fault:?}");
            assert_eq!(fault.spread(), None, "{fault:?}");
            assert_eq!(fault.retry_after(), None, "{fault:?}");
        }
    }

    #[test]
    fn a_fault_is_explained_with_its_causes_and_cleaned() {
        let fault = Fault::Closed(CloseReason::Protocol(ProtocolFault::broken("a\u{1b}b")));
        let text = "connection ended: given up by the protocol: peers do not understand each other: \"a\u{fffd}b\"";
        assert_eq!(fault.explain(), text);
        let fault = Fault::Connect(crate::InvalidEndpoint::Host.into());
        let text = "could not connect: unusable endpoint or option: bad host name";
        assert_eq!(fault.explain(), text);
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
