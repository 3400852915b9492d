//! Bars for applications: history and what follows it.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use protocol::{bar::Bar, message::server::HistoryEnd, quote::UpdateMode, symbol_info::SymbolInfo};
use tokio::sync::oneshot;

use super::{pace::Pace, refill::Refill, study::Study, subscription::ReaderSubscription};
use crate::{
    connection::Command,
    delivery::{SeriesQueue, SharedTable, Taken},
    error::RequestError,
    event::{BarTable, Completeness, History, SeriesEvent, SkippedRow},
    mailbox::Mailbox,
    registry::{Changed, Reply, Shown},
    request::{Overflow, SeriesChange, SeriesRequest, StudyRequest, Window},
};

/// A series: its history, and a stream of what follows.
///
/// Closed bars wait for the reader in a bounded queue of 8,192; the open bar is conflated. Dropping
/// it ends the session at the server, unless it has another [reader](Self::reader).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # fn bar(time: i64, close: f64) -> tv_client::Bar {
/// #     let [open, high, low] = [close; 3];
/// #     let time = tv_client::Timestamp::from_seconds(time);
/// #     tv_client::Bar { time, open, high, low, close, volume: None }
/// # }
/// # let request = tv_client::SeriesRequest::new("NASDAQ:AAPL", tv_client::Interval::DAY)?;
/// # let mut history = tv_client::History::new(vec![bar(0, 1.5), bar(86_400, 2.5)]);
/// # history.is_last_open = true;
/// # let (_sender, mut series) = tv_client::test_util::series(request, history);
/// println!("{:?}, {}", series.info().description, series.update_mode());
/// assert_eq!(series.history().len(), 2);
/// assert_eq!(series.closed_bars().len(), 1);
/// assert_eq!(series.open_bar().map(|bar| bar.close), Some(2.5));
/// if !series.completeness().is_complete() {
///     eprintln!("{}: {:?}", series.completeness(), series.data_completed());
/// }
/// for row in series.skipped_rows() {
///     eprintln!("not read: {row}");
/// }
/// let bars = series.take_history();
/// # assert_eq!(bars.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Series {
    pub(crate) loaded: Box<History>,
    /// What was asked for.
    pub(crate) request: SeriesRequest,
    pub(crate) pace: Pace,
    pub(crate) queue: Mailbox<SeriesQueue>,
    pub(crate) table: SharedTable,
    /// Bars that were not taken in time and are being loaded again.
    pub(crate) refill: Option<Refill>,
    /// Ends the session when the last reader drops it.
    pub(crate) subscription: ReaderSubscription,
}

impl Series {
    /// What the server knows of the symbol.
    #[must_use]
    pub fn info(&self) -> &SymbolInfo {
        &self.loaded.info
    }

    /// The history, oldest bar first, one for each open time. The last bar may still be open; see
    /// [`closed_bars`](Self::closed_bars).
    #[must_use]
    pub fn history(&self) -> &[Bar] {
        &self.loaded.bars
    }

    /// The bars of the history that had closed when it was loaded. Each bar that closes after them
    /// is a [`SeriesEvent::Closed`], so that each closed bar is delivered once.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Series, SeriesEvent};
    /// # async fn run(mut series: Series) -> Result<(), RequestError> {
    /// let mut closes: Vec<f64> = series.closed_bars().iter().map(|bar| bar.close).collect();
    /// while let Some(event) = series.next().await {
    ///     if let SeriesEvent::Closed(bar) = event.into_result()? {
    ///         closes.push(bar.close);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn closed_bars(&self) -> &[Bar] {
        self.loaded.closed_bars()
    }

    /// The last bar of the history, if it was still open when the history was loaded.
    #[must_use]
    pub fn open_bar(&self) -> Option<&Bar> {
        self.loaded.open_bar()
    }

    /// Moves the history out, to save a copy; afterwards [`history`](Self::history) is empty.
    #[must_use]
    pub fn take_history(&mut self) -> Vec<Bar> {
        std::mem::take(&mut self.loaded.bars)
    }

    /// The bars as they are now: the history, brought up to date by all that has arrived since,
    /// also by events that this reader has not taken yet. Bars that closed, revisions, resets and
    /// the bars of [`fetch_more`](Self::fetch_more) are in it, after an interruption too.
    ///
    /// It holds the newest [`SeriesRequest::retain`] closed bars, 10,000 by default, and the open
    /// one. Bars that a [`Gap`](SeriesEvent::Gap) reports missing are missing here. All readers of
    /// the series share the bars. The call copies nothing; if a table is held while a bar closes or
    /// is revised, the client copies the bars once, so drop tables that are out of date.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Series, SeriesEvent};
    /// # async fn run(mut series: Series) -> Result<(), RequestError> {
    /// while let Some(event) = series.next().await {
    ///     if let SeriesEvent::Closed(_) = event.into_result()? {
    ///         let table = series.bars();
    ///         let last = table.closed_bars().iter().rev().take(20);
    ///         let highest = last.map(|bar| bar.high).fold(f64::MIN, f64::max);
    ///         println!("{table}, the highest of the last 20 at {highest}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn bars(&self) -> BarTable {
        self.table.snapshot()
    }

    /// Whether the data comes in real time or delayed. Its name is empty if the server gave none.
    #[must_use]
    pub fn update_mode(&self) -> &UpdateMode {
        &self.loaded.update_mode
    }

    /// Whether the history, or the answer to the last [`fetch_more`](Self::fetch_more), holds all
    /// bars that were requested, and if not, why.
    #[must_use]
    pub fn completeness(&self) -> &Completeness {
        &self.loaded.completeness
    }

    /// Rows of the history, or of the answer to the last [`fetch_more`](Self::fetch_more), that
    /// could not be read: the first 1,000.
    #[must_use]
    pub fn skipped_rows(&self) -> &[SkippedRow] {
        &self.loaded.skipped_rows
    }

    /// Why the server has no earlier history. `None` if it has some, or did not say.
    #[must_use]
    pub fn data_completed(&self) -> Option<&HistoryEnd> {
        self.loaded.data_completed.as_ref()
    }

    /// Loads `bars` bars that are earlier than all delivered ones, and returns them oldest first.
    /// Returns fewer, or none, if no more exist. After a reconnect it may return more, because the
    /// server then sends more. Events continue to arrive.
    ///
    /// ```no_run
    /// # async fn run(mut series: tv_client::Series) -> Result<(), tv_client::RequestError> {
    /// let mut bars = series.take_history();
    /// while bars.len() < 100_000 {
    ///     let older = series.fetch_more(10_000).await?;
    ///     if older.is_empty() {
    ///         eprintln!("no more: {}", series.completeness());
    ///         break;
    ///     }
    ///     bars.splice(0..0, older);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe, but the bars of a dropped future are lost: the next call returns earlier ones.
    ///
    /// # Errors
    ///
    /// If no bar is asked for, or more than 1,000,000; if the series has failed, or if the client
    /// was closed.
    pub async fn fetch_more(&mut self, bars: usize) -> Result<Vec<Bar>, RequestError> {
        Window::Count(bars).check()?;
        let subscription = self.subscription.id();
        let shown = Box::new(Shown::of(&self.request));
        let command = |reply| Command::FetchMore {
            subscription,
            count: bars,
            shown,
            reply,
        };
        let older = self.call(command).await?;
        self.loaded.completeness = older.completeness;
        self.loaded.skipped_rows = older.skipped_rows;
        if older.data_completed.is_some() {
            self.loaded.data_completed = older.data_completed;
        }
        Ok(older.bars)
    }

    /// Shows another symbol, interval or range in the same session. Studies of the series follow:
    /// each gets a [`Snapshot`](crate::StudyEvent::Snapshot). The call returns when the server has
    /// sent the new history, and then this and every other reader has a
    /// [`Reset`](SeriesEvent::Reset) before all other events. [`info`](Self::info),
    /// [`history`](Self::history) and what else describes the series are those of the new one; for
    /// other readers they are when they take the reset. After an interruption the changed series is
    /// restored.
    ///
    /// If the server refuses the change or does not answer, the series stays as it is. A symbol
    /// that does not exist does not interrupt it; a refused interval may, until
    /// [`Resumed`](SeriesEvent::Resumed). Calls of all readers, those of
    /// [`fetch_more`](Self::fetch_more) included, are answered one after the other.
    ///
    /// ```no_run
    /// # use tv_client::{Interval, RequestError, Series, SeriesChange, SeriesEvent};
    /// # async fn run(mut series: Series) -> Result<(), RequestError> {
    /// let change = SeriesChange::new().symbol("NASDAQ:MSFT")?.interval(Interval::HOUR);
    /// match series.modify(change).await {
    ///     Ok(()) => println!("{:?}: {}", series.info().description, series.bars()),
    ///     Err(RequestError::Refused { symbol, reason }) => eprintln!("{symbol}: {reason}"),
    ///     Err(error) => return Err(error),
    /// }
    /// while let Some(event) = series.next().await {
    ///     if let SeriesEvent::Reset(bars) = event.into_result()? {
    ///         println!("{} bars replace all before", bars.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or the change goes on, and a reset
    /// shows when it is done.
    ///
    /// # Errors
    ///
    /// If nothing is to change, or more than 1,000,000 bars are asked for; if the server refuses
    /// the symbol or interval, or does not answer within [`SeriesRequest::timeout`]; if the series
    /// has failed, or if the client was closed.
    pub async fn modify(&mut self, change: SeriesChange) -> Result<(), RequestError> {
        change.check()?;
        let subscription = self.subscription.id();
        let change = Box::new(change);
        let command = |reply| Command::ModifySeries {
            subscription,
            change,
            reply,
        };
        self.call(command).await?;
        if let Some(changed) = self.queue.look(SeriesQueue::pending_change) {
            self.show(*changed);
        }
        Ok(())
    }

    /// Takes over what describes the series after a change.
    fn show(&mut self, changed: Changed) {
        let Changed {
            shown,
            mut history,
            has_info,
        } = changed;
        (self.request.descriptor, self.request.interval) = (shown.descriptor, shown.interval);
        if !has_info {
            history.info = std::mem::take(&mut self.loaded.info);
        }
        *self.loaded = history;
    }

    /// Sends a command and waits for its answer. If the series ends first, the reason is the
    /// answer.
    pub(crate) async fn call<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, RequestError> {
        let (reply, answer) = oneshot::channel();
        self.subscription.send(command(reply)).await?;
        answer.await.unwrap_or_else(|_| {
            let failure = self.queue.look(SeriesQueue::failure);
            Err(failure.unwrap_or_else(|| self.subscription.ended()))
        })
    }

    /// Returns another reader of the same series. It has a queue of its own, so a slow reader does
    /// not affect the others. The series ends at the server when the last of its readers is
    /// dropped.
    ///
    /// Its [history](Self::history) holds the kept bars of the series: [`SeriesRequest::keep`]
    /// closed ones and the open one. Events follow. Each [`fetch_more`](Self::fetch_more) returns
    /// bars before all that any reader has received. Calls of several readers are answered in
    /// order.
    ///
    /// ```no_run
    /// # use tv_client::{Overflow, RequestError, Series};
    /// # async fn run(series: Series) -> Result<(), RequestError> {
    /// // For a slow consumer: bars that it misses are loaded again.
    /// let mut slow = series.reader(Overflow::Refill, 1_000).await?;
    /// tokio::spawn(async move {
    ///     while let Some(event) = slow.next().await {
    ///         println!("{event:?}");
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
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
        overflow.check_series(max_waiting)?;
        let queue = Mailbox::new(SeriesQueue::new(overflow, max_waiting));
        let subscription = self.subscription.clone();
        let reader = subscription.sender(queue.clone()).into();
        subscription.join(reader).await?;
        let mut loaded = poll_fn(|context| queue.poll(context, SeriesQueue::take_loaded)).await?;
        let mut request = self.request.clone().overflow(overflow);
        let mut has_info = false;
        let mut shown = None;
        queue.change(|queue| shown = queue.take_shown());
        if let Some(shown) = shown {
            (request.descriptor, request.interval) = (shown.0.descriptor, shown.0.interval);
            has_info = shown.1;
        }
        if !has_info {
            loaded.info = self.loaded.info.clone();
        }
        if Shown::of(&request) == Shown::of(&self.request) {
            loaded.completeness.clone_from(&self.loaded.completeness);
            loaded
                .data_completed
                .clone_from(&self.loaded.data_completed);
        }
        Ok(Self {
            loaded,
            request,
            pace: Pace::default(),
            queue,
            table: self.table.clone(),
            refill: None,
            subscription,
        })
    }

    /// Changes the pause between deliveries of changes of the open bar; see
    /// [`SeriesRequest::throttle`](crate::SeriesRequest::throttle).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, RequestError, Series};
    /// # async fn run(series: Series) -> Result<(), RequestError> {
    /// // At most four times a second, for a display.
    /// let pause = Duration::from_millis(250);
    /// let display = series.reader(Overflow::DropOldest, 1_000).await?.throttle(pause);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.pace.throttle(pause);
        self
    }

    /// Changes how long changes of the open bar are held back; see
    /// [`SeriesRequest::debounce`](crate::SeriesRequest::debounce).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, RequestError, Series};
    /// # async fn run(series: Series) -> Result<(), RequestError> {
    /// // After each burst, but at least once a second.
    /// let (quiet, longest) = (Duration::from_millis(50), Duration::from_secs(1));
    /// let settled = series.reader(Overflow::DropOldest, 1_000).await?.debounce(quiet, longest);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.pace.debounce(quiet, longest);
        self
    }

    /// Requests a study of the series from the server. Returns at once; values and refusals arrive
    /// as events.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Series, StudyRequest};
    /// # async fn run(series: Series) -> Result<(), RequestError> {
    /// let request = StudyRequest::new("RSI@tv-basicstudies-241").input("length", 14);
    /// let mut study = series.study(request).await?;
    /// while let Some(event) = study.next().await {
    ///     println!("{:?}", event.into_result()?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If the study has no name, or if the client has ended.
    pub async fn study(&self, request: impl Into<StudyRequest>) -> Result<Study, RequestError> {
        Study::request(&self.subscription, request.into(), false).await
    }

    /// Returns the next event, or `None` after the last.
    ///
    /// ```
    /// # use tv_client::SeriesEvent;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # fn bar(time: i64, close: f64) -> tv_client::Bar {
    /// #     let [open, high, low] = [close; 3];
    /// #     let time = tv_client::Timestamp::from_seconds(time);
    /// #     tv_client::Bar { time, open, high, low, close, volume: None }
    /// # }
    /// # let request = tv_client::SeriesRequest::new("NASDAQ:AAPL", tv_client::Interval::DAY)?;
    /// # let mut history = tv_client::History::new(vec![bar(0, 1.5), bar(86_400, 2.5)]);
    /// # history.is_last_open = true;
    /// # let (mut sender, mut series) = tv_client::test_util::series(request, history);
    /// # sender.send(SeriesEvent::Closed(bar(86_400, 3.5)));
    /// # drop(sender);
    /// let mut closes: Vec<f64> = series.closed_bars().iter().map(|bar| bar.close).collect();
    /// while let Some(event) = series.next().await {
    ///     match event {
    ///         SeriesEvent::Closed(bar) => closes.push(bar.close),
    ///         // What depends on an unbroken series begins anew.
    ///         SeriesEvent::Gap { .. } | SeriesEvent::Reset(_) => closes.clear(),
    ///         SeriesEvent::Ended(error) => eprintln!("{error}"),
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(closes, [1.5, 3.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: an event is either returned or stays in the queue.
    pub async fn next(&mut self) -> Option<SeriesEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<SeriesEvent>> {
        loop {
            if let Some(refill) = &mut self.refill {
                match ready!(refill.poll(context)) {
                    Some(event) => return Poll::Ready(Some(event)),
                    None => self.refill = None,
                }
            }
            match ready!(self.pace.poll(&self.queue, context)) {
                Some(Taken::Event(event)) => return Poll::Ready(Some(event)),
                Some(Taken::Changed(changed)) => {
                    let bars = changed.history.bars.clone();
                    self.show(*changed);
                    return Poll::Ready(Some(SeriesEvent::Reset(bars)));
                }
                Some(Taken::Missed { from, to }) => {
                    let refill = Refill::new(&self.subscription, &self.request, from, to);
                    self.refill = Some(refill);
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl futures_core::Stream for Series {
    type Item = SeriesEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SeriesEvent>> {
        self.get_mut().poll_event(context)
    }
}
