//! The driver over a pipe, with the clock under the test's control.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tv_transport::{CloseReason, Timeout, TransportOptions};

use crate::support::{Ask, Seen, pair, raw_pair};

const SECOND: Duration = Duration::from_secs(1);

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
async fn dropping_all_handles_closes_cleanly() {
    let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    driven.say("last words").await;
    let crate::support::Driven {
        commands,
        events,
        task,
    } = driven;
    drop(commands);
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("last words")
    );
    let Message::Close(Some(CloseFrame { code, .. })) = server.next().await.unwrap().unwrap()
    else {
        panic!("close expected");
    };
    assert_eq!(u16::from(code), 1000);
    assert!(server.next().await.is_none());
    let (driver, reason) = task.await.unwrap();
    assert_eq!(reason, CloseReason::Local);
    assert!(driver.is_finished());
    drop(events);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_then_given_up() {
    let (driven, _server) = raw_pair(&TransportOptions::default(), 4096).await;
    let start = Instant::now();
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Ping));
    assert_eq!(start.elapsed().as_secs(), 30);
}
