//! How the equity developed.

use super::Trade;
use crate::time::Timestamp;

/// The equity after each trade.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct EquityCurve {
    /// Who computed it.
    pub source: CurveSource,
    /// The points, oldest first.
    pub points: Vec<EquityPoint>,
}

/// Who computed a curve.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveSource {
    /// The server, as it did until about 2023.
    Server,
    /// This crate, from the trades: the equity at their exits. What happened while a trade was open
    /// is not in it, so drawdowns are less deep than those of the server.
    Trades,
}

/// A point of a curve.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EquityPoint {
    /// When the trade ended; `None` where the server does not say, as in its own curves.
    pub time: Option<Timestamp>,
    /// The equity, in the currency of the report.
    pub equity: f64,
    /// How far the equity is below its highest point so far; zero or more.
    pub drawdown: f64,
}

impl EquityCurve {
    /// The curve that the server sent.
    pub(super) fn of_server(equity: &[f64], drawdown: &[f64]) -> Self {
        let mut computed = Drawdown::default();
        let point = |(place, &equity): (usize, &f64)| EquityPoint {
            time: None,
            equity,
            drawdown: drawdown
                .get(place)
                .copied()
                .unwrap_or_else(|| computed.after(equity)),
        };
        Self {
            source: CurveSource::Server,
            points: equity.iter().enumerate().map(point).collect(),
        }
    }

    /// The curve of trades that begins with `initial_capital`. A trade without a profit is left
    /// out.
    pub(super) fn of_trades(initial_capital: f64, trades: &[Trade]) -> Self {
        let mut equity = initial_capital;
        let mut drawdown = Drawdown(initial_capital);
        let point = |trade: &Trade| {
            equity += trade.profit.as_ref()?.value?;
            Some(EquityPoint {
                time: trade.exit.as_ref().and_then(|exit| exit.time),
                equity,
                drawdown: drawdown.after(equity),
            })
        };
        Self {
            source: CurveSource::Trades,
            points: trades.iter().filter_map(point).collect(),
        }
    }
}

/// The highest point so far.
struct Drawdown(f64);

impl Default for Drawdown {
    fn default() -> Self {
        Self(f64::NEG_INFINITY)
    }
}

impl Drawdown {
    fn after(&mut self, equity: f64) -> f64 {
        self.0 = self.0.max(equity);
        self.0 - equity
    }
}
