//! What was understood, as text that is the same for every reader in every language: a line for
//! each frame, keys sorted, numbers as the sixteen digits of their bits.

use std::fmt::Write;

use serde_json::{Value, json};
use tradingview::live::models::SocketMessage;
use tv_protocol::{
    frame::{Frame, split},
    message::{Decoder, ServerMessage},
};

pub fn ours(text: &str, decoder: &mut Decoder, out: &mut String) {
    for frame in split(text) {
        let value = match frame.expect("W1 is well formed") {
            Frame::Heartbeat(number) => json!(number),
            Frame::Json(payload) => {
                let received = decoder.decode(payload);
                let ServerMessage::QuoteData(quote) = &received.message else {
                    panic!("{received:?}")
                };
                let data = &quote.data;
                let values = serde_json::to_value(&data.values).expect("JSON");
                let update =
                    json!({ "n": data.name.to_text(), "s": data.status.as_str(), "v": values });
                json!({ "m": "qsd", "p": [quote.session, update] })
            }
        };
        line(&value, out);
    }
}

pub fn peer(text: &str, out: &mut String) {
    for packet in tradingview::utils::parse_packet(text) {
        let value = match packet {
            SocketMessage::Heartbeat(number) => json!(number),
            SocketMessage::SocketMessage(message) => {
                json!({ "m": message.m.as_str(), "p": message.p })
            }
            other => panic!("{other:?}"),
        };
        line(&value, out);
    }
}

fn line(value: &Value, out: &mut String) {
    write(value, out);
    out.push('\n');
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => write!(out, "{truth}").expect("text"),
        Value::Number(number) => {
            let bits = number.as_f64().expect("a double").to_bits();
            write!(out, "{bits:016x}").expect("text");
        }
        Value::String(text) => write!(out, "\"{text}\"").expect("text"),
        Value::Array(values) => {
            out.push('[');
            for value in values {
                write(value, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in fields {
                write!(out, "{name}:").expect("text");
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}
