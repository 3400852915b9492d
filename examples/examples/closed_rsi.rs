//! RSI of bars that have closed: what a bot may act on, because it changes no more.
//!
//! `cargo run -p tv-examples --example closed_rsi`

use std::{error::Error, io::Write};

use tv_client::{Client, Interval, SeriesRequest, StudyEvent, StudyPoint, study::builtin::Rsi};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    run(&sim.url(), 3, &mut std::io::stdout()).await
}

/// Writes the time and the RSI of bars as they close.
pub(crate) async fn run(
    url: &str,
    bars: usize,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    // An RSI remembers the past: with more bars before it, it is the same wherever it begins.
    let request = SeriesRequest::new("BINANCE:BTCUSDT", Interval::SECOND)?.count(500);
    let series = client.series(request).await?;
    let mut rsi = series.study(Rsi::new().length(14).spec()?).await?;
    let mut open: Option<StudyPoint> = None;
    let mut left = bars;
    while let Some(event) = rsi.next().await {
        let points = match event.into_result()? {
            // The first ends with the open bar; later ones follow an outage.
            StudyEvent::Snapshot(mut points) if open.is_none() => {
                open = points.pop();
                continue;
            }
            StudyEvent::Snapshot(points) => points,
            StudyEvent::Row(point) => vec![point],
            StudyEvent::Error { reason } => return Err(reason.into()),
            _ => continue,
        };
        for point in points {
            // Values of an earlier bar are known already.
            if open.as_ref().is_some_and(|open| point.time < open.time) {
                continue;
            }
            // A bar is closed when the next one begins.
            if let Some(closed) = open.replace(point)
                && open.as_ref().is_some_and(|open| open.time > closed.time)
                && let Some(value) = rsi.plots().row(&closed.values)["RelativeStrengthIndex"]
            {
                writeln!(out, "{} {value}", closed.time.seconds())?;
                left = left.saturating_sub(1);
            }
        }
        if left == 0 {
            break;
        }
    }
    Ok(())
}
