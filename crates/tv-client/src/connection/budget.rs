//! How many connections there may be at a time, and whose turn it is to be replaced.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What clients share that count their connections together.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    connections: Arc<Semaphore>,
    /// One: what is left over for a second connection is enough for one client at a time.
    turns: Arc<Semaphore>,
}

impl Budget {
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// A connection, as soon as there may be one more. It counts until this is dropped.
    pub(crate) async fn connection(&self) -> OwnedSemaphorePermit {
        acquire(&self.connections).await
    }

    /// A connection, if there may be one more now.
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
