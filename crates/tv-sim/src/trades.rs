//! The ticks that were handed out.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use market::{Symbol, Tick};
use serde::Serialize;

use crate::sync::lock;

/// Ticks that are remembered, over all symbols.
const MOST: usize = 100_000;

/// A tick of the market.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trade {
    /// When, in milliseconds UTC.
    pub at_ms: i64,
    /// The last price.
    pub price: f64,
    /// What was traded in the regular session up to then.
    pub volume: f64,
}

/// The latest ticks.
#[derive(Debug, Default)]
pub(crate) struct Trades(Mutex<Latest>);

#[derive(Debug, Default)]
struct Latest {
    /// The symbols of all ticks, in the order of time.
    symbols: VecDeque<Arc<Symbol>>,
    /// The ticks of each symbol. A reader asks for one at a time, and must not hold up the market.
    by_symbol: HashMap<String, VecDeque<Known>>,
}

/// What is remembered of a tick.
#[derive(Debug)]
struct Known {
    at_ms: i64,
    /// What was shown of it.
    trade: Option<Trade>,
}

impl Known {
    fn new(tick: &Tick) -> Self {
        let trade = tick.shown.as_ref().map(|shown| Trade {
            at_ms: tick.at,
            price: shown.outside.unwrap_or(shown.last),
            volume: shown.volume,
        });
        let at_ms = tick.at;
        Self { at_ms, trade }
    }
}

impl Latest {
    fn add(&mut self, tick: &Tick) {
        self.symbols.push_back(Arc::clone(&tick.symbol));
        let name = tick.symbol.name();
        if let Some(of_symbol) = self.by_symbol.get_mut(name) {
            of_symbol.push_back(Known::new(tick));
        } else {
            let of_symbol = VecDeque::from([Known::new(tick)]);
            self.by_symbol.insert(name.to_owned(), of_symbol);
        }
    }

    fn forget_first(&mut self) {
        let Some(symbol) = self.symbols.pop_front() else {
            return;
        };
        if let Some(of_symbol) = self.by_symbol.get_mut(symbol.name()) {
            of_symbol.pop_front();
            if of_symbol.is_empty() {
                self.by_symbol.remove(symbol.name());
            }
        }
    }
}

impl Trades {
    /// Remembers ticks, in the order of time.
    pub(crate) fn add(&self, ticks: &[Tick]) {
        let mut latest = lock(&self.0);
        for tick in ticks {
            latest.add(tick);
            if latest.symbols.len() > MOST {
                latest.forget_first();
            }
        }
    }

    /// Those of a symbol from one time to another, both included.
    pub(super) fn between(&self, symbol: &str, from: i64, to: i64) -> Vec<Trade> {
        let latest = lock(&self.0);
        let of_symbol = latest.by_symbol.get(symbol).into_iter().flatten();
        let wanted = of_symbol.filter(|known| (from..=to).contains(&known.at_ms));
        wanted.filter_map(|known| known.trade).collect()
    }

    /// When a symbol ticked last, as far as that is remembered.
    pub(super) fn last(&self, symbol: &str) -> Option<i64> {
        let latest = lock(&self.0);
        Some(latest.by_symbol.get(symbol)?.back()?.at_ms)
    }
}

#[cfg(test)]
mod tests {
    use market::{Market, tick_at};

    use super::*;

    #[test]
    fn the_latest_are_remembered() {
        let market = Market::new(1);
        let [a, b] = ["SIM:A", "SIM:B"].map(|name| market.symbol(name).unwrap());
        let trades = Trades::default();
        let begin = 1_790_726_400_000;
        for at in begin..begin + 60_000 {
            trades.add(&[tick_at(&a, at), tick_at(&b, at)]);
        }
        assert_eq!(trades.between("SIM:A", 0, i64::MAX).len(), MOST / 2);
        assert_eq!(
            trades
                .between("SIM:B", begin + 59_000, begin + 59_009)
                .len(),
            10
        );
        assert_eq!(
            (trades.last("SIM:A"), trades.last("SIM:C")),
            (Some(begin + 59_999), None)
        );
    }
}
