//! Faults of open connections, seen by a supervisor: one test for each row of docs/RELIABILITY.md.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, sleep},
};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use tv_transport::{CloseReason, Outgoing, Protocol, State, Status, TransportOptions};

use crate::{
    numbered::{Numbered, Report, conversation, message_frames},
    rig::{Rig, at_once, config},
    support::{Ask, SECOND, Seen, frame, read_request, switching},
};

#[tokio::test(start_paused = true)]
async fn f20_half_open_tcp() {
    let default = TransportOptions::default();
    for (options, limit) in [
        (default.clone(), 20),
        (default.clone().silence_limit(2 * SECOND), 2),
        (default.ping_interval(SECOND), 20),
    ] {
        let mut rig = Rig::start(config().transport(options).policy(at_once()));
        let _silent = rig.dial().await.accept_raw().await;
        let start = Instant::now();
        let second = rig.dial().await;
        assert_eq!((second.at - start).as_secs(), limit);
        assert_eq!(
            rig.handle.health().await.last_error.unwrap().class,
            "silent"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f22_f23_only_control_frames() {
    // The protocol's own watchdog: pings keep the link, and do not count as data.
    let mut rig = Rig::with(Numbered::with_watchdog(15 * SECOND), config(), 1 << 16);
    let mut server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    let start = Instant::now();
    let flood = tokio::spawn(async move {
        let ping = frame(0x89, b"");
        // The pipe has room for the answers to all of them.
        while server.write_all(&ping).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    rig.expect_state(State::Reconnecting).await;
    let passed = start.elapsed();
    assert!(passed >= 15 * SECOND && passed <= 17 * SECOND, "{passed:?}");
    flood.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn f25_a_flood_of_heartbeats_is_answered_in_order_and_bounded() {
    let mut rig = Rig::with(crate::support::Probe::default(), config(), 1 << 16);
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    for number in 0..10_000 {
        server
            .feed(Message::text(format!("ping {number}")))
            .await
            .unwrap();
        if number % 500 == 499 {
            server.flush().await.unwrap();
            for answered in number - 499..=number {
                let answer = server.next().await.unwrap().unwrap();
                assert_eq!(answer, Message::text(format!("pong {answered}")));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f28_fin_without_close_frame_is_recovered() {
    let mut waits = Vec::new();
    for seed in 0..300 {
        let mut rig = Rig::start(config().seed(seed));
        let server = rig.dial().await.accept().await;
        rig.expect_state(State::Connected).await;
        let start = Instant::now();
        drop(server);
        let mut server = rig.dial().await.accept().await;
        server.send(Message::text("data")).await.unwrap();
        rig.expect_text("data").await;
        waits.push(start.elapsed());
    }
    waits.sort();
    let (half, most) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
    assert!(half <= Duration::from_millis(600), "p50 {half:?}");
    assert!(most <= Duration::from_millis(1500), "p99 {most:?}");
}

#[tokio::test(start_paused = true)]
async fn f28_without_jitter_recovery_is_at_once() {
    let mut rig = Rig::start(config().policy(at_once()));
    let server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    let start = Instant::now();
    drop(server);
    assert!(rig.dial().await.at - start <= Duration::from_millis(2));
}

#[tokio::test(start_paused = true)]
async fn f30_close_codes_decide_how_to_come_back() {
    let table: &[(u16, std::ops::RangeInclusive<u64>)] = &[
        (1000, 0..=1),
        (1001, 0..=1),
        (1002, 0..=1),
        (1003, 0..=1),
        (1007, 0..=1),
        (1008, 0..=1),
        (1009, 0..=1),
        (1011, 0..=1),
        (1012, 5..=10),
        (1013, 5..=10),
        (1014, 0..=1),
        (3000, 0..=1),
        (4000, 0..=1),
    ];
    for (code, wait) in table {
        let mut rig = Rig::start(config());
        let mut server = rig.dial().await.accept().await;
        rig.expect_state(State::Connected).await;
        let start = Instant::now();
        let close = CloseFrame {
            code: (*code).into(),
            reason: "bye".into(),
        };
        server.send(Message::Close(Some(close))).await.unwrap();
        assert!(
            server.next().await.unwrap().unwrap().is_close(),
            "{code}: it is answered"
        );
        assert!(start.elapsed() <= SECOND);
        let waited = (rig.dial().await.at - start).as_secs();
        assert!(wait.contains(&waited), "{code}: {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn f30_three_breaches_in_a_minute_lead_to_the_slow_lane() {
    let mut rig = Rig::start(config());
    let mut waits = Vec::new();
    for _ in 0..4 {
        let mut server = rig.dial().await.accept().await;
        rig.expect_state(State::Connected).await;
        let start = Instant::now();
        let close = CloseFrame {
            code: 1007.into(),
            reason: "".into(),
        };
        server.send(Message::Close(Some(close))).await.unwrap();
        while server.next().await.is_some() {}
        rig.expect_state(State::Reconnecting).await;
        let wait = rig.handle.health().await.next_attempt_in.unwrap();
        waits.push((start.elapsed() + wait).as_secs());
    }
    assert!(waits[..2].iter().all(|wait| *wait <= 1), "{waits:?}");
    assert!(
        waits[2..].iter().all(|wait| (60..=90).contains(wait)),
        "{waits:?}"
    );
}

/// The exhaustive cut: a conversation is cut at every byte, from the first of the answer to the
/// upgrade on, the next connection resumes after what was confirmed, and the ledger must balance.
#[tokio::test(start_paused = true)]
async fn f31_a_conversation_cut_at_every_byte() {
    let wanted = conversation();
    let frames = message_frames(&wanted, 0);
    let mut head = None;
    let mut cut = 0;
    while head.is_none_or(|head| cut <= head + frames.len()) {
        let mut rig = Rig::with(Numbered::default(), config().policy(at_once()), 1 << 16);
        let mut server = rig.dial().await.connect();
        let mut bytes = switching(&read_request(&mut server).await).into_bytes();
        assert_eq!(
            *head.get_or_insert(bytes.len()),
            bytes.len(),
            "answers are of one length"
        );
        bytes.extend(&frames);
        server.write_all(&bytes[..cut]).await.unwrap();
        drop(server);
        // Resumes where the client says it stands.
        let mut server = rig.dial().await.accept().await;
        let Message::Text(resume) = server.next().await.unwrap().unwrap() else {
            unreachable!("the client speaks first and in text")
        };
        let from: usize = resume.strip_prefix("resume ").unwrap().parse().unwrap();
        let rest = message_frames(&wanted[from..], from);
        let stream = server.get_mut();
        stream.write_all(&rest).await.unwrap();
        let mut seen = Vec::new();
        while seen.len() < wanted.len() {
            match rig.next().await {
                Report::Message(number, text) => seen.push((number, text)),
                Report::Bad(text) => unreachable!("cut {cut}: {text:?} was handed on"),
            }
        }
        let expected: Vec<_> = wanted.iter().cloned().enumerate().collect();
        assert_eq!(seen, expected, "cut {cut}");
        drop(server);
        cut += 1;
    }
}

/// Answers pings, and tells how many messages it was handed between a ping and its answer.
#[derive(Default)]
struct Waiting {
    handed: usize,
    pings: VecDeque<usize>,
    waited: VecDeque<usize>,
}

impl Protocol for Waiting {
    type Command = ();
    type Event = usize;

    fn on_open(&mut self, _generation: u64, _now: std::time::Instant) {}

    fn handle_command(&mut self, _now: std::time::Instant, (): ()) {}

    fn handle_text(&mut self, _now: std::time::Instant, text: &str) {
        self.handed += 1;
        if text == "ping" {
            self.pings.push_back(self.handed);
        }
    }

    fn handle_binary(&mut self, _now: std::time::Instant, _data: &[u8]) {}

    fn handle_timeout(&mut self, _now: std::time::Instant) {}

    fn handle_close(&mut self, _now: std::time::Instant, _reason: &CloseReason) {}

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        let since = self.pings.pop_front()?;
        self.waited.push_back(self.handed - since);
        Some(Outgoing::Text("pong".into()))
    }

    fn poll_timeout(&self) -> Option<std::time::Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<usize> {
        self.waited.pop_front()
    }

    fn status(&self) -> Status {
        Status::Ready
    }
}

#[tokio::test(start_paused = true)]
async fn f33_a_long_batch_does_not_starve_a_heartbeat() {
    let mut rig = Rig::with(Waiting::default(), config(), 1 << 20);
    let mut server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    let large = frame(0x81, &[b'x'; 60_000]);
    let burst = [
        frame(0x81, b"ping"),
        frame(0x81, b"x").repeat(1000),
        frame(0x81, b"ping"),
        large.repeat(10),
        frame(0x81, b"ping"),
    ];
    server.write_all(&burst.concat()).await.unwrap();
    let waited = [rig.next().await, rig.next().await, rig.next().await];
    // In a turn are 32 messages or 64 KiB.
    assert!(
        (1..32).contains(&waited[0]) && (1..=2).contains(&waited[1]) && waited[2] == 0,
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn f33_a_flood_lets_readers_on_its_thread_take_what_has_come() {
    let mut rig = Rig::with(crate::support::Probe::default(), config(), 1 << 20);
    let mut server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    let burst = frame(0x81, b"x").repeat(1000);
    server.write_all(&burst).await.unwrap();
    for _ in 0..1000 {
        rig.expect_text("x").await;
        // What is handled in a turn, and not all that there is.
        assert!(rig.events.len() < 64, "{} wait", rig.events.len());
    }
}

#[tokio::test(start_paused = true)]
async fn f34_repeated_oversize_breaks_the_circuit() {
    let mut rig = Rig::start(config());
    let mut last = Duration::ZERO;
    for _ in 0..3 {
        let mut server = rig.dial().await.accept_raw().await;
        rig.expect_state(State::Connected).await;
        let mut header = vec![0x81, 127];
        header.extend((1_u64 << 63).to_be_bytes());
        server.write_all(&header).await.unwrap();
        rig.expect_state(State::Reconnecting).await;
        last = rig.handle.health().await.next_attempt_in.unwrap();
        assert_eq!(
            rig.handle.health().await.last_error.unwrap().class,
            "too_large"
        );
    }
    assert!(last >= 60 * SECOND, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn f35_garbage_is_survived() {
    use rand::{RngExt, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(35);
    let mut rig = Rig::start(config().policy(at_once()));
    for _ in 0..300 {
        let mut server = rig.dial().await.accept_raw().await;
        rig.expect_state(State::Connected).await;
        let mut garbage = vec![0; random.random_range(1..400)];
        random.fill(&mut garbage[..]);
        server.write_all(&garbage).await.unwrap();
        server.shutdown().await.unwrap();
        rig.expect_state(State::Reconnecting).await;
        drop(server);
    }
    let _server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    assert_eq!(rig.handle.health().await.generation, 301);
}

#[tokio::test(start_paused = true)]
async fn f50_flap() {
    let mut rig = Rig::start(config());
    let mut times = Vec::new();
    for _ in 0..20 {
        let dial = rig.dial().await;
        times.push(dial.at);
        let mut server = dial.accept().await;
        server.send(Message::text("a little")).await.unwrap();
        rig.expect_text("a little").await;
        drop(server);
    }
    for pair in times[10..].windows(2) {
        assert!(pair[1] - pair[0] >= SECOND, "{:?}", pair[1] - pair[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn f54_bandwidth_collapse_is_not_a_loss() {
    let mut rig = Rig::with(crate::support::Probe::default(), config(), 256);
    let mut server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    // 1 KB/s for a minute.
    let text = "x".repeat(900);
    for _ in 0..60 {
        for chunk in frame(0x81, text.as_bytes()).chunks(91) {
            sleep(Duration::from_millis(100)).await;
            server.write_all(chunk).await.unwrap();
        }
    }
    for _ in 0..60 {
        rig.expect_text(&text).await;
    }
    assert_eq!(rig.handle.health().await.metrics.reconnections, 0);
}

#[tokio::test(start_paused = true)]
async fn f56_a_write_stall_is_noticed_and_bounded() {
    let mut rig = Rig::with(
        crate::support::Probe::default(),
        config().policy(at_once()),
        64,
    );
    let _deaf = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    let start = Instant::now();
    let mut queued = 0;
    while rig.commands.try_send(Ask::Say("x".repeat(1000))).is_ok() {
        queued += 1;
        sleep(Duration::from_millis(1)).await;
    }
    assert!(
        queued <= 32,
        "{queued} commands were taken for a peer that does not read"
    );
    let second = rig.dial().await;
    assert!(second.at - start <= 11 * SECOND, "{:?}", second.at - start);
    loop {
        if let Seen::Closed(reason) = rig.next().await {
            assert_eq!(reason, CloseReason::TimedOut(tv_transport::Timeout::Write));
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f65_a_long_suspension_is_one_outage() {
    let mut rig = Rig::start(config());
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    tokio::time::advance(600 * SECOND).await;
    let peer = tokio::spawn(async move { while let Some(Ok(_)) = server.next().await {} });
    sleep(60 * SECOND).await;
    let health = rig.handle.health().await;
    assert!(health.metrics.reconnections <= 1, "{:?}", health.metrics);
    drop(rig);
    peer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn f66_a_starved_runtime_makes_no_storm() {
    let options = TransportOptions::default().silence_limit(Duration::from_millis(600));
    let mut rig = Rig::start(config().transport(options).policy(at_once()));
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    let peer = tokio::spawn(async move { while let Some(Ok(_)) = server.next().await {} });
    // The clock moves on while no task of the runtime gets a turn.
    tokio::time::advance(SECOND).await;
    sleep(SECOND).await;
    assert!(rig.handle.health().await.metrics.connections <= 2);
    drop(rig);
    peer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn f24_missing_heartbeats_of_the_venue_are_not_a_fault() {
    let mut rig = Rig::start(config());
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    for _ in 0..30 {
        sleep(10 * SECOND).await;
        server.send(Message::text("data")).await.unwrap();
        rig.expect_text("data").await;
    }
    assert_eq!(rig.handle.health().await.metrics.reconnections, 0);
}

#[tokio::test]
async fn f29_rst() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        for round in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read_request(&mut stream).await;
            let answer = switching(&request);
            stream.write_all(answer.as_bytes()).await.unwrap();
            if round == 0 {
                stream.set_zero_linger().unwrap();
                continue;
            }
            // Until the client leaves.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
    });
    let endpoint = tv_transport::Endpoint::new(&format!("ws://{address}/")).unwrap();
    let config = tv_transport::SupervisorConfig::new("probe", endpoint).policy(at_once());
    let (_commands, receiver) = tokio::sync::mpsc::channel(1);
    let probe = crate::support::Probe::default();
    let mut supervisor = tv_transport::Supervisor::new(probe, receiver, config);
    let handle = supervisor.handle();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        supervisor
            .run(|event| sender.send(event).unwrap_or_default())
            .await
    });
    let mut opened = 0;
    while opened < 2 {
        let event = tokio::time::timeout(60 * SECOND, events.recv())
            .await
            .unwrap()
            .unwrap();
        opened += u64::from(matches!(
            event,
            tv_transport::SupervisorEvent::Protocol(Seen::Opened(_))
        ));
    }
    let health = handle.health().await;
    assert_eq!(health.generation, 2);
    assert_eq!(health.last_error.unwrap().class, "lost");
    handle.close().await;
    task.await.unwrap();
    server.await.unwrap();
}
