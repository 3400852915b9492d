//! One account for HTTP and sockets: `tv-http` signs in and keeps the token fresh, and `tv-client`
//! takes it from there through a closure. One refresh serves all clients.
//!
//! `cargo run -p tv-examples --example account_bridge`

use std::{error::Error, io::Write};

use tv_client::{Client, HistoryRequest, Interval, TokenSource};
use tv_http::{
    client::HttpClient,
    login::{Account, Login, LoginStep},
    watchlists::WatchLists,
};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    let http = HttpClient::builder().base_of_all(sim.http_url()).build()?;
    let account = sign_in(&http).await?;
    let counts = use_it(&account, &sim.url()).await?;
    writeln!(std::io::stdout(), "bars of each watched symbol: {counts:?}")?;
    Ok(())
}

/// Signs in by password. With cookies of a browser it is `Account::new(&http, cookies)`.
pub(crate) async fn sign_in(http: &HttpClient) -> Result<Account, Box<dyn Error>> {
    match Login::new(http, "premium", "simulated").start().await? {
        LoginStep::Done(signed_in) => Ok(signed_in.account(http)),
        other => Err(format!("one more step is needed: {other:?}").into()),
    }
}

/// Loads bars of the account's watch-list over two connections. Returns how many for each symbol.
pub(crate) async fn use_it(account: &Account, url: &str) -> Result<Vec<usize>, Box<dyn Error>> {
    // The bridge. It is called when a token is about to expire, or was refused.
    let tokens = TokenSource::new(account.tokens());
    let first = Client::builder().endpoint(url).auth(tokens.clone());
    let second = Client::builder().endpoint(url).auth(tokens);
    let clients = [first.connect().await?, second.connect().await?];
    // The same account asks HTTP endpoints.
    let http = account
        .client()
        .await
        .ok_or("a token alone has no cookies")?;
    let lists = http.ask(&WatchLists::active()).await?;
    let symbols = lists.first().map(|list| list.groups()).unwrap_or_default();
    let mut counts = Vec::new();
    for (symbol, client) in symbols.symbols().zip(clients.iter().cycle()) {
        let request = HistoryRequest::new(symbol, Interval::DAY)?.count(10);
        counts.push(client.history(request).await?.bars.len());
    }
    Ok(counts)
}
