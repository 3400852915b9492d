//! The driver at work: messages, commands, timers, floods, generations.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::AsyncWriteExt,
    sync::mpsc,
    time::{Instant, sleep},
};
use tokio_tungstenite::tungstenite::Message;
use tv_transport::{CloseReason, Driver, TransportOptions};

use crate::support::{Ask, Probe, SECOND, Seen, frame, pair, raw_pair, socket_pair};

#[tokio::test(start_paused = true)]
async fn messages_commands_and_timers_reach_the_protocol() {
    let (mut driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    server.send(Message::text("hello")).await.unwrap();
    driven.expect_text("hello").await;
    server
        .send(Message::binary(vec![0, 159, 255]))
        .await
        .unwrap();
    assert_eq!(driven.next().await, Seen::Binary(vec![0, 159, 255]));

    driven.say("one").await;
    driven.commands.send(Ask::SayBinary(vec![2])).await.unwrap();
    assert_eq!(server.next().await.unwrap().unwrap(), Message::text("one"));
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::binary(vec![2])
    );

    let start = Instant::now();
    driven.commands.send(Ask::Arm(3 * SECOND)).await.unwrap();
    assert_eq!(driven.next().await, Seen::Timeout);
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn f33_messages_of_one_write_are_answered_in_order() {
    let (mut driven, mut server) = pair(&TransportOptions::default(), 1 << 16).await;
    for number in 0..1000 {
        server
            .feed(Message::text(format!("ping {number}")))
            .await
            .unwrap();
    }
    server.flush().await.unwrap();
    for number in 0..1000 {
        let answer = server.next().await.unwrap().unwrap();
        assert_eq!(answer, Message::text(format!("pong {number}")));
        driven.expect_text(&format!("ping {number}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f32_slicing_changes_nothing() {
    let (mut driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    let text = "~m~4~m~~h~1 é 😀 ".repeat(20);
    for byte in frame(0x81, text.as_bytes()) {
        server.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    driven.expect_text(&text).await;
}

#[tokio::test(start_paused = true)]
async fn f32_fragments_with_pings_between_are_one_message() {
    let (mut driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    let euro = "€".as_bytes();
    for part in [
        frame(0x01, &euro[..1]),
        frame(0x89, b"between"),
        frame(0x00, &euro[1..2]),
        frame(0x80, &euro[2..]),
    ] {
        server.write_all(&part).await.unwrap();
    }
    driven.expect_text("€").await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_messages_does_not_keep_commands_out() {
    let (mut driven, mut server) = raw_pair(&TransportOptions::default(), 1 << 16).await;
    // The pipe takes all of it at once, so that nothing runs until both are waiting.
    server
        .write_all(&frame(0x81, b"x").repeat(5000))
        .await
        .unwrap();
    driven.commands.try_send(Ask::Arm(Duration::ZERO)).unwrap();
    let mut before = 0;
    while driven.next().await != Seen::Timeout {
        before += 1;
    }
    assert!(
        before <= 64,
        "{before} messages were handled before the command"
    );
}

#[tokio::test(start_paused = true)]
async fn f26_a_heartbeat_waits_neither_for_consumers_nor_for_commands() {
    let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    // The events are not read, and the command queue stays full.
    while driven.commands.try_send(Ask::Arm(SECOND)).is_ok() {}
    let start = Instant::now();
    server.send(Message::text("ping 1")).await.unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("pong 1")
    );
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_timer_left_in_the_past_does_not_spin() {
    let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    driven.commands.send(Ask::StickTimer).await.unwrap();
    sleep(SECOND).await;
    driven.say("alive").await;
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("alive")
    );
    drop(driven.commands);
    assert!(server.next().await.unwrap().unwrap().is_close());
    let (driver, _) = driven.task.await.unwrap();
    let calls = driver.protocol().timeouts();
    assert!((1..=1200).contains(&calls), "{calls} calls in a second");
}

#[tokio::test(start_paused = true)]
async fn a_driver_drives_the_next_generation() {
    let options = TransportOptions::default();
    let (mut driven, server) = pair(&options, 4096).await;
    drop(server);
    let Seen::Closed(CloseReason::Lost(_)) = driven.next().await else {
        panic!("lost expected")
    };
    let (mut driver, reason) = driven.task.await.unwrap();
    assert!(reason.is_retryable());
    assert!(!driver.is_finished());

    driven
        .commands
        .send(Ask::Say("waited".into()))
        .await
        .unwrap();
    let (socket, mut server) = socket_pair(&options, 4096).await;
    let (events, mut seen) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        driver
            .drive(socket, 2, |event| events.send(event).unwrap_or_default())
            .await
    });
    assert_eq!(seen.recv().await, Some(Seen::Opened(2)));
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("waited")
    );
    drop(driven.commands);
    assert!(server.next().await.unwrap().unwrap().is_close());
    assert!(server.next().await.is_none());
    assert_eq!(task.await.unwrap(), CloseReason::Local);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_drive_closes_the_stream_and_may_be_driven_again() {
    let options = TransportOptions::default();
    let (commands, receiver) = mpsc::channel(4);
    let mut driver = Driver::new(Probe::default(), receiver, options.clone());
    let (socket, mut server) = socket_pair(&options, 4096).await;
    let drive = driver.drive(socket, 1, drop);
    assert!(tokio::time::timeout(SECOND, drive).await.is_err());
    assert!(
        server.next().await.unwrap().is_err(),
        "no close frame expected"
    );

    let (socket, mut server) = socket_pair(&options, 4096).await;
    commands.send(Ask::Say("kept".into())).await.unwrap();
    let peer = async {
        assert_eq!(server.next().await.unwrap().unwrap(), Message::text("kept"));
        server.close(None).await.unwrap();
        while server.next().await.is_some() {}
    };
    let (reason, ()) = tokio::join!(driver.drive(socket, 2, drop), peer);
    assert_eq!(reason, CloseReason::remote(None, ""));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_after_the_end() {
    let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    server.send(Message::text("ping 1")).await.unwrap();
    sleep(Duration::from_millis(1)).await;
    let metrics = tokio::runtime::Handle::current().metrics();
    assert_eq!(metrics.num_alive_tasks(), 1);
    driven.commands.send(Ask::Finish).await.unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("pong 1")
    );
    assert!(server.next().await.unwrap().unwrap().is_close());
    assert!(server.next().await.is_none());
    assert_eq!(driven.reason().await, CloseReason::Local);
    assert_eq!(metrics.num_alive_tasks(), 0);
}
