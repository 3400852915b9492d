//! Three years of daily bars of thirty symbols as CSV, eight symbols at a time.
//!
//! `cargo run -p tv-examples --example download > bars.csv`

use std::{error::Error, io::Write};

use futures_util::{StreamExt, TryStreamExt, stream};
use tv_client::{Client, HistoryRequest, Interval, RequestError};

/// The days to load; the second is not included.
pub(crate) const RANGE: (&str, &str) = ("2023-01-01", "2026-01-01");

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    run(&sim.url(), &mut std::io::stdout()).await
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = &Client::builder().endpoint(url).connect().await?;
    let load = |number| async move {
        let symbol = format!("SIM:S{number}");
        let request = HistoryRequest::new(&symbol, Interval::DAY)?.between(RANGE)?;
        Ok::<_, RequestError>((symbol, client.history(request).await?.bars))
    };
    let mut loading = stream::iter(0..30).map(load).buffered(8);
    writeln!(out, "symbol,time,open,high,low,close,volume")?;
    while let Some((symbol, bars)) = loading.try_next().await? {
        for bar in bars {
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close];
            let volume = bar.volume.map_or_else(String::new, |it| it.to_string());
            let time = bar.time;
            writeln!(out, "{symbol},{time},{open},{high},{low},{close},{volume}")?;
        }
    }
    Ok(())
}
