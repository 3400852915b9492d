//! The `tvfeed` command: TradingView market data on the command line. Unofficial.
//!
//! Reads the command line ([`args`]), runs one [`command`], and ends with a status ([`exit`]). Data
//! goes to stdout and messages to stderr, never by a macro that panics when the stream is closed.

mod account;
mod args;
mod command;
mod connect;
mod credentials;
mod exit;
mod http;
mod output;
mod proxy;
mod simulator;
mod site;
mod stop;
mod store;
mod terminal;

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    args::{Args, Command},
    exit::Failure,
    stop::Stop,
};

fn main() -> ExitCode {
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            let printed = error.print().and_then(|()| io::stdout().flush());
            // Help and version come this way, too: they are data.
            if !error.use_stderr()
                && let Err(error) = printed
            {
                let failure = Failure::writing(&"to stdout", &error);
                failure.report();
                return ExitCode::from(failure.status());
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    log(args.verbose);
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.status())
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    if let Command::Decode(decode) = &args.command {
        return command::decode(decode);
    }
    let failed = |error: io::Error| Failure::Internal(format!("cannot start the runtime: {error}"));
    stop::has_descriptors().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(failed)?;
    let done = runtime.block_on(async {
        let stop = Stop::on_signals()?;
        match &args.command {
            Command::Quote(quote) => command::quote(quote, &args.connection, stop).await,
            Command::Bars(bars) => command::bars(bars, &args.connection, stop).await,
            Command::Study(study) => command::study(study, &args.connection, stop).await,
            Command::Strategy(strategy) => {
                command::strategy(strategy, &args.connection, stop).await
            }
            Command::Replay(replay) => command::replay(replay, &args.connection, stop).await,
            Command::Events(events) => command::events(events, &args.connection, stop).await,
            Command::Studies(studies) => command::studies(studies, stop).await,
            Command::Search(search) => command::search(search, &args.connection, stop).await,
            Command::Symbol(symbol) => command::symbol(symbol, &args.connection, stop).await,
            Command::Scan(scan) => command::scan(scan, &args.connection, stop).await,
            Command::Fields(fields) => command::fields(fields, &args.connection, stop).await,
            Command::Ta(ta) => command::ta(ta, &args.connection, stop).await,
            Command::Check(check) => command::check(check, &args.connection, stop).await,
            Command::Login(login) => command::login(login, &args.connection, stop).await,
            Command::Logout => command::logout(&args.connection, stop).await,
            Command::Whoami(whoami) => command::whoami(whoami, &args.connection, stop).await,
            Command::Pine(pine) => command::pine(pine, &args.connection, stop).await,
            Command::News(news) => command::news(news, &args.connection, stop).await,
            Command::Calendar(calendar) => {
                command::calendar(calendar, &args.connection, stop).await
            }
            Command::Statements(statements) => {
                command::statements(statements, &args.connection, stop).await
            }
            Command::Watchlist(lists) => command::watchlist(lists, &args.connection, stop).await,
            Command::Drawings(drawings) => {
                command::drawings(drawings, &args.connection, stop).await
            }
            Command::Sim(sim) => command::sim(sim, stop).await,
            Command::Decode(_) => Ok(()),
        }
    });
    // A thread that hangs in a write to a stopped reader is left behind.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

/// Writes the program's own log to stderr.
fn log(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let mut shown = Targets::new().with_default(level);
    if verbose == 0 {
        // The program itself reports why a connection was given up.
        shown = shown.with_target("tv_transport::supervisor", LevelFilter::OFF);
    }
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false)
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(shown))
        .init();
}

/// One for the connection and one to spare.
const WORKERS: usize = 2;
