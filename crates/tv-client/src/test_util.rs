//! Fake streams, so that an application tests what it does with events without a server.
//!
//! Each function returns a sender and the stream that a [`Client`](crate::Client) would return.
//! What the sender sends, the stream delivers, in order and without conflation. Events are plain
//! values and can be built by hand; [`QuoteUpdate::new`](crate::QuoteUpdate::new),
//! [`History::new`](crate::History::new) and [`StudyPoint::new`](crate::StudyPoint::new) build
//! those that may get more fields. A sender that is dropped ends its stream, as a closed client
//! does.
//!
//! Calls to a fake stream that need a server fail with
//! [`RequestError::Ended`](crate::RequestError::Ended): other readers, studies, earlier bars, steps
//! of a replay. Symbols can be added and removed; the sender [returns](QuoteSender::changes) them.
//!
//! ```
//! use tv_client::{QuoteEvent, QuoteField, QuoteSession, QuoteUpdate, test_util};
//!
//! /// The application's own code.
//! async fn highest(mut quotes: QuoteSession) -> f64 {
//!     let mut highest = f64::MIN;
//!     while let Some(Ok(event)) = quotes.next().await.map(QuoteEvent::into_result) {
//!         if let QuoteEvent::Update(update) = event {
//!             highest = highest.max(update.quote.last().unwrap_or(f64::MIN));
//!         }
//!     }
//!     highest
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), tv_client::SymbolError> {
//! let (mut sender, quotes) = test_util::quotes();
//! for price in [1.5, 3.5, 2.5] {
//!     sender.send(QuoteUpdate::new("A:B", [(QuoteField::Last, price)])?);
//! }
//! drop(sender);
//! assert_eq!(highest(quotes).await, 3.5);
//! # Ok(())
//! # }
//! ```

use protocol::{study::Plots, symbol::Symbol};
use tokio::sync::{mpsc, watch};

use crate::{
    by_hand::{SendError, WireCommand},
    connection::{Command, CommandSwitch},
    delivery::{QueueSender, QuoteQueue, SeriesQueue, SharedTable, StudyQueue},
    event::{ConnectionState, History, QuoteEvent, SeriesEvent, StudyEvent},
    handle::{Pace, QuoteSession, Recording, ReplaySession, Sender, Series, Study, Subscription},
    mailbox::Mailbox,
    registry::SubscriptionId,
    request::{ReplayRequest, SeriesRequest},
};

/// Commands that a fake stream may send before its sender looks at them.
const MAX_COMMANDS: usize = 1_024;

/// Returns a stream of quotes and its sender.
///
/// ```
/// use tv_client::{QuoteEvent, RequestError, test_util};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (mut sender, mut quotes) = test_util::quotes();
/// sender.send(QuoteEvent::Reconnecting);
/// assert_eq!(quotes.next().await, Some(QuoteEvent::Reconnecting));
/// drop(sender);
/// let last = quotes.next().await.map(QuoteEvent::into_result);
/// assert!(matches!(last, Some(Err(RequestError::Ended(_)))));
/// # }
/// ```
#[must_use]
pub fn quotes() -> (QuoteSender, QuoteSession) {
    let queue = Mailbox::new(QuoteQueue::default());
    let (server, subscription) = Server::start();
    let sender = QuoteSender {
        _sender: QueueSender::new(queue.clone(), server.state.subscribe()),
        queue: queue.clone(),
        server,
    };
    let session = QuoteSession {
        pace: Pace::default(),
        queue,
        subscription: subscription.into(),
    };
    (sender, session)
}

/// Returns the series that a request with such a history returns, and its sender.
///
/// ```
/// use tv_client::{Bar, History, Interval, SeriesEvent, SeriesRequest, Timestamp, test_util};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tv_client::RequestError> {
/// let bar = |seconds, price| Bar {
///     time: Timestamp::from_seconds(seconds),
///     open: price,
///     high: price,
///     low: price,
///     close: price,
///     volume: None,
/// };
/// let request = SeriesRequest::new("A:B", Interval::MINUTE)?;
/// let (mut sender, mut series) = test_util::series(request, History::new(vec![bar(0, 1.0)]));
/// assert_eq!(series.closed_bars(), [bar(0, 1.0)]);
/// sender.send(SeriesEvent::Closed(bar(60, 1.5)));
/// assert_eq!(series.next().await, Some(SeriesEvent::Closed(bar(60, 1.5))));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn series(request: SeriesRequest, history: History) -> (SeriesSender, Series) {
    let queue = Mailbox::new(SeriesQueue::default());
    let table = SharedTable::new(request.retain);
    table.begin(&history);
    let (mut server, subscription) = Server::start();
    server.commands.close();
    let sender = SeriesSender {
        _sender: QueueSender::new(queue.clone(), server.state.subscribe()),
        queue: queue.clone(),
        table: table.clone(),
    };
    let series = Series {
        loaded: Box::new(history),
        pace: Pace::new(request.cadence),
        request,
        queue,
        table,
        refill: None,
        subscription: subscription.into(),
    };
    (sender, series)
}

/// Returns the replay that a request with such a history returns, and its sender.
///
/// ```
/// use tv_client::{History, Interval, ReplayRequest, SeriesEvent, test_util};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tv_client::RequestError> {
/// let request = ReplayRequest::new("A:B", Interval::DAY, "2024-01-31")?;
/// let (mut sender, mut replay) = test_util::replay(request, History::new(Vec::new()));
/// sender.send(SeriesEvent::ReplayEnded);
/// assert_eq!(replay.next().await, Some(SeriesEvent::ReplayEnded));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn replay(request: ReplayRequest, history: History) -> (SeriesSender, ReplaySession) {
    let (sender, series) = series(request.0, history);
    (sender, ReplaySession { series })
}

/// Returns a study with an id, and its sender.
///
/// ```
/// use tv_client::{StudyEvent, StudyPoint, Timestamp, test_util};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (mut sender, mut study) = test_util::study("st1");
/// let row = StudyEvent::Row(StudyPoint::new(Timestamp::from_seconds(60), vec![Some(1.5)]));
/// sender.send(row.clone());
/// assert_eq!(study.next().await, Some(row));
/// # }
/// ```
#[must_use]
pub fn study(id: impl Into<String>) -> (StudySender, Study) {
    let queue = Mailbox::new(StudyQueue::default());
    let (mut server, subscription) = Server::start();
    server.commands.close();
    let sender = StudySender {
        _sender: QueueSender::new(queue.clone(), server.state.subscribe()),
        queue: queue.clone(),
    };
    (
        sender,
        Study {
            id: id.into(),
            plots: Plots::default(),
            pace: Pace::default(),
            queue,
            subscription: subscription.into(),
            is_child: false,
        },
    )
}

/// A [`Sender`] that sends nothing, and the record of what it was given.
///
/// It refuses what can never be right, as a real one does. It does not know which sessions exist.
///
/// ```
/// use tv_client::{test_util, wire::{SendError, Sender, SessionId, command}};
///
/// /// The application's own code.
/// async fn open(sender: Sender) -> Result<(), SendError> {
///     let id = sender.session_id(SessionId::REPLAY);
///     sender.send(command::ReplayCreateSession { session: id.as_str().into() }).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), SendError> {
/// let (mut record, sender) = test_util::sender();
/// open(sender.clone()).await?;
/// let [sent] = &record.take()[..] else { unreachable!("one command was sent") };
/// assert_eq!(sent.json(), r#"{"m":"replay_create_session","p":["rs_000000000001"]}"#);
/// record.fail_with(Some(SendError::NotConnected));
/// assert_eq!(open(sender).await, Err(SendError::NotConnected));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn sender() -> (SentCommands, Sender) {
    let recording = Recording::default();
    let sender = recording.sender();
    (SentCommands(recording), sender)
}

/// What a fake [`Sender`] and its clones were given.
#[derive(Debug)]
pub struct SentCommands(Recording);

impl SentCommands {
    /// The commands that were sent since the last call, in order.
    pub fn take(&mut self) -> Vec<SentCommand> {
        let sent = std::mem::take(&mut self.0.lock().sent);
        sent.into_iter().map(SentCommand).collect()
    }

    /// Lets each later command fail with an error, until `None` is given.
    pub fn fail_with(&mut self, error: Option<SendError>) {
        self.0.lock().error = error;
    }
}

/// A command that a fake [`Sender`] was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCommand(WireCommand);

impl SentCommand {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The session that it is for, if it is for one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.0.session.as_deref()
    }

    /// The whole command as JSON text.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0.json
    }
}

/// Sends to a fake stream of quotes; see [`quotes`].
#[derive(Debug)]
pub struct QuoteSender {
    queue: Mailbox<QuoteQueue>,
    /// Ends the stream when it is dropped.
    _sender: QueueSender<QuoteQueue>,
    server: Server,
}

/// Symbols that the owner of a fake stream has added or removed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SymbolChange {
    /// By [`QuoteSession::add`].
    Added(Vec<Symbol>),
    /// By [`QuoteSession::remove`].
    Removed(Vec<Symbol>),
}

impl QuoteSender {
    /// Sends an event; a [`QuoteUpdate`](crate::QuoteUpdate) is one. After
    /// [`Ended`](QuoteEvent::Ended) nothing more arrives.
    ///
    /// ```
    /// use tv_client::{QuoteField, QuoteUpdate, test_util};
    ///
    /// let (mut sender, _quotes) = test_util::quotes();
    /// sender.send(QuoteUpdate::new("A:B", [(QuoteField::Last, 1.5)])?);
    /// # Ok::<(), tv_client::SymbolError>(())
    /// ```
    pub fn send(&mut self, event: impl Into<QuoteEvent>) {
        let event = event.into();
        self.queue.change(|queue| queue.push_event(event));
    }

    /// Returns the symbols that were added and removed since the last call, in order. The stream
    /// waits in `add` and `remove` while 1,024 calls have not been returned here.
    ///
    /// ```
    /// use tv_client::{Symbol, test_util};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tv_client::RequestError> {
    /// let (mut sender, mut quotes) = test_util::quotes();
    /// quotes.add(["A:B"]).await?;
    /// let added = test_util::SymbolChange::Added(vec![Symbol::new("A:B")?]);
    /// assert_eq!(sender.changes(), [added]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(&mut self) -> Vec<SymbolChange> {
        let mut changes = Vec::new();
        while let Ok(command) = self.server.commands.try_recv() {
            let Command::Symbols { added, removed, .. } = command else {
                continue;
            };
            if !added.is_empty() {
                changes.push(SymbolChange::Added(added));
            }
            if !removed.is_empty() {
                changes.push(SymbolChange::Removed(removed));
            }
        }
        changes
    }
}

/// Sends to a fake series or replay; see [`series`] and [`replay`].
#[derive(Debug)]
pub struct SeriesSender {
    queue: Mailbox<SeriesQueue>,
    table: SharedTable,
    /// Ends the stream when it is dropped.
    _sender: QueueSender<SeriesQueue>,
}

impl SeriesSender {
    /// Sends an event. After [`Ended`](SeriesEvent::Ended) nothing more arrives.
    ///
    /// ```
    /// use tv_client::{History, Interval, SeriesEvent, SeriesRequest, test_util};
    ///
    /// let request = SeriesRequest::new("A:B", Interval::MINUTE)?;
    /// let (mut sender, _series) = test_util::series(request, History::new(Vec::new()));
    /// sender.send(SeriesEvent::Lagged { dropped: 3 });
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    pub fn send(&mut self, event: SeriesEvent) {
        self.table.fold_event(&event);
        self.queue.change(|queue| queue.push_event(event));
    }
}

/// Sends to a fake study; see [`study`].
#[derive(Debug)]
pub struct StudySender {
    queue: Mailbox<StudyQueue>,
    /// Ends the stream when it is dropped.
    _sender: QueueSender<StudyQueue>,
}

impl StudySender {
    /// Sends an event. After [`Ended`](StudyEvent::Ended) nothing more arrives.
    ///
    /// ```
    /// use tv_client::{StudyEvent, test_util};
    ///
    /// let (mut sender, _study) = test_util::study("st1");
    /// sender.send(StudyEvent::Reconnecting);
    /// ```
    pub fn send(&mut self, event: StudyEvent) {
        self.queue.change(|queue| queue.push_event(event));
    }
}

/// Stands in for a client's task.
#[derive(Debug)]
struct Server {
    state: watch::Sender<ConnectionState>,
    commands: mpsc::Receiver<Command>,
}

impl Server {
    fn start() -> (Self, Subscription) {
        let state = watch::Sender::new(ConnectionState::Open { generation: 1 });
        let (sender, commands) = mpsc::channel(MAX_COMMANDS);
        let (sender, _) = CommandSwitch::new(sender);
        let subscription = Subscription {
            id: SubscriptionId(0),
            _permit: None,
            commands: sender,
            state: state.subscribe(),
            next: std::sync::Arc::default(),
        };
        (Self { state, commands }, subscription)
    }
}
