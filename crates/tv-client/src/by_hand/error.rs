//! Why a command that was made by hand was not sent.

use protocol::message::client::CommandError;
use thiserror::Error;

use crate::error::{Blame, ClientError};

/// Why a command that was made by hand was not sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The command cannot be right.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The client sends this command itself.
    #[error("{method} is not sent by hand: {reason}")]
    Reserved {
        /// The method.
        method: &'static str,
        /// Why, and what to do instead.
        reason: &'static str,
    },
    /// The command names a session of a subscription of the client, or one that was.
    #[error(
        "the session {session} belongs to a subscription of the client, which the command would disturb; create a session of your own"
    )]
    Owned {
        /// The session.
        session: String,
    },
    /// The command would create a session that exists.
    #[error("the session {session} exists already; create another with a new id")]
    SessionExists {
        /// The session.
        session: String,
    },
    /// The command names a session that was not created on this connection. Sessions that are made
    /// by hand end with their connection.
    #[error(
        "session {session} does not exist on this connection; create it first, and again after each reconnection"
    )]
    UnknownSession {
        /// The session.
        session: String,
    },
    /// Too many sessions that were made by hand are open.
    #[error(
        "{limit} sessions that were made by hand are open; delete one before you create another"
    )]
    TooManySessions {
        /// How many may be open.
        limit: usize,
    },
    /// The command is larger than all that may wait to be sent.
    #[error("the command is larger than {limit} bytes; split it")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// No connection is open and signed in.
    #[error("the client is not connected; wait for ConnectionState::Open and send again")]
    NotConnected,
    /// Too many commands wait to be sent already.
    #[error("too many commands wait to be sent")]
    Busy,
    /// The client has ended.
    #[error("the connection has ended")]
    Ended(#[source] ClientError),
}

impl SendError {
    /// Whose fault it is.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Command(_)
            | Self::Reserved { .. }
            | Self::Owned { .. }
            | Self::SessionExists { .. }
            | Self::TooLarge { .. } => Blame::Misuse,
            Self::UnknownSession { .. } | Self::NotConnected => Blame::Network,
            Self::TooManySessions { .. } | Self::Busy => Blame::Resources,
            Self::Ended(error) => error.blame(),
        }
    }

    /// Whether the same command may be sent later. A session that is unknown must be created
    /// first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::UnknownSession { .. }
            | Self::NotConnected
            | Self::TooManySessions { .. }
            | Self::Busy => true,
            Self::Ended(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Whether the client was closed by its owner.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.blame() == Blame::Closed
    }
}
