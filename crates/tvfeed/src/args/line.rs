//! The whole command line, and the checks that need more than one option.

use std::ffi::OsString;

use clap::{ArgAction, CommandFactory, Parser, Subcommand, error::ErrorKind};

use super::{
    bars::BarsArgs,
    connection::ConnectionArgs,
    decode::DecodeArgs,
    quote::QuoteArgs,
    sim::SimArgs,
    values::{INTERVALS, symbol_list_hint},
};

/// TradingView market data on the command line. Unofficial.
#[derive(Debug, Parser)]
#[command(name = "tvfeed", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Log to stderr: connections (-v), each message by name (-vv), and its text (-vvv), tokens
    /// masked.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Data goes to stdout, messages to stderr. Exit status: 0 done, 1 internal error, 2 wrong usage,
3 refused by the server, 4 network, 5 authentication, 6 incomplete (with --strict),
130 interrupted before the work was done.

TV_AUTH_TOKEN in the environment signs in. The token is sent to TradingView's own hosts over TLS, or to
the simulator on this machine that --endpoint names. It is never shown.";

const QUOTE_EXAMPLES: &str = "\
Examples:
  tvfeed quote NASDAQ:AAPL BINANCE:BTCUSDT
  tvfeed quote NASDAQ:AAPL --fields lp,volume --duration 1h -o quotes.csv
  tvfeed quote --symbols list.txt --format ndjson
  tvfeed quote NASDAQ:AAPL --sim --duration 5s";

const BARS_EXAMPLES: &str = "\
Examples:
  tvfeed bars NASDAQ:AAPL -i 1D
  tvfeed bars NASDAQ:AAPL NASDAQ:MSFT -i 5m -n 5000 --strict -o bars.csv
  tvfeed bars BINANCE:BTCUSDT -i 1 --follow --duration 8h -o bars.ndjson
  tvfeed bars NASDAQ:AAPL -i 1h --session extended --adjustment dividends
  tvfeed bars NASDAQ:AAPL -i 1D --sim";

const DECODE_EXAMPLES: &str = "\
Examples:
  tvfeed decode recording.txt
  tvfeed decode --format summary < recording.txt";

const SIM_EXAMPLES: &str = "\
Examples:
  tvfeed sim --listen 127.0.0.1:8080
  tvfeed sim --seed 7 --rate 100 --speed 60
  tvfeed sim --fault 'when age 30s do reset' --fault 'when kind du and every 10 do duplicate'
  tvfeed sim --play recording.txt

A client, beside it: tvfeed quote NASDAQ:AAPL --endpoint ws://127.0.0.1:8080/socket.io/websocket
All faults, symbols and options: docs/SIMULATOR.md";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stream quotes.
    #[command(after_help = QUOTE_EXAMPLES)]
    Quote(QuoteArgs),
    /// Load bars, and optionally follow them.
    #[command(after_help = BARS_EXAMPLES)]
    Bars(Box<BarsArgs>),
    /// Decode recorded traffic to JSON.
    #[command(after_help = DECODE_EXAMPLES)]
    Decode(DecodeArgs),
    /// Run a simulated TradingView server.
    #[command(after_help = SIM_EXAMPLES)]
    Sim(Box<SimArgs>),
}

impl Args {
    /// Reads a command line, the program's name first.
    pub(crate) fn read(
        line: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let args = Self::try_parse_from(line)?;
        match args.check() {
            Ok(()) => Ok(args),
            Err((kind, text)) => Err(args.command.definition().error(kind, text)),
        }
    }

    fn check(&self) -> Result<(), (ErrorKind, String)> {
        // Global options may stand on either side of the command, where clap's own `conflicts_with`
        // does not compare them.
        let given = self.connection.given();
        let sources: Vec<_> = given
            .iter()
            .filter(|name| ["--sim", "--endpoint", "--server"].contains(name))
            .collect();
        if let [one, other, ..] = sources.as_slice() {
            let text = format!("{one} cannot be used together with {other}");
            return Err((ErrorKind::ArgumentConflict, text));
        }
        match (&self.command, given.first()) {
            (Command::Decode(_), Some(option)) => Err(senseless(option, "decode")),
            (Command::Sim(_), Some(option)) => Err(senseless(option, "sim")),
            (Command::Quote(quote), _) => {
                symbol_list_hint(&quote.symbols).map_or(Ok(()), conflict)?;
                quote.chosen_format().map_or_else(conflict, |_| Ok(()))
            }
            (Command::Bars(bars), _) => {
                symbol_list_hint(&bars.symbols).map_or(Ok(()), conflict)?;
                if bars.interval.is_none() {
                    let text = format!("bars needs an interval, such as -i 1D\n\n{INTERVALS}");
                    return Err((ErrorKind::MissingRequiredArgument, text));
                }
                let format = bars.chosen_format();
                format.map_or_else(conflict, |_| Ok(()))
            }
            (Command::Decode(_) | Command::Sim(_), None) => Ok(()),
        }
    }
}

impl Command {
    /// How it is used, for messages.
    fn definition(&self) -> clap::Command {
        let name = match self {
            Self::Quote(_) => "quote",
            Self::Bars(_) => "bars",
            Self::Decode(_) => "decode",
            Self::Sim(_) => "sim",
        };
        let mut all = Args::command();
        all.build();
        all.find_subcommand(name).cloned().unwrap_or(all)
    }
}

fn senseless(option: &str, command: &str) -> (ErrorKind, String) {
    let text = format!("{option} has no meaning for `tvfeed {command}`, which does not connect");
    (ErrorKind::ArgumentConflict, text)
}

fn conflict(text: String) -> Result<(), (ErrorKind, String)> {
    Err((ErrorKind::ValueValidation, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::format::Format;

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
    fn connection_options_are_refused_for_commands_that_do_not_connect() {
        for line in [
            "tvfeed decode --sim",
            "tvfeed --no-reconnect decode",
            "tvfeed sim --server prodata",
            "tvfeed --sim sim",
            "tvfeed sim --endpoint ws://127.0.0.1:1/",
            "tvfeed sim --sim-rate 5",
        ] {
            let error = read(line).unwrap_err();
            assert!(error.to_string().contains("has no meaning"), "{error}");
        }
    }

    #[test]
    fn names_and_defaults_are_the_documented_ones() {
        let args = read("tvfeed bars A:B -i 4h").unwrap();
        let Command::Bars(bars) = args.command else {
            panic!("bars");
        };
        assert_eq!(bars.count, 300);
        assert_eq!(bars.interval().to_string(), "240");
        assert_eq!(bars.format(), Format::Table);
        for server in ["data", "prodata", "widgetdata", "history-data"] {
            assert!(read(&format!("tvfeed quote A:B --server {server}")).is_ok());
        }
    }

    #[test]
    fn a_missing_interval_lists_the_intervals() {
        let error = read("tvfeed bars A:B").unwrap_err().to_string();
        assert!(error.contains("-i 1D") && error.contains("30S"), "{error}");
        assert!(error.contains("Usage: tvfeed bars"), "{error}");
    }

    #[test]
    fn symbols_joined_by_commas_are_refused_with_what_to_write() {
        let error = read("tvfeed bars NASDAQ:AAPL,NASDAQ:MSFT -i 1D").unwrap_err();
        assert!(
            error.to_string().contains("NASDAQ:AAPL NASDAQ:MSFT"),
            "{error}"
        );
        // A comma inside of one symbol is part of it.
        assert!(read("tvfeed quote AVG(A:B,C:D)").is_ok());
        assert!(read("tvfeed quote A:B,C").is_ok());
    }

    #[test]
    fn the_examples_of_each_command_are_command_lines() {
        let mut found = 0;
        for command in Args::command().get_subcommands() {
            let text = command.get_after_help().unwrap().to_string();
            let examples = text
                .lines()
                .filter_map(|line| line.strip_prefix("  tvfeed "));
            for example in examples {
                let example = example.split(" < ").next().unwrap();
                // Words in quotes are one word.
                let words = example.split('\'').enumerate().flat_map(|(number, part)| {
                    if number % 2 == 1 {
                        vec![part]
                    } else {
                        part.split_whitespace().collect()
                    }
                });
                let line = std::iter::once("tvfeed").chain(words);
                assert!(Args::read(line).is_ok(), "{example}");
                found += 1;
            }
        }
        assert!(found > 12, "{found}");
    }

    #[test]
    fn verbosity_is_counted() {
        assert_eq!(read("tvfeed quote A:B -vv").unwrap().verbose, 2);
        assert_eq!(read("tvfeed -v quote A:B").unwrap().verbose, 1);
    }
}
