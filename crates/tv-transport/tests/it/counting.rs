//! The counters in the `metrics` facade: each name once, and no secret in a label.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures_util::SinkExt;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use tokio_tungstenite::tungstenite::Message;
use tv_transport::{State, SubscriptionCounts};

use crate::{
    rig::{Rig, config},
    support::Ask,
};

/// Keeps the latest value of each metric, by its name and labels.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<BTreeMap<String, f64>>>);

struct Entry(String, Book);

impl Entry {
    fn add(&self, value: f64) {
        *self.1.0.lock().unwrap().entry(self.0.clone()).or_default() += value;
    }

    fn put(&self, value: f64) {
        self.1.0.lock().unwrap().insert(self.0.clone(), value);
    }
}

impl CounterFn for Entry {
    fn increment(&self, value: u64) {
        self.add(f64::from(u32::try_from(value).unwrap()));
    }
    fn absolute(&self, _value: u64) {}
}

impl GaugeFn for Entry {
    fn increment(&self, value: f64) {
        self.add(value);
    }
    fn decrement(&self, value: f64) {
        self.add(-value);
    }
    fn set(&self, value: f64) {
        self.put(value);
    }
}

impl HistogramFn for Entry {
    fn record(&self, _value: f64) {
        self.add(1.0);
    }
}

impl Book {
    fn entry(&self, key: &Key) -> Arc<Entry> {
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        Arc::new(Entry(
            format!("{} {}", key.name(), labels.join(" ")),
            self.clone(),
        ))
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.entry(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.entry(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.entry(key))
    }
}

#[tokio::test(start_paused = true)]
async fn the_facade_counts_what_the_snapshot_counts() {
    let book = Book::default();
    let guard = metrics::set_default_local_recorder(&book);
    let mut rig = Rig::start(config());
    rig.dial().await.refuse();
    let counts = SubscriptionCounts {
        confirmed: 2,
        ..SubscriptionCounts::default()
    };
    rig.commands.send(Ask::Subscriptions(counts)).await.unwrap();
    rig.commands.send(Ask::QueuedBytes(17)).await.unwrap();
    let mut previous = None;
    for _ in 0..2 {
        drop(previous.take());
        let mut server = rig.dial().await.accept().await;
        rig.expect_state(State::Connected).await;
        server.send(Message::text("12345")).await.unwrap();
        rig.expect_text("12345").await;
        rig.say("123").await;
        rig.commands
            .send(Ask::SayBinary(b"4567".into()))
            .await
            .unwrap();
        server.send(Message::binary(&b"890"[..])).await.unwrap();
        tokio::time::sleep(crate::support::SECOND).await;
        previous = Some(server);
    }
    let metrics = rig.handle.health().await.metrics;
    rig.handle.close().await;
    drop(previous);
    drop(guard);
    let book = book.0.lock().unwrap().clone();
    assert!(
        book.keys().all(|name| !name.contains("hunter2")),
        "{book:?}"
    );
    let of = |name: &str| {
        book.get(&format!("tv_transport_{name} connection=probe"))
            .copied()
    };
    for (name, value) in [
        ("bytes_received", metrics.bytes_received),
        ("bytes_sent", metrics.bytes_sent),
        ("connections", metrics.connections),
    ] {
        assert_eq!(
            of(name),
            Some(f64::from(u32::try_from(value).unwrap())),
            "{name}"
        );
        assert!(value > 0, "{name}");
    }
    assert_eq!(
        book.get("tv_transport_errors connection=probe kind=tcp"),
        Some(&1.0)
    );
    assert_eq!(
        book.get("tv_transport_errors connection=probe kind=lost"),
        Some(&1.0)
    );
    let labelled = |name: &str, label: &str| {
        let name = format!("tv_transport_{name} connection=probe {label}");
        book.get(&name).copied().unwrap_or_default()
    };
    for (name, labels, total) in [
        (
            "messages_received",
            ["kind=text", "kind=binary"],
            metrics.messages_received,
        ),
        (
            "messages_sent",
            ["kind=text", "kind=binary"],
            metrics.messages_sent,
        ),
        (
            "reconnections",
            ["reason=tcp", "reason=lost"],
            metrics.reconnections,
        ),
    ] {
        let parts = labels.map(|label| labelled(name, label));
        assert!(parts.iter().all(|part| *part > 0.0), "{name}: {parts:?}");
        assert_eq!(
            parts.iter().sum::<f64>(),
            f64::from(u32::try_from(total).unwrap()),
            "{name}"
        );
    }
    assert_eq!(of("connect_seconds"), Some(2.0));
    assert_eq!(of("recover_seconds"), Some(1.0));
    assert_eq!(of("state"), Some(5.0), "closed");
    assert!(of("connection_uptime").is_some() && of("backoff_attempt").is_some());
    assert!(of("last_message_age").is_some());
    assert_eq!(of("queue_bytes"), Some(17.0));
    assert_monitored(&book);
    let confirmed = book.get("tv_transport_subscriptions connection=probe state=confirmed");
    assert_eq!(confirmed, Some(&2.0));
}

/// The figures of turns, queues and the process.
fn assert_monitored(book: &BTreeMap<String, f64>) {
    assert!(
        book.get("tv_transport_processing_seconds connection=probe")
            .is_some_and(|turns| *turns >= 4.0)
    );
    let fill = book.get("tv_transport_queue_fill connection=probe queue=commands");
    assert_eq!(fill, Some(&0.0));
    for name in ["tv_process_memory_bytes ", "tv_process_cpu_seconds "] {
        assert_eq!(book.contains_key(name), cfg!(feature = "process"), "{name}");
    }
}
