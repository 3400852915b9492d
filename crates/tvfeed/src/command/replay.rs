//! `tvfeed replay`: past bars, as they came.

use std::{num::NonZeroU64, time::Duration};

use client::{Bar, ReplaySession, RequestError, SeriesEvent};

use super::live::Live;
use crate::{
    args::{ConnectionArgs, ReplayArgs},
    exit::Failure,
    output::{Field, Records, Shape, Value, span},
    stop::Stop,
};

/// Steps that are asked for at the same time.
const AT_ONCE: u32 = 100;

/// How long bars may come after the news that there are no more. The news comes with the last ones.
const AFTER_END: Duration = Duration::from_secs(1);

/// Writes each bar when it is closed.
pub(crate) async fn replay(
    args: &ReplayArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Live::run(&args.rows, connection, stop, async |live| {
        work(args, live).await
    })
    .await
}

async fn work(args: &ReplayArgs, live: &mut Live) -> Result<(), Failure> {
    let chart = &args.chart;
    let client = live.connected.client.clone();
    let begun = client.replay(args.request());
    let begun = live.wait(&chart.symbol, chart.timeout, begun).await?;
    let mut replay = begun.map_err(|error| {
        let currency = chart.data.currency.as_deref();
        live.refused(&chart.symbol, chart.interval, currency, error)
    })?;
    live.stop_after(args.duration);
    let price = |key: &str, heading: &str| Field::new(key, heading, Shape::Price);
    let mut records = live.records(vec![
        Field::new("time", "TIME UTC", Shape::Time),
        price("open", "OPEN"),
        price("high", "HIGH"),
        price("low", "LOW"),
        price("close", "CLOSE"),
        Field::new("volume", "VOLUME", Shape::Number),
    ]);
    let wanted = args.step.map(|steps| u64::from(steps.get()));
    let limit = args.limit_lines.map(NonZeroU64::get);
    let mut left = wanted.into_iter().chain(limit).min();
    if let Some(pause) = args.every {
        let started = replay.start(pause);
        live.wait(&chart.symbol, chart.timeout, started).await??;
    }
    let mut shown = 0;
    // Steps that were asked for and whose bars have not come.
    let mut owed = 0;
    let mut has_ended = false;
    loop {
        if left == Some(0) {
            return Ok(());
        }
        if args.every.is_none() && owed == 0 && !has_ended {
            owed = left.map_or(AT_ONCE, |left| {
                u32::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE)
            });
            let stepped = replay.step(owed);
            live.wait(&chart.symbol, chart.timeout, stepped).await??;
        }
        let bar = match next(&mut replay, &mut has_ended, args, live).await? {
            News::Bar(bar) => bar,
            News::Stop => return Ok(()),
            News::Present => {
                if wanted.is_some() && left.is_some() {
                    live.miss(format_args!(
                        "{}: {shown} bars, then the replay has reached the present",
                        chart.symbol
                    ));
                }
                return Ok(());
            }
        };
        owed = owed.saturating_sub(1);
        // The one before the start closes with the first step.
        if bar.time < args.from {
            continue;
        }
        shown += 1;
        left = left.map(|left| left.saturating_sub(1));
        if !write(&bar, &mut records, live).await? {
            return Ok(());
        }
    }
}

/// What has come.
enum News {
    /// A bar that is closed.
    Bar(Bar),
    /// There are no more.
    Present,
    /// The end: of the time, or by a signal.
    Stop,
}

async fn next(
    replay: &mut ReplaySession,
    has_ended: &mut bool,
    args: &ReplayArgs,
    live: &mut Live,
) -> Result<News, Failure> {
    let symbol = &args.chart.symbol;
    loop {
        let next = async {
            match *has_ended {
                true => tokio::time::timeout(AFTER_END, replay.next())
                    .await
                    .ok()
                    .flatten(),
                false => replay.next().await,
            }
        };
        let Some(event) = live.stop().or(next).await else {
            return Ok(News::Stop);
        };
        match event {
            Some(SeriesEvent::Closed(bar)) => return Ok(News::Bar(bar)),
            Some(SeriesEvent::ReplayEnded) => *has_ended = true,
            None => return Ok(News::Present),
            Some(SeriesEvent::Skipped { reason }) => {
                live.miss(format_args!("{symbol}: skipped: {reason}"));
            }
            Some(SeriesEvent::Lagged { dropped }) => live.miss(format_args!(
                "{symbol}: {dropped} events are missing: output was too slow"
            )),
            // A step is answered with its bars, or not at all.
            Some(SeriesEvent::Stale { age }) => {
                return Err(Failure::Network(format!(
                    "{symbol}: no bar for {}; begin again from the last bar with --from",
                    span(age.as_secs())
                )));
            }
            Some(SeriesEvent::Ended(error)) => return Err(failed(args, error)),
            Some(_) => {}
        }
    }
}

/// The server forgets where an interrupted replay was: it is begun anew by hand.
fn failed(args: &ReplayArgs, error: RequestError) -> Failure {
    let failure = Failure::from(error);
    let symbol = &args.chart.symbol;
    let text = failure.text().unwrap_or_default();
    let text = format!("{symbol}: {text}; begin again from the last bar with --from");
    match failure {
        Failure::Network(_) | Failure::Internal(_) => Failure::Network(text),
        other => other,
    }
}

async fn write(bar: &Bar, records: &mut Records, live: &mut Live) -> Result<bool, Failure> {
    let row: Vec<Value> = vec![
        bar.time.seconds().into(),
        bar.open.into(),
        bar.high.into(),
        bar.low.into(),
        bar.close.into(),
        bar.volume.into(),
    ];
    live.write(records, &[row]).await
}
