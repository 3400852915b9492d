//! The events of a stream of quotes.

use std::{fmt, sync::Arc, time::Duration};

use protocol::{
    quote::{Quote, QuoteField, QuoteFields, QuoteValue, UpdateMode},
    symbol::{Symbol, SymbolError},
};

use crate::error::RequestError;

/// An event of a quote session.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum QuoteEvent {
    /// Fields of a symbol have changed.
    Update(QuoteUpdate),
    /// The first state of a symbol is complete. Emitted after its updates, and again after an
    /// interruption.
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
    /// A symbol has been silent for too long, although its market is open and the connection is
    /// alive: see [`QuoteRequest::stale_after`](crate::QuoteRequest::stale_after). The next update
    /// ends this state.
    Stale {
        /// The symbol.
        symbol: Symbol,
        /// The time since its last data, or since it was requested.
        #[cfg_attr(feature = "serde", serde(with = "::transport::seconds"))]
        age: Duration,
    },
    /// Some of what was requested has not come in time: see
    /// [`QuoteRequest::report_after`](crate::QuoteRequest::report_after). Reported once; an update
    /// that names the symbol ends this state.
    Missing {
        /// Symbols without any values, and without a refusal, in alphabetical order.
        symbols: Vec<Symbol>,
        /// Requested fields that this library does not know and that no symbol has had. Perhaps
        /// they are misspelt: [`QuoteField::known_name`] suggests the closest known name.
        fields: Vec<String>,
        /// The time that has passed since they were requested, at least.
        #[cfg_attr(feature = "serde", serde(with = "::transport::seconds"))]
        after: Duration,
    },
    /// The reader was too slow, and this many events before the next one are lost. Emitted only if
    /// events are not conflated: see [`Overflow::DropOldest`](crate::Overflow::DropOldest).
    Lagged {
        /// How many events.
        dropped: u64,
    },
    /// A message could not be read and was skipped.
    ///
    /// If it names a symbol, only that symbol is affected: the client requests it again, at growing
    /// intervals, and reports it once until its values arrive. If it names none, the session is
    /// renewed, so that the server sends the state of all symbols again.
    Skipped {
        /// The symbol that the message was about, if that could be read.
        symbol: Option<Symbol>,
        /// What is wrong with it.
        reason: String,
    },
    /// The server has ended the session, or does not allow another one yet. The client waits before
    /// it tries again.
    ///
    /// If it concerns all symbols, [`Resumed`](Self::Resumed) follows. A single symbol waits if it
    /// may be the reason why the server ends sessions. Others are served meanwhile, and its next
    /// update, completion or refusal ends the wait.
    Suspended {
        /// The symbol that waits; `None` for all.
        symbol: Option<Symbol>,
        /// The server's words, safe to print.
        reason: String,
        /// How long after this event the client tries again.
        #[cfg_attr(feature = "serde", serde(with = "::transport::seconds"))]
        retry_in: Duration,
    },
    /// The session is interrupted and is being restored. Values stay as they were, and may be
    /// outdated.
    Reconnecting,
    /// The session is restored. Every symbol has the server's newest state, except those that have
    /// not answered within 10 s. Their updates follow when they arrive.
    Resumed {
        /// How many symbols have not answered.
        missing: usize,
    },
    /// One of several sessions has ended. Its symbols get no more updates until they are added
    /// again; others are not affected. Only a [`Pool`](crate::Pool) emits this.
    SessionEnded {
        /// Its symbols, in no order.
        symbols: Vec<Symbol>,
        /// Why: the server refuses it, or its connection has ended.
        error: RequestError,
    },
    /// The stream has ended, because the server refuses it or the connection has ended. This is the
    /// last event; `None` follows.
    Ended(RequestError),
}

impl QuoteEvent {
    /// The symbol that the event concerns, if it concerns one.
    #[must_use]
    pub fn symbol(&self) -> Option<&Symbol> {
        match self {
            Self::Update(update) => Some(&update.symbol),
            Self::Completed { symbol }
            | Self::Refused { symbol, .. }
            | Self::Stale { symbol, .. } => Some(symbol),
            Self::Skipped { symbol, .. } | Self::Suspended { symbol, .. } => symbol.as_ref(),
            _ => None,
        }
    }

    /// The event, or the error that ended the stream, so that `?` works in a loop.
    ///
    /// ```no_run
    /// # use tv_client::{QuoteSession, RequestError, QuoteEvent};
    /// # async fn run(mut quotes: QuoteSession) -> Result<(), RequestError> {
    /// while let Some(event) = quotes.next().await {
    ///     if let QuoteEvent::Update(update) = event.into_result()? {
    ///         println!("{} {:?}", update.symbol, update.quote.last());
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

/// A symbol's state after a change.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QuoteUpdate {
    /// The symbol.
    pub symbol: Symbol,
    /// The merged state of the symbol, earlier updates included. The stream shares it, and copies
    /// it before the next change only if you still hold it then.
    #[cfg_attr(feature = "serde", serde(with = "shared"))]
    pub quote: Arc<Quote>,
    /// Which fields have changed since the reader's last update of this symbol.
    pub changed: QuoteFields,
    /// Whether this is the reader's first update of the symbol.
    pub is_snapshot: bool,
    /// Whether the server has sent all fields that it has for the symbol, in this update or
    /// earlier. An update with `false` may lack a price; [`Completed`](QuoteEvent::Completed)
    /// follows it.
    pub is_complete: bool,
}

/// Whether a symbol is traded now.
///
/// `Display` writes it for people: `open`, `pre-market`, `post-market`, `closed`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum MarketStatus {
    /// In its regular session: `market`.
    Open,
    /// Before the regular session: `pre_market`.
    PreMarket,
    /// After the regular session: `post_market`.
    PostMarket,
    /// Outside of every session: `out_of_session`.
    Closed,
    /// Another status, such as `holiday`.
    Other(String),
}

impl fmt::Display for MarketStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Open => "open",
            Self::PreMarket => "pre-market",
            Self::PostMarket => "post-market",
            Self::Closed => "closed",
            Self::Other(status) => status,
        })
    }
}

impl From<QuoteUpdate> for QuoteEvent {
    fn from(update: QuoteUpdate) -> Self {
        Self::Update(update)
    }
}

impl QuoteUpdate {
    /// Makes a first, complete update with these fields, for tests of an application.
    ///
    /// ```
    /// use tv_client::{QuoteField, QuoteUpdate};
    ///
    /// let mut update = QuoteUpdate::new("NASDAQ:AAPL", [(QuoteField::Last, 101.5)])?;
    /// update.is_snapshot = false;
    /// assert_eq!(update.quote.last(), Some(101.5));
    /// # Ok::<(), tv_client::SymbolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new<'a, S, F, V>(
        symbol: S,
        fields: impl IntoIterator<Item = (F, V)>,
    ) -> Result<Self, SymbolError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
        F: Into<QuoteField<'a>>,
        V: Into<QuoteValue<'a>>,
    {
        let mut quote = Quote::default();
        let fields = fields.into_iter();
        quote.merge(fields.map(|(field, value)| (field.into(), value.into())));
        Ok(Self {
            symbol: symbol.try_into().map_err(Into::into)?,
            changed: quote.fields().map(|(field, _)| field.clone()).collect(),
            quote: Arc::new(quote),
            is_snapshot: true,
            is_complete: true,
        })
    }

    /// Whether the symbol is traded now; `None` if the server has not sent the field
    /// `current_session`.
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

    /// The delay of the symbol's data in seconds, 0 for none; `None` if the server has not sent it
    /// in the field `update_mode`, and for data that comes once a day.
    #[must_use]
    pub fn delay(&self) -> Option<u32> {
        let mode = self.quote.text(&QuoteField::UpdateMode)?;
        UpdateMode::from(mode).delay()
    }
}

/// A shared quote is written as the quote.
#[cfg(feature = "serde")]
mod shared {
    use std::sync::Arc;

    use protocol::quote::Quote;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(quote: &Arc<Quote>, out: S) -> Result<S::Ok, S::Error> {
        quote.as_ref().serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        source: D,
    ) -> Result<Arc<Quote>, D::Error> {
        Quote::deserialize(source).map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(field: &str, value: &str) -> QuoteUpdate {
        QuoteUpdate::new("NASDAQ:AAPL", [(field, value)]).unwrap()
    }

    #[test]
    fn the_market_status_is_read_from_the_current_session() {
        for (session, status) in [
            ("market", MarketStatus::Open),
            ("pre_market", MarketStatus::PreMarket),
            ("post_market", MarketStatus::PostMarket),
            ("out_of_session", MarketStatus::Closed),
            ("holiday", MarketStatus::Other("holiday".to_owned())),
        ] {
            let update = update("current_session", session);
            assert_eq!(update.market_status(), Some(status));
        }
        assert_eq!(update("description", "market").market_status(), None);
    }

    #[test]
    fn the_delay_is_read_from_the_update_mode() {
        for (mode, delay) in [
            ("streaming", Some(0)),
            ("delayed_streaming_900", Some(900)),
            ("delayed_streaming_x", None),
            ("endofday", None),
        ] {
            assert_eq!(update("update_mode", mode).delay(), delay, "{mode}");
        }
        assert_eq!(update("description", "streaming").delay(), None);
    }
}
