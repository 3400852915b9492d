//! Servers that stand in for each other: which one is tried, kept, and given the token.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
};

use sim::Sim;
use tv_client::{
    AuthToken, Client, ClientBuilder, ConnectError, Dialer, Interval, Pool, QuoteEvent,
    QuoteRequest, Renewal, SeriesEvent, SeriesRequest,
};

use crate::{simulator, soon};

/// Both are this machine, where plain text is allowed.
const FIRST: &str = "127.0.0.1";
const SECOND: &str = "127.0.0.2";

/// Simulators in memory, by host. A host without one refuses connections.
#[derive(Clone, Default)]
struct Servers(Arc<Mutex<HashMap<&'static str, Sim>>>);

impl Servers {
    fn start(&self, host: &'static str) {
        let sim = simulator().build().unwrap();
        self.0.lock().unwrap().insert(host, sim);
    }

    async fn stop(&self, host: &str) {
        let sim = self.0.lock().unwrap().remove(host);
        sim.unwrap().shutdown().await;
    }

    /// How many connections a host has had.
    fn connections(&self, host: &str) -> usize {
        let servers = self.0.lock().unwrap();
        servers.get(host).unwrap().ledger().sessions().len()
    }

    /// A client of the first server, then the second.
    fn client(&self) -> ClientBuilder {
        let servers = self.clone();
        let dialer = Dialer::new(move |host, _| {
            let stream = servers
                .0
                .lock()
                .unwrap()
                .get(host.as_str())
                .map(Sim::connect);
            async move { stream.ok_or_else(|| io::ErrorKind::ConnectionRefused.into()) }
        });
        Client::builder()
            .endpoint(url(FIRST))
            .alternate(url(SECOND))
            .dialer(dialer)
            .jitter_seed(1)
    }
}

fn url(host: &str) -> String {
    format!("ws://{host}/socket.io/websocket?from=chart")
}

/// The address as health shows it: with its port, without its query.
fn shown(host: &str) -> String {
    format!("ws://{host}:80/socket.io/websocket")
}

#[tokio::test(start_paused = true)]
async fn the_first_server_that_can_be_reached_is_used() {
    let servers = Servers::default();
    servers.start(SECOND);
    let client = soon("connection", servers.client().connect())
        .await
        .unwrap();
    assert_eq!(client.health().await.endpoint, shown(SECOND));
    assert!(client.quote("SIM:A").await.unwrap().last().is_some());
    client.close().await;
    servers.start(FIRST);
    let client = soon("connection", servers.client().connect())
        .await
        .unwrap();
    assert_eq!(client.health().await.endpoint, shown(FIRST));
    assert_eq!(servers.connections(SECOND), 1, "not needed again");
}

#[tokio::test(start_paused = true)]
async fn the_last_servers_error_is_reported_if_none_can_be_reached() {
    let connecting = Servers::default().client().connect();
    let error = soon("error", connecting).await.unwrap_err();
    assert!(
        matches!(&error, ConnectError::Transport { host, .. } if host == SECOND),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_three_failures_the_next_server_takes_over_and_is_kept() {
    let servers = Servers::default();
    servers.start(FIRST);
    servers.start(SECOND);
    let client = soon("connection", servers.client().connect())
        .await
        .unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", Interval::MINUTE).unwrap();
    let mut series = soon("history", client.series(request)).await.unwrap();
    let mut closed = series.closed_bars().to_vec();
    servers.stop(FIRST).await;
    let mut resumed = false;
    let four_bars = std::time::Duration::from_secs(240);
    tokio::time::timeout(four_bars, async {
        let enough = closed.len() + 3;
        while !resumed || closed.len() < enough {
            match series.next().await.unwrap() {
                SeriesEvent::Closed(bar) => closed.push(bar),
                SeriesEvent::Resumed { .. } => resumed = true,
                SeriesEvent::Open(_) | SeriesEvent::Reconnecting | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await
    .unwrap();
    for pair in closed.windows(2) {
        assert_eq!(pair[0].time.saturating_add(60), pair[1].time);
    }
    let health = client.health().await;
    assert_eq!(health.endpoint, shown(SECOND));
    // Three refusals of the first, then one attempt at the second.
    assert_eq!(health.metrics.reconnections, 3, "{health:?}");
    servers.start(FIRST);
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(client.health().await.endpoint, shown(SECOND));
    assert_eq!(servers.connections(FIRST), 0, "the second one is kept");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_begins_with_the_first_server_and_goes_on_with_the_next() {
    let servers = Servers::default();
    servers.start(FIRST);
    servers.start(SECOND);
    let client = soon("connection", servers.client().connect())
        .await
        .unwrap();
    let request = QuoteRequest::new(["SIM:A"]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    soon("quote", quotes.next()).await.unwrap();
    servers.stop(FIRST).await;
    soon("the other server", async {
        while !matches!(quotes.next().await.unwrap(), QuoteEvent::Resumed { .. }) {}
    })
    .await;
    // The first is down: the connection is replaced by another one to the second.
    assert_eq!(soon("renewal", client.renew()).await, Ok(Renewal::Seamless));
    assert_eq!(client.health().await.endpoint, shown(SECOND));
    assert_eq!(servers.connections(SECOND), 2);
    servers.start(FIRST);
    assert_eq!(soon("renewal", client.renew()).await, Ok(Renewal::Seamless));
    assert_eq!(client.health().await.endpoint, shown(FIRST));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refused_before_anything_is_sent_if_one_of_the_servers_may_not_see_it() {
    let servers = Servers::default();
    servers.start(FIRST);
    servers.start(SECOND);
    let signed_in = || servers.client().auth(AuthToken::new("a secret"));
    let builder = signed_in().alternate("wss://mirror.example.com/");
    let error = soon("error", builder.connect()).await.unwrap_err();
    let host = "mirror.example.com".to_owned();
    assert_eq!(error, ConnectError::TokenForbidden { host });
    assert_eq!(servers.connections(FIRST), 0);
    // Hosts that were named and are this machine, or TradingView's, may see it.
    let client = signed_in().alternate(tv_client::Server::Data).connect();
    let client = soon("connection", client).await.unwrap();
    assert_eq!(client.health().await.endpoint, shown(FIRST));
}

#[tokio::test(start_paused = true)]
async fn each_connection_of_a_pool_finds_a_server_that_can_be_reached() {
    let servers = Servers::default();
    servers.start(SECOND);
    let pool = Pool::builder(servers.client()).connect();
    let pool = soon("connection", pool).await.unwrap();
    assert!(pool.quote("SIM:A").await.unwrap().last().is_some());
    assert_eq!(pool.health().await[0].endpoint, shown(SECOND));
}
