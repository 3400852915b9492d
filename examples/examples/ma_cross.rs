//! A bot: five symbols, signals where two moving averages of closed bars cross, through outages.
//!
//! `cargo run -p tv-examples --example ma_cross`. Ctrl-C ends it.

use std::{collections::VecDeque, error::Error, io::Write};

use futures_util::{Stream, StreamExt, future::try_join_all, stream::select_all};
use tv_client::{Client, Interval, RequestError, Series, SeriesEvent, SeriesRequest};

/// The averages' lengths in bars.
const FAST: usize = 5;
const SLOW: usize = 20;

/// An event, and the number of its series.
pub(crate) type Numbered = (usize, SeriesEvent);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().rate(50.0).start().await?;
    let client = Client::builder().endpoint(sim.url()).connect().await?;
    let (closes, events) = split(load(&client).await?);
    let events = events.take_until(Box::pin(tokio::signal::ctrl_c()));
    trade(closes, events, &mut std::io::stdout()).await?;
    client.close().await;
    Ok(())
}

/// Loads five series.
pub(crate) async fn load(client: &Client) -> Result<Vec<Series>, RequestError> {
    let request = |number| SeriesRequest::new(format!("SIM:S{number}"), Interval::SECOND);
    let series = async |number| client.series(request(number)?.count(SLOW + 1)).await;
    try_join_all((0..5).map(series)).await
}

/// The closes of each history, and the events that follow.
pub(crate) fn split(all: Vec<Series>) -> (Vec<VecDeque<f64>>, impl Stream<Item = Numbered>) {
    // Each bar that closes after these comes as an event.
    let closes = |series: &Series| series.closed_bars().iter().map(|bar| bar.close).collect();
    let number = |(number, series): (usize, Series)| series.map(move |event| (number, event));
    let all_closes = all.iter().map(closes).collect();
    (all_closes, select_all((0..).zip(all).map(number)))
}

/// Prints a signal where the averages cross.
pub(crate) async fn trade(
    mut all_closes: Vec<VecDeque<f64>>,
    mut events: impl Stream<Item = Numbered> + Unpin,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    while let Some((number, event)) = events.next().await {
        let closes = all_closes.get_mut(number).ok_or("an unknown series")?;
        match event.into_result()? {
            SeriesEvent::Closed(bar) => {
                if let Some(signal) = cross(closes, bar.close) {
                    writeln!(out, "{} {signal} S{number} at {}", bar.time, bar.close)?;
                }
            }
            // Averages over missing bars would be wrong: they begin anew.
            SeriesEvent::Gap { .. } | SeriesEvent::Reset(_) => closes.clear(),
            SeriesEvent::Reconnecting => writeln!(out, "S{number} is interrupted")?,
            SeriesEvent::Resumed { backfilled } => {
                writeln!(out, "S{number} goes on after {backfilled} bars")?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds a close, and returns a signal if the averages have crossed with it.
fn cross(closes: &mut VecDeque<f64>, close: f64) -> Option<&'static str> {
    closes.push_back(close);
    if closes.len() <= SLOW {
        return None;
    }
    let newest = |skip| closes.iter().rev().skip(skip);
    let average = |skip, length| newest(skip).take(length).sum::<f64>() / length as f64;
    let [before, after] = [1, 0].map(|skip| average(skip, FAST) > average(skip, SLOW));
    closes.pop_front();
    (before != after).then_some(if after { "buy" } else { "sell" })
}
