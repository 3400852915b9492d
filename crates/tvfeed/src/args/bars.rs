//! Options of `tvfeed bars`.

use std::{num::NonZeroU64, path::PathBuf, time::Duration};

use client::{Interval, Symbol};

use super::{data::DataArgs, format::Format, values};

/// `tvfeed bars`.
#[derive(Debug, clap::Args)]
pub(crate) struct BarsArgs {
    /// Symbols as EXCHANGE:TICKER, such as NASDAQ:AAPL, separated by spaces.
    #[arg(required_unless_present = "symbols_file", value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbols: Vec<Symbol>,

    /// Read more symbols from FILE, one per line; `-` is stdin.
    #[arg(long = "symbols", value_name = "FILE")]
    pub(crate) symbols_file: Option<PathBuf>,

    /// Length of a bar: 30S, 5 (minutes), 5m, 4h, 1D, 1W, 1M. Required.
    #[arg(short, long, allow_hyphen_values = true, value_parser = values::interval)]
    pub(crate) interval: Option<Interval>,

    /// Bars of history for each symbol, at most 1,000,000.
    #[arg(short = 'n', long = "bars", value_name = "N", default_value = "300", allow_hyphen_values = true, value_parser = values::bar_count)]
    pub(crate) count: usize,

    /// What other programs have. There is no such option; the message says what to use.
    #[arg(long, hide = true, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<String>,

    /// See `from`.
    #[arg(long, hide = true, value_name = "DATE", allow_hyphen_values = true)]
    to: Option<String>,

    /// After the history, write each change of the open bar and each bar that closes.
    #[arg(long)]
    pub(crate) follow: bool,

    /// With --follow: stop this long after the history, such as 10s, 1h30m, 1d.
    #[arg(long, value_name = "TIME", requires = "follow", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) duration: Option<Duration>,

    /// With --follow: stop after this many lines that follow the history.
    #[arg(long = "count", value_name = "N", requires = "follow", allow_hyphen_values = true, value_parser = values::line_count)]
    pub(crate) limit_lines: Option<NonZeroU64>,

    /// How to write bars [default: by the ending of FILE, else table].
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

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Give up on a symbol's history after this time.
    #[arg(long, value_name = "TIME", default_value = "2m", allow_hyphen_values = true, value_parser = values::duration, help_heading = "Completeness")]
    pub(crate) timeout: Duration,

    /// Report symbols that have not answered after this time.
    #[arg(long, value_name = "TIME", default_value = "10s", allow_hyphen_values = true, value_parser = values::duration, help_heading = "Completeness")]
    pub(crate) report_after: Duration,

    /// End with status 6 if a symbol has fewer bars than requested, or a gap.
    #[arg(long, help_heading = "Completeness")]
    pub(crate) strict: bool,
}

impl BarsArgs {
    /// The interval; the command line was refused without one.
    pub(crate) fn interval(&self) -> Interval {
        self.interval.unwrap_or(Interval::DAY)
    }

    /// The format; the command line was refused if none fits.
    pub(crate) fn format(&self) -> Format {
        self.chosen_format().unwrap_or(Format::Table)
    }

    /// What is wrong with the options, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        let range = [("--from", &self.from), ("--to", &self.to)];
        match range.iter().find(|(_, date)| date.is_some()) {
            Some((option, _)) => Err(format!(
                "bars has no {option}: it loads the newest bars, as many as -n says. Write \
                 enough of them to a file, such as -n 5000 -o bars.csv, and take the rows whose \
                 `time` is in the range. In a program, use HistoryRequest::between"
            )),
            None => self.chosen_format().map(drop),
        }
    }

    /// The given format, or the one of the file's ending.
    pub(super) fn chosen_format(&self) -> Result<Format, String> {
        Format::choose(self.format, self.output.as_deref())
    }
}
