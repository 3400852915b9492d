//! The smallest WebSocket client: enough to hear what a simulator says to whom.

use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::program::{LONG, Simulator};

/// A connection that was upgraded.
pub(crate) struct Socket {
    stream: TcpStream,
    heard: VecDeque<Value>,
}

impl Socket {
    /// Connects with a path and query.
    pub(crate) fn open(sim: &Simulator, target: &str) -> Self {
        let rest = sim.url.split("//").nth(1).unwrap();
        let mut stream = TcpStream::connect(rest.split('/').next().unwrap()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{head:?}");
        Self {
            stream,
            heard: VecDeque::new(),
        }
    }

    /// Connects, and reads the greeting.
    pub(crate) fn greeted(sim: &Simulator) -> (Self, Value) {
        let mut socket = Self::open(sim, "/socket.io/websocket");
        let hello = socket.next().unwrap();
        (socket, hello)
    }

    /// Sends a command.
    pub(crate) fn say(&mut self, method: &str, params: Value) {
        let body = json!({ "m": method, "p": params }).to_string();
        let text = format!("~m~{}~m~{body}", body.len());
        // A final frame of text, masked with zeros, so that it is as it was.
        let mut frame = vec![0x81];
        match u16::try_from(text.len()).unwrap() {
            length @ 0..=125 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).unwrap();
    }

    /// The next message that is not a heartbeat; `None` once the server has ended the connection.
    pub(crate) fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return Some(message);
            }
            let mut start = [0; 2];
            if self.stream.read_exact(&mut start).is_err() || start[0] != 0x81 {
                return None;
            }
            let length = match start[1] {
                126 => u64::from(u16::from_be_bytes(self.bytes())),
                127 => u64::from_be_bytes(self.bytes()),
                short => u64::from(short),
            };
            let mut text = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            // No payload of these tests holds a mark.
            let payloads = text.split("~m~").skip(2).step_by(2);
            let messages = payloads.filter(|payload| !payload.starts_with("~h~"));
            self.heard
                .extend(messages.map(|payload| serde_json::from_str(payload).unwrap()));
        }
    }

    /// Reads until a message of a kind has come.
    pub(crate) fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().unwrap_or_else(|| panic!("no {kind} came"));
            if message["m"] == kind {
                return message;
            }
        }
    }

    /// Opens a chart with a series, and reads until it is there or refused; tells the last message.
    pub(crate) fn chart(&mut self, chart: &str, symbol: &str, resolution: &str) -> Value {
        self.say("chart_create_session", json!([chart, ""]));
        self.say("resolve_symbol", json!([chart, "y", symbol]));
        let series = json!([chart, "s", "s1", "y", resolution, 10, ""]);
        self.say("create_series", series);
        loop {
            let message = self.next().unwrap();
            let kind = message["m"].as_str().unwrap();
            if ["series_completed", "series_error", "critical_error"].contains(&kind) {
                return message;
            }
        }
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }
}
