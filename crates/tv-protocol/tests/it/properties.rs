//! Properties that hold for any input.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value;
use tv_protocol::{
    frame::{Frame, FrameDecoder, FrameError, encode, encode_heartbeat, split},
    message::{ClientMessage, ServerMessage, client},
};

/// Text with everything that has ever confused a splitter: marks, heartbeats, all planes of
/// Unicode.
fn payload() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("~m~5~m~".to_owned()),
        Just("~h~1".to_owned()),
        Just("~m~".to_owned()),
        Just("삼성전자보통주".to_owned()),
        Just("e\u{301}".to_owned()),
        Just("😀👨‍👩‍👧".to_owned()),
        "[ -~]{0,12}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// What a decoder yields, owned.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Heartbeat(u64),
    Text(String),
    Fault(FrameError),
}

fn item(frame: Result<Frame<'_>, FrameError>) -> Item {
    match frame {
        Ok(Frame::Heartbeat(number)) => Item::Heartbeat(number),
        Ok(Frame::Json(text)) => Item::Text(text.to_owned()),
        Err(error) => Item::Fault(error),
    }
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Item> {
    let mut decoder = FrameDecoder::new();
    let mut items = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk);
        while let Some(frame) = decoder.next_frame() {
            items.push(item(frame));
        }
    }
    items.extend(decoder.end_of_message().err().map(Item::Fault));
    items
}

/// Payloads as they are sent: JSON with any text in it, heartbeats, and text that begins like
/// neither.
///
/// Text that goes on with a mark after complete JSON or a heartbeat is left out: it looks the same
/// as a frame with a wrong length.
fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        payload().prop_map(|text| serde_json::json!({ "m": text, "p": [text] }).to_string()),
        payload().prop_map(|text| serde_json::json!([text, 1]).to_string()),
        any::<u64>().prop_map(|number| format!("~h~{number}")),
        payload().prop_map(|text| format!("x{text}")),
        payload().prop_filter("may be two frames", |text| {
            !text.starts_with(['{', '[']) && !text.starts_with("~h~")
        }),
    ]
}

proptest! {
    #[test]
    fn any_texts_survive_framing(payloads in prop::collection::vec(message(), 0..8)) {
        let mut wire = String::new();
        for payload in &payloads {
            encode(payload, &mut wire);
        }
        let expected: Vec<_> =
            payloads.iter().map(|payload| item(Ok(Frame::from_payload(payload)))).collect();
        prop_assert_eq!(&split(&wire).map(item).collect::<Vec<_>>(), &expected);
        prop_assert_eq!(&decode([wire.as_bytes()]), &expected);
    }

    #[test]
    fn a_cut_at_every_byte_changes_nothing(payloads in prop::collection::vec(payload(), 1..4)) {
        let mut wire = String::new();
        for payload in &payloads {
            encode(payload, &mut wire);
        }
        let bytes = wire.as_bytes();
        let whole = decode([bytes]);
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            prop_assert_eq!(&decode([head, tail]), &whole, "cut at {}", cut);
        }
        prop_assert_eq!(decode(bytes.chunks(1)), whole);
    }

    #[test]
    fn any_bytes_decode_the_same_however_cut(
        bytes in prop::collection::vec(
            prop_oneof![
                Just(b"~m~".to_vec()), Just(b"~m~3~m~".to_vec()), Just(b"~m~12".to_vec()),
                prop::collection::vec(any::<u8>(), 0..6), Just("é😀".as_bytes().to_vec()),
            ], 0..10).prop_map(|pieces| pieces.concat()),
        size in 1_usize..9,
    ) {
        prop_assert_eq!(decode(bytes.chunks(size)), decode([bytes.as_slice()]));
    }

    #[test]
    fn any_text_is_split_without_loss(text in payload(), noise in payload()) {
        // Every byte belongs to a frame or to a fault.
        let mut wire = noise;
        encode(&text, &mut wire);
        let mut frames = split(&wire);
        let mut accounted = 0;
        while let Some(frame) = frames.next() {
            let before = accounted;
            match frame {
                Ok(_) => accounted = frames.offset(),
                Err(error) => {
                    prop_assert_eq!(error.offset, before as u64);
                    accounted += error.dropped;
                }
            }
            prop_assert!(accounted > before);
            prop_assert_eq!(accounted, frames.offset());
        }
        prop_assert_eq!(accounted, wire.len());
    }

    #[test]
    fn heartbeats_come_back(number in any::<u64>()) {
        let mut wire = String::new();
        encode_heartbeat(number, &mut wire);
        prop_assert_eq!(split(&wire).map(item).collect::<Vec<_>>(), [Item::Heartbeat(number)]);
    }

    #[test]
    fn any_text_decodes_to_some_message(text in any::<String>()) {
        let _ = ServerMessage::decode(&text);
        let _ = ClientMessage::decode(&text);
    }

    #[test]
    fn any_json_decodes_to_some_message(
        method in prop::sample::select(ServerMessage::METHODS),
        params in json(),
    ) {
        let text = format!(r#"{{"m":"{method}","p":{params}}}"#);
        let received = ServerMessage::decode(&text);
        prop_assert_eq!(received.message.method(), method);
    }

    #[test]
    fn commands_come_back(texts in prop::collection::vec(payload(), 7), count in any::<i64>()) {
        let text = |index: usize| texts[index].as_str().into();
        let messages: [ClientMessage<'_>; 3] = [
            client::CreateSeries {
                session: text(0), series: text(1), turnaround: text(2), symbol: text(3),
                resolution: text(4), range: client::Range::Count(count), timeframe: Some(text(5)),
            }.into(),
            client::QuoteAddSymbols { session: text(0), symbols: texts.iter().map(String::as_str).collect() }
                .into(),
            client::RequestMoreData { session: text(6), series: text(0), count }.into(),
        ];
        for message in messages {
            let json = message.to_json();
            prop_assert!(json.is_ascii());
            prop_assert_eq!(&ClientMessage::decode(&json), &message);
            let raw = message.to_raw_json();
            prop_assert_eq!(&ClientMessage::decode(&raw), &message);
        }
    }
}

/// Replaces the leaf at a place of a message's parameters, counted in the order of the text.
fn replace_leaf(value: &mut Value, place: &mut usize, new: &Value) {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| replace_leaf(item, place, new)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| replace_leaf(field, place, new)),
        leaf => {
            if *place == 0 {
                *leaf = new.clone();
            }
            *place = place.wrapping_sub(1);
        }
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(fields) => fields.values().map(leaves).sum(),
        _ => 1,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Messages of every method in both directions, with some of their values changed: what is
    /// understood of one, is understood again when it was written.
    #[test]
    fn every_message_comes_back(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), json()), 0..4),
    ) {
        let fixtures = FIXTURES.get_or_init(crate::fixtures::texts);
        let (is_server, text) = which.get(fixtures);
        let mut message: Value = serde_json::from_str(text).unwrap();
        for (place, new) in &edits {
            // A greeting has no parameters.
            let target = if message["p"].is_array() { &mut message["p"] } else { &mut message };
            let count = leaves(target);
            if count > 0 {
                replace_leaf(target, &mut place.index(count), &serde_json::from_str(new).unwrap());
            }
        }
        let text = message.to_string();
        if *is_server {
            let first = ServerMessage::decode(&text);
            let written = first.to_json();
            let second = ServerMessage::decode(&written);
            // As text, since NaN does not equal itself.
            prop_assert_eq!(format!("{second:?}"), format!("{first:?}"));
            let malformed = matches!(first.message, ServerMessage::Malformed(_));
            prop_assert!(!edits.is_empty() || !malformed);
        } else {
            let first = ClientMessage::decode(&text);
            let malformed = matches!(first, ClientMessage::Malformed(_));
            for written in [first.to_json(), first.to_raw_json()] {
                let second = ClientMessage::decode(&written);
                prop_assert!(malformed || second == first, "{first:?} became {second:?}");
            }
            prop_assert!(!edits.is_empty() || !malformed);
        }
    }
}

/// Every message that the documentation shows, and whether the server sends it.
static FIXTURES: OnceLock<Vec<(bool, String)>> = OnceLock::new();

/// Any JSON, as text.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        payload().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(
            r#"{"sds_1":{"s":[{"i":0,"v":[1.0,2,3,4,5]}],"ns":{"d":"","indexes":"nochange"}}}"#
                .to_owned()
        ),
        Just(r#"{"n":"A:B","s":"ok","v":{"lp":1.5,"x":[1]}}"#.to_owned()),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(inner, 0..4).prop_map(|items| {
                let fields: Vec<_> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| format!("\"k{index}\":{item}"))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}
