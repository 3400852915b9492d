//! Studies of a series, computed by the server: RSI, and Bollinger bands with an input, beside the
//! bars.
//!
//! `cargo run -p tv-examples --example studies`

use std::{collections::HashMap, error::Error, io::Write};

use tv_client::{
    Client, Interval, SeriesRequest,
    study::builtin::{BollingerBands, Rsi},
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
    let mut rsi = series.study(Rsi::new().spec()?).await?;
    let mut bands = series
        .study(BollingerBands::new().length(10).spec()?)
        .await?;
    let by_time = |point: tv_client::StudyPoint| (point.time, point.values);
    let strength: HashMap<_, _> = rsi.snapshot().await?.into_iter().map(by_time).collect();
    let band: HashMap<_, _> = bands.snapshot().await?.into_iter().map(by_time).collect();
    for bar in series.history() {
        let (Some(strength), Some(band)) = (strength.get(&bar.time), band.get(&bar.time)) else {
            continue;
        };
        let (strength, band) = (rsi.plots().row(strength), bands.plots().row(band));
        // None before a first full window.
        if let (Some(strength), Some(lower), Some(upper)) = (
            strength["RelativeStrengthIndex"],
            band["Lower"],
            band["Upper"],
        ) {
            let (time, close) = (bar.time.seconds(), bar.close);
            writeln!(out, "{time} {close} {strength:.2} {lower:.2} {upper:.2}")?;
        }
    }
    Ok(())
}
