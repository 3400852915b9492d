//! One error for code that treats all venues alike.

use thiserror::Error;
use transport::{CloseReason, DialError, Fault, printable};

use crate::subscriptions::Rejection;

/// What went wrong, sorted by what a caller can do about it.
///
/// Holds nothing that we sent. Text of the peer is made [`printable`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VenueError {
    /// The connection failed. The supervisor restores it, unless it gave up.
    #[error("connection failed: {}", .0.explain())]
    Connection(Fault),
    /// A message could not be read and was skipped.
    #[error("invalid message: {reason}")]
    Message {
        /// Why.
        reason: String,
    },
    /// The venue rejected a subscription.
    #[error("subscription to {stream:?} rejected: {reason:?}")]
    Subscription {
        /// The venue's name of the stream.
        stream: String,
        /// The venue's reason, or `no answer`.
        reason: String,
    },
}

impl VenueError {
    /// A message that could not be read.
    #[must_use]
    pub fn message(reason: &str) -> Self {
        let reason = printable(reason);
        Self::Message { reason }
    }

    /// A subscription that the venue rejected.
    #[must_use]
    pub fn subscription(stream: &str, reason: &str) -> Self {
        let (stream, reason) = (printable(stream), printable(reason));
        Self::Subscription { stream, reason }
    }

    /// The class of the error, for logs and metrics: `connection`, `message` or `subscription`.
    ///
    /// [`Fault::class`] tells faults of the connection apart.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Connection(_) => "connection",
            Self::Message { .. } => "message",
            Self::Subscription { .. } => "subscription",
        }
    }
}

impl From<Fault> for VenueError {
    fn from(fault: Fault) -> Self {
        Self::Connection(fault)
    }
}

impl From<DialError> for VenueError {
    fn from(error: DialError) -> Self {
        Self::Connection(error.into())
    }
}

impl From<CloseReason> for VenueError {
    fn from(reason: CloseReason) -> Self {
        Self::Connection(reason.into())
    }
}

impl<K: ToString> From<Rejection<K>> for VenueError {
    fn from(rejection: Rejection<K>) -> Self {
        let reason = rejection.reason.as_deref().unwrap_or("no answer");
        Self::subscription(&rejection.key.to_string(), reason)
    }
}

#[cfg(test)]
mod tests {
    use transport::Stage;

    use super::*;

    #[test]
    fn every_kind_has_its_class_and_a_clean_text() {
        let rejection = Rejection {
            key: 7,
            reason: None,
        };
        for (error, class, text) in [
            (
                VenueError::from(CloseReason::Local),
                "connection",
                "connection failed: connection ended: closed by us",
            ),
            (
                VenueError::from(DialError::TimedOut { stage: Stage::Tls }),
                "connection",
                "connection failed: could not connect: connecting timed out during tls handshake",
            ),
            (
                VenueError::message("no\nJSON"),
                "message",
                "invalid message: no\u{fffd}JSON",
            ),
            (
                VenueError::from(rejection),
                "subscription",
                "subscription to \"7\" rejected: \"no answer\"",
            ),
        ] {
            assert_eq!(error.class(), class);
            assert_eq!(error.to_string(), text);
        }
    }
}
