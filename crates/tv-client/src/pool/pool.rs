//! The pool: finds a connection with room, or makes one.

use std::sync::Arc;

use tokio::sync::{Mutex as AsyncMutex, watch};
use transport::Health;

use super::{
    limits::PoolLimits,
    members::{Member, Members},
};
use crate::{
    builder::ClientBuilder,
    client::Client,
    connection::{ConnectionStates, Listeners, Renewal},
    error::{ClientError, RequestError},
    event::{ClientCounters, ConnectionState, History, Progress},
    handle::{ReplaySession, Series, SessionKind, Subscription},
    request::{HistoryRequest, ReplayRequest, SeriesRequest},
};

/// Several connections to the server behind one interface. It is cheap to clone, and clones share
/// the connections.
///
/// The pool adds a connection when the existing ones are full. By default it makes only a few,
/// because servers limit them: see [`PoolLimits`]. A fault of one connection affects only what it
/// carries. Connections are renewed when they are 6 hours old, one at a time, and without an
/// interruption as long as one of the allowed connections is free.
///
/// ```no_run
/// use tv_client::{Client, Pool, PoolLimits, QuoteEvent, QuoteRequest, Symbol};
///
/// # async fn run(symbols: Vec<Symbol>) -> Result<(), Box<dyn std::error::Error>> {
/// let limits = PoolLimits::default().connections(3);
/// let pool = Pool::builder(Client::builder()).limits(limits).connect().await?;
/// let mut quotes = pool.quotes(QuoteRequest::new(symbols)?).await?;
/// while let Some(event) = quotes.next().await {
///     match event.into_result()? {
///         QuoteEvent::Update(update) => println!("{} {:?}", update.symbol, update.quote.last()),
///         QuoteEvent::Reconnecting => println!("{} symbols wait", quotes.interrupted().count()),
///         _ => {}
///     }
/// }
/// pool.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pool(pub(super) Arc<PoolState>);

#[derive(Debug)]
pub(crate) struct PoolState {
    pub(super) builder: ClientBuilder,
    pub(super) limits: PoolLimits,
    pub(super) members: Members,
    /// Held while a connection is made, with the number of the next.
    pub(super) opening: AsyncMutex<usize>,
    pub(super) listeners: Listeners,
    /// Whether the pool was closed.
    pub(super) is_closed: watch::Sender<bool>,
}

impl Drop for PoolState {
    fn drop(&mut self) {
        self.listeners.end();
    }
}

impl Pool {
    /// Does what [`Client::series`] does, over a connection that has room.
    ///
    /// ```no_run
    /// # use tv_client::{Interval, Pool, RequestError, SeriesRequest};
    /// # async fn run(pool: Pool) -> Result<(), RequestError> {
    /// for name in ["NASDAQ:AAPL", "NASDAQ:MSFT"] {
    ///     let mut series = pool.series(SeriesRequest::new(name, Interval::MINUTE)?).await?;
    ///     tokio::spawn(async move {
    ///         while let Some(event) = series.next().await {
    ///             println!("{name}: {event:?}");
    ///         }
    ///     });
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`Client::series`]. Also if the limits are exhausted, or if a connection that is
    /// needed cannot be made.
    pub async fn series(&self, request: SeriesRequest) -> Result<Series, RequestError> {
        let (member, subscription) = self.place(SessionKind::Series).await?;
        member.client.series_in(subscription, request).await
    }

    /// Does what [`Client::history`] does, over a connection that has room.
    ///
    /// ```no_run
    /// # use tv_client::{HistoryRequest, Interval, Pool, RequestError};
    /// # async fn run(pool: Pool) -> Result<(), RequestError> {
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(500);
    /// println!("{} bars", pool.history(request).await?.bars.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`series`](Self::series).
    pub async fn history(&self, request: HistoryRequest) -> Result<History, RequestError> {
        self.history_with_progress(request, |_| {}).await
    }

    /// Does what [`Client::history_with_progress`] does, over a connection that has room.
    ///
    /// ```no_run
    /// # use tv_client::{HistoryRequest, Interval, Pool, RequestError};
    /// # async fn run(pool: Pool) -> Result<(), RequestError> {
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::MINUTE)?;
    /// let loading = pool.history_with_progress(request, |progress| {
    ///     eprintln!("{} bars so far", progress.bars);
    /// });
    /// let history = loading.await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`series`](Self::series).
    pub async fn history_with_progress(
        &self,
        request: HistoryRequest,
        on_progress: impl FnMut(Progress),
    ) -> Result<History, RequestError> {
        let (member, subscription) = self.place(SessionKind::Series).await?;
        let loading = member.client.history_in(subscription, request, on_progress);
        loading.await
    }

    /// Does what [`Client::replay`] does, over a connection that has room.
    ///
    /// ```no_run
    /// # use tv_client::{Interval, Pool, ReplayRequest, RequestError};
    /// # async fn run(pool: Pool) -> Result<(), RequestError> {
    /// let request = ReplayRequest::new("NASDAQ:AAPL", Interval::DAY, "2024-01-31")?;
    /// let mut replay = pool.replay(request).await?;
    /// replay.step(10).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`series`](Self::series).
    pub async fn replay(&self, request: ReplayRequest) -> Result<ReplaySession, RequestError> {
        let (member, subscription) = self.place(SessionKind::Series).await?;
        let series = member.client.series_in(subscription, request.0).await?;
        Ok(ReplaySession { series })
    }

    /// Replaces all present connections, one after another, as [`Client::renew`] does. Returns the
    /// results in the order of [`clients`](Self::clients).
    ///
    /// While fewer than the allowed connections are in use, streams go on without an interruption.
    ///
    /// Cancel-safe: a dropped future does not touch the connections whose turn has not come.
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) {
    /// for (number, renewed) in pool.renew().await.into_iter().enumerate() {
    ///     println!("connection {number}: {renewed:?}");
    /// }
    /// # }
    /// ```
    pub async fn renew(&self) -> Vec<Result<Renewal, RequestError>> {
        let mut outcomes = Vec::new();
        for client in self.clients() {
            outcomes.push(client.renew().await);
        }
        outcomes
    }

    /// Returns the clients of the present connections, in the order in which they were made. Use
    /// them to query or renew a single one.
    ///
    /// ```no_run
    /// # fn run(pool: tv_client::Pool) {
    /// for (number, client) in pool.clients().iter().enumerate() {
    ///     println!("connection {number}: {}", client.state());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn clients(&self) -> Vec<Client> {
        let members = self.0.members.living();
        members.into_iter().map(|member| member.client).collect()
    }

    /// Returns the worst state of the pool's connections, or [`ConnectionState::Ended`] if none is
    /// left.
    ///
    /// ```no_run
    /// # use tv_client::{ConnectionState, Pool};
    /// # fn run(pool: Pool) {
    /// let is_open = matches!(pool.state(), ConnectionState::Open { .. });
    /// println!("all connections are open: {is_open}");
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        let states = self.clients().into_iter().map(|client| client.state());
        let worst = states.max_by_key(|state| match state {
            ConnectionState::Open { .. } => 0,
            ConnectionState::Connecting => 1,
            ConnectionState::Reconnecting { .. } => 2,
            ConnectionState::Ended(_) => 3,
        });
        worst.unwrap_or_else(|| ConnectionState::Ended(self.0.members.last_end()))
    }

    /// Returns the states of all connections in one stream: first the present state of each, then
    /// each change. It ends when the pool is closed.
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) {
    /// let mut states = pool.states();
    /// while let Some(state) = states.next().await {
    ///     println!("{state}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn states(&self) -> ConnectionStates {
        let present = || self.clients().iter().map(Client::state).collect();
        self.0.listeners.listen_to_all(present)
    }

    /// Returns the health of each connection, in the order of [`clients`](Self::clients).
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) {
    /// let ready = pool.health().await.iter().filter(|health| health.is_ready).count();
    /// println!("{ready} connections are ready");
    /// # }
    /// ```
    ///
    /// Cancel-safe.
    pub async fn health(&self) -> Vec<Health> {
        let mut all = Vec::new();
        for client in self.clients() {
            all.push(client.health().await);
        }
        all
    }

    /// Returns the sum of the counters of the present connections, faults included.
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) -> Result<(), tv_client::RequestError> {
    /// println!("{} messages were late", pool.counters().await?.late_messages);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// If no connection is left.
    pub async fn counters(&self) -> Result<ClientCounters, RequestError> {
        let mut sum = None::<ClientCounters>;
        for client in self.clients() {
            // The sum leaves out a connection that ends now.
            if let Ok(counters) = client.counters().await {
                *sum.get_or_insert_default() += counters;
            }
        }
        sum.ok_or_else(|| RequestError::Ended(self.0.members.last_end()))
    }

    /// Closes all connections and waits until their tasks have ended. Streams end with
    /// [`ClientError::Closed`], and every later call of a clone or a stream fails with it.
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) {
    /// let clone = pool.clone();
    /// pool.close().await;
    /// assert!(clone.quote("NASDAQ:AAPL").await.is_err_and(|error| error.is_closed()));
    /// # }
    /// ```
    ///
    /// Cancel-safe: once polled, the connections close in any case.
    pub async fn close(self) {
        self.0.is_closed.send_replace(true);
        let closing = self.clients().into_iter().map(Client::close);
        let mut tasks: Vec<_> = closing.map(Box::pin).collect();
        // All of them at once: each may take a second.
        std::future::poll_fn(|context| {
            tasks.retain_mut(|task| task.as_mut().poll(context).is_pending());
            if tasks.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        self.0.listeners.end();
    }

    /// Waits until no connection is left, and returns why the last one has ended. Unless the pool
    /// was closed, a later request makes a new connection.
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) {
    /// eprintln!("no connection is left: {}", pool.closed().await);
    /// # }
    /// ```
    ///
    /// Cancel-safe.
    pub async fn closed(&self) -> ClientError {
        loop {
            let Some(client) = self.clients().into_iter().next() else {
                return self.0.members.last_end();
            };
            client.closed().await;
        }
    }

    /// The error of every call after the pool was closed.
    fn check_open(&self) -> Result<(), RequestError> {
        if *self.0.is_closed.borrow() {
            return Err(RequestError::Ended(ClientError::Closed));
        }
        Ok(())
    }

    /// A place for a session: on the first connection that has room, so that no more are made than
    /// are needed.
    pub(super) async fn place(
        &self,
        kind: SessionKind,
    ) -> Result<(Member, Subscription), RequestError> {
        self.check_open()?;
        if let Some(place) = self.find(kind) {
            return Ok(place);
        }
        let mut next = self.0.opening.lock().await;
        // Another may have made one meanwhile.
        if let Some(place) = self.find(kind) {
            return Ok(place);
        }
        if self.0.members.living().len() >= self.0.limits.connections {
            return Err(self.0.limits.exceeded(kind));
        }
        let client = self.0.builder.clone().connect().await;
        let member = Member {
            number: *next,
            client: client.map_err(RequestError::NoConnection)?,
        };
        // The pool may have been closed meanwhile: then this closes, too, when it is dropped.
        self.check_open()?;
        *next += 1;
        let subscription = member.client.permit(kind, self.0.limits.capacity());
        self.0.members.add(member.clone());
        let place = subscription.map(|subscription| (member, subscription));
        place.ok_or_else(|| self.0.limits.exceeded(kind))
    }

    fn find(&self, kind: SessionKind) -> Option<(Member, Subscription)> {
        let capacity = self.0.limits.capacity();
        let place = |member: Member| {
            let subscription = member.client.permit(kind, capacity)?;
            Some((member, subscription))
        };
        self.0.members.living().into_iter().find_map(place)
    }
}
