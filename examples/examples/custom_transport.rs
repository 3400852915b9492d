//! A transport of your own: `tv-protocol` alone, over a stream of bytes that is cut anywhere.
//!
//! The "network" is a list of bytes in memory, and the server's side of the talk is fixed.
//! Everything that a real transport needs is here: a decoder that puts frames together, the
//! connection machine that greets, authenticates and answers heartbeats, and the loop between them.
//!
//! `cargo run -p tv-examples --example custom_transport`

#![expect(
    clippy::print_stdout,
    reason = "an example shows what it does by printing"
)]

use std::{collections::VecDeque, error::Error, time::Instant};

use tv_protocol::{
    config::ProtocolConfig,
    connection::{Connection, Event},
    frame::{Frame, FrameDecoder, encode, encode_heartbeat},
    message::{ServerMessage, client, server::QuoteUpdate},
    quote::{Quote, QuoteField},
    secret::AuthToken,
};

/// What the server says, one payload each.
const SERVER: [&str; 5] = [
    r#"{"session_id":"0.1.1_example-charts-free-1","release":"release_1","protocol":"json"}"#,
    r#"{"m":"qsd","p":["qs_example",{"n":"KRX:005930","s":"ok","v":{"local_description":"삼성전자","lp":71000}}]}"#,
    "~h~1",
    r#"{"m":"qsd","p":["qs_example",{"n":"KRX:005930","s":"ok","v":{"lp":71100,"ch":100}}]}"#,
    r#"{"m":"qsd","p":["qs_example",{"n":"KRX:NOPE","s":"error","errmsg":"no_such_symbol","v":{}}]}"#,
];

/// Stands for a socket, a pipe or a serial line: bytes come in pieces that know nothing of frames.
struct Wire {
    incoming: VecDeque<Vec<u8>>,
}

impl Wire {
    fn new() -> Self {
        let mut text = String::new();
        for payload in SERVER {
            encode(payload, &mut text);
        }
        // Seven bytes at a time: inside headers, inside Korean characters.
        Self {
            incoming: text.as_bytes().chunks(7).map(<[u8]>::to_vec).collect(),
        }
    }

    fn read(&mut self) -> Option<Vec<u8>> {
        self.incoming.pop_front()
    }

    fn write(text: &str) {
        println!("sent      {text}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut wire = Wire::new();
    let mut decoder = FrameDecoder::new();
    let mut connection = Connection::new(ProtocolConfig::default());

    let mut state = Quote::default();

    // Commands wait in the connection until the server has greeted and the token is sent.
    connection.handle_open(Instant::now());
    let session = "qs_example";
    connection.send(client::QuoteCreateSession {
        session: session.into(),
    })?;
    let symbols = ["KRX:005930", "KRX:NOPE"].into_iter().collect();
    connection.send(client::QuoteAddSymbols {
        session: session.into(),
        symbols,
    })?;

    while let Some(bytes) = wire.read() {
        decoder.feed(&bytes);
        while let Some(frame) = decoder.next_frame() {
            // The machine takes whole messages, each one or more frames.
            let mut text = String::new();
            match frame {
                Ok(Frame::Heartbeat(number)) => encode_heartbeat(number, &mut text),
                Ok(Frame::Json(payload)) => encode(payload, &mut text),
                Err(error) => {
                    println!("fault     {error}");
                    continue;
                }
            }
            connection.handle_text(Instant::now(), &text);
            turn(&mut connection, &mut state)?;
        }
    }
    decoder.end_of_message()?;
    println!("counters  {:?}", connection.counters());
    Ok(())
}

/// One turn of the drive loop, as the documentation of `tv_protocol::connection` gives it.
fn turn(connection: &mut Connection, state: &mut Quote) -> Result<(), Box<dyn Error>> {
    loop {
        while let Some(text) = connection.poll_transmit() {
            Wire::write(&text);
        }
        while let Some(received) = connection.poll_message() {
            show(&received.message, state);
        }
        match connection.poll_event() {
            Some(Event::NeedToken) => {
                connection.provide_token(Instant::now(), &AuthToken::anonymous());
            }
            Some(Event::Lost(error)) => return Err(error.into()),
            Some(event) => println!("event     {event:?}"),
            None => return Ok(()),
        }
    }
}

fn show(message: &ServerMessage<'_>, state: &mut Quote) {
    match message {
        ServerMessage::Hello(hello) => {
            println!(
                "greeting  from {}",
                hello.pool().unwrap_or("an unnamed server")
            );
        }
        ServerMessage::QuoteData(quote) => {
            let QuoteUpdate {
                name,
                error,
                values,
                ..
            } = &quote.data;
            if let Some(reason) = error {
                println!("refused   {name}: {reason}");
                return;
            }
            // Updates are partial: only what changed is sent.
            state.merge(values.iter());
            let about = state.text(&QuoteField::LocalDescription).unwrap_or("?");
            let last = state.last().unwrap_or(f64::NAN);
            println!(
                "quote     {name}: {about} at {last}, {} fields known",
                state.len()
            );
        }
        other => println!("message   {other:?}"),
    }
}
