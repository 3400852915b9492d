//! The figures of a report: their names, and where they stand.

use client::study::report::{Performance, SidePerformance};

use crate::{
    args::Format,
    output::{Shape, Value},
};

/// A figure of a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    /// The name in NDJSON and CSV, and of `--sort`.
    pub(super) key: &'static str,
    /// The name for people.
    pub(super) label: &'static str,
    kind: Kind,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Amount,
    /// Written as it is; in tables as percent.
    Fraction,
    Count,
}

/// Where a figure stands in the report.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// For all, long and short trades.
    Side(fn(&SidePerformance) -> Option<f64>),
    Whole(fn(&Performance) -> Option<f64>),
}

/// The trades that figures are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    All,
    Long,
    Short,
}

macro_rules! figures {
    ($($key:ident, $label:literal, $Kind:ident, $Place:ident $read:expr;)*) => {
        /// All figures, in the order of the report.
        pub(super) const FIGURES: &[Figure] = &[$(Figure {
            key: stringify!($key),
            label: $label,
            kind: Kind::$Kind,
            place: Place::$Place($read),
        },)*];
    };
}

figures! {
    net_profit, "Net profit", Amount, Side |it| it.net_profit;
    net_profit_fraction, "Net profit, %", Fraction, Side |it| it.net_profit_fraction;
    gross_profit, "Gross profit", Amount, Side |it| it.gross_profit;
    gross_loss, "Gross loss", Amount, Side |it| it.gross_loss;
    profit_factor, "Profit factor", Amount, Side |it| it.profit_factor;
    total_trades, "Trades", Count, Side |it| it.total_trades.map(float);
    open_trades, "Open trades", Count, Side |it| it.open_trades.map(float);
    winning_trades, "Winning trades", Count, Side |it| it.winning_trades.map(float);
    losing_trades, "Losing trades", Count, Side |it| it.losing_trades.map(float);
    profitable_fraction, "Profitable, %", Fraction, Side |it| it.percent_profitable;
    average_trade, "Average trade", Amount, Side |it| it.average_trade;
    average_win, "Average win", Amount, Side |it| it.average_win;
    average_loss, "Average loss", Amount, Side |it| it.average_loss;
    win_loss_ratio, "Win / loss", Amount, Side |it| it.win_loss_ratio;
    largest_win, "Largest win", Amount, Side |it| it.largest_win;
    largest_loss, "Largest loss", Amount, Side |it| it.largest_loss;
    average_bars, "Bars in a trade", Amount, Side |it| it.average_bars;
    commission_paid, "Commission", Amount, Side |it| it.commission_paid;
    max_contracts_held, "Largest position", Amount, Side |it| it.max_contracts_held;
    margin_calls, "Margin calls", Count, Side |it| it.margin_calls.map(float);
    max_drawdown, "Drawdown", Amount, Whole |it| it.max_drawdown.or(it.old_max_drawdown);
    max_drawdown_fraction, "Drawdown, %", Fraction,
        Whole |it| it.max_drawdown_fraction.or(it.old_max_drawdown_fraction);
    max_runup, "Run-up", Amount, Whole |it| it.max_runup;
    max_runup_fraction, "Run-up, %", Fraction, Whole |it| it.max_runup_fraction;
    buy_hold_return, "Buy and hold", Amount, Whole |it| it.buy_hold_return;
    buy_hold_return_fraction, "Buy and hold, %", Fraction, Whole |it| it.buy_hold_return_fraction;
    open_profit, "Open profit", Amount, Whole |it| it.open_profit;
    sharpe_ratio, "Sharpe ratio", Amount, Whole |it| it.sharpe_ratio;
    sortino_ratio, "Sortino ratio", Amount, Whole |it| it.sortino_ratio;
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn float(count: i64) -> f64 {
    count as f64
}

impl Figure {
    /// The figure of this name.
    pub(super) fn named(key: &str) -> Option<&'static Self> {
        FIGURES.iter().find(|it| it.key.eq_ignore_ascii_case(key))
    }

    /// The value for some of the trades; `None` if the report has none.
    pub(super) fn of(&self, performance: &Performance, side: Side) -> Option<f64> {
        match self.place {
            Place::Whole(read) if side == Side::All => read(performance),
            Place::Whole(_) => None,
            Place::Side(read) => {
                let trades = match side {
                    Side::All => &performance.all,
                    Side::Long => &performance.long,
                    Side::Short => &performance.short,
                };
                trades.as_ref().and_then(read)
            }
        }
    }

    /// The value as a format has it.
    pub(super) fn value(&self, value: Option<f64>, format: Format) -> Value {
        match (self.kind, format) {
            (Kind::Fraction, Format::Table) => value.map(|value| value * 100.0).into(),
            _ => value.into(),
        }
    }

    /// How it looks in a table.
    pub(super) fn shape(&self) -> Shape {
        match self.kind {
            Kind::Amount => Shape::Price,
            Kind::Fraction => Shape::Percent,
            Kind::Count => Shape::Count,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_found_where_reports_have_them() {
        let names: BTreeSet<_> = FIGURES.iter().map(|it| it.key).collect();
        assert_eq!(names.len(), FIGURES.len());
        let report: Performance = serde_json::from_value(json!({
            "all": {"netProfit": 50, "percentProfitable": 0.2, "totalTrades": 5, "avgTrade": null},
            "long": {"netProfit": 60}, "maxDrawDown": 7, "sharpeRatio": null,
        }))
        .unwrap();
        let of = |name, side| Figure::named(name).unwrap().of(&report, side);
        assert_eq!(of("net_profit", Side::All), Some(50.0));
        assert_eq!(of("NET_PROFIT", Side::Long), Some(60.0));
        assert_eq!(of("net_profit", Side::Short), None);
        assert_eq!(of("average_trade", Side::All), None);
        assert_eq!(
            of("max_drawdown", Side::All),
            Some(7.0),
            "as older servers name it"
        );
        assert_eq!(of("max_drawdown", Side::Long), None);
        let share = Figure::named("profitable_fraction").unwrap();
        let value = share.of(&report, Side::All);
        assert_eq!(share.value(value, Format::Csv), Value::Number(0.2));
        assert_eq!(share.value(value, Format::Table), Value::Number(20.0));
    }
}
