//! What the connection's task tells everybody else.

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

/// The states of a client's connection, one after the other.
///
/// States that pass while nobody looks are left out; the last one never is.
#[derive(Debug)]
pub struct ConnectionStates {
    state: watch::Receiver<ConnectionState>,
    is_over: bool,
}

impl ConnectionStates {
    pub(crate) fn new(mut state: watch::Receiver<ConnectionState>) -> Self {
        state.mark_changed();
        Self {
            state,
            is_over: false,
        }
    }

    /// The present state first, and then each change; `None` after the last.
    ///
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<ConnectionState> {
        if self.is_over || self.state.changed().await.is_err() {
            return None;
        }
        let state = self.state.borrow_and_update().clone();
        self.is_over = matches!(state, ConnectionState::Ended(_));
        Some(state)
    }
}

/// Why a connection has ended; [`ClientError::Closed`] as long as nothing else is known.
pub(crate) fn reason(state: &watch::Receiver<ConnectionState>) -> ClientError {
    match &*state.borrow() {
        ConnectionState::Ended(error) => error.clone(),
        _ => ClientError::Closed,
    }
}
