//! `tv-protocol` alone: the bytes of a recorded file become messages. No socket, no runtime.
//!
//! `cargo run -p tv-examples --example read_recording < FILE`

use std::{
    error::Error,
    io::{BufRead, Write, stdin, stdout},
};

use tv_protocol::{
    frame::{Frame, FrameDecoder},
    message::ServerMessage,
};

fn main() -> Result<(), Box<dyn Error>> {
    run(stdin().lock(), &mut stdout())
}

pub(crate) fn run(mut input: impl BufRead, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut decoder = FrameDecoder::new();
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(decoder.end_of_message()?);
        }
        decoder.feed(bytes);
        let read = bytes.len();
        input.consume(read);
        while let Some(frame) = decoder.next_frame() {
            match frame {
                Ok(Frame::Heartbeat(number)) => writeln!(out, "heartbeat {number}")?,
                Ok(Frame::Json(payload)) => match ServerMessage::decode(payload).message {
                    ServerMessage::QuoteData(quote) => {
                        writeln!(out, "quote of {}", quote.data.name)?
                    }
                    other => writeln!(out, "{}", other.method())?,
                },
                Err(error) => writeln!(out, "fault: {error}")?,
            }
        }
    }
}
