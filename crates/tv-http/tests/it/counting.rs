//! The counters in the `metrics` facade: by host, and without a secret in a label.

#![expect(clippy::disallowed_types, reason = "the recorder of a test keeps sums")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use tv_http::{
    account::SessionCookies,
    client::HostLimiter,
    fundamentals::Currencies,
    scanner::{Market, Scan},
};

use crate::server::{builder, http, ok, server};

/// The sum of each counter, and how many values each histogram has, by name and labels.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<BTreeMap<String, u64>>>);

struct Entry(String, Book);

impl Entry {
    fn add(&self, count: u64) {
        *self.1.0.lock().unwrap().entry(self.0.clone()).or_default() += count;
    }
}

impl CounterFn for Entry {
    fn increment(&self, count: u64) {
        self.add(count);
    }
    fn absolute(&self, _: u64) {}
}

impl HistogramFn for Entry {
    fn record(&self, seconds: f64) {
        assert!((0.0..60.0).contains(&seconds), "{seconds}");
        self.add(1);
    }
}

impl Book {
    fn entry(&self, key: &Key) -> Arc<Entry> {
        let labels = key
            .labels()
            .map(|label| format!(" {}={}", label.key(), label.value()));
        let name = format!("{}{}", key.name(), labels.collect::<String>());
        Arc::new(Entry(name, self.clone()))
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.entry(key))
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.entry(key))
    }
}

#[tokio::test]
async fn requests_are_counted_by_host_and_class_and_waits_and_repetitions_too() {
    let (address, _) = server(
        |number, request| match (request.starts_with("POST"), number) {
            (false, 0) => http("503 Busy", "", "later"),
            (false, 1) => ok("[]"),
            (false, _) => Some(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[".to_vec()),
            (true, _) => http(
                "400 Bad Request",
                "",
                r#"{"error":"CANARY-SESSION","data":null}"#,
            ),
        },
    )
    .await;
    let book = Book::default();
    let guard = metrics::set_default_local_recorder(&book);
    let client = builder(&address)
        .cookies(SessionCookies::new("CANARY-SESSION", None).unwrap())
        .limiter(HostLimiter::per_second(1_000))
        .time_limit(Duration::from_secs(30))
        .retries(1)
        .build()
        .unwrap();
    assert!(client.ask(&Currencies).await.unwrap().is_empty());
    assert!(client.ask(&Scan::new(Market::AMERICA)).await.is_err());
    assert!(client.ask(&Currencies).await.is_err());
    drop(guard);
    let book = book.0.lock().unwrap().clone();
    let (files, scanner) = ("host=s3.tradingview.com", "host=scanner.tradingview.com");
    let expected = [
        (format!("tv_http_errors {files} kind=network"), 2),
        (format!("tv_http_limiter_seconds {files}"), 4),
        (format!("tv_http_limiter_seconds {scanner}"), 1),
        (format!("tv_http_request_seconds {files}"), 2),
        (format!("tv_http_request_seconds {scanner}"), 1),
        (format!("tv_http_requests {files} status=2xx"), 1),
        (format!("tv_http_requests {files} status=5xx"), 1),
        (format!("tv_http_requests {files} status=none"), 2),
        (format!("tv_http_requests {scanner} status=4xx"), 1),
        (format!("tv_http_retries {files}"), 2),
    ];
    assert_eq!(book, BTreeMap::from(expected));
}
