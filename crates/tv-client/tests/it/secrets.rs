//! A token is never shown.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;
use tv_client::{Client, QuoteRequest, values::AuthToken};

use crate::{simulator, soon, start};

const CANARY: &str = "CANARY-eyJhbGciOi";

/// Keeps every log line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_login_shows_no_token_at_trace() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let sim = start(simulator().bad_token(CANARY.into())).await;
    let builder = Client::builder()
        .endpoint(sim.url())
        .auth(AuthToken::new(CANARY));
    let shown = format!("{builder:?}");
    let client = soon("connection", builder.connect()).await.unwrap();
    let quotes = client
        .quotes(QuoteRequest::new(["NASDAQ:AAPL"]).unwrap())
        .await;
    let error = soon("end", client.closed()).await;
    let shown = format!("{shown} {client:?} {quotes:?} {error:?} {error}");
    drop(guard);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("TRACE") && logged.contains("the client has ended"),
        "{logged}"
    );
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(!logged.contains("CANARY"), "{logged}");
}
