//! Quotes for applications.

use std::{
    collections::HashSet,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use protocol::{
    quote::{ALL_FIELDS, Quote, QuoteField, QuoteFields},
    symbol::Symbol,
};

use tokio::time::Sleep;

use crate::{
    client::Subscription,
    delivery::{QuoteQueue, Shared},
    error::{ClientError, RequestError},
};

/// Which symbols to stream, and which of their fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteRequest {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) fields: Vec<String>,
    pub(crate) hours: Option<String>,
    pub(crate) speed: QuoteSpeed,
    pub(crate) throttle: Duration,
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

    /// Asks for these fields instead, by their names on the wire, such as `lp`.
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

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        let reason = if self.symbols.is_empty() {
            "name at least one symbol"
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
/// than one pending update of each symbol. Dropping it ends the session at the server.
#[derive(Debug)]
pub struct QuoteSession {
    pub(crate) throttle: Duration,
    /// The rest that is taken now.
    pub(crate) rest: Option<Pin<Box<Sleep>>>,
    /// Whether nothing was given out since the last rest.
    pub(crate) is_rested: bool,
    pub(crate) queue: Shared<QuoteQueue>,
    /// Ends the session when dropped.
    pub(crate) subscription: Subscription,
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

    /// The next event; `None` after the last.
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<QuoteEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    pub(crate) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        if let Some(rest) = &mut self.rest {
            ready!(rest.as_mut().poll(context));
            self.rest = None;
            self.is_rested = true;
        }
        let event = self.queue.poll(context, QuoteQueue::take);
        if !self.throttle.is_zero() {
            if event.is_ready() {
                self.is_rested = false;
            } else if !self.is_rested {
                // All is given out: what comes from now on waits.
                let mut rest = Box::pin(tokio::time::sleep(self.throttle));
                // Polled so that it wakes the reader, who looks at the queue again then.
                if rest.as_mut().poll(context).is_pending() {
                    self.rest = Some(rest);
                }
            }
        }
        event
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
