//! A volume profile: how much was traded at which price, and where most.
//!
//! `cargo run -p tv-examples --example volume_profile`

use std::{error::Error, io::Write};

use tv_client::{
    Client, Interval, SeriesRequest, StudyEvent,
    study::{builtin::VolumeProfileVisibleRange, graphics::Primitive},
};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    run(&sim.url(), &mut std::io::stdout()).await
}

/// Writes lowest price, highest price and volume of each row, then the price of the largest.
pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(100);
    let series = client.series(request).await?;
    let bars = series.history();
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return Err("there are no bars".into());
    };
    let profile = VolumeProfileVisibleRange::new()
        .first_time(first.time.seconds() * 1_000)
        .last_time(last.time.seconds() * 1_000)
        .rows(12);
    let mut study = series.study(profile.spec()?).await?;
    while let Some(event) = study.next().await {
        let StudyEvent::Graphics { scene, .. } = event.into_result()? else {
            continue;
        };
        for (id, drawing) in scene.iter() {
            match drawing {
                // Rows of the value area have the style `histBarsVA`, others `histBars2`.
                Primitive::HorizontalHistogram(row) => {
                    let (low, high) = (row.price_low, row.price_high);
                    if let (Some(low), Some(high)) = (low, high) {
                        writeln!(out, "{low} {high} {}", row.volumes.iter().sum::<f64>())?;
                    }
                }
                Primitive::HorizontalLine(line) if id.style == "pocLines" => {
                    writeln!(out, "most at {}", line.level.unwrap_or_default())?;
                }
                _ => {}
            }
        }
        break;
    }
    Ok(())
}
