//! The events of a series, and the history that comes before them.

use std::time::Duration;

use protocol::{bar::Bar, symbol_info::SymbolInfo};

use crate::error::RequestError;

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

/// An event of a series.
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
    /// The series is silent for longer than [`SeriesRequest::stale_after`](crate::SeriesRequest::stale_after), over when a bar comes; or it could not be restored
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
    /// The stream is over, and why: the server refuses it, or the connection has ended. The last
    /// event; `None` follows.
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
