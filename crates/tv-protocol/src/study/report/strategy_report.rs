//! A report as a whole.

use super::{EquityCurve, FilledOrder, Performance, ReportSettings, Trade};
use crate::record;

record! {
    /// The report of a strategy.
    ///
    /// ```
    /// use tv_protocol::study::report::StrategyReport;
    ///
    /// let report: StrategyReport = serde_json::from_str(
    ///     r#"{
    ///         "currency": "USD",
    ///         "performance": {"all": {"netProfit": 50, "netProfitPercent": 0.05}},
    ///         "trades": [{"e": {"p": 10, "tm": 1704205800000, "tp": "le"},
    ///                     "x": {"c": "Exit", "p": 15, "tm": 1704292200000, "tp": "lx"},
    ///                     "q": 10, "tp": {"v": 50, "p": 0.5}}]
    ///     }"#,
    /// )?;
    /// let trades = report.trades.as_deref().expect("there is a list");
    /// assert_eq!(trades[0].is_long(), Some(true));
    /// assert_eq!(report.initial_capital(), Some(1_000.0));
    /// let curve = report.equity_curve(None).expect("it has trades and a capital");
    /// assert_eq!(curve.points[0].equity, 1_050.0);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct StrategyReport {
        /// The currency of all amounts.
        currency: Option<String> = "currency",
        /// What the report covers.
        settings: Option<ReportSettings> = "settings",
        /// The figures.
        performance: Option<Performance> = "performance",
        /// The trades, oldest first. `None` if the report has no list of them; an empty list if the
        /// strategy has not traded.
        trades: Option<Vec<Trade>> = "trades",
        /// The orders that were filled, oldest first.
        filled_orders: Option<Vec<FilledOrder>> = "filledOrders",
        /// What buying and holding would have earned up to each trade. One number more than trades.
        buy_hold: Option<Vec<f64>> = "buyHold",
        /// The same as fractions.
        buy_hold_fraction: Option<Vec<f64>> = "buyHoldPercent",
        /// How many trades are cut off: the newest 9,000 are listed.
        first_trade_index: Option<i64> = "firstTradeIndex",
        /// The equity after each trade, as servers until about 2023 sent it.
        equity: Option<Vec<f64>> = "equity",
        /// The same as fractions.
        equity_fraction: Option<Vec<f64>> = "equityPercent",
        /// The drawdown after each trade, as servers until about 2023 sent it.
        drawdown: Option<Vec<f64>> = "drawDown",
        /// The same as fractions.
        drawdown_fraction: Option<Vec<f64>> = "drawDownPercent",
    }
}

impl StrategyReport {
    /// The capital that the strategy began with, as it follows from the profit and its share of the
    /// capital. `None` if the report has no profit or loss to compute it from.
    #[must_use]
    pub fn initial_capital(&self) -> Option<f64> {
        let all = self.performance.as_ref()?.all.as_ref()?;
        let ratio = |amount: Option<f64>, fraction: Option<f64>| {
            let fraction = fraction.filter(|fraction| *fraction != 0.0)?;
            Some(amount? / fraction).filter(|capital| capital.is_finite() && *capital > 0.0)
        };
        // The larger the amount, the less the rounding of the fraction matters.
        ratio(all.gross_profit, all.gross_profit_fraction)
            .or_else(|| ratio(all.gross_loss, all.gross_loss_fraction))
            .or_else(|| ratio(all.net_profit, all.net_profit_fraction))
    }

    /// How the equity developed: as the server sent it, or computed from the trades.
    ///
    /// A curve of the trades begins with `initial_capital`, or with
    /// [`initial_capital`](Self::initial_capital) if that is `None`. No curve is made of a list
    /// whose first trades are cut off ([`first_trade_index`](Self::first_trade_index)), or
    /// without a capital.
    #[must_use]
    pub fn equity_curve(&self, initial_capital: Option<f64>) -> Option<EquityCurve> {
        if let Some(equity) = &self.equity {
            let drawdown = self.drawdown.as_deref().unwrap_or_default();
            return Some(EquityCurve::of_server(equity, drawdown));
        }
        if self.first_trade_index.is_some_and(|cut| cut > 0) {
            return None;
        }
        let capital = initial_capital.or_else(|| self.initial_capital())?;
        let trades = self.trades.as_deref()?;
        Some(EquityCurve::of_trades(capital, trades))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        record::Decoded,
        study::report::{CurveSource, OrderKind, TradeSide},
        time::Timestamp,
    };

    /// A report as servers of 2026 send it, with the parts that differ between versions.
    fn full() -> Value {
        json!({
            "currency": "USDT",
            "settings": {"dateRange": {
                "backtest": {"from": 1_704_153_600_000_i64, "to": 1_706_745_600_000_i64},
                "trade": {"from": 1_704_205_800_000_i64, "to": null},
            }},
            "performance": {
                "all": {"netProfit": 30, "netProfitPercent": 0.03, "grossProfit": 50,
                    "grossProfitPercent": 0.05, "grossLoss": 20, "grossLossPercent": 0.02,
                    "totalTrades": 2, "numberOfWiningTrades": 1, "numberOfLosingTrades": 1,
                    "percentProfitable": 0.5, "profitFactor": 2.5},
                "long": {"totalTrades": 1}, "short": {"totalTrades": 1, "avgTrade": null},
                "sharpeRatio": null, "maxStrategyDrawDown": 25.5, "buyHoldReturn": 12.25,
            },
            "trades": [
                {"e": {"c": "Long", "p": 10, "tm": 1_704_205_800_000_i64, "b": 3, "tp": "le"},
                 "x": {"c": "Exit", "p": 15, "tm": 1_704_292_200_000_i64, "b": 4, "tp": "lx"},
                 "q": 10, "v": 100, "tp": {"v": 50, "p": 0.5}, "cp": {"v": 50, "p": 0.05},
                 "rn": {"v": 60, "p": 0.6}, "dd": {"v": 5, "p": 0.05}, "cm": 0},
                {"e": {"c": "Short", "p": 15, "tm": 1_704_292_200_000_i64, "b": 4, "tp": "se"},
                 "x": {"c": "", "p": 17, "tm": 1_704_378_600_000_i64, "b": 5, "tp": "sx"},
                 "q": 10, "v": 150, "tp": {"v": -20, "p": -0.1333}, "cp": {"v": 30, "p": -0.019},
                 "rn": {"v": 1, "p": 0.01}, "dd": {"v": 22, "p": 0.1}, "cm": 0},
            ],
            "filledOrders": [
                {"id": "Long", "c": "", "b": true, "e": true, "p": 10, "q": 10, "tm": 3, "tp": "MARKET"},
            ],
            "buyHold": [0, 10.5, 12.25],
            "buyHoldPercent": [0, 0.01, 0.012],
            "firstTradeIndex": 0,
        })
    }

    fn read(value: &Value) -> StrategyReport {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn a_report_is_read_whole_and_written_again() {
        let report = read(&full());
        assert_eq!(serde_json::to_value(&report).unwrap(), full());
        assert!(report.surprises().is_empty(), "{:?}", report.surprises());
        let ranges = report.settings.unwrap().date_range.unwrap();
        let backtest = ranges.backtest.unwrap();
        assert_eq!(backtest.from, Some(Timestamp::from_seconds(1_704_153_600)));
        assert_eq!(ranges.trade.unwrap().to, None);
        let trades = report.trades.unwrap();
        assert_eq!(
            trades[0].entry.as_ref().unwrap().side,
            Some(TradeSide::LongEntry)
        );
        assert_eq!(
            (trades[0].is_long(), trades[1].is_long()),
            (Some(true), Some(false))
        );
        assert_eq!((trades[0].is_open(), trades[1].is_open()), (false, true));
        let order = &report.filled_orders.unwrap()[0];
        assert_eq!(
            (order.bar, order.kind.clone()),
            (Some(3), Some(OrderKind::Market))
        );
    }

    #[test]
    fn no_list_of_trades_and_no_trades_are_different() {
        assert_eq!(read(&json!({})).trades, None);
        assert_eq!(read(&json!({"trades": null})).trades, None);
        assert_eq!(read(&json!({"trades": []})).trades, Some(vec![]));
    }

    #[test]
    fn a_curve_is_the_servers_or_follows_from_the_trades() {
        let report = read(&full());
        assert_eq!(report.initial_capital(), Some(1_000.0));
        let curve = report.equity_curve(None).unwrap();
        assert_eq!(curve.source, CurveSource::Trades);
        let points: Vec<_> = curve
            .points
            .iter()
            .map(|it| (it.equity, it.drawdown))
            .collect();
        assert_eq!(points, [(1_050.0, 0.0), (1_030.0, 20.0)]);
        assert_eq!(
            curve.points[0].time,
            Some(Timestamp::from_seconds(1_704_292_200))
        );
        assert_eq!(
            report.equity_curve(Some(5.0)).unwrap().points[0].equity,
            55.0
        );

        let mut old = full();
        old["equity"] = json!([100, 90, 120]);
        old["drawDown"] = json!([0, 10.5]);
        let curve = read(&old).equity_curve(None).unwrap();
        assert_eq!(curve.source, CurveSource::Server);
        let points: Vec<_> = curve
            .points
            .iter()
            .map(|it| (it.equity, it.drawdown))
            .collect();
        assert_eq!(points, [(100.0, 0.0), (90.0, 10.5), (120.0, 0.0)]);

        let mut cut = full();
        cut["firstTradeIndex"] = json!(7);
        assert_eq!(read(&cut).equity_curve(Some(1.0)), None);
        assert_eq!(read(&json!({"trades": []})).equity_curve(None), None);
    }

    #[test]
    fn what_is_undefined_is_none_and_what_is_new_is_kept() {
        let mut odd = full();
        odd["performance"]["all"]["netProfit"] = json!(null);
        odd["performance"]["moon"] = json!({"phase": "full"});
        odd["trades"][0]["e"]["tp"] = json!("xx");
        let report = read(&odd);
        assert_eq!(serde_json::to_value(&report).unwrap(), odd);
        let surprises: Vec<_> = report.surprises().into_iter().map(|it| it.path).collect();
        assert_eq!(surprises, ["performance.moon"]);
        assert_eq!(report.trades.unwrap()[0].is_long(), None);
    }
}
