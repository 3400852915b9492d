//! The handle to a connection.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::connection::Counters;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    builder::ClientBuilder,
    delivery::{Feed, QuoteQueue, SeriesQueue, Shared},
    engine::Command,
    error::{ClientError, RequestError},
    quote::{QuoteRequest, QuoteSession},
    registry::SubscriptionId,
    series::{Series, SeriesRequest},
    state::{self, State},
};

/// One connection to the server. Cheap to clone; clones share the connection.
///
/// The connection closes when every clone and every stream of it is gone, or when [`close`](Self::close) is
/// called.
#[derive(Clone, Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<State>,
    next: Arc<AtomicU64>,
}

impl Client {
    /// Sets up a connection. The defaults: TradingView's `data` server, as a guest.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn new(commands: mpsc::Sender<Command>, state: watch::Receiver<State>) -> Self {
        Self {
            commands,
            state,
            next: Arc::default(),
        }
    }

    /// Streams quotes. Returns at once; refusals come as events, one for each symbol.
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If no symbol or no field is named, or if the connection has ended.
    pub async fn quotes(&self, request: QuoteRequest) -> Result<QuoteSession, RequestError> {
        request.check()?;
        let subscription = self.subscription();
        let id = subscription.id;
        let queue = Shared::new(QuoteQueue::default());
        let feed = Feed::new(queue.clone(), self.state.clone());
        self.send(Command::Quotes {
            subscription: id,
            request,
            feed,
        })
        .await?;
        Ok(QuoteSession {
            queue,
            _subscription: subscription,
        })
    }

    /// Loads the history of a series, and then streams what follows. Returns when the history is complete.
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If no bar is asked for, if the server refuses symbol or interval or does not answer in time, or if the
    /// connection has ended.
    pub async fn series(&self, request: SeriesRequest) -> Result<Series, RequestError> {
        request.check()?;
        let subscription = self.subscription();
        let id = subscription.id;
        let queue = Shared::new(SeriesQueue::default());
        let feed = Feed::new(queue.clone(), self.state.clone());
        self.send(Command::Series {
            subscription: id,
            request,
            feed,
        })
        .await?;
        let loaded = poll_fn(|context| queue.poll(context, SeriesQueue::take_loaded)).await?;
        Ok(Series {
            loaded,
            queue,
            _subscription: subscription,
        })
    }

    /// What the connection has seen so far, faults included.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    pub async fn counters(&self) -> Result<Counters, RequestError> {
        let (reply, counters) = oneshot::channel();
        self.send(Command::Counters(reply)).await?;
        counters
            .await
            .map(|(counters, _)| counters)
            .map_err(|_| self.ended())
    }

    /// Closes the connection and waits until its task has ended. Streams end with
    /// [`ClientError::Closed`]. Does nothing if it has ended already.
    ///
    /// Cancel-safe: once polled, the connection closes in any case.
    pub async fn close(self) {
        // A channel that is closed belongs to a task that has ended.
        let _ = self.commands.send(Command::Close).await;
        self.commands.closed().await;
    }

    /// Waits until the connection has ended, and says why.
    ///
    /// Cancel-safe.
    pub async fn closed(&self) -> ClientError {
        self.commands.closed().await;
        self.reason()
    }

    fn subscription(&self) -> Subscription {
        let id = SubscriptionId(self.next.fetch_add(1, Ordering::Relaxed));
        Subscription {
            id,
            commands: self.commands.clone(),
        }
    }

    async fn send(&self, command: Command) -> Result<(), RequestError> {
        self.commands.send(command).await.map_err(|_| self.ended())
    }

    fn ended(&self) -> RequestError {
        RequestError::Ended(self.reason())
    }

    fn reason(&self) -> ClientError {
        state::reason(&self.state)
    }
}

/// Ends a subscription when its stream is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: SubscriptionId,
    commands: mpsc::Sender<Command>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // If the queue of commands is full the server goes on sending to nobody, until the connection ends.
        let _ = self.commands.try_send(Command::Unsubscribe(self.id));
    }
}
