//! No secret of a query, a header or a message reaches a log record, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tracing_subscriber::fmt::MakeWriter;
use tv_transport::{CloseReason, Proxy, State, TransportOptions, upgrade};

use crate::rig::{Rig, config};
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

/// Keeps all records of this thread.
fn capture() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test(start_paused = true)]
async fn a_supervised_life_at_trace_shows_no_secret() {
    let (log, guard) = capture();
    let proxy = Proxy::new("http://me:hunter2@proxy.test").unwrap();
    let options = TransportOptions::default()
        .header("Cookie", "sessionid=hunter2")
        .unwrap()
        .proxy(proxy);
    let mut rig = Rig::start(config().transport(options.clone()));
    let mut far = rig.dial().await.connect();
    read_request(&mut far).await;
    let refusal = b"HTTP/1.1 503 hunter2\r\nX-Body: hunter2\r\n\r\nhunter2";
    tokio::io::AsyncWriteExt::write_all(&mut far, refusal)
        .await
        .unwrap();
    drop(far);
    let mut server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
    rig.say("set_auth_token hunter2").await;
    server.next().await.unwrap().unwrap();
    server.send(Message::text("hunter2")).await.unwrap();
    rig.expect_text("hunter2").await;
    let health = rig.handle.health().await;
    let settings = config().transport(options);
    let shown = format!("{health:?} {settings:?} {:?}", rig.handle);
    rig.handle.close().await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("reconnecting") && text.contains("exchange=\"probe\""),
        "{text}"
    );
    assert!(text.contains("status 503"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_whole_life_at_trace_shows_no_secret() {
    let (log, guard) = capture();

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
