//! What leaves the engine.

use tokio::sync::oneshot;

use super::command::Heirloom;
use crate::{
    delivery::{Deliveries, Sink},
    error::ClientError,
    registry::{Joined, SubscriptionId, Update},
};

/// What leaves the engine.
#[derive(Debug)]
pub(crate) enum EngineEvent {
    /// The token was sent; commands flow.
    Opened,
    /// The server asks to go elsewhere.
    Redirect { host: String },
    /// A token is needed: answer with [`Command::Token`](super::command::Command::Token).
    TokenNeeded,
    /// A subscription's reader.
    Attach(SubscriptionId, Sink),
    /// More readers of a subscription, and how it stands now.
    Join(SubscriptionId, Sink, Joined),
    /// One of several readers has gone.
    Leave(SubscriptionId),
    /// A subscription has no reader any more.
    Detach(SubscriptionId),
    /// News for a subscription.
    Update(SubscriptionId, Update),
    /// Everything is restored, and nothing of it told: the connection may take another's place.
    Restored,
    /// What is left to another connection, and where to send it. Nothing is told after this.
    HandedOver(Box<Heirloom>, oneshot::Sender<Box<Heirloom>>),
    /// The connection goes on for another, whose readers these are.
    TookOver(Deliveries),
    /// The connection has ended, for this reason.
    Lost(ClientError),
}
