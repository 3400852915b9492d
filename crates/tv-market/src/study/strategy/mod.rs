//! A strategy that trades the supertrend: it turns its position over at the open after the trend has turned.
//!
//! `trades` makes the trades, `statistics` counts them up, `report` writes both down as the server would.

mod report;
mod statistics;
mod trades;

use serde_json::Value;

use crate::study::bar::Bar;
use trades::Backtest;

/// How many bars a backtest covers; of more, the newest.
const MAX_BARS: usize = 10_000;
/// How many trades a report holds; if there are more, the backtest begins later.
const MAX_TRADES: usize = 2_000;

/// What a user sets about the trading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Terms {
    /// The money at the beginning.
    pub(super) capital: f64,
    /// The part of the equity that each trade is worth, in per cent.
    pub(super) stake: f64,
    /// What each order costs, in per cent of its value.
    pub(super) commission: f64,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            capital: 1_000_000.0,
            stake: 15.0,
            commission: 0.0,
        }
    }
}

/// A bar, and whether the trend went up at its close, if it was known.
#[derive(Debug, Clone, Copy)]
struct Signal {
    bar: Bar,
    up: Option<bool>,
}

/// A strategy as far as it has come.
#[derive(Debug, Clone)]
pub(super) struct Strategy {
    terms: Terms,
    signals: Vec<Signal>,
}

impl Strategy {
    /// Nothing traded yet.
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            signals: Vec::new(),
        }
    }

    /// Takes in a bar that has closed.
    pub(super) fn close(&mut self, bar: &Bar, up: Option<bool>) {
        if self.signals.len() >= MAX_BARS + MAX_BARS / 4 {
            self.signals.drain(..self.signals.len() - MAX_BARS);
        }
        self.signals.push(Signal { bar: *bar, up });
    }

    /// The report over all closed bars and the one that is still open.
    pub(super) fn report(&self, open: Option<&Bar>, currency: &str) -> Value {
        let newest = self.signals.len().saturating_sub(MAX_BARS);
        let mut signals: Vec<Signal> = self.signals.get(newest..).unwrap_or_default().to_vec();
        signals.extend(open.map(|bar| Signal {
            bar: *bar,
            up: None,
        }));
        let mut backtest = Backtest::run(&signals, self.terms);
        if let Some(surplus) = backtest
            .trades
            .len()
            .checked_sub(MAX_TRADES)
            .filter(|n| *n > 0)
        {
            let begin = backtest.trades.get(surplus).map(|trade| trade.entry.at);
            // The bar before the entry tells which way the trend had turned.
            let begin = begin.unwrap_or_default().saturating_sub(2);
            backtest = Backtest::run(signals.get(begin..).unwrap_or_default(), self.terms);
        }
        report::report(&backtest, self.terms, currency)
    }
}
