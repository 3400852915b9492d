//! Names for the streams of a venue.

use std::fmt;

/// The stream that a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "every venue makes them")]
pub struct StreamInfo<K = String> {
    /// The venue's name of the stream.
    pub id: K,
    /// What it carries.
    pub kind: StreamKind,
}

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum StreamKind {
    /// Bids and asks.
    OrderBook,
    /// Trades.
    Trades,
    /// Best prices or statistics of a symbol.
    Ticker,
    /// Bars.
    Candles,
    /// Orders and balances of an account.
    Account,
    /// Anything else.
    Other,
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OrderBook => "order book",
            Self::Trades => "trades",
            Self::Ticker => "ticker",
            Self::Candles => "candles",
            Self::Account => "account",
            Self::Other => "other",
        })
    }
}
