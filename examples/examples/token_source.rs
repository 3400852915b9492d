//! Tokens from a source of your own: a command, a vault, a file. A token that the server refuses is
//! replaced.
//!
//! `cargo run -p tv-examples --example token_source`

use std::{error::Error, io::Write};

use tv_client::{AuthToken, Client, HistoryRequest, Interval, TokenSource};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    let bars = load(&sim.url(), TokenSource::new(fetch)).await?;
    writeln!(std::io::stdout(), "{bars} bars")?;
    Ok(())
}

/// Stands for your vault.
async fn fetch() -> Result<AuthToken, std::io::Error> {
    Ok(AuthToken::new("from the vault"))
}

/// Returns how many bars were loaded. Clones of one source share its answers, so that many clients
/// ask once.
pub(crate) async fn load(url: &str, tokens: TokenSource) -> Result<usize, Box<dyn Error>> {
    let builder = Client::builder().endpoint(url).auth(tokens);
    let client = builder.connect().await?;
    let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(10);
    Ok(client.history(request).await?.bars.len())
}
