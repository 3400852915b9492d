//! What leaves the engine for the owner of the connection.

use tokio::sync::oneshot;

use super::command::Handover;
use crate::error::ClientError;

/// An event of the engine for the owner of the connection. Updates go to their readers instead.
#[derive(Debug)]
pub(crate) enum EngineEvent<D> {
    /// The token was sent; commands flow.
    Opened,
    /// The server redirects to another host.
    Redirect { host: String },
    /// A token is needed: answer with [`Command::Token`](super::command::Command::Token).
    TokenNeeded,
    /// Everything is restored and not reported yet: the connection may take over.
    Restored,
    /// The state for another connection, and the channel for it. Nothing is reported after this.
    HandedOver(Box<Handover<D>>, oneshot::Sender<Box<Handover<D>>>),
    /// The connection has taken over from another, with its readers.
    Adopted,
    /// The server has ended a session of a connection that has not taken over yet, in these words.
    SessionEnded(String),
    /// The connection has ended, for this reason.
    Lost(ClientError),
}
