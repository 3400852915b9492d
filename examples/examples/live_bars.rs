//! Bars of a minute, as they close.
//!
//! `cargo run -p tv-examples --example live_bars`, with `TV_LIVE=1` in front for real ones, which
//! takes some minutes.

use std::{error::Error, io::Write, time::Duration};

use tv_client::{Bar, Client, Interval, SeriesEvent, SeriesRequest};
use tv_sim::{SimBuilder, SimServer};

const SYMBOL: &str = "BINANCE:BTCUSDT";

/// Bars that close before the end.
const BARS: usize = 3;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let (url, _simulator) = tv_examples::source(simulator()).await?;
    run(&url, &mut std::io::stdout()).await
}

/// What serves in place of TradingView: a market in which a minute takes a second.
pub(crate) fn simulator() -> SimBuilder {
    SimServer::builder().speed(60.0).rate(20.0)
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    // The open bar at most four times a second; bars that close are not held back.
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)?
        .count(10)
        .throttle(Duration::from_millis(250));
    let mut series = client.series(request).await?;
    writeln!(
        out,
        "{}",
        series.info().description.as_deref().unwrap_or(SYMBOL)
    )?;
    // A last bar that is still open comes as an event when it has closed.
    for bar in series.closed_bars() {
        show("history", bar, out)?;
    }

    let mut closed = 0;
    while closed < BARS
        && let Some(event) = series.next().await
    {
        match event {
            SeriesEvent::Open(bar) => show("open", &bar, out)?,
            // Each once and in order, interruptions or not.
            SeriesEvent::Closed(bar) => {
                closed += 1;
                show("closed", &bar, out)?;
            }
            SeriesEvent::Revised(bar) => show("revised", &bar, out)?,
            // A gap that cannot be healed is reported.
            SeriesEvent::Gap { from, to, reason } => {
                writeln!(out, "bars between {from} and {to} are missing: {reason:?}")?;
            }
            SeriesEvent::Ended(error) => return Err(error.into()),
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}

fn show(what: &str, bar: &Bar, out: &mut impl Write) -> std::io::Result<()> {
    let (time, open, high, low, close) =
        (bar.time.seconds(), bar.open, bar.high, bar.low, bar.close);
    writeln!(out, "{what} {time} {open} {high} {low} {close}")
}
