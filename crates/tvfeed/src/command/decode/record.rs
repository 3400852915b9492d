//! An entry as one JSON object.

use std::io::{self, Write};

use protocol::message::{Received, ServerMessage};
use serde::Serialize;

use super::entry::{Direction, Entry, Place};

/// Where an entry stands, and then what it is.
#[derive(Serialize)]
struct Record<T> {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    content: T,
}

/// A message: who has sent it, if that is known, and then its fields.
#[derive(Serialize)]
struct Directed<T> {
    direction: Option<Direction>,
    #[serde(flatten)]
    message: T,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Plain<'a> {
    Heartbeat { number: u64 },
    Fault { error: &'a str },
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Hidden {
    Unknown { hidden: &'static str },
    Malformed { error: &'static str },
}

/// What stands in place of a text that may hold a token.
pub(super) const HIDDEN: &str = "not shown, because it may hold a token";

/// Writes an entry and a line feed.
pub(super) fn write_record(place: Place, entry: &Entry<'_>, out: &mut dyn Write) -> io::Result<()> {
    match entry {
        Entry::Heartbeat(number) => write(place, Plain::Heartbeat { number: *number }, out),
        Entry::Fault(error) => write(place, Plain::Fault { error }, out),
        Entry::Received(message) => {
            directed::<&Received<'_>>(place, Some(Direction::Recv), message, out)
        }
        Entry::Sent(message) => {
            let direction = Some(Direction::Send);
            directed(place, direction, message.as_ref(), out)
        }
        Entry::Undirected(message) => directed::<&ServerMessage<'_>>(place, None, message, out),
        Entry::Hidden { unknown, direction } => {
            let message = if *unknown {
                Hidden::Unknown { hidden: HIDDEN }
            } else {
                Hidden::Malformed { error: HIDDEN }
            };
            directed(place, *direction, message, out)
        }
    }
}

fn directed<T: Serialize>(
    place: Place,
    direction: Option<Direction>,
    message: T,
    out: &mut dyn Write,
) -> io::Result<()> {
    write(place, Directed { direction, message }, out)
}

fn write(place: Place, content: impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Record { place, content })?;
    out.write_all(b"\n")
}
