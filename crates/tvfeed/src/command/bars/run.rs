//! The command: load, follow, and settle the output.

use super::{
    follow::follow,
    load::{Loaded, load},
    rows::Rows,
    writer::Writer,
};
use crate::{
    args::{BarsArgs, ConnectionArgs},
    command::{suggestions::Suggestions, symbols::all_symbols},
    connect::Connected,
    exit::Failure,
    output::Output,
    stop::Stop,
};

/// Loads and writes bars; with `--follow` goes on until time, count or a signal ends it.
pub(crate) async fn bars(
    args: &BarsArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let symbols = all_symbols(&args.symbols, args.symbols_file.as_deref())?;
    // First, so that a file that cannot be written is reported before anything is loaded.
    let output = Output::to(args.output.as_deref())?;
    stop.on_forced_exit(output.rescue());
    let connected = match stop.or(Connected::open(connection)).await {
        Some(Ok(connected)) => connected,
        Some(Err(failure)) => {
            output.keep();
            return Err(failure);
        }
        None => {
            output.keep();
            return Err(Failure::Interrupted);
        }
    };
    let mut writer = Writer {
        rows: Rows::new(args.format(), &symbols),
        output,
        stop,
    };
    let mut loaded = Loaded {
        suggestions: Some(Suggestions::new(
            connection,
            connected.simulator().as_deref(),
        )),
        ..Loaded::default()
    };
    let mut done = load(args, &symbols, &connected, &mut writer, &mut loaded).await;
    if done.is_ok() && args.follow {
        done = follow(args, &connected, &mut loaded, &mut writer).await;
    }
    if let Some(suggestions) = loaded.suggestions.take() {
        suggestions.finish().await;
    }
    connected.close().await;
    match done {
        Ok(()) => {
            writer.output.finish()?;
            loaded.outcome(args.strict)
        }
        Err(failure) => {
            writer.output.keep();
            Err(failure)
        }
    }
}
