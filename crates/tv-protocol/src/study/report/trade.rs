//! Trades and orders of a report.

use super::milliseconds;
use crate::{record, record::words, time::Timestamp};

words! {
    /// What a leg of a trade does.
    pub enum TradeSide {
        /// Opens a trade on rising prices.
        LongEntry = "le",
        /// Opens a trade on falling prices.
        ShortEntry = "se",
        /// Closes a trade on rising prices.
        LongExit = "lx",
        /// Closes a trade on falling prices.
        ShortExit = "sx",
    }
}

words! {
    /// The kind of an order.
    pub enum OrderKind {
        /// Filled at the market's price.
        Market = "MARKET",
        /// Filled when the price crosses a level.
        Stop = "STOP",
        /// Filled at a price or better.
        Limit = "LIMIT",
    }
}

record! {
    /// A trade: an entry and its exit. A position of several entries has one trade for each.
    pub struct Trade {
        /// How it was opened.
        entry: Option<TradeLeg> = "e",
        /// How it was closed. A trade that is open is valued at the latest price, and its exit has
        /// no comment; see [`is_open`](Self::is_open).
        exit: Option<TradeLeg> = "x",
        /// The quantity.
        quantity: Option<f64> = "q",
        /// The value at the entry: price times quantity.
        value: Option<f64> = "v",
        /// The profit after commission; as a fraction of the value.
        profit: Option<Amount> = "tp",
        /// The profit of all trades up to this one. Its fraction is that of this trade alone, of
        /// the equity before it.
        cumulative: Option<Amount> = "cp",
        /// The best profit while it was open; as a fraction of the value.
        run_up: Option<Amount> = "rn",
        /// The worst loss while it was open, a positive number; as a fraction of the value.
        drawdown: Option<Amount> = "dd",
        /// The commission.
        commission: Option<f64> = "cm",
    }
}

record! {
    /// One end of a trade.
    pub struct TradeLeg {
        /// The comment or the id of the order.
        comment: Option<String> = "c",
        /// The price.
        price: Option<f64> = "p",
        /// The bar on which it happened. Milliseconds on the wire.
        time: Option<Timestamp> = "tm" as milliseconds::read,
        /// The number of the bar, counted from the first that was computed: not the place on the
        /// chart. Join with bars by time.
        bar: Option<i64> = "b",
        /// What it does.
        side: Option<TradeSide> = "tp",
    }
}

record! {
    /// An amount of money, also as a fraction.
    pub struct Amount {
        /// In the currency of the report.
        value: Option<f64> = "v",
        /// As a fraction: 0.05 is 5 %.
        fraction: Option<f64> = "p",
    }
}

record! {
    /// An order that was filled.
    pub struct FilledOrder {
        /// The id in the script.
        id: Option<String> = "id",
        /// The comment.
        comment: Option<String> = "c",
        /// Whether it bought.
        is_buy: Option<bool> = "b",
        /// Whether it opened a position.
        is_entry: Option<bool> = "e",
        /// The price.
        price: Option<f64> = "p",
        /// The quantity.
        quantity: Option<f64> = "q",
        /// The number of the bar, counted from the first that was computed: not a time.
        bar: Option<i64> = "tm",
        /// The kind.
        kind: Option<OrderKind> = "tp",
    }
}

impl Trade {
    /// Whether the trade is long; `None` if the entry does not say.
    #[must_use]
    pub fn is_long(&self) -> Option<bool> {
        match self.entry.as_ref()?.side.as_ref()? {
            TradeSide::LongEntry => Some(true),
            TradeSide::ShortEntry => Some(false),
            _ => None,
        }
    }

    /// Whether the trade is open: it has no exit, or one without a comment, which only values it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let comment = self.exit.as_ref().and_then(|exit| exit.comment.as_deref());
        comment.is_none_or(str::is_empty)
    }
}
