//! Servers that go away and come back on the same address.

use std::{collections::HashSet, net::SocketAddr, time::Duration};

use futures_util::StreamExt;
use sim::{Action, FaultPlan, SimServer, When};
use tv_client::{
    Bar, Client, ConnectionState, HistoryRequest, Interval, QuoteEvent, QuoteRequest, Reconnect,
    ReconnectPolicy, SeriesChange, SeriesEvent, SeriesRequest, StudyEvent, StudyRequest,
};

use crate::{EPOCH, eventually, in_memory, pause, simulator, soon, symbol};

const SYMBOL: &str = "BINANCE:BTCUSDT";

/// Starts a server whose market is at `now`, in milliseconds, as soon as the address is free.
async fn start_at(address: SocketAddr, now: i64) -> SimServer {
    soon("the address", async {
        loop {
            let builder = simulator().rate(100.0).listen(address).epoch(now);
            if let Ok(sim) = builder.start().await {
                break sim;
            }
            pause().await;
        }
    })
    .await
}

async fn start() -> SimServer {
    start_at(([127, 0, 0, 1], 0).into(), EPOCH).await
}

/// Ends a server, and starts another one at its address after an outage of `outage` milliseconds of
/// the market's time.
async fn restart(sim: SimServer, outage: i64) -> SimServer {
    let (address, ledger) = (sim.local_addr(), sim.ledger());
    sim.shutdown().await;
    start_at(address, ledger.now() + outage).await
}

async fn connect(sim: &SimServer) -> Client {
    let quickly = ReconnectPolicy::default()
        .first_delay(Duration::from_millis(50))
        .reconnect_delay(Duration::from_millis(50))
        .longest_delay(Duration::from_millis(200))
        .slow_lane(Duration::from_millis(200), Duration::from_millis(400));
    let builder = Client::builder()
        .endpoint(sim.url())
        .reconnect(Reconnect::Always(quickly));
    soon("connection", builder.connect()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_bars_are_complete_after_the_server_was_away() {
    let mut sim = start().await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new(SYMBOL, second).unwrap().count(10);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let history = series.closed_bars();
    let mut closed: Vec<Bar> = history.to_vec();
    let mut resumed = 0;
    for outage in [0, 3_000, 500] {
        sim = restart(sim, outage).await;
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
    let (first, last) = (closed.first().unwrap().time, closed.last().unwrap().time);
    let truth = HistoryRequest::new(SYMBOL, second)
        .unwrap()
        .between(first..=last)
        .unwrap();
    let truth = soon("history", client.history(truth)).await.unwrap();
    assert_eq!(closed, truth.bars);
}

#[tokio::test]
async fn quotes_continue_after_the_server_was_away() {
    let sim = start().await;
    let client = connect(&sim).await;
    let mut states = client.states();
    let symbols = [SYMBOL, "FX:EURUSD"].map(symbol);
    let mut quotes = client
        .quotes(QuoteRequest::new(symbols.clone()).unwrap().price())
        .await
        .unwrap();
    soon("update", quotes.next()).await.unwrap();
    let (address, ledger) = (sim.local_addr(), sim.ledger());
    sim.shutdown().await;
    soon("interruption", async {
        while quotes.next().await != Some(QuoteEvent::Reconnecting) {}
    })
    .await;
    let sim = start_at(address, ledger.now()).await;
    let mut updated = HashSet::new();
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
async fn f61_streams_without_readers_end_at_the_server() {
    let sim = start().await;
    let client = connect(&sim).await;
    for _ in 0..20 {
        let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
            .unwrap()
            .count(5);
        let mut series = Vec::new();
        for _ in 0..20 {
            series.push(
                soon("history", client.series(request.clone()))
                    .await
                    .unwrap(),
            );
        }
    }
    // Those of quotes live as long as one of several symbols is wanted.
    let quotes = QuoteRequest::new([SYMBOL, "FX:EURUSD"]).unwrap();
    for _ in 0..5 {
        let mut quotes = client.quotes(quotes.clone()).await.unwrap();
        soon("quotes", quotes.next()).await.unwrap();
        quotes.remove([symbol(SYMBOL)]).await.unwrap();
    }
    let ended = |command: &str| {
        let records = sim.ledger().sessions();
        let counts = records.iter().filter_map(|it| it.received.get(command));
        counts.sum::<u64>()
    };
    eventually("ends at the server", || {
        ended("chart_delete_session") >= 400 && ended("quote_delete_session") >= 5
    })
    .await;
    assert_eq!(ended("chart_create_session"), 400);
    assert_eq!(client.health().await.subscriptions.wanted(), 0);
}

#[tokio::test(start_paused = true)]
async fn f57_closing_while_reconnecting_is_quick_and_final() {
    let gone = "when kind quote_completed do restart for 1h"
        .parse()
        .unwrap();
    let (_sim, client) = in_memory(simulator().faults(gone));
    let client = soon("connection", client.connect()).await.unwrap();
    let mut states = client.states();
    let quotes = QuoteRequest::new([SYMBOL]).unwrap();
    let mut quotes = client.quotes(quotes).await.unwrap();
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

/// Follows bars of a second through the faults of a plan, and compares the delivered bars with the
/// market.
async fn survive(plan: FaultPlan, bars: usize, interruptions: usize) {
    let builder = simulator().rate(100.0).faults(plan);
    let sim = builder.start().await.unwrap();
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new(SYMBOL, second)
        .unwrap()
        .count(10)
        .timeout(Duration::from_secs(24));
    let mut series = soon("history", client.series(request)).await.unwrap();
    let history = series.closed_bars();
    let mut closed: Vec<Bar> = history.to_vec();
    let mut resumed = 0;
    let read = async {
        while closed.len() < 10 + bars || resumed < interruptions {
            match series.next().await.unwrap() {
                SeriesEvent::Closed(bar) => closed.push(bar),
                SeriesEvent::Resumed { .. } => resumed += 1,
                SeriesEvent::Revised(bar) => {
                    let known = closed.iter_mut().find(|known| known.time == bar.time);
                    *known.unwrap() = bar;
                }
                SeriesEvent::Open(_)
                | SeriesEvent::Reconnecting
                | SeriesEvent::Suspended { .. }
                | SeriesEvent::Skipped { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    };
    soon("bars and interruptions", read).await;
    drop(client);
    // The same market without faults.
    let ledger = sim.ledger();
    sim.shutdown().await;
    let sim = start_at(([127, 0, 0, 1], 0).into(), ledger.now()).await;
    let client = connect(&sim).await;
    let (first, last) = (closed.first().unwrap().time, closed.last().unwrap().time);
    let truth = HistoryRequest::new(SYMBOL, second)
        .unwrap()
        .between(first..=last)
        .unwrap();
    let truth = soon("history", client.history(truth)).await.unwrap();
    assert_eq!(closed, truth.bars);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f28_f29_f40_f44_ends_duplicates_and_void_sessions_lose_no_bar() {
    let plan = FaultPlan::new(7)
        .rule(
            When::always().kind("du").every(3),
            Action::Duplicate { copies: 2 },
        )
        .rule(
            When::always().connection(1).kind("du").nth(40),
            Action::Reset,
        )
        .rule(When::always().connection(2).kind("du").nth(30), Action::Fin)
        .rule(
            When::always().connection(3).kind("du").nth(30),
            Action::CriticalError("oops".into()),
        )
        .rule(
            When::always().connection(3).kind("du").nth(90),
            Action::Slice { bytes: 1 },
        )
        .rule(
            When::always().connection(3).kind("du").nth(120),
            Action::Close {
                code: Some(1001),
                reason: String::new(),
            },
        );
    survive(plan, 6, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f42_f49_lost_completions_and_ends_while_restoring_lose_no_bar() {
    let mut plan = FaultPlan::new(8)
        .rule(
            When::always().connection(1).kind("du").nth(20),
            Action::Reset,
        )
        .rule(
            When::always().connection(8).kind("du").nth(20),
            Action::Reset,
        );
    let lost = When::always().connection(8).kind("series_completed").nth(1);
    plan = plan.rule(lost, Action::Drop);
    // Each of the next connections ends one message further into the restore.
    for number in 2..8 {
        plan = plan.rule(When::always().connection(number).frame(number), Action::Fin);
    }
    survive(plan, 4, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_that_are_drawn_lose_no_bar() {
    // `TV_FAULT_SEEDS` sets another number. Each takes about ten seconds and mostly waits, so eight
    // run side by side.
    let seeds = std::env::var("TV_FAULT_SEEDS").ok();
    let seeds = seeds.and_then(|text| text.parse().ok()).unwrap_or(8);
    let runs = (1..=seeds).map(|seed| {
        let plan = FaultPlan::random(seed, Duration::from_secs(6), 5);
        survive(plan, 8, 0)
    });
    let runs = futures_util::stream::iter(runs).buffer_unordered(8);
    runs.collect::<()>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f62_ten_thousand_symbols_come_back() {
    let sim = start().await;
    let client = connect(&sim).await;
    let symbols = (0..10_000).map(|number| symbol(&format!("SIM:S{number}")));
    // However slow this machine is.
    let request = QuoteRequest::new(symbols).unwrap().fields(["lp"]);
    let request = request.report_after(Duration::MAX);
    let mut quotes = client.quotes(request).await.unwrap();
    let mut completed = 0;
    soon("first states", async {
        while completed < 10_000 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Completed { .. } => completed += 1,
                QuoteEvent::Update(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    let sim = restart(sim, 0).await;
    // On a slow machine some states may come after the client has ceased to wait for them.
    let (mut is_resumed, mut back) = (false, HashSet::new());
    soon("restoring", async {
        while !is_resumed || back.len() < 10_000 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Resumed { .. } => is_resumed = true,
                QuoteEvent::Completed { symbol } => assert!(back.insert(symbol), "once each"),
                _ => {}
            }
        }
    })
    .await;
    drop(sim);
}

/// Attempts are counted from each loss, and a client that is closed reports its end only.
#[tokio::test]
async fn attempts_are_counted_from_each_loss_and_a_close_is_not_an_interruption() {
    let sim = start().await;
    let client = connect(&sim).await;
    let mut states = client.states();
    let request = QuoteRequest::new(["SIM:A"]).unwrap().fields(["lp"]);
    let mut quotes = client.quotes(request).await.unwrap();
    let series = SeriesRequest::new("SIM:A", Interval::MINUTE).unwrap();
    let mut series = soon("series", client.series(series)).await.unwrap();
    let mut sim = sim;
    for _ in 0..2 {
        sim = restart(sim, 0).await;
        let attempt = soon("attempt", async {
            loop {
                let state = states.next().await.unwrap();
                if let ConnectionState::Reconnecting { attempt, .. } = state {
                    break attempt;
                }
            }
        })
        .await;
        assert_eq!(attempt, 1);
        soon("quotes", async {
            while !matches!(quotes.next().await, Some(QuoteEvent::Resumed { .. })) {}
        })
        .await;
        soon("bars", async {
            while !matches!(series.next().await, Some(SeriesEvent::Resumed { .. })) {}
        })
        .await;
    }
    client.close().await;
    while let Some(event) = soon("end", quotes.next()).await {
        assert!(!matches!(event, QuoteEvent::Reconnecting), "{event:?}");
    }
    while let Some(event) = soon("end", series.next()).await {
        assert!(!matches!(event, SeriesEvent::Reconnecting), "{event:?}");
    }
    drop(sim);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_series_is_restored_on_another_connection() {
    let mut sim = start().await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)
        .unwrap()
        .count(20);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let mut study = series
        .study(StudyRequest::new("Volume@tv-basicstudies-241"))
        .await
        .unwrap();
    let change = SeriesChange::new().symbol(SYMBOL).unwrap().interval(second);
    soon("the change", series.modify(change)).await.unwrap();
    let Some(SeriesEvent::Reset(mut bars)) = series.next().await else {
        panic!("the reset comes first")
    };
    bars.pop();
    sim = restart(sim, 3_000).await;
    let mut resumed = 0;
    soon("bars of after", async {
        let mut after = 0;
        while after < 3 {
            match series.next().await.unwrap() {
                SeriesEvent::Closed(bar) => {
                    assert_eq!(bar.time.seconds(), bars.last().unwrap().time.seconds() + 1);
                    bars.push(bar);
                    after += resumed;
                }
                SeriesEvent::Resumed { .. } => resumed = 1,
                SeriesEvent::Open(_) | SeriesEvent::Revised(_) | SeriesEvent::Reconnecting => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    let table = series.bars();
    assert!(bars.iter().all(|bar| table.at(bar.time).is_some()));
    soon("values of the coin", async {
        let mut newest = None;
        while newest < bars.last().map(|bar| bar.time) {
            match study.next().await.unwrap() {
                StudyEvent::Snapshot(points) => newest = points.last().map(|point| point.time),
                StudyEvent::Row(point) => newest = Some(point.time),
                StudyEvent::Reconnecting => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert_eq!(sim.stats().connections_open, 1);
}
