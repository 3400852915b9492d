//! Series from the connection to the output: first their history, then what follows.

use std::pin::pin;

use client::{
    Client, RequestError, Series, SeriesEvent, SeriesRequest,
    values::{Bar, Symbol},
};
use futures_util::{StreamExt, stream};

use super::rows::Rows;
use crate::{
    args::{BarsArgs, ConnectionArgs},
    command::unique,
    connect::Connected,
    exit::{Failure, say},
    output::Output,
    stop::Stop,
};

/// Histories that are loaded at the same time. More would only wait for each other in memory, because they
/// are written in the order of the command line.
const AT_ONCE: usize = 4;

/// Bars that are written at once.
const CHUNK: usize = 1_000;

/// Loads and writes bars; with `--follow` goes on until the user ends it.
pub(crate) async fn bars(
    args: &BarsArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    // First, so that a file that cannot be written is told before anything is loaded.
    let output = Output::to(args.output.as_deref())?;
    let Some(connected) = stop.or(Connected::open(connection)).await else {
        return Err(Failure::Interrupted);
    };
    let connected = connected?;
    let symbols = unique(&args.symbols);
    let mut writer = Writer {
        rows: Rows::new(args.format, &symbols),
        output,
        stop,
    };
    let done = run(args, &symbols, &connected.client, &mut writer).await;
    connected.close().await;
    match done {
        Ok(Loaded { last_words, .. }) => {
            writer.output.finish()?;
            last_words.map_or(Ok(()), Err)
        }
        Err(failure) => Err(failure),
    }
}

/// What loading all symbols has come to.
#[derive(Default)]
struct Loaded {
    following: Vec<(Symbol, Series, Option<Bar>)>,
    any: bool,
    /// Why some symbols have no bars, said already.
    last_words: Option<Failure>,
}

async fn run(
    args: &BarsArgs,
    symbols: &[Symbol],
    client: &Client,
    writer: &mut Writer,
) -> Result<Loaded, Failure> {
    let mut loaded = load(args, symbols, client, writer).await?;
    if !loaded.any {
        return match loaded.last_words.take() {
            Some(failure) => Err(failure),
            None => Ok(loaded),
        };
    }
    if args.follow {
        follow(std::mem::take(&mut loaded.following), writer).await?;
    }
    Ok(loaded)
}

async fn load(
    args: &BarsArgs,
    symbols: &[Symbol],
    client: &Client,
    writer: &mut Writer,
) -> Result<Loaded, Failure> {
    let count = usize::try_from(args.count.get()).unwrap_or(usize::MAX);
    let series = stream::iter(symbols).map(|symbol| async move {
        let request = SeriesRequest::new(symbol.clone(), args.interval).count(count);
        (symbol, client.series(request).await)
    });
    let mut series = pin!(series.buffered(AT_ONCE));
    let mut loaded = Loaded::default();
    let heading = writer.rows.heading();
    writer.send(heading).await?.ok_or(Failure::Interrupted)?;
    loop {
        let next = writer.stop.or(series.next()).await;
        let Some((symbol, answer)) = next.ok_or(Failure::Interrupted)? else {
            return Ok(loaded);
        };
        match answer {
            Ok(mut series) => {
                let bars = series.take_history();
                writer.history(symbol, &bars).await?;
                loaded.any = true;
                if args.follow {
                    let last = bars.last().copied();
                    loaded.following.push((symbol.clone(), series, last));
                }
            }
            Err(RequestError::Refused { reason, .. }) => {
                say(format_args!("{symbol}: refused: {reason}"));
                // A symbol without an answer weighs more than one with a bad answer.
                loaded.last_words.get_or_insert(Failure::Refused(None));
            }
            Err(error @ RequestError::Ended(_)) => return Err(error.into()),
            Err(error) => {
                let failure = Failure::from(error);
                say(format_args!("{symbol}: no bars"));
                loaded.last_words = Some(failure);
            }
        }
    }
}

/// Writes what follows until the user ends it or the connection is lost.
async fn follow(
    series: Vec<(Symbol, Series, Option<Bar>)>,
    writer: &mut Writer,
) -> Result<(), Failure> {
    let mut last: Vec<_> = series.iter().map(|(_, _, bar)| *bar).collect();
    let mut symbols = Vec::new();
    let mut streams = Vec::new();
    for (index, (symbol, series, _)) in series.into_iter().enumerate() {
        symbols.push(symbol);
        streams.push(series.map(move |event| (index, event)));
    }
    let mut events = stream::select_all(streams);
    while let Some(event) = writer.stop.or(events.next()).await {
        let Some((index, event)) = event else {
            return Err(Failure::Internal(
                "the stream ended without a reason".into(),
            ));
        };
        let (Some(symbol), Some(last)) = (symbols.get(index), last.get_mut(index)) else {
            continue;
        };
        let bar = match event {
            // The history ends with the open bar, which the stream begins with.
            SeriesEvent::Open(bar) if *last == Some(bar) => continue,
            SeriesEvent::Open(bar) | SeriesEvent::Closed(bar) | SeriesEvent::Revised(bar) => bar,
            SeriesEvent::Lagged { dropped } => {
                say(format_args!(
                    "{symbol}: {dropped} bars were lost, because output was too slow"
                ));
                continue;
            }
            SeriesEvent::Gap { from, to, .. } => {
                say(format_args!(
                    "{symbol}: bars between {from} and {to} (Unix seconds) are missing"
                ));
                continue;
            }
            SeriesEvent::Skipped { reason } => {
                say(format_args!("{symbol}: a message was skipped: {reason}"));
                continue;
            }
            SeriesEvent::Failed(error) => return Err(error.into()),
            SeriesEvent::Ended(error) => return Err(error.into()),
            _ => continue,
        };
        *last = Some(bar);
        let mut line = String::new();
        writer.rows.row(symbol, &bar, &mut line);
        if writer.send(line).await?.is_none() {
            break;
        }
    }
    Ok(())
}

/// Rows on their way out.
struct Writer {
    rows: Rows,
    output: Output,
    stop: Stop,
}

impl Writer {
    /// Writes text; `None` if the user ends the program meanwhile.
    async fn send(&mut self, text: String) -> Result<Option<()>, Failure> {
        if text.is_empty() {
            return Ok(Some(()));
        }
        if self.output.is_regular_file() {
            // Never half-way: the file is to be kept.
            return self.output.send(text).await.map(Some);
        }
        self.stop.or(self.output.send(text)).await.transpose()
    }

    async fn history(&mut self, symbol: &Symbol, bars: &[Bar]) -> Result<(), Failure> {
        for chunk in bars.chunks(CHUNK) {
            let mut text = String::new();
            for bar in chunk {
                self.rows.row(symbol, bar, &mut text);
            }
            self.send(text).await?.ok_or(Failure::Interrupted)?;
        }
        Ok(())
    }
}
