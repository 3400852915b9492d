//! Tokens from a source of your own: a command, a vault, a file. A token that the server refuses is
//! replaced.
//!
//! `cargo run -p tv-examples --example token_source`

use std::{error::Error, io::Write};

use tv_client::{
    Client, HistoryRequest, TokenSource,
    values::{AuthToken, Interval},
};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    run(&simulator.url(), fetch, &mut std::io::stdout()).await
}

/// Stands for your vault.
async fn fetch() -> Result<AuthToken, Box<dyn Error + Send + Sync>> {
    Ok(AuthToken::new("from the vault"))
}

pub(crate) async fn run<T>(
    url: &str,
    fetch: impl Fn() -> T + Send + Sync + 'static,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>>
where
    T: Future<Output = Result<AuthToken, Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // Clones of one source share its answers, so that many clients ask once.
    let tokens = TokenSource::new(fetch);
    let client = Client::builder()
        .endpoint(url)
        .auth(tokens)
        .connect()
        .await?;
    let request = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(10);
    writeln!(out, "{} bars", client.history(request).await?.bars.len())?;
    Ok(())
}
