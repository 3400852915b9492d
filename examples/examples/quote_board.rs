//! The last price and the change of twenty symbols, once each.
//!
//! `cargo run -p tv-examples --example quote_board`

use std::{error::Error, io::Write};

use tv_client::{Client, QuoteRequest};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    run(&simulator.url(), &mut std::io::stdout()).await
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let symbols = (0..20).map(|number| format!("SIM:S{number}"));
    let request = QuoteRequest::new(symbols)?.fields(["lp", "chp"]);
    for (symbol, quote) in client.snapshot(request).await? {
        let quote = quote?;
        let price = quote.last().zip(quote.change_percent());
        let (last, change) = price.ok_or("no price")?;
        writeln!(out, "{symbol} {last} {change:+.2} %")?;
    }
    Ok(())
}
