//! Plans that are drawn: whatever goes wrong, the simulator itself goes on, and does the same
//! again.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_tungstenite::{client_async, tungstenite::Message};
use tv_sim::{FaultPlan, Sim};

use crate::client::{command, frame, payloads, simulator};

const SPAN: Duration = Duration::from_secs(20);

/// What a client that connects again and again has seen: each message with its time, until the
/// market is seen after the faults.
async fn persist(sim: &Sim) -> Vec<(u128, String)> {
    let begin = Instant::now();
    let mut seen = Vec::new();
    loop {
        assert!(
            begin.elapsed() < SPAN * 10,
            "nothing came: {:?}",
            seen.last()
        );
        let opened = timeout(
            Duration::from_secs(5),
            client_async(sim.url(), sim.connect()),
        )
        .await;
        let Ok(Ok((mut socket, _))) = opened else {
            seen.push((begin.elapsed().as_millis(), "no connection".to_owned()));
            sleep(Duration::from_millis(500)).await;
            continue;
        };
        for (method, params) in [
            ("quote_create_session", json!(["qs_1"])),
            ("quote_add_symbols", json!(["qs_1", "SIM:A"])),
            ("chart_create_session", json!(["cs_1"])),
            ("resolve_symbol", json!(["cs_1", "sym", "SIM:A"])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "sym", "1S", 5]),
            ),
        ] {
            // It may be over already.
            let _ = socket
                .send(Message::text(frame(&command(method, params))))
                .await;
        }
        // A minute without what was asked for is too long, and so are 15 s of silence.
        let patience = Instant::now() + Duration::from_secs(60);
        let alive = Duration::from_secs(15);
        while let Ok(Some(Ok(message))) = timeout_at(Instant::now() + alive, socket.next()).await {
            let text = message.to_string();
            let is_over = begin.elapsed() > SPAN * 2 && text.contains("\"du\"");
            let is_echo = text.starts_with("~m~") && text.contains("~m~~h~") && text.len() < 20;
            if is_echo && payloads(&text).len() == 1 {
                let _ = socket.send(Message::text(text.clone())).await;
            }
            let is_broken = text.contains("critical_error") || Instant::now() > patience;
            seen.push((begin.elapsed().as_millis(), text));
            if is_over {
                return seen;
            }
            if is_broken {
                break;
            }
        }
    }
}

/// What a client saw under the plan of a seed, and how many faults happened.
async fn run(seed: u64) -> (Vec<(u128, String)>, usize) {
    let sim = simulator()
        .epoch(1_790_726_430_000)
        .rate(20.0)
        .faults(FaultPlan::random(seed, SPAN, 12))
        .build()
        .unwrap();
    let seen = persist(&sim).await;
    let fired = sim.ledger().faults().len();
    sim.shutdown().await;
    (seen, fired)
}

#[tokio::test(start_paused = true)]
async fn after_every_plan_the_simulator_serves_bars() {
    for seed in 0..10 {
        let (seen, fired) = run(seed).await;
        let (at, last) = seen.last().unwrap();
        assert!(fired > 0, "seed {seed}: nothing went wrong");
        assert!(
            *at > (SPAN * 2).as_millis() && last.contains("\"sds_1\""),
            "seed {seed}: {at} ms: {last}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_drawn_plan_does_the_same_again_and_another_plan_does_not() {
    let mut before: Option<Vec<(u128, String)>> = None;
    for seed in 100..104 {
        let ((one, _), (other, _)) = (run(seed).await, run(seed).await);
        assert!(one.len() > 100, "seed {seed}");
        assert!(one == other, "seed {seed} differs");
        assert!(
            before.is_none_or(|before| before != one),
            "seed {seed} is that before"
        );
        before = Some(one);
    }
}
