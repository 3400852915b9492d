//! Options that say what bars are made of.

use clap::ValueEnum;
use client::{Adjustment, BoxSize, ChartType, Symbol, SymbolDescriptor};

use super::{quote::SessionArg, values};

/// What the bars of a chart are made of.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// Trading session of the bars [default: the symbol's own].
    #[arg(long, value_enum, help_heading = "Data")]
    session: Option<SessionArg>,

    /// Which events past prices are adjusted for.
    #[arg(long, value_enum, default_value_t = AdjustmentArg::Splits, help_heading = "Data")]
    adjustment: AdjustmentArg,

    /// Convert prices to this currency, such as EUR.
    #[arg(long, value_name = "CODE", value_parser = values::currency, help_heading = "Data")]
    pub(crate) currency: Option<String>,

    /// Join the contracts of a continuous future without jumps.
    #[arg(long, help_heading = "Data")]
    back_adjust: bool,

    /// What bars are made of.
    #[arg(long, value_enum, default_value_t = ChartTypeArg::Candles, help_heading = "Data")]
    chart_type: ChartTypeArg,
}

impl DataArgs {
    /// The symbol with these options.
    pub(crate) fn descriptor(&self, symbol: &Symbol) -> SymbolDescriptor {
        let mut descriptor = SymbolDescriptor::new(symbol.clone())
            .adjustment(self.adjustment.into())
            .back_adjustment(self.back_adjust);
        if let Some(session) = self.session {
            descriptor = descriptor.trading_session(session.into());
        }
        if let Some(currency) = &self.currency {
            descriptor = descriptor.currency(currency);
        }
        if let Some(chart_type) = self.chart_type.chart_type() {
            descriptor = descriptor.chart_type(chart_type);
        }
        descriptor
    }
}

/// Which events past prices are adjusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AdjustmentArg {
    /// Stock splits.
    Splits,
    /// Splits and dividends.
    Dividends,
    /// Nothing.
    None,
}

impl From<AdjustmentArg> for Adjustment {
    fn from(arg: AdjustmentArg) -> Self {
        match arg {
            AdjustmentArg::Splits => Self::Splits,
            AdjustmentArg::Dividends => Self::Dividends,
            AdjustmentArg::None => Self::None,
        }
    }
}

/// What bars are made of. Sizes are the defaults of TradingView's charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ChartTypeArg {
    /// Ordinary bars of time.
    Candles,
    /// Averaged bars of time.
    HeikinAshi,
    /// Bricks of one average true range (14 bars).
    Renko,
    /// Lines that turn when the close passes three of them.
    LineBreak,
    /// Lines that turn by one average true range (14 bars).
    Kagi,
    /// Columns of boxes of one average true range (14 bars); three boxes reverse.
    PointFigure,
    /// Bars that span ten price steps.
    Range,
}

impl ChartTypeArg {
    /// The chart type; `None` for ordinary bars.
    fn chart_type(self) -> Option<ChartType> {
        let size = BoxSize::AverageTrueRange(14);
        Some(match self {
            Self::Candles => return None,
            Self::HeikinAshi => ChartType::HeikinAshi,
            Self::Renko => ChartType::Renko { size, wicks: true },
            Self::LineBreak => ChartType::LineBreak { lines: 3 },
            Self::Kagi => ChartType::Kagi { reversal: size },
            Self::PointFigure => ChartType::PointAndFigure { size, reversal: 3 },
            Self::Range => ChartType::Range { steps: 10 },
        })
    }
}
