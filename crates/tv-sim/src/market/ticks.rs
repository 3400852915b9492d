//! Ticks: at which times which symbols trade, and what a quote then shows.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::interval::DAY;
use super::symbol::Symbol;
use super::walk::{Ohlcv, mix};

/// What a symbol's quote shows at one moment; prices in steps, volumes in lots.
#[derive(Debug, Clone)]
pub(crate) struct Tick {
    /// Whose.
    pub(crate) symbol: Arc<Symbol>,
    /// When, in milliseconds UTC.
    pub(crate) at: i64,
    /// The day so far: its close is the last price, its open the close of the day before.
    pub(crate) day: Ohlcv,
    /// The best price somebody offers to buy at.
    pub(crate) bid: i64,
    /// The best price somebody offers to sell at.
    pub(crate) ask: i64,
}

/// What a symbol's quote shows at a time in milliseconds UTC.
pub(crate) fn tick_at(symbol: &Arc<Symbol>, at: i64) -> Tick {
    let day = symbol.between(at.div_euclid(DAY) * DAY, at);
    // Bid and ask move with the second, not with each trade.
    let spread = 1 + (mix(0x5bd1_e995, at.div_euclid(1000)) % 3) as i64;
    Tick {
        symbol: Arc::clone(symbol),
        at,
        day,
        bid: (day.close - spread).max(1),
        ask: day.close + spread,
    }
}

/// Spreads ticks over the symbols that somebody watches, at a steady rate.
#[derive(Debug)]
pub(crate) struct TickSource {
    /// Ticks per second over all symbols.
    rate: f64,
    /// What is left of a tick from the time before.
    carried: f64,
    /// The time up to which ticks were made, in milliseconds UTC.
    until: i64,
    /// Longest stretch, in milliseconds, that is made up for after a pause; the rest is left out.
    catch_up: i64,
    draws: ChaCha8Rng,
}

impl TickSource {
    /// Ticks of a seed at `rate` per second, from a time in milliseconds UTC.
    pub(crate) fn new(seed: u64, rate: f64, now: i64) -> Self {
        Self {
            rate,
            carried: 0.0,
            until: now,
            catch_up: 100,
            draws: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Makes up for so many milliseconds after a pause.
    pub(crate) fn with_catch_up(mut self, milliseconds: i64) -> Self {
        self.catch_up = milliseconds;
        self
    }

    /// The ticks since the last call, in order of time.
    pub(crate) fn advance(&mut self, now: i64, symbols: &[Arc<Symbol>]) -> Vec<Tick> {
        let from = self.until.max(now - self.catch_up);
        if now <= from {
            return Vec::new();
        }
        self.until = now;
        if symbols.is_empty() {
            return Vec::new();
        }
        let due = self.carried + self.rate * (now - from) as f64 / 1000.0;
        self.carried = due.fract();
        let count = due as u64;
        (0..count)
            .filter_map(|n| {
                let at = from + ((now - from) as u64 * (n + 1) / count) as i64;
                let chosen = (self.draws.next_u64() % symbols.len() as u64) as usize;
                symbols.get(chosen).map(|symbol| tick_at(symbol, at))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_at_the_rate_and_repeat_with_the_seed() {
        let symbols: Vec<_> = ["SIM:A", "SIM:B"]
            .iter()
            .map(|name| Arc::new(Symbol::lookup(1, name).unwrap()))
            .collect();
        let run = || {
            let mut source = TickSource::new(1, 333.0, 0);
            (1..=100)
                .flat_map(|n| source.advance(n * 10, &symbols))
                .map(|tick| (tick.symbol.name().to_owned(), tick.at, tick.day))
                .collect::<Vec<_>>()
        };
        let ticks = run();
        assert!((331..=333).contains(&ticks.len()), "{}", ticks.len());
        assert!(ticks.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        assert_eq!(ticks, run());
    }

    #[test]
    fn a_long_pause_is_not_made_up_for() {
        let symbols = [Arc::new(Symbol::lookup(1, "SIM:A").unwrap())];
        let mut source = TickSource::new(1, 1000.0, 0);
        assert_eq!(source.advance(60_000, &symbols).len(), 100);
    }
}
