//! Each way in which a connection ends, with its deadline and its goodbye.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep},
};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use tv_transport::{CloseReason, Timeout, TransportOptions, Violation};

use crate::support::{Ask, Driven, SECOND, close_code, frame, pair, raw_pair};

#[tokio::test(start_paused = true)]
async fn dropping_all_handles_sends_what_is_queued_and_closes() {
    let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    driven.say("last words").await;
    let Driven { commands, task, .. } = driven;
    drop(commands);
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("last words")
    );
    let Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) = server.next().await else {
        panic!("close expected");
    };
    assert_eq!(u16::from(code), 1000);
    assert!(server.next().await.is_none());
    let (driver, reason) = task.await.unwrap();
    assert_eq!(reason, CloseReason::Local);
    assert!(driver.is_finished());
}

#[tokio::test(start_paused = true)]
async fn our_close_waits_for_the_answer_until_its_timeout() {
    let (driven, _server) = raw_pair(&TransportOptions::default(), 4096).await;
    let start = Instant::now();
    driven.commands.send(Ask::Finish).await.unwrap();
    assert_eq!(driven.reason().await, CloseReason::Local);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn our_close_does_not_wait_for_a_peer_that_does_not_read() {
    let (driven, _server) = raw_pair(&TransportOptions::default(), 64).await;
    driven.say(&"x".repeat(1000)).await;
    sleep(SECOND).await;
    let start = Instant::now();
    let Driven { commands, task, .. } = driven;
    drop(commands);
    let (_, reason) = task.await.unwrap();
    // The stall began before the request to close, so it is found first; it also ends the waiting.
    assert_eq!(reason, CloseReason::TimedOut(Timeout::Write));
    assert_eq!(start.elapsed().as_secs(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_remote_close_is_answered_and_named() {
    for (code, text) in [
        (1000, "bye"),
        (1008, ""),
        (1012, "restart"),
        (4000, "socket.io timeout"),
    ] {
        let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
        let start = Instant::now();
        let close = CloseFrame {
            code: code.into(),
            reason: text.into(),
        };
        server.send(Message::Close(Some(close))).await.unwrap();
        let Some(Ok(Message::Close(Some(answer)))) = server.next().await else {
            panic!("an answer expected");
        };
        assert_eq!(u16::from(answer.code), code);
        assert!(server.next().await.is_none());
        assert_eq!(driven.reason().await, CloseReason::remote(Some(code), text));
        assert_eq!(start.elapsed().as_secs(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn f30_every_kind_of_close_frame() {
    let cases: &[(&[u8], Option<u16>)] = &[
        (b"", None),
        (b"\x03\xe8", Some(1000)),
        (b"\x03\xf3", Some(1011)),
        (b"\x0b\xb8", Some(3000)),
        (b"\x0f\xa0", Some(4000)),
        (b"\x03\xed", Some(1002)),
        (b"\x03\xf7", Some(1002)),
        (b"\xff\xff", Some(1002)),
        (b"\0\0", Some(1002)),
    ];
    for (body, expected) in cases {
        let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
        server.write_all(&frame(0x88, body)).await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), 0x88, "{body:?}");
        let reason = driven.reason().await;
        let CloseReason::Remote { code, .. } = reason else {
            panic!("{body:?}: {reason}")
        };
        assert_eq!(code, *expected, "{body:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_remote_close_is_reported_even_if_the_answer_cannot_be_sent() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 64).await;
    driven.say(&"x".repeat(1000)).await;
    sleep(SECOND).await;
    server
        .write_all(&frame(0x88, b"\x03\xe9going"))
        .await
        .unwrap();
    let start = Instant::now();
    assert_eq!(
        driven.reason().await,
        CloseReason::remote(Some(1001), "going")
    );
    assert!(start.elapsed() <= SECOND + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn f28_fin_without_close_frame() {
    let (driven, server) = raw_pair(&TransportOptions::default(), 4096).await;
    let start = Instant::now();
    drop(server);
    assert!(matches!(driven.reason().await, CloseReason::Lost(_)));
    assert_eq!(start.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn f31_a_cut_at_every_offset_yields_no_partial_message() {
    let whole = frame(0x81, b"ping 1");
    for cut in 0..whole.len() {
        let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
        server.write_all(&whole[..cut]).await.unwrap();
        drop(server);
        let Driven {
            commands: _commands,
            mut events,
            task,
        } = driven;
        let (_, reason) = task.await.unwrap();
        assert!(matches!(reason, CloseReason::Lost(_)), "{cut}: {reason}");
        assert_eq!(
            events.recv().await,
            Some(crate::support::Seen::Closed(reason)),
            "{cut}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f20_a_silent_peer_is_pinged_then_given_up() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    let start = Instant::now();
    assert_eq!(server.read_u8().await.unwrap(), 0x89);
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Ping));
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_is_kept() {
    let (mut driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    let start = Instant::now();
    let mut pings = 0;
    while start.elapsed() < 299 * SECOND {
        assert!(server.next().await.unwrap().unwrap().is_ping());
        pings += 1;
    }
    assert_eq!(pings, 30);
    server.send(Message::text("still here")).await.unwrap();
    driven.expect_text("still here").await;
}

#[tokio::test(start_paused = true)]
async fn f27_any_byte_keeps_a_link_and_sends_do_not() {
    let (mut driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    let text = frame(0x81, b"slow but alive");
    for byte in &text {
        sleep(15 * SECOND).await;
        server.write_all(&[*byte]).await.unwrap();
    }
    driven.expect_text("slow but alive").await;

    let start = Instant::now();
    let commands = driven.commands.clone();
    let talk = tokio::spawn(async move {
        while commands.send(Ask::Say("x".into())).await.is_ok() {
            sleep(SECOND).await;
        }
    });
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Ping));
    assert_eq!(start.elapsed().as_secs(), 20);
    talk.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn f56_write_stall() {
    let (mut driven, mut server) = raw_pair(&TransportOptions::default(), 64).await;
    let start = Instant::now();
    driven.say(&"x".repeat(1000)).await;
    sleep(5 * SECOND).await;
    server.write_all(&frame(0x81, b"ping 1")).await.unwrap();
    driven.expect_text("ping 1").await;
    assert_eq!(
        start.elapsed().as_secs(),
        5,
        "reading goes on while writing waits"
    );
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Write));
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn f23_f56_pings_of_a_peer_that_does_not_read_are_bounded() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 64).await;
    let start = Instant::now();
    let flood = tokio::spawn(async move {
        let ping = frame(0x89, &[0; 125]);
        let text = frame(0x81, b"ping 1");
        let mut count = 0_u32;
        // The texts ask the protocol for answers, once those to the pings have filled the buffer.
        while server
            .write_all(if count.is_multiple_of(1000) {
                &text
            } else {
                &ping
            })
            .await
            .is_ok()
        {
            count += 1;
            pause(count).await;
        }
        count
    });
    driven.say("behind the answers").await;
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Write));
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(flood.await.unwrap() > 10_000, "the flood was not a flood");
}

/// Lets the clock go on: a flood without end would keep a paused clock still.
async fn pause(count: u32) {
    if count.is_multiple_of(16) {
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_slowly_is_kept_and_commands_wait() {
    let options = TransportOptions::default().ping_interval(Duration::ZERO);
    let (driven, mut server) = raw_pair(&options, 64).await;
    driven.say(&"x".repeat(1000)).await;
    sleep(SECOND).await;
    for _ in 0..16 {
        driven.commands.try_send(Ask::Say("later".into())).unwrap();
    }
    assert!(
        driven.commands.try_send(Ask::Finish).is_err(),
        "the queue is bounded"
    );
    let mut rest = vec![0; 1008 + 16 * 11];
    for chunk in rest.chunks_mut(32) {
        sleep(5 * SECOND).await;
        server.read_exact(chunk).await.unwrap();
    }
    driven.commands.try_send(Ask::Finish).unwrap();
    assert_eq!(server.read_u8().await.unwrap(), 0x88);
}

#[tokio::test(start_paused = true)]
async fn no_pong_is_expected_of_a_peer_that_still_reads_what_came_before() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 64).await;
    driven.say(&"x".repeat(1000)).await;
    let mut text = vec![0; 1008];
    for chunk in text.chunks_mut(64) {
        sleep(5 * SECOND).await;
        server.read_exact(chunk).await.unwrap();
    }
    let start = Instant::now();
    assert_eq!(server.read_u8().await.unwrap(), 0x89);
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Ping));
    // The ping fitted into the pipe one read, 5 s, earlier.
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_ping_counts_from_when_it_is_written() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 64).await;
    let start = Instant::now();
    driven.say(&"x".repeat(58)).await; // fills the pipe, so that the ping after 10 s does not fit
    sleep(18 * SECOND).await;
    server.read_u8().await.unwrap();
    sleep(9 * SECOND).await;
    server.read_exact(&mut [0; 10]).await.unwrap();
    assert_eq!(driven.reason().await, CloseReason::TimedOut(Timeout::Ping));
    assert_eq!(start.elapsed().as_secs(), 37);
}

#[tokio::test(start_paused = true)]
async fn f34_oversize_is_refused_before_it_is_read() {
    let options = TransportOptions::default()
        .max_frame_size(1 << 16)
        .max_message_size(1 << 16);
    for size in [(1_u64 << 16) + 1, 1 << 30, 1 << 63, u64::MAX] {
        let (driven, mut server) = raw_pair(&options, 4096).await;
        let mut header = vec![0x81, 127];
        header.extend(size.to_be_bytes());
        server.write_all(&header).await.unwrap();
        assert_eq!(close_code(&mut server).await, 1009, "{size}");
        let reason = driven.reason().await;
        assert!(
            matches!(reason, CloseReason::TooLarge { limit: 65536, .. }),
            "{size}: {reason}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f34_fragments_are_refused_at_the_limit() {
    let options = TransportOptions::default()
        .max_frame_size(1 << 16)
        .max_message_size(1 << 16);
    let (driven, mut server) = raw_pair(&options, 4096).await;
    let fragment = vec![b'x'; 1024];
    let mut taken = 0;
    for index in 0..1000 {
        let opcode = u8::from(index == 0);
        if server.write_all(&frame(opcode, &fragment)).await.is_err() {
            break;
        }
        taken += fragment.len();
    }
    assert!(taken <= (1 << 16) + (3 << 14), "{taken} bytes were taken");
    assert!(matches!(
        driven.reason().await,
        CloseReason::TooLarge { limit: 65536, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_message_of_the_limit_passes_both_ways() {
    let options = TransportOptions::default()
        .max_message_size(1 << 20)
        .max_frame_size(1 << 20);
    let (mut driven, mut server) = pair(&options, 1 << 16).await;
    let text = "x".repeat(1 << 20);
    server.send(Message::text(text.as_str())).await.unwrap();
    driven.expect_text(&text).await;
    driven.say("short").await;
    driven.say(&text).await;
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("short")
    );
    assert_eq!(server.next().await.unwrap().unwrap(), Message::text(text));
}

#[tokio::test(start_paused = true)]
async fn an_outgoing_message_over_the_limit_is_not_sent() {
    let (driven, mut server) =
        pair(&TransportOptions::default().write_buffer_limit(1000), 4096).await;
    driven.say(&"x".repeat(1001)).await;
    assert!(server.next().await.unwrap().unwrap().is_close());
    assert_eq!(
        driven.reason().await,
        CloseReason::OutgoingTooLarge {
            size: 1001,
            limit: 1000
        }
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_a_fault_is_answered_before_the_end() {
    let options = TransportOptions::default()
        .max_frame_size(1 << 16)
        .max_message_size(1 << 16);
    for (fault, code) in [
        (&b"\xa1\x01x"[..], 1002),
        (b"\x81\x02\xc3\x28", 1007),
        (b"\x81\x7f\0\0\0\0\0\x01\0\x01", 1009),
    ] {
        let (driven, mut server) = raw_pair(&options, 4096).await;
        // In one piece, so that the fault is there when the answer is made.
        let bytes = [&frame(0x81, b"ping 1"), fault].concat();
        server.write_all(&bytes).await.unwrap();
        let mut answer = [0; 12];
        server.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer[..2], [0x81, 0x86], "{code}");
        assert_eq!(close_code(&mut server).await, code);
        assert!(matches!(
            driven.reason().await,
            CloseReason::Violation(_) | CloseReason::TooLarge { .. }
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn f35_f36_a_peer_that_breaks_the_protocol_gets_a_close_code() {
    use Violation as V;
    let cases: &[(&str, &[u8], Violation, u16)] = &[
        ("invalid utf-8", b"\x81\x02\xc3\x28", V::InvalidUtf8, 1007),
        ("surrogate", b"\x81\x03\xed\xa0\x80", V::InvalidUtf8, 1007),
        ("masked", b"\x81\x81\0\0\0\0x", V::Masked, 1002),
        ("reserved bit", b"\xa1\x01x", V::ReservedBits, 1002),
        ("data opcode", b"\x83\x01x", V::Opcode, 1002),
        ("control opcode", b"\x8b\x00", V::Opcode, 1002),
        ("continuation first", b"\x80\x01x", V::Fragmentation, 1002),
        (
            "text inside fragments",
            b"\x01\x01x\x81\x01y",
            V::Fragmentation,
            1002,
        ),
        ("fragmented ping", b"\x09\x00", V::Fragmentation, 1002),
        ("close of one byte", b"\x88\x01\x03", V::CloseFrame, 1002),
        (
            "close with bad utf-8",
            b"\x88\x03\x03\xe8\xff",
            V::InvalidUtf8,
            1007,
        ),
    ];
    for (name, bytes, violation, code) in cases {
        let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
        server.write_all(bytes).await.unwrap();
        assert_eq!(close_code(&mut server).await, *code, "{name}");
        assert_eq!(
            driven.reason().await,
            CloseReason::Violation(*violation),
            "{name}"
        );
    }
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    server.write_all(&frame(0x89, &[0; 126])).await.unwrap();
    assert_eq!(
        driven.reason().await,
        CloseReason::Violation(V::ControlFrame)
    );
}
