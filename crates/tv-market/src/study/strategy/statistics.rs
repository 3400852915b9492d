//! What the trades of a backtest come to.

use super::trades::{Backtest, Trade};

/// The sums over some trades that have ended.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) trades: usize,
    pub(super) won: usize,
    pub(super) lost: usize,
    /// What the winners earned.
    pub(super) gross_profit: f64,
    /// What the losers lost, as a positive number.
    pub(super) gross_loss: f64,
    pub(super) largest_profit: f64,
    pub(super) largest_loss: f64,
    /// As parts of the value at entry.
    pub(super) largest_profit_part: f64,
    pub(super) largest_loss_part: f64,
    pub(super) profit_parts: f64,
    pub(super) loss_parts: f64,
    pub(super) commission: f64,
    pub(super) bars_won: usize,
    pub(super) bars_lost: usize,
    pub(super) bars: usize,
    pub(super) most_held: f64,
    /// Trades that have not ended.
    pub(super) open: usize,
}

impl Sums {
    /// Sums over the trades that fit.
    pub(super) fn of(trades: &[Trade], fits: impl Fn(&Trade) -> bool) -> Self {
        let mut sums = Self::default();
        for trade in trades.iter().filter(|trade| fits(trade)) {
            sums.commission += trade.commission;
            sums.most_held = sums.most_held.max(trade.quantity);
            if trade.open {
                sums.open += 1;
                continue;
            }
            let part = trade.profit / trade.value();
            sums.trades += 1;
            sums.bars += trade.bars();
            if trade.profit > 0.0 {
                sums.won += 1;
                sums.bars_won += trade.bars();
                sums.gross_profit += trade.profit;
                sums.profit_parts += part;
                sums.largest_profit = sums.largest_profit.max(trade.profit);
                sums.largest_profit_part = sums.largest_profit_part.max(part);
            } else if trade.profit < 0.0 {
                sums.lost += 1;
                sums.bars_lost += trade.bars();
                sums.gross_loss -= trade.profit;
                sums.loss_parts -= part;
                sums.largest_loss = sums.largest_loss.max(-trade.profit);
                sums.largest_loss_part = sums.largest_loss_part.max(-part);
            }
        }
        sums
    }

    /// What is left when losses are taken off.
    pub(super) fn net(&self) -> f64 {
        self.gross_profit - self.gross_loss
    }
}

/// The deepest fall of the equity from its highest before: as money, and as a part of that highest.
pub(super) fn deepest_fall(gains: &[f64], capital: f64) -> (f64, f64) {
    let mut highest = capital;
    let mut deepest = (0.0_f64, 0.0_f64);
    for gain in gains {
        let equity = capital + gain;
        highest = highest.max(equity);
        let fall = highest - equity;
        deepest = (deepest.0.max(fall), deepest.1.max(ratio(fall, highest)));
    }
    deepest
}

/// Sharpe's and Sortino's ratio over the months, or, in a backtest of less than two, over the days.
/// 2 % a year are free of risk.
pub(super) fn risk_ratios(test: &Backtest, capital: f64) -> Option<(f64, f64)> {
    let monthly = returns(test, capital, month);
    let (returns, free) = if monthly.len() >= 2 {
        (monthly, 0.02 / 12.0)
    } else {
        (
            returns(test, capital, |time| time.div_euclid(86_400)),
            0.02 / 365.0,
        )
    };
    if returns.len() < 2 {
        return None;
    }
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let spread = |square: &dyn Fn(f64) -> f64| {
        (returns.iter().map(|r| square(*r)).sum::<f64>() / count).sqrt()
    };
    let all = spread(&|r| (r - mean).powi(2));
    let bad = spread(&|r| (r - free).min(0.0).powi(2));
    Some((ratio(mean - free, all), ratio(mean - free, bad)))
}

/// The return of each period in which a bar closed.
fn returns(test: &Backtest, capital: f64, period: impl Fn(i64) -> i64) -> Vec<f64> {
    let mut found = Vec::new();
    let mut start = capital;
    let closes: Vec<(i64, f64)> = test
        .closes
        .iter()
        .zip(&test.gains)
        .map(|((time, _), gain)| (period(*time), capital + gain))
        .collect();
    for same in closes.chunk_by(|one, other| one.0 == other.0) {
        if let Some((_, end)) = same.last() {
            found.push(ratio(end - start, start));
            start = *end;
        }
    }
    found
}

/// The number of the month, in the Gregorian calendar, of a time in seconds UTC.
fn month(time: i64) -> i64 {
    // Counted in eras of 400 years that begin in March, so that leap days come last.
    let days = time.div_euclid(86_400) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    (era * 400 + year) * 12 + (5 * day_of_year + 2) / 153
}

/// A quotient, or 0 where there is nothing to divide by.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_fall_is_from_the_highest_before() {
        assert_eq!(
            deepest_fall(&[0.0, 100.0, 40.0, 300.0, 250.0], 900.0),
            (60.0, 0.06)
        );
        assert_eq!(deepest_fall(&[-90.0], 900.0), (90.0, 0.1));
        assert_eq!(deepest_fall(&[], 900.0), (0.0, 0.0));
    }

    #[test]
    fn months_change_where_the_calendar_says() {
        let day = 86_400;
        // 1970-01-31 and 1970-02-01, 2000-02-29 and 2000-03-01, 2026-12-31 and 2027-01-01.
        for (last, first) in [(30, 31), (11_016, 11_017), (20_818, 20_819)] {
            assert_eq!(month(last * day) + 1, month(first * day), "{last}");
            assert_eq!(month(first * day), month(first * day + day - 1), "{first}");
        }
        assert_eq!(month(11_017 * day) - month(0), 30 * 12 + 2);
    }

    #[test]
    fn the_ratios_weigh_the_return_against_its_spread() {
        let test = Backtest {
            closes: vec![(0, 1.0), (32 * 86_400, 1.0), (60 * 86_400, 1.0)],
            gains: vec![100.0, 45.0, 149.5],
            ..Backtest::default()
        };
        // Returns of 10 %, -5 % and 10 %.
        let (sharpe, sortino) = risk_ratios(&test, 1000.0).unwrap();
        let free = 0.02 / 12.0;
        assert!(
            (sharpe - (0.05 - free) / 0.005_f64.sqrt()).abs() < 1e-9,
            "{sharpe}"
        );
        let bad = ((0.05_f64 + free).powi(2) / 3.0).sqrt();
        assert!((sortino - (0.05 - free) / bad).abs() < 1e-9, "{sortino}");
        assert_eq!(risk_ratios(&Backtest::default(), 1000.0), None);
    }
}
