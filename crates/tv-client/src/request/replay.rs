//! The request for a replay, and the commands that steer one.

use std::time::Duration;

use protocol::{
    interval::Interval,
    symbol::{Adjustment, Symbol, SymbolDescriptor, SymbolError, TradingSession},
    time::{TimeError, Timestamp},
};

use super::{
    quote::to_symbol,
    series::{SeriesRequest, to_time},
};
use crate::error::RequestError;

/// What to replay, and from which time.
///
/// With the feature `serde`, a request is written and read as a map of its options. Absent ones
/// have their defaults, unknown ones are refused.
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::{Adjustment, Interval, ReplayRequest, TradingSession};
///
/// let request = ReplayRequest::new("NASDAQ:AAPL", Interval::MINUTE, "2024-01-31T14:30:00Z")?
///     .count(1_000)
///     .adjustment(Adjustment::Dividends)
///     .trading_session(TradingSession::Extended)
///     .timeout(Duration::from_secs(10))
///     .throttle(Duration::from_millis(250))
///     .debounce(Duration::from_millis(20), Duration::from_secs(1));
/// # Ok::<(), tv_client::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRequest(pub(crate) SeriesRequest);

impl ReplayRequest {
    /// Starts a replay at `time`, with 300 bars before it.
    ///
    /// The time can be a [`Timestamp`], a `SystemTime`, a text such as `2024-01-31` (midnight UTC)
    /// or `2024-01-31T14:30:00Z`, or Unix seconds.
    ///
    /// ```
    /// use tv_client::{Interval, ReplayRequest};
    ///
    /// let request = ReplayRequest::new("NASDAQ:AAPL", Interval::DAY, "2024-01-31")?;
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol or a time. Milliseconds are refused.
    pub fn new<S, T>(symbol: S, interval: Interval, time: T) -> Result<Self, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
        T: TryInto<Timestamp, Error: Into<TimeError>>,
    {
        let descriptor = SymbolDescriptor::new(to_symbol(symbol)?);
        Ok(Self::with_descriptor(descriptor, interval, to_time(time)?))
    }

    /// Makes the request for a symbol with options.
    ///
    /// ```
    /// use tv_client::{Interval, ReplayRequest, Symbol, SymbolDescriptor, Timestamp};
    ///
    /// let symbol = SymbolDescriptor::new(Symbol::new("CME:ES1!")?).back_adjustment(true);
    /// let time = Timestamp::from_seconds(1_706_659_200);
    /// let request = ReplayRequest::with_descriptor(symbol, Interval::DAY, time);
    /// # Ok::<(), tv_client::SymbolError>(())
    /// ```
    #[must_use]
    pub fn with_descriptor(
        descriptor: SymbolDescriptor,
        interval: Interval,
        time: Timestamp,
    ) -> Self {
        let mut request = SeriesRequest::with_descriptor(descriptor, interval);
        request.replay = Some(time);
        Self(request)
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

    /// Sets how many bars are loaded before the start. Default 300.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.0 = self.0.count(bars);
        self
    }

    /// How long to wait for any answer of the server. Default 30 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0 = self.0.timeout(timeout);
        self
    }

    /// How long the stream pauses after it has delivered a change of the open bar; see
    /// [`SeriesRequest::throttle`]. Default: no pause.
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.0 = self.0.throttle(pause);
        self
    }

    /// Holds changes of the open bar until none has arrived for `quiet`, for at most `longest`; see
    /// [`SeriesRequest::debounce`]. Default: everything at once.
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.0 = self.0.debounce(quiet, longest);
        self
    }
}

/// A command to a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplayCommand {
    Step(i64),
    /// Milliseconds between bars.
    Start(i64),
    Stop,
}
