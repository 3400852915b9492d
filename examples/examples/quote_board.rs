//! The last price and the change of twenty symbols, once each.
//!
//! `cargo run -p tv-examples --example quote_board`

use std::{collections::BTreeMap, error::Error, io::Write};

use tv_client::{Client, QuoteEvent, QuoteRequest};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    run(&simulator.url(), &mut std::io::stdout()).await
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let symbols = (0..20).map(|number| format!("SIM:S{number}"));
    let mut quotes = client
        .quotes(QuoteRequest::new(symbols)?.fields(["lp", "chp"]))
        .await?;
    let (mut board, mut complete) = (BTreeMap::new(), 0);
    while complete < 20 {
        match quotes.next().await.ok_or("the stream has ended")? {
            QuoteEvent::Update(update) => _ = board.insert(update.symbol, update.quote),
            QuoteEvent::Completed { .. } | QuoteEvent::Refused { .. } => complete += 1,
            QuoteEvent::Ended(error) => return Err(error.into()),
            _ => {}
        }
    }
    for (symbol, quote) in board {
        match (quote.last(), quote.change_percent()) {
            (Some(last), Some(change)) => writeln!(out, "{symbol} {last} {change:+.2} %")?,
            _ => writeln!(out, "{symbol} has no price")?,
        }
    }
    Ok(())
}
