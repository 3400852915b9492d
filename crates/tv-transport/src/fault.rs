//! What ended or prevented a connection: a [`CloseReason`] or a [`DialError`] in one type.
//!
//! Knows the names and texts of faults. What to do after each is in [`recovery`](crate::Recovery).

use thiserror::Error;

use crate::{close::CloseReason, error::DialError};

/// What ended or prevented a connection, for [`Protocol::classify`](crate::Protocol::classify).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// No connection could be made.
    #[error("could not connect")]
    Connect(#[from] DialError),
    /// A connection ended.
    #[error("connection ended")]
    Closed(#[from] CloseReason),
}

impl Fault {
    /// The kind of fault, for metrics and logs: one of few names, without details.
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
            Self::Connect(error @ DialError::InvalidEndpoint(cause)) => {
                format!("{self}: {error}: {cause}")
            }
            Self::Connect(cause) => format!("{self}: {cause}"),
            Self::Closed(cause) => format!("{self}: {cause}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::{ProtocolFault, Timeout};

    #[test]
    fn a_fault_is_explained_with_its_causes_and_cleaned() {
        let fault = Fault::Closed(CloseReason::Protocol(ProtocolFault::broken("a\u{1b}b")));
        let text = "connection ended: the protocol gave the connection up: the peers do not understand each other: \"a\u{fffd}b\"";
        assert_eq!(fault.explain(), text);
        let fault = Fault::Connect(crate::error::InvalidEndpoint::Host.into());
        let text = "could not connect: unusable endpoint or option: the host of the address is empty or not a valid name";
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
