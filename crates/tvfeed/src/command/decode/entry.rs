//! What stands in a line: frames or a bare message, of either direction, and what is wrong with it.
//!
//! Pure: text in, entries out.

use std::{borrow::Cow, str};

use protocol::{
    frame::{Frame, FrameError, split},
    message::{ClientMessage, Received, ServerMessage},
};
use serde::{Serialize, de::IgnoredAny};

use crate::{args::DirectionArg, exit::Failure};

/// Where an entry begins: the line, counted from 1, and the byte within it, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) offset: u64,
}

/// What was found at a place.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    /// A heartbeat, which both sides send.
    Heartbeat(u64),
    /// A message of the server.
    Received(Box<Received<'a>>),
    /// A message of the client.
    Sent(Box<ClientMessage<'a>>),
    /// A message that is unknown or malformed, and whose sender the method does not show.
    Undirected(Box<ServerMessage<'a>>),
    /// A message that cannot be decoded and may hold a token, so that neither its text nor a
    /// decoder's words about it are shown.
    Hidden {
        /// Whether the method is one that this direction does not have; else the message is
        /// malformed.
        unknown: bool,
        /// Whose it is, if that is known.
        direction: Option<Direction>,
    },
    /// Bytes that are not a frame.
    Fault(String),
}

impl Entry<'_> {
    /// Whether it is a heartbeat, or a message of a known method and shape.
    pub(super) fn is_read(&self) -> bool {
        let is_known = |message: &ServerMessage<'_>| {
            let is_odd = matches!(
                message,
                ServerMessage::Unknown(_) | ServerMessage::Malformed(_)
            );
            !is_odd
        };
        match self {
            Self::Heartbeat(_) => true,
            Self::Received(received) => is_known(&received.message),
            Self::Sent(message) => !matches!(
                **message,
                ClientMessage::Unknown(_) | ClientMessage::Malformed(_)
            ),
            Self::Undirected(message) => is_known(message),
            Self::Hidden { .. } | Self::Fault(_) => false,
        }
    }
}

/// Who has sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    /// The server: it was received.
    Recv,
    /// The client: it was sent.
    Send,
}

/// What the name of the only command with a token in it has in common with what may be left of it
/// in a damaged recording.
const TOKEN_MARK: &str = "auth_token";

/// What a frame begins with.
const MARK: &[u8] = b"~m~";

/// Some editors put it at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a line and hands over each entry in it, in order.
pub(super) fn read_line(
    line: &[u8],
    number: u64,
    direction: DirectionArg,
    each: &mut dyn FnMut(Place, Entry<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let at = |offset: usize| Place {
        line: number,
        offset: offset as u64,
    };
    let mut start = 0;
    if number == 1 && line.starts_with(BYTE_ORDER_MARK) {
        start = BYTE_ORDER_MARK.len();
    }
    let rest = line.get(start..).unwrap_or_default();
    let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
    let text = match str::from_utf8(rest) {
        Ok(text) => text,
        Err(_) if rest.trim_ascii_start().starts_with(MARK) => {
            return read_damaged(rest, start, number, direction, each);
        }
        Err(error) => {
            return each(at(start + error.valid_up_to()), not_text());
        }
    };
    let trimmed = text.trim_start();
    let start = start + (text.len() - trimmed.len());
    if trimmed.is_empty() {
        return Ok(());
    }
    if is_bare(trimmed) {
        return each(at(start), decode(trimmed.trim_end(), direction));
    }
    if let Frame::Heartbeat(number) = Frame::from_payload(trimmed.trim_end()) {
        return each(at(start), Entry::Heartbeat(number));
    }
    let secret = trimmed.contains(TOKEN_MARK);
    read_frames(trimmed, start, secret, number, direction, each)
}

/// Reads the frames of a line that is not text everywhere. A frame with such a place in it is lost;
/// those before and behind it are not.
fn read_damaged(
    line: &[u8],
    start: usize,
    number: u64,
    direction: DirectionArg,
    each: &mut dyn FnMut(Place, Entry<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mark = TOKEN_MARK.as_bytes();
    let secret = line.windows(mark.len()).any(|window| window == mark);
    let mut start = start;
    for chunk in line.utf8_chunks() {
        let text = chunk.valid();
        let trimmed = text.trim_start();
        let offset = start + (text.len() - trimmed.len());
        read_frames(trimmed, offset, secret, number, direction, each)?;
        start += text.len();
        if !chunk.invalid().is_empty() {
            let place = Place {
                line: number,
                offset: start as u64,
            };
            each(place, not_text())?;
        }
        start += chunk.invalid().len();
    }
    Ok(())
}

fn not_text() -> Entry<'static> {
    Entry::Fault("the line is not valid UTF-8".to_owned())
}

/// Reads a row of frames that begins at byte `start` of its line. If the line holds a `secret`,
/// faults do not show what was found.
fn read_frames(
    text: &str,
    start: usize,
    secret: bool,
    number: u64,
    direction: DirectionArg,
    each: &mut dyn FnMut(Place, Entry<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let at = |offset: usize| Place {
        line: number,
        offset: offset as u64,
    };
    let mut frames = split(text);
    loop {
        let offset = start + frames.offset();
        match frames.next() {
            Some(Ok(Frame::Heartbeat(number))) => each(at(offset), Entry::Heartbeat(number))?,
            Some(Ok(Frame::Json(payload))) => each(at(offset), decode(payload, direction))?,
            Some(Err(error)) => {
                let place = at(start + usize::try_from(error.offset).unwrap_or_default());
                each(place, Entry::Fault(words(&error, secret)))?;
            }
            None => return Ok(()),
        }
    }
}

/// Whether a line is a message without a frame. What is neither that nor begins with a frame is
/// read as frames: if one follows later in the line, it is found.
fn is_bare(text: &str) -> bool {
    text.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A framing fault in words; without the text that was found, if that may be part of a token.
fn words(error: &FrameError, secret: bool) -> String {
    if secret {
        format!("{} ({} bytes skipped)", error.fault, error.dropped)
    } else {
        error.to_string()
    }
}

fn decode(payload: &str, direction: DirectionArg) -> Entry<'_> {
    let direction = match direction {
        DirectionArg::Recv => Some(Direction::Recv),
        DirectionArg::Send => Some(Direction::Send),
        DirectionArg::Auto => match ServerMessage::decode(payload) {
            Received {
                message: message @ (ServerMessage::Unknown(_) | ServerMessage::Malformed(_)),
                ..
            } => match method_direction(message.method()) {
                Some(direction) => Some(direction),
                None => return veil(payload, None, Entry::Undirected(Box::new(message))),
            },
            received => return Entry::Received(Box::new(received)),
        },
    };
    let entry = match direction {
        Some(Direction::Send) => Entry::Sent(Box::new(ClientMessage::decode(payload))),
        _ => Entry::Received(Box::new(ServerMessage::decode(payload))),
    };
    veil(payload, direction, entry)
}

/// Whose method it is; no method belongs to both sides.
fn method_direction(method: &str) -> Option<Direction> {
    if ClientMessage::METHODS.contains(&method) {
        Some(Direction::Send)
    } else if ServerMessage::METHODS.contains(&method) {
        Some(Direction::Recv)
    } else {
        None
    }
}

/// Hides what could not be decoded and may hold a token.
fn veil<'a>(payload: &str, direction: Option<Direction>, entry: Entry<'a>) -> Entry<'a> {
    let (method, unknown) = match &entry {
        Entry::Sent(message) => match message.as_ref() {
            ClientMessage::Unknown(_) => (message.method(), true),
            ClientMessage::Malformed(_) => (message.method(), false),
            _ => return entry,
        },
        Entry::Received(received) => match received.message {
            ServerMessage::Unknown(_) => (received.message.method(), true),
            ServerMessage::Malformed(_) => (received.message.method(), false),
            _ => return entry,
        },
        Entry::Undirected(message) => (
            message.method(),
            matches!(message.as_ref(), ServerMessage::Unknown(_)),
        ),
        _ => return entry,
    };
    if method.contains(TOKEN_MARK) || plain(payload).contains(TOKEN_MARK) {
        Entry::Hidden { unknown, direction }
    } else {
        entry
    }
}

/// The text with escapes of ASCII characters resolved, behind which the mark could hide.
fn plain(payload: &str) -> Cow<'_, str> {
    const ESCAPE: &str = "\\u00";
    if !payload.contains(ESCAPE) {
        return Cow::Borrowed(payload);
    }
    let mut parts = payload.split(ESCAPE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.extend(byte.map(char::from));
        out.push_str(byte.and_then(|_| part.get(2..)).unwrap_or(part));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
