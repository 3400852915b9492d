//! How connections begin and end.

use std::{
    error::Error,
    future::Future,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use sim::{Tier, Tiers};
use tokio::net::TcpListener;
use tv_client::{
    AuthToken, Blame, Client, ClientError, ConnectError, ConnectionState, Dialer, HistoryRequest,
    Interval, Overflow, Pool, QuoteEvent, QuoteRequest, Reconnect, ReconnectPolicy, ReplayRequest,
    RequestError, SeriesRequest, StudyRequest, TransportOptions,
};

use crate::{EPOCH, connect, eventually, simulator, soon, start};

#[tokio::test]
async fn closing_ends_every_stream_and_the_task() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let mut quotes = client
        .quotes(QuoteRequest::new(["NASDAQ:AAPL"]).unwrap())
        .await
        .unwrap();
    let other = client.clone();
    soon("close", client.close()).await;
    let last = soon("end", async {
        loop {
            if let Some(QuoteEvent::Ended(error)) = quotes.next().await {
                break error;
            }
        }
    })
    .await;
    assert!(last.is_closed());
    assert_eq!(soon("end", quotes.next()).await, None);
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY).unwrap();
    let error = soon("refusal", other.series(request)).await.unwrap_err();
    assert_eq!(error, RequestError::Ended(ClientError::Closed));
}

#[test]
fn connecting_outside_of_a_runtime_is_an_error() {
    let mut connecting = Box::pin(Client::builder().endpoint("ws://127.0.0.1:1/").connect());
    let mut pool = Box::pin(Pool::builder(Client::builder()).connect());
    let mut context = Context::from_waker(Waker::noop());
    let connected = connecting.as_mut().poll(&mut context);
    assert!(matches!(
        connected,
        Poll::Ready(Err(ConnectError::NoRuntime))
    ));
    let connected = pool.as_mut().poll(&mut context);
    assert!(matches!(
        connected,
        Poll::Ready(Err(ConnectError::NoRuntime))
    ));
}

#[tokio::test]
async fn every_call_after_closing_is_an_error() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let symbols = ["NASDAQ:AAPL"];
    let quotes = client.quotes(QuoteRequest::new(symbols).unwrap()).await;
    let quotes = soon("quotes", async { quotes }).await.unwrap();
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY).unwrap();
    let mut series = soon("series", client.series(request.clone()))
        .await
        .unwrap();
    let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    let study = soon("study", series.study(volume.clone())).await.unwrap();
    let time = EPOCH / 1_000 - 86_400 * 30;
    let replay = ReplayRequest::new("NASDAQ:MSFT", Interval::DAY, time).unwrap();
    let mut replaying = soon("replay", client.replay(replay.clone())).await.unwrap();
    soon("close", client.clone().close()).await;

    let history = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY).unwrap();
    let errors = [
        client
            .quotes(QuoteRequest::new(symbols).unwrap())
            .await
            .err(),
        client.series(request).await.err(),
        client.history(history).await.err(),
        client.replay(replay).await.err(),
        client.counters().await.err(),
        client.renew().await.err(),
        quotes.add(["NASDAQ:MSFT"]).await.err(),
        quotes.remove(symbols).await.err(),
        quotes.reader(Overflow::Conflate, 1).await.err(),
        series.reader(Overflow::Refill, 1).await.err(),
        series.fetch_more(10).await.err(),
        series.study(volume.clone()).await.err(),
        study.modify(volume).await.err(),
        replaying.step(1).await.err(),
    ];
    for (call, error) in errors.into_iter().enumerate() {
        assert_eq!(
            error,
            Some(RequestError::Ended(ClientError::Closed)),
            "call {call}"
        );
    }
    assert_eq!(client.closed().await, ClientError::Closed);
    assert_eq!(client.state(), ConnectionState::Ended(ClientError::Closed));
    // Closing again waits for the same end.
    soon("close", client.close()).await;
}

#[tokio::test]
async fn without_reconnecting_a_server_that_goes_away_is_reported_to_every_stream() {
    let sim = start(simulator()).await;
    let builder = Client::builder()
        .endpoint(sim.url())
        .reconnect(Reconnect::Never);
    let client = soon("connection", builder.connect()).await.unwrap();
    let mut quotes = client
        .quotes(QuoteRequest::new(["NASDAQ:AAPL"]).unwrap())
        .await
        .unwrap();
    soon("update", quotes.next()).await.unwrap();
    sim.shutdown().await;
    let error = soon("end", async {
        loop {
            let event = quotes.next().await.unwrap();
            let is_last = event.is_last();
            match event.into_result() {
                Ok(_) => assert!(!is_last),
                Err(error) => break (error, is_last),
            }
        }
    })
    .await;
    let (error, is_last) = error;
    assert!(is_last && error.is_retryable(), "{error:?}");
    assert_eq!(error.blame(), Blame::Network);
    assert_eq!(soon("end", quotes.next()).await, None);
    let reason = soon("end", client.closed()).await;
    assert_eq!(error, RequestError::Ended(reason));
}

#[tokio::test]
async fn dropping_every_handle_closes_the_connection() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let quotes = client
        .quotes(QuoteRequest::new(["NASDAQ:AAPL"]).unwrap())
        .await
        .unwrap();
    drop((client, quotes));
    eventually("end", || sim.stats().connections_open == 0).await;
}

#[tokio::test]
async fn a_bad_token_is_an_authentication_error() {
    let sim = start(simulator().bad_token("bad".into())).await;
    let builder = Client::builder()
        .endpoint(sim.url())
        .auth(AuthToken::new("bad"));
    let client = soon("connection", builder.connect()).await.unwrap();
    let error = soon("end", client.closed()).await;
    assert!(error.is_authentication(), "{error:?}");
}

#[tokio::test]
async fn a_refused_connection_is_a_network_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = soon("refusal", Client::builder().endpoint(url).connect())
        .await
        .unwrap_err();
    assert!(error.is_network() && error.is_retryable(), "{error:?}");
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let refused = cause
        .to_string()
        .to_lowercase()
        .contains("connection refused");
    assert!(refused, "{error:?}: {cause}");
    assert!(matches!(error, ConnectError::Transport { host, .. } if host == "127.0.0.1"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_reached_again_is_given_up_with_its_last_words() {
    const TOKEN: &str = "eyJhbGciOiJSUzUxMiJ9.eyJ1c2VyX2lkIjo0fQ.c2lnbmF0dXJl";
    for end in ["protocol-error", "close 1013"] {
        let fault = format!(
            "when connection 1 and kind qsd do {end} \"maintenance for {TOKEN}\"\n\
             when connection 2.. do http 503 body \"come back, {TOKEN}\""
        );
        // Its own sign-in has not made this token.
        let tiers = Tiers::new().token(TOKEN, Tier::Premium);
        let sim = simulator().faults(fault.parse().unwrap()).tiers(tiers);
        let sim = Arc::new(sim.build().unwrap());
        let served = Arc::clone(&sim);
        let dialer = Dialer::new(move |_, _| {
            let stream = served.connect();
            async move { Ok(stream) }
        });
        let policy = ReconnectPolicy::default().max_reconnect_attempts(3);
        let client = Client::builder()
            .endpoint(sim.url())
            .auth(AuthToken::new(TOKEN))
            .dialer(dialer)
            .reconnect(policy)
            .connect()
            .await
            .unwrap();
        let mut quotes = client
            .quotes(QuoteRequest::new(["SIM:A"]).unwrap())
            .await
            .unwrap();
        let error = client.closed().await;
        let ClientError::Unreachable { source, last_words } = &error else {
            panic!("{end}: {error:?}")
        };
        let words = last_words.as_deref().unwrap_or_default();
        assert!(words.contains("maintenance for [hidden]"), "{end}: {words}");
        let answer = source.to_string();
        assert!(
            answer.contains("503: \"come back, [hidden]\""),
            "{end}: {answer}"
        );
        assert!(error.to_string().contains(words), "{error}");
        // So do the streams.
        let mut last = None;
        while let Some(event) = quotes.next().await {
            last = Some(event);
        }
        assert_eq!(last, Some(QuoteEvent::Ended(RequestError::Ended(error))));
    }
}

#[tokio::test]
async fn a_server_that_never_upgrades_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let options = TransportOptions::default().connect_timeout(Duration::from_millis(200));
    let connecting = Client::builder().endpoint(url).transport(options).connect();
    let error = soon("time-out", connecting).await.unwrap_err();
    assert!(matches!(error, ConnectError::Transport { .. }), "{error:?}");
}

#[tokio::test]
async fn a_token_is_not_taken_to_a_strange_host() {
    for url in [
        "wss://tradingview.com.evil/",
        "wss://evil/",
        "wss://evil/?h=tradingview.com",
    ] {
        let builder = Client::builder()
            .endpoint(url)
            .auth(AuthToken::new("CANARY"));
        let error = builder.connect().await.unwrap_err();
        assert!(
            matches!(error, ConnectError::TokenForbidden { .. }),
            "{url}: {error:?}"
        );
    }
    let plain = Client::builder()
        .endpoint("ws://data.tradingview.com/")
        .connect()
        .await;
    assert!(plain.unwrap_err().is_usage());
}
