//! The stream of quotes, from the connection to the output.

use std::{collections::HashSet, num::NonZero, time::Duration};

use client::{Client, ConnectionState, QuoteEvent, QuoteRequest, QuoteUpdate, Symbol};
use tokio::time::Instant;

use super::{fields::requested_names, progress::Progress, rows::Rows, suspension::Suspension};
use crate::{
    args::{ConnectionArgs, QuoteArgs},
    command::{
        notes::{hint, is_unknown, names},
        suggestions::Suggestions,
        symbols::all_symbols,
    },
    connect::{Connected, Losses},
    exit::{Failure, say},
    output::{Output, span},
    stop::Stop,
};

/// Streams quotes until time, count or a signal ends it, or until every symbol is refused.
pub(crate) async fn quote(
    args: &QuoteArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let symbols = all_symbols(&args.symbols, args.symbols_file.as_deref())?;
    // First, so that a file that cannot be written is reported before anything is asked for.
    let output = Output::to(args.output.as_deref())?;
    stop.on_forced_exit(output.rescue());
    let connected = match stop.or(Connected::open(connection)).await {
        Some(Ok(connected)) => connected,
        ended => {
            output.keep();
            return ended.map_or(Ok(()), |failed| failed.map(drop));
        }
    };
    if let Some(duration) = args.duration {
        stop = stop.after(duration);
    }
    let mut suggestions = Suggestions::new(connection, connected.simulator().as_deref());
    let mut writer = Writer {
        rows: Rows::new(args.format(), &args.fields, &symbols),
        output,
        left: args.count.map(NonZero::get),
        stop,
    };
    let done = stream(args, &symbols, &connected, &mut writer, &mut suggestions).await;
    suggestions.finish().await;
    connected.close().await;
    match done {
        Ok(outcome) => {
            writer.output.finish()?;
            outcome
        }
        Err(failure) => {
            writer.output.keep();
            Err(failure)
        }
    }
}

/// How the command ends after all is written, or the failure that ended it.
async fn stream(
    args: &QuoteArgs,
    symbols: &[Symbol],
    connected: &Connected,
    writer: &mut Writer,
    suggestions: &mut Suggestions,
) -> Result<Result<(), Failure>, Failure> {
    let fields = requested_names(&args.fields, args.format());
    let request = QuoteRequest::new(symbols.iter().cloned())?;
    let mut request = request.fields(fields).report_after(args.report_after);
    if let Some(session) = args.session {
        request = request.trading_session(session.into());
    }
    let mut quotes = connected.client.quotes(request).await?;
    let mut run = Run {
        writer,
        suggestions,
        progress: Progress::new(symbols, &args.fields),
        starting: Some(Starting::new(symbols, args.duration)),
        interruption: Interruption::new(connected.losses.clone()),
        suspension: Suspension::default(),
    };
    let done = loop {
        let held_until = run.starting.as_ref().map(|starting| starting.until);
        let interrupted_at = run.interruption.report_at();
        let next = async {
            tokio::select! {
                event = quotes.next() => Next::Event(event),
                () = sleep_until(held_until) => Next::Held,
                () = sleep_until(interrupted_at) => Next::Interrupted,
            }
        };
        let goes_on = match run.writer.stop.or(next).await {
            None => {
                run.progress.report_end();
                Ok(false)
            }
            Some(Next::Event(Some(event))) => run.take(event).await,
            Some(Next::Event(None)) => Err(Failure::Internal(
                "the stream ended without a reason".to_owned(),
            )),
            Some(Next::Held) => run.release().await,
            Some(Next::Interrupted) => {
                run.interruption.report(&connected.client);
                Ok(true)
            }
        };
        match goes_on {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    done?;
    Ok(
        if let (false, Some(reason)) = (run.progress.has_values(), run.suspension.reason()) {
            Err(Failure::Refused(format!(
                "the server has allowed no quotes: {reason}"
            )))
        } else if run.progress.has_refusals() {
            Err(Failure::Reported(REFUSED))
        } else if args.strict && !run.progress.is_complete() {
            Err(Failure::Incomplete)
        } else {
            Ok(())
        },
    )
}

/// The exit status if symbols were refused.
const REFUSED: u8 = 3;

/// What happens next.
enum Next {
    Event(Option<QuoteEvent>),
    /// Held first lines are due.
    Held,
    /// An interruption lasts.
    Interrupted,
}

/// The state of the command.
struct Run<'a> {
    writer: &'a mut Writer,
    suggestions: &'a mut Suggestions,
    progress: Progress,
    starting: Option<Starting>,
    interruption: Interruption,
    suspension: Suspension,
}

impl Run<'_> {
    /// Takes an event. False if it was the last.
    async fn take(&mut self, event: QuoteEvent) -> Result<bool, Failure> {
        let update = match event {
            QuoteEvent::Update(update) => {
                self.progress.update(&update);
                self.suspension.end_of(&update.symbol);
                match &mut self.starting {
                    Some(starting) => starting.hold(update),
                    None => Some(update),
                }
            }
            QuoteEvent::Completed { symbol } => {
                self.progress.complete(&symbol);
                self.starting
                    .as_mut()
                    .and_then(|starting| starting.complete(&symbol))
            }
            QuoteEvent::Refused { symbol, reason } => {
                let hint = hint(&symbol, &reason, None, None);
                self.suspension.forget(&symbol);
                say(format_args!("{symbol}: refused: {reason}{hint}"));
                if is_unknown(&reason) {
                    self.suggestions.begin(symbol.as_str());
                }
                return Ok(self.progress.refuse(&symbol));
            }
            QuoteEvent::Missing {
                symbols,
                fields,
                after,
            } => {
                let after = format!("after {}; still waiting", span(after.as_secs()));
                self.progress.miss(&symbols, fields, &after);
                None
            }
            QuoteEvent::Stale { symbol, age } => {
                let age = span(age.as_secs());
                say(format_args!("{}: no data for {age}", names([&symbol])));
                None
            }
            QuoteEvent::Lagged { dropped } => {
                say(format_args!(
                    "{dropped} updates were lost, because output was too slow"
                ));
                None
            }
            QuoteEvent::Skipped { symbol, reason } => {
                match symbol {
                    Some(symbol) => say(format_args!("{symbol}: a message was skipped: {reason}")),
                    None => say(format_args!("a message was skipped: {reason}")),
                }
                None
            }
            QuoteEvent::Suspended {
                symbol,
                reason,
                retry_in,
            } => {
                if symbol.is_none() {
                    // Its end is reported, too.
                    self.interruption.is_reported = true;
                }
                self.suspension.begin(symbol, reason, retry_in);
                None
            }
            QuoteEvent::Reconnecting => {
                self.interruption.begin();
                None
            }
            QuoteEvent::Resumed { missing } => {
                self.suspension.end();
                self.interruption.end(missing);
                None
            }
            QuoteEvent::Ended(error) => return Err(error.into()),
            _ => None,
        };
        match update {
            Some(update) => self.writer.write(&update).await,
            None => Ok(true),
        }
    }

    /// Writes the first lines that wait no longer.
    async fn release(&mut self) -> Result<bool, Failure> {
        for update in self.starting.take().into_iter().flat_map(Starting::finish) {
            if !self.writer.write(&update).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Rows on their way out.
#[derive(Debug)]
struct Writer {
    rows: Rows,
    output: Output,
    /// Updates until the end, if they are counted.
    left: Option<u64>,
    stop: Stop,
}

impl Writer {
    /// Writes an update, unless it says nothing new. False if it was the last, or if the program is
    /// to stop.
    ///
    /// The next update is taken when this one is out; until then the client merges what arrives.
    async fn write(&mut self, update: &QuoteUpdate) -> Result<bool, Failure> {
        let Some(line) = self.rows.line(update) else {
            return Ok(true);
        };
        let sent = if self.output.is_regular_file() {
            // Never half-way: the file is to be kept.
            Some(self.output.send(line).await?)
        } else {
            self.stop.or(self.output.send(line)).await.transpose()?
        };
        self.left = self.left.map(|left| left - 1);
        Ok(sent.is_some() && self.left != Some(0))
    }
}

/// An interruption of the whole session.
struct Interruption {
    since: Option<Instant>,
    is_reported: bool,
    losses: Losses,
    /// How often the connection was lost before the session was whole.
    known_losses: u64,
}

/// An interruption that lasts longer is reported, even if the connection is open.
const PATIENCE: Duration = Duration::from_secs(1);

impl Interruption {
    fn new(losses: Losses) -> Self {
        Self {
            since: None,
            is_reported: false,
            losses,
            known_losses: 0,
        }
    }

    fn begin(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// When [`report`](Self::report) is due.
    fn report_at(&self) -> Option<Instant> {
        let since = self.since.filter(|_| !self.is_reported);
        since.map(|since| since + PATIENCE)
    }

    /// Reports an interruption by the server. A lost connection was reported before.
    fn report(&mut self, client: &Client) {
        self.is_reported = true;
        if matches!(client.state(), ConnectionState::Open { .. }) {
            say("the server has interrupted the quotes; the client is restoring them");
        }
    }

    fn end(&mut self, missing: usize) {
        let losses = self.losses.count();
        let was_lost = losses != std::mem::replace(&mut self.known_losses, losses);
        if was_lost || self.is_reported {
            match missing {
                0 => say("quotes resumed"),
                1 => say("quotes resumed; one symbol has not answered yet"),
                missing => say(format_args!(
                    "quotes resumed; {missing} symbols have not answered yet"
                )),
            }
        }
        self.since = None;
        self.is_reported = false;
    }
}

/// First states that arrive in pieces. The first line of a symbol waits for the last piece, but not
/// for long.
struct Starting {
    until: Instant,
    incomplete: HashSet<Symbol>,
    held: Vec<QuoteUpdate>,
}

/// How long a first line waits for a server that does not say when a symbol is complete.
const FIRST_LINE: Duration = Duration::from_secs(1);

impl Starting {
    fn new(symbols: &[Symbol], duration: Option<Duration>) -> Self {
        let longest = duration.map_or(FIRST_LINE, |duration| FIRST_LINE.min(duration / 2));
        Self {
            until: Instant::now() + longest,
            incomplete: symbols.iter().cloned().collect(),
            held: Vec::new(),
        }
    }

    /// Keeps the update of an incomplete symbol in place of an earlier one; returns any other.
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

    /// The updates that are held, complete or not.
    fn finish(self) -> Vec<QuoteUpdate> {
        self.held
    }
}
