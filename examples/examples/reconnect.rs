//! A connection that breaks, and comes back without a bar lost.
//!
//! `cargo run -p tv-examples --example reconnect`. The simulator breaks it, so there is no use in
//! `TV_LIVE`.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use tv_client::Bar;
use tv_client::{Client, ConnectionState, ReconnectPolicy, SeriesEvent, SeriesRequest};
use tv_sim::{Action, FaultPlan, SimBuilder, SimServer, When};

const SYMBOL: &str = "BINANCE:BTCUSDT";

/// Bars that close before the end; the connection breaks among them.
const BARS: usize = 8;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let (url, _simulator) = tv_examples::source(simulator()).await?;
    run(&url, &mut std::io::stdout()).await
}

/// A server whose first connection is reset after some updates of bars, and whose next two are
/// closed at once.
pub(crate) fn simulator() -> SimBuilder {
    let update = When::always().connection(1).kind("du").nth(60);
    let greeting = When::always().connections(2, Some(3)).frame(1);
    let plan = FaultPlan::new(1)
        .rule(update, Action::Reset)
        .rule(greeting, Action::Fin);
    SimServer::builder().rate(20.0).faults(plan)
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    // The default waits longer, and tries for ever, too.
    let policy = ReconnectPolicy::default()
        .first_delay(Duration::from_millis(500))
        .longest_delay(Duration::from_secs(2));
    let client = Client::builder()
        .endpoint(url)
        .reconnect(policy)
        .connect()
        .await?;
    let request = SeriesRequest::new(SYMBOL, "1S".parse()?)?.count(10);
    let mut series = client.series(request).await?;

    let mut states = client.states();
    let mut closed = 0;
    while closed < BARS {
        tokio::select! {
            // How the connection fares.
            Some(state) = states.next() => match state {
                ConnectionState::Open { generation } => writeln!(out, "connection {generation} is open")?,
                ConnectionState::Reconnecting { attempt, .. } => writeln!(out, "attempt {attempt} to connect")?,
                _ => {}
            },
            // What it means for the series.
            event = series.next() => {
                let Some(event) = event else { break };
                closed += usize::from(matches!(event, SeriesEvent::Closed(_)));
                show(event, out)?;
            }
        }
    }
    client.close().await;
    Ok(())
}

fn show(event: SeriesEvent, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    match event {
        SeriesEvent::Closed(bar) => show_bar("closed", &bar, out)?,
        SeriesEvent::Revised(bar) => show_bar("revised", &bar, out)?,
        SeriesEvent::Reconnecting => writeln!(out, "the series is interrupted")?,
        SeriesEvent::Resumed { backfilled } => {
            writeln!(
                out,
                "the series goes on, {backfilled} bars closed meanwhile"
            )?;
        }
        // What the server's history does not cover any more.
        SeriesEvent::Gap { from, to, reason } => {
            writeln!(out, "bars between {from} and {to} are missing: {reason:?}")?;
        }
        SeriesEvent::Ended(error) => return Err(error.into()),
        _ => {}
    }
    Ok(())
}

fn show_bar(what: &str, bar: &Bar, out: &mut impl Write) -> std::io::Result<()> {
    let (time, open, high, low, close) =
        (bar.time.seconds(), bar.open, bar.high, bar.low, bar.close);
    writeln!(out, "{what} {time} {open} {high} {low} {close}")
}
