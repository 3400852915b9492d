//! The bars of a symbol as its settings ask for them: ended by the clock, or by prices.

use std::{cell::RefCell, sync::Arc, vec};

use crate::{
    candle::Candle,
    candles::{Candles, Reader},
    grid::Slot,
    interval::Interval,
    settings::Settings,
    shape::Made,
    symbol::Symbol,
};

/// The bars of one symbol, interval and kind, found by their [`Slot`]s.
#[derive(Debug)]
pub struct Bars(Ends);

/// What ends a bar.
#[derive(Debug)]
enum Ends {
    /// The clock.
    ByClock(Candles),
    /// Prices: what was made of the bars of the clock so far. It grows as later times are asked
    /// for.
    ByPrice {
        plain: Arc<Candles>,
        made: RefCell<Made>,
    },
}

impl Bars {
    /// The bars of a symbol.
    pub fn new(symbol: Arc<Symbol>, interval: Interval, settings: Settings) -> Self {
        let candles = Candles::new(symbol, interval, settings);
        let Some(shape) = settings.shape else {
            return Self(Ends::ByClock(candles));
        };
        let plain = Arc::new(candles);
        let made = RefCell::new(Made::new(Arc::clone(&plain), interval, shape));
        Self(Ends::ByPrice { plain, made })
    }

    /// The bars of the clock.
    fn plain(&self) -> &Candles {
        match &self.0 {
            Ends::ByClock(candles) => candles,
            Ends::ByPrice { plain, .. } => plain,
        }
    }

    /// Whether prices end the bars.
    pub fn end_by_price(&self) -> bool {
        matches!(self.0, Ends::ByPrice { .. })
    }

    /// Whether the size asked for is so small that not all bars up to a time (milliseconds UTC) are
    /// made.
    pub fn are_too_small(&self, now: i64) -> bool {
        match &self.0 {
            Ends::ByClock(_) => false,
            Ends::ByPrice { made, .. } => {
                let mut made = made.borrow_mut();
                made.advance(now);
                made.is_too_small()
            }
        }
    }

    /// Whether there could be bars before the first: those that prices end are made of a part of
    /// the past only.
    pub fn are_cut_short(&self) -> bool {
        match &self.0 {
            Ends::ByClock(_) => false,
            Ends::ByPrice { made, .. } => made.borrow().is_cut_short(),
        }
    }

    /// Whose bars they are.
    pub fn symbol(&self) -> &Arc<Symbol> {
        self.plain().symbol()
    }

    /// The last bar that opens at a time (milliseconds UTC) or before it.
    pub fn last_at(&self, time: i64) -> Option<Slot> {
        match &self.0 {
            Ends::ByClock(candles) => candles.last_at(time),
            Ends::ByPrice { made, .. } => {
                let mut made = made.borrow_mut();
                made.advance_to(time);
                made.last_at(time)
            }
        }
    }

    /// The first bar that opens at a time (milliseconds UTC) or after it.
    pub fn first_at(&self, time: i64) -> Option<Slot> {
        match &self.0 {
            Ends::ByClock(candles) => candles.first_at(time),
            Ends::ByPrice { made, .. } => made.borrow().first_at(time),
        }
    }

    /// The bar `count` bars before another, or the first there is, and how many bars before it
    /// lies.
    pub fn back(&self, from: Slot, count: i64) -> (Slot, i64) {
        match &self.0 {
            Ends::ByClock(candles) => candles.back(from, count),
            Ends::ByPrice { made, .. } => made.borrow().back(from, count),
        }
    }

    /// The first bar that opens at a time or after it and lies at most `most` bars before another,
    /// and how many bars before it lies.
    pub fn back_to(&self, from: Slot, time: i64, most: i64) -> (Slot, i64) {
        match &self.0 {
            Ends::ByClock(candles) => candles.back_to(from, time, most),
            Ends::ByPrice { made, .. } => made.borrow().back_to(from, time, most),
        }
    }

    /// When the bars of a trading date begin, in milliseconds UTC, if any open on it.
    pub fn date_begins(&self, date: i64) -> Option<i64> {
        self.plain().date_begins(date)
    }

    /// The bar after another.
    pub fn next(&self, slot: Slot) -> Option<Slot> {
        match &self.0 {
            Ends::ByClock(candles) => candles.next(slot),
            Ends::ByPrice { made, .. } => made.borrow().next(slot),
        }
    }

    /// The bars from one slot to another, both included, as they are at a time (milliseconds UTC).
    /// Those that have not opened by then are left out; one that opens just then has what its first
    /// millisecond holds.
    pub fn between(&self, first: Slot, last: Slot, now: i64) -> impl Iterator<Item = Candle> {
        match &self.0 {
            Ends::ByClock(candles) => Read::Clock(candles.between(first, last, now)),
            Ends::ByPrice { made, .. } => {
                let mut made = made.borrow_mut();
                made.advance(now);
                Read::Price(made.between(first, last).into_iter())
            }
        }
    }

    /// The same, with the bars inside.
    fn into_between(self, first: Slot, last: Slot, now: i64) -> impl Iterator<Item = Candle> {
        match self.0 {
            Ends::ByClock(candles) => Read::Clock(Reader::new(candles, first, last, now)),
            Ends::ByPrice { made, .. } => {
                let mut made = made.into_inner();
                made.advance(now);
                Read::Price(made.between(first, last).into_iter())
            }
        }
    }

    /// One bar as it is at a time.
    #[cfg(test)]
    fn one(&self, slot: Slot, now: i64) -> Option<Candle> {
        self.between(slot, slot, now).next()
    }
}

/// Bars that are read: one by one, or all at once.
enum Read<C> {
    Clock(Reader<C>),
    Price(vec::IntoIter<Candle>),
}

impl<C> Iterator for Read<C>
where
    Reader<C>: Iterator<Item = Candle>,
{
    type Item = Candle;

    fn next(&mut self) -> Option<Candle> {
        match self {
            Self::Clock(bars) => bars.next(),
            Self::Price(bars) => bars.next(),
        }
    }
}

impl Symbol {
    /// The bars that open from one time to another, both included, as they are at a third; all in
    /// milliseconds UTC.
    pub fn bars(
        self: &Arc<Self>,
        interval: Interval,
        settings: Settings,
        from: i64,
        to: i64,
        now: i64,
    ) -> impl Iterator<Item = Candle> + use<> {
        let bars = Bars::new(Arc::clone(self), interval, settings);
        let window = bars.first_at(from).zip(bars.last_at(to));
        let bars = window.map(|(first, last)| bars.into_between(first, last, now));
        bars.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests;
