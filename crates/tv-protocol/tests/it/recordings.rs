//! Every frame of the recorded traffic: decoded to its type, and encoded again to equal JSON.
//!
//! The recordings are not part of this repository. `TV_FRAMES_DIR` says where they are; run these
//! tests with `--include-ignored`.

use std::{env, fs, path::PathBuf};

use serde_json::Value;
use tv_protocol::{
    frame::{Frame, split},
    message::{ClientMessage, Received, ServerMessage},
};

fn recordings() -> Vec<(String, String)> {
    let folder = env::var_os("TV_FRAMES_DIR").expect("TV_FRAMES_DIR names a folder of recordings");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("TV_FRAMES_DIR is a folder")
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    // Other files are indexes and single documents.
    files.retain(|file| {
        let extension = file.extension().unwrap_or_default();
        extension == "txt" || extension == "jsonl"
    });
    let read = |file: &PathBuf| {
        (
            file.file_name().unwrap().to_string_lossy().into_owned(),
            fs::read_to_string(file).unwrap(),
        )
    };
    files.iter().map(read).collect()
}

/// Hands every payload to `check`, with a name for messages of failures. Returns how many there
/// were.
pub(crate) fn each_payload(mut check: impl FnMut(&str, &str)) -> usize {
    let mut count = 0;
    for (name, text) in recordings() {
        for (line, content) in text.lines().enumerate() {
            let place = format!("{name}:{}", line + 1);
            if content.starts_with("~m~") {
                for frame in split(content) {
                    match frame.unwrap_or_else(|error| panic!("{place}: {error}")) {
                        Frame::Heartbeat(_) => {}
                        Frame::Json(payload) => check(&place, payload),
                    }
                    count += 1;
                }
            } else if !content.is_empty() {
                check(&place, &without_marks(content));
                count += 1;
            }
        }
    }
    count
}

/// Takes out the marks `{"trimmed":n},` that stand for rows which were cut from a recording.
fn without_marks(payload: &str) -> String {
    let mut parts = payload.split(r#"{"trimmed":"#);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once("},").expect("a mark between rows");
        whole.push_str(rest);
    }
    whole
}

fn is_command(payload: &str) -> bool {
    let value: Value = serde_json::from_str(payload).unwrap();
    value["m"]
        .as_str()
        .is_some_and(|method| ClientMessage::METHODS.contains(&method))
}

/// JSON equality where numbers are equal if their values are: `1` is `1.0`.
pub(crate) fn assert_same(one: &Value, other: &Value, place: &str) {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            assert_eq!(one.as_f64(), other.as_f64(), "{place}");
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{place}");
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                assert_same(one, other, &format!("{place}[{index}]"));
            }
        }
        (Value::Object(one), Value::Object(other)) => {
            let keys = |object: &serde_json::Map<String, Value>| {
                let mut keys: Vec<_> = object.keys().cloned().collect();
                keys.sort();
                keys
            };
            assert_eq!(keys(one), keys(other), "{place}");
            for (key, one) in one {
                assert_same(one, &other[key], &format!("{place}.{key}"));
            }
        }
        _ => assert_eq!(one, other, "{place}"),
    }
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn every_recorded_frame_comes_back_equal() {
    let frames = each_payload(|place, payload| {
        let again = if is_command(payload) {
            let message = ClientMessage::decode(payload);
            assert!(
                !matches!(
                    message,
                    ClientMessage::Unknown(_) | ClientMessage::Malformed(_)
                ),
                "{place}: {message:?}"
            );
            message.to_json()
        } else {
            let received = ServerMessage::decode(payload);
            if let ServerMessage::Unknown(_) | ServerMessage::Malformed(_) = received.message {
                panic!("{place}: {received:?}");
            }
            received.to_json()
        };
        let before = serde_json::from_str(payload).unwrap();
        let after = serde_json::from_str(&again).unwrap();
        assert_same(&before, &after, place);
    });
    assert!(frames >= 300, "only {frames} frames");
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn no_field_of_a_recorded_frame_is_left_untyped() {
    let frames = each_payload(|place, payload| {
        if is_command(payload) {
            return;
        }
        let Received { message, .. } = ServerMessage::decode(payload);
        match message {
            ServerMessage::Hello(hello) => assert!(hello.other.is_empty(), "{place}"),
            ServerMessage::SymbolResolved(resolved) => {
                assert!(
                    resolved.info.other.is_empty(),
                    "{place}: {:?}",
                    resolved.info.other
                );
                let source = resolved.info.source.unwrap_or_default();
                assert!(source.other.is_empty(), "{place}");
                let subsessions = resolved.info.subsessions.unwrap_or_default();
                assert!(
                    subsessions.iter().all(|session| session.other.is_empty()),
                    "{place}"
                );
            }
            ServerMessage::SeriesCompleted(completed) => {
                assert!(
                    completed
                        .details
                        .is_none_or(|details| details.other.is_empty()),
                    "{place}"
                );
            }
            ServerMessage::TimescaleUpdate(update) => {
                let timescale = update.timescale.expect("recorded ones have it");
                assert!(timescale.other.is_empty(), "{place}");
                assert!(
                    update.objects.iter().all(|object| object.other.is_empty()),
                    "{place}"
                );
            }
            ServerMessage::DataUpdate(update) => {
                assert!(
                    update.objects.iter().all(|object| object.other.is_empty()),
                    "{place}"
                );
            }
            _ => {}
        }
    });
    assert!(frames >= 300, "only {frames} frames");
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn no_recorded_frame_shows_a_token() {
    let mut tokens = 0;
    each_payload(|place, payload| {
        if payload.contains("set_auth_token") {
            tokens += 1;
            let message = ClientMessage::decode(payload);
            let shown = format!("{message:?} {}", serde_json::to_string(&message).unwrap());
            assert!(!shown.contains("xxxx"), "{place}: {shown}");
        }
    });
    assert!(tokens > 0, "no token was recorded");
}
