//! Readers in Rust: the same WebSocket, different decoders.

use std::{hint::black_box, io::Write, time::Instant};

use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tv_protocol::{
    frame::{Frame, encode_heartbeat, split},
    message::Decoder,
};

use crate::canonical;

/// As tv-transport reads.
const READ_BUFFER: usize = 16 * 1024;

/// Reads all that comes: `count` prints how many messages came in how many seconds, without the
/// first tenth; `write` prints what was understood, a line for each frame.
pub fn run(decoder: &str, url: &str, task: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(read(decoder, url, task == "write"));
}

async fn read(name: &str, url: &str, write: bool) {
    let (address, passes) = url
        .strip_prefix("ws://")
        .and_then(|rest| rest.split_once('/'))
        .expect("ws://…/passes");
    let warm = passes.parse::<usize>().expect("passes") * 1_020 / 10;
    let socket = TcpStream::connect(address).await.expect("a connection");
    socket.set_nodelay(true).expect("an option");
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let (mut socket, _) = client_async_with_config(url, socket, Some(config))
        .await
        .expect("a handshake");
    let (mut decoder, mut echo, mut out) = (Decoder::default(), String::new(), String::new());
    let mut messages = 0;
    let mut begun = Instant::now();
    while let Some(message) = socket.next().await {
        let text = match message.expect("a message") {
            Message::Text(text) => text,
            Message::Close(_) => break,
            other => panic!("{other:?}"),
        };
        match (name, write) {
            ("ours", false) => ours(&text, &mut decoder, &mut echo),
            ("ours", true) => canonical::ours(&text, &mut decoder, &mut out),
            ("peer", false) => {
                black_box(tradingview::utils::parse_packet(&text));
            }
            ("peer", true) => canonical::peer(&text, &mut out),
            _ => {
                black_box(&text);
            }
        }
        messages += 1;
        if messages == warm {
            begun = Instant::now();
        }
    }
    if write {
        std::io::stdout().write_all(out.as_bytes()).expect("output");
    } else {
        println!("{} {}", messages - warm, begun.elapsed().as_secs_f64());
    }
}

/// Frames are split, messages decoded, and the echoes of heartbeats built, which none of the others
/// does.
fn ours(text: &str, decoder: &mut Decoder, echo: &mut String) {
    for frame in split(text) {
        match frame {
            Ok(Frame::Json(payload)) => {
                black_box(&decoder.decode(payload));
            }
            Ok(Frame::Heartbeat(number)) => {
                echo.clear();
                encode_heartbeat(number, echo);
                black_box(&echo);
            }
            Err(error) => panic!("{error}"),
        }
    }
}
