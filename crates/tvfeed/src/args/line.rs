//! The whole command line, and the checks that need more than one option.

use std::{ffi::OsString, path::Path};

use clap::{ArgAction, CommandFactory, Parser, Subcommand, error::ErrorKind};

use super::{
    bars::BarsArgs,
    check::CheckArgs,
    connection::ConnectionArgs,
    decode::DecodeArgs,
    examples,
    lists::{DrawingsArgs, WatchlistArgs},
    login::{LoginArgs, WhoamiArgs},
    quote::QuoteArgs,
    reading::{CalendarArgs, NewsArgs, PineArgs, StatementsArgs},
    replay::{EventsArgs, ReplayArgs},
    rows::RowArgs,
    scan::{FieldsArgs, ScanArgs, TaArgs},
    search::{SearchArgs, SymbolArgs},
    sim::SimArgs,
    strategy::StrategyArgs,
    study::{StudiesArgs, StudyArgs},
    values::{INTERVALS, symbol_list_hint},
};

/// TradingView market data on the command line. Unofficial.
#[derive(Debug, Parser)]
#[command(name = "tvfeed", version, after_help = examples::AFTER_HELP)]
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

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stream quotes.
    #[command(after_help = examples::QUOTE_EXAMPLES)]
    Quote(QuoteArgs),
    /// Load bars, and optionally follow them.
    #[command(after_help = examples::BARS_EXAMPLES)]
    Bars(Box<BarsArgs>),
    /// Compute a study on bars: an indicator, or a script.
    #[command(after_help = examples::STUDY_EXAMPLES)]
    Study(Box<StudyArgs>),
    /// Show how a strategy would have done, for one set of inputs or for many.
    #[command(after_help = examples::STRATEGY_EXAMPLES)]
    Strategy(Box<StrategyArgs>),
    /// List the built-in studies, with their inputs and plots.
    #[command(after_help = examples::STUDIES_EXAMPLES)]
    Studies(StudiesArgs),
    /// Show past bars one by one, as they came.
    #[command(after_help = examples::REPLAY_EXAMPLES)]
    Replay(Box<ReplayArgs>),
    /// Show earnings, dividends and splits of a company, past and announced.
    #[command(after_help = examples::EVENTS_EXAMPLES)]
    Events(Box<EventsArgs>),
    /// Find symbols by ticker, name or number.
    #[command(after_help = examples::SEARCH_EXAMPLES)]
    Search(Box<SearchArgs>),
    /// Show what is known of a symbol.
    #[command(after_help = examples::SYMBOL_EXAMPLES)]
    Symbol(Box<SymbolArgs>),
    /// Find symbols by their values.
    #[command(after_help = examples::SCAN_EXAMPLES)]
    Scan(Box<ScanArgs>),
    /// List the columns of `scan`.
    #[command(after_help = examples::FIELDS_EXAMPLES)]
    Fields(Box<FieldsArgs>),
    /// Show technical ratings: buy, sell or neutral, by interval.
    #[command(after_help = examples::TA_EXAMPLES)]
    Ta(Box<TaArgs>),
    /// Check what answers, how fast, and how it differs from what this version knows.
    #[command(after_help = examples::CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Sign in, and store the login encrypted.
    #[command(after_help = examples::LOGIN_EXAMPLES)]
    Login(LoginArgs),
    /// Remove the stored login.
    #[command(after_help = examples::LOGOUT_EXAMPLES)]
    Logout,
    /// Show who is signed in: plan, limits, how long it lasts.
    #[command(after_help = examples::WHOAMI_EXAMPLES)]
    Whoami(WhoamiArgs),
    /// List, search and show Pine scripts.
    #[command(after_help = examples::PINE_EXAMPLES)]
    Pine(Box<PineArgs>),
    /// Show headlines, or the text of a story.
    #[command(after_help = examples::NEWS_EXAMPLES)]
    News(Box<NewsArgs>),
    /// Show economic events, earnings, dividends or offers.
    #[command(after_help = examples::CALENDAR_EXAMPLES)]
    Calendar(Box<CalendarArgs>),
    /// Show the statements of a company.
    #[command(after_help = examples::STATEMENTS_EXAMPLES)]
    Statements(Box<StatementsArgs>),
    /// Show watch-lists, and convert text files of the site.
    #[command(after_help = examples::WATCHLIST_EXAMPLES)]
    Watchlist(Box<WatchlistArgs>),
    /// Show what is drawn on a layout.
    #[command(after_help = examples::DRAWINGS_EXAMPLES)]
    Drawings(Box<DrawingsArgs>),
    /// Decode recorded traffic to JSON.
    #[command(after_help = examples::DECODE_EXAMPLES)]
    Decode(DecodeArgs),
    /// Run a simulated TradingView server.
    #[command(after_help = examples::SIM_EXAMPLES)]
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
        self.connection.check().or_else(conflict)?;
        match (&self.command, given.first()) {
            (Command::Decode(_), Some(option)) => Err(senseless(option, "decode")),
            (Command::Sim(_), Some(option)) => Err(senseless(option, "sim")),
            (Command::Studies(_), Some(option)) => Err(senseless(option, "studies")),
            (Command::Studies(studies), None) => studies.rows.check().or_else(conflict),
            (Command::Strategy(strategy), _) => strategy.check().or_else(conflict),
            (Command::Replay(replay), _) => replay.rows.check().or_else(conflict),
            (Command::Events(events), _) => events.rows.check().or_else(conflict),
            (Command::Study(study), _) => {
                study.study.inputs.check().or_else(conflict)?;
                study.rows.check().or_else(conflict)
            }
            (Command::Logout, _) => match given.iter().find(|name| !name.starts_with("--sim")) {
                Some(option) => Err(senseless(option, "logout")),
                None => Ok(()),
            },
            (Command::Login(login), _) => self.check_login(login),
            (Command::Quote(quote), _) => {
                self.check_stdin(quote.symbols_file.as_deref())?;
                symbol_list_hint(&quote.symbols).map_or(Ok(()), conflict)?;
                quote.chosen_format().map_or_else(conflict, |_| Ok(()))
            }
            (Command::Bars(bars), _) => {
                self.check_stdin(bars.symbols_file.as_deref())?;
                symbol_list_hint(&bars.symbols).map_or(Ok(()), conflict)?;
                bars.check().or_else(conflict)?;
                if bars.interval.is_none() {
                    let text = format!("bars needs an interval, such as -i 1D\n\n{INTERVALS}");
                    return Err((ErrorKind::MissingRequiredArgument, text));
                }
                Ok(())
            }
            (Command::Check(_) | Command::Whoami(_), _) => Ok(()),
            (Command::Decode(_) | Command::Sim(_), None) => Ok(()),
            (Command::Scan(scan), _) => {
                scan.check().or_else(conflict)?;
                self.check_http(&scan.rows)
            }
            (Command::Fields(fields), given) => match given.filter(|_| !fields.refresh) {
                Some(option) => {
                    let text =
                        format!("{option} has no meaning without --refresh, which asks the server");
                    Err((ErrorKind::ArgumentConflict, text))
                }
                None => self.check_http(&fields.rows),
            },
            (Command::Ta(ta), _) => {
                symbol_list_hint(&ta.symbols).map_or(Ok(()), conflict)?;
                self.check_http(&ta.rows)
            }
            (Command::Pine(pine), _) => self.check_http(pine.rows()),
            (Command::News(news), _) => self.check_http(&news.rows),
            (Command::Calendar(calendar), _) => {
                calendar.check().or_else(conflict)?;
                self.check_http(&calendar.rows)
            }
            (Command::Statements(statements), _) => self.check_http(&statements.rows),
            (Command::Watchlist(lists), given) => match given.filter(|_| !lists.asks()) {
                Some(option) => Err(senseless(option, "watchlist")),
                None => lists.rows().map_or(Ok(()), |rows| self.check_http(rows)),
            },
            (Command::Drawings(drawings), _) => self.check_http(&drawings.rows),
            (Command::Search(search), _) => self.check_http(&search.rows),
            (Command::Symbol(symbol), _) => {
                symbol_list_hint(&symbol.symbols).map_or(Ok(()), conflict)?;
                self.check_http(&symbol.rows)
            }
        }
    }
}

impl Args {
    /// A login is by one means.
    fn check_login(&self, login: &LoginArgs) -> Result<(), (ErrorKind, String)> {
        if self.connection.guest {
            let text = "--guest has no meaning for `tvfeed login`".to_owned();
            return Err((ErrorKind::ArgumentConflict, text));
        }
        let means = [
            ("--cookies", self.connection.cookies.is_some()),
            ("--token-file", self.connection.token_file.is_some()),
            ("--token", login.token),
            ("--user", login.user.is_some()),
        ];
        let given: Vec<_> = means.iter().filter(|(_, given)| *given).collect();
        match given.as_slice() {
            [_] => Ok(()),
            [] => {
                let text = "login needs --cookies FILE, --user NAME, --token or --token-file FILE";
                Err((ErrorKind::MissingRequiredArgument, text.to_owned()))
            }
            [(one, _), (other, _), ..] => {
                let text = format!("{one} cannot be used together with {other}");
                Err((ErrorKind::ArgumentConflict, text))
            }
        }
    }

    /// Symbols and the sign-in cannot both come from stdin.
    fn check_stdin(&self, symbols: Option<&Path>) -> Result<(), (ErrorKind, String)> {
        match self.connection.reads_stdin() {
            Some(option) if symbols == Some(Path::new("-")) => {
                let text = format!("{option} cannot be used together with --symbols -");
                Err((ErrorKind::ArgumentConflict, text))
            }
            _ => Ok(()),
        }
    }

    /// The checks of every command that asks HTTP endpoints.
    fn check_http(&self, rows: &RowArgs) -> Result<(), (ErrorKind, String)> {
        let given = self.connection.given();
        let senseless = given
            .iter()
            .find(|name| ["--server", "--no-reconnect"].contains(name));
        if let Some(option) = senseless {
            let text = format!("{option} has no meaning for this command, which uses no WebSocket");
            return Err((ErrorKind::ArgumentConflict, text));
        }
        rows.check().or_else(conflict)
    }
}

impl Command {
    /// How it is used, for messages.
    fn definition(&self) -> clap::Command {
        let name = match self {
            Self::Quote(_) => "quote",
            Self::Bars(_) => "bars",
            Self::Study(_) => "study",
            Self::Strategy(_) => "strategy",
            Self::Replay(_) => "replay",
            Self::Events(_) => "events",
            Self::Studies(_) => "studies",
            Self::Search(_) => "search",
            Self::Symbol(_) => "symbol",
            Self::Scan(_) => "scan",
            Self::Fields(_) => "fields",
            Self::Ta(_) => "ta",
            Self::Check(_) => "check",
            Self::Login(_) => "login",
            Self::Logout => "logout",
            Self::Whoami(_) => "whoami",
            Self::Pine(_) => "pine",
            Self::News(_) => "news",
            Self::Calendar(_) => "calendar",
            Self::Statements(_) => "statements",
            Self::Watchlist(_) => "watchlist",
            Self::Drawings(_) => "drawings",
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
    fn a_range_of_dates_is_refused_with_what_to_use() {
        for option in ["--from 2026-01-31", "--to=2026-01-31", "--from -7d"] {
            let error = read(&format!("tvfeed bars A:B -i 1D {option}")).unwrap_err();
            let error = error.to_string();
            assert!(
                error.contains("the newest bars") && error.contains("-n 5000"),
                "{error}"
            );
        }
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
                let example = example.split(" < recording").next().unwrap();
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
    fn a_sign_in_is_by_one_means() {
        for (line, words) in [
            ("tvfeed login", "login needs --cookies FILE"),
            (
                "tvfeed login --user a --token",
                "--token cannot be used together with --user",
            ),
            ("tvfeed login --cookies a --user b", "together with --user"),
            ("tvfeed login --cookies a --guest", "together with --guest"),
            ("tvfeed login --user a --guest", "--guest has no meaning"),
            (
                "tvfeed whoami --cookies a --token-file b",
                "together with --token-file",
            ),
            (
                "tvfeed quote --symbols - --cookies -",
                "together with --symbols -",
            ),
            (
                "tvfeed bars -i 1 --symbols - --token-file -",
                "together with --symbols -",
            ),
            ("tvfeed logout --cookies a", "has no meaning"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.contains(words), "{line}: {error}");
        }
        for line in [
            "tvfeed login --cookies -",
            "tvfeed --cookies a login",
            "tvfeed login --token-file a",
            "tvfeed search a --cookies b",
            "tvfeed logout --sim",
        ] {
            assert!(read(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_and_not_shown() {
        for proxy in ["https://me:CANARY@proxy.test", "proxy.test:3128", ""] {
            let line = ["tvfeed", "quote", "A:B", "--proxy", proxy];
            let error = Args::read(line).unwrap_err().to_string();
            assert!(
                error.contains("--proxy: the address of the proxy is not valid"),
                "{error}"
            );
            assert!(!error.contains("CANARY"), "{error}");
        }
        let args = read("tvfeed quote A:B --proxy http://me:CANARY@proxy.test").unwrap();
        assert!(!format!("{args:?}").contains("CANARY"));
        assert!(read("tvfeed scan --proxy socks5://proxy.test").is_ok());
        assert!(read("tvfeed scan --proxy none").is_ok());
        let error = read("tvfeed scan --sim --proxy http://proxy.test").unwrap_err();
        assert!(error.to_string().contains("uses no network"), "{error}");
    }

    #[test]
    fn verbosity_is_counted() {
        assert_eq!(read("tvfeed quote A:B -vv").unwrap().verbose, 2);
        assert_eq!(read("tvfeed -v quote A:B").unwrap().verbose, 1);
    }
}
