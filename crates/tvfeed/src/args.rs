//! The command line: what may be asked for, and how.
//!
//! Knows no connection and does no work. Checks that need both sides of a command line are in
//! [`Args::read`].

mod sim;
mod words;

use std::{ffi::OsString, num::NonZeroU32, path::PathBuf, time::Duration};

use clap::{ArgAction, CommandFactory, Parser, Subcommand, ValueEnum, error::ErrorKind};
use protocol::{interval::Interval, symbol::Symbol};

pub(crate) use self::sim::{AccountArgs, LimitArgs, ProtocolArgs, SimArgs};
pub(crate) use self::words::TierArg;
use crate::parse::{self, Fields};

/// TradingView market data on the command line. Unofficial.
#[derive(Debug, Parser)]
#[command(name = "tvfeed", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Say more on standard error; give it up to three times.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Data goes to standard output, words go to standard error. Exit status: 0 done, 1 internal fault,
2 wrong usage, 3 refused by the server, 4 network, 5 authentication, 130 interrupted half-way.

TV_AUTH_TOKEN in the environment signs in: it is sent to TradingView's own hosts over TLS, or to a
simulator on this machine that --endpoint names, and is never shown.";

/// Where to get data from.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConnectionArgs {
    /// Use a simulator inside this process: no network, invented data.
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) sim: bool,

    /// Connect to this WebSocket address; ws:// only to this machine.
    #[arg(long, global = true, value_name = "URL", help_heading = "Connection")]
    pub(crate) endpoint: Option<String>,

    /// Connect to this one of TradingView's servers [default: data].
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub(crate) server: Option<ServerName>,

    /// Where chance begins in the simulator of --sim.
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "N",
        default_value_t = 1
    )]
    pub(crate) sim_seed: u64,

    /// Ticks per second of the simulator of --sim.
    #[arg(long, global = true, hide = true, value_name = "N", default_value = "10", value_parser = parse::rate)]
    pub(crate) sim_rate: f64,
}

/// TradingView's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerName {
    /// What pages without an account use.
    Data,
    /// For paid accounts.
    Prodata,
    /// What embedded widgets use.
    Widgetdata,
    /// Deep history.
    HistoryData,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stream quotes.
    Quote(QuoteArgs),
    /// Load bars, and follow them if asked to.
    Bars(BarsArgs),
    /// Make recorded traffic readable.
    Decode(DecodeArgs),
    /// Serve a simulated TradingView.
    Sim(Box<SimArgs>),
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON object a line.
    Ndjson,
    /// Comma separated values.
    Csv,
}

/// `tvfeed quote`.
#[derive(Debug, clap::Args)]
pub(crate) struct QuoteArgs {
    /// Symbols, such as NASDAQ:AAPL.
    #[arg(required = true, value_name = "SYMBOL")]
    pub(crate) symbols: Vec<Symbol>,

    /// Fields: all, price, or names such as lp,ch,volume.
    #[arg(long, default_value = "all")]
    pub(crate) fields: Fields,

    /// How to write updates.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Stop after this time, such as 500ms, 10s, 2m, 1h.
    #[arg(long, value_parser = parse::duration)]
    pub(crate) duration: Option<Duration>,

    /// Stop after this many updates.
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<std::num::NonZeroU64>,
}

/// `tvfeed bars`.
#[derive(Debug, clap::Args)]
pub(crate) struct BarsArgs {
    /// Symbols, such as NASDAQ:AAPL.
    #[arg(required = true, value_name = "SYMBOL")]
    pub(crate) symbols: Vec<Symbol>,

    /// How long a bar is: 1S, 5 (minutes), 5m, 4h, 1D, 1W, 1M.
    #[arg(short, long)]
    pub(crate) interval: Interval,

    /// How many bars of history.
    #[arg(short = 'n', long = "bars", value_name = "N", default_value = "300")]
    pub(crate) count: NonZeroU32,

    /// After the history, write each change of the open bar and each bar that closes.
    #[arg(long)]
    pub(crate) follow: bool,

    /// How to write bars.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Write to this file, which appears when it is complete.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// How decoded traffic is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecodeFormat {
    /// One typed JSON object a line for each frame and each fault.
    Ndjson,
    /// One JSON object that counts.
    Summary,
}

/// Who has sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DirectionArg {
    /// Tell by each message's method.
    Auto,
    /// The server.
    Recv,
    /// The client.
    Send,
}

/// `tvfeed decode`.
#[derive(Debug, clap::Args)]
pub(crate) struct DecodeArgs {
    /// Recorded traffic, a message a line: frames (~m~…) or bare JSON. `-` is standard input.
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,

    /// What to write.
    #[arg(long, value_enum, default_value_t = DecodeFormat::Ndjson)]
    pub(crate) format: DecodeFormat,

    /// Who has sent it.
    #[arg(long, value_enum, default_value_t = DirectionArg::Auto)]
    pub(crate) direction: DirectionArg,
}

impl Args {
    /// Reads a command line, the program's name first.
    pub(crate) fn read(
        line: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let args = Self::try_parse_from(line)?;
        // Global options may stand on either side of the command, where clap's own `conflicts_with` does
        // not compare them.
        let connection = &args.connection;
        let chosen = [
            ("--sim", connection.sim),
            ("--endpoint", connection.endpoint.is_some()),
            ("--server", connection.server.is_some()),
        ];
        let chosen: Vec<_> = chosen
            .iter()
            .filter(|(_, given)| *given)
            .map(|(name, _)| *name)
            .collect();
        if let [one, other, ..] = chosen.as_slice() {
            let text = format!("{one} cannot be used together with {other}");
            return Err(Self::command().error(ErrorKind::ArgumentConflict, text));
        }
        Ok(args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::read(line.split(' '))
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn sources_exclude_each_other_on_either_side_of_the_command() {
        for line in [
            "tvfeed --sim quote A:B --endpoint ws://127.0.0.1:1/",
            "tvfeed --sim --server data quote A:B",
            "tvfeed quote A:B --server data --endpoint ws://127.0.0.1:1/",
        ] {
            let error = read(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{line}");
            assert_eq!(error.exit_code(), 2);
        }
        assert!(read("tvfeed quote A:B --sim").unwrap().connection.sim);
        assert!(read("tvfeed --sim quote A:B").unwrap().connection.sim);
    }

    #[test]
    fn words_and_defaults_are_the_documented_ones() {
        let args = read("tvfeed bars A:B -i 4h").unwrap();
        let Command::Bars(bars) = args.command else {
            panic!("bars");
        };
        assert_eq!(bars.count.get(), 300);
        assert_eq!(bars.interval.to_string(), "240");
        assert_eq!(bars.format, Format::Table);
        for server in ["data", "prodata", "widgetdata", "history-data"] {
            assert!(read(&format!("tvfeed quote A:B --server {server}")).is_ok());
        }
    }

    #[test]
    fn verbosity_is_counted() {
        assert_eq!(read("tvfeed quote A:B -vv").unwrap().verbose, 2);
        assert_eq!(read("tvfeed -v quote A:B").unwrap().verbose, 1);
    }
}
