//! A strategy as far as it has come.

use serde_json::Value;

use crate::study::{
    bar::Bar,
    strategy::{
        report,
        terms::{Signal, Terms},
        trades::Backtest,
    },
};

/// How many bars a backtest covers; of more, the newest.
const MAX_BARS: usize = 10_000;
/// How many trades a report holds; if there are more, the backtest begins later.
pub(super) const MAX_TRADES: usize = 2_000;

/// A strategy as far as it has come.
#[derive(Debug, Clone)]
pub(in crate::study) struct Strategy {
    terms: Terms,
    pub(super) signals: Vec<Signal>,
}

impl Strategy {
    /// Nothing traded yet.
    pub(in crate::study) fn new(terms: Terms) -> Self {
        Self {
            terms,
            signals: Vec::new(),
        }
    }

    /// Takes in a bar that has closed.
    pub(in crate::study) fn close(&mut self, bar: &Bar, up: Option<bool>) {
        if self.signals.len() >= MAX_BARS + MAX_BARS / 4 {
            self.signals.drain(..self.signals.len() - MAX_BARS);
        }
        self.signals.push(Signal { bar: *bar, up });
    }

    /// The report over all closed bars and the one that is still open.
    pub(in crate::study) fn report(&self, open: Option<&Bar>, currency: &str) -> Value {
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
