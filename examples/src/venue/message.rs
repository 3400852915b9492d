//! The commands and events that all venues share.

use std::fmt;

use venue::{StreamInfo, VenueError};

/// What a handle asks of a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VenueCommand {
    /// Send these streams, on this connection and every later one.
    Subscribe(Vec<String>),
    /// Send them no more.
    Unsubscribe(Vec<String>),
}

/// An event of a venue, the same for every format.
#[derive(Clone, Debug, PartialEq)]
pub enum VenueEvent {
    /// A message of a stream.
    Message(VenueMessage),
    /// Messages of a stream were missed, while offline or on the way.
    Lost {
        /// The stream.
        stream: String,
        /// The first missing number, as [`VenueMessage::numbers`] counts.
        from: u64,
        /// The last missing number.
        to: u64,
    },
    /// A message could not be read, or a subscription was rejected.
    Error(VenueError),
}

impl VenueEvent {
    /// The stream that the venue rejected, if the event reports that.
    #[must_use]
    pub fn rejected(&self) -> Option<&String> {
        match self {
            Self::Error(VenueError::Subscription { stream, .. }) => Some(stream),
            _ => None,
        }
    }
}

/// A message in the form that all venues share.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueMessage {
    /// The stream it belongs to.
    pub stream: StreamInfo,
    /// When the venue sent it, in milliseconds since 1970, UTC; `None` if the venue does not say.
    pub time: Option<i64>,
    /// What it holds.
    pub data: VenueData,
}

/// What a message holds.
#[derive(Clone, Debug, PartialEq)]
pub enum VenueData {
    /// Trades, the oldest first; at least one.
    Trades(Vec<Trade>),
    /// All levels of an order book, or the best ones.
    Snapshot(Depth),
    /// The levels of an order book that have changed. A quantity of zero removes a level.
    Difference {
        /// The number of the first change; that of the last is the depth's.
        first: u64,
        /// The changed levels.
        depth: Depth,
    },
    /// A bar.
    Candle(Candle),
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// Its number within the stream, if the venue counts without gaps.
    pub number: Option<u64>,
    /// The price.
    pub price: f64,
    /// The quantity, if the venue says.
    pub quantity: Option<f64>,
    /// When it happened, in milliseconds since 1970, UTC, if the venue says.
    pub time: Option<i64>,
    /// Who took the other side's order, if the venue says.
    pub taker: Option<Taker>,
}

/// The side that began a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
}

/// Levels of an order book.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Depth {
    /// The number of the last change that it includes.
    pub number: u64,
    /// Buy orders.
    pub bids: Vec<Level>,
    /// Sell orders.
    pub asks: Vec<Level>,
}

/// The orders of one price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The price.
    pub price: f64,
    /// The sum of their quantities.
    pub quantity: f64,
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candle {
    /// When it begins, in milliseconds since 1970, UTC.
    pub start: i64,
    /// When the next one begins.
    pub end: i64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price so far.
    pub close: f64,
    /// The volume so far.
    pub volume: f64,
    /// Whether it will not change any more, if the venue says.
    pub is_closed: Option<bool>,
}

impl VenueMessage {
    /// The numbers that the message covers in its stream, first and last; `None` if a missing
    /// message cannot be noticed.
    ///
    /// Trades and changes of order books have numbers of the venue. A closed candle covers its
    /// milliseconds.
    #[must_use]
    pub fn numbers(&self) -> Option<(u64, u64)> {
        match &self.data {
            VenueData::Trades(trades) => Some((trades.first()?.number?, trades.last()?.number?)),
            VenueData::Difference { first, depth } => Some((*first, depth.number)),
            VenueData::Candle(candle) if candle.is_closed == Some(true) => {
                let last = candle.end.checked_sub(1)?;
                Some((candle.start.try_into().ok()?, last.try_into().ok()?))
            }
            VenueData::Candle(_) | VenueData::Snapshot(_) => None,
        }
    }
}

impl fmt::Display for VenueData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trades(trades) => {
                let prices: Vec<String> = trades.iter().map(|it| it.price.to_string()).collect();
                write!(f, "{} trades at {}", trades.len(), prices.join(", "))
            }
            Self::Snapshot(depth) => write!(f, "book {depth}"),
            Self::Difference { first, depth } => write!(f, "changes from {first}, {depth}"),
            Self::Candle(candle) => {
                let Candle {
                    open,
                    high,
                    low,
                    close,
                    ..
                } = candle;
                write!(f, "candle {open} {high} {low} {close}")
            }
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bids, asks) = (self.bids.len(), self.asks.len());
        write!(f, "number {}: {bids} bids, {asks} asks", self.number)
    }
}
