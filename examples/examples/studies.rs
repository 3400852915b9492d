//! Studies of a series, computed by the server: RSI, and Bollinger bands with an input, beside the
//! bars.
//!
//! `cargo run -p tv-examples --example studies`

use std::{collections::BTreeMap, error::Error, io::Write};

use tv_client::{
    Client, SeriesRequest, Study, StudyEvent, StudyRequest,
    values::{Interval, Timestamp},
};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    run(&simulator.url(), &mut std::io::stdout()).await
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(100);
    let series = client.series(request).await?;
    let rsi = StudyRequest::new("RSI@tv-basicstudies-241");
    let bands = StudyRequest::new("BB@tv-basicstudies-241").input("length", 10);
    let rsi = values(series.study(rsi).await?).await?;
    let bands = values(series.study(bands).await?).await?;
    for bar in series.history() {
        // The plots of the bands are: basis, upper, lower. A plot has no value before its first
        // full window.
        if let (Some([Some(rsi)]), Some([_, Some(upper), Some(lower)])) = (
            rsi.get(&bar.time).map(Vec::as_slice),
            bands.get(&bar.time).map(Vec::as_slice),
        ) {
            writeln!(
                out,
                "{} {} {rsi:.2} {lower:.2} {upper:.2}",
                bar.time, bar.close
            )?;
        }
    }
    Ok(())
}

/// The values of a study by the time of their bar.
async fn values(mut study: Study) -> Result<BTreeMap<Timestamp, Vec<Option<f64>>>, Box<dyn Error>> {
    loop {
        match study.next().await.ok_or("the study has ended")? {
            StudyEvent::Snapshot(points) => {
                return Ok(points
                    .into_iter()
                    .map(|point| (point.time, point.values))
                    .collect());
            }
            StudyEvent::Error { reason } => return Err(reason.into()),
            _ => {}
        }
    }
}
