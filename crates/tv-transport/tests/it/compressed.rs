//! permessage-deflate: what is compressed either way, what a server may not choose, and what bombs
//! come to.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream};
use tv_transport::{
    CloseReason, DialError, HandshakeFault, Socket, TransportOptions, Violation, upgrade,
};

use crate::support::{
    Ask, Driven, Seen, close_code, endpoint, frame, header, raw_pair, read_request, switching,
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

/// Reads a client's frame of less than 126 bytes: its first byte and its payload.
async fn client_frame(stream: &mut (impl AsyncRead + Unpin)) -> (u8, Vec<u8>) {
    let mut header = [0; 6];
    stream.read_exact(&mut header).await.unwrap();
    let length = header[1] ^ 0x80;
    assert!(length < 126, "masked and short");
    let mut payload = vec![0; length.into()];
    stream.read_exact(&mut payload).await.unwrap();
    for (byte, mask) in payload.iter_mut().zip(header[2..].iter().cycle()) {
        *byte ^= mask;
    }
    (header[0], payload)
}

fn inflated(inflate: &mut Decompress, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 16);
    let whole = [payload, &[0, 0, 0xff, 0xff]].concat();
    inflate
        .decompress_vec(&whole, &mut out, FlushDecompress::Sync)
        .unwrap();
    out
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_stays_plain_unless_asked_for() {
    let (driven, mut server) = raw_pair(&TransportOptions::default(), 4096).await;
    let text = "hello ".repeat(20);
    driven.say(&text).await;
    assert_eq!(
        client_frame(&mut server).await,
        (0x81, text.clone().into_bytes())
    );
    let options = TransportOptions::default().compress_sent(0);
    let (near, mut far) = tokio::io::duplex(4096);
    let accept = async {
        let request = read_request(&mut far).await;
        assert_eq!(header(&request, "sec-websocket-extensions"), None);
        far.write_all(switching(&request).as_bytes()).await.unwrap();
    };
    let endpoint = endpoint();
    let (socket, ()) = tokio::join!(upgrade(near, &endpoint, &options), accept);
    let driven = Driven::over(socket.unwrap(), &options);
    driven.say(&text).await;
    assert_eq!(client_frame(&mut far).await, (0x81, text.into_bytes()));
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_is_compressed_as_agreed() {
    let quote = |n: usize| format!("{{\"m\":\"quote_add_symbols\",\"p\":[\"qs_{n}\",\"A:B\"]}}");
    let agreed = "permessage-deflate";
    let fresh = "permessage-deflate; client_no_context_takeover";
    let narrow = "permessage-deflate; client_max_window_bits=8";
    for choice in [agreed, fresh, narrow] {
        let choice_header = format!("Sec-WebSocket-Extensions: {choice}\r\n");
        let options = TransportOptions::default().compress_sent(20);
        let (socket, mut server) = chosen(&options, true, &choice_header, Vec::new()).await;
        let mut driven = Driven::over(socket.unwrap(), &options);
        assert_eq!(driven.next().await, Seen::Opened(1));
        let mut inflate = Decompress::new(false);
        let mut sizes = Vec::new();
        for n in 0..20 {
            let text = quote(n).repeat(2);
            driven.say(&text).await;
            driven.say("short").await;
            let data = Ask::SayBinary(text.clone().into_bytes());
            driven.commands.send(data).await.unwrap();
            for first in [0xc1, 0x81, 0xc2] {
                let (flags, payload) = client_frame(&mut server).await;
                assert_eq!(flags, first);
                if flags == 0x81 {
                    assert_eq!(payload, b"short");
                    continue;
                }
                assert_eq!(inflated(&mut inflate, &payload), text.as_bytes());
                if choice == fresh {
                    inflate.reset(false);
                }
                sizes.push(payload.len());
            }
        }
        let small = sizes.iter().filter(|size| **size < 35).count();
        let expected = match choice {
            c if c == agreed => 39..=39,
            c if c == fresh => 0..=0,
            // Each time that the window of 256 bytes is full, all is forgotten.
            _ => 10..=35,
        };
        assert!(expected.contains(&small), "{choice}: {sizes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn noise_of_the_limit_is_sent_whole_however_small_the_window() {
    use rand::{RngExt, SeedableRng};
    // Compressed it would be more than the limit.
    let mut noise = vec![0; 1 << 20];
    rand::rngs::StdRng::seed_from_u64(1).fill(&mut noise[..]);
    let options = TransportOptions::default().compress_sent(0);
    let choice = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n";
    let (socket, mut server) = chosen(&options, true, choice, Vec::new()).await;
    let driven = Driven::over(socket.unwrap(), &options);
    let data = Ask::SayBinary(noise.clone());
    driven.commands.send(data).await.unwrap();
    let mut whole = vec![0; 14 + noise.len()];
    server.read_exact(&mut whole).await.unwrap();
    let (header, payload) = whole.split_at(14);
    assert_eq!(header[0], 0x82, "plain");
    let mask = header[10..].iter().cycle();
    assert!(payload.iter().zip(mask).map(|(a, b)| a ^ b).eq(noise));
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

/// Upgrades with or without an offer; the server chooses these extensions and sends this behind its
/// answer.
async fn chosen(
    options: &TransportOptions,
    offer: bool,
    choice: &str,
    behind: Vec<u8>,
) -> (Result<Socket<DuplexStream>, DialError>, DuplexStream) {
    let (near, mut far) = tokio::io::duplex(1 << 12);
    let accept = async {
        let request = read_request(&mut far).await;
        let offered = header(&request, "sec-websocket-extensions");
        let wanted = "permessage-deflate; client_max_window_bits";
        assert_eq!(offered.as_deref(), offer.then_some(wanted));
        let answer = switching(&request.replace("sec-websocket-extensions", "x"));
        let answer = answer.replace("\r\n\r\n", &format!("\r\n{choice}\r\n"));
        let bytes = [answer.into_bytes(), behind].concat();
        far.write_all(&bytes).await.unwrap();
    };
    let options = options.clone().compression(offer);
    let endpoint = endpoint();
    let (socket, ()) = tokio::join!(upgrade(near, &endpoint, &options), accept);
    (socket, far)
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
        let options = TransportOptions::default();
        let (chosen, _server) = chosen(&options, offer, &choice, Vec::new()).await;
        let chosen = chosen.map(drop);
        let refused = Err(DialError::Handshake(HandshakeFault::Unrequested));
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
    let options = TransportOptions::default();
    let (socket, _server) = chosen(&options, true, choice, glued).await;
    let mut driven = Driven::over(socket.unwrap(), &options);
    assert_eq!(driven.next().await, Seen::Opened(1));
    driven.expect_text("glued").await;
}
