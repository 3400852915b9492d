//! Quotes of a few symbols, as they change.
//!
//! `cargo run -p tv-examples --example quotes`, with `TV_LIVE=1` in front for real ones.

use std::error::Error;
use std::io::Write;

use tv_client::{Client, QuoteEvent, QuoteRequest};
use tv_sim::{SimBuilder, SimServer};

const SYMBOLS: [&str; 3] = ["BINANCE:BTCUSDT", "BINANCE:ETHUSDT", "NASDAQ:NOTHING"];

/// Updates to show before the end.
const UPDATES: usize = 20;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let (url, _simulator) = tv_examples::source(simulator()).await?;
    run(&url, &mut std::io::stdout()).await
}

/// What serves in place of TradingView.
pub(crate) fn simulator() -> SimBuilder {
    SimServer::builder().rate(50.0)
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let mut quotes = client.quotes(QuoteRequest::new(SYMBOLS)?).await?;

    let mut updates = 0;
    while updates < UPDATES
        && let Some(event) = quotes.next().await
    {
        match event {
            // The whole state of the symbol; `update.changed` says what of it is new.
            QuoteEvent::Update(update) => {
                updates += 1;
                let Some(last) = update.quote.last() else {
                    continue;
                };
                let change = update.quote.change_percent().unwrap_or_default();
                let changed = update.changed.len();
                let symbol = update.symbol;
                writeln!(
                    out,
                    "{symbol} {last} {change:+.2} % ({changed} fields changed)"
                )?;
            }
            // One bad symbol harms no other.
            QuoteEvent::Refused { symbol, reason } => {
                writeln!(out, "{symbol} is refused: {reason}")?
            }
            QuoteEvent::Reconnecting => writeln!(out, "connecting again…")?,
            QuoteEvent::Ended(error) => return Err(error.into()),
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}
