//! The history of a symbol as CSV.
//!
//! `cargo run -p tv-examples --example history_csv > aapl.csv`, with `TV_LIVE=1` in front for real
//! bars.

use std::error::Error;
use std::io::Write;

use tv_client::Interval;
use tv_client::{Client, HistoryRequest};
use tv_sim::{SimBuilder, SimServer};

const SYMBOL: &str = "NASDAQ:AAPL";
const BARS: usize = 500;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let (url, _simulator) = tv_examples::source(simulator()).await?;
    run(&url, &mut std::io::stdout()).await
}

/// What serves in place of TradingView.
pub(crate) fn simulator() -> SimBuilder {
    SimServer::builder()
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    // `between` asks for a range instead, `before` for what was before a time, and without either
    // it is all there is.
    let request = HistoryRequest::new(SYMBOL, Interval::DAY)?.count(BARS);
    let history = client.history(request).await?;

    // Times are Unix seconds, UTC. Prices are written so that they read back as the same numbers.
    writeln!(out, "time,open,high,low,close,volume")?;
    for bar in &history.bars {
        write!(out, "{},{},{}", bar.time.seconds(), bar.open, bar.high)?;
        write!(out, ",{},{},", bar.low, bar.close)?;
        match bar.volume {
            Some(volume) => writeln!(out, "{volume}")?,
            None => writeln!(out)?,
        }
    }
    client.close().await;
    Ok(())
}
