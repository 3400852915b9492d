//! A backtest on a replay: buys and sells at the close where two moving averages cross.
//!
//! `cargo run -p tv-examples --example replay_cross`

use std::{error::Error, io::Write};

use tv_client::{Client, Interval, ReplayRequest, SeriesEvent, Timestamp};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    let from: Timestamp = "2026-06-01".parse()?;
    run(&sim.url(), from, &mut std::io::stdout()).await
}

/// Writes each trade: when it ended and what it earned a share.
pub(crate) async fn run(
    url: &str,
    from: Timestamp,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let request = ReplayRequest::new("NASDAQ:AAPL", Interval::DAY, from)?.count(100);
    let mut replay = client.replay(request).await?;
    let closed = replay.closed_bars().iter();
    let mut closes: Vec<_> = closed.map(|bar| bar.close).collect();
    let mut was_above = is_above(&closes);
    let mut entry = None;
    replay.step(1).await?;
    while let Some(event) = replay.next().await {
        match event.into_result()? {
            SeriesEvent::Closed(bar) => {
                closes.push(bar.close);
                let above = is_above(&closes);
                match (was_above, above) {
                    (false, true) => entry = Some(bar.close),
                    (true, false) => {
                        if let Some(price) = entry.take() {
                            writeln!(out, "{} {}", bar.time.seconds(), bar.close - price)?;
                        }
                    }
                    _ => {}
                }
                was_above = above;
                replay.step(1).await?;
            }
            SeriesEvent::ReplayEnded => break,
            _ => {}
        }
    }
    Ok(())
}

/// Whether the average of five closes is above that of twenty.
fn is_above(closes: &[f64]) -> bool {
    let average = |length| closes.iter().rev().take(length).sum::<f64>() / length as f64;
    average(5) > average(20)
}
