//! The request for a stream of quotes.

use std::{collections::HashSet, fmt, time::Duration};

use protocol::{
    quote::{ALL_FIELDS, QuoteField},
    symbol::{Adjustment, Symbol, SymbolError, TradingSession},
};

use super::{cadence::Cadence, overflow::Overflow};
use crate::{bounds::MAX_WAITING, error::RequestError};

/// Which symbols to stream, and which of their fields.
///
/// With the feature `serde`, a request is written and read as a map of its options. Absent ones
/// have their defaults, unknown ones are refused.
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::{Adjustment, Overflow, QuoteRequest, QuoteSpeed, TradingSession};
///
/// // A display: prices outside regular hours, too, at most four times a second.
/// let display = QuoteRequest::new(["NASDAQ:AAPL", "NASDAQ:MSFT"])?
///     .fields(["lp", "chp", "current_session"])
///     .trading_session(TradingSession::Extended)
///     .speed(QuoteSpeed::Hibernating)
///     .throttle(Duration::from_millis(250))
///     .stale_after(Duration::from_secs(300));
/// // A portfolio: all prices in one currency.
/// let portfolio = QuoteRequest::new(["NASDAQ:AAPL", "TSE:7203"])?
///     .adjustment(Adjustment::Dividends)
///     .currency("EUR");
/// // A recorder: every update, after each burst, and an end in place of a loss.
/// let recorder = QuoteRequest::new(["NASDAQ:AAPL"])?
///     .price()
///     .debounce(Duration::from_millis(10), Duration::from_millis(100))
///     .overflow(Overflow::Fail)
///     .max_waiting(50_000);
/// # Ok::<(), tv_client::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteRequest {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) fields: Vec<String>,
    pub(crate) session: Option<TradingSession>,
    pub(crate) adjustment: Option<Adjustment>,
    pub(crate) currency: Option<String>,
    pub(crate) speed: QuoteSpeed,
    pub(crate) cadence: Cadence,
    pub(crate) stale_after: Option<Duration>,
    pub(crate) report_after: Duration,
    pub(crate) overflow: Overflow,
    pub(crate) max_waiting: usize,
}

/// How long values may take before their absence is reported, by default.
const REPORT_AFTER: Duration = Duration::from_secs(10);

/// How soon the server sends changes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum QuoteSpeed {
    /// At once, as browsers request for visible symbols. The default.
    #[default]
    Fast,
    /// At intervals, as browsers request for symbols in the background.
    Hibernating,
}

impl fmt::Display for QuoteSpeed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Fast => "fast",
            Self::Hibernating => "hibernating",
        })
    }
}

impl QuoteRequest {
    /// Requests symbols, each once, with [`ALL_FIELDS`]. Takes text and [`Symbol`]s.
    ///
    /// ```
    /// use tv_client::QuoteRequest;
    ///
    /// let request = QuoteRequest::new(["NASDAQ:AAPL", "BINANCE:BTCUSDT"])?;
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol.
    pub fn new<S>(symbols: impl IntoIterator<Item = S>) -> Result<Self, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        let mut seen = HashSet::new();
        let mut symbols = to_symbols(symbols)?;
        symbols.retain(|symbol| seen.insert(symbol.clone()));
        Ok(Self {
            symbols,
            fields: ALL_FIELDS.map(str::to_owned).into(),
            session: None,
            adjustment: None,
            currency: None,
            speed: QuoteSpeed::Fast,
            cadence: Cadence::default(),
            stale_after: None,
            report_after: REPORT_AFTER,
            overflow: Overflow::Conflate,
            max_waiting: MAX_WAITING,
        })
    }

    /// Requests the last price and its time only.
    #[must_use]
    pub fn price(self) -> Self {
        self.fields(QuoteField::PRICE)
    }

    /// Requests all symbols in one trading session: [`TradingSession::Extended`] for prices outside
    /// regular hours. Default: each symbol's own.
    #[must_use]
    pub fn trading_session(mut self, session: TradingSession) -> Self {
        self.session = Some(session);
        self
    }

    /// Adjusts past prices, such as the close of the day before, for these events. Default: the
    /// server's choice, stock splits.
    #[must_use]
    pub fn adjustment(mut self, adjustment: Adjustment) -> Self {
        self.adjustment = Some(adjustment);
        self
    }

    /// Converts the prices of all symbols to a currency, such as `USD`. Default: each symbol's own.
    /// The server refuses symbols whose prices it cannot convert.
    #[must_use]
    pub fn currency(mut self, currency: impl Into<String>) -> Self {
        self.currency = Some(currency.into());
        self
    }

    /// How soon the server sends changes. Default [`QuoteSpeed::Fast`].
    #[must_use]
    pub fn speed(mut self, speed: QuoteSpeed) -> Self {
        self.speed = speed;
        self
    }

    /// Requests these fields instead. Takes [`QuoteField`]s and the names that the server uses,
    /// such as `lp`. Sets of fields exist: [`ALL_FIELDS`] (48, the default),
    /// [`TVKIT_FIELDS`](crate::TVKIT_FIELDS) (23), and [`QuoteField::PRICE`].
    ///
    /// ```
    /// use tv_client::{QuoteField, QuoteRequest};
    ///
    /// let request = QuoteRequest::new(["NASDAQ:AAPL"])?;
    /// let request = request.fields([QuoteField::Last, QuoteField::Bid]);
    /// assert_eq!(request, QuoteRequest::new(["NASDAQ:AAPL"])?.fields(["lp", "bid"]));
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    #[must_use]
    pub fn fields<'a, F>(mut self, fields: impl IntoIterator<Item = F>) -> Self
    where
        F: Into<QuoteField<'a>>,
    {
        let name = |field: F| field.into().name().to_owned();
        self.fields = fields.into_iter().map(name).collect();
        self
    }

    /// How long the stream pauses after it has delivered everything, so that more changes are
    /// merged into the next updates. Default: no pause.
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.cadence.throttle = pause;
        self
    }

    /// Holds updates until none has arrived for `quiet`, for at most `longest`, then delivers them
    /// all. Default: everything at once.
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        (self.cadence.quiet, self.cadence.longest) = (quiet, longest);
        self
    }

    /// Sets what happens to updates that the reader does not take in time. Default
    /// [`Overflow::Conflate`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many events may wait for the reader, unless they are conflated. Default 8,192; never
    /// more than 8 MiB.
    ///
    /// A symbol has three or more events at once when it is added, and when another reader joins:
    /// let several times as many wait as there are symbols.
    #[must_use]
    pub fn max_waiting(mut self, events: usize) -> Self {
        self.max_waiting = events;
        self
    }

    /// Reports symbols that are silent for this long while others continue
    /// ([`QuoteEvent::Stale`](crate::QuoteEvent::Stale)), and requests each of them again after
    /// twice that time. Default: never.
    ///
    /// The client checks four times within `silence`, at most every 50 ms, so the event may be a
    /// quarter late. It needs the field `current_session`: a symbol may be silent while its market
    /// is closed, and outside regular hours unless `extended` ones were requested. A symbol that
    /// has not answered yet is always expected to answer.
    ///
    /// An open market can be silent for lack of trades. Choose a time longer than its usual pauses.
    #[must_use]
    pub fn stale_after(mut self, silence: Duration) -> Self {
        self.stale_after = Some(silence);
        self
    }

    /// Reports symbols that have sent no values after this time, and requested fields that no
    /// symbol has ([`QuoteEvent::Missing`](crate::QuoteEvent::Missing)). Default: 10 s;
    /// [`Duration::MAX`] for never.
    ///
    /// The time begins when a symbol is added, even while the client is not connected, and again
    /// when it is requested after an interruption. While the stream is suspended it does not run. A
    /// symbol is reported once until its values come, at most a quarter of the time late.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tv_client::QuoteRequest;
    ///
    /// let request = QuoteRequest::new(["NASDAQ:AAPL"])?.report_after(Duration::from_secs(3));
    /// # Ok::<(), tv_client::RequestError>(())
    /// ```
    #[must_use]
    pub fn report_after(mut self, time: Duration) -> Self {
        self.report_after = time;
        self
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        let session = QuoteField::CurrentSession;
        let has_session = self.fields.iter().any(|field| field == session.name());
        let reason = if self.symbols.is_empty() {
            "name at least one symbol"
        } else if self.stale_after == Some(Duration::ZERO) {
            "`stale_after` must be longer than zero"
        } else if self.report_after.is_zero() {
            "`report_after` must be longer than zero"
        } else if self.stale_after.is_some() && !has_session {
            "ask for the field current_session, by which silence is judged"
        } else if self.fields.is_empty() {
            "name at least one field"
        } else if self.fields.iter().any(String::is_empty) {
            "give every field a name"
        } else if self
            .session
            .as_ref()
            .is_some_and(|session| session.as_str().is_empty())
        {
            "give the trading session a name"
        } else if self.currency.as_deref() == Some("") {
            "give the currency a name"
        } else {
            return self.overflow.check_quotes(self.max_waiting);
        };
        Err(RequestError::Misuse { reason })
    }
}

/// Makes symbols of text, or fails with the first that is none.
pub(crate) fn to_symbols<S>(
    symbols: impl IntoIterator<Item = S>,
) -> Result<Vec<Symbol>, RequestError>
where
    S: TryInto<Symbol, Error: Into<SymbolError>>,
{
    symbols.into_iter().map(to_symbol).collect()
}

/// Makes a symbol of text.
pub(crate) fn to_symbol<S>(symbol: S) -> Result<Symbol, RequestError>
where
    S: TryInto<Symbol, Error: Into<SymbolError>>,
{
    let symbol = symbol.try_into().map_err(Into::into);
    symbol.map_err(RequestError::Symbol)
}
