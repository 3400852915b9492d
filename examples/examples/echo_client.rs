//! Echoes whatever a test server sends, in the way that the Autobahn test suite asks of clients.
//!
//! The server says how many cases it has; each is a connection of its own, on which every message
//! is sent back until the server is done; at the end it writes its report. `scripts/autobahn` and
//! `scripts/deflate-peers` start servers for it.
//!
//! `cargo run -p tv-examples --example echo_client -- ws://127.0.0.1:9001 NAME [compression]`
//!
//! With `compression` it offers permessage-deflate and compresses all that it sends.

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::collections::VecDeque;
use std::error::Error;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tv_transport::{
    CloseReason, Driver, Endpoint, Outgoing, Protocol, Status, TransportOptions, connect,
};

/// More than the largest message of any case, which has 16 MiB.
const LARGEST: usize = 32 << 20;

/// The longest that one case may take.
const CASE: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (server, name, compression) = match arguments.as_slice() {
        [server, name] => (server, name, false),
        [server, name, word] if word == "compression" => (server, name, true),
        _ => return Err("usage: echo_client SERVER NAME [compression]".into()),
    };
    let options = TransportOptions::default()
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .write_buffer_limit(LARGEST)
        .compression(compression);
    // What comes back is compressed, too, however small.
    let options = if compression {
        options.compress_sent(0)
    } else {
        options
    };

    let reported = converse(&format!("{server}/getCaseCount"), &options).await?;
    let cases: u32 = reported.text.ok_or("the server named no number")?.parse()?;
    for case in 1..=cases {
        let url = format!("{server}/runCase?case={case}&agent={name}");
        // What a case comes to is the server's to judge.
        let end = converse(&url, &options).await?.end;
        println!("case {case} of {cases}: {end}");
    }
    converse(&format!("{server}/updateReports?agent={name}"), &options).await?;
    Ok(())
}

/// What a connection came to.
struct Outcome {
    /// Its last text.
    text: Option<String>,
    end: CloseReason,
}

/// Echoes over one connection until the server ends it.
async fn converse(url: &str, options: &TransportOptions) -> Result<Outcome, Box<dyn Error>> {
    let socket = connect(&Endpoint::new(url)?, options).await?;
    // Held to the end: without a handle the driver would close the connection.
    let (_handle, commands) = mpsc::channel(1);
    let mut driver = Driver::new(Echo::default(), commands, options.clone());
    let end = tokio::time::timeout(CASE, driver.drive(socket, 1, |()| {})).await?;
    let text = driver.into_protocol().last;
    Ok(Outcome { text, end })
}

/// Sends back every message.
#[derive(Default)]
struct Echo {
    queued: VecDeque<Outgoing>,
    last: Option<String>,
}

impl Protocol for Echo {
    type Command = ();
    type Event = ();

    fn on_open(&mut self, _generation: u64, _now: Instant) {}

    fn handle_command(&mut self, _now: Instant, (): ()) {}

    fn handle_text(&mut self, _now: Instant, text: &str) {
        self.last = Some(text.to_owned());
        self.queued.push_back(Outgoing::Text(text.to_owned()));
    }

    fn handle_binary(&mut self, _now: Instant, data: &[u8]) {
        self.queued
            .push_back(Outgoing::Binary(data.to_vec().into()));
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {}

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.queued.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }

    fn status(&self) -> Status {
        Status::Ready
    }
}
