//! The stream of quotes, from the connection to the output.

use std::{collections::HashSet, num::NonZero, time::Duration};

use client::{Client, QuoteEvent, QuoteRequest, QuoteUpdate, values::Symbol};
use tokio::time::Instant;

use super::rows::{Rows, names};
use crate::{
    args::{ConnectionArgs, QuoteArgs},
    command::unique,
    connect::Connected,
    exit::{Failure, say},
    output::Output,
    stop::Stop,
};

/// Streams quotes until the time, the count or the user ends it, or until every symbol is refused.
pub(crate) async fn quote(
    args: &QuoteArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let Some(connected) = stop.or(Connected::open(connection)).await else {
        return Ok(());
    };
    let connected = connected?;
    if let Some(duration) = args.duration {
        stop = stop.after(duration);
    }
    let done = stream(args, &connected.client, &mut stop).await;
    connected.close().await;
    done
}

async fn stream(args: &QuoteArgs, client: &Client, stop: &mut Stop) -> Result<(), Failure> {
    let symbols = unique(&args.symbols);
    let request = QuoteRequest::new(symbols.iter().cloned()).fields(names(&args.fields));
    let mut quotes = client.quotes(request).await?;
    let mut writer = Writer {
        rows: Rows::new(args.format, &args.fields, &symbols),
        output: Output::stdout(),
        left: args.count.map(NonZero::get),
    };
    let mut starting = Some(Starting::new(&symbols, args.duration));
    let mut waiting: HashSet<Symbol> = symbols.into_iter().collect();
    let mut refused = false;
    let heading = writer.rows.heading();
    if !heading.is_empty() && !writer.send(heading, stop).await? {
        return Ok(());
    }
    loop {
        let patience = starting.as_ref().map(|starting| starting.until);
        let event = tokio::select! {
            event = stop.or(quotes.next()) => event,
            () = sleep_until(patience) => {
                for update in starting.take().into_iter().flat_map(Starting::finish) {
                    if !writer.write(&update, stop).await? {
                        return Ok(());
                    }
                }
                continue;
            }
        };
        let Some(event) = event else { break };
        let update = match event {
            Some(QuoteEvent::Update(update)) => match &mut starting {
                Some(starting) => starting.hold(update),
                None => Some(update),
            },
            Some(QuoteEvent::Completed { symbol }) => starting
                .as_mut()
                .and_then(|starting| starting.complete(&symbol)),
            Some(QuoteEvent::Refused { symbol, reason }) => {
                say(format_args!("{symbol}: refused: {reason}"));
                refused = true;
                waiting.remove(&symbol);
                if waiting.is_empty() {
                    break;
                }
                None
            }
            Some(QuoteEvent::Skipped { reason }) => {
                say(format_args!("a message was skipped: {reason}"));
                None
            }
            Some(QuoteEvent::Failed(error)) => return Err(error.into()),
            Some(QuoteEvent::Ended(error)) => return Err(error.into()),
            Some(_) => None,
            None => {
                return Err(Failure::Internal(
                    "the stream ended without a reason".into(),
                ));
            }
        };
        if let Some(update) = update
            && !writer.write(&update, stop).await?
        {
            break;
        }
    }
    if refused {
        return Err(Failure::Refused(None));
    }
    Ok(())
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Rows on their way out.
struct Writer {
    rows: Rows,
    output: Output,
    /// Updates until the end, if they are counted.
    left: Option<u64>,
}

impl Writer {
    /// Writes an update. False if it was the last, or if the program is to stop.
    ///
    /// The next update is taken when this one is out; meanwhile the client merges what comes.
    async fn write(&mut self, update: &QuoteUpdate, stop: &mut Stop) -> Result<bool, Failure> {
        let row = self.rows.row(update);
        let sent = self.send(row, stop).await?;
        self.left = self.left.map(|left| left - 1);
        Ok(sent && self.left != Some(0))
    }

    async fn send(&mut self, text: String, stop: &mut Stop) -> Result<bool, Failure> {
        let sent = stop.or(self.output.send(text)).await;
        sent.transpose().map(|sent| sent.is_some())
    }
}

/// The first state of a symbol comes in pieces. Its first line waits for the last of them, but not for long.
struct Starting {
    until: Instant,
    incomplete: HashSet<Symbol>,
    held: Vec<QuoteUpdate>,
}

/// How long a first line waits for a server that does not say when a symbol is complete.
const PATIENCE: Duration = Duration::from_secs(1);

impl Starting {
    fn new(symbols: &[Symbol], duration: Option<Duration>) -> Self {
        let patience = duration.map_or(PATIENCE, |duration| PATIENCE.min(duration / 2));
        Self {
            until: Instant::now() + patience,
            incomplete: symbols.iter().cloned().collect(),
            held: Vec::new(),
        }
    }

    /// Keeps the update of an incomplete symbol in place of an earlier one; gives back any other.
    fn hold(&mut self, update: QuoteUpdate) -> Option<QuoteUpdate> {
        if !self.incomplete.contains(&update.symbol) {
            return Some(update);
        }
        self.release(&update.symbol);
        self.held.push(update);
        None
    }

    /// The update of a symbol that is complete now.
    fn complete(&mut self, symbol: &Symbol) -> Option<QuoteUpdate> {
        self.incomplete.remove(symbol);
        self.release(symbol)
    }

    fn release(&mut self, symbol: &Symbol) -> Option<QuoteUpdate> {
        let place = self.held.iter().position(|held| held.symbol == *symbol)?;
        Some(self.held.remove(place))
    }

    /// What is held, complete or not.
    fn finish(self) -> Vec<QuoteUpdate> {
        self.held
    }
}
