//! The supervisor at work: reconnecting, commands while offline, health, closing in every state.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tv_transport::{
    CloseReason, ConnectLimiter, DialError, End, Endpoint, Fault, ProtocolFault, ReconnectPolicy,
    StaleStream, State, SubscriptionCounts, Supervisor, SupervisorEvent, TransportOptions,
};

use crate::{
    rig::{Rig, at_once, config},
    support::{Ask, SECOND, Seen},
};

#[tokio::test(start_paused = true)]
async fn it_reconnects_and_numbers_its_connections() {
    let mut rig = Rig::start(config());
    for generation in 1..=5 {
        let mut server = rig.dial().await.accept().await;
        assert_eq!(rig.next().await, Seen::Opened(generation));
        server.send(Message::text("hello")).await.unwrap();
        rig.expect_text("hello").await;
        rig.say("to all").await;
        assert_eq!(
            server.next().await.unwrap().unwrap(),
            Message::text("to all")
        );
        drop(server);
        assert!(matches!(
            rig.next().await,
            Seen::Closed(CloseReason::Lost(_))
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn commands_reach_the_protocol_while_offline() {
    let mut rig = Rig::start(config());
    rig.dial().await.refuse();
    rig.expect_state(State::Reconnecting).await;
    rig.commands
        .send(Ask::Arm(Duration::from_millis(1)))
        .await
        .unwrap();
    assert_eq!(
        rig.next().await,
        Seen::Timeout,
        "timers run while offline, too"
    );
    let _hanging = rig.dial().await;
    rig.commands
        .send(Ask::Arm(Duration::from_millis(1)))
        .await
        .unwrap();
    assert_eq!(rig.next().await, Seen::Timeout, "and while connecting");
}

#[tokio::test(start_paused = true)]
async fn health_reports_each_state() {
    let mut rig = Rig::start(config());
    let dial = rig.dial().await;
    let health = rig.handle.health().await;
    assert_eq!(
        (health.state, health.is_connected, health.generation),
        (State::Connecting, false, 0)
    );
    assert_eq!(health.metrics.connections, 1);
    dial.refuse();
    rig.expect_state(State::Reconnecting).await;
    let health = rig.handle.health().await;
    assert_eq!(health.name, "probe");
    assert_eq!(health.reconnect_attempts, 1);
    assert!(health.next_attempt_in.is_some_and(|wait| wait <= SECOND));
    let error = health.last_error.unwrap();
    assert_eq!(error.class, "tcp");
    assert_eq!(
        error.text,
        "could not connect: tcp connection failed: connection refused"
    );

    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    server.send(Message::text("12345")).await.unwrap();
    rig.expect_text("12345").await;
    rig.say("123").await;
    server.next().await.unwrap().unwrap();
    sleep(2 * SECOND).await;
    let health = rig.handle.health().await;
    assert!(health.is_connected && health.is_ready);
    assert_eq!(health.generation, 1);
    assert_eq!(health.last_message_age.map(|age| age.as_secs()), Some(2));
    let metrics = health.metrics;
    assert_eq!((metrics.messages_received, metrics.bytes_received), (1, 5));
    assert_eq!((metrics.messages_sent, metrics.bytes_sent), (1, 3));
    assert_eq!(
        (metrics.connections, metrics.reconnections, metrics.errors),
        (2, 1, 1)
    );
    assert_eq!(
        metrics.connection_uptime.map(|time| time.as_secs()),
        Some(2)
    );
    assert_eq!(
        metrics.last_recovery, None,
        "there was no connection to recover"
    );

    // Reading on, the server answers pings.
    let pings = async { while server.next().await.is_some() {} };
    assert!(timeout(30 * SECOND, pings).await.is_err());
    let health = rig.handle.health().await;
    assert_eq!((health.reconnect_attempts, health.last_error), (0, None));

    drop(server);
    let lost = Instant::now();
    let mut server = rig.dial().await.accept().await;
    server.send(Message::text("back")).await.unwrap();
    rig.expect_text("back").await;
    let recovery = rig.handle.health().await.metrics.last_recovery.unwrap();
    assert!(recovery > Duration::ZERO && recovery <= lost.elapsed());

    // The peer answers our close.
    let peer = tokio::spawn(async move { while server.next().await.is_some() {} });
    rig.handle.close().await;
    peer.await.unwrap();
    let health = rig.handle.health().await;
    assert_eq!((health.state, health.generation), (State::Closed, 2));
    assert_eq!(health.metrics.connection_uptime, None);
    assert_eq!(rig.task.await.unwrap(), End::Closed);
}

#[tokio::test(start_paused = true)]
async fn health_shows_what_the_protocol_reports() {
    let mut rig = Rig::start(config());
    let _server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    let counts = SubscriptionCounts {
        pending: 1,
        confirmed: 2,
        unsubscribing: 3,
    };
    rig.commands.send(Ask::Subscriptions(counts)).await.unwrap();
    rig.commands.send(Ask::QueuedBytes(17)).await.unwrap();
    let stale = StaleStream {
        stream: "btcusdt@trade".into(),
        age: 9 * SECOND,
    };
    rig.commands.send(Ask::Stale(stale.clone())).await.unwrap();
    sleep(SECOND).await;
    let health = rig.handle.health().await;
    assert_eq!((health.subscriptions, health.queue_bytes), (counts, 17));
    assert_eq!(health.stale_streams, [stale]);
    assert!(health.is_connected && !health.is_ready);
}

#[cfg(feature = "serde")]
#[tokio::test(start_paused = true)]
async fn health_is_written_with_seconds_and_names_and_comes_back() {
    let mut rig = Rig::start(config());
    rig.dial().await.refuse();
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    server.send(Message::text("12345")).await.unwrap();
    rig.expect_text("12345").await;
    let stale = StaleStream {
        stream: "btcusdt@trade".into(),
        age: Duration::from_millis(1500),
    };
    rig.commands.send(Ask::Stale(stale)).await.unwrap();
    sleep(2 * SECOND).await;
    let health = rig.handle.health().await;
    let json = serde_json::to_value(&health).unwrap();
    assert_eq!(json["process"].is_null(), !cfg!(feature = "process"));
    let expected = serde_json::json!({
        "name": "probe",
        "endpoint": "wss://venue.test:443/socket",
        "state": "connected",
        "is_connected": true,
        "is_ready": false,
        "subscriptions": {"pending": 0, "confirmed": 0, "unsubscribing": 0},
        "queue_bytes": 0,
        "queues": [{"name": "commands", "waiting": 0, "capacity": 16}],
        "requests": [],
        // Of this process, with the feature `process`.
        "process": json["process"],
        "reconnect_attempts": 1,
        "last_message_age": 2.0,
        "metrics": {
            "messages_received": 1,
            "messages_sent": 0,
            "bytes_received": 5,
            "bytes_sent": 0,
            "connections": 2,
            "reconnections": 1,
            "errors": 1,
            "processing_time": 0.0,
            "longest_processing": 0.0,
            "connection_uptime": 2.0,
            "last_recovery": null,
        },
        "generation": 1,
        "last_error": {
            "class": "tcp",
            "text": "could not connect: tcp connection failed: connection refused",
        },
        "stale_streams": [{"stream": "btcusdt@trade", "age": 1.5}],
        "suspended_streams": [],
        "next_attempt_in": null,
    });
    assert_eq!(json, expected);
    assert_eq!(
        serde_json::from_value::<tv_transport::Health>(json).unwrap(),
        health
    );
    for state in [
        State::Disconnected,
        State::Connecting,
        State::Connected,
        State::Reconnecting,
        State::Closing,
        State::Closed,
    ] {
        let json = serde_json::to_value(state).unwrap();
        assert_eq!(json, state.name());
        assert_eq!(serde_json::from_value::<State>(json).unwrap(), state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_protocol_may_give_up_its_connection() {
    for (fault, class) in [
        (ProtocolFault::Silent { after: SECOND }, 0..=1),
        (ProtocolFault::Auth, 0..=1),
        (ProtocolFault::refused("ban"), 60..=90),
    ] {
        let mut rig = Rig::start(config());
        let mut server = rig.dial().await.accept().await;
        rig.commands.send(Ask::Fault(fault.clone())).await.unwrap();
        assert!(server.next().await.unwrap().unwrap().is_close());
        drop(server);
        let start = Instant::now();
        let dial = rig.dial().await;
        assert!(class.contains(&(dial.at - start).as_secs()), "{fault}");
        let mut refreshes = 0;
        while let Ok(event) = rig.events.try_recv() {
            refreshes += usize::from(event == SupervisorEvent::RefreshAuth);
        }
        assert_eq!(refreshes, usize::from(fault == ProtocolFault::Auth));
    }
}

#[tokio::test(start_paused = true)]
async fn after_repeated_failures_the_next_host_is_tried() {
    let config = config()
        .alternate(Endpoint::new("wss://second.test/").unwrap())
        .policy(at_once().failures_per_host(2));
    let mut rig = Rig::start(config);
    let mut hosts = Vec::new();
    for _ in 0..6 {
        let dial = rig.dial().await;
        let health = rig.handle.health().await;
        assert!(health.endpoint.contains(&*dial.host), "{health:?}");
        hosts.push(dial.host.clone());
        dial.refuse();
    }
    let (first, second) = ("venue.test", "second.test");
    assert_eq!(hosts, [first, first, second, second, first, first]);
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_after_the_allowed_attempts() {
    let mut rig = Rig::start(config().policy(at_once().max_reconnect_attempts(2)));
    for _ in 0..3 {
        rig.dial().await.refuse();
    }
    let refused = DialError::Tcp(std::io::ErrorKind::ConnectionRefused.into());
    assert_eq!(
        rig.task.await.unwrap(),
        End::GaveUp(Fault::Connect(refused))
    );
    assert_eq!(rig.handle.health().await.state, State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_finished_protocol_and_lost_handles_end_it() {
    for while_connected in [true, false] {
        for finish in [true, false] {
            let mut rig = Rig::start(config());
            let dial = rig.dial().await;
            let mut server = None;
            if while_connected {
                server = Some(dial.accept().await);
                rig.expect_state(State::Connected).await;
            } else {
                dial.refuse();
                rig.expect_state(State::Reconnecting).await;
            }
            if finish {
                rig.commands.send(Ask::Finish).await.unwrap();
            } else {
                drop(rig.commands);
            }
            if let Some(mut server) = server {
                assert!(server.next().await.unwrap().unwrap().is_close());
            }
            assert_eq!(rig.task.await.unwrap(), End::Closed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_of_many_are_spaced_by_a_shared_limiter() {
    let limiter = ConnectLimiter::new(1);
    let start = Instant::now();
    let mut rigs: Vec<_> = (0..10)
        .map(|seed| Rig::start(config().seed(seed).limiter(limiter.clone())))
        .collect();
    let mut times = Vec::new();
    for rig in &mut rigs {
        times.push(rig.dial().await.at - start);
    }
    times.sort();
    for (index, at) in times.iter().enumerate() {
        let least = Duration::from_secs(u64::try_from(index).unwrap());
        assert!(*at + Duration::from_millis(1) >= least, "{times:?}");
    }
}

/// Asks to close, and checks that all is over within `limit` and that nothing comes afterwards.
async fn close_within(rig: Rig, limit: Duration, state: &str) {
    let start = Instant::now();
    rig.handle.close().await;
    assert!(start.elapsed() <= limit, "{state}: {:?}", start.elapsed());
    assert_eq!(rig.task.await.unwrap(), End::Closed, "{state}");
    let mut events = rig.events;
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    assert!(
        matches!(&last, Some(SupervisorEvent::State(change)) if change.to == State::Closed),
        "{state}: {last:?} came last"
    );
    assert!(rig.commands.is_closed(), "{state}: something still listens");
}

#[tokio::test(start_paused = true)]
async fn f57_close_during_anything() {
    let none = Duration::ZERO;
    let rig = Rig::start(config());
    close_within(rig, none, "before the first attempt").await;

    let mut rig = Rig::start(config());
    let _dial = rig.dial().await;
    close_within(rig, none, "connecting").await;

    let mut rig = Rig::start(config());
    let _far = rig.dial().await.connect();
    close_within(rig, none, "upgrading").await;

    let mut rig = Rig::start(config());
    rig.dial().await.refuse();
    rig.expect_state(State::Reconnecting).await;
    close_within(rig, none, "backing off").await;

    let mut rig = Rig::start(config());
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    let peer = tokio::spawn(async move { while server.next().await.is_some() {} });
    close_within(rig, none, "connected").await;
    peer.await.unwrap();

    let mut rig = Rig::start(config());
    let _server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    close_within(rig, SECOND, "connected to a peer that does not answer").await;

    let mut rig = Rig::with(crate::support::Probe::default(), config(), 64);
    let _server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    rig.say(&"x".repeat(1000)).await;
    sleep(SECOND).await;
    close_within(rig, SECOND, "draining to a peer that does not read").await;

    let mut rig = Rig::start(config());
    let mut server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    let close = crate::support::frame(0x88, b"\x03\xe8");
    tokio::io::AsyncWriteExt::write_all(&mut server, &close)
        .await
        .unwrap();
    close_within(rig, SECOND, "being closed by the peer").await;

    let mut rig = Rig::start(config());
    let _server = rig.dial().await.accept_raw().await;
    rig.expect_state(State::Connected).await;
    let other = rig.handle.clone();
    let closing = tokio::spawn(async move { other.close().await });
    rig.handle.wait_for(|state| state == State::Closing).await;
    close_within(rig, SECOND, "closing").await;
    closing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_close_sends_what_is_queued_first() {
    let mut rig = Rig::start(config());
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    rig.say("last words").await;
    let handle = rig.handle.clone();
    let closing = tokio::spawn(async move { handle.close().await });
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("last words")
    );
    assert!(server.next().await.unwrap().unwrap().is_close());
    assert!(server.next().await.is_none());
    closing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handle_outlives_its_supervisor() {
    let rig = Rig::start(config());
    rig.task.abort();
    timeout(SECOND, rig.handle.close()).await.unwrap();
    let health = timeout(SECOND, rig.handle.health()).await.unwrap();
    assert_ne!(health.state, State::Connected);
}

#[tokio::test(start_paused = true)]
async fn the_settings_of_a_policy_are_kept() {
    let policy = ReconnectPolicy::default()
        .first_delay(Duration::ZERO)
        .reconnect_delay(4 * SECOND)
        .reconnect_backoff(1.0)
        .longest_delay(4 * SECOND);
    let options = TransportOptions::default();
    let mut rig = Rig::start(config().policy(policy).transport(options));
    rig.dial().await.refuse();
    let mut before = Instant::now();
    for round in 0..5 {
        let dial = rig.dial().await;
        let wait = dial.at - before;
        let expected = if round == 0 { 0..=0 } else { 2..=4 };
        assert!(expected.contains(&wait.as_secs()), "{round}: {wait:?}");
        before = dial.at;
        dial.refuse();
    }
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_is_run_no_more_answers_from_what_it_last_reported() {
    let (connector, mut dials) = crate::rig::PipeConnector::new(4096);
    let (_commands, receiver) = tokio::sync::mpsc::channel(1);
    let probe = crate::support::Probe::default();
    let mut supervisor = Supervisor::with_connector(probe, receiver, config(), connector);
    let handle = supervisor.handle();
    assert_eq!(handle.health().await.state, State::Disconnected);
    let run = supervisor.run(drop);
    assert!(
        timeout(SECOND, run).await.is_err(),
        "the attempt gets no answer"
    );
    drop(dials.recv().await);
    assert_eq!(handle.health().await.state, State::Connecting);
    let start = Instant::now();
    handle.close().await;
    assert!(start.elapsed() <= 2 * SECOND);

    // Run again, it finds the question and the request to close, and ends.
    assert_eq!(supervisor.run(drop).await, End::Closed);
    assert_eq!(handle.health().await.state, State::Closed);
    assert_eq!(
        supervisor.run(drop).await,
        End::Closed,
        "the same end again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_while_connected_reconnects_when_run_again() {
    let (connector, mut dials) = crate::rig::PipeConnector::new(4096);
    let (_commands, receiver) = tokio::sync::mpsc::channel(1);
    let probe = crate::support::Probe::default();
    let mut supervisor = Supervisor::with_connector(probe, receiver, config(), connector);
    let handle = supervisor.handle();
    for generation in 1..=2 {
        let server = async {
            let server = dials.recv().await.unwrap().accept().await;
            sleep(SECOND).await;
            server
        };
        tokio::select! {
            end = supervisor.run(drop) => unreachable!("{end:?}"),
            mut server = server => {
                let health = timeout(SECOND, handle.health());
                // Not run while this is asked: it answers with what it last reported.
                assert_eq!(health.await.unwrap().generation, generation);
                drop(server.next().await);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_leads_to_the_other_host() {
    let mut rig = Rig::start(config());
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    let other = Endpoint::new("wss://other.test/").unwrap();
    assert!(rig.handle.redirect(vec![other]));
    sleep(SECOND).await;
    assert_eq!(
        rig.handle.state(),
        State::Connected,
        "what is open stays open"
    );
    rig.commands
        .send(Ask::Fault(ProtocolFault::Moved))
        .await
        .unwrap();
    assert!(server.next().await.unwrap().unwrap().is_close());
    let dial = rig.dial().await;
    assert_eq!(dial.host, "other.test");
    dial.refuse();
    // While waiting, too; an attempt under way goes on to where it began.
    let back = Endpoint::new("wss://back.test/").unwrap();
    assert!(rig.handle.redirect(vec![back]));
    assert_eq!(rig.dial().await.host, "back.test");
    rig.handle.close().await;
    assert!(!rig.handle.redirect(Vec::new()));
}
