//! The handle to a client's connection.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{
    quote::Quote,
    symbol::{Symbol, SymbolError},
};
use rand::rngs::StdRng;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use transport::{Health, SupervisorHandle};

use crate::{
    connection::{Asked, Command, CommandSender, ConnectionStates, Listeners, Renewal},
    delivery::{Loading, QueueSender, QuoteQueue, Readers, SeriesQueue, SharedTable},
    error::{ClientError, RequestError},
    event::{ClientCounters, ConnectionState, History, Progress, end_reason},
    handle::{
        Capacity, Load, Pace, QuoteSession, ReplaySession, Sender, Series, SessionKind,
        SessionPermit, Subscription, only, snapshot,
    },
    mailbox::Mailbox,
    registry::SubscriptionId,
    request::{HistoryRequest, QuoteRequest, ReplayRequest, SeriesRequest},
    tap::Taps,
};

/// What the answer to a series leaves: its history, its queue and table, and what ends it.
type Loaded = (
    Box<History>,
    Mailbox<SeriesQueue>,
    SharedTable,
    Subscription,
);

/// A client of the server, over one connection at a time. It is cheap to clone, and clones share
/// the connection.
///
/// The client reconnects after a loss and restores every subscription. Streams continue. The client
/// fills in missed bars from the server's history, and reports a gap for bars that the history does
/// not hold.
///
/// The connection closes when every clone and every stream of it is gone, or when
/// [`close`](Self::close) is called.
///
/// ```no_run
/// use tv_client::Client;
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder().connect().await?;
/// let quote = client.quote("NASDAQ:AAPL").await?;
/// println!("{:?}", quote.last());
/// client.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    commands: CommandSender,
    state: watch::Receiver<ConnectionState>,
    listeners: Listeners,
    /// Of the link that serves.
    supervisor: watch::Receiver<SupervisorHandle>,
    renewals: mpsc::Sender<Asked>,
    closing: Arc<Notify>,
    next: Arc<AtomicU64>,
    load: Arc<Load>,
    pub(crate) sender: Sender,
    pub(crate) taps: Taps,
}

/// What a client needs of its task.
pub(crate) struct ClientEnds {
    pub(crate) commands: CommandSender,
    pub(crate) state: watch::Receiver<ConnectionState>,
    pub(crate) listeners: Listeners,
    pub(crate) supervisor: watch::Receiver<SupervisorHandle>,
    pub(crate) renewals: mpsc::Sender<Asked>,
    pub(crate) closing: Arc<Notify>,
    pub(crate) taps: Taps,
}

impl Client {
    /// A client of a task. Ids of sessions that are made by hand come from the randomness.
    pub(crate) fn new(ends: ClientEnds, random: StdRng) -> Self {
        let ClientEnds {
            commands,
            state,
            listeners,
            supervisor,
            renewals,
            closing,
            taps,
        } = ends;
        let load = Arc::<Load>::default();
        let sender = Sender::new(commands.clone(), state.clone(), Arc::clone(&load), random);
        Self {
            commands,
            state,
            listeners,
            supervisor,
            renewals,
            closing,
            next: Arc::default(),
            load,
            sender,
            taps,
        }
    }

    /// Streams quotes. Returns at once; refusals come as events, one for each symbol.
    ///
    /// ```no_run
    /// # use tv_client::{Client, QuoteEvent, QuoteRequest, QuoteUpdate, RequestError};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let mut quotes = client.quotes(QuoteRequest::new(["NASDAQ:AAPL"])?).await?;
    /// while let Some(event) = quotes.next().await {
    ///     match event.into_result()? {
    ///         QuoteEvent::Update(QuoteUpdate { symbol, quote, .. }) => {
    ///             println!("{symbol} {:?}", quote.last());
    ///         }
    ///         QuoteEvent::Refused { symbol, reason } => eprintln!("{symbol}: {reason}"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If no symbol or no field is named, or if the client has ended.
    pub async fn quotes(&self, request: QuoteRequest) -> Result<QuoteSession, RequestError> {
        self.quotes_in(self.subscription(SessionKind::Quotes)?, request)
            .await
    }

    /// Gets one complete quote of a symbol, with all fields, and ends the subscription.
    ///
    /// ```no_run
    /// # async fn run(client: tv_client::Client) -> Result<(), tv_client::RequestError> {
    /// let quote = client.quote("NASDAQ:AAPL").await?;
    /// println!("{:?} {:?} %", quote.last(), quote.change_percent());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future ends what it began.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol, if the server refuses it or does not answer within 30 s, or
    /// if the client has ended.
    pub async fn quote<S>(&self, symbol: S) -> Result<Quote, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        self.snapshot(QuoteRequest::new([symbol])?)
            .await
            .and_then(only)
    }

    /// Gets one complete quote of each symbol of a request, and ends the subscription. A symbol
    /// that the server refuses, or does not answer within 30 s, has its error in place of a quote.
    ///
    /// ```no_run
    /// # use tv_client::{Client, QuoteRequest, RequestError};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let request = QuoteRequest::new(["NASDAQ:AAPL", "NASDAQ:MSFT"])?.fields(["lp", "chp"]);
    /// for (symbol, quote) in client.snapshot(request).await? {
    ///     println!("{symbol} {:?}", quote?.last());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future ends what it began.
    ///
    /// # Errors
    ///
    /// If no symbol or no field is named, or if the client has ended.
    pub async fn snapshot(
        &self,
        request: QuoteRequest,
    ) -> Result<BTreeMap<Symbol, Result<Quote, RequestError>>, RequestError> {
        let symbols = request.symbols.clone();
        snapshot(symbols, self.quotes(request).await?).await
    }

    pub(crate) async fn quotes_in(
        &self,
        subscription: Subscription,
        request: QuoteRequest,
    ) -> Result<QuoteSession, RequestError> {
        request.check()?;
        let pace = Pace::new(request.cadence);
        let queue = Mailbox::new(QuoteQueue::new(request.overflow, request.max_waiting));
        let sender = QueueSender::new(queue.clone(), self.state.clone());
        let command = Command::Quotes {
            subscription: subscription.id,
            request,
            reader: sender.into(),
        };
        subscription.send(command).await?;
        Ok(QuoteSession {
            pace,
            queue,
            subscription: subscription.into(),
        })
    }

    /// Loads the history of a series, and then streams what follows. Returns when the history is
    /// complete.
    ///
    /// After the server has refused a symbol, requests for it fail for 20 minutes without asking
    /// again.
    ///
    /// ```no_run
    /// # use tv_client::{Client, Interval, RequestError, SeriesEvent, SeriesRequest};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let request = SeriesRequest::new("BINANCE:BTCUSDT", Interval::MINUTE)?.count(500);
    /// let mut series = client.series(request).await?;
    /// println!("{} closed bars", series.closed_bars().len());
    /// while let Some(event) = series.next().await {
    ///     if let SeriesEvent::Closed(bar) = event.into_result()? {
    ///         println!("{}: {}", bar.time, bar.close);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If the request is for no bar, if the server refuses the symbol or interval or does not
    /// answer in time, or if the client has ended.
    pub async fn series(&self, request: SeriesRequest) -> Result<Series, RequestError> {
        self.series_in(self.subscription(SessionKind::Series)?, request)
            .await
    }

    /// Does what [`series`](Self::series) does, and calls `on_progress` after each page of the
    /// history, in the task that awaits this future. Pages that arrive during a call are reported
    /// together.
    ///
    /// ```no_run
    /// # use tv_client::{Client, Interval, SeriesRequest};
    /// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = SeriesRequest::new("NASDAQ:AAPL", Interval::MINUTE)?.count(50_000);
    /// let loading = client.series_with_progress(request, |progress| {
    ///     eprintln!("{} bars in {} parts", progress.bars, progress.pages);
    /// });
    /// let series = loading.await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`series`](Self::series).
    pub async fn series_with_progress(
        &self,
        mut request: SeriesRequest,
        on_progress: impl FnMut(Progress),
    ) -> Result<Series, RequestError> {
        request.progress = true;
        let subscription = self.subscription(SessionKind::Series)?;
        self.series_from(subscription, request, on_progress).await
    }

    pub(crate) async fn series_in(
        &self,
        subscription: Subscription,
        request: SeriesRequest,
    ) -> Result<Series, RequestError> {
        self.series_from(subscription, request, |_| {}).await
    }

    async fn series_from(
        &self,
        subscription: Subscription,
        request: SeriesRequest,
        on_progress: impl FnMut(Progress),
    ) -> Result<Series, RequestError> {
        let loading = self.load(subscription, request.clone(), on_progress);
        let (loaded, queue, table, subscription) = loading.await?;
        let pace = Pace::new(request.cadence);
        Ok(Series {
            loaded,
            request,
            pace,
            queue,
            table,
            refill: None,
            subscription: subscription.into(),
        })
    }

    /// Loads past bars, in as many requests as needed. No live bars follow.
    ///
    /// ```no_run
    /// # use tv_client::{Client, HistoryRequest, Interval, RequestError};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?;
    /// let history = client.history(request.between("2024-01-01".."2025-01-01")?).await?;
    /// if !history.completeness.is_complete() {
    ///     eprintln!("bars are missing: {}", history.completeness);
    /// }
    /// for row in &history.skipped_rows {
    ///     eprintln!("not read: {row}");
    /// }
    /// println!("{} closed bars", history.closed_bars().len());
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

    /// Does what [`history`](Self::history) does, and calls `on_progress` after each page, in the
    /// task that awaits this future. Pages that arrive during a call are reported together.
    ///
    /// ```no_run
    /// # use tv_client::{Client, HistoryRequest, Interval};
    /// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::MINUTE)?;
    /// let loading = client.history_with_progress(request, |progress| {
    ///     eprintln!("{} bars in {} parts", progress.bars, progress.pages);
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
        let subscription = self.subscription(SessionKind::Series)?;
        self.history_in(subscription, request, on_progress).await
    }

    pub(crate) async fn history_in(
        &self,
        subscription: Subscription,
        request: HistoryRequest,
        on_progress: impl FnMut(Progress),
    ) -> Result<History, RequestError> {
        let mut request = request.0;
        request.progress = true;
        let (loaded, ..) = self.load(subscription, request, on_progress).await?;
        Ok(*loaded)
    }

    /// Loads the bars before a time, then delivers the bars after it one by one, on command.
    ///
    /// ```no_run
    /// # use tv_client::{Client, Interval, ReplayRequest, RequestError, SeriesEvent};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let request = ReplayRequest::new("NASDAQ:AAPL", Interval::DAY, "2024-01-31")?;
    /// let mut replay = client.replay(request).await?;
    /// replay.step(1).await?;
    /// while let Some(event) = replay.next().await {
    ///     match event.into_result()? {
    ///         SeriesEvent::Closed(bar) => {
    ///             println!("{}: {}", bar.time, bar.close);
    ///             replay.step(1).await?;
    ///         }
    ///         SeriesEvent::ReplayEnded => break,
    ///         _ => {}
    ///     }
    /// }
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
        let series = self.series(request.0).await?;
        Ok(ReplaySession { series })
    }

    async fn load(
        &self,
        subscription: Subscription,
        request: SeriesRequest,
        mut on_progress: impl FnMut(Progress),
    ) -> Result<Loaded, RequestError> {
        request.check()?;
        let table = SharedTable::new(request.retain);
        let queue = Mailbox::new(SeriesQueue::new(request.overflow, request.max_waiting));
        let sender = QueueSender::new(queue.clone(), self.state.clone());
        let command = Command::Series {
            subscription: subscription.id,
            request,
            reader: Readers::series(sender, table.clone()),
        };
        subscription.send(command).await?;
        loop {
            match poll_fn(|context| queue.poll(context, SeriesQueue::take_loading)).await? {
                Loading::Progress(progress) => on_progress(progress),
                Loading::Done(loaded) => return Ok((loaded, queue, table, subscription)),
            }
        }
    }

    /// Returns the counters of all connections of the client, faults included.
    ///
    /// ```no_run
    /// # async fn run(client: tv_client::Client) -> Result<(), tv_client::RequestError> {
    /// let counters = client.counters().await?;
    /// println!("{} malformed, {} late", counters.received.malformed, counters.late_messages);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub async fn counters(&self) -> Result<ClientCounters, RequestError> {
        let (reply, counters) = oneshot::channel();
        let ended = || RequestError::Ended(end_reason(&self.state));
        let sent = self.commands.send(Command::Counters(reply)).await;
        sent.map_err(|_| ended())?;
        counters.await.map_err(|_| ended())
    }

    /// Returns the health of the connection and the number of served subscriptions. After the
    /// client has ended, it is the health at the end.
    ///
    /// ```no_run
    /// # async fn run(client: tv_client::Client) {
    /// let health = client.health().await;
    /// println!("ready: {}, last message: {:?} ago", health.is_ready, health.last_message_age);
    /// # }
    /// ```
    ///
    /// Cancel-safe.
    pub async fn health(&self) -> Health {
        let supervisor = self.supervisor.borrow().clone();
        supervisor.health().await
    }

    /// Replaces the connection. The client opens a new one, signs in and restores everything on it,
    /// while the old one still delivers. Then streams continue on the new one: no bar is lost or
    /// doubled, and quotes have the newest state. Subscriptions that started meanwhile, and series
    /// of ticks or price moves, report an interruption and are restored as after a loss.
    ///
    /// If no second connection is allowed, as in a [`Pool`](crate::Pool) that uses all of them, the
    /// old one is closed first.
    ///
    /// ```no_run
    /// # use tv_client::{Client, Renewal, RequestError};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// match client.renew().await? {
    ///     Renewal::Seamless => println!("streams went on"),
    ///     other => println!("{other}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: once polled, the renewal goes on.
    ///
    /// # Errors
    ///
    /// If no new connection could be made and restored within 60 s, or if a replay runs, which
    /// another connection cannot continue. The old connection then stays. Also if the client has
    /// ended.
    pub async fn renew(&self) -> Result<Renewal, RequestError> {
        let ended = || RequestError::Ended(end_reason(&self.state));
        let (asked, outcome) = oneshot::channel();
        let sent = self.renewals.send(asked).await;
        sent.map_err(|_| ended())?;
        outcome.await.map_err(|_| ended())?
    }

    /// The state of the connection.
    ///
    /// ```no_run
    /// # use tv_client::ConnectionState;
    /// # fn run(client: tv_client::Client) {
    /// if let ConnectionState::Reconnecting { attempt, .. } = client.state() {
    ///     eprintln!("attempt {attempt} to reconnect");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.state.borrow().clone()
    }

    /// Returns a stream of the connection's states that begins with the present one. Use it in
    /// place of callbacks.
    ///
    /// ```no_run
    /// # async fn run(client: tv_client::Client) {
    /// let mut states = client.states();
    /// while let Some(state) = states.next().await {
    ///     println!("{state}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn states(&self) -> ConnectionStates {
        self.listeners.listen(&self.state)
    }

    /// Closes the client and waits until its task has ended, about a second at most. Streams end
    /// with [`ClientError::Closed`], and every later call of a clone or a stream fails with it.
    /// Closing again returns once the task has ended.
    ///
    /// ```no_run
    /// # async fn run(client: tv_client::Client) {
    /// let clone = client.clone();
    /// client.close().await;
    /// assert!(clone.quote("NASDAQ:AAPL").await.is_err_and(|error| error.is_closed()));
    /// # }
    /// ```
    ///
    /// Cancel-safe: once polled, the client closes in any case.
    pub async fn close(self) {
        self.closing.notify_one();
        self.commands.closed().await;
    }

    /// Waits until the client has ended, and returns the reason.
    ///
    /// ```no_run
    /// # async fn run(client: tv_client::Client) {
    /// let error = client.closed().await;
    /// eprintln!("{error}; a new client can help: {}", error.is_retryable());
    /// # }
    /// ```
    ///
    /// Cancel-safe.
    pub async fn closed(&self) -> ClientError {
        self.commands.closed().await;
        // The reason is published a moment later.
        let mut state = self.state.clone();
        let ended = state.wait_for(|state| matches!(state, ConnectionState::Ended(_)));
        drop(ended.await);
        end_reason(&self.state)
    }

    /// Whether its task has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.commands.is_closed()
    }

    fn subscription(&self, kind: SessionKind) -> Result<Subscription, RequestError> {
        self.permit(kind, Capacity::UNLIMITED)
            .ok_or(RequestError::Busy)
    }

    /// A subscription, if there is room for its session.
    pub(crate) fn permit(&self, kind: SessionKind, capacity: Capacity) -> Option<Subscription> {
        Some(Subscription {
            id: SubscriptionId(self.next.fetch_add(1, Ordering::Relaxed)),
            _permit: Some(SessionPermit::take(&self.load, kind, capacity)?),
            commands: self.commands.clone(),
            state: self.state.clone(),
            next: Arc::clone(&self.next),
        })
    }
}
