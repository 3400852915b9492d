//! Memory that a client can make the simulator keep; a process of its own, because that of the
//! whole process is measured.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "it/client.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod client;

use std::time::Duration;

use serde_json::json;
use tv_sim::SimServer;

use crate::client::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_stops_no_other_and_takes_bounded_memory() {
    let sim = SimServer::builder()
        .rate(10_000.0)
        .heartbeat(Duration::from_secs(600))
        .start()
        .await
        .unwrap();
    let mut slow = Client::greeted(&sim).await;
    let mut quick = Client::greeted(&sim).await;
    for client in [&mut slow, &mut quick] {
        client.send("quote_create_session", json!(["qs_1"])).await;
        client
            .send(
                "quote_add_symbols",
                json!(["qs_1", "SIM:A", "SIM:B", "SIM:C"]),
            )
            .await;
    }
    // The slow one asks for far more than a socket holds, and reads nothing.
    slow.send("chart_create_session", json!(["cs_1"])).await;
    slow.send("resolve_symbol", json!(["cs_1", "sym", "SIM:A"]))
        .await;
    for n in 0..14 {
        slow.send(
            "create_series",
            json!(["cs_1", format!("sds_{n}"), "s1", "sym", "1", 20_000]),
        )
        .await;
    }
    let before = resident();
    let seen = sim.stats().ticks;
    let mut reported = 0;
    while sim.stats().ticks < seen + 5_000 {
        quick.next_of("qsd").await;
        reported += 1;
    }
    assert!(reported > 100, "{reported}");
    // 14 answers of 2.5 MiB would be 35 MiB.
    let grown = resident().saturating_sub(before);
    assert!(grown < 24 << 20, "{} MiB", grown >> 20);
    // What was held back arrives in the end: all answers, then live data again.
    let mut completed = 0;
    while completed < 14 {
        let text = slow.next_text().await.unwrap();
        completed += usize::from(text.starts_with(r#"{"m":"series_completed""#));
    }
    slow.next_of("du").await;
    slow.next_of("qsd").await;
}

/// The resident memory of this process in bytes; 0 where it cannot be read.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok())
        .unwrap_or(0)
        * 4096
}
