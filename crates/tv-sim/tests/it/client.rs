//! The raw client: frames written by hand, answers read as JSON, every wait bounded.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};
use tv_sim::{Sim, SimBuilder, SimServer};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(300);

/// Wednesday 2026-11-25 15:00 UTC, in milliseconds: London and New York trade.
const EPOCH: i64 = 1_795_618_800_000;

/// A simulator whose market begins at [`EPOCH`], so that no test depends on the hour.
pub(crate) fn simulator() -> SimBuilder {
    Sim::builder().epoch(EPOCH)
}

/// A connected client that has not read the greeting yet.
pub(crate) struct Client<S = TcpStream> {
    pub(crate) socket: WebSocketStream<S>,
    /// Payloads of the last message that were not asked for yet.
    waiting: VecDeque<String>,
    /// Whether heartbeats are sent back.
    pub(crate) echoes: bool,
    /// When the test has failed, whatever still arrives.
    deadline: Instant,
}

/// One frame. Written by counting UTF-16 units, as a browser does.
pub(crate) fn frame(payload: &str) -> String {
    format!("~m~{}~m~{payload}", payload.encode_utf16().count())
}

/// A command as a payload.
pub(crate) fn command(method: &str, params: Value) -> String {
    json!({ "m": method, "p": params }).to_string()
}

/// Cuts a message at its UTF-16 lengths.
pub(crate) fn payloads(message: &str) -> Vec<String> {
    if message.is_ascii() {
        return ascii_payloads(message);
    }
    let units: Vec<u16> = message.encode_utf16().collect();
    let mark: Vec<u16> = "~m~".encode_utf16().collect();
    let (mut at, mut found) = (0, Vec::new());
    while at < units.len() {
        assert_eq!(
            units[at..at + 3],
            mark,
            "a frame begins where the last one ended"
        );
        let digits = units[at + 3..]
            .iter()
            .take_while(|unit| **unit != u16::from(b'~'))
            .count();
        let length: usize = String::from_utf16(&units[at + 3..at + 3 + digits])
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(units[at + 3 + digits..at + 6 + digits], mark);
        let body = at + 6 + digits;
        found.push(String::from_utf16(&units[body..body + length]).unwrap());
        at = body + length;
    }
    found
}

/// The same where each byte is a unit; long messages are only ever of this kind.
fn ascii_payloads(mut message: &str) -> Vec<String> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let (length, rest) = message
            .strip_prefix("~m~")
            .unwrap()
            .split_once("~m~")
            .unwrap();
        let (payload, rest) = rest.split_at(length.parse().unwrap());
        found.push(payload.to_owned());
        message = rest;
    }
    found
}

impl Client {
    pub(crate) async fn connect(sim: &SimServer) -> Self {
        let stream = TcpStream::connect(sim.local_addr()).await.unwrap();
        let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default()
            .max_message_size(Some(64 << 20))
            .max_frame_size(Some(64 << 20));
        let (socket, _) =
            tokio_tungstenite::client_async_with_config(sim.url(), stream, Some(config))
                .await
                .unwrap();
        Self::new(socket)
    }

    /// Connects to another path than the usual one.
    pub(crate) async fn connect_to(sim: &SimServer, path: &str) -> Self {
        let stream = TcpStream::connect(sim.local_addr()).await.unwrap();
        let (socket, _) = client_async(format!("ws://{}{path}", sim.local_addr()), stream)
            .await
            .unwrap();
        Self::new(socket)
    }

    /// Connects and reads the greeting.
    pub(crate) async fn greeted(sim: &SimServer) -> Self {
        let mut client = Self::connect(sim).await;
        client.read_greeting().await;
        client
    }
}

impl Client<DuplexStream> {
    /// Connects in memory, so that time may be paused, and reads the greeting.
    pub(crate) async fn in_memory(sim: &Sim) -> Self {
        let (socket, _) = client_async(sim.url(), sim.connect()).await.unwrap();
        let mut client = Self::new(socket);
        client.read_greeting().await;
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    fn new(socket: WebSocketStream<S>) -> Self {
        Self {
            socket,
            waiting: VecDeque::new(),
            echoes: true,
            deadline: Instant::now() + PATIENCE,
        }
    }

    /// Waits for this long in all, where an hour of virtual time passes at once.
    pub(crate) fn patient_for(mut self, patience: Duration) -> Self {
        self.deadline = Instant::now() + patience;
        self
    }

    async fn read_greeting(&mut self) {
        let hello = self.next().await.unwrap();
        assert!(
            hello.get("session_id").is_some() && hello.get("m").is_none(),
            "{hello}"
        );
    }

    pub(crate) async fn send_raw(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send(&mut self, method: &str, params: Value) {
        self.send_raw(frame(&command(method, params))).await;
    }

    /// Sends several commands in one message.
    pub(crate) async fn send_all(&mut self, commands: &[(&str, Value)]) {
        let frames = commands
            .iter()
            .map(|(method, params)| frame(&command(method, params.clone())));
        self.send_raw(frames.collect()).await;
    }

    /// The next payload, heartbeats included; `None` when the server ended the connection.
    pub(crate) async fn next_payload(&mut self) -> Option<String> {
        loop {
            if let Some(payload) = self.waiting.pop_front() {
                return Some(payload);
            }
            let message = timeout_at(self.deadline, self.socket.next())
                .await
                .expect("an answer in time")?;
            match message.ok()? {
                Message::Text(text) => self.waiting.extend(payloads(&text)),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next message as text; heartbeats are answered and left out.
    pub(crate) async fn next_text(&mut self) -> Option<String> {
        loop {
            let payload = self.next_payload().await?;
            if !payload.starts_with("~h~") {
                return Some(payload);
            }
            if self.echoes {
                self.send_raw(frame(&payload)).await;
            }
        }
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        self.next_text()
            .await
            .map(|text| serde_json::from_str(&text).unwrap())
    }

    /// The next message of a name; others are left out.
    pub(crate) async fn next_of(&mut self, method: &str) -> Value {
        loop {
            let message = self.next().await.unwrap();
            if message["m"] == method {
                return message;
            }
        }
    }

    /// Everything up to and with a message of a name.
    pub(crate) async fn until(&mut self, method: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let message = self.next().await.unwrap();
            let last = message["m"] == method;
            seen.push(message);
            if last {
                return seen;
            }
        }
    }
}

/// The names of messages.
pub(crate) fn names(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["m"].as_str().unwrap())
        .collect()
}

/// Waits until something holds, for a bounded time.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
