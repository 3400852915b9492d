//! Answers requests until a connection ends or becomes a WebSocket.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{
    Request,
    header::{CONTENT_TYPE, HeaderValue, SERVER},
};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    answer::{Answer, plain},
    site,
    upgrade::{self, Opening},
};
use crate::{
    core::Core,
    fault::Wire,
    ledger::{Ledger, answer},
    sync::lock,
};

/// The longest time for the head of a request, and its largest size in bytes.
const HEAD_TIME: Duration = Duration::from_secs(5);
const HEAD_SIZE: usize = 16 * 1024;

/// A stream that carries HTTP, then a WebSocket.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A stream of any kind.
pub(crate) type AnyStream = Box<dyn Stream>;

/// A connection whose upgrade to a WebSocket was granted.
pub(crate) struct Upgraded {
    pub(crate) io: AnyStream,
    /// What the client sent behind its request.
    pub(crate) early: Bytes,
    pub(crate) opening: Opening,
}

/// Answers requests until the connection ends or becomes a WebSocket.
pub(crate) async fn converse(io: AnyStream, core: &Arc<Core>, wire: &Wire) -> Option<Upgraded> {
    let granted = Arc::new(Mutex::new(None));
    let service = service_fn(|mut request: Request<Incoming>| {
        let granted = Arc::clone(&granted);
        async move {
            let upgrading = hyper::upgrade::on(&mut request);
            let (answer, opening) = respond(request, core, wire).await;
            if let Some(opening) = opening {
                *lock(&granted) = Some((upgrading, opening));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_SIZE)
        // A date would make every run different.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "no more HTTP");
        return None;
    }
    let (upgrading, opening) = lock(&granted).take()?;
    let upgraded = upgrading.await.ok()?;
    let parts = upgraded.downcast::<TokioIo<AnyStream>>().ok()?;
    Some(Upgraded {
        io: parts.io.into_inner(),
        early: parts.read_buf,
        opening,
    })
}

/// Answers requests over HTTP/2 until the connection ends. It opens no WebSocket.
pub(crate) async fn converse_in_two(io: AnyStream, core: &Arc<Core>, wire: &Wire) {
    let (core, wire) = (Arc::clone(core), wire.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (core, wire) = (Arc::clone(&core), wire.clone());
        async move { Ok::<_, Infallible>(respond(request, &core, &wire).await.0) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_SIZE as u32)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(io), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "no more HTTP/2");
    }
}

/// The answer to a request, and what was granted with it.
async fn respond(
    request: Request<Incoming>,
    core: &Arc<Core>,
    wire: &Wire,
) -> (Answer, Option<Opening>) {
    let (path, query) = (request.uri().path(), request.uri().query());
    let (mut answer, opening) = if upgrade::is_asked(&request) {
        upgrade::grant(&request, core, wire)
    } else if path == "/ledger" || path.starts_with("/ledger/") {
        let ledger = Ledger(Arc::clone(core));
        let (status, body) = answer_of(&ledger, request.method(), path, query);
        let mut answer = plain(status, body);
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, json);
        (answer, None)
    } else {
        (site::answer(request, core, wire).await, None)
    };
    // As the real one says.
    let name = HeaderValue::from_static("tv");
    answer.headers_mut().entry(SERVER).or_insert(name);
    (answer, opening)
}

fn answer_of(
    ledger: &Ledger,
    method: &http::Method,
    path: &str,
    query: Option<&str>,
) -> (u16, String) {
    if method != http::Method::GET {
        return (405, r#"{"error":"the ledger is only read"}"#.to_owned());
    }
    let (status, body) = answer(ledger, path, query.unwrap_or_default());
    (status, body.to_string())
}
