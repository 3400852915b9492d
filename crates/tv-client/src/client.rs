//! The handle to a client's connection.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{connection::Counters, symbol::Symbol};
use tokio::sync::{mpsc, oneshot, watch};
use transport::{Health, SupervisorHandle};

use crate::{
    builder::ClientBuilder,
    delivery::{Feed, QuoteQueue, SeriesQueue, Shared, StudyQueue},
    engine::Command,
    error::{ClientError, RequestError},
    quote::{QuoteRequest, QuoteSession},
    registry::{Loaded, SubscriptionId},
    series::{History, HistoryRequest, Series, SeriesRequest},
    state::{self, ConnectionState, ConnectionStates},
    study::{Study, StudyRequest},
};

/// A client of the server, over one connection at a time. Cheap to clone; clones share the connection.
///
/// A connection that is lost is made anew, and everything that was subscribed is restored on it. Streams go on; what
/// they missed is healed where the server's history allows, and told where it does not.
///
/// The connection closes when every clone and every stream of it is gone, or when [`close`](Self::close) is
/// called.
#[derive(Clone, Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<ConnectionState>,
    supervisor: SupervisorHandle,
    next: Arc<AtomicU64>,
}

impl Client {
    /// Sets up a connection. The defaults: TradingView's `data` server, as a guest.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn new(
        commands: mpsc::Sender<Command>,
        state: watch::Receiver<ConnectionState>,
        supervisor: SupervisorHandle,
    ) -> Self {
        Self {
            commands,
            state,
            supervisor,
            next: Arc::default(),
        }
    }

    /// Streams quotes. Returns at once; refusals come as events, one for each symbol.
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If no symbol or no field is named, or if the client has ended.
    pub async fn quotes(&self, request: QuoteRequest) -> Result<QuoteSession, RequestError> {
        request.check()?;
        let subscription = self.subscription();
        let queue = Shared::new(QuoteQueue::default());
        let feed = Feed::new(queue.clone(), self.state.clone());
        let command = Command::Quotes {
            subscription: subscription.id,
            request,
            feed,
        };
        subscription.send(command).await?;
        Ok(QuoteSession {
            queue,
            subscription,
        })
    }

    /// Loads the history of a series, and then streams what follows. Returns when the history is complete.
    ///
    /// A symbol that the server has refused is refused without asking again for 20 minutes.
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If no bar is asked for, if the server refuses symbol or interval or does not answer in time, or if the
    /// client has ended.
    pub async fn series(&self, request: SeriesRequest) -> Result<Series, RequestError> {
        let (loaded, queue, subscription) = self.load(request).await?;
        Ok(Series {
            loaded,
            queue,
            calls: 0,
            subscription,
        })
    }

    /// Loads bars of the past, in as many requests as it takes. Nothing follows.
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// As those of [`series`](Self::series).
    pub async fn history(&self, request: HistoryRequest) -> Result<History, RequestError> {
        let (loaded, ..) = self.load(request.0).await?;
        Ok(History::from(*loaded))
    }

    async fn load(
        &self,
        request: SeriesRequest,
    ) -> Result<(Box<Loaded>, Shared<SeriesQueue>, Subscription), RequestError> {
        request.check()?;
        let subscription = self.subscription();
        let queue = Shared::new(SeriesQueue::default());
        let feed = Feed::new(queue.clone(), self.state.clone());
        let command = Command::Series {
            subscription: subscription.id,
            request,
            feed,
        };
        subscription.send(command).await?;
        let loaded = poll_fn(|context| queue.poll(context, SeriesQueue::take_loaded)).await?;
        Ok((loaded, queue, subscription))
    }

    /// What the client has seen so far over all of its connections, faults included.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub async fn counters(&self) -> Result<Counters, RequestError> {
        let (reply, counters) = oneshot::channel();
        let ended = || RequestError::Ended(state::reason(&self.state));
        let sent = self.commands.send(Command::Counters(reply)).await;
        sent.map_err(|_| ended())?;
        counters
            .await
            .map(|(counters, _)| counters)
            .map_err(|_| ended())
    }

    /// How the connection fares, and how many subscriptions are served. After the end, how it fared then.
    ///
    /// Cancel-safe.
    pub async fn health(&self) -> Health {
        self.supervisor.health().await
    }

    /// The state of the connection.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.state.borrow().clone()
    }

    /// The states of the connection from now on.
    #[must_use]
    pub fn states(&self) -> ConnectionStates {
        ConnectionStates::new(self.state.clone())
    }

    /// Closes the client and waits until its task has ended, about a second at most. Streams end with
    /// [`ClientError::Closed`]. Does nothing if it has ended already.
    ///
    /// Cancel-safe: once polled, the client closes in any case.
    pub async fn close(self) {
        self.supervisor.close().await;
        self.commands.closed().await;
    }

    /// Waits until the client has ended, and says why.
    ///
    /// Cancel-safe.
    pub async fn closed(&self) -> ClientError {
        self.commands.closed().await;
        // The reason is told a moment later.
        let mut state = self.state.clone();
        let ended = state.wait_for(|state| matches!(state, ConnectionState::Ended(_)));
        drop(ended.await);
        state::reason(&self.state)
    }

    fn subscription(&self) -> Subscription {
        Subscription {
            id: SubscriptionId(self.next.fetch_add(1, Ordering::Relaxed)),
            commands: self.commands.clone(),
            state: self.state.clone(),
            next: Arc::clone(&self.next),
        }
    }
}

/// Ends a subscription when its stream is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: SubscriptionId,
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<ConnectionState>,
    next: Arc<AtomicU64>,
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

    pub(crate) async fn fetch_more(&self, call: u64, count: usize) -> Result<(), RequestError> {
        let subscription = self.id;
        self.send(Command::FetchMore {
            subscription,
            call,
            count,
        })
        .await
    }

    /// Wants a study of this series.
    pub(crate) async fn study(&self, request: StudyRequest) -> Result<Study, RequestError> {
        let subscription = Self {
            id: SubscriptionId(self.next.fetch_add(1, Ordering::Relaxed)),
            commands: self.commands.clone(),
            state: self.state.clone(),
            next: Arc::clone(&self.next),
        };
        let queue = Shared::new(StudyQueue::default());
        let feed = Feed::new(queue.clone(), self.state.clone());
        let command = Command::Study {
            subscription: subscription.id,
            series: self.id,
            request,
            feed,
        };
        subscription.send(command).await?;
        Ok(Study {
            queue,
            subscription,
        })
    }

    pub(crate) async fn modify_study(&self, request: StudyRequest) -> Result<(), RequestError> {
        let subscription = self.id;
        self.send(Command::ModifyStudy {
            subscription,
            request,
        })
        .await
    }

    async fn send(&self, command: Command) -> Result<(), RequestError> {
        let sent = self.commands.send(command).await;
        sent.map_err(|_| RequestError::Ended(state::reason(&self.state)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // If the queue of commands is full, the next update finds that nobody reads.
        let _ = self.commands.try_send(Command::Unsubscribe(self.id));
    }
}
