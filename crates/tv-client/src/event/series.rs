//! The events of a series, and the history that comes before them.

use std::{fmt, time::Duration};

use protocol::{
    bar::Bar,
    message::server::{HistoryEnd, OddRow},
    quote::UpdateMode,
    redact::Secrets,
    symbol_info::SymbolInfo,
    time::Timestamp,
};

use crate::error::{RequestError, redact};

/// The progress of loading a history.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Progress {
    /// Complete answers of the server. The count restarts if the connection is lost meanwhile.
    pub pages: u32,
    /// Bars in those answers, one for each open time. There may be more than requested.
    pub bars: usize,
}

/// Bars of the past.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    /// What the server knows of the symbol.
    pub info: SymbolInfo,
    /// The bars, oldest first, one for each open time. [`closed_bars`](Self::closed_bars) are those
    /// that no longer change.
    pub bars: Vec<Bar>,
    /// Whether the last bar is still open, so that it may change. It has closed if a later bar has
    /// begun or the server's clock has passed its end.
    pub is_last_open: bool,
    /// Whether the data comes in real time or delayed. Its name is empty if the server gave none.
    pub update_mode: UpdateMode,
    /// Whether all bars that were requested are here, and if not, why.
    pub completeness: Completeness,
    /// Why the server has no earlier bars, even if the history is complete. `None` if it has some,
    /// or did not say.
    pub data_completed: Option<HistoryEnd>,
    /// Rows of the answer that could not be read and are missing in `bars`: the first 1,000. After
    /// them, one entry for each place where the server left bars out, even when they were requested
    /// again.
    pub skipped_rows: Vec<SkippedRow>,
}

impl History {
    /// Hides secrets in the server's words.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        self.completeness.redact(secrets);
        redact_mode(&mut self.update_mode, secrets);
        redact_end(self.data_completed.as_mut(), secrets);
        for row in &mut self.skipped_rows {
            row.redact(secrets);
        }
    }
}

impl History {
    /// Makes a complete history of closed, real-time bars, for tests of an application.
    ///
    /// ```
    /// use tv_client::History;
    ///
    /// let mut history = History::new(Vec::new());
    /// history.info.description = Some("A company".to_owned());
    /// assert_eq!(history.open_bar(), None);
    /// ```
    #[must_use]
    pub fn new(bars: Vec<Bar>) -> Self {
        Self {
            info: SymbolInfo::default(),
            bars,
            is_last_open: false,
            update_mode: UpdateMode::Streaming,
            completeness: Completeness::Complete,
            skipped_rows: Vec::new(),
            data_completed: None,
        }
    }

    /// The bars that have closed, oldest first.
    ///
    /// ```
    /// # use tv_client::{History, HistoryRequest, Interval, RequestError};
    /// # async fn run(client: tv_client::Client) -> Result<(), RequestError> {
    /// let history = client.history(HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?).await?;
    /// for bar in history.closed_bars() {
    ///     println!("{} {}", bar.time, bar.close);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn closed_bars(&self) -> &[Bar] {
        match self.bars.split_last() {
            Some((_, closed)) if self.is_last_open => closed,
            _ => &self.bars,
        }
    }

    /// The last bar, if it is still open.
    #[must_use]
    pub fn open_bar(&self) -> Option<&Bar> {
        self.bars.last().filter(|_| self.is_last_open)
    }
}

/// Hides secrets in the server's name for a mode.
pub(crate) fn redact_mode(mode: &mut UpdateMode, secrets: &Secrets) {
    if let UpdateMode::Other(name) = mode {
        *name = secrets.hide(name).into();
    }
}

/// Hides secrets in the server's name for a reason.
pub(crate) fn redact_end(end: Option<&mut HistoryEnd>, secrets: &Secrets) {
    if let Some(HistoryEnd::Other(name)) = end {
        *name = secrets.hide(name).into();
    }
}

/// A row of an answer that could not be read.
///
/// `Display` writes it for people, such as `the row at index 7, time 2026-11-30T09:00:00Z: invalid
/// length 2, expected the five or six values of a bar`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SkippedRow {
    /// Its place on the chart's time scale, if that could be read.
    pub index: Option<i64>,
    /// When its bar opens, if that could be read.
    pub time: Option<Timestamp>,
    /// What is wrong with it.
    pub reason: String,
}

impl SkippedRow {
    /// Makes a row without index and time, for tests of an application.
    ///
    /// ```
    /// use tv_client::{SkippedRow, Timestamp};
    ///
    /// let mut row = SkippedRow::new("not a row");
    /// row.time = Some(Timestamp::from_seconds(60));
    /// assert_eq!(row.to_string(), "the row of time 1970-01-01T00:01:00Z: not a row");
    /// ```
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            index: None,
            time: None,
            reason: reason.into(),
        }
    }

    pub(crate) fn of(row: &OddRow<'_>) -> Self {
        Self {
            index: row.index,
            time: row.time,
            reason: row.error.to_string(),
        }
    }

    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        redact(&mut self.reason, secrets);
    }
}

impl fmt::Display for SkippedRow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            time,
            reason,
        } = self;
        match (index, time) {
            (Some(index), Some(time)) => write!(out, "the row at index {index}, time {time}")?,
            (Some(index), None) => write!(out, "the row at index {index}")?,
            (None, Some(time)) => write!(out, "the row of time {time}")?,
            (None, None) => out.write_str("a row")?,
        }
        write!(out, ": {reason}")
    }
}

/// Whether a history holds all bars that were requested, and if not, why.
///
/// [`Display`](fmt::Display) is for people, [`as_str`](Self::as_str) for programs.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Completeness {
    /// All bars that were requested. A request for all bars is complete when they begin where the
    /// server's history begins.
    #[default]
    Complete,
    /// The server's history begins later.
    StartOfData,
    /// The account may not see earlier bars.
    LimitOfPlan,
    /// The server answered without earlier bars and gave no reason.
    NothingEarlier,
    /// The server did not answer the request for earlier bars.
    PageUnanswered,
    /// Any other reason, in the server's words, safe to print.
    Other(Box<str>),
}

impl Completeness {
    /// Whether all bars that were requested are there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        *self == Self::Complete
    }

    /// Hides secrets in the server's words.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        if let Self::Other(reason) = self {
            *reason = secrets.hide(reason).into();
        }
    }

    /// A name for programs: `complete`, `start_of_data`, `limit_of_plan`, `nothing_earlier`,
    /// `page_unanswered`, or the server's words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Complete => "complete",
            Self::StartOfData => "start_of_data",
            Self::LimitOfPlan => "limit_of_plan",
            Self::NothingEarlier => "nothing_earlier",
            Self::PageUnanswered => "page_unanswered",
            Self::Other(reason) => reason,
        }
    }
}

/// For people: `complete`, `the account may not see earlier bars`, ….
impl fmt::Display for Completeness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Complete => "complete",
            Self::StartOfData => "the server's history begins there",
            Self::LimitOfPlan => "the account may not see earlier bars",
            Self::NothingEarlier => "the server sent no earlier bars and gave no reason",
            Self::PageUnanswered => "the server did not answer the request for earlier bars",
            Self::Other(reason) => reason,
        })
    }
}

/// Why closed bars are missing and will not arrive.
///
/// `Display` writes it for people, such as `the server's history begins later`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum GapReason {
    /// The account may not see bars that old.
    HistoryLimit,
    /// The server's history begins later.
    HistoryBegins,
    /// The server did not answer the request for earlier bars.
    NotAnswered,
    /// The server left the bars out of its answer, even when they were requested again.
    LeftOut,
    /// The reader was too slow, and the bars could not be loaded again.
    SlowConsumer,
}

impl fmt::Display for GapReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::HistoryLimit => "the account may not see bars that old",
            Self::HistoryBegins => "the server's history begins later",
            Self::NotAnswered => "the server did not answer the request for them",
            Self::LeftOut => "the server left them out of its answers",
            Self::SlowConsumer => "the reader was too slow, and they could not be loaded again",
        })
    }
}

/// An event of a series.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum SeriesEvent {
    /// The newest state of the bar that is still open. States that the reader did not take in time
    /// are skipped.
    Open(Bar),
    /// A complete bar: a later one has started, or the server's clock has passed its end. Each is
    /// delivered once and in order, across interruptions too.
    Closed(Bar),
    /// The server changed a closed bar, or added one after later bars had closed.
    Revised(Bar),
    /// Closed bars that opened after `from` and before `to`, if there were any, are missing and
    /// cannot be recovered. A gap within the bars that follow `Resumed` comes between its two bars.
    Gap {
        /// Open time of the last bar before the gap.
        from: Timestamp,
        /// Open time of the first bar after the gap.
        to: Timestamp,
        /// Why they are missing.
        reason: GapReason,
    },
    /// The series is interrupted and is being restored. Delivered bars stay valid, but newer ones
    /// may be missing until `Resumed`.
    Reconnecting,
    /// The client waits before it tries again, because the server has ended the session, does not
    /// allow another one yet, or does not answer. [`Resumed`](Self::Resumed) follows when the
    /// series is restored.
    Suspended {
        /// The server's words, safe to print.
        reason: String,
        /// How long after this event the client tries again.
        #[cfg_attr(feature = "serde", serde(with = "::transport::seconds"))]
        retry_in: Duration,
    },
    /// The series continues. The bars that closed meanwhile follow.
    Resumed {
        /// The number of bars that follow.
        backfilled: usize,
    },
    /// These bars replace all earlier ones; the last one is open.
    ///
    /// Series of ticks or price moves are reset after each interruption, because their past depends
    /// on where it starts. Other series are reset if their past has changed, live or during an
    /// interruption:
    ///
    /// - The name now means another symbol.
    /// - The server has adjusted all prices by one factor of at least half a percent, for a split
    ///   or a dividend.
    /// - At least ten of the closed bars that the client [keeps](crate::SeriesRequest::keep), and
    ///   more than half of them, have changed.
    ///
    /// Fewer changes arrive as `Revised`, each.
    /// [`Series::modify`](crate::Series::modify) resets a series, too.
    Reset(Vec<Bar>),
    /// The delay of the data has changed. A session that has lost its rights may receive delayed
    /// data.
    UpdateMode(UpdateMode),
    /// A replay has reached the present, or the end of what it may show.
    ReplayEnded,
    /// No data has arrived for longer than
    /// [`SeriesRequest::stale_after`](crate::SeriesRequest::stale_after); the next bar ends this
    /// state. Also emitted if several attempts to restore the series have failed; the client tries
    /// again, until `Resumed`. A replay emits it if no bar follows a command for as long as an
    /// answer may take, or for three pauses between bars if that is longer.
    Stale {
        /// The time since the last data.
        #[cfg_attr(feature = "serde", serde(with = "::transport::seconds"))]
        age: Duration,
    },
    /// The reader was too slow, and this many events before the next one, closed bars or others,
    /// are lost.
    Lagged {
        /// How many events.
        dropped: u64,
    },
    /// A message for this series could not be understood and was skipped. The client requests its
    /// data again.
    Skipped {
        /// What is wrong with it.
        reason: String,
    },
    /// The stream has ended, because the server refuses it or the connection has ended. This is the
    /// last event; `None` follows.
    Ended(RequestError),
}

impl SeriesEvent {
    /// The event, or the error that ended the stream, so that `?` works in a loop.
    ///
    /// ```no_run
    /// # use tv_client::{Series, RequestError, SeriesEvent};
    /// # async fn run(mut series: Series) -> Result<(), RequestError> {
    /// while let Some(event) = series.next().await {
    ///     if let SeriesEvent::Closed(bar) = event.into_result()? {
    ///         println!("{}: {}", bar.time, bar.close);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If it is [`Ended`](Self::Ended).
    pub fn into_result(self) -> Result<Self, RequestError> {
        match self {
            Self::Ended(error) => Err(error),
            event => Ok(event),
        }
    }

    /// Whether no event follows this one: the stream has [`Ended`](Self::Ended).
    #[must_use]
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}
