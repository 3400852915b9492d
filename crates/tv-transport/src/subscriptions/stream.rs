//! What a venue says of a message: which stream it belongs to, and of what kind that is.

/// The stream that a message belongs to, as a venue extracts it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "every venue makes them")]
pub struct StreamInfo<K = String> {
    /// The venue's name of the stream.
    pub id: K,
    /// What it carries.
    pub kind: StreamKind,
}

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
