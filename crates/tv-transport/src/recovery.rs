//! What to do after each fault: the whole policy in one place.
//!
//! Knows every way in which a connection ends or fails to open. The delays are in the supervisor's
//! [`ReconnectPolicy`](crate::ReconnectPolicy).

use std::{fmt, time::Duration};

use crate::{
    close::{CloseReason, ProtocolFault},
    error::DialError,
    fault::Fault,
};

/// What to do after a connection ended or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a supervisor must handle each of them"
)]
pub enum Recovery {
    /// Connect again, with jittered backoff.
    Retry,
    /// Connect again in the slow lane: the cause will probably last.
    RetrySlowly,
    /// Get new credentials first, then connect again.
    RefreshAuth,
    /// Do not connect again.
    GiveUp,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retry => "retry",
            Self::RetrySlowly => "retry slowly",
            Self::RefreshAuth => "refresh the credentials",
            Self::GiveUp => "give up",
        })
    }
}

impl Fault {
    /// The default policy: [`DialError::recovery`] or [`CloseReason::recovery`].
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

    /// As [`CloseReason::is_protocol_breach`]; `false` for failures to connect.
    #[must_use]
    pub fn is_protocol_breach(&self) -> bool {
        match self {
            Self::Connect(_) => false,
            Self::Closed(reason) => reason.is_protocol_breach(),
        }
    }

    /// As [`CloseReason::spread`]; `None` for failures to connect.
    #[must_use]
    pub fn spread(&self) -> Option<(Duration, Duration)> {
        match self {
            Self::Connect(_) => None,
            Self::Closed(reason) => reason.spread(),
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

impl DialError {
    /// Whether a new attempt with the same configuration may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::InvalidEndpoint(_) | Self::NoRuntime => false,
            Self::Tls(fault) => !fault.is_certificate(),
            Self::Proxy(fault) => !fault.will_last(),
            _ => true,
        }
    }

    /// How long the server asked us to wait, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What to do after this error.
    ///
    /// A rejected certificate and a refusal that will last (2xx, 3xx, 4xx, a proxy that rejects us)
    /// go to the slow lane: the upgrade carries no credentials, so new ones would not help. A busy
    /// server (429) is tried again at the time that it named, or else in the slow lane.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::InvalidEndpoint(_) | Self::NoRuntime => Recovery::GiveUp,
            Self::Tls(fault) if fault.is_certificate() => Recovery::RetrySlowly,
            Self::Refused {
                status: 408 | 500..=599,
                ..
            }
            | Self::Refused {
                status: 429,
                retry_after: Some(_),
                ..
            } => Recovery::Retry,
            Self::Refused { .. } => Recovery::RetrySlowly,
            Self::Proxy(fault) if fault.will_last() => Recovery::RetrySlowly,
            Self::Tls(_)
            | Self::Resolve(_)
            | Self::Tcp(_)
            | Self::Proxy(_)
            | Self::Handshake(_)
            | Self::Lost(_)
            | Self::TimedOut { .. } => Recovery::Retry,
        }
    }
}

impl CloseReason {
    /// Whether a new connection to the same endpoint may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Local | Self::OutgoingTooLarge { .. })
    }

    /// What to do after this end, by the code alone.
    ///
    /// A policy violation (1008) asks for new credentials, and any other end by the peer for a new
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

    /// Whether the peers do not understand each other: codes 1002, 1003, 1007 and 1009, from either
    /// side.
    ///
    /// One may be an accident. Three in a minute mean a fault here or a change at the peer.
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

    /// The earliest and latest time after this end for clients to return, if the server announced a
    /// restart (1012) or too much load (1013).
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

impl ProtocolFault {
    /// What to do after it.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Silent { .. } | Self::Moved | Self::Broken { .. } => Recovery::Retry,
            Self::Auth => Recovery::RefreshAuth,
            Self::Refused { .. } => Recovery::RetrySlowly,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::{
        close::{Timeout, Violation},
        error::{HandshakeFault, InvalidEndpoint, IoFault, ProxyFault, Stage, TlsFault},
    };

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
        let eof = io::ErrorKind::UnexpectedEof;
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
                C::Protocol(ProtocolFault::Silent {
                    after: Duration::ZERO,
                }),
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
    fn refusals_are_sorted_into_lanes() {
        let refused = |status| {
            DialError::Refused {
                status,
                retry_after: None,
                body: String::new(),
            }
            .recovery()
        };
        for status in [200, 301, 302, 307, 400, 401, 403, 404, 429] {
            assert_eq!(refused(status), Recovery::RetrySlowly, "{status}");
        }
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(refused(status), Recovery::Retry, "{status}");
        }
    }

    #[test]
    fn a_rejected_certificate_is_not_retryable() {
        let expired = DialError::Tls(TlsFault::Expired);
        assert!(!expired.is_retryable());
        assert_eq!(expired.recovery(), Recovery::RetrySlowly);
        assert!(DialError::Tls(TlsFault::Lost(io::ErrorKind::UnexpectedEof.into())).is_retryable());
    }

    #[test]
    fn every_error_has_a_policy() {
        use DialError as E;
        let io = || IoFault::from(io::ErrorKind::ConnectionReset);
        let mut table = vec![
            (E::NoRuntime, Recovery::GiveUp, "no_runtime"),
            (
                E::InvalidEndpoint(InvalidEndpoint::Host),
                Recovery::GiveUp,
                "invalid_endpoint",
            ),
            (E::Resolve(io()), Recovery::Retry, "resolve"),
            (E::Tcp(io()), Recovery::Retry, "tcp"),
            (E::Lost(io()), Recovery::Retry, "lost"),
            (
                E::Handshake(HandshakeFault::AcceptKey),
                Recovery::Retry,
                "handshake",
            ),
            (
                E::TimedOut { stage: Stage::Tls },
                Recovery::Retry,
                "connect_timeout",
            ),
        ];
        for fault in [
            TlsFault::UnknownIssuer,
            TlsFault::WrongName,
            TlsFault::Expired,
            TlsFault::NotYetValid,
            TlsFault::Certificate,
        ] {
            table.push((E::Tls(fault), Recovery::RetrySlowly, "tls"));
        }
        for fault in [TlsFault::Refused, TlsFault::Protocol, TlsFault::Lost(io())] {
            table.push((E::Tls(fault), Recovery::Retry, "tls"));
        }
        for fault in [
            ProxyFault::Auth,
            ProxyFault::TooLong,
            ProxyFault::Status(403),
            ProxyFault::Reply(2),
        ] {
            table.push((E::Proxy(fault), Recovery::RetrySlowly, "proxy"));
        }
        for fault in [
            ProxyFault::Status(502),
            ProxyFault::Reply(5),
            ProxyFault::BadAnswer,
            ProxyFault::Lost(io()),
        ] {
            table.push((E::Proxy(fault), Recovery::Retry, "proxy"));
        }
        for (error, recovery, class) in table {
            assert_eq!(error.recovery(), recovery, "{error:?}");
            assert_eq!(error.class(), class, "{error:?}");
            assert_eq!(error.retry_after(), None, "{error:?}");
        }
    }

    #[test]
    fn every_status_has_a_policy() {
        let wait = Some(Duration::from_secs(7));
        for status in 100..=599 {
            for retry_after in [None, wait] {
                let error = DialError::Refused {
                    status,
                    retry_after,
                    body: String::new(),
                };
                let recovery = match (status, retry_after) {
                    (408 | 500..=599, _) | (429, Some(_)) => Recovery::Retry,
                    _ => Recovery::RetrySlowly,
                };
                assert_eq!(error.recovery(), recovery, "{error:?}");
                assert_eq!(error.retry_after(), retry_after, "{error:?}");
            }
        }
    }
}
