//! A client of others sends to, and reads from, the server of these tests: so that what the tests
//! take for compression is what others take for it. `scripts/deflate-peers` runs it.

use std::process::Stdio;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::protocol::{Role, WebSocketConfig},
};

use crate::{
    deflating::{Choice, Deflating},
    support::{header, read_request, switching},
};

#[tokio::test]
#[ignore = "needs Node and ws: scripts/deflate-peers"]
async fn node_sends_compressed_messages_to_our_server_and_reads_ours() {
    let client = std::env::var("TV_WS_CLIENT").unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut node = tokio::process::Command::new("node")
        .args([client, port.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut served = tokio::task::JoinSet::new();
    let status = loop {
        tokio::select! {
            status = node.wait() => break status.unwrap(),
            accepted = listener.accept() => {
                served.spawn(echo(accepted.unwrap().0));
            }
        }
    };
    assert!(status.success(), "{status}");
    let inflated: usize = served.join_all().await.into_iter().sum();
    assert!(inflated > 0);
}

/// Sends back whatever one client sends, and says how many messages were compressed.
async fn echo(mut stream: TcpStream) -> usize {
    let request = read_request(&mut stream).await;
    let offer = header(&request, "sec-websocket-extensions").unwrap();
    let choice = accepted(&offer);
    let answer = switching(&request).replace("permessage-deflate", &choice.header());
    stream.write_all(answer.as_bytes()).await.unwrap();
    let config = WebSocketConfig::default()
        .max_frame_size(Some(32 << 20))
        .max_message_size(Some(32 << 20));
    let stream = Deflating::new(stream, choice);
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    while let Some(message) = socket.next().await {
        let message = message.unwrap();
        if message.is_text() || message.is_binary() {
            socket.send(message).await.unwrap();
        }
    }
    socket.get_ref().inflated
}

/// All that a client wants, and the smallest window that it lets us choose for it.
fn accepted(offer: &str) -> Choice {
    let mut choice = Choice::default();
    for part in offer.split(';').map(str::trim) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name {
            "client_no_context_takeover" => choice.client_no_context_takeover = true,
            "server_no_context_takeover" => choice.server_no_context_takeover = true,
            "client_max_window_bits" => choice.client_max_window_bits = value.parse().ok(),
            "server_max_window_bits" => choice.server_max_window_bits = value.parse().ok(),
            _ => assert_eq!(part, "permessage-deflate"),
        }
    }
    choice
}
