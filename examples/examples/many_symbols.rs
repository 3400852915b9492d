//! Two thousand symbols in one quote session.
//!
//! `cargo run -p tv-examples --example many_symbols`. The symbols are invented, so there is no use
//! in `TV_LIVE` unless `TV_SYMBOLS` names others, with spaces between.

use std::collections::HashMap;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

use tv_client::Symbol;
use tv_client::{Client, QuoteEvent, QuoteRequest};
use tv_sim::{SimBuilder, SimServer};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let (url, _simulator) = tv_examples::source(simulator()).await?;
    run(&url, &mut std::io::stdout()).await
}

/// What serves in place of TradingView.
pub(crate) fn simulator() -> SimBuilder {
    SimServer::builder().rate(2_000.0)
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let symbols = symbols()?;
    // They are added in batches, as fast as the connection takes them. A reader that rests between
    // looks gets the newest state of each symbol and never falls behind: what came meanwhile is
    // merged.
    let request = QuoteRequest::new(symbols.clone())?
        .price()
        .throttle(Duration::from_millis(50));
    let mut quotes = client.quotes(request).await?;

    let mut prices: HashMap<Symbol, f64> = HashMap::new();
    let (mut complete, mut refused, mut updates) = (0, 0, 0);
    // Until every symbol has answered, and as many updates have come again.
    while complete + refused < symbols.len() || updates < 2 * prices.len() {
        match quotes.next().await {
            Some(QuoteEvent::Update(update)) => {
                updates += 1;
                if let Some(last) = update.quote.last() {
                    prices.insert(update.symbol, last);
                }
            }
            Some(QuoteEvent::Completed { .. }) => complete += 1,
            Some(QuoteEvent::Refused { .. }) => refused += 1,
            Some(QuoteEvent::Ended(error)) => return Err(error.into()),
            Some(_) => {}
            None => break,
        }
    }

    writeln!(
        out,
        "{complete} symbols, {refused} refused, {updates} updates"
    )?;
    let mut dearest: Vec<_> = prices.into_iter().collect();
    dearest.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    for (symbol, last) in dearest.iter().take(5) {
        writeln!(out, "{symbol} {last}")?;
    }
    client.close().await;
    Ok(())
}

fn symbols() -> Result<Vec<Symbol>, Box<dyn Error>> {
    let named = std::env::var("TV_SYMBOLS");
    let named = named.unwrap_or_else(|_| (0..2_000).map(|n| format!("SIM:S{n} ")).collect());
    let symbols = named.split_whitespace().map(Symbol::new);
    Ok(symbols.collect::<Result<_, _>>()?)
}
