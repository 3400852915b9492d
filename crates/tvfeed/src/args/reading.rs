//! Options of `tvfeed pine`, `news`, `calendar` and `statements`.

use clap::{Subcommand, ValueEnum};
use client::{Symbol, Timestamp};
use tv_http::pine::ScriptFilter;

use super::{rows::RowArgs, values};

/// `tvfeed pine`.
#[derive(Debug, clap::Args)]
pub(crate) struct PineArgs {
    #[command(subcommand)]
    pub(crate) action: PineAction,
}

/// What to do with Pine scripts.
#[derive(Debug, Subcommand)]
pub(crate) enum PineAction {
    /// List built-in scripts, or your own.
    List {
        /// Which scripts.
        #[arg(value_enum, default_value_t = ScriptSet::Standard)]
        set: ScriptSet,

        #[command(flatten)]
        rows: RowArgs,
    },
    /// Search the public scripts by name.
    Search {
        /// Words of the name; they need no quotes.
        #[arg(required = true)]
        text: Vec<String>,

        /// Scripts to find at most.
        #[arg(short = 'n', long, value_name = "N", default_value = "20", allow_hyphen_values = true, value_parser = values::row_limit)]
        limit: values::RowLimit,

        #[command(flatten)]
        rows: RowArgs,
    },
    /// Show the inputs and plots of a script.
    Show {
        /// Id of the script, such as 'STD;RSI'.
        id: String,

        /// Write the source instead, if it is open.
        #[arg(long)]
        source: bool,

        #[command(flatten)]
        rows: RowArgs,
    },
}

impl PineArgs {
    pub(crate) fn rows(&self) -> &RowArgs {
        match &self.action {
            PineAction::List { rows, .. }
            | PineAction::Search { rows, .. }
            | PineAction::Show { rows, .. } => rows,
        }
    }
}

/// A list of scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScriptSet {
    /// Built-in indicators and strategies.
    Standard,
    /// Built-in patterns of candles.
    Candlestick,
    /// Built-in fundamental values.
    Fundamental,
    /// Your own (needs a sign-in).
    Saved,
    /// Your own that are published (needs a sign-in).
    Published,
}

impl From<ScriptSet> for ScriptFilter {
    fn from(set: ScriptSet) -> Self {
        match set {
            ScriptSet::Standard => Self::Standard,
            ScriptSet::Candlestick => Self::Candlestick,
            ScriptSet::Fundamental => Self::Fundamental,
            ScriptSet::Saved => Self::Saved,
            ScriptSet::Published => Self::Published,
        }
    }
}

/// `tvfeed news`.
#[derive(Debug, clap::Args)]
pub(crate) struct NewsArgs {
    /// Symbol with its exchange, such as NASDAQ:AAPL [default: all news].
    #[arg(value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbol: Option<Symbol>,

    /// Write the text of one story: the number of a headline in the table, or its id.
    #[arg(long, value_name = "NUMBER|ID")]
    pub(crate) story: Option<String>,

    /// Only news of these markets, such as stock,crypto.
    #[arg(short, long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) market: Vec<String>,

    /// Only news of these providers, such as reuters.
    #[arg(short, long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) provider: Vec<String>,

    /// Language, as two letters.
    #[arg(short, long, value_name = "CODE", default_value = "en")]
    pub(crate) language: String,

    /// Headlines at most.
    #[arg(short = 'n', long, value_name = "N", default_value = "25", allow_hyphen_values = true, value_parser = values::row_limit)]
    pub(crate) limit: values::RowLimit,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// `tvfeed calendar`.
#[derive(Debug, clap::Args)]
pub(crate) struct CalendarArgs {
    /// Which events.
    #[arg(value_enum)]
    pub(crate) kind: CalendarKind,

    /// First day, such as 2026-01-31 [default: today, UTC].
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) from: Option<Timestamp>,

    /// End, which is not included [default: a week after --from].
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) to: Option<Timestamp>,

    /// Economic events of these countries, as two letters, such as US,DE; EU is the euro area.
    #[arg(short, long, value_name = "CODES", value_delimiter = ',', value_parser = values::country)]
    pub(crate) country: Vec<String>,

    /// Companies of these markets, such as america,germany.
    #[arg(short, long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) market: Vec<String>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

impl CalendarArgs {
    /// What is wrong with the options, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err("--from must be earlier than --to".to_owned());
        }
        match self.kind {
            CalendarKind::Economic if !self.market.is_empty() => {
                Err("--market is for companies; economic events have --country".to_owned())
            }
            CalendarKind::Economic => Ok(()),
            _ if !self.country.is_empty() => {
                Err("--country is for economic events; companies have --market".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// A calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CalendarKind {
    /// Releases of indicators, speeches, holidays.
    Economic,
    /// Results of companies.
    Earnings,
    /// Shares that trade without the dividend.
    Dividends,
    /// First offers of shares.
    Ipo,
}

/// `tvfeed statements`.
#[derive(Debug, clap::Args)]
pub(crate) struct StatementsArgs {
    /// Symbol as EXCHANGE:TICKER, such as NASDAQ:AAPL.
    #[arg(value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbol: Symbol,

    /// Only values of years, of quarters, or of twelve months up to a quarter.
    #[arg(short, long, value_enum)]
    pub(crate) period: Option<PeriodArg>,

    /// Only the newest periods.
    #[arg(short = 'n', long, value_name = "N", default_value = "all", allow_hyphen_values = true, value_parser = values::row_limit)]
    pub(crate) limit: values::RowLimit,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// What values are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeriodArg {
    /// Fiscal years.
    Fy,
    /// Fiscal quarters.
    Fq,
    /// Twelve months.
    Ttm,
}
