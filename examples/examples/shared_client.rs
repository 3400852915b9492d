//! One client for many tasks, and an orderly end.
//!
//! `cargo run -p tv-examples --example shared_client`. Ctrl-C ends it before it is done.

use std::{error::Error, io::Write};

use tokio::task::JoinSet;
use tv_client::{Client, HistoryRequest, Interval};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    let client = Client::builder()
        .endpoint(simulator.url())
        .connect()
        .await?;
    let mut out = std::io::stdout();
    tokio::select! {
        done = run(&client, &mut out) => done?,
        _ = tokio::signal::ctrl_c() => {}
    }
    // Ends the sessions at the server and closes the connection.
    client.close().await;
    Ok(())
}

pub(crate) async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut tasks = JoinSet::new();
    for name in ["NASDAQ:AAPL", "NASDAQ:MSFT", "BINANCE:BTCUSDT"] {
        let request = HistoryRequest::new(name, Interval::DAY)?.count(10);
        // Clones are cheap, and share one connection.
        let client = client.clone();
        tasks.spawn(async move { (name, client.history(request).await) });
    }
    while let Some(done) = tasks.join_next().await {
        let (name, history) = done?;
        writeln!(out, "{name} {} bars", history?.bars.len())?;
    }
    Ok(())
}
