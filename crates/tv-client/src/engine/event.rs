//! What leaves the engine for the owner of the connection.

use tokio::sync::oneshot;

use super::command::Handover;
use crate::error::ClientError;

/// What leaves the engine for the owner of the connection; updates go to their readers.
#[derive(Debug)]
pub(crate) enum EngineEvent<D> {
    /// The token was sent; commands flow.
    Opened,
    /// The server asks to go elsewhere.
    Redirect { host: String },
    /// A token is needed: answer with [`Command::Token`](super::command::Command::Token).
    TokenNeeded,
    /// Everything is restored, and nothing of it told: the connection may take another's place.
    Restored,
    /// What is left to another connection, and where to send it. Nothing is reported after this.
    HandedOver(Box<Handover<D>>, oneshot::Sender<Box<Handover<D>>>),
    /// The connection goes on for another, and has its readers.
    Adopted,
    /// The connection has ended, for this reason.
    Lost(ClientError),
}
