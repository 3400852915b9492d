//! One error for whoever treats all venues alike, with the codes that such code expects.

use thiserror::Error;

use crate::{
    close::CloseReason, error::ConnectError, fault::Fault, subscriptions::Rejection, text::cleaned,
};

/// What went wrong, sorted by what a caller can do about it.
///
/// Holds nothing that we sent; texts of the peer are cleaned and cut.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The connection: wait, it is being restored unless the supervisor gave up.
    #[error("connection failed: {}", .0.explain())]
    Connection(Fault),
    /// A message could not be understood. It was skipped.
    #[error("invalid message: {reason}")]
    Message {
        /// Why.
        reason: String,
    },
    /// The venue rejected a subscription.
    #[error("subscription of {stream:?} rejected: {reason:?}")]
    Subscription {
        /// The venue's name of the stream.
        stream: String,
        /// The venue's reason, or that there was no answer.
        reason: String,
    },
}

impl TransportError {
    /// A message that could not be understood.
    #[must_use]
    pub fn message(reason: &str) -> Self {
        let reason = cleaned(reason);
        Self::Message { reason }
    }

    /// A subscription that the venue rejected.
    #[must_use]
    pub fn subscription(stream: &str, reason: &str) -> Self {
        let (stream, reason) = (cleaned(stream), cleaned(reason));
        Self::Subscription { stream, reason }
    }

    /// Its code: 500 for the connection, 400 for a message, 403 for a subscription.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::Connection(_) => 500,
            Self::Message { .. } => 400,
            Self::Subscription { .. } => 403,
        }
    }
}

impl From<Fault> for TransportError {
    fn from(fault: Fault) -> Self {
        Self::Connection(fault)
    }
}

impl From<ConnectError> for TransportError {
    fn from(error: ConnectError) -> Self {
        Self::Connection(error.into())
    }
}

impl From<CloseReason> for TransportError {
    fn from(reason: CloseReason) -> Self {
        Self::Connection(reason.into())
    }
}

impl<K: ToString> From<Rejection<K>> for TransportError {
    fn from(rejection: Rejection<K>) -> Self {
        let reason = rejection.reason.as_deref().unwrap_or("no answer");
        Self::subscription(&rejection.key.to_string(), reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_code_and_a_clean_text() {
        let rejection = Rejection {
            key: 7,
            reason: None,
        };
        for (error, code, text) in [
            (
                TransportError::from(CloseReason::Local),
                500,
                "connection failed: connection ended: closed by us",
            ),
            (
                TransportError::from(ConnectError::TimedOut {
                    stage: crate::Stage::Tls,
                }),
                500,
                "connection failed: could not connect: connecting timed out during tls handshake",
            ),
            (
                TransportError::message("no\nJSON"),
                400,
                "invalid message: no\u{fffd}JSON",
            ),
            (
                TransportError::from(rejection),
                403,
                "subscription of \"7\" rejected: \"no answer\"",
            ),
        ] {
            assert_eq!(error.code(), code);
            assert_eq!(error.to_string(), text);
        }
    }
}
