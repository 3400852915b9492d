//! The ticks that were handed out.

use std::{collections::VecDeque, sync::Mutex};

use market::Tick;
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
pub(crate) struct Trades(Mutex<VecDeque<Tick>>);

impl Trades {
    /// Remembers ticks, in the order of time.
    pub(crate) fn add(&self, ticks: &[Tick]) {
        let mut latest = lock(&self.0);
        latest.extend(ticks.iter().cloned());
        let over = latest.len().saturating_sub(MOST);
        latest.drain(..over);
    }

    /// Those of a symbol from one time to another, both included.
    pub(super) fn between(&self, symbol: &str, from: i64, to: i64) -> Vec<Trade> {
        let latest = lock(&self.0);
        let wanted = latest
            .iter()
            .filter(|tick| (from..=to).contains(&tick.at) && tick.symbol.name() == symbol);
        let trades = wanted.filter_map(|tick| {
            let shown = tick.shown.as_ref()?;
            Some(Trade {
                at_ms: tick.at,
                price: shown.outside.unwrap_or(shown.last),
                volume: shown.volume,
            })
        });
        trades.collect()
    }

    /// When a symbol ticked last, as far as that is remembered.
    pub(super) fn last(&self, symbol: &str) -> Option<i64> {
        let latest = lock(&self.0);
        let of_symbol = latest
            .iter()
            .rev()
            .find(|tick| tick.symbol.name() == symbol);
        of_symbol.map(|tick| tick.at)
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
