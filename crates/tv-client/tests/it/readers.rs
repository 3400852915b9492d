//! Many readers of one subscription.

use sim::SimServer;
use tv_client::{
    Bar, Client, Interval, Overflow, QuoteEvent, QuoteRequest, QuoteSession, ReplayRequest,
    RequestError, Series, SeriesEvent, SeriesRequest, StudyEvent, StudyRequest,
};

use crate::{connect, eventually, in_memory, pause, simulator, soon, start, symbol};

const SYMBOL: &str = "BINANCE:BTCUSDT";

/// How often the server has received a command.
fn received(sim: &SimServer, command: &str) -> u64 {
    let sessions = sim.ledger().sessions();
    let counts = sessions.iter().map(|it| it.received.get(command));
    counts.flatten().sum()
}

async fn until_received(sim: &SimServer, command: &str, count: u64) {
    eventually(command, || received(sim, command) >= count).await;
    assert_eq!(received(sim, command), count);
}

async fn quotes(client: &Client) -> QuoteSession {
    let request = QuoteRequest::new([SYMBOL]).unwrap().fields(["lp"]);
    client.quotes(request).await.unwrap()
}

async fn updates(quotes: &mut QuoteSession, count: usize) {
    soon("updates", async {
        let mut seen = 0;
        while seen < count {
            match quotes.next().await.unwrap() {
                QuoteEvent::Update(_) => seen += 1,
                QuoteEvent::Completed { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn f61_a_session_lives_as_long_as_its_last_reader() {
    let sim = start(simulator().rate(200.0)).await;
    let client = connect(&sim).await;
    let mut first = quotes(&client).await;
    updates(&mut first, 2).await;
    let mut second = first.reader(Overflow::Conflate, 1).await.unwrap();
    let mut third = second.reader(Overflow::DropOldest, 100).await.unwrap();
    drop(first);
    // It has more to give than what it began with, and so has a third one of it.
    updates(&mut second, 10).await;
    updates(&mut third, 10).await;
    drop(second);
    // Symbols are the session's.
    third.add([symbol("SIM:A")]).await.unwrap();
    soon("the new symbol", async {
        while !matches!(third.next().await.unwrap(),
            QuoteEvent::Completed { symbol } if symbol.as_str() == "SIM:A")
        {}
    })
    .await;
    assert_eq!(received(&sim, "quote_create_session"), 1);
    assert_eq!(received(&sim, "quote_delete_session"), 0);
    drop(third);
    until_received(&sim, "quote_delete_session", 1).await;
}

#[tokio::test(start_paused = true)]
async fn f60_a_reader_that_sleeps_harms_no_other() {
    let (_sim, client) = in_memory(simulator().rate(5_000.0));
    let client = soon("connection", client.connect()).await.unwrap();
    let mut awake = quotes(&client).await;
    let mut sleepers = Vec::new();
    for number in 0..7 {
        let overflow = match number % 3 {
            0 => (Overflow::Conflate, 3),
            1 => (Overflow::DropOldest, 3),
            _ => (Overflow::Fail, 3),
        };
        sleepers.push(awake.reader(overflow.0, overflow.1).await.unwrap());
    }
    updates(&mut awake, 1_000).await;
    let lagged = soon("an event", sleepers[1].next()).await.unwrap();
    assert!(matches!(lagged, QuoteEvent::Lagged { dropped } if dropped > 10));
    soon("the failure", async {
        while !matches!(sleepers[2].next().await, Some(QuoteEvent::Ended(_))) {}
    })
    .await;
    updates(&mut awake, 10).await;
}

/// The closed bars of two readers, until each has `count`.
async fn closed(one: &mut Series, other: &mut Series, count: usize) -> [Vec<Bar>; 2] {
    let mut bars = [Vec::new(), Vec::new()];
    for (series, bars) in [one, other].into_iter().zip(&mut bars) {
        soon("bars", async {
            while bars.len() < count {
                match series.next().await.unwrap() {
                    SeriesEvent::Closed(bar) => bars.push(bar),
                    SeriesEvent::Open(_) | SeriesEvent::Revised(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
    }
    bars
}

#[tokio::test]
async fn readers_of_a_series_begin_with_what_it_has_kept_and_see_the_same() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new(SYMBOL, second)
        .unwrap()
        .count(50)
        .keep(20);
    let mut first = soon("history", client.series(request)).await.unwrap();
    let other = first.reader(Overflow::Fail, 1_000);
    let mut other = soon("reader", other).await.unwrap();
    assert_eq!(other.history().len(), 21);
    assert_eq!(other.info(), first.info());
    let begin = other.history()[0].time;
    // Each closed bar once, wherever the reader came in.
    let kept = other.closed_bars();
    let mut known = kept.to_vec();
    let [one, two] = closed(&mut first, &mut other, 3).await;
    known.extend(&two);
    let truth = sim.ledger();
    let end = known.last().unwrap().time.seconds() + 1;
    let truth = truth
        .bars(SYMBOL, "1S", begin.seconds(), end)
        .unwrap()
        .closed;
    let times: Vec<i64> = known.iter().map(|bar| bar.time.seconds()).collect();
    assert_eq!(times, truth.iter().map(|bar| bar.time).collect::<Vec<_>>());
    assert!(
        two.iter()
            .all(|bar| one.contains(bar) || bar.time > one[2].time)
    );
    // Both over one session, through a renewal, and with earlier bars for the one who asks.
    soon("renewal", client.renew()).await.unwrap();
    let earlier = soon("earlier bars", other.fetch_more(10)).await.unwrap();
    assert!(earlier.len() >= 10);
    assert_eq!(
        earlier.last().unwrap().time.seconds() + 1,
        first.history()[0].time.seconds(),
        "each second has a bar"
    );
    let earliest = soon("earlier bars", first.fetch_more(10)).await.unwrap();
    assert_eq!(
        earliest.len(),
        10,
        "the session holds no more than was given"
    );
    assert_eq!(earliest[9].time.seconds() + 1, earlier[0].time.seconds());
    // Both at once: each call has an answer of its own, and no bar comes twice.
    let both = futures_util::future::join(first.fetch_more(10), other.fetch_more(10));
    let (one, two) = soon("both pages", both).await;
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.len(), two.len()), (10, 10));
    assert_eq!(one[9].time.seconds() + 1, earliest[0].time.seconds());
    assert_eq!(two[9].time.seconds() + 1, one[0].time.seconds());
    closed(&mut first, &mut other, 2).await;
    drop(first);
    soon("bars", async {
        let mut seen = 0;
        while seen < 2 {
            seen += usize::from(matches!(other.next().await, Some(SeriesEvent::Closed(_))));
        }
    })
    .await;
    assert_eq!(
        received(&sim, "create_series"),
        2,
        "one for each connection"
    );
    drop(other);
    until_received(&sim, "chart_delete_session", 1).await;
}

#[tokio::test]
async fn f61_nothing_is_left_of_subscriptions_that_have_ended() {
    const CYCLES: u64 = 300;
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    for cycle in 0..CYCLES {
        let quotes = quotes(&client).await;
        let other = quotes.reader(Overflow::Conflate, 1).await.unwrap();
        if cycle % 2 == 0 {
            drop((quotes, other));
        } else {
            drop((other, quotes));
        }
    }
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(3);
    for _ in 0..20 {
        let series = soon("history", client.series(request.clone()))
            .await
            .unwrap();
        drop(series.reader(Overflow::DropOldest, 10).await.unwrap());
    }
    soon("ends", async {
        while client.health().await.subscriptions.wanted() > 0 {
            pause().await;
        }
    })
    .await;
    // Whatever was begun at the server has ended there.
    for (create, delete) in [
        ("quote_create_session", "quote_delete_session"),
        ("chart_create_session", "chart_delete_session"),
    ] {
        eventually("deletions", || {
            received(&sim, delete) >= received(&sim, create)
        })
        .await;
        assert_eq!(received(&sim, delete), received(&sim, create));
    }
    assert_eq!(received(&sim, "chart_create_session"), 20);
}

#[tokio::test]
async fn readers_of_a_study_begin_with_all_values_and_end_with_the_last() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE).unwrap();
    let series = soon("history", client.series(request.count(50)))
        .await
        .unwrap();
    let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    let mut first = series.study(volume).await.unwrap();
    soon("values", first.snapshot()).await.unwrap();
    let refused = first.reader(Overflow::Refill, 10).await;
    assert!(matches!(refused, Err(RequestError::Misuse { .. })));
    let mut second = first.reader(Overflow::DropOldest, 100).await.unwrap();
    let mut third = second.reader(Overflow::Fail, 1_000).await.unwrap();
    let points = soon("values", second.snapshot()).await.unwrap();
    assert!(points.len() >= 50);
    assert!(soon("values", third.snapshot()).await.unwrap().len() >= 50);
    // The first has them, too, and all go on.
    assert!(soon("values", first.snapshot()).await.unwrap().len() >= 50);
    for study in [&mut first, &mut second, &mut third] {
        soon("a value", async {
            while !matches!(study.next().await.unwrap(), StudyEvent::Row(_)) {}
        })
        .await;
    }
    let removed = received(&sim, "remove_study");
    drop((first, second));
    soon("a value", async {
        while !matches!(third.next().await.unwrap(), StudyEvent::Row(_)) {}
    })
    .await;
    assert_eq!(received(&sim, "remove_study"), removed);
    drop(third);
    until_received(&sim, "remove_study", removed + 1).await;
}

#[tokio::test]
async fn readers_of_a_replay_see_the_same_bars() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = ReplayRequest::new("NASDAQ:AAPL", Interval::DAY, "2025-06-02").unwrap();
    let mut first = soon("the replay", client.replay(request.count(20)))
        .await
        .unwrap();
    let refused = first.reader(Overflow::Refill, 10).await;
    assert!(matches!(refused, Err(RequestError::Misuse { .. })));
    let mut second = first.reader(Overflow::DropOldest, 100).await.unwrap();
    assert_eq!(second.history(), first.history());
    soon("steps", second.step(3)).await.unwrap();
    for replay in [&mut first, &mut second] {
        let mut closed = Vec::new();
        soon("bars", async {
            while closed.len() < 3 {
                match replay.next().await.unwrap().into_result().unwrap() {
                    SeriesEvent::Closed(bar) => closed.push(bar),
                    SeriesEvent::Open(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
        let table = replay.bars();
        let newest = table.closed_bars().iter().rev().take(3).rev();
        assert!(newest.eq(&closed), "{closed:?}");
    }
    drop(first);
    soon("another step", second.step(1)).await.unwrap();
    assert_eq!(received(&sim, "replay_delete_session"), 0);
    drop(second);
    until_received(&sim, "replay_delete_session", 1).await;
}
