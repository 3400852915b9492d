//! A bot: five symbols, signals where two moving averages of closed bars cross, through outages.
//!
//! `cargo run -p tv-examples --example ma_cross`. Ctrl-C ends it.

use std::{collections::VecDeque, error::Error, io::Write};

use futures_util::{StreamExt, stream::select_all};
use tv_client::{Bar, Client, Interval, Series, SeriesEvent, SeriesRequest};

/// The averages' lengths in bars.
const FAST: usize = 5;
const SLOW: usize = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().rate(50.0).start().await?;
    let client = Client::builder()
        .endpoint(simulator.url())
        .connect()
        .await?;
    let mut out = std::io::stdout();
    tokio::select! {
        done = run(&client, &mut out, |_, _| true) => done?,
        _ = tokio::signal::ctrl_c() => {}
    }
    client.close().await;
    Ok(())
}

/// Follows five symbols until `observe`, which sees each event with its symbol, returns false.
pub(crate) async fn run(
    client: &Client,
    out: &mut impl Write,
    observe: impl FnMut(usize, &SeriesEvent) -> bool,
) -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    for number in 0..5 {
        let request = SeriesRequest::new(format!("SIM:S{number}"), Interval::SECOND)?;
        all.push(client.series(request.count(SLOW + 1)).await?);
    }
    follow(all, out, observe).await
}

/// Trades series from their histories on.
pub(crate) async fn follow(
    all: Vec<Series>,
    out: &mut impl Write,
    mut observe: impl FnMut(usize, &SeriesEvent) -> bool,
) -> Result<(), Box<dyn Error>> {
    // Each bar that closes after these comes as an event.
    let closes = |series: &Series| series.closed_bars().iter().map(|bar| bar.close).collect();
    let mut closes: Vec<VecDeque<f64>> = all.iter().map(closes).collect();
    let numbered = (0..).zip(all);
    let mut events =
        select_all(numbered.map(|(number, series)| series.map(move |event| (number, event))));
    while let Some((number, event)) = events.next().await {
        let closes = closes.get_mut(number).ok_or("an unknown series")?;
        match &event {
            SeriesEvent::Closed(bar) => trade(number, bar, closes, out)?,
            // Averages over missing bars would be wrong: they begin anew.
            SeriesEvent::Gap { .. } | SeriesEvent::Reset(_) => closes.clear(),
            SeriesEvent::Reconnecting => writeln!(out, "S{number} is interrupted")?,
            SeriesEvent::Resumed { backfilled } => {
                writeln!(out, "S{number} goes on after {backfilled} bars")?;
            }
            _ => {}
        }
        if !observe(number, &event) {
            break;
        }
        event.into_result()?;
    }
    Ok(())
}

/// Takes a closed bar, and prints a signal if the averages have crossed with it.
fn trade(
    number: usize,
    bar: &Bar,
    closes: &mut VecDeque<f64>,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let above = |closes: &VecDeque<f64>| {
        let average = |length| closes.iter().rev().take(length).sum::<f64>() / length as f64;
        (closes.len() >= SLOW).then(|| average(FAST) > average(SLOW))
    };
    let before = above(closes);
    closes.push_back(bar.close);
    let after = above(closes);
    if closes.len() > SLOW {
        closes.pop_front();
    }
    match (before, after) {
        (Some(false), Some(true)) => writeln!(out, "{} buy S{number} at {}", bar.time, bar.close),
        (Some(true), Some(false)) => writeln!(out, "{} sell S{number} at {}", bar.time, bar.close),
        _ => Ok(()),
    }
}
