//! Connections that are replaced by new ones while streams go on.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::FutureExt;
use sim::{Action, FaultPlan, LedgerBar, Oracle, Published, SimServer, When};
use tv_client::{
    Bar, Client, ConnectionState, Dialer, Interval, QuoteEvent, QuoteRequest, Renewal,
    ReplayRequest, RequestError, SeriesEvent, SeriesRequest,
};

use crate::{connect, eventually, simulator, soon, start, symbol};

const SYMBOL: &str = "BINANCE:BTCUSDT";

fn second() -> Interval {
    "1S".parse().unwrap()
}

fn reported(bar: Bar) -> LedgerBar {
    let prices = [bar.open, bar.high, bar.low, bar.close];
    LedgerBar::new(bar.time.seconds(), prices, bar.volume.unwrap())
}

/// Waits until the server has no other connection than this many.
async fn until_open(sim: &SimServer, connections: u64) {
    eventually("connections to end", || {
        sim.stats().connections_open == connections
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f53_no_bar_is_lost_or_doubled_and_no_stream_is_interrupted() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, second()).unwrap().count(10);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let first = series.history()[0].time;
    let closed = series.closed_bars();
    let mut published: Vec<Published> = closed
        .iter()
        .map(|bar| Published::Closed(reported(*bar)))
        .collect();
    let mut last = 0;
    for renewals in 2..=6 {
        let renewed = client.renew();
        let read = async {
            let mut seen = 0;
            while seen < 2 {
                match series.next().await.unwrap() {
                    SeriesEvent::Closed(bar) => {
                        seen += 1;
                        last = bar.time.seconds();
                        published.push(Published::Closed(reported(bar)));
                    }
                    SeriesEvent::Revised(bar) => published.push(Published::Revised(reported(bar))),
                    SeriesEvent::Open(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        let (renewed, ()) = soon("renewal and bars", async { tokio::join!(renewed, read) }).await;
        assert_eq!(renewed.unwrap(), Renewal::Seamless);
        assert_eq!(sim.stats().connections_total, renewals);
        until_open(&sim, 1).await;
    }
    let generation = ConnectionState::Open { generation: 6 };
    assert_eq!(client.state(), generation);
    let truth = sim
        .ledger()
        .bars(SYMBOL, "1S", first.seconds(), last + 1)
        .unwrap();
    let verdict = Oracle::new(truth.closed).judge(published);
    assert!(verdict.is_perfect(), "{verdict:?}");
    assert!(verdict.expected >= 19, "{verdict:?}");
    // What came over all connections counts.
    assert!(client.counters().await.unwrap().received.texts > 100);
    soon("close", client.close()).await;
    until_open(&sim, 0).await;
}

#[tokio::test]
async fn f53_a_thousand_symbols_move_without_an_interruption() {
    let sim = start(simulator().rate(2_000.0)).await;
    let client = connect(&sim).await;
    let symbols = (0..1_000).map(|number| symbol(&format!("SIM:S{number}")));
    let request = QuoteRequest::new(symbols).unwrap().fields(["lp"]);
    let mut quotes = client.quotes(request).await.unwrap();
    let mut completed = 0;
    soon("first states", async {
        while completed < 1_000 {
            if let QuoteEvent::Completed { .. } = quotes.next().await.unwrap() {
                completed += 1;
            }
        }
    })
    .await;
    let renewed = soon("renewal", client.renew()).await.unwrap();
    assert_eq!(renewed, Renewal::Seamless);
    until_open(&sim, 1).await;
    // Only the new connection is left to bring these.
    let mut updated = HashSet::new();
    soon("updates", async {
        while updated.len() < 500 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Update(update) => {
                    assert!(!update.is_snapshot && !update.changed.is_empty());
                    updated.insert(update.symbol);
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    // And it does what readers ask for.
    quotes.add([symbol("SIM:NEW")]).await.unwrap();
    soon("the new symbol", async {
        loop {
            if let QuoteEvent::Completed { symbol } = quotes.next().await.unwrap() {
                break assert_eq!(symbol.as_str(), "SIM:NEW");
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_be_restored_gives_the_servers_last_words() {
    for action in ["protocol-error", "critical-error", "close 1013"] {
        let when = "when connection 2.. and kind series_completed do";
        let fault = format!("{when} {action} \"maintenance\"\n{when} drop");
        let sim = Arc::new(simulator().faults(fault.parse().unwrap()).build().unwrap());
        let served = Arc::clone(&sim);
        let dialer = Dialer::new(move |_, _| {
            let stream = served.connect();
            async move { Ok(stream) }
        });
        let builder = Client::builder().endpoint(sim.url()).dialer(dialer);
        let client = builder.connect().await.unwrap();
        let request = SeriesRequest::new(SYMBOL, Interval::DAY).unwrap().count(10);
        let mut series = client.series(request).await.unwrap();
        let renewed = client.renew().await;
        let Err(RequestError::TimedOut { last_words, .. }) = renewed else {
            panic!("{action}: {renewed:?}");
        };
        let words = last_words.unwrap_or_default();
        assert!(words.contains("maintenance"), "{action}: {words}");
        // The first connection has served all the time.
        while let Some(event) = series.next().now_or_never() {
            let event = event.expect("the series goes on");
            assert!(
                matches!(event, SeriesEvent::Open(_) | SeriesEvent::Closed(_)),
                "{action}: {event:?}"
            );
        }
    }
}

#[tokio::test]
async fn connections_that_are_old_are_replaced_by_themselves() {
    let sim = start(simulator()).await;
    let builder = Client::builder()
        .endpoint(sim.url())
        .renew_after(Duration::from_millis(50));
    let client = soon("connection", builder.connect()).await.unwrap();
    let mut states = client.states();
    let mut generation = 0;
    soon("connections", async {
        while generation < 4 {
            match states.next().await.unwrap() {
                ConnectionState::Open { generation: new } => generation = new,
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    soon("close", client.close()).await;
    until_open(&sim, 0).await;
}

#[tokio::test]
async fn a_renewal_that_fails_leaves_the_old_connection_as_it_is() {
    let refused = When::always().connection(2);
    let cut = When::always().connection(3).kind("series_completed");
    let plan = FaultPlan::new(1)
        .rule(refused, Action::Refuse)
        .rule(cut, Action::Reset);
    let builder = simulator().rate(100.0).faults(plan);
    let sim = start(builder).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, second()).unwrap().count(5);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let error = soon("renewal", client.renew()).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    // The new connection ends when it has restored nearly all; then it is made again and takes
    // over.
    let renewed = soon("renewal", client.renew()).await.unwrap();
    assert_eq!(renewed, Renewal::Seamless);
    let mut closed = 0;
    soon("bars", async {
        while closed < 3 {
            match series.next().await.unwrap() {
                SeriesEvent::Closed(_) => closed += 1,
                SeriesEvent::Open(_) | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    until_open(&sim, 1).await;
}

#[tokio::test]
async fn what_is_replayed_is_not_interrupted_by_a_renewal() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let time = sim.ledger().now() / 1_000 - 86_400;
    let request = ReplayRequest::new(SYMBOL, Interval::MINUTE, time)
        .unwrap()
        .count(5);
    let mut replay = soon("replay", client.replay(request)).await.unwrap();
    let error = soon("renewal", client.renew()).await.unwrap_err();
    assert!(matches!(error, RequestError::Misuse { .. }), "{error:?}");
    soon("step", replay.step(1)).await.unwrap();
    drop(replay);
    soon("renewal", async {
        // The end of the replay is on its way.
        while client.renew().await.is_err() {}
    })
    .await;
}

#[tokio::test]
async fn f57_closing_during_a_renewal_leaves_nothing() {
    let sim = start(simulator()).await;
    for _ in 0..20 {
        let client = connect(&sim).await;
        let quotes = QuoteRequest::new([SYMBOL]).unwrap();
        let mut quotes = client.quotes(quotes).await.unwrap();
        let other = client.clone();
        let renewal = tokio::spawn(async move { other.renew().await });
        soon("an event", quotes.next()).await.unwrap();
        soon("close", client.close()).await;
        // Whichever came first.
        let _ = soon("the renewal's end", renewal).await.unwrap();
        let ended = soon("end", async {
            let mut last = None;
            while let Some(event) = quotes.next().await {
                last = Some(event);
            }
            last
        })
        .await;
        assert!(matches!(ended, Some(QuoteEvent::Ended(error)) if error.is_closed()));
        until_open(&sim, 0).await;
    }
}
