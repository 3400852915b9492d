//! A queue that one side fills and the other awaits.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// A queue that one side fills and the other awaits.
pub(crate) struct Mailbox<Q>(Arc<Mutex<Slot<Q>>>);

struct Slot<Q> {
    queue: Q,
    waker: Option<Waker>,
}

impl<Q> Clone for Mailbox<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q> std::fmt::Debug for Mailbox<Q> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

impl<Q> Mailbox<Q> {
    pub(crate) fn new(queue: Q) -> Self {
        Self(Arc::new(Mutex::new(Slot { queue, waker: None })))
    }

    /// Shows whether the queue is still in memory.
    #[cfg(test)]
    pub(crate) fn downgrade(&self) -> std::sync::Weak<impl Sized + use<Q>> {
        Arc::downgrade(&self.0)
    }

    /// No code that holds the lock can panic, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Slot<Q>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a reader holds it, too.
    pub(crate) fn has_reader(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Changes the queue and wakes its reader.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Q)) {
        let waker = {
            let mut slot = self.lock();
            change(&mut slot.queue);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Looks at the queue.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Q) -> T) -> T {
        look(&self.lock().queue)
    }

    /// Looks at the queue, and is woken when it changes.
    pub(crate) fn watch<T>(&self, context: &Context<'_>, look: impl FnOnce(&Q) -> T) -> T {
        let mut slot = self.lock();
        slot.waker = Some(context.waker().clone());
        look(&slot.queue)
    }

    /// Takes from the queue, or is woken when there is something.
    pub(crate) fn poll<T>(
        &self,
        context: &Context<'_>,
        take: impl FnOnce(&mut Q) -> Option<T>,
    ) -> Poll<T> {
        let mut slot = self.lock();
        if let Some(item) = take(&mut slot.queue) {
            return Poll::Ready(item);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
