//! Quotes for applications.

use std::{
    collections::HashSet,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use protocol::{
    quote::{ALL_FIELDS, Quote, QuoteField, QuoteFields},
    symbol::Symbol,
};

use crate::{
    client::Reading,
    delivery::{QuoteQueue, Shared, Sink},
    error::{ClientError, RequestError},
    pace::Pace,
};

/// Which symbols to stream, and which of their fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteRequest {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) fields: Vec<String>,
    pub(crate) hours: Option<String>,
    pub(crate) speed: QuoteSpeed,
    pub(crate) throttle: Duration,
    pub(crate) stale_after: Option<Duration>,
    pub(crate) quiet: Duration,
    pub(crate) longest: Duration,
    pub(crate) overflow: QuoteOverflow,
}

/// What happens to updates that a reader does not take in time. Nothing of it holds up the connection or another reader.
///
/// Of each symbol there are three or more events at once when it is added, and when another reader joins: where events are not
/// conflated, let `most` be several times the number of symbols.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QuoteOverflow {
    /// They are merged: at most one waits for each symbol, with its newest state and all that has changed. The default.
    #[default]
    Conflate,
    /// Each comes by itself and in order, as long as no more than this many wait, and no more than 8 MiB: else the oldest are
    /// dropped, and told as [`QuoteEvent::Lagged`].
    DropOldest {
        /// How many may wait; at least 1.
        most: usize,
    },
    /// The same, but the stream fails with [`RequestError::TooSlow`] instead.
    Fail {
        /// How many may wait; at least 1.
        most: usize,
    },
}

/// How soon changes are wanted.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QuoteSpeed {
    /// At once, as browsers ask for what they show. The default.
    #[default]
    Fast,
    /// Now and then, as browsers ask for what they keep in the background.
    Hibernating,
}

impl QuoteRequest {
    /// Asks for symbols, each once, with [`ALL_FIELDS`].
    #[must_use]
    pub fn new(symbols: impl IntoIterator<Item = Symbol>) -> Self {
        let mut seen = HashSet::new();
        let symbols = symbols
            .into_iter()
            .filter(|symbol| seen.insert(symbol.clone()))
            .collect();
        Self {
            symbols,
            fields: ALL_FIELDS.map(str::to_owned).into(),
            hours: None,
            speed: QuoteSpeed::Fast,
            throttle: Duration::ZERO,
            stale_after: None,
            quiet: Duration::ZERO,
            longest: Duration::ZERO,
            overflow: QuoteOverflow::Conflate,
        }
    }

    /// Asks for last price and its time only.
    #[must_use]
    pub fn price(self) -> Self {
        self.fields(
            QuoteField::PRICE
                .iter()
                .map(|field| field.name().to_owned()),
        )
    }

    /// Asks for all symbols in a trading session by name: `extended` for prices outside regular hours, or `regular`.
    /// Default: the symbol's own.
    #[must_use]
    pub fn trading_session(mut self, name: impl Into<String>) -> Self {
        self.hours = Some(name.into());
        self
    }

    /// How soon changes are wanted. Default [`QuoteSpeed::Fast`].
    #[must_use]
    pub fn speed(mut self, speed: QuoteSpeed) -> Self {
        self.speed = speed;
        self
    }

    /// Asks for these fields instead, by their names on the wire, such as `lp`. Sets of them:
    /// [`ALL_FIELDS`](crate::values::ALL_FIELDS) (48, the default), [`TVKIT_FIELDS`](crate::values::TVKIT_FIELDS) (23), and
    /// [`QuoteField::PRICE`], which [`price`](Self::price) asks for.
    #[must_use]
    pub fn fields<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.fields = names.into_iter().map(Into::into).collect();
        self
    }

    /// How long the stream rests after it has given out all that was new, so that more is merged into the next
    /// updates. Default: not at all.
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.throttle = pause;
        self
    }

    /// Gives out nothing before no news has come for `quiet`, or before it was waited for so long as `longest`: then all
    /// that waits. Default: everything at once.
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        (self.quiet, self.longest) = (quiet, longest);
        self
    }

    /// What happens to updates that are not taken in time. Default [`QuoteOverflow::Conflate`].
    #[must_use]
    pub fn overflow(mut self, overflow: QuoteOverflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Tells of symbols that are silent for so long while others go on ([`QuoteEvent::Stale`]), and asks for each of those
    /// again after twice that time. Judged four times within it, so that it may show a quarter later; at most so fine as
    /// 50 ms. Needs the field `current_session`: nothing is expected of a symbol whose market is closed in the server's words,
    /// nor outside of regular hours unless `extended` ones were asked for. Of one that has never answered an answer is. Default:
    /// never.
    ///
    /// A market that is open may be silent because nobody trades: choose a time that the symbols do not reach by themselves.
    #[must_use]
    pub fn stale_after(mut self, silence: Duration) -> Self {
        self.stale_after = Some(silence);
        self
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        let session = QuoteField::CurrentSession;
        let has_session = self.fields.iter().any(|field| field == session.name());
        let reason = if self.symbols.is_empty() {
            "name at least one symbol"
        } else if self.stale_after == Some(Duration::ZERO) {
            "let silence last longer than nothing"
        } else if self.stale_after.is_some() && !has_session {
            "ask for the field current_session, by which silence is judged"
        } else if self.fields.is_empty() {
            "name at least one field"
        } else if self.fields.iter().any(String::is_empty) {
            "give every field a name"
        } else if self.hours.as_deref() == Some("") {
            "give the trading session a name"
        } else {
            return Ok(());
        };
        Err(RequestError::Misuse { reason })
    }
}

/// News of a quote session.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum QuoteEvent {
    /// Fields of a symbol have changed.
    Update(QuoteUpdate),
    /// The first state of a symbol is complete; comes after its updates, and again after an interruption.
    Completed {
        /// The symbol.
        symbol: Symbol,
    },
    /// The server has no data for a symbol. Others are not affected.
    Refused {
        /// The symbol.
        symbol: Symbol,
        /// The server's words, safe to print: `no_such_symbol`, `Permission denied`, ….
        reason: String,
    },
    /// Nothing has come of a symbol for too long, though its market is open and the connection lives: see
    /// [`QuoteRequest::stale_after`]. Over when an update comes.
    Stale {
        /// The symbol.
        symbol: Symbol,
        /// How long ago data of it came last, or it was asked for.
        age: Duration,
    },
    /// The reader was too slow, and this many events before the next one are lost. Only if they are not conflated: see
    /// [`QuoteOverflow::DropOldest`].
    Lagged {
        /// How many.
        dropped: u64,
    },
    /// A message for this session could not be understood and was skipped. The session is begun anew, so that what it
    /// said is asked for again.
    Skipped {
        /// What is wrong with it.
        reason: String,
    },
    /// The session is interrupted and is being restored: values stay as they were, and are not the newest.
    Reconnecting,
    /// The session is restored: every symbol has the server's newest state, but for those that have not answered
    /// within 10 s. Their updates follow when they come.
    Resumed {
        /// How many have not answered.
        missing: usize,
    },
    /// The server refuses the whole session. The last event.
    Failed(RequestError),
    /// The connection has ended. The last event.
    Ended(ClientError),
}

impl QuoteEvent {
    /// The symbol that it is about, if it is about one.
    #[must_use]
    pub fn symbol(&self) -> Option<&Symbol> {
        match self {
            Self::Update(update) => Some(&update.symbol),
            Self::Completed { symbol }
            | Self::Refused { symbol, .. }
            | Self::Stale { symbol, .. } => Some(symbol),
            _ => None,
        }
    }
}

/// A symbol's state after a change.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteUpdate {
    /// The symbol.
    pub symbol: Symbol,
    /// All that is known of it now, earlier updates included. Shared with the stream, which copies it before the next change if
    /// it is still held then: whoever drops updates before asking for the next has none copied.
    pub quote: Arc<Quote>,
    /// Which fields have changed since the reader's last update of this symbol.
    pub changed: QuoteFields,
    /// Whether this is the reader's first update of the symbol.
    pub is_snapshot: bool,
}

/// Whether a symbol is traded now.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MarketStatus {
    /// In its regular session: `market`.
    Open,
    /// Before the regular session: `pre_market`.
    PreMarket,
    /// After the regular session: `post_market`.
    PostMarket,
    /// Not at all: `out_of_session`.
    Closed,
    /// A word that is not known here, such as `holiday`.
    Other(String),
}

impl QuoteUpdate {
    /// Whether the symbol is traded now, if the server has said so: field `current_session`.
    #[must_use]
    pub fn market_status(&self) -> Option<MarketStatus> {
        Some(match self.quote.text(&QuoteField::CurrentSession)? {
            "market" => MarketStatus::Open,
            "pre_market" => MarketStatus::PreMarket,
            "post_market" => MarketStatus::PostMarket,
            "out_of_session" => MarketStatus::Closed,
            other => MarketStatus::Other(other.to_owned()),
        })
    }

    /// By how many seconds the symbol's data is delayed, 0 for none, if the server has said so: field `update_mode`.
    #[must_use]
    pub fn delay(&self) -> Option<u32> {
        let mode = self.quote.text(&QuoteField::UpdateMode)?;
        let delay = mode.strip_prefix("delayed_streaming_");
        Some(delay.and_then(|seconds| seconds.parse().ok()).unwrap_or(0))
    }
}

/// A stream of quotes.
///
/// Conflated: a reader that is slower than the market gets each symbol's newest state, and keeps no more
/// than one pending update of each symbol, unless the request says otherwise. Dropping it ends the session at the
/// server, unless it has another [reader](Self::reader).
#[derive(Debug)]
pub struct QuoteSession {
    pub(crate) pace: Pace,
    pub(crate) queue: Shared<QuoteQueue>,
    /// Ends the session when the last reader drops it.
    pub(crate) subscription: Reading,
}

impl QuoteSession {
    /// Adds symbols. One that is there already counts once more: it then must be removed as often.
    ///
    /// Cancel-safe: a dropped future has either done all of it or nothing.
    ///
    /// # Errors
    ///
    /// If the client was closed.
    pub async fn add(&self, symbols: impl IntoIterator<Item = Symbol>) -> Result<(), RequestError> {
        self.subscription
            .change_symbols(symbols.into_iter().collect(), Vec::new())
            .await
    }

    /// Removes symbols; what waits of them is dropped. Names that were not added do nothing.
    ///
    /// Cancel-safe: a dropped future has either done all of it or nothing.
    ///
    /// # Errors
    ///
    /// If the client was closed.
    pub async fn remove(
        &self,
        symbols: impl IntoIterator<Item = Symbol>,
    ) -> Result<(), RequestError> {
        self.subscription
            .change_symbols(Vec::new(), symbols.into_iter().collect())
            .await
    }

    /// Another reader of the same session, with a queue of its own: however slow one is, the others do not notice. It
    /// begins with the state of each symbol that is known. The session ends at the server when the last of its readers is
    /// dropped.
    ///
    /// Symbols are the session's: what one reader adds or removes, it adds or removes for all.
    ///
    /// Cancel-safe: a dropped future has done nothing.
    ///
    /// # Errors
    ///
    /// If the client has ended. If the session is over, the reader is told by its first event.
    pub async fn reader(&self, overflow: QuoteOverflow) -> Result<Self, RequestError> {
        let queue = Shared::new(QuoteQueue::new(overflow));
        let subscription = self.subscription.clone();
        let readers = Sink::Quotes(subscription.feed(queue.clone()).into());
        subscription.join(readers).await?;
        Ok(Self {
            pace: Pace::default(),
            queue,
            subscription,
        })
    }

    /// Gives out events at another pace: see [`QuoteRequest::throttle`].
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.pace.throttle(pause);
        self
    }

    /// Gives out events at another pace: see [`QuoteRequest::debounce`].
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.pace.debounce(quiet, longest);
        self
    }

    /// The next event; `None` after the last.
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<QuoteEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    pub(crate) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.pace.poll(&self.queue, context)
    }

    /// Ends the session, like dropping it.
    pub fn close(self) {}
}

impl futures_core::Stream for QuoteSession {
    type Item = QuoteEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.get_mut().poll_event(context)
    }
}
