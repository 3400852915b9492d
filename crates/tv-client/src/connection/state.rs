//! Publishes the states of the connection.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::sync::watch;

use crate::{event::ConnectionState, mailbox::Mailbox};

/// The most states that wait for one listener.
const MAX_WAITING_STATES: usize = 256;

/// Publishes the state of the connection.
#[derive(Debug)]
pub(crate) struct Announcer {
    state: watch::Sender<ConnectionState>,
    listeners: Listeners,
    /// The listeners of the pool that the client belongs to.
    pool: Option<Listeners>,
}

impl Announcer {
    pub(crate) fn new(pool: Option<Listeners>) -> Self {
        Self {
            state: watch::Sender::new(ConnectionState::Connecting),
            listeners: Listeners::default(),
            pool,
        }
    }

    /// The newest state only.
    pub(crate) fn newest(&self) -> watch::Receiver<ConnectionState> {
        self.state.subscribe()
    }

    pub(crate) fn listeners(&self) -> Listeners {
        self.listeners.clone()
    }

    pub(crate) fn report(&self, state: ConnectionState) {
        let mut listeners = self.listeners.lock();
        listeners.queues.retain(Mailbox::has_reader);
        for queue in &listeners.queues {
            queue.change(|queue| queue.push(state.clone()));
        }
        let _pool = self.pool.as_ref().map(|pool| pool.forward(&state));
        // Under the locks, so that a new listener misses nothing.
        self.state.send_replace(state);
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.listeners.end();
    }
}

/// The listeners to each state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listeners(Arc<Mutex<Audience>>);

#[derive(Debug, Default)]
struct Audience {
    queues: Vec<Mailbox<StateQueue>>,
    is_over: bool,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, Audience> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forwards the state of one of several connections; the end of one does not end the states. No
    /// listener is added while the guard lives.
    fn forward(&self, state: &ConnectionState) -> MutexGuard<'_, Audience> {
        let mut listeners = self.lock();
        listeners.queues.retain(Mailbox::has_reader);
        for queue in &listeners.queues {
            queue.change(|queue| queue.push_one(state.clone()));
        }
        listeners
    }

    /// Ends all streams of states.
    pub(crate) fn end(&self) {
        let mut listeners = self.lock();
        listeners.is_over = true;
        for queue in listeners.queues.drain(..) {
            queue.change(|queue| queue.is_over = true);
        }
    }

    /// Listens to the states of several connections from now on. `present` returns their states
    /// now.
    pub(crate) fn listen_to_all(
        &self,
        present: impl FnOnce() -> Vec<ConnectionState>,
    ) -> ConnectionStates {
        // Under the lock, so that no change falls between the present states and the next.
        let mut listeners = self.lock();
        let mut queue = StateQueue::default();
        for state in present() {
            queue.push_one(state);
        }
        Self::add(&mut listeners, queue)
    }

    /// Listens from now on, beginning with the present state.
    pub(crate) fn listen(&self, state: &watch::Receiver<ConnectionState>) -> ConnectionStates {
        let mut listeners = self.lock();
        let mut queue = StateQueue::default();
        queue.push(state.borrow().clone());
        Self::add(&mut listeners, queue)
    }

    fn add(listeners: &mut Audience, mut queue: StateQueue) -> ConnectionStates {
        queue.is_over |= listeners.is_over;
        let queue = Mailbox::new(queue);
        listeners.queues.push(queue.clone());
        ConnectionStates { queue }
    }
}

/// States in their order.
#[derive(Debug, Default)]
struct StateQueue {
    waiting: VecDeque<ConnectionState>,
    skipped: u64,
    is_over: bool,
}

impl StateQueue {
    fn push(&mut self, state: ConnectionState) {
        self.is_over = matches!(state, ConnectionState::Ended(_));
        self.push_one(state);
    }

    fn push_one(&mut self, state: ConnectionState) {
        if self.waiting.len() == MAX_WAITING_STATES {
            self.waiting.pop_front();
            self.skipped += 1;
        }
        self.waiting.push_back(state);
    }

    fn take(&mut self) -> Option<Option<ConnectionState>> {
        let state = self.waiting.pop_front();
        (state.is_some() || self.is_over).then_some(state)
    }
}

/// A stream of the states of a client's connection, in order.
///
/// At most 256 states wait. Older ones are skipped and [counted](Self::skipped).
///
/// ```no_run
/// use tv_client::ConnectionState;
///
/// # fn run(client: &tv_client::Client) {
/// let mut states = client.states();
/// tokio::spawn(async move {
///     while let Some(state) = states.next().await {
///         match state {
///             ConnectionState::Open { generation } => println!("connection {generation} is open"),
///             ConnectionState::Reconnecting { attempt, .. } => println!("attempt {attempt}"),
///             ConnectionState::Ended(error) => println!("over: {error}"),
///             _ => {}
///         }
///     }
/// });
/// # }
/// ```
#[derive(Debug)]
pub struct ConnectionStates {
    queue: Mailbox<StateQueue>,
}

impl ConnectionStates {
    /// Returns the present state first, then each change, and `None` after the last.
    ///
    /// ```no_run
    /// # use tv_client::ConnectionState;
    /// # async fn run(client: tv_client::Client) {
    /// let mut states = client.states();
    /// while let Some(state) = states.next().await {
    ///     if let ConnectionState::Ended(error) = state {
    ///         eprintln!("{error}");
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// Cancel-safe: a state is either returned or still there.
    pub async fn next(&mut self) -> Option<ConnectionState> {
        poll_fn(|context| self.queue.poll(context, StateQueue::take)).await
    }

    /// How many states were skipped so far, because they were not taken in time.
    ///
    /// ```no_run
    /// # fn run(states: tv_client::ConnectionStates) {
    /// if states.skipped() > 0 {
    ///     eprintln!("{} states were not seen", states.skipped());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.queue.look(|queue| queue.skipped)
    }
}

impl futures_core::Stream for ConnectionStates {
    type Item = ConnectionState;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ConnectionState>> {
        self.queue.poll(context, StateQueue::take)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::ClientError;

    fn opened(generation: u64) -> ConnectionState {
        ConnectionState::Open { generation }
    }

    #[tokio::test(start_paused = true)]
    async fn each_state_is_heard_by_each_who_listens_and_the_last_ends_it() {
        let announcer = Announcer::new(None);
        let (state, listeners) = (announcer.newest(), announcer.listeners());
        let mut early = listeners.listen(&state);
        for generation in 1..=3 {
            announcer.report(opened(generation));
        }
        let mut late = listeners.listen(&state);
        announcer.report(ConnectionState::Ended(ClientError::Closed));
        // Though the one who tells is still there.
        let mut after = listeners.listen(&state);
        let ended = ConnectionState::Ended(ClientError::Closed);
        let all = [
            ConnectionState::Connecting,
            opened(1),
            opened(2),
            opened(3),
            ended.clone(),
        ];
        for (states, expected) in [
            (&mut early, &all[..]),
            (&mut late, &all[3..]),
            (&mut after, &all[4..]),
        ] {
            for state in expected {
                assert_eq!(states.next().await.as_ref(), Some(state));
            }
            let end = tokio::time::timeout(Duration::from_secs(1), states.next()).await;
            assert_eq!((end, states.skipped()), (Ok(None), 0));
        }
        assert_eq!(*state.borrow(), ended);
    }

    #[tokio::test]
    async fn states_that_are_not_taken_are_bounded_and_counted() {
        let announcer = Announcer::new(None);
        let (state, listeners) = (announcer.newest(), announcer.listeners());
        let mut states = listeners.listen(&state);
        drop(listeners.listen(&state));
        for generation in 0..1_000 {
            announcer.report(opened(generation));
        }
        assert_eq!(listeners.lock().queues.len(), 1, "one has gone");
        let waiting = MAX_WAITING_STATES as u64;
        assert_eq!(states.skipped(), 1_001 - waiting);
        assert_eq!(states.next().await, Some(opened(1_000 - waiting)));
        // The stream also ends if the announcer is dropped without an end.
        drop(announcer);
        let mut left = 0;
        while states.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, waiting - 1);
        assert_eq!(listeners.listen(&state).next().await, Some(opened(999)));
    }
}
