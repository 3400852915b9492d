//! Options of `tvfeed quote`.

use std::{num::NonZeroU64, path::PathBuf, time::Duration};

use clap::ValueEnum;
use client::{Symbol, TradingSession};

use super::{
    format::Format,
    values::{self, Fields},
};

/// `tvfeed quote`.
#[derive(Debug, clap::Args)]
pub(crate) struct QuoteArgs {
    /// Symbols as EXCHANGE:TICKER, such as NASDAQ:AAPL, separated by spaces.
    #[arg(required_unless_present = "symbols_file", value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbols: Vec<Symbol>,

    /// Read more symbols from FILE, one per line; `-` is stdin.
    #[arg(long = "symbols", value_name = "FILE")]
    pub(crate) symbols_file: Option<PathBuf>,

    /// Fields: all, price, or names such as lp,ch,volume.
    #[arg(long, default_value = "all")]
    pub(crate) fields: Fields,

    /// Trading session that prices are taken from [default: the symbol's own].
    #[arg(long, value_enum)]
    pub(crate) session: Option<SessionArg>,

    /// How to write updates [default: by the ending of FILE, else table].
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// Write to FILE: to FILE.part first, which is renamed at the end.
    ///
    /// The end may be an error or a signal (SIGINT, SIGTERM, SIGHUP): what was received is kept.
    /// After kill -9 it is in FILE.part. A run that fails does not replace a FILE that exists: its
    /// data stays in FILE.part. A FILE.part of an earlier run is never overwritten; the next one is
    /// FILE.part2.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Stop after this time, such as 500ms, 10s, 1h30m, 1d.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) duration: Option<Duration>,

    /// Stop after this many updates, over all symbols.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = values::line_count)]
    pub(crate) count: Option<NonZeroU64>,

    /// Report symbols and fields without values after this time.
    #[arg(long, value_name = "TIME", default_value = "10s", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) report_after: Duration,

    /// End with status 6 if a symbol or a field had no values.
    #[arg(long)]
    pub(crate) strict: bool,
}

impl QuoteArgs {
    /// The format of rows.
    pub(crate) fn format(&self) -> Format {
        self.chosen_format().unwrap_or(Format::Table)
    }

    /// The format of rows, or why there is none.
    pub(super) fn chosen_format(&self) -> Result<Format, String> {
        Format::choose(self.format, self.output.as_deref())
    }
}

/// Which part of the trading day prices come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionArg {
    /// The main session.
    Regular,
    /// With trading before and after it.
    Extended,
}

impl From<SessionArg> for TradingSession {
    fn from(arg: SessionArg) -> Self {
        match arg {
            SessionArg::Regular => Self::Regular,
            SessionArg::Extended => Self::Extended,
        }
    }
}
