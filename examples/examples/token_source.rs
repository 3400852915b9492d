//! Tokens from a source of your own: a command, a vault, a file. A token that the server refuses is
//! replaced.
//!
//! `cargo run -p tv-examples --example token_source`

use std::{error::Error, io::Write};

use tv_client::{AuthToken, Client, HistoryRequest, Interval, TokenSource};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    run(
        &simulator.url(),
        TokenSource::new(fetch),
        &mut std::io::stdout(),
    )
    .await
}

/// Stands for your vault.
async fn fetch() -> Result<AuthToken, std::io::Error> {
    Ok(AuthToken::new("from the vault"))
}

/// Clones of one source share its answers, so that many clients ask once.
pub(crate) async fn run(
    url: &str,
    tokens: TokenSource,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let client = Client::builder()
        .endpoint(url)
        .auth(tokens)
        .connect()
        .await?;
    let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(10);
    writeln!(out, "{} bars", client.history(request).await?.bars.len())?;
    Ok(())
}
