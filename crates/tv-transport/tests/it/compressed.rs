//! permessage-deflate: what a server may compress, what it may not choose, and what bombs come to.

use flate2::{Compress, Compression, FlushCompress};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tv_transport::{
    CloseReason, ConnectError, HandshakeFault, Socket, TransportOptions, Violation, upgrade,
};

use crate::support::{
    Driven, Seen, close_code, endpoint, frame, header, pair, raw_pair, read_request, switching,
};

/// The payload of a compressed message.
fn deflated(deflate: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 1024);
    deflate
        .compress_vec(message, &mut out, FlushCompress::Sync)
        .unwrap();
    out.truncate(out.len() - 4);
    out
}

fn compressor() -> Compress {
    Compress::new(Compression::default(), false)
}

#[tokio::test(start_paused = true)]
async fn compressed_messages_arrive_with_context_between_them() {
    let (mut driven, mut server) = raw_pair(&TransportOptions::default(), 1 << 16).await;
    let mut deflate = compressor();
    let texts: Vec<_> = (0..50)
        .map(|number| {
            format!("{{\"m\":\"qsd\",\"p\":[\"qs\",{{\"n\":\"A:B\",\"v\":{{\"lp\":{number}}}}}]}}")
        })
        .collect();
    let mut sent = 0;
    for text in &texts {
        let bytes = frame(0xc1, &deflated(&mut deflate, text.as_bytes()));
        sent += bytes.len();
        server.write_all(&bytes).await.unwrap();
        server.write_all(&frame(0x89, b"ping")).await.unwrap();
        server.write_all(&frame(0x81, b"plain")).await.unwrap();
    }
    for text in &texts {
        driven.expect_text(text).await;
        driven.expect_text("plain").await;
    }
    let plain: usize = texts.iter().map(String::len).sum();
    assert!(sent * 2 < plain, "{sent} bytes instead of {plain}");
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_stays_plain() {
    let (driven, mut server) = pair(&TransportOptions::default(), 4096).await;
    driven.say("hello").await;
    // This server knows no compression, and would find the reserved bit.
    assert_eq!(
        server.next().await.unwrap().unwrap().into_text().unwrap(),
        "hello"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bomb_is_refused_at_the_limit() {
    let options = TransportOptions::default().max_message_size(1 << 20);
    let (driven, mut server) = raw_pair(&options, 4096).await;
    let bomb = deflated(&mut compressor(), &vec![b'x'; 32 << 20]);
    assert!(bomb.len() < 1 << 16, "{}", bomb.len());
    let bytes = frame(0xc1, &bomb);
    let (mut read, mut write) = tokio::io::split(&mut server);
    let (_, code) = tokio::join!(write.write_all(&bytes), close_code(&mut read));
    assert_eq!(code, 1009);
    let reason = driven.reason().await;
    assert!(
        matches!(
            reason,
            CloseReason::TooLarge {
                limit: 1_048_576,
                ..
            }
        ),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_may_inflate_to_the_limit_and_not_to_a_byte_more() {
    const LIMIT: usize = 1 << 20;
    let options = TransportOptions::default().max_message_size(LIMIT);
    let (mut driven, mut server) = raw_pair(&options, 4096).await;
    for (fill, opcode) in [(b'x', 0xc1), (b'y', 0xc2)] {
        let bytes = frame(opcode, &deflated(&mut compressor(), &vec![fill; LIMIT]));
        server.write_all(&bytes).await.unwrap();
    }
    driven.expect_text(&"x".repeat(LIMIT)).await;

    let whole = deflated(&mut compressor(), &vec![b'x'; LIMIT + 1]);
    let (begin, end) = whole.split_at(whole.len() / 2);
    let fragments = [frame(0x41, begin), frame(0x80, end)].concat();
    for bytes in [frame(0xc1, &whole), fragments] {
        let (driven, mut server) = raw_pair(&options, 4096).await;
        let (mut read, mut write) = tokio::io::split(&mut server);
        let (_, code) = tokio::join!(write.write_all(&bytes), close_code(&mut read));
        assert_eq!(code, 1009);
        let reason = driven.reason().await;
        assert!(
            matches!(reason, CloseReason::TooLarge { limit: LIMIT, .. }),
            "{reason}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_inflated_ends_the_connection() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    server.write_all(&frame(0xc1, &[0xff; 20])).await.unwrap();
    assert_eq!(
        driven.reason().await,
        CloseReason::Violation(Violation::Compression)
    );
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    let not_utf8 = deflated(&mut compressor(), b"\xc3\x28");
    server.write_all(&frame(0xc1, &not_utf8)).await.unwrap();
    assert_eq!(close_code(&mut server).await, 1007);
    assert_eq!(
        driven.reason().await,
        CloseReason::Violation(Violation::InvalidUtf8)
    );
}

/// Upgrades with or without an offer; the server chooses these extensions and sends this behind its answer.
async fn chosen(
    offer: bool,
    choice: &str,
    behind: Vec<u8>,
) -> Result<Socket<tokio::io::DuplexStream>, ConnectError> {
    let (near, mut far) = tokio::io::duplex(1 << 12);
    let choice = choice.to_owned();
    let server = tokio::spawn(async move {
        let request = read_request(&mut far).await;
        let offered = header(&request, "sec-websocket-extensions");
        let wanted = "permessage-deflate; client_max_window_bits";
        assert_eq!(offered.as_deref(), offer.then_some(wanted));
        let answer = switching(&request.replace("sec-websocket-extensions", "x"));
        let answer = answer.replace("Sec-WebSocket-Extensions: permessage-deflate\r\n", "");
        let answer = answer.replace("\r\n\r\n", &format!("\r\n{choice}\r\n"));
        let bytes = [answer.into_bytes(), behind].concat();
        far.write_all(&bytes).await.unwrap_or_default();
        let _ = far.read_to_end(&mut Vec::new()).await;
    });
    let options = TransportOptions::default().compression(offer);
    let socket = upgrade(near, &endpoint(), &options).await;
    if socket.is_err() {
        server.await.unwrap();
    }
    socket
}

#[tokio::test(start_paused = true)]
async fn the_choice_is_the_servers_within_the_offer() {
    let header = |value: &str| format!("Sec-WebSocket-Extensions: {value}\r\n");
    let deflate = header("permessage-deflate; server_no_context_takeover");
    for (offer, choice, taken) in [
        (true, String::new(), true),
        (true, deflate.clone(), true),
        (true, header("permessage-deflate; surprise"), false),
        (true, header("x-webkit-deflate-frame"), false),
        (true, [deflate.clone(), deflate.clone()].concat(), false),
        (false, String::new(), true),
        (false, deflate, false),
    ] {
        let chosen = chosen(offer, &choice, Vec::new()).await.map(drop);
        let refused = Err(ConnectError::Handshake(HandshakeFault::Unrequested));
        assert_eq!(
            chosen,
            if taken { Ok(()) } else { refused },
            "{offer} {choice}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f14_first_compressed_frame_glued_to_the_101() {
    let glued = frame(0xc1, &deflated(&mut compressor(), b"glued"));
    let choice = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let socket = chosen(true, choice, glued).await.unwrap();
    let mut driven = Driven::over(socket, &TransportOptions::default());
    assert_eq!(driven.next().await, Seen::Opened(1));
    driven.expect_text("glued").await;
}
