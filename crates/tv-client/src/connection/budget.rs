//! The budget of connections, and the turn to replace one.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The budget of clients that count their connections together.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    connections: Arc<Semaphore>,
    /// One permit, because the spare connection suffices for one client at a time.
    turns: Arc<Semaphore>,
}

impl Budget {
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits until one more connection is allowed. It counts until the permit is dropped.
    pub(crate) async fn connection(&self) -> OwnedSemaphorePermit {
        acquire(&self.connections).await
    }

    /// A permit for one more connection, if it is allowed now.
    pub(crate) fn try_connection(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.connections).try_acquire_owned().ok()
    }

    /// The turn to replace a connection.
    pub(crate) async fn turn(&self) -> OwnedSemaphorePermit {
        acquire(&self.turns).await
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    match Arc::clone(semaphore).acquire_owned().await {
        Ok(permit) => permit,
        // The semaphore is never closed.
        Err(_) => std::future::pending().await,
    }
}
