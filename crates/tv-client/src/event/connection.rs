//! The states of a connection.

use std::fmt;

use tokio::sync::watch;

use crate::error::ClientError;

/// The state of a client's connection.
///
/// `Display` writes a short text for people, such as `reconnecting (attempt 2): the connection was
/// lost`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ConnectionState {
    /// The first connection is being made.
    Connecting,
    /// A connection is open and signed in. Subscriptions are being restored on it, or are.
    Open {
        /// Counts the connections of this client, from 1.
        generation: u64,
    },
    /// The connection was lost, or none could be made; the next attempt follows.
    Reconnecting {
        /// Why the last connection ended, if there was one.
        reason: Option<ClientError>,
        /// Which attempt it is since the connection was lost, from 1.
        attempt: u32,
    },
    /// No connection will follow.
    Ended(ClientError),
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => out.pad("connecting"),
            Self::Open { generation } => write!(out, "open (connection {generation})"),
            Self::Reconnecting { reason, attempt } => {
                write!(out, "reconnecting (attempt {attempt})")?;
                reason
                    .as_ref()
                    .map_or(Ok(()), |reason| write!(out, ": {reason}"))
            }
            Self::Ended(error) => write!(out, "ended: {error}"),
        }
    }
}

/// Why a connection has ended; [`ClientError::Closed`] if no other reason is known.
pub(crate) fn end_reason(state: &watch::Receiver<ConnectionState>) -> ClientError {
    match &*state.borrow() {
        ConnectionState::Ended(error) => error.clone(),
        _ => ClientError::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_one_line_for_people() {
        let reason = Some(ClientError::Closed);
        for (state, text) in [
            (ConnectionState::Connecting, "connecting"),
            (
                ConnectionState::Open { generation: 3 },
                "open (connection 3)",
            ),
            (
                ConnectionState::Reconnecting { reason, attempt: 2 },
                "reconnecting (attempt 2): the client was closed",
            ),
            (
                ConnectionState::Ended(ClientError::Closed),
                "ended: the client was closed",
            ),
        ] {
            assert_eq!(state.to_string(), text);
        }
    }
}
