//! The figures of a report.

use crate::record;

record! {
    /// How well a strategy did. Fractions: 0.2 is 20 %.
    pub struct Performance {
        /// All trades.
        all: Option<SidePerformance> = "all",
        /// The trades that bet on rising prices.
        long: Option<SidePerformance> = "long",
        /// The trades that bet on falling prices.
        short: Option<SidePerformance> = "short",
        /// The largest fall of the equity from a peak, with open trades at their worst.
        max_drawdown: Option<f64> = "maxStrategyDrawDown",
        /// The same as a fraction of the peak.
        max_drawdown_fraction: Option<f64> = "maxStrategyDrawDownPercent",
        /// The largest rise of the equity from a trough.
        max_runup: Option<f64> = "maxStrategyRunUp",
        /// The same as a fraction of the trough.
        max_runup_fraction: Option<f64> = "maxStrategyRunUpPercent",
        /// The largest fall of the equity, as servers until about 2023 named it.
        old_max_drawdown: Option<f64> = "maxDrawDown",
        /// The same as a fraction.
        old_max_drawdown_fraction: Option<f64> = "maxDrawDownPercent",
        /// What buying at the start and holding would have earned.
        buy_hold_return: Option<f64> = "buyHoldReturn",
        /// The same as a fraction.
        buy_hold_return_fraction: Option<f64> = "buyHoldReturnPercent",
        /// How much more or less the strategy earned, as a fraction.
        buy_hold_gain_fraction: Option<f64> = "buyHoldGainPercent",
        /// The profit of trades that are still open.
        open_profit: Option<f64> = "openPL",
        /// The same as a fraction.
        open_profit_fraction: Option<f64> = "openPLPercent",
        /// The Sharpe ratio. By measurement of others it is a daily figure, not one of a year.
        sharpe_ratio: Option<f64> = "sharpeRatio",
        /// The Sortino ratio.
        sortino_ratio: Option<f64> = "sortinoRatio",
        /// The margin in use, on average.
        average_margin_used: Option<f64> = "avgMarginUsed",
        /// The most margin in use.
        max_margin_used: Option<f64> = "maxMarginUsed",
        /// The margin that open trades use.
        open_margin_used: Option<f64> = "openMarginUsed",
    }
}

record! {
    /// How well the trades of one side did. Fractions: 0.2 is 20 %.
    pub struct SidePerformance {
        /// Profit less loss.
        net_profit: Option<f64> = "netProfit",
        /// The same as a fraction of the initial capital.
        net_profit_fraction: Option<f64> = "netProfitPercent",
        /// The sum of what winning trades earned.
        gross_profit: Option<f64> = "grossProfit",
        /// The same as a fraction of the initial capital.
        gross_profit_fraction: Option<f64> = "grossProfitPercent",
        /// The sum of what losing trades cost, a positive number.
        gross_loss: Option<f64> = "grossLoss",
        /// The same as a fraction of the initial capital.
        gross_loss_fraction: Option<f64> = "grossLossPercent",
        /// How many trades have ended.
        total_trades: Option<i64> = "totalTrades",
        /// How many trades are open.
        open_trades: Option<i64> = "totalOpenTrades",
        /// How many trades earned something.
        winning_trades: Option<i64> = "numberOfWiningTrades",
        /// How many trades cost something. Trades that were even count as neither.
        losing_trades: Option<i64> = "numberOfLosingTrades",
        /// The share of winning trades.
        percent_profitable: Option<f64> = "percentProfitable",
        /// Gross profit divided by gross loss.
        profit_factor: Option<f64> = "profitFactor",
        /// What a trade earned on average.
        average_trade: Option<f64> = "avgTrade",
        /// The same as a fraction.
        average_trade_fraction: Option<f64> = "avgTradePercent",
        /// What a winning trade earned on average.
        average_win: Option<f64> = "avgWinTrade",
        /// The same as a fraction.
        average_win_fraction: Option<f64> = "avgWinTradePercent",
        /// What a losing trade cost on average.
        average_loss: Option<f64> = "avgLosTrade",
        /// The same as a fraction.
        average_loss_fraction: Option<f64> = "avgLosTradePercent",
        /// What the best trade earned.
        largest_win: Option<f64> = "largestWinTrade",
        /// The same as a fraction.
        largest_win_fraction: Option<f64> = "largestWinTradePercent",
        /// What the worst trade cost.
        largest_loss: Option<f64> = "largestLosTrade",
        /// The same as a fraction.
        largest_loss_fraction: Option<f64> = "largestLosTradePercent",
        /// The average win divided by the average loss.
        win_loss_ratio: Option<f64> = "ratioAvgWinAvgLoss",
        /// How many bars a trade lasted on average.
        average_bars: Option<f64> = "avgBarsInTrade",
        /// How many bars a winning trade lasted on average.
        average_bars_of_wins: Option<f64> = "avgBarsInWinTrade",
        /// How many bars a losing trade lasted on average.
        average_bars_of_losses: Option<f64> = "avgBarsInLossTrade",
        /// The sum of the commissions.
        commission_paid: Option<f64> = "commissionPaid",
        /// The largest position, in contracts.
        max_contracts_held: Option<f64> = "maxContractsHeld",
        /// How often the margin did not suffice.
        margin_calls: Option<i64> = "marginCalls",
    }
}
