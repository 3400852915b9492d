//! The invented market behind the loopback server, as a function of a message's number: what is
//! true, to compare with what was read.

use super::message::{Candle, Depth, Level, Taker, Trade};

/// What a stream of the server carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Trades, one in each message.
    Trades,
    /// Changes of an order book, [`Feed::CHANGES`] in each message.
    Differences,
    /// The best levels of an order book.
    Snapshots {
        /// How many on each side.
        levels: usize,
    },
    /// Bars, [`Feed::UPDATES`] messages each; the last one closes it.
    Candles,
}

/// Prices that have orders at times, on each side.
const PRICES: u64 = 12;

/// When the first bar begins, in milliseconds.
const FIRST_BAR: i64 = 1_700_000_040_000;

/// The length of a bar, in milliseconds.
const BAR: i64 = 60_000;

impl Feed {
    /// How many changes a message of differences covers.
    pub const CHANGES: u64 = 2;

    /// How many messages make a bar.
    pub const UPDATES: u64 = 4;

    /// What a stream carries, by the venues' names: `btcusdt@depth5`,
    /// `spot@public.limit.depth.v3.api.pb@BTCUSDT@5`.
    #[must_use]
    pub fn of(stream: &str) -> Self {
        let levels = || {
            let after = stream.rsplit_once("@depth").map(|(_, after)| after);
            let last = stream.rsplit('@').next();
            let levels = after
                .and_then(|after| after.split('@').next())
                .filter(|levels| !levels.is_empty());
            let limited = last.filter(|_| stream.contains("limit.depth"));
            levels.or(limited)?.parse().ok()
        };
        if stream.contains("depth") {
            match levels() {
                Some(levels) => Self::Snapshots { levels },
                None => Self::Differences,
            }
        } else if stream.contains("kline") {
            Self::Candles
        } else {
            Self::Trades
        }
    }

    /// The last of [`VenueMessage::numbers`](super::VenueMessage::numbers) after message `n` of a
    /// numbered stream.
    #[must_use]
    pub fn last_number(self, n: u64) -> u64 {
        match self {
            Self::Trades | Self::Snapshots { .. } => n,
            Self::Differences => n * Self::CHANGES,
            Self::Candles => {
                let closed = i64::try_from(n / Self::UPDATES).unwrap_or_default();
                u64::try_from(FIRST_BAR + closed * BAR - 1).unwrap_or_default()
            }
        }
    }
}

/// The trade of message `n`.
#[must_use]
pub fn trade(n: u64, time: i64) -> Trade {
    Trade {
        number: Some(n),
        price: 100.0 + small(n % 40) * 0.25,
        quantity: Some(1.0 + small(n % 7) * 0.5),
        time: Some(time),
        taker: Some(if n.is_multiple_of(3) {
            Taker::Seller
        } else {
            Taker::Buyer
        }),
    }
}

/// The levels that message `n` changes, one on each side.
#[must_use]
pub fn changes(n: u64) -> Depth {
    let [bid, ask] = levels(n);
    Depth {
        number: n * Feed::CHANGES,
        bids: vec![bid],
        asks: vec![ask],
    }
}

/// The order book after message `n`, the best levels first.
#[must_use]
pub fn book(n: u64) -> Depth {
    let mut depth = Depth {
        number: n * Feed::CHANGES,
        ..Depth::default()
    };
    for place in 0..PRICES {
        // The latest message that changed this price.
        let since = (n % PRICES + PRICES - place) % PRICES;
        if n <= since {
            continue;
        }
        let [bid, ask] = levels(n - since);
        if bid.quantity > 0.0 {
            depth.bids.push(bid);
            depth.asks.push(ask);
        }
    }
    depth
}

/// A quantity of zero removes the level.
fn levels(n: u64) -> [Level; 2] {
    let (away, quantity) = (small(n % PRICES + 1) * 0.5, small(n % 5) * 0.25);
    [100.0 - away, 100.0 + away].map(|price| Level { price, quantity })
}

/// The state of the bar after message `n`.
#[must_use]
pub fn candle(n: u64) -> Candle {
    let (bar, step) = ((n - 1) / Feed::UPDATES, (n - 1) % Feed::UPDATES);
    let start = FIRST_BAR + i64::try_from(bar).unwrap_or_default() * BAR;
    let open = 100.0 + small(bar % 10);
    // Down, up, up: the lowest price comes first.
    let price = |step: u64| match step {
        0 => open,
        1 => open - 0.5,
        2 => open + 0.5,
        _ => open + 1.0,
    };
    let prices = (0..=step).map(price);
    Candle {
        start,
        end: start + BAR,
        open,
        high: prices.clone().fold(open, f64::max),
        low: prices.fold(open, f64::min),
        close: price(step),
        volume: small(step + 1) * 2.5,
        is_closed: Some(step + 1 == Feed::UPDATES),
    }
}

fn small(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stream_carries_is_in_its_name() {
        for (stream, feed) in [
            ("btcusdt@trade", Feed::Trades),
            ("btcusdt@depth", Feed::Differences),
            ("btcusdt@depth@100ms", Feed::Differences),
            ("btcusdt@depth5", Feed::Snapshots { levels: 5 }),
            ("btcusdt@depth20@100ms", Feed::Snapshots { levels: 20 }),
            ("btcusdt@kline_1m", Feed::Candles),
            (
                "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT",
                Feed::Trades,
            ),
            (
                "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT",
                Feed::Differences,
            ),
            (
                "spot@public.increase.depth.v3.api@BTCUSDT",
                Feed::Differences,
            ),
            (
                "spot@public.limit.depth.v3.api.pb@BTCUSDT@10",
                Feed::Snapshots { levels: 10 },
            ),
            ("spot@public.kline.v3.api@BTCUSDT@Min1", Feed::Candles),
        ] {
            assert_eq!(Feed::of(stream), feed, "{stream}");
        }
    }

    #[test]
    fn the_book_is_the_sum_of_its_changes() {
        let mut kept = crate::venue::book::Book::default();
        kept.snapshot(&book(0));
        for n in 1..200 {
            kept.difference(n * Feed::CHANGES - 1, changes(n));
            assert_eq!(kept.depth(), Some(book(n)), "after {n}");
        }
        assert!(book(199).bids.len() > 5 && book(199).bids.len() < PRICES as usize);
    }
}
