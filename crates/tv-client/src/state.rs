//! What the connection's task tells everybody else.

use tokio::sync::watch;

use crate::error::ClientError;

/// How far a connection has come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    Opening,
    Open,
    /// The server sends us to another host.
    Redirect(String),
    Ended(ClientError),
}

/// Why a connection has ended; [`ClientError::Closed`] as long as nothing else is known.
pub(crate) fn reason(state: &watch::Receiver<State>) -> ClientError {
    match &*state.borrow() {
        State::Ended(error) => error.clone(),
        _ => ClientError::Closed,
    }
}
