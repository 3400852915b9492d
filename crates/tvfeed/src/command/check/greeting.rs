//! The server's greeting as it comes, without a client: the upgrade, and the first text.

use std::{collections::VecDeque, time::Instant};

use protocol::frame::{Frame, split};
use serde_json::Value;
use transport::{
    CloseReason, DialError, Driver, Endpoint, Outgoing, Protocol, Status, TransportOptions, connect,
};

use super::report::Seen;
use crate::exit::{Failure, chain};

/// The keys of a greeting, and whether each is a number, a text or something else.
const KEYS: [(&str, Kind); 9] = [
    ("session_id", Kind::Text),
    ("timestamp", Kind::Number),
    ("timestampMs", Kind::Number),
    ("release", Kind::Text),
    ("studies_metadata_hash", Kind::Text),
    ("auth_scheme_vsn", Kind::Number),
    ("protocol", Kind::Text),
    ("via", Kind::Text),
    ("javastudies", Kind::Other),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Other,
}

/// Opens a WebSocket and waits for the greeting. Nothing is sent.
pub(super) async fn greet(url: &str, options: TransportOptions) -> Result<((), Seen), Failure> {
    let endpoint = Endpoint::new(url).map_err(|error| Failure::Usage(chain(&error)))?;
    let start = Instant::now();
    let socket = connect(&endpoint, &options)
        .await
        .map_err(|error| failed(&error))?;
    let opened = start.elapsed();
    let (_commands, receiver) = tokio::sync::mpsc::channel::<()>(1);
    let mut first = None;
    let mut driver = Driver::new(Listener::default(), receiver, options);
    let reason = driver
        .drive(socket, 1, |text| first = first.take().or(Some(text)))
        .await;
    let Some(text) = first else {
        return Err(Failure::Network(format!(
            "the server closed without a greeting: {reason}"
        )));
    };
    let words = format!("upgrade after {} ms", opened.as_millis());
    let hello = split(&text).find_map(|frame| match frame {
        Ok(Frame::Json(payload)) => serde_json::from_str::<Value>(payload).ok(),
        _ => None,
    });
    Ok((
        (),
        Seen {
            words,
            differences: differences(hello.as_ref()),
        },
    ))
}

fn failed(error: &DialError) -> Failure {
    let text = chain(error);
    match error {
        DialError::Refused { .. } => Failure::Refused(text),
        _ => Failure::Network(text),
    }
}

/// How a greeting differs from what is known.
fn differences(hello: Option<&Value>) -> Vec<String> {
    let Some(fields) = hello.and_then(Value::as_object) else {
        return vec!["the first message: is not a greeting".to_owned()];
    };
    let mut found = Vec::new();
    for key in fields.keys() {
        if KEYS.iter().all(|(known, _)| known != key) {
            found.push(format!("{key}: is not a known key"));
        }
    }
    for (key, kind) in KEYS {
        match (fields.get(key), kind) {
            (None, _) => found.push(format!("{key}: is missing")),
            (Some(value), Kind::Text) if !value.is_string() => {
                found.push(format!("{key}: is of another kind"));
            }
            (Some(value), Kind::Number) if !value.is_number() => {
                found.push(format!("{key}: is of another kind"));
            }
            _ => {}
        }
    }
    found
}

/// Takes the first text and ends.
#[derive(Debug, Default)]
struct Listener {
    texts: VecDeque<String>,
    is_done: bool,
}

impl Protocol for Listener {
    type Command = ();
    type Event = String;

    fn on_open(&mut self, _generation: u64, _now: Instant) {}

    fn handle_command(&mut self, _now: Instant, _command: ()) {}

    fn handle_text(&mut self, _now: Instant, text: &str) {
        self.texts.push_back(text.to_owned());
        self.is_done = true;
    }

    fn handle_binary(&mut self, _now: Instant, _data: &[u8]) {}

    fn handle_timeout(&mut self, _now: Instant) {}

    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {}

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<String> {
        self.texts.pop_front()
    }

    fn status(&self) -> Status {
        match self.is_done {
            true => Status::Finished,
            false => Status::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_greeting_is_compared_by_key_and_kind() {
        let mut hello = json!({"session_id": "x", "timestamp": 1, "timestampMs": 1, "release": "r",
            "studies_metadata_hash": "h", "auth_scheme_vsn": 2, "protocol": "json", "via": "v",
            "javastudies": ["a"]});
        assert_eq!(differences(Some(&hello)), Vec::<String>::new());
        hello["moon"] = json!(1);
        hello["via"] = json!(5);
        hello["timestamp"] = json!("1");
        hello.as_object_mut().unwrap().remove("release");
        let expected = [
            "moon: is not a known key",
            "timestamp: is of another kind",
            "release: is missing",
            "via: is of another kind",
        ];
        assert_eq!(differences(Some(&hello)), expected);
        for hello in [None, Some(json!([]))] {
            assert_eq!(differences(hello.as_ref()).len(), 1);
        }
    }
}
