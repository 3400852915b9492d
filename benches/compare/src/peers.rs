//! What others do with the same text.

use std::hint::black_box;

use tradingview::live::models::SocketMessage;
use tv_benches::Workload;
use tv_protocol::frame::{Frame, split};

use crate::{digest::Digest, ours::State};

pub fn tradingview_rs(workload: &Workload, _: &mut State) {
    for message in &workload.messages {
        black_box(tradingview::utils::parse_packet(black_box(message)));
    }
}

/// Our splitter, and the most common way of reading JSON in Rust.
pub fn serde_value(workload: &Workload, _: &mut State) {
    for message in &workload.messages {
        for frame in split(black_box(message)) {
            if let Ok(Frame::Json(payload)) = frame {
                let _ = black_box(serde_json::from_str::<serde_json::Value>(payload));
            }
        }
    }
}

/// Splits as `tradingview-rs` does, which cannot be asked to split only: walks over the characters
/// of each payload and adds up their UTF-16 units.
pub fn walk(workload: &Workload, _: &mut State) {
    for message in &workload.messages {
        for payload in walk_frames(black_box(message)) {
            black_box(payload);
        }
    }
}

pub fn walk_frames(message: &str) -> impl Iterator<Item = &str> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let (length, payload) = rest.strip_prefix("~m~")?.split_once("~m~")?;
        let length: usize = length.parse().ok()?;
        let mut units = 0;
        let end = payload.char_indices().find(|(_, char)| {
            let reached = units >= length;
            units += char.len_utf16();
            reached
        });
        let (payload, after) = payload.split_at(end.map_or(payload.len(), |(end, _)| end));
        rest = after;
        Some(payload)
    })
}

/// The least that anything can do with text.
pub fn copy(workload: &Workload, state: &mut State) {
    for message in &workload.messages {
        state.copy.clear();
        state.copy.extend_from_slice(black_box(message).as_bytes());
        black_box(&state.copy);
    }
}

pub fn digest_tradingview_rs(message: &str, digest: &mut Digest) {
    for packet in tradingview::utils::parse_packet(message) {
        match packet {
            SocketMessage::Heartbeat(number) => digest.heartbeat(number),
            SocketMessage::SocketMessage(message) => {
                let mut value = serde_json::json!({ "m": message.m.as_str(), "p": message.p });
                // It reads absent stamps as zero.
                if message.t != 0 {
                    value["t"] = message.t.into();
                }
                if message.t_ms != 0 {
                    value["t_ms"] = message.t_ms.into();
                }
                digest.value(&value);
            }
            other => panic!("{other:?}"),
        }
    }
}
