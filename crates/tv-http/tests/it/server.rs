//! Servers on this machine that answer as a test says.

#![expect(
    clippy::disallowed_types,
    reason = "servers of tests note what they are sent"
)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tv_http::client::{HostLimiter, HttpClient, HttpClientBuilder};

/// What a server has been sent: the heads of requests, with their bodies.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn heads(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn push(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

/// Reads a request, or nothing if the connection ends.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 {
            return None;
        }
        text.extend_from_slice(&buffer[..count]);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = shown.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(shown);
        }
    }
}

/// Serves one connection: each request is logged, and answered by `answer`, which gets its number.
pub(crate) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    log: Log,
    answer: impl Fn(usize, &str) -> Option<Vec<u8>>,
) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let number = {
        let mut log = log.0.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    match answer(number, &request) {
        Some(answer) => {
            // A client that has seen enough may be gone.
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
        // Never answers.
        None => std::future::pending::<()>().await,
    }
}

/// Starts a server, and returns its address.
pub(crate) async fn server<F>(answer: F) -> (String, Log)
where
    F: Fn(usize, &str) -> Option<Vec<u8>> + Clone + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let shown = log.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, log.clone(), answer.clone()));
        }
    });
    (address, shown)
}

pub(crate) fn http(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    );
    Some([head.as_bytes(), body].concat())
}

pub(crate) fn ok(body: &str) -> Option<Vec<u8>> {
    http("200 OK", "content-type: text/plain\r\n", body)
}

pub(crate) fn builder(address: &str) -> HttpClientBuilder {
    HttpClient::builder()
        .base_of_all(address)
        .limiter(HostLimiter::unlimited())
        .first_wait(Duration::from_millis(1))
}

/// Posts a form to a server, and returns what comes back.
pub(crate) async fn post(address: &str, path: &str, form: &str) -> String {
    let place = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(place).await.unwrap();
    let length = form.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {place}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
