//! The requests for a series and for a history.

use std::time::Duration;

use protocol::{
    bar::Bar,
    interval::{Interval, IntervalUnit},
    symbol::{Adjustment, Symbol, SymbolDescriptor, SymbolError, TradingSession},
    time::{TimeError, TimeRange, Timestamp},
};

use super::{cadence::Cadence, overflow::Overflow, quote::to_symbol};
use crate::{
    bounds::{MAX_HISTORY, MAX_WAITING},
    error::RequestError,
};

/// Closed bars that a series keeps to recognise revisions, by default.
const KEEP: usize = 500;

/// Closed bars in the table of a series, by default: about what guests get of intraday intervals,
/// twice.
const RETAIN: usize = 10_000;

/// Which bars to load before the live bars follow.
///
/// With the feature `serde`, a request is written and read as a map of its options. Absent ones
/// have their defaults, unknown ones are refused.
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::{Adjustment, Interval, Overflow, SeriesRequest, TradingSession};
///
/// let request = SeriesRequest::new("NASDAQ:AAPL", Interval::minutes(5))?
///     .count(2_000)
///     .adjustment(Adjustment::Dividends)
///     .trading_session(TradingSession::Extended)
///     .timezone("America/New_York")
///     .timeout(Duration::from_secs(10))
///     .keep(1_000)
///     .retain(5_000)
///     .throttle(Duration::from_millis(250))
///     .debounce(Duration::from_millis(20), Duration::from_secs(1))
///     .overflow(Overflow::Refill)
///     .max_waiting(1_000)
///     .stale_after(Duration::from_secs(900));
/// # Ok::<(), tv_client::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    pub(crate) descriptor: SymbolDescriptor,
    pub(crate) interval: Interval,
    pub(crate) window: Window,
    pub(crate) timeout: Duration,
    pub(crate) keep: usize,
    /// How many closed bars the current table holds.
    pub(crate) retain: usize,
    /// Whether live bars follow the history.
    pub(crate) follow: bool,
    /// When a replay begins.
    pub(crate) replay: Option<Timestamp>,
    pub(crate) cadence: Cadence,
    pub(crate) overflow: Overflow,
    pub(crate) max_waiting: usize,
    pub(crate) timezone: Option<String>,
    pub(crate) stale_after: Option<Duration>,
    /// Whether the progress of the history is reported.
    pub(crate) progress: bool,
}

/// Which part of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The newest bars.
    Count(usize),
    /// The newest that open before a time.
    Before { time: Timestamp, count: usize },
    /// Those that open from one time on and before the other.
    Between(TimeRange),
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
            Self::Between(range) => bars.retain(|bar| range.contains(bar.time)),
        }
        bars
    }

    pub(crate) fn check(self) -> Result<(), RequestError> {
        let reason = match self {
            Self::Count(0) | Self::Before { count: 0, .. } => "ask for at least one bar",
            Self::Count(count) | Self::Before { count, .. } if count > MAX_HISTORY => {
                "ask for at most 1,000,000 bars at a time, and for the others by `before` or `fetch_more`"
            }
            _ => return Ok(()),
        };
        Err(RequestError::Misuse { reason })
    }
}

impl SeriesRequest {
    /// Requests the last 300 bars of a symbol, adjusted for splits, and the live bars after them.
    ///
    /// ```
    /// use tv_client::{Interval, SeriesRequest};
    ///
    /// let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(500);
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol.
    pub fn new<S>(symbol: S, interval: Interval) -> Result<Self, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        let symbol = to_symbol(symbol)?;
        let descriptor = SymbolDescriptor::new(symbol);
        Ok(Self::with_descriptor(descriptor, interval))
    }

    /// Makes the request for a symbol with options.
    ///
    /// ```
    /// use tv_client::{Interval, SeriesRequest, Symbol, SymbolDescriptor};
    ///
    /// let symbol = SymbolDescriptor::new(Symbol::new("CME:ES1!")?).back_adjustment(true);
    /// let request = SeriesRequest::with_descriptor(symbol, Interval::DAY);
    /// # Ok::<(), tv_client::SymbolError>(())
    /// ```
    #[must_use]
    pub fn with_descriptor(descriptor: SymbolDescriptor, interval: Interval) -> Self {
        Self {
            descriptor,
            interval,
            window: Window::Count(300),
            timeout: Duration::from_secs(30),
            keep: KEEP,
            retain: RETAIN,
            follow: true,
            replay: None,
            cadence: Cadence::default(),
            overflow: Overflow::DropOldest,
            max_waiting: MAX_WAITING,
            timezone: None,
            stale_after: None,
            progress: false,
        }
    }

    /// Adjusts past prices for other events. Default: stock splits.
    #[must_use]
    pub fn adjustment(mut self, adjustment: Adjustment) -> Self {
        self.descriptor = self.descriptor.adjustment(adjustment);
        self
    }

    /// Requests the bars of a trading session. By default the server decides, and sends regular
    /// hours.
    #[must_use]
    pub fn trading_session(mut self, session: TradingSession) -> Self {
        self.descriptor = self.descriptor.trading_session(session);
        self
    }

    /// Requests this many bars of history, 1,000,000 at most. The server sends fewer where history
    /// begins, or where the account may not see more: guests get all daily bars and about 5,000 of
    /// shorter intervals. More than 10,000 are loaded in several requests.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.window = Window::Count(bars);
        self
    }

    /// How long to wait for the history. Default 30 s. A request that gets no answer is sent up to
    /// four times within it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many closed bars to keep, at 56 bytes each, to recognise revisions of them after an
    /// interruption. Default 500; at least 1.
    #[must_use]
    pub fn keep(mut self, bars: usize) -> Self {
        self.keep = bars;
        self
    }

    /// Sets how many closed bars [`Series::bars`](crate::Series::bars) holds, at 56 bytes each; the
    /// newest ones. Default 10,000. With 0 the series keeps no table, which saves the memory.
    #[must_use]
    pub fn retain(mut self, bars: usize) -> Self {
        self.retain = bars;
        self
    }

    /// Sets the time zone in which days begin, by its IANA name, or `exchange`. Default: the
    /// server's own choice, the exchange's.
    #[must_use]
    pub fn timezone(mut self, name: impl Into<String>) -> Self {
        self.timezone = Some(name.into());
        self
    }

    /// How long the stream pauses after it has delivered a change of the open bar, so that more
    /// changes are merged into the next one. Closed bars and all other events are delivered at once
    /// and in order. Default: no pause.
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.cadence.throttle = pause;
        self
    }

    /// Holds changes of the open bar until none has arrived for `quiet`, for at most `longest`,
    /// then delivers the newest. Closed bars and all other events are delivered at once and in
    /// order; a bar that closes makes the change that is held needless. Default: everything at
    /// once.
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        (self.cadence.quiet, self.cadence.longest) = (quiet, longest);
        self
    }

    /// Sets what happens to closed bars that the reader does not take in time. Default
    /// [`Overflow::DropOldest`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many events may wait for the reader, closed bars nearly all of them. Default 8,192,
    /// about 0.6 MB; never more than 8 MiB.
    #[must_use]
    pub fn max_waiting(mut self, events: usize) -> Self {
        self.max_waiting = events;
        self
    }

    /// Reports a series that is silent for this long while the connection lives
    /// ([`SeriesEvent::Stale`](crate::SeriesEvent::Stale)), and renews its session after twice that
    /// time. Default: never.
    ///
    /// Silence counts only while the market is open, by the server's clock and the hours, holidays
    /// and time zone that it describes the symbol with. A symbol whose hours cannot be parsed is
    /// never reported.
    ///
    /// An open market can be silent for lack of trades. Choose a time longer than its usual pauses.
    #[must_use]
    pub fn stale_after(mut self, silence: Duration) -> Self {
        self.stale_after = Some(silence);
        self
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        if self.stale_after == Some(Duration::ZERO) {
            let reason = "`stale_after` must be longer than zero";
            return Err(RequestError::Misuse { reason });
        }
        if self.timezone.as_deref() == Some("") {
            let reason = "give the time zone a name";
            return Err(RequestError::Misuse { reason });
        }
        self.overflow.check_series(self.max_waiting)?;
        self.window.check()
    }

    /// Whether bars that have closed may change or go, as those made of price moves do. They cannot
    /// be recovered, only replaced.
    pub(crate) fn repaints(&self) -> bool {
        self.descriptor.repaints()
            || matches!(
                self.interval.unit(),
                IntervalUnit::Tick | IntervalUnit::Range
            )
    }
}

/// Which bars of the past to load, once.
///
/// With the feature `serde`, a request is written and read as a map of its options. Absent ones
/// have their defaults, unknown ones are refused.
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::{Adjustment, HistoryRequest, Interval, TradingSession};
///
/// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::HOUR)?
///     .count(10_000)
///     .adjustment(Adjustment::None)
///     .trading_session(TradingSession::Extended)
///     .timeout(Duration::from_secs(60));
/// # Ok::<(), tv_client::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRequest(pub(crate) SeriesRequest);

impl HistoryRequest {
    /// Requests all bars of a symbol that the server has, adjusted for splits.
    ///
    /// ```
    /// use tv_client::{HistoryRequest, Interval};
    ///
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(500);
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol.
    pub fn new<S>(symbol: S, interval: Interval) -> Result<Self, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        let symbol = to_symbol(symbol)?;
        let descriptor = SymbolDescriptor::new(symbol);
        Ok(Self::with_descriptor(descriptor, interval))
    }

    /// Makes the request for a symbol with options.
    ///
    /// ```
    /// use tv_client::{ChartType, HistoryRequest, Interval, Symbol, SymbolDescriptor};
    ///
    /// let symbol = SymbolDescriptor::new(Symbol::new("NASDAQ:AAPL")?);
    /// let averaged = symbol.chart_type(ChartType::HeikinAshi);
    /// let request = HistoryRequest::with_descriptor(averaged, Interval::DAY);
    /// # Ok::<(), tv_client::SymbolError>(())
    /// ```
    #[must_use]
    pub fn with_descriptor(descriptor: SymbolDescriptor, interval: Interval) -> Self {
        let mut request = SeriesRequest::with_descriptor(descriptor, interval);
        request.window = Window::All;
        request.follow = false;
        request.retain = 0;
        Self(request.timeout(Duration::from_secs(120)))
    }

    /// Adjusts past prices for other events. Default: stock splits.
    #[must_use]
    pub fn adjustment(mut self, adjustment: Adjustment) -> Self {
        self.0 = self.0.adjustment(adjustment);
        self
    }

    /// Requests the bars of a trading session. By default the server decides, and sends regular
    /// hours.
    #[must_use]
    pub fn trading_session(mut self, session: TradingSession) -> Self {
        self.0 = self.0.trading_session(session);
        self
    }

    /// Requests this many of the newest bars, 1,000,000 at most.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.0.window = Window::Count(bars);
        self
    }

    /// Requests this many of the newest bars that open before `time`, 1,000,000 at most.
    ///
    /// The time can be a [`Timestamp`], a `SystemTime`, a text such as `2024-01-31` (midnight UTC)
    /// or `2024-01-31T14:30:00Z`, or Unix seconds.
    ///
    /// ```
    /// use tv_client::{HistoryRequest, Interval};
    ///
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?.before("2024-01-31", 100)?;
    /// // Milliseconds are refused.
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?;
    /// assert!(request.before(1_706_659_200_000_i64, 100).is_err());
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is not a time in seconds; milliseconds are refused.
    pub fn before<T>(mut self, time: T, bars: usize) -> Result<Self, RequestError>
    where
        T: TryInto<Timestamp, Error: Into<TimeError>>,
    {
        let time = to_time(time)?;
        self.0.window = Window::Before { time, count: bars };
        Ok(self)
    }

    /// Requests the bars that open in a range of time. **Its start is included, its end is not**;
    /// either may be open. The client loads a range that exceeds one answer in several requests.
    ///
    /// ```
    /// use tv_client::{HistoryRequest, Interval};
    ///
    /// let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?
    ///     .between("2024-01-01".."2024-07-01")?;
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If an end is not a time in seconds (milliseconds are refused), or if the range is empty.
    pub fn between<R>(mut self, range: R) -> Result<Self, RequestError>
    where
        R: TryInto<TimeRange, Error: Into<TimeError>>,
    {
        let range = range.try_into().map_err(Into::into);
        let range = range.and_then(TimeRange::check);
        self.0.window = Window::Between(range.map_err(RequestError::Time)?);
        Ok(self)
    }

    /// Sets how long to wait for the whole history. Default 120 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }
}

/// Makes a time in seconds of a number, a text or another library's time.
pub(super) fn to_time<T>(time: T) -> Result<Timestamp, RequestError>
where
    T: TryInto<Timestamp, Error: Into<TimeError>>,
{
    let time = time.try_into().map_err(Into::into);
    time.and_then(Timestamp::check).map_err(RequestError::Time)
}
