//! Bars for applications: history and what follows it.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use protocol::{
    bar::Bar,
    interval::{Interval, IntervalUnit},
    symbol::{Symbol, SymbolDescriptor},
    symbol_info::SymbolInfo,
};

use crate::{
    client::Reading,
    delivery::{MAX_WAITING_BARS, SeriesQueue, Shared, Sink, StudyQueue, Taken},
    engine::Command,
    error::{ClientError, RequestError},
    refill::Refill,
    registry::MAX_HISTORY,
    study::{Study, StudyRequest},
};

/// Closed bars that a series keeps to recognise revisions, unless told otherwise.
const KEEP: usize = 500;

/// Which bars to load, and that those which follow are wanted, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    pub(crate) descriptor: SymbolDescriptor,
    pub(crate) interval: Interval,
    pub(crate) window: Window,
    pub(crate) timeout: Duration,
    pub(crate) keep: usize,
    /// Whether bars that follow are wanted, too.
    pub(crate) follow: bool,
    /// When a replay begins: Unix seconds, UTC.
    pub(crate) replay: Option<i64>,
    pub(crate) overflow: Overflow,
    pub(crate) max_waiting: usize,
    pub(crate) timezone: Option<String>,
    pub(crate) stale_after: Option<Duration>,
    /// Whether it is to be told how far the history is.
    pub(crate) progress: bool,
}

/// What happens to closed bars that a reader does not take in time: 8,192 wait at most, unless told otherwise.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// The oldest are dropped, and told as [`SeriesEvent::Lagged`]. The default.
    #[default]
    DropOldest,
    /// The oldest are dropped, and loaded again from the server's history when the reader comes back. What that does not
    /// hold is told as a [`SeriesEvent::Gap`].
    Refill,
    /// The stream fails with [`RequestError::TooSlow`].
    Fail,
}

/// Which part of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The newest bars.
    Count(usize),
    /// The newest that open before a time: Unix seconds, UTC.
    Before { time: i64, count: usize },
    /// Those that open from one time on and before the other.
    Between { from: i64, to: i64 },
    /// All that the server gives.
    All,
}

impl Window {
    /// What of the bars was asked for; they are sorted by time.
    pub(crate) fn cut(self, mut bars: Vec<Bar>) -> Vec<Bar> {
        match self {
            Self::Count(_) | Self::All => {}
            Self::Before { time, count } => {
                bars.retain(|bar| bar.time < time);
                bars.drain(..bars.len().saturating_sub(count));
            }
            Self::Between { from, to } => bars.retain(|bar| from <= bar.time && bar.time < to),
        }
        bars
    }

    fn check(self) -> Result<(), RequestError> {
        let reason = match self {
            Self::Count(0) | Self::Before { count: 0, .. } => "ask for at least one bar",
            Self::Between { from, to } if from >= to => "let the range begin before it ends",
            Self::Count(count) | Self::Before { count, .. } if count > MAX_HISTORY => {
                "ask for at most 1,000,000 bars at a time, and for the others by `before` or `fetch_more`"
            }
            _ => return Ok(()),
        };
        Err(RequestError::Misuse { reason })
    }
}

impl SeriesRequest {
    /// Asks for the last 300 bars of a symbol, adjusted for splits, and for those that follow.
    #[must_use]
    pub fn new(symbol: Symbol, interval: Interval) -> Self {
        Self::with_descriptor(SymbolDescriptor::new(symbol), interval)
    }

    /// The same for a symbol with options of your own.
    #[must_use]
    pub fn with_descriptor(descriptor: SymbolDescriptor, interval: Interval) -> Self {
        Self {
            descriptor,
            interval,
            window: Window::Count(300),
            timeout: Duration::from_secs(30),
            keep: KEEP,
            follow: true,
            replay: None,
            overflow: Overflow::DropOldest,
            max_waiting: MAX_WAITING_BARS,
            timezone: None,
            stale_after: None,
            progress: false,
        }
    }

    /// How many bars of history, 1,000,000 at most. The server sends fewer where history begins, or where the account may not
    /// see more: guests get all daily bars and about 5,000 of shorter intervals. More than 10,000 are loaded in
    /// several requests.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.window = Window::Count(bars);
        self
    }

    /// How long to wait for the history. Default 30 s. A request that gets no answer is sent up to four times
    /// within it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many closed bars to keep, at 56 bytes each, to recognise revisions of them after an interruption.
    /// Default 500; at least 1.
    #[must_use]
    pub fn keep(mut self, bars: usize) -> Self {
        self.keep = bars;
        self
    }

    /// In which time zone days begin, by its IANA name, or `exchange`. Default: the server's own choice, the exchange's.
    #[must_use]
    pub fn timezone(mut self, name: impl Into<String>) -> Self {
        self.timezone = Some(name.into());
        self
    }

    /// What happens to closed bars that are not taken in time. Default [`Overflow::DropOldest`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many events may wait for the reader, closed bars nearly all of them. Default 8,192, about 0.6 MB; never more
    /// than 8 MiB.
    #[must_use]
    pub fn max_waiting(mut self, events: usize) -> Self {
        self.max_waiting = events;
        self
    }

    /// Tells that the series is silent for so long ([`SeriesEvent::Stale`]) while the connection lives, and begins its session
    /// anew after twice that time. Judged only while the market is open, by the hours, holidays and time zone that the server
    /// describes the symbol with and by the server's clock; one whose hours cannot be read is never told. Default: never.
    ///
    /// A market that is open may be silent because nobody trades: choose a time that the symbol does not reach by itself.
    #[must_use]
    pub fn stale_after(mut self, silence: Duration) -> Self {
        self.stale_after = Some(silence);
        self
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        if self.stale_after == Some(Duration::ZERO) {
            let reason = "let silence last longer than nothing";
            return Err(RequestError::Misuse { reason });
        }
        if self.timezone.as_deref() == Some("") {
            let reason = "give the time zone a name";
            return Err(RequestError::Misuse { reason });
        }
        self.window.check()
    }

    /// Whether bars that have closed may change or go, as those made of price moves do. They cannot be healed, only
    /// replaced.
    pub(crate) fn repaints(&self) -> bool {
        self.descriptor.repaints()
            || matches!(
                self.interval.unit(),
                IntervalUnit::Tick | IntervalUnit::Range
            )
    }
}

/// Which bars of the past to load, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRequest(pub(crate) SeriesRequest);

impl HistoryRequest {
    /// Asks for all bars of a symbol that the server gives, adjusted for splits.
    #[must_use]
    pub fn new(symbol: Symbol, interval: Interval) -> Self {
        Self::with_descriptor(SymbolDescriptor::new(symbol), interval)
    }

    /// The same for a symbol with options of your own.
    #[must_use]
    pub fn with_descriptor(descriptor: SymbolDescriptor, interval: Interval) -> Self {
        let mut request = SeriesRequest::with_descriptor(descriptor, interval);
        request.window = Window::All;
        request.follow = false;
        Self(request.timeout(Duration::from_secs(120)))
    }

    /// The newest bars only, this many; 1,000,000 at most.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.0.window = Window::Count(bars);
        self
    }

    /// The newest bars that open before a time, this many; 1,000,000 at most. The time in Unix seconds, UTC.
    #[must_use]
    pub fn before(mut self, time: i64, bars: usize) -> Self {
        self.0.window = Window::Before { time, count: bars };
        self
    }

    /// The bars that open at `from` or later, and before `to`. Both in Unix seconds, UTC. Ranges that are deeper
    /// than one answer are loaded in several requests.
    #[must_use]
    pub fn between(mut self, from: i64, to: i64) -> Self {
        self.0.window = Window::Between { from, to };
        self
    }

    /// How long to wait for all of it. Default 120 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }
}

/// How far the loading of a history is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Progress {
    /// Answers of the server that are complete. They begin anew if the connection is lost meanwhile.
    pub pages: u32,
    /// Bars in them, each time once. There may be more of them than asked for.
    pub bars: usize,
}

/// Bars of the past.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// What the server knows of the symbol.
    pub info: SymbolInfo,
    /// The bars, oldest first, each time once. The newest may be still open.
    pub bars: Vec<Bar>,
    /// How fresh the data is: `streaming`, `delayed_streaming_900` (seconds), ….
    pub update_mode: String,
    /// Why there are no earlier bars: `end` where history begins, `limit` where the account may not see more, `None`
    /// if there are, or if the server did not say.
    pub data_completed: Option<String>,
}

/// Why closed bars are missing and will not come.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// The account may not see bars that old.
    HistoryLimit,
    /// The server's history begins later.
    HistoryBegins,
    /// The server did not answer the request for earlier bars.
    NotAnswered,
    /// The reader was too slow, and the bars could not be loaded again.
    SlowConsumer,
}

/// News of a series.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesEvent {
    /// The bar that is still open, as it is now. States that nobody has read are skipped.
    Open(Bar),
    /// A bar that is complete: a later one has begun, or the server's clock has passed its end. Each comes once, in
    /// order, interruptions or not.
    Closed(Bar),
    /// The server has changed a bar that was closed, or added it when later ones were closed.
    Revised(Bar),
    /// Closed bars that opened after `from` and before `to`, if there were any, are missing and will not come. Both
    /// in Unix seconds, UTC: `from` is the last bar before, `to` the first behind.
    Gap {
        /// Open time of the last bar before.
        from: i64,
        /// Open time of the first bar behind.
        to: i64,
        /// Why they are missing.
        reason: GapReason,
    },
    /// The series is interrupted and is being restored: what was told stays true, but is not the newest.
    Reconnecting,
    /// The series goes on. What closed meanwhile follows, this many bars.
    Resumed {
        /// How many.
        backfilled: usize,
    },
    /// Everything before is void, these are the bars now, the last one open. For series of ticks or price moves, whose past
    /// depends on where it was begun, after each interruption; for others if the past is another one after it: the server
    /// means another symbol by the name, with other bars, or has adjusted all prices by one factor, for a split or a dividend (of half a
    /// percent at least: what is less shows as revisions of the bars that are kept).
    Reset(Vec<Bar>),
    /// The data is fresher or later than before: `streaming`, `delayed_streaming_900` (seconds), …. A session that has
    /// lost its rights may be served delayed data.
    UpdateMode(String),
    /// A replay has reached the present, or the end of what it may show.
    ReplayEnded,
    /// The series is silent for longer than [`SeriesRequest::stale_after`], over when a bar comes; or it could not be restored
    /// several times, and is tried again, which ends with `Resumed`.
    Stale {
        /// How long ago data came last.
        age: Duration,
    },
    /// The reader was too slow, and this many events before the next one, closed bars or others, are lost.
    Lagged {
        /// How many.
        dropped: u64,
    },
    /// A message for this series could not be understood and was skipped. What it said is asked for again.
    Skipped {
        /// What is wrong with it.
        reason: String,
    },
    /// The server refuses the session. The last event.
    Failed(RequestError),
    /// The connection has ended. The last event.
    Ended(ClientError),
}

/// A series: its history, and a stream of what follows.
///
/// Closed bars wait for the reader in a bounded queue of 8,192; the open bar is conflated. Dropping it ends the
/// session at the server, unless it has another [reader](Self::reader).
#[derive(Debug)]
pub struct Series {
    pub(crate) loaded: Box<History>,
    /// What was asked for.
    pub(crate) request: SeriesRequest,
    pub(crate) queue: Shared<SeriesQueue>,
    /// Bars that were not taken in time and are being loaded again.
    pub(crate) refill: Option<Refill>,
    /// Ends the session when the last reader drops it.
    pub(crate) subscription: Reading,
}

impl Series {
    /// What the server knows of the symbol.
    #[must_use]
    pub fn info(&self) -> &SymbolInfo {
        &self.loaded.info
    }

    /// The history, oldest bar first, each time once. The last bar may be still open.
    #[must_use]
    pub fn history(&self) -> &[Bar] {
        &self.loaded.bars
    }

    /// Takes the history out, to save a copy.
    #[must_use]
    pub fn take_history(&mut self) -> Vec<Bar> {
        std::mem::take(&mut self.loaded.bars)
    }

    /// How fresh the data is: `streaming`, `delayed_streaming_900` (seconds), ….
    #[must_use]
    pub fn update_mode(&self) -> &str {
        &self.loaded.update_mode
    }

    /// Why there is no earlier history: `end` where it begins, `limit` where the account may not see more,
    /// `None` if there is.
    #[must_use]
    pub fn data_completed(&self) -> Option<&str> {
        self.loaded.data_completed.as_deref()
    }

    /// Loads this many bars that are earlier than all that the series has given, oldest first. Fewer, or none, where there are
    /// no more. More, if the connection is not the first: what the server then sends beyond is given, too. Events go on
    /// meanwhile.
    ///
    /// Cancel-safe: what comes for a dropped future is dropped, too, and the next call gives what is earlier still.
    ///
    /// # Errors
    ///
    /// If no bar is asked for, or more than 1,000,000; if the series has failed, or if the client was closed.
    pub async fn fetch_more(&mut self, bars: usize) -> Result<Vec<Bar>, RequestError> {
        Window::Count(bars).check()?;
        let call = self.subscription.call();
        self.queue.change(|queue| queue.call(call));
        self.subscription.fetch_more(call, bars).await?;
        let take = |queue: &mut SeriesQueue| queue.take_older(call);
        let older = poll_fn(|context| self.queue.poll(context, take)).await?;
        if older.data_completed.is_some() {
            self.loaded.data_completed = older.data_completed;
        }
        Ok(older.bars)
    }

    /// Another reader of the same series, with a queue of its own: however slow one is, the others do not notice. The series
    /// ends at the server when the last of its readers is dropped.
    ///
    /// Its [history](Self::history) is what the series has kept, [`SeriesRequest::keep`] closed bars and the open one, and
    /// its events are those that follow. Earlier bars come once: each [`fetch_more`](Self::fetch_more) gives those before all
    /// that any of the readers was given. Of two calls at a time the later one wins, and the other gets no answer before it
    /// is repeated.
    ///
    /// Cancel-safe: a dropped future has done nothing.
    ///
    /// # Errors
    ///
    /// If the series has failed, or if the client has ended.
    pub async fn reader(
        &self,
        overflow: Overflow,
        max_waiting: usize,
    ) -> Result<Self, RequestError> {
        let queue = Shared::new(SeriesQueue::new(overflow, max_waiting));
        let subscription = self.subscription.clone();
        let readers = Sink::Series(subscription.feed(queue.clone()).into());
        subscription.join(readers).await?;
        let mut loaded = poll_fn(|context| queue.poll(context, SeriesQueue::take_loaded)).await?;
        loaded.info = self.loaded.info.clone();
        loaded
            .data_completed
            .clone_from(&self.loaded.data_completed);
        Ok(Self {
            loaded,
            request: self.request.clone().overflow(overflow),
            queue,
            refill: None,
            subscription,
        })
    }

    /// Has the server compute a study of the series. Returns at once; what it computes, and refusals, come as events.
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If the study has no name, or if the client has ended.
    pub async fn study(&self, request: StudyRequest) -> Result<Study, RequestError> {
        request.check()?;
        let subscription = self.subscription.another();
        let queue = Shared::new(StudyQueue::default());
        let command = Command::Study {
            subscription: subscription.id(),
            series: self.subscription.id(),
            request,
            feed: subscription.feed(queue.clone()),
        };
        subscription.send(command).await?;
        Ok(Study {
            queue,
            subscription,
        })
    }

    /// The next event; `None` after the last.
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<SeriesEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &Context<'_>) -> Poll<Option<SeriesEvent>> {
        loop {
            if let Some(refill) = &mut self.refill {
                match ready!(refill.poll(context)) {
                    Some(event) => return Poll::Ready(Some(event)),
                    None => self.refill = None,
                }
            }
            match ready!(self.queue.poll(context, SeriesQueue::take)) {
                Some(Taken::Event(event)) => return Poll::Ready(Some(event)),
                Some(Taken::Missed { from, to }) => {
                    let refill = Refill::new(&self.subscription, &self.request, from, to);
                    self.refill = Some(refill);
                }
                None => return Poll::Ready(None),
            }
        }
    }

    /// Ends the series, like dropping it.
    pub fn close(self) {}
}

impl futures_core::Stream for Series {
    type Item = SeriesEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SeriesEvent>> {
        self.get_mut().poll_event(context)
    }
}
