//! Faults one by one, over real sockets, that have no better place.

use futures_util::FutureExt;
use sim::{Action, FaultPlan, SimServer, When};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::oneshot;
use tv_client::{
    AuthToken, Client, ClientError, ConnectionState, Interval, QuoteEvent, QuoteRequest,
    RequestError, SeriesEvent, SeriesRequest, TokenSource,
};

use crate::{connect, eventually, in_memory, pause, simulator, soon, start, symbol};

const SYMBOL: &str = "BINANCE:BTCUSDT";

async fn until_none_is_open(sim: &SimServer) {
    eventually("connections to end", || sim.stats().connections_open == 0).await;
}

#[tokio::test]
async fn f41_messages_without_a_session_are_dropped_and_counted() {
    let twice = When::always().kind("series_completed");
    let plan = FaultPlan::new(41).rule(twice, Action::Duplicate { copies: 2 });
    let sim = start(simulator().faults(plan)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::DAY).unwrap().count(5);
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(
            soon("history", client.series(request.clone()))
                .await
                .unwrap(),
        );
    }
    soon("six late answers", async {
        while client.counters().await.unwrap().late_messages != 6 {
            pause().await;
        }
    })
    .await;
    client.clone().close().await;
    let error = client.counters().await.unwrap_err();
    assert_eq!(error, RequestError::Ended(ClientError::Closed));
}

#[tokio::test(start_paused = true)]
async fn f57_closing_while_answers_are_awaited_ends_all_that_waits() {
    // Neither histories nor anything else that is asked for after the first quotes comes to an end.
    let mute = When::always().kind("series_completed");
    let plan = FaultPlan::new(57).rule(mute, Action::Drop);
    let (sim, builder) = in_memory(simulator().faults(plan));
    for round in 0..12 {
        let client = soon("connection", builder.clone().connect());
        let client = client.await.unwrap();
        let mut quotes = client
            .quotes(QuoteRequest::new([SYMBOL]).unwrap())
            .await
            .unwrap();
        let loading: Vec<_> = (0..4)
            .map(|_| {
                let request = SeriesRequest::new(SYMBOL, Interval::MINUTE).unwrap();
                let client = client.clone();
                tokio::spawn(async move { client.series(request).await.map(|_| ()) })
            })
            .collect();
        // At once, or when something has come.
        for _ in 0..round % 4 {
            soon("an event", quotes.next()).await.unwrap();
        }
        let closed = tokio::time::timeout(Duration::from_secs(5), client.close()).await;
        closed.unwrap();
        for series in loading {
            let error = soon("the end of a request", series)
                .await
                .unwrap()
                .unwrap_err();
            assert_eq!(error, RequestError::Ended(ClientError::Closed));
        }
        let mut last = None;
        while let Some(event) = soon("the end of quotes", quotes.next()).await {
            last = Some(event);
        }
        assert_eq!(
            last,
            Some(QuoteEvent::Ended(RequestError::Ended(ClientError::Closed)))
        );
        eventually("connections to end", || sim.stats().connections_open == 0).await;
    }
}

#[tokio::test]
async fn f57_giving_up_while_signing_in_leaves_nothing() {
    let sim = start(simulator()).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = TokenSource::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<Result<AuthToken, Infallible>>()
    });
    let builder = Client::builder().endpoint(sim.url()).auth(source);
    let connecting = tokio::spawn(builder.connect());
    eventually("the question for a token", || {
        asked.load(Ordering::SeqCst) > 0
    })
    .await;
    assert_eq!(sim.stats().connections_open, 1);
    connecting.abort();
    until_none_is_open(&sim).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f22_a_silent_series_is_reported_and_healed_while_quotes_continue() {
    // Live bars stop after a while; all else goes on, heartbeats as well.
    let silent = When::always().connection(1).kind("du").nth(50);
    let stall = Action::Stall { lasting: None };
    let plan = FaultPlan::new(22).rule(silent, stall);
    let sim = start(simulator().rate(100.0).faults(plan)).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new([SYMBOL]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new(SYMBOL, second)
        .unwrap()
        .count(10)
        .stale_after(Duration::from_secs(1));
    let mut series = soon("history", client.series(request)).await.unwrap();
    let mut expected = series.history().last().unwrap().time;
    let (mut stale, mut resumed) = (0, 0);
    soon("silence, and its end", async {
        while resumed < 2 {
            match series.next().await.unwrap() {
                SeriesEvent::Stale { age } => {
                    assert!(age >= Duration::from_secs(1), "{age:?}");
                    stale += 1;
                    let health = client.health().await;
                    // It may be over by now on a slow machine.
                    for stream in &health.stale_streams {
                        assert_eq!(stream.stream, format!("{SYMBOL} 1S"));
                        assert!(!health.is_ready);
                    }
                }
                SeriesEvent::Resumed { .. } => resumed += 1,
                SeriesEvent::Closed(bar) => {
                    assert_eq!(
                        bar.time, expected,
                        "what the silence has swallowed is healed"
                    );
                    expected = expected.saturating_add(1);
                }
                // It may have to wait before it begins anew.
                SeriesEvent::Open(_)
                | SeriesEvent::Revised(_)
                | SeriesEvent::Reconnecting
                | SeriesEvent::Suspended { .. } => {}
                other => panic!("{other:?}"),
            }
            while let Some(Some(event)) = quotes.next().now_or_never() {
                assert!(
                    matches!(event, QuoteEvent::Update(_) | QuoteEvent::Completed { .. }),
                    "{event:?}"
                );
            }
        }
    })
    .await;
    assert!(stale >= 2, "reported each time: {stale}");
    assert_eq!(client.state(), ConnectionState::Open { generation: 1 });
    soon("quotes go on", async {
        while !matches!(quotes.next().await.unwrap(), QuoteEvent::Update(_)) {}
    })
    .await;
}

#[tokio::test]
async fn f22_a_silent_symbol_is_reported_while_others_continue() {
    let name = r#""n":"BINANCE:BTCUSDT""#;
    // From the third on; quotes of the other are not touched.
    let silent = When::always().kind("qsd").containing(name).nths(3, None);
    let drop = FaultPlan::new(23).rule(silent, Action::Drop);
    let sim = start(simulator().rate(100.0).faults(drop)).await;
    let client = connect(&sim).await;
    let symbols = [SYMBOL, "BINANCE:ETHUSDT"].map(symbol);
    let request = QuoteRequest::new(symbols)
        .unwrap()
        .stale_after(Duration::from_secs(1));
    let mut quotes = client.quotes(request).await.unwrap();
    let (mut others, mut reported) = (0, 0);
    soon("silence", async {
        while reported == 0 || others < 20 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Stale { symbol, .. } => {
                    // On a machine that stands still for this long, the other symbol may be
                    // reported as well.
                    reported += u32::from(symbol.as_str() == SYMBOL);
                }
                QuoteEvent::Update(update) if reported > 0 => {
                    others += u32::from(update.symbol.as_str() != SYMBOL);
                }
                QuoteEvent::Update(_) | QuoteEvent::Completed { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    let bare = QuoteRequest::new([SYMBOL]).unwrap().fields(["lp"]);
    let error = client
        .quotes(bare.stale_after(Duration::from_secs(1)))
        .await;
    assert!(
        matches!(error, Err(RequestError::Misuse { .. })),
        "{error:?}"
    );
}

/// How long the client's only thread does nothing. It must be real time: the thread itself is what
/// stops.
const STARVED: Duration = Duration::from_secs(5);

#[test]
fn f66_a_starved_runtime_loses_no_bar_and_makes_no_storm() {
    // The server has a thread of its own, which goes on.
    let (address, url) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let sim = start(simulator().rate(100.0)).await;
            address.send(sim.url()).unwrap();
            let _ = stopped.await;
            sim.shutdown().await;
        });
    });
    let url = url.recv().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    { runtime }.enable_all().build().unwrap().block_on(async {
        let client = soon("connection", Client::builder().endpoint(url).connect());
        let client = client.await.unwrap();
        let second: Interval = "1S".parse().unwrap();
        let request = SeriesRequest::new(SYMBOL, second).unwrap().count(10);
        let mut series = soon("history", client.series(request)).await.unwrap();
        let mut expected = series.history().last().unwrap().time;
        let last = expected.saturating_add(8);
        std::thread::sleep(STARVED);
        soon("bars", async {
            while expected < last {
                match series.next().await.unwrap() {
                    SeriesEvent::Closed(bar) => {
                        assert_eq!(bar.time, expected, "none is missing, none comes twice");
                        expected = expected.saturating_add(1);
                    }
                    SeriesEvent::Open(_) | SeriesEvent::Revised(_) => {}
                    SeriesEvent::Reconnecting | SeriesEvent::Resumed { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
        match client.state() {
            ConnectionState::Open { generation } => assert!(generation <= 2, "{generation}"),
            other => panic!("{other:?}"),
        }
        client.close().await;
    });
    stop.send(()).unwrap();
    server.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f67_fifty_clients_whose_token_expires_ask_once() {
    const CLIENTS: u64 = 50;
    // Those of the first connections are good no longer once quotes have come.
    let expired = When::always()
        .connections(1, Some(CLIENTS))
        .kind("quote_completed")
        .nth(1);
    let plan = FaultPlan::new(67).rule(expired, Action::ExpireToken);
    let sim = start(simulator().rate(20.0).faults(plan)).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = TokenSource::new(move || {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        async move { Ok::<_, Infallible>(AuthToken::new(format!("token-{number}"))) }
    });
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let builder = Client::builder().endpoint(sim.url()).auth(source.clone());
        clients.push(soon("connection", builder.connect()).await.unwrap());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let mut readers = Vec::new();
    for client in &clients {
        let request = QuoteRequest::new([SYMBOL]).unwrap().fields(["lp"]);
        readers.push(client.quotes(request).await.unwrap());
    }
    soon("all of them again", async {
        for (client, quotes) in clients.iter().zip(&mut readers) {
            while client.state() != (ConnectionState::Open { generation: 2 }) {
                pause().await;
            }
            // A symbol that had sent nothing before counts as begun now.
            while !matches!(quotes.next().await.unwrap(), QuoteEvent::Update(_)) {}
        }
    })
    .await;
    assert_eq!(asked.load(Ordering::SeqCst), 2, "one question for all");
    assert_eq!(sim.stats().connections_total, 2 * CLIENTS);
}
