//! Servers that go away and come back on the same address.

use std::{net::SocketAddr, time::Duration};

use sim::SimServer;
use tv_client::{
    Client, ConnectionState, HistoryRequest, QuoteEvent, QuoteRequest, ReconnectPolicy,
    SeriesEvent, SeriesRequest,
    values::{Bar, Interval},
};

use crate::{soon, symbol};

const SYMBOL: &str = "BINANCE:BTCUSDT";

async fn start_at(address: SocketAddr) -> SimServer {
    let builder = || SimServer::builder().rate(100.0).listen(address);
    for _ in 0..100 {
        if let Ok(sim) = builder().start().await {
            return sim;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the address does not become free")
}

async fn start() -> SimServer {
    start_at(([127, 0, 0, 1], 0).into()).await
}

async fn connect(sim: &SimServer) -> Client {
    let quickly = ReconnectPolicy::default()
        .first_delay(Duration::from_millis(50))
        .reconnect_delay(Duration::from_millis(50))
        .longest_delay(Duration::from_millis(200));
    let builder = Client::builder().endpoint(sim.url()).reconnect(quickly);
    soon("connection", builder.connect()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_bars_are_complete_after_the_server_was_away() {
    let mut sim = start().await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new(symbol(SYMBOL), second).count(10);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let (_, history) = series.history().split_last().unwrap();
    let mut closed: Vec<Bar> = history.to_vec();
    let mut resumed = 0;
    for outage in [0, 3_000, 500] {
        let address = sim.local_addr();
        sim.shutdown().await;
        tokio::time::sleep(Duration::from_millis(outage)).await;
        sim = start_at(address).await;
        let enough = closed.len() + usize::try_from(outage / 1_000).unwrap() + 2;
        resumed += 1;
        let mut seen = 0;
        soon("bars after the outage", async {
            while closed.len() < enough || seen == 0 {
                match series.next().await.unwrap() {
                    SeriesEvent::Closed(bar) => closed.push(bar),
                    SeriesEvent::Resumed { .. } => seen += 1,
                    SeriesEvent::Revised(bar) => {
                        let known = closed.iter_mut().find(|known| known.time == bar.time);
                        *known.unwrap() = bar;
                    }
                    SeriesEvent::Open(_) | SeriesEvent::Reconnecting => {}
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
    }
    assert_eq!(resumed, 3);
    let (first, last) = (closed[0].time, closed[closed.len() - 1].time);
    let truth = HistoryRequest::new(symbol(SYMBOL), second).between(first, last + 1);
    let truth = soon("history", client.history(truth)).await.unwrap();
    assert_eq!(closed, truth.bars);
}

#[tokio::test]
async fn quotes_go_on_after_the_server_was_away() {
    let sim = start().await;
    let client = connect(&sim).await;
    let mut states = client.states();
    let symbols = [SYMBOL, "FX:EURUSD"].map(symbol);
    let mut quotes = client
        .quotes(QuoteRequest::new(symbols.clone()).price())
        .await
        .unwrap();
    soon("update", quotes.next()).await.unwrap();
    let address = sim.local_addr();
    sim.shutdown().await;
    soon("interruption", async {
        while quotes.next().await != Some(QuoteEvent::Reconnecting) {}
    })
    .await;
    let sim = start_at(address).await;
    let mut updated = std::collections::HashSet::new();
    soon("restoring", async {
        loop {
            match quotes.next().await.unwrap() {
                QuoteEvent::Update(update) => {
                    updated.insert(update.symbol);
                }
                QuoteEvent::Resumed { missing } => break assert_eq!(missing, 0),
                _ => {}
            }
        }
        while updated.len() < 2 {
            if let Some(QuoteEvent::Update(update)) = quotes.next().await {
                updated.insert(update.symbol);
            }
        }
    })
    .await;
    assert_eq!(sim.stats().connections_open, 1);
    let mut seen = Vec::new();
    client.close().await;
    while let Some(state) = soon("state", states.next()).await {
        seen.push(state);
    }
    assert!(matches!(seen.last(), Some(ConnectionState::Ended(error)) if error.is_closed()));
}

#[tokio::test]
async fn f61_what_nobody_reads_is_ended_at_the_server() {
    let sim = start().await;
    let client = connect(&sim).await;
    for _ in 0..20 {
        let request = SeriesRequest::new(symbol(SYMBOL), Interval::MINUTE).count(5);
        let mut series = Vec::new();
        for _ in 0..20 {
            series.push(
                soon("history", client.series(request.clone()))
                    .await
                    .unwrap(),
            );
        }
    }
    soon("ends", async {
        while client.health().await.subscriptions.wanted() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn f57_closing_while_reconnecting_is_quick_and_final() {
    let sim = start().await;
    let client = connect(&sim).await;
    let quotes = QuoteRequest::new([symbol(SYMBOL)]);
    let mut quotes = client.quotes(quotes).await.unwrap();
    sim.shutdown().await;
    let mut states = client.states();
    soon("loss", async {
        while !matches!(
            states.next().await,
            Some(ConnectionState::Reconnecting { .. })
        ) {}
    })
    .await;
    tokio::time::timeout(Duration::from_secs(2), client.close())
        .await
        .unwrap();
    let last = soon("end", async {
        let mut last = None;
        while let Some(event) = quotes.next().await {
            last = Some(event);
        }
        last
    })
    .await;
    assert!(matches!(last, Some(QuoteEvent::Ended(error)) if error.is_closed()));
}
