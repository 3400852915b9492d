//! What others do with the same text.

use std::hint::black_box;

use tradingview::live::models::SocketMessage;
use tv_benches::Workload;
use tv_protocol::{
    frame::{Frame, split},
    message::Decoder,
};

use crate::digest::Digest;

pub fn tradingview_rs(workload: &Workload, _: &mut Decoder) {
    for message in &workload.messages {
        black_box(tradingview::utils::parse_packet(black_box(message)));
    }
}

/// Our splitter, and the most common way of reading JSON in Rust.
pub fn serde_value(workload: &Workload, _: &mut Decoder) {
    for message in &workload.messages {
        for frame in split(black_box(message)) {
            if let Ok(Frame::Json(payload)) = frame {
                let _ = black_box(serde_json::from_str::<serde_json::Value>(payload));
            }
        }
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
