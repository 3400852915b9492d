//! Writes W1 as fast as it is taken: its frames are encoded beforehand.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use tokio_tungstenite::tungstenite::{self, handshake::server::Request};
use tv_benches::{Workload, w1};

/// A close frame with code 1000.
const CLOSE: [u8; 4] = [0x88, 2, 0x03, 0xE8];

/// Serves connections one after the other until the input ends. The path says how many times W1 is
/// sent.
pub fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("its address").port());
    std::thread::spawn(move || {
        let frames = encode(&w1());
        for socket in listener.incoming() {
            // A reader that goes away is its own business.
            if let Err(error) = send(socket.expect("a connection"), &frames) {
                eprintln!("sending ended: {error}");
            }
        }
    });
    std::io::stdin()
        .read_to_end(&mut Vec::new())
        .expect("the end of the input");
}

/// Every message as an unmasked text frame.
fn encode(workload: &Workload) -> Vec<u8> {
    let mut out = Vec::new();
    for message in &workload.messages {
        out.push(0x81);
        match message.len() {
            length @ 0..126 => out.push(length as u8),
            length => {
                out.push(126);
                out.extend(
                    u16::try_from(length)
                        .expect("messages of W1 are short")
                        .to_be_bytes(),
                );
            }
        }
        out.extend(message.as_bytes());
    }
    out
}

fn send(socket: TcpStream, frames: &[u8]) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut passes = 0;
    #[allow(clippy::result_large_err)]
    let note = |request: &Request, response| {
        passes = request.uri().path()[1..]
            .parse()
            .expect("a number of passes");
        Ok(response)
    };
    let mut socket = tungstenite::accept_hdr(socket, note)
        .expect("a handshake")
        .into_inner();
    for _ in 0..passes {
        socket.write_all(frames)?;
    }
    socket.write_all(&CLOSE)?;
    // What readers say is of no interest; their end is.
    std::io::copy(&mut socket, &mut std::io::sink()).map(drop)
}
