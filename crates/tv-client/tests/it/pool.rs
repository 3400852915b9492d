//! Several connections behind one API.

use std::{collections::HashSet, time::Duration};

use sim::{Action, FaultPlan, Ledger, LedgerBar, Oracle, Published, SimServer, When};
use tv_client::{
    Bar, Client, ClientBuilder, ClientCounters, ClientError, ConnectError, ConnectionState,
    HistoryRequest, Interval, Overflow, Pool, PoolLimits, PoolQuotes, QuoteEvent, QuoteRequest,
    Renewal, ReplayRequest, RequestError, Series, SeriesEvent, SeriesRequest, Symbol, Timestamp,
};

use crate::{EPOCH, eventually, in_memory, simulator, soon, start, symbol};

fn limits() -> PoolLimits {
    PoolLimits::default()
        .connections(3)
        .sessions_per_connection(4)
        .series_per_connection(2)
        .symbols_per_session(10)
}

async fn pool(sim: &SimServer, limits: PoolLimits) -> Pool {
    let builder = Pool::builder(Client::builder().endpoint(sim.url())).limits(limits);
    soon("connection", builder.connect()).await.unwrap()
}

fn symbols(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Symbol> {
    numbers.map(|number| symbol(&format!("SIM:S{number}")))
}

fn daily() -> SeriesRequest {
    SeriesRequest::new("SIM:A", Interval::DAY).unwrap().count(3)
}

/// Reads until `count` symbols have answered.
async fn complete(quotes: &mut PoolQuotes, count: usize) -> HashSet<Symbol> {
    let mut completed = HashSet::new();
    soon("completions", async {
        while completed.len() < count {
            match quotes.next().await.unwrap() {
                QuoteEvent::Completed { symbol } => assert!(completed.insert(symbol)),
                QuoteEvent::Update(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    completed
}

/// How many symbols each session has.
fn sizes(quotes: &PoolQuotes) -> Vec<usize> {
    quotes.sessions().iter().map(Vec::len).collect()
}

/// The commands that the server has received over a connection, by their name.
fn received(sim: &SimServer, connection: u64, command: &str) -> u64 {
    let sessions = sim.ledger().sessions();
    let record = sessions.iter().find(|it| it.connection == connection);
    record.map_or(0, |it| it.received.get(command).copied().unwrap_or(0))
}

#[tokio::test]
async fn symbols_are_spread_by_the_limits_of_sessions_and_connections() {
    let sim = start(simulator()).await;
    let pool = pool(&sim, limits()).await;
    let request = QuoteRequest::new(symbols(0..45)).unwrap().fields(["lp"]);
    let mut quotes = soon("quotes", pool.quotes(request)).await.unwrap();
    // Four sessions of ten over the first connection, and one with the rest over another.
    assert_eq!(complete(&mut quotes, 45).await.len(), 45);
    assert_eq!(received(&sim, 1, "quote_create_session"), 4);
    assert_eq!(received(&sim, 2, "quote_create_session"), 1);
    assert_eq!(sizes(&quotes), [10, 10, 10, 10, 5]);
    // What is free is filled, and no session is begun for it.
    quotes.remove(symbols(0..3)).await.unwrap();
    quotes.add(symbols(45..53)).await.unwrap();
    assert_eq!(complete(&mut quotes, 8).await.len(), 8);
    assert_eq!(received(&sim, 2, "quote_create_session"), 1);
    assert_eq!(sizes(&quotes), [10, 10, 10, 10, 10]);
    // One that is there counts once more.
    quotes.add(symbols(45..46)).await.unwrap();
    quotes.remove(symbols(45..46)).await.unwrap();
    assert_eq!(quotes.connection(&symbol("SIM:S45")), Some(0));
    soon("close", pool.close()).await;
    soon("ends", async {
        let (mut ended, mut last) = (HashSet::new(), None);
        while let Some(event) = quotes.next().await {
            assert_eq!(last, None, "something follows the end");
            match event {
                QuoteEvent::SessionEnded { symbols, error } => {
                    assert!(error.is_closed() && symbols.len() == 10);
                    ended.extend(symbols);
                }
                QuoteEvent::Ended(error) => last = Some(error),
                _ => {}
            }
        }
        assert_eq!(ended.len(), 40, "four sessions before the last");
        let end = RequestError::Ended(ClientError::Closed);
        assert_eq!(last, Some(end.clone()));
        assert_eq!(quotes.add(symbols(60..61)).await, Err(end));
    })
    .await;
}

#[tokio::test]
async fn a_symbol_that_is_named_twice_has_one_place() {
    let sim = start(simulator()).await;
    let pool = pool(&sim, limits()).await;
    // The last place of the first session, and once more where the second would begin.
    let named = symbols(0..9).chain(symbols(8..11));
    let request = QuoteRequest::new(symbols(20..21)).unwrap().fields(["lp"]);
    let mut quotes = soon("quotes", pool.quotes(request)).await.unwrap();
    quotes.add(named).await.unwrap();
    assert_eq!(complete(&mut quotes, 12).await.len(), 12);
    assert_eq!(sizes(&quotes), [10, 2]);
    // It was added twice, so that it goes the second time.
    for left in [true, false] {
        quotes.remove(symbols(8..9)).await.unwrap();
        assert_eq!(quotes.connection(&symbol("SIM:S8")).is_some(), left);
    }
    // And leaves its place to another.
    quotes.add(symbols(30..37)).await.unwrap();
    assert_eq!(complete(&mut quotes, 7).await.len(), 7);
    assert_eq!(
        sim.ledger().sessions()[0].received["quote_create_session"],
        2
    );
}

#[tokio::test]
async fn s20_limits_are_kept_and_what_ends_makes_room() {
    let sim = start(simulator()).await;
    let pool = pool(&sim, limits()).await;
    let mut series = Vec::new();
    for _ in 0..6 {
        series.push(soon("series", pool.series(daily())).await.unwrap());
    }
    assert_eq!(sim.stats().connections_total, 3, "two series over each");
    let error = pool.series(daily()).await.unwrap_err();
    let RequestError::LimitExceeded { what } = &error else {
        panic!("{error:?}");
    };
    let advice = "drop streams that are not needed, or raise PoolLimits";
    assert!(
        what.contains("2 series") && what.contains(advice) && error.is_retryable(),
        "{what}"
    );
    // A connection has four quote sessions; some are left.
    let one = |number| {
        QuoteRequest::new(symbols(number..number + 1))
            .unwrap()
            .fields(["lp"])
    };
    let mut quotes = Vec::new();
    for number in 0..6 {
        quotes.push(pool.quotes(one(number)).await.unwrap());
    }
    let error = pool.quotes(one(9)).await.unwrap_err();
    assert!(matches!(error, RequestError::LimitExceeded { .. }));
    // A history takes a place as long as it takes.
    drop(series.pop());
    drop(quotes.pop());
    for _ in 0..3 {
        let request = HistoryRequest::new("SIM:A", Interval::DAY)
            .unwrap()
            .count(3);
        let history = soon("history", pool.history(request)).await.unwrap();
        assert_eq!(history.bars.len(), 3);
    }
    assert_eq!(sim.stats().connections_total, 3);
    let zero = PoolLimits::default().connections(0);
    let builder = Pool::builder(Client::builder().endpoint(sim.url())).limits(zero);
    let error = builder.connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::Misuse { .. }) && error.is_usage());
}

#[tokio::test]
async fn a_connection_that_fails_harms_no_other() {
    // The second connection is cut when its symbols have answered, and whatever follows it is
    // refused.
    let cut = When::always().connection(2).kind("quote_completed").nth(3);
    let refused = When::always().connections(3, None);
    let plan = FaultPlan::new(1)
        .rule(cut, Action::Reset)
        .rule(refused, Action::Refuse);
    let sim = start(simulator().rate(500.0).faults(plan)).await;
    let limits = limits().sessions_per_connection(1);
    let pool = pool(&sim, limits).await;
    let request = QuoteRequest::new(symbols(0..20)).unwrap().fields(["lp"]);
    let mut quotes = soon("quotes", pool.quotes(request)).await.unwrap();
    assert_eq!(quotes.interrupted().count(), 0);
    let (mut interrupted, mut updates) = (false, 0);
    soon("update", async {
        while !interrupted || updates < 200 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Reconnecting => {
                    assert_eq!(quotes.interrupted().count(), 10);
                    for symbol in quotes.interrupted() {
                        assert_eq!(quotes.connection(symbol), Some(1));
                    }
                    interrupted = true;
                }
                QuoteEvent::Update(update) if quotes.connection(&update.symbol) == Some(0) => {
                    updates += u32::from(interrupted);
                }
                QuoteEvent::Update(_) | QuoteEvent::Completed { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert!(matches!(pool.state(), ConnectionState::Reconnecting { .. }));
    soon("close", pool.close()).await;
}

#[tokio::test]
async fn f53_connections_are_renewed_without_a_seam_where_one_may_be_added() {
    let sim = start(simulator().rate(200.0)).await;
    let limits = limits().series_per_connection(1);
    let pool = pool(&sim, limits).await;
    let second: Interval = "1S".parse().unwrap();
    let request = || {
        SeriesRequest::new("BINANCE:BTCUSDT", second)
            .unwrap()
            .count(5)
    };
    let mut one = soon("series", pool.series(request())).await.unwrap();
    let _two = soon("series", pool.series(request())).await.unwrap();
    let clients = pool.clients();
    assert_eq!(clients.len(), 2);
    let renewed = soon("renewal", clients[0].renew()).await.unwrap();
    assert_eq!(renewed, Renewal::Seamless);
    // With three that serve there is no room for a fourth.
    let mut three = soon("series", pool.series(request())).await.unwrap();
    let renewed = soon("renewal", pool.clients()[2].renew()).await.unwrap();
    assert_eq!(renewed, Renewal::Interrupted);
    soon("the interruption and its end", async {
        let mut seen = Vec::new();
        while seen.len() < 2 {
            match three.next().await.unwrap() {
                SeriesEvent::Reconnecting => seen.push("reconnecting"),
                SeriesEvent::Resumed { .. } => seen.push("resumed"),
                SeriesEvent::Open(_) | SeriesEvent::Closed(_) | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, ["reconnecting", "resumed"]);
    })
    .await;
    soon("bars of the first", async {
        let mut closed = 0;
        while closed < 2 {
            match one.next().await.unwrap() {
                SeriesEvent::Closed(_) => closed += 1,
                SeriesEvent::Open(_) | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    eventually("the old ones' ends", || sim.stats().connections_open == 3).await;
}

/// Three series of bars of a second, each over a connection of its own, with room for a fourth
/// connection.
async fn three_series(client: ClientBuilder, renew_after: Option<Duration>) -> (Pool, Vec<Series>) {
    let limits = limits().connections(4).series_per_connection(1);
    let builder = Pool::builder(client)
        .limits(limits)
        .renew_after(renew_after);
    let pool = soon("connection", builder.connect()).await.unwrap();
    let second: Interval = "1S".parse().unwrap();
    let mut series = Vec::new();
    for _ in 0..3 {
        let request = SeriesRequest::new("BINANCE:BTCUSDT", second)
            .unwrap()
            .count(5);
        series.push(soon("series", pool.series(request)).await.unwrap());
    }
    (pool, series)
}

/// The events of a series until the bar that opens at `time`. There must be no interruption.
async fn reported_until(series: &mut Series, time: i64) -> Vec<Published> {
    let ledger = |bar: &Bar| {
        let prices = [bar.open, bar.high, bar.low, bar.close];
        LedgerBar::new(bar.time.seconds(), prices, bar.volume.unwrap())
    };
    let closed = series.closed_bars();
    let mut reported: Vec<_> = closed
        .iter()
        .map(|bar| Published::Closed(ledger(bar)))
        .collect();
    soon("bars", async {
        loop {
            match series.next().await.unwrap() {
                SeriesEvent::Closed(bar) => {
                    reported.push(Published::Closed(ledger(&bar)));
                    if bar.time >= Timestamp::from_seconds(time) {
                        return reported;
                    }
                }
                SeriesEvent::Revised(bar) => reported.push(Published::Revised(ledger(&bar))),
                SeriesEvent::Open(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await
}

fn judge(ledger: &Ledger, begin: i64, reported: Vec<Published>) {
    let end = reported.iter().rev().find_map(|reported| match reported {
        Published::Closed(bar) => Some(bar.time + 1),
        _ => None,
    });
    let truth = ledger.bars("BINANCE:BTCUSDT", "1S", begin, end.unwrap());
    let verdict = Oracle::new(truth.unwrap().closed).judge(reported);
    assert!(verdict.is_perfect() && verdict.expected > 4, "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f53_renewing_all_connections_one_after_another_loses_nothing() {
    let sim = start(simulator().rate(200.0)).await;
    let (pool, mut series) = three_series(Client::builder().endpoint(sim.url()), None).await;
    let request = QuoteRequest::new(symbols(0..25)).unwrap().fields(["lp"]);
    let mut quotes = soon("quotes", pool.quotes(request)).await.unwrap();
    complete(&mut quotes, 25).await;
    for round in 1..=2 {
        let renewed = soon("renewals", pool.renew()).await;
        assert_eq!(renewed, vec![Ok(Renewal::Seamless); 3]);
        assert_eq!(sim.stats().connections_total, 3 + 3 * round);
    }
    let end = sim.ledger().now() / 1_000;
    for series in &mut series {
        let begin = series.history()[0].time;
        let reported = reported_until(series, end).await;
        judge(&sim.ledger(), begin.seconds(), reported);
    }
    let mut updated = HashSet::new();
    soon("quotes of all", async {
        while updated.len() < 25 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Update(update) => updated.insert(update.symbol),
                other => panic!("{other:?}"),
            };
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn connections_that_grow_old_together_are_renewed_in_turn() {
    // In memory and in virtual time, so that a busy machine renews no less often.
    let (sim, client) = in_memory(simulator().rate(200.0));
    // All of them are due all the time, and there is room for one more connection only.
    let (pool, mut series) = three_series(client, Some(Duration::from_millis(20))).await;
    eventually("renewals", || sim.stats().connections_total >= 20).await;
    let end = sim.ledger().now() / 1_000;
    for series in &mut series {
        let begin = series.history()[0].time;
        let reported = reported_until(series, end).await;
        judge(&sim.ledger(), begin.seconds(), reported);
    }
    soon("close", pool.close()).await;
}

#[tokio::test]
async fn a_connection_that_is_broken_to_be_renewed_comes_back_before_the_next_is() {
    let sim = start(simulator().rate(200.0)).await;
    let pool = pool(&sim, limits().connections(2).series_per_connection(1)).await;
    let mut series = [
        soon("series", pool.series(daily())).await.unwrap(),
        soon("series", pool.series(daily())).await.unwrap(),
    ];
    let renewed = soon("renewals", pool.renew()).await;
    assert_eq!(renewed, vec![Ok(Renewal::Interrupted); 2]);
    // When the second is broken, the first is there again.
    let sessions = sim.ledger().sessions();
    let opened = |connection| sessions.iter().find(|it| it.connection == connection);
    assert!(opened(3).is_some(), "{sessions:?}");
    for series in &mut series {
        soon("the end of the interruption", async {
            while !matches!(series.next().await, Some(SeriesEvent::Resumed { .. })) {}
        })
        .await;
    }
}

#[tokio::test]
async fn a_pool_shows_states_health_and_counters_and_ends_as_a_client_does() {
    let sim = start(simulator()).await;
    let limits = limits().series_per_connection(1);
    let pool = pool(&sim, limits).await;
    let mut states = pool.states();
    let open = |generation| ConnectionState::Open { generation };
    assert_eq!(soon("state", states.next()).await, Some(open(1)));
    let mut one = soon("series", pool.series(daily())).await.unwrap();
    let two = soon("series", pool.series(daily())).await.unwrap();
    // The second connection is in the same stream.
    assert_eq!(soon("state", states.next()).await, Some(open(1)));
    assert_eq!(pool.state(), open(1));
    let health = soon("health", pool.health()).await;
    assert_eq!(health.len(), 2);
    assert!(health.iter().all(|health| health.is_connected));
    let mut sum = ClientCounters::default();
    for client in pool.clients() {
        let counters = soon("counters", client.counters()).await.unwrap();
        assert!(counters.received.frames > 0);
        sum += counters;
    }
    let counters = soon("counters", pool.counters()).await.unwrap();
    assert!(counters.received.frames >= sum.received.frames);

    let waiting = pool.clone();
    let closed = tokio::spawn(async move { waiting.closed().await });
    soon("close", pool.clone().close()).await;
    assert_eq!(soon("end", closed).await.unwrap(), ClientError::Closed);
    let ended = ConnectionState::Ended(ClientError::Closed);
    assert_eq!(pool.state(), ended);
    for state in [Some(ended.clone()), Some(ended), None] {
        assert_eq!(soon("state", states.next()).await, state);
    }
    assert_eq!(soon("states", pool.states().next()).await, None);
    // No call makes another connection.
    let quotes = || QuoteRequest::new(symbols(0..1)).unwrap();
    let history = HistoryRequest::new("SIM:A", Interval::DAY).unwrap();
    let replay = ReplayRequest::new("SIM:A", Interval::DAY, EPOCH / 1_000).unwrap();
    let errors = [
        pool.quotes(quotes()).await.err(),
        pool.quote("SIM:A").await.err(),
        pool.snapshot(quotes()).await.err(),
        pool.series(daily()).await.err(),
        pool.history(history).await.err(),
        pool.replay(replay).await.err(),
        pool.counters().await.err(),
        one.fetch_more(1).await.err(),
        two.reader(Overflow::Refill, 1).await.err(),
    ];
    let expected = RequestError::Ended(ClientError::Closed);
    for (call, error) in errors.into_iter().enumerate() {
        assert_eq!(error.as_ref(), Some(&expected), "call {call}");
    }
    assert!(pool.renew().await.is_empty() && pool.health().await.is_empty());
    assert_eq!(sim.stats().connections_total, 2);
    soon("close", pool.close()).await;
}

#[tokio::test]
async fn a_snapshot_of_a_pool_has_all_symbols() {
    let sim = start(simulator()).await;
    let pool = pool(&sim, limits()).await;
    let named = symbols(0..44).chain([symbol("NASDAQ:NOTHING")]);
    let request = QuoteRequest::new(named).unwrap().fields(["lp"]);
    let answers = soon("snapshot", pool.snapshot(request)).await.unwrap();
    assert_eq!(answers.len(), 45);
    for (symbol, answer) in answers {
        match answer {
            Ok(quote) => assert!(quote.last().is_some(), "{symbol}"),
            Err(error) => {
                assert_eq!(symbol, "NASDAQ:NOTHING");
                assert!(matches!(error, RequestError::Refused { .. }), "{error:?}");
            }
        }
    }
}
