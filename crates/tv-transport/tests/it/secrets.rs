//! No secret of a query, a header or a message reaches a log record, at any level.

use std::{cell::RefCell, io, sync::Once};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tracing_subscriber::fmt::MakeWriter;
use tv_transport::{CloseReason, Proxy, State, TransportOptions, upgrade};

use crate::{
    rig::{Rig, config},
    support::{Ask, SECOND, endpoint, pair, read_request},
};

thread_local! {
    /// The records of this thread, while a test wants them.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes to the log of the thread that it is called on, if there is one.
#[derive(Clone)]
struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| {
            if let Some(log) = log {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for ThreadLog {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

/// Keeps all records of this thread from now on.
///
/// One subscriber for the whole process: with one for each test, a record that another thread meets
/// first may be switched off for all.
fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(ThreadLog)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    LOG.set(Some(Vec::new()));
}

/// What was kept.
fn captured() -> String {
    String::from_utf8(LOG.take().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_supervised_life_at_trace_shows_no_secret() {
    capture();
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
    let text = captured();
    assert!(
        text.contains("reconnecting") && text.contains("connection=\"probe\""),
        "{text}"
    );
    assert!(text.contains("status 503"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_whole_life_at_trace_shows_no_secret() {
    capture();

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

    let text = captured();
    assert!(text.contains("kind=\"text\" len=22"), "{text}");
    assert!(text.contains("generation=1"), "{text}");
    assert!(text.contains("venue.test"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
