//! The handles' side of a subscription: it sends their commands, and ends with the last of them.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::symbol::Symbol;
use tokio::sync::watch;

use super::load::SessionPermit;
use crate::{
    connection::{Command, CommandSender},
    delivery::{Queue, QueueSender, Readers},
    error::RequestError,
    event::{ConnectionState, end_reason},
    mailbox::Mailbox,
    registry::SubscriptionId,
    request::StudyRequest,
};

/// Ends a subscription when its stream is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    /// Its part of the connection's load, if it has a session of its own.
    pub(crate) _permit: Option<SessionPermit>,
    pub(crate) commands: CommandSender,
    pub(crate) state: watch::Receiver<ConnectionState>,
    pub(crate) next: Arc<AtomicU64>,
}

impl Subscription {
    pub(crate) async fn change_symbols(
        &self,
        added: Vec<Symbol>,
        removed: Vec<Symbol>,
    ) -> Result<(), RequestError> {
        let subscription = self.id;
        self.send(Command::Symbols {
            subscription,
            added,
            removed,
        })
        .await
    }

    /// The writing end of another queue for it.
    pub(crate) fn sender<Q: Queue>(&self, queue: Mailbox<Q>) -> QueueSender<Q> {
        QueueSender::new(queue, self.state.clone())
    }

    /// Adds a reader.
    pub(crate) async fn join(&self, reader: Readers) -> Result<(), RequestError> {
        let subscription = self.id;
        self.send(Command::Join {
            subscription,
            reader,
        })
        .await
    }

    /// Sends a command at once, or not at all.
    pub(crate) fn try_send(&self, command: Command) -> bool {
        self.commands.try_send(command)
    }

    pub(crate) fn id(&self) -> SubscriptionId {
        self.id
    }

    /// A subscription of the same client.
    pub(crate) fn another(&self) -> Self {
        Self {
            id: SubscriptionId(self.next.fetch_add(1, Ordering::Relaxed)),
            _permit: None,
            commands: self.commands.clone(),
            state: self.state.clone(),
            next: Arc::clone(&self.next),
        }
    }

    pub(crate) async fn modify_study(&self, request: StudyRequest) -> Result<(), RequestError> {
        let subscription = self.id;
        self.send(Command::ModifyStudy {
            subscription,
            request,
        })
        .await
    }

    pub(crate) async fn send(&self, command: Command) -> Result<(), RequestError> {
        let sent = self.commands.send(command).await;
        sent.map_err(|_| self.ended())
    }

    /// The error of a call after the client's end.
    pub(crate) fn ended(&self) -> RequestError {
        RequestError::Ended(end_reason(&self.state))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // If there is no room, the next update finds that it has no reader.
        let _ = self.commands.try_send(Command::Unsubscribe(self.id));
    }
}

/// One reader's side of a subscription, which ends with the last reader.
#[derive(Clone, Debug)]
pub(crate) struct ReaderSubscription(Arc<Subscription>);

impl From<Subscription> for ReaderSubscription {
    fn from(subscription: Subscription) -> Self {
        Self(Arc::new(subscription))
    }
}

impl Deref for ReaderSubscription {
    type Target = Subscription;

    fn deref(&self) -> &Subscription {
        &self.0
    }
}

impl Drop for ReaderSubscription {
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) > 1 {
            // If there is no room, the next update finds that it has one reader less.
            let _ = self.0.commands.try_send(Command::Leave(self.0.id));
        }
    }
}
