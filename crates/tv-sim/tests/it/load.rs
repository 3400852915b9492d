//! Many ticks, and clients that do not keep up.

use serde_json::json;
use tokio::time::Instant;

use crate::client::{Client, eventually, simulator};

/// When the market begins, in milliseconds UTC.
const EPOCH: i64 = 1_790_726_430_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_back_quotes_are_merged_into_the_last_state() {
    let begin = Instant::now();
    let sim = simulator()
        .rate(50_000.0)
        .epoch(EPOCH)
        .start()
        .await
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    client.send("quote_create_session", json!(["qs_1"])).await;
    client
        .send("quote_set_fields", json!(["qs_1", "volume", "lp_time"]))
        .await;
    client
        .send("quote_add_symbols", json!(["qs_1", "BINANCE:BTCUSDT"]))
        .await;
    client.until("quote_completed").await;
    let ticks = sim.stats().ticks;
    eventually("much happens while the client does not read", || {
        sim.stats().ticks > ticks + 30_000
    })
    .await;
    let mut volume = 0.0;
    let mut messages = 0_u64;
    // Until what is read was sent after this moment.
    let now = EPOCH / 1000 + begin.elapsed().as_secs() as i64;
    loop {
        let message = client.next_of("qsd").await;
        messages += 1;
        let values = &message["p"][1]["v"];
        if let Some(next) = values["volume"].as_f64() {
            assert!(next >= volume || next < volume / 10.0);
            volume = next;
        }
        if values["lp_time"].as_i64().is_some_and(|time| time > now) {
            break;
        }
    }
    assert!(messages > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_ticks_a_second_arrive_in_few_messages() {
    let sim = simulator().rate(5000.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client.send("quote_create_session", json!(["qs_1"])).await;
    let symbols: Vec<String> = (0..100).map(|n| format!("SIM:S{n}")).collect();
    let mut params = vec!["qs_1".to_owned()];
    params.extend(symbols.clone());
    client.send("quote_add_symbols", json!(params)).await;
    for _ in 0..100 {
        client.next_of("quote_completed").await;
    }
    for _ in 0..3000 {
        client.next_of("qsd").await;
    }
    // A busy machine may make less of them, never more: by the times that they bear, there is one
    // each fifth of a millisecond.
    let ticks = symbols
        .iter()
        .flat_map(|symbol| sim.ledger().ticks(symbol, i64::MIN, i64::MAX).unwrap());
    let mut times: Vec<i64> = ticks.map(|tick| tick.at_ms).collect();
    times.sort_unstable();
    let span = times.last().unwrap() - times.first().unwrap();
    let most = span * 5 + 6;
    assert!(
        (3000..=most).contains(&i64::try_from(times.len()).unwrap()),
        "{} ticks in {span} ms",
        times.len()
    );
    // Both are counted when they are sent, so that it does not matter how fast they are read.
    let messages = sim.stats().messages_sent;
    let quotes = sim.ledger().sent().total["qsd"].frames;
    assert!(
        messages < quotes / 4,
        "{messages} messages for {quotes} quotes"
    );
}
