//! No secret of a query, a header or a message reaches a log record, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tracing_subscriber::fmt::MakeWriter;
use tv_transport::{CloseReason, TransportOptions, upgrade};

use crate::support::{Ask, SECOND, endpoint, pair, read_request};

/// Log text kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_life_at_trace_shows_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let options = TransportOptions::default()
        .header("Cookie", "sessionid=hunter2")
        .unwrap();
    let (driven, mut server) = pair(&options, 4096).await;
    driven.say("set_auth_token hunter2").await;
    driven
        .commands
        .send(Ask::SayBinary(b"hunter2".to_vec()))
        .await
        .unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::text("set_auth_token hunter2")
    );
    server.send(Message::text("hunter2")).await.unwrap();
    tokio::time::sleep(SECOND).await;
    driven.commands.send(Ask::Finish).await.unwrap();
    while server.next().await.is_some() {}
    assert_eq!(driven.reason().await, CloseReason::Local);

    let (near, mut far) = tokio::io::duplex(4096);
    let secret = endpoint();
    let client = tokio::spawn(async move { upgrade(near, &secret, &options).await });
    read_request(&mut far).await;
    drop(far);
    let error = client.await.unwrap().unwrap_err();
    tracing::warn!(%error, ?error, "could not connect");

    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("kind=\"text\" len=22"), "{text}");
    assert!(text.contains("generation=1"), "{text}");
    assert!(text.contains("venue.test"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
