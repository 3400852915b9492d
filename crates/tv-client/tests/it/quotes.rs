//! Quote sessions.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::Instant;
use tv_client::{
    Adjustment, Blame, Client, Dialer, Overflow, Pool, QuoteEvent, QuoteField, QuoteRequest,
    RequestError, SymbolError,
};

use crate::{connect, eventually, in_memory, pause, simulator, soon, start};

#[tokio::test]
async fn one_complete_quote_is_one_call() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let ledger = sim.ledger();
    let begin = ledger.now();
    let quote = soon("quote", client.quote("NASDAQ:AAPL")).await.unwrap();
    let is_true = |at| {
        let truth = ledger.quote("NASDAQ:AAPL", Some(at)).unwrap();
        quote.last() == truth["lp"].as_f64() && quote.change() == truth["ch"].as_f64()
    };
    assert!((begin..=ledger.now()).any(is_true), "{quote:?}");
    assert!(quote.text(&QuoteField::Description).is_some() && quote.previous_close().is_some());
    let error = soon("quote", client.quote("NASDAQ:NOTHING"))
        .await
        .unwrap_err();
    let RequestError::Refused { symbol, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(symbol, "NASDAQ:NOTHING");
    assert!(client.quote("").await.unwrap_err().blame() == Blame::Misuse);
    // Nothing stays subscribed.
    let deleted = || {
        let sessions = sim.ledger().sessions();
        sessions[0].received.get("quote_delete_session").copied()
    };
    eventually("the end of both", || deleted() == Some(2)).await;
}

#[tokio::test]
async fn updates_say_whether_a_quote_is_complete() {
    let sim = start(simulator().rate(200.0)).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new(["BINANCE:BTCUSDT"])
        .unwrap()
        .overflow(Overflow::DropOldest);
    let mut quotes = client.quotes(request).await.unwrap();
    let (mut completed, mut before, mut after) = (false, 0, 0);
    soon("updates", async {
        while after < 5 {
            match quotes.next().await.unwrap() {
                QuoteEvent::Completed { .. } => completed = true,
                QuoteEvent::Update(update) => {
                    assert_eq!(update.is_complete, completed);
                    *(if completed { &mut after } else { &mut before }) += 1;
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert!(before > 0);
}

#[tokio::test(start_paused = true)]
async fn a_symbol_that_never_answers_fails_after_30_seconds_and_spares_the_others() {
    let faults = "when kind quote_completed and nth 2 do drop";
    let sim = Arc::new(simulator().faults(faults.parse().unwrap()).build().unwrap());
    let served = Arc::clone(&sim);
    let dialer = Dialer::new(move |_, _| {
        let stream = served.connect();
        async move { Ok(stream) }
    });
    let client = Client::builder().endpoint(sim.url()).dialer(dialer);
    let client = client.connect().await.unwrap();
    let begin = Instant::now();
    let request = QuoteRequest::new(["SIM:A", "SIM:B"]).unwrap();
    let answers = client.snapshot(request).await.unwrap();
    let after = Duration::from_secs(30);
    assert_eq!(begin.elapsed(), after);
    let (quotes, errors): (Vec<_>, Vec<_>) = answers.into_values().partition(Result::is_ok);
    assert!(quotes.len() == 1 && quotes[0].as_ref().unwrap().last().is_some());
    assert_eq!(
        errors,
        [Err(RequestError::TimedOut {
            after,
            last_words: None
        })]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_names_what_does_not_come_after_the_stated_time() {
    let faults = "when kind qsd and containing \"SIM:B\" do drop";
    let sim = Arc::new(simulator().faults(faults.parse().unwrap()).build().unwrap());
    let served = Arc::clone(&sim);
    let dialer = Dialer::new(move |_, _| {
        let stream = served.connect();
        async move { Ok(stream) }
    });
    let client = Client::builder().endpoint(sim.url()).dialer(dialer);
    let client = client.connect().await.unwrap();
    let after = Duration::from_secs(3);
    let request = QuoteRequest::new(["SIM:A", "SIM:B"]).unwrap();
    let request = request.fields(["lp", "lastprice"]).report_after(after);
    let begin = Instant::now();
    let mut quotes = client.quotes(request).await.unwrap();
    let mut reported = Vec::new();
    while begin.elapsed() < after * 20 {
        let next = tokio::time::timeout(after, quotes.next()).await;
        if let Ok(Some(QuoteEvent::Missing {
            symbols,
            fields,
            after: stated,
        })) = next
        {
            assert_eq!(stated, after);
            assert!(begin.elapsed() >= after && begin.elapsed() < after * 5 / 4);
            reported.extend(symbols.iter().map(ToString::to_string));
            reported.extend(fields);
        }
    }
    assert_eq!(reported, ["SIM:B", "lastprice"]);
    let never = QuoteRequest::new(["SIM:A"])
        .unwrap()
        .report_after(Duration::ZERO);
    assert_eq!(
        client.quotes(never).await.unwrap_err().blame(),
        Blame::Misuse
    );
}

#[tokio::test(start_paused = true)]
async fn a_symbol_that_never_answers_gives_the_servers_last_words() {
    for action in ["protocol-error", "critical-error", "close 1013"] {
        let when = "when kind quote_completed do";
        let fault = format!("{when} {action} \"maintenance\"\n{when} drop");
        let sim = Arc::new(simulator().faults(fault.parse().unwrap()).build().unwrap());
        let served = Arc::clone(&sim);
        let dialer = Dialer::new(move |_, _| {
            let stream = served.connect();
            async move { Ok(stream) }
        });
        let builder = Client::builder().endpoint(sim.url()).dialer(dialer.clone());
        let client = builder.connect().await.unwrap();
        let members = Client::builder().endpoint(sim.url()).dialer(dialer);
        let pool = Pool::builder(members).connect().await.unwrap();
        for answer in [client.quote("SIM:A").await, pool.quote("SIM:A").await] {
            let Err(RequestError::TimedOut { last_words, .. }) = answer else {
                panic!("{action}: {answer:?}");
            };
            let words = last_words.unwrap_or_default();
            assert!(words.contains("maintenance"), "{action}: {words}");
        }
    }
}

#[tokio::test]
async fn two_symbols_stream_and_each_completes() {
    let sim = start(simulator().rate(200.0)).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new(["SIM:AAPL", "BINANCE:BTCUSDT"]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    let (mut updates, mut completed) = (HashMap::new(), Vec::new());
    soon("updates of both", async {
        while completed.len() < 2 || updates.len() < 2 || updates.values().any(|count| *count < 5) {
            match quotes.next().await.expect("the stream goes on") {
                QuoteEvent::Update(update) => {
                    let count = updates.entry(update.symbol.to_string()).or_insert(0);
                    assert_eq!(update.is_snapshot, *count == 0);
                    *count += 1;
                    assert!(!update.changed.is_empty());
                    for field in update.changed.iter() {
                        assert!(update.quote.get(&field).is_some());
                    }
                }
                QuoteEvent::Completed { symbol } => completed.push(symbol),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    drop(quotes);
    soon("close", client.close()).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn only_the_fields_that_were_asked_for_come() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new(["SIM:AAPL"])
        .unwrap()
        .fields(["lp", "bid"]);
    let mut quotes = client.quotes(request).await.unwrap();
    soon("completion", async {
        let mut fields = Vec::new();
        loop {
            match quotes.next().await.expect("the stream goes on") {
                QuoteEvent::Update(update) => {
                    fields = update
                        .quote
                        .fields()
                        .map(|(field, _)| field.clone())
                        .collect()
                }
                QuoteEvent::Completed { .. } => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(fields, [QuoteField::Last, QuoteField::Bid]);
    })
    .await;
}

#[tokio::test]
async fn one_bad_symbol_harms_no_other() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new(["XXXX:NOPE", "SIM:AAPL"]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    let (mut refused, mut good) = (None, 0);
    soon("both", async {
        while refused.is_none() || good < 3 {
            match quotes.next().await.expect("the stream goes on") {
                QuoteEvent::Refused { symbol, reason } => {
                    refused = Some((symbol.to_string(), reason))
                }
                QuoteEvent::Update(update) => {
                    assert_eq!(update.symbol.as_str(), "SIM:AAPL");
                    good += 1;
                }
                _ => {}
            }
        }
    })
    .await;
    assert_eq!(
        refused.unwrap(),
        ("XXXX:NOPE".to_owned(), "no_such_symbol".to_owned())
    );
}

#[tokio::test]
async fn a_request_without_symbols_or_fields_is_refused_before_it_is_sent() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    for request in [
        QuoteRequest::new([""; 0]).unwrap(),
        QuoteRequest::new(["A:B"]).unwrap().fields::<&str>([]),
    ] {
        let error = client.quotes(request).await.unwrap_err();
        assert!(matches!(error, RequestError::Misuse { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn text_that_is_not_a_symbol_is_refused_where_it_is_given() {
    let expected = RequestError::Symbol(SymbolError::Empty);
    let request = QuoteRequest::new(["SIM:AAPL", ""]);
    assert_eq!(request.unwrap_err(), expected);
    assert_eq!(expected.blame(), Blame::Misuse);

    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new(["SIM:AAPL"]).unwrap();
    let quotes = client.quotes(request).await.unwrap();
    let added = quotes.add(["SIM:MSFT", ""]).await;
    let removed = quotes.remove(["SIM:AAPL", ""]).await;
    assert_eq!((added, removed), (Err(expected.clone()), Err(expected)));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_sleeps_keeps_its_connection_and_wakes_to_the_newest_state() {
    let beat = Duration::from_millis(100);
    let builder = simulator()
        .rate(5_000.0)
        .heartbeat(beat)
        .heartbeat_timeout(beat * 5);
    let (sim, client) = in_memory(builder);
    let client = soon("connection", client.connect()).await.unwrap();
    let mut quotes = client
        .quotes(QuoteRequest::new(["SIM:AAPL"]).unwrap())
        .await
        .unwrap();
    soon("an update", quotes.next()).await.unwrap();
    // Four times as long as the server accepts an unanswered heartbeat.
    soon("heartbeats and data", async {
        loop {
            let counters = client.counters().await.unwrap().received;
            if counters.heartbeats >= 20 && counters.frames > 1_000 {
                break;
            }
            pause().await;
        }
    })
    .await;
    // A session of its own sees the server's newest state; the sleeper must see one as new at once.
    let mut fresh = client
        .quotes(QuoteRequest::new(["SIM:AAPL"]).unwrap())
        .await
        .unwrap();
    let newest = soon("the newest state", async {
        loop {
            if let Some(QuoteEvent::Update(update)) = fresh.next().await
                && let Some(time) = update.quote.last_time()
            {
                break time;
            }
        }
    })
    .await;
    let woken = soon("an update", async {
        let mut pending = 0;
        loop {
            pending += 1;
            assert!(pending < 10, "what was missed is conflated, not queued");
            if let Some(QuoteEvent::Update(update)) = quotes.next().await
                && let Some(time) = update.quote.last_time()
                && time >= newest
            {
                break time;
            }
        }
    })
    .await;
    assert!(woken >= newest);
    assert_eq!(sim.stats().clients_cut, 0);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_reader_gets_merged_updates_at_its_own_pace() {
    let (_sim, client) = in_memory(simulator().rate(1_000.0));
    let client = soon("connection", client.connect()).await.unwrap();
    let pause = Duration::from_millis(200);
    let request = QuoteRequest::new(["BINANCE:BTCUSDT"])
        .unwrap()
        .price()
        .throttle(pause);
    let mut quotes = client.quotes(request).await.unwrap();
    let mut updates = 0;
    let end = Instant::now() + Duration::from_secs(2);
    while let Ok(Some(event)) = tokio::time::timeout_at(end, quotes.next()).await {
        updates += usize::from(matches!(event, QuoteEvent::Update(_)));
    }
    assert!((3..=25).contains(&updates), "{updates} in two seconds");
}

#[tokio::test]
async fn quotes_come_in_the_currency_that_was_asked_for() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let request = || QuoteRequest::new(["NASDAQ:AAPL"]).unwrap();
    let quote = async |request: QuoteRequest| {
        let mut quotes = soon("a snapshot", client.snapshot(request)).await.unwrap();
        let quote = quotes.pop_first().unwrap().1.unwrap();
        let currency = quote.text(&QuoteField::CurrencyCode).map(str::to_owned);
        (currency.unwrap(), quote.last().unwrap())
    };
    let (own, dollars) = quote(request()).await;
    let (other, yen) = quote(request().currency("JPY").adjustment(Adjustment::None)).await;
    assert_eq!((own.as_str(), other.as_str()), ("USD", "JPY"));
    assert!(yen > 50.0 * dollars, "{yen} for {dollars}");
}
