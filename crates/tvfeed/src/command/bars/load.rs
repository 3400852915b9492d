//! History, from the connection to the output.

use std::pin::pin;

use client::{Completeness, Overflow, RequestError, Series, SeriesRequest, SkippedRow, Symbol};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::{
    loading_line::LoadingLine,
    rows::{Row, Style},
    writer::Writer,
};
use crate::{
    args::BarsArgs,
    command::{
        notes::{data_mode, delay, hint, is_unknown, names},
        suggestions::Suggestions,
    },
    connect::Connected,
    exit::{Failure, say},
    output::{Decimals, grouped, span},
    terminal,
};

/// Histories that are loaded at the same time. More would only wait for each other in memory,
/// because they are written in the order of the command line.
const AT_ONCE: usize = 4;

/// Rows that could not be read and are reported one by one.
const MAX_SKIPPED: usize = 10;

/// The state of all symbols so far.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) following: Vec<Loading>,
    /// Why some symbols have no bars, or no more of them; reported before.
    pub(super) failure: Option<Failure>,
    /// Whether something is missing that was asked for; reported before.
    pub(super) is_incomplete: bool,
    /// For symbols that are refused.
    pub(super) suggestions: Option<Suggestions>,
}

/// A symbol whose history was loaded.
#[derive(Debug)]
pub(super) struct Loading {
    pub(super) series: Series,
    pub(super) style: Style,
    /// The newest row of the history.
    pub(super) last: Option<Row>,
}

impl Loaded {
    /// How the command ends after everything was written.
    pub(super) fn outcome(self, strict: bool) -> Result<(), Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None if strict && self.is_incomplete => Err(Failure::Incomplete),
            None => Ok(()),
        }
    }

    /// Reports why a symbol has no bars, or no more. The failure to end with, if that ends the
    /// command.
    pub(super) fn fail(
        &mut self,
        args: &BarsArgs,
        symbol: &Symbol,
        error: RequestError,
    ) -> Result<(), Failure> {
        self.is_incomplete = true;
        if matches!(error, RequestError::Ended(_)) {
            return Err(error.into());
        }
        if let RequestError::Refused { reason, .. } = &error {
            let hint = hint(
                symbol,
                reason,
                Some(args.interval()),
                args.data.currency.as_deref(),
            );
            say(format_args!("{symbol}: refused: {reason}{hint}"));
            if let Some(suggestions) = self.suggestions.as_mut().filter(|_| is_unknown(reason)) {
                suggestions.begin(symbol.as_str());
            }
            // A symbol without an answer matters more than one with a refusal.
            self.failure
                .get_or_insert_with(|| Failure::from(error).reported());
            return Ok(());
        }
        let failure = Failure::from(error);
        say(format_args!(
            "{symbol}: {}",
            failure.text().unwrap_or_default()
        ));
        self.failure = Some(failure.reported());
        Ok(())
    }
}

/// Loads and writes the history of all symbols.
pub(super) async fn load(
    args: &BarsArgs,
    symbols: &[Symbol],
    connected: &Connected,
    writer: &mut Writer,
    loaded: &mut Loaded,
) -> Result<(), Failure> {
    let client = &connected.client;
    let line = LoadingLine::new(symbols.len());
    let series = stream::iter(symbols).map(|symbol| {
        let line = line.clone();
        async move {
            let mut known = 0;
            let loading = client.series_with_progress(request(args, symbol), |progress| {
                // They begin anew after a lost connection.
                line.add_bars(progress.bars.saturating_sub(known));
                known = known.max(progress.bars);
            });
            let series = loading.await;
            line.finish_symbol();
            series
        }
    });
    let mut series = pin!(series.buffered(AT_ONCE));
    let mut waiting = symbols.iter();
    while !waiting.as_slice().is_empty() {
        let silence = tokio::time::sleep_until(Instant::now() + args.report_after);
        let mut silence = pin!(silence);
        let answer = loop {
            let next = async {
                tokio::select! {
                    answer = series.next() => Some(answer),
                    () = &mut silence => None,
                }
            };
            match writer.stop.or(next).await {
                Some(Some(answer)) => break answer,
                Some(None) => {
                    let silent = waiting.as_slice().iter().take(AT_ONCE);
                    say(format_args!(
                        "{}: no answer for {}; waiting for up to {}",
                        names(silent),
                        span(args.report_after.as_secs()),
                        span(args.timeout.as_secs()),
                    ));
                    silence.as_mut().reset(Instant::now() + args.report_after);
                }
                None => return Err(Failure::Interrupted),
            }
        };
        let (Some(symbol), Some(answer)) = (waiting.next(), answer) else {
            break;
        };
        // Rows may go to the same terminal.
        terminal::remove();
        match answer {
            Ok(series) => take(args, symbol, series, writer, loaded).await?,
            Err(error) => loaded.fail(args, symbol, error)?,
        }
    }
    Ok(())
}

fn request(args: &BarsArgs, symbol: &Symbol) -> SeriesRequest {
    SeriesRequest::with_descriptor(args.data.descriptor(symbol), args.interval())
        .count(args.count)
        .timeout(args.timeout)
        .overflow(Overflow::Refill)
}

/// Writes a history, and reports what is missing in it.
async fn take(
    args: &BarsArgs,
    symbol: &Symbol,
    mut series: Series,
    writer: &mut Writer,
    loaded: &mut Loaded,
) -> Result<(), Failure> {
    let is_last_open = series.open_bar().is_some();
    let bars = series.take_history();
    let style = Style {
        symbol: symbol.clone(),
        decimals: Decimals::of_scale(series.info().pricescale),
        delay: delay(series.update_mode()),
    };
    if let Some(mode) = data_mode(series.update_mode()) {
        say(format_args!("{symbol}: {mode}"));
    }
    if let Some(note) = shortfall(bars.len(), args.count, series.completeness()) {
        say(format_args!("{symbol}: {note}"));
        loaded.is_incomplete = true;
    }
    say_skipped(symbol, series.skipped_rows());
    loaded.is_incomplete |= !series.skipped_rows().is_empty();
    let mut rows: Vec<_> = bars
        .into_iter()
        .map(|bar| Row {
            bar,
            is_closed: true,
        })
        .collect();
    if let Some(last) = rows.last_mut() {
        last.is_closed = !is_last_open;
    }
    if !writer.write(&style, &rows).await? {
        return Err(Failure::Interrupted);
    }
    if args.follow {
        loaded.following.push(Loading {
            series,
            style,
            last: rows.last().copied(),
        });
    }
    Ok(())
}

/// Reports rows that could not be read.
fn say_skipped(symbol: &Symbol, rows: &[SkippedRow]) {
    for row in rows.iter().take(MAX_SKIPPED) {
        say(format_args!("{symbol}: skipped {row}"));
    }
    match rows.len().saturating_sub(MAX_SKIPPED) {
        0 => {}
        1 => say(format_args!("{symbol}: skipped one more row")),
        more => say(format_args!("{symbol}: skipped {more} more rows")),
    }
}

/// Why there are fewer bars than requested; `None` if there are not.
fn shortfall(count: usize, requested: usize, completeness: &Completeness) -> Option<String> {
    if count >= requested {
        return None;
    }
    let reason = match completeness {
        Completeness::LimitOfPlan => "the account may not see earlier ones",
        Completeness::NothingEarlier => "the server did not say why there are no earlier ones",
        Completeness::PageUnanswered => "the server did not answer the request for earlier ones",
        Completeness::Complete => "the server sent no more",
        other => &other.to_string(),
    };
    let number = |count: usize| grouped(u64::try_from(count).unwrap_or(u64::MAX));
    Some(match count {
        0 => format!(
            "no bars: the server has none of this interval and session ({} requested)",
            number(requested)
        ),
        _ => format!("{} of {} bars: {reason}", number(count), number(requested)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_bars_than_requested_are_reported_with_the_reason() {
        assert_eq!(shortfall(300, 300, &Completeness::Complete), None);
        assert_eq!(
            shortfall(20_000, 500_000, &Completeness::LimitOfPlan).unwrap(),
            "20,000 of 500,000 bars: the account may not see earlier ones"
        );
        for (completeness, expected) in [
            (Completeness::StartOfData, "history begins there"),
            (Completeness::NothingEarlier, "did not say why"),
            (Completeness::PageUnanswered, "did not answer"),
            (Completeness::Other("maintenance".into()), "maintenance"),
        ] {
            let note = shortfall(5, 300, &completeness).unwrap();
            assert!(note.contains(expected), "{note}");
        }
        let none = shortfall(0, 300, &Completeness::StartOfData).unwrap();
        assert!(none.starts_with("no bars"), "{none}");
    }
}
