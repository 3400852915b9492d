//! What `Health` shows of a client at work.

use tv_client::{Interval, Overflow, QuoteRequest, SeriesRequest, StudyRequest};

use crate::{connect, eventually, pause, simulator, soon, start};

#[tokio::test]
async fn answers_are_timed_by_kind_and_over_all_connections() {
    let sim = start(simulator().rate(50.0)).await;
    let client = connect(&sim).await;
    assert_eq!(client.health().await.requests, []);
    soon("quote", client.quote("NASDAQ:AAPL")).await.unwrap();
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::MINUTE).unwrap();
    let mut series = soon("series", client.series(request)).await.unwrap();
    soon("bars", series.fetch_more(10)).await.unwrap();
    let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    let mut study = soon("study", series.study(volume)).await.unwrap();
    soon("values", study.next()).await.unwrap();
    soon("renewal", client.renew()).await.unwrap();
    let health = client.health().await;
    for kind in ["quotes", "symbol", "series", "more_bars", "study"] {
        let mut requests = health.requests.iter();
        let latency = requests.find(|latency| latency.kind == kind).unwrap();
        // The second connection has asked for the series again before it served.
        let least = if matches!(kind, "symbol" | "series") {
            2
        } else {
            1
        };
        assert!(latency.answered >= least, "{latency:?}");
        assert!(latency.longest >= latency.last.min(latency.mean().unwrap()));
    }
    assert!(health.metrics.processing_time >= health.metrics.longest_processing);
    assert!(!health.metrics.longest_processing.is_zero());
    assert_eq!(health.process.is_some(), cfg!(feature = "process"));
}

#[tokio::test]
async fn a_reader_that_does_not_read_shows_as_a_queue_that_fills() {
    let sim = start(simulator().rate(500.0)).await;
    let client = connect(&sim).await;
    let request = QuoteRequest::new(["NASDAQ:AAPL"]).unwrap();
    let request = request.overflow(Overflow::DropOldest).max_waiting(20);
    let mut quotes = client.quotes(request).await.unwrap();
    let fill = async || {
        let health = client.health().await;
        let names: Vec<_> = health.queues.iter().map(|queue| &*queue.name).collect();
        assert_eq!(names, ["commands", "outgoing_bytes", "readers"]);
        health.queues[2].clone()
    };
    soon("full queue", async {
        while fill().await.share() < 1.0 {
            pause().await;
        }
    })
    .await;
    assert_eq!(fill().await.capacity, 20);
    sim.shutdown().await;
    eventually("loss", || {
        !matches!(client.state(), tv_client::ConnectionState::Open { .. })
    })
    .await;
    while fill().await.waiting > 0 {
        soon("quote", quotes.next()).await.unwrap();
    }
}
