//! The states of a connection.

use tokio::sync::watch;

use crate::error::ClientError;

/// How a client's connection stands.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
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

/// Why a connection has ended; [`ClientError::Closed`] as long as nothing else is known.
pub(crate) fn end_reason(state: &watch::Receiver<ConnectionState>) -> ClientError {
    match &*state.borrow() {
        ConnectionState::Ended(error) => error.clone(),
        _ => ClientError::Closed,
    }
}
