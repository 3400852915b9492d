//! The trades that signals lead to.

use super::terms::{Signal, Terms};

/// Buying or selling: when and for how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fill {
    /// The position of the bar in the backtest.
    pub(super) at: usize,
    /// When the bar opens, in seconds UTC.
    pub(super) time: i64,
    /// The price.
    pub(super) price: f64,
}

/// A trade from entry to exit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trade {
    /// Bought first and sold later, or the other way round.
    pub(super) long: bool,
    /// How it began.
    pub(super) entry: Fill,
    /// How it ended, or what it is worth now.
    pub(super) exit: Fill,
    /// Whether it has not ended.
    pub(super) open: bool,
    /// How much.
    pub(super) quantity: f64,
    /// What both orders cost.
    pub(super) commission: f64,
    /// What it earned, costs taken off.
    pub(super) profit: f64,
    /// The most it was ahead.
    pub(super) run_up: f64,
    /// The most it was behind.
    pub(super) draw_down: f64,
}

impl Trade {
    /// What was paid or received at the entry.
    pub(super) fn value(&self) -> f64 {
        self.entry.price * self.quantity
    }

    /// How many bars it lasted.
    pub(super) fn bars(&self) -> usize {
        self.exit.at - self.entry.at
    }
}

/// What came of the signals.
#[derive(Debug, Clone, Default)]
pub(super) struct Backtest {
    /// In order; only the last can be open.
    pub(super) trades: Vec<Trade>,
    /// Time and close of each bar.
    pub(super) closes: Vec<(i64, f64)>,
    /// The worth of everything at each close, beside the capital.
    pub(super) gains: Vec<f64>,
}

impl Backtest {
    /// Trades at the open after each turn of the trend.
    pub(super) fn run(signals: &[Signal], terms: Terms) -> Self {
        let mut test = Self::default();
        let mut earned = 0.0;
        let mut holding: Option<Trade> = None;
        for (at, signal) in signals.iter().enumerate() {
            let before = |back: usize| at.checked_sub(back).and_then(|at| signals.get(at)?.up);
            let turned = before(1).zip(before(2)).filter(|(now, then)| now != then);
            let bar = &signal.bar;
            if let Some((up, _)) = turned {
                let fill = Fill {
                    at,
                    time: bar.time,
                    price: bar.open,
                };
                if let Some(trade) = holding.take() {
                    let ended = trade.until(fill, terms, false);
                    earned += ended.profit;
                    test.trades.push(ended);
                }
                holding = Trade::begin(up, fill, terms, terms.capital + earned);
            }
            if let Some(trade) = &mut holding {
                trade.watch(bar.high, bar.low);
            }
            let now = Fill {
                at,
                time: bar.time,
                price: bar.close,
            };
            let floating = holding.map(|trade| trade.until(now, terms, true).profit);
            test.closes.push((bar.time, bar.close));
            test.gains.push(earned + floating.unwrap_or_default());
        }
        if let (Some(trade), Some(last)) = (holding, signals.last()) {
            let now = Fill {
                at: signals.len() - 1,
                time: last.bar.time,
                price: last.bar.close,
            };
            test.trades.push(trade.until(now, terms, true));
        }
        test
    }
}

impl Trade {
    /// Enters with a part of the equity; `None` if that buys nothing.
    fn begin(long: bool, entry: Fill, terms: Terms, equity: f64) -> Option<Self> {
        // To four places, as brokers trade.
        let quantity = (equity * terms.stake / 100.0 / entry.price * 1e4).floor() / 1e4;
        (quantity.is_finite() && quantity > 0.0).then_some(Self {
            long,
            entry,
            exit: entry,
            open: true,
            quantity,
            commission: 0.0,
            profit: 0.0,
            run_up: 0.0,
            draw_down: 0.0,
        })
    }

    /// What a price difference earns.
    fn earns(&self, price: f64) -> f64 {
        let up = (price - self.entry.price) * self.quantity;
        if self.long { up } else { -up }
    }

    /// Sees how far ahead and behind a bar takes it.
    fn watch(&mut self, high: f64, low: f64) {
        let (best, worst) = if self.long { (high, low) } else { (low, high) };
        self.run_up = self.run_up.max(self.earns(best));
        self.draw_down = self.draw_down.max(-self.earns(worst));
    }

    /// Ended, or only valued. A trade that is open has paid for its entry only.
    fn until(mut self, exit: Fill, terms: Terms, open: bool) -> Self {
        let traded = self.value()
            + if open {
                0.0
            } else {
                exit.price * self.quantity
            };
        self.commission = traded * terms.commission / 100.0;
        self.profit = self.earns(exit.price) - self.commission;
        // The price at which it ends counts, too.
        self.watch(exit.price, exit.price);
        (self.exit, self.open) = (exit, open);
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::study::bar::Bar;

    pub(crate) fn signal(at: i64, open: f64, close: f64, up: Option<bool>) -> Signal {
        let bar = Bar {
            index: at,
            date: 0,
            time: 1_790_000_000 + at * 86_400,
            open,
            high: open.max(close) + 2.0,
            low: open.min(close) - 2.0,
            close,
            volume: 1.0,
        };
        Signal { bar, up }
    }

    #[test]
    fn trades_worked_out_by_hand() {
        let terms = Terms {
            capital: 1000.0,
            stake: 50.0,
            commission: 1.0,
        };
        let (up, down) = (Some(true), Some(false));
        let signals = [
            signal(0, 10.0, 10.0, None),
            signal(1, 10.0, 10.0, down),
            signal(2, 10.0, 12.0, up),
            signal(3, 20.0, 22.0, up),
            signal(4, 22.0, 21.0, down),
            signal(5, 25.0, 24.0, down),
        ];
        let test = Backtest::run(&signals, terms);
        let [long, short] = test.trades[..] else {
            panic!("{:?}", test.trades)
        };
        // Half of 1000 buys 25 at 20, sold at 25: 125, less 1 % of 500 and of 625.
        assert_eq!((long.long, long.open, long.quantity), (true, false, 25.0));
        assert_eq!((long.entry.at, long.exit.at, long.bars()), (3, 5, 2));
        assert_eq!((long.commission, long.profit), (11.25, 113.75));
        // The highest was 24 while it was held and 25 at its end, the lowest 18 on the first bar.
        assert_eq!((long.run_up, long.draw_down), (125.0, 50.0));
        // Half of 1113.75 at 25 is 22.275, valued at the close of 24; only the entry has been paid
        // for.
        assert_eq!(
            (short.long, short.open, short.quantity),
            (false, true, 22.275)
        );
        assert!((short.profit - (22.275 - 5.56875)).abs() < 1e-9);
        assert_eq!(test.gains[..3], [0.0, 0.0, 0.0]);
        assert_eq!(test.gains[3], 45.0);
        assert!((test.gains[5] - (long.profit + short.profit)).abs() < 1e-9);
    }

    #[test]
    fn without_turns_or_money_there_are_no_trades() {
        let flat: Vec<Signal> = (0..9)
            .map(|at| signal(at, 10.0, 10.0, Some(true)))
            .collect();
        assert!(Backtest::run(&flat, Terms::default()).trades.is_empty());
        assert!(Backtest::run(&[], Terms::default()).trades.is_empty());
        let turns: Vec<Signal> = (0..9)
            .map(|at| signal(at, 10.0, 10.0, Some(at % 2 == 0)))
            .collect();
        let poor = Terms {
            capital: 0.0,
            ..Terms::default()
        };
        assert!(Backtest::run(&turns, poor).trades.is_empty());
    }
}
