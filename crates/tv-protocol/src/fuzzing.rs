//! Entry points of the fuzz targets. Tests call them with the corpus as well. Not part of the
//! interface.

use crate::{
    frame::{Frame, FrameDecoder, split},
    message::{ClientMessage, Decoder, Received, ServerMessage, UnknownFields},
    payload::{Limits, decompress, report_of},
    record::same_json,
    study::{
        graphics::{GraphicsCommands, Scene},
        report::StrategyReport,
    },
};

/// Splits any text, and checks that every byte is accounted for and that frames come back.
///
/// # Panics
///
/// If the splitter is wrong.
pub fn split_frames(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut frames = split(text);
    let mut generally = split(text);
    let mut end = 0;
    let mut payloads = Vec::new();
    while let Some(frame) = frames.next() {
        assert_eq!(
            generally.next_of_any().as_ref(),
            Some(&frame),
            "heartbeats are read quickly as they are generally"
        );
        match frame {
            Ok(frame) => payloads.push(frame),
            Err(error) => {
                assert_eq!(
                    error.offset, end as u64,
                    "a fault begins where the last item ended"
                );
                assert_eq!(
                    end + error.dropped,
                    frames.offset(),
                    "a fault ends where it says"
                );
            }
        }
        assert!(frames.offset() > end, "every step goes on");
        end = frames.offset();
    }
    assert_eq!(end, text.len(), "every byte belongs to a frame or a fault");

    let mut again = String::new();
    for frame in &payloads {
        match frame {
            Frame::Heartbeat(number) => crate::frame::encode_heartbeat(*number, &mut again),
            Frame::Json(payload) => crate::frame::encode(payload, &mut again),
        }
    }
    assert!(
        split(&again).eq(payloads.into_iter().map(Ok)),
        "frames come back"
    );
}

/// Reads bytes whole and in pieces of a size that the first byte chooses; both must yield the same.
///
/// # Panics
///
/// If they do not.
pub fn cut_frames(data: &[u8]) {
    let Some((&size, bytes)) = data.split_first() else {
        return;
    };
    let whole = read_stream(std::iter::once(bytes));
    let pieces = read_stream(bytes.chunks(usize::from(size % 16) + 1));
    assert_eq!(whole, pieces, "however the bytes are cut");
}

fn read_stream<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut decoder = FrameDecoder::with_limit(4096);
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk);
        while let Some(frame) = decoder.next_frame() {
            out.push(format!("{frame:?}"));
        }
    }
    out.push(format!("{:?}", decoder.end_of_message()));
    out
}

/// Decodes any text as a message of either direction; what was understood must come back.
///
/// # Panics
///
/// If it does not.
pub fn decode_message(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let received = ServerMessage::decode(text);
    let again = received.to_json();
    let twice = ServerMessage::decode(&again).to_json();
    if has_unreadable_part(&received.message) {
        // It is kept as JSON, where a key that comes twice is written once: it may be readable now.
        let thrice = ServerMessage::decode(&twice).to_json();
        assert_eq!(
            twice, thrice,
            "what was unreadable comes back once it is plain"
        );
    } else {
        assert_eq!(again, twice, "a server message comes back");
    }

    let command = ClientMessage::decode(text);
    let again = command.to_json();
    let twice = ClientMessage::decode(&again).to_json();
    assert_eq!(again, twice, "a command comes back");
}

fn has_unreadable_part(message: &ServerMessage<'_>) -> bool {
    let objects = match message {
        ServerMessage::DataUpdate(update) => &update.objects,
        ServerMessage::TimescaleUpdate(update) => &update.objects,
        _ => return false,
    };
    objects
        .iter()
        .any(|object| object.fault.is_some() || !object.odd_rows.is_empty())
}

/// Decodes any text by the templates and by serde: both must say the same, and what is not
/// malformed must be JSON.
///
/// # Panics
///
/// If they do not agree.
pub fn compare_decoders(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let oracle = ServerMessage::decode(text);
    let expected = (format!("{oracle:?}"), oracle.to_json());
    let decoder = |unknown| used(Decoder::default().unknown_fields(unknown));
    let all = |received: &Received<'_>| (format!("{received:?}"), received.to_json());

    let mut quick = decoder(UnknownFields::Keep);
    let fast = quick.decode(text);
    assert_eq!(all(&fast), expected, "both readers agree");
    let mut by_serde = decoder(UnknownFields::Keep).without_templates();
    let in_buffers = all(&by_serde.decode(text));
    assert_eq!(in_buffers, expected, "buffers change nothing");

    let mut quick = decoder(UnknownFields::Skip);
    let skipped = quick.decode(text);
    let mut by_serde = decoder(UnknownFields::Skip).without_templates();
    let expected = all(&by_serde.decode(text));
    assert_eq!(all(&skipped), expected, "both readers skip the same");
    let malformed =
        |received: &Received<'_>| matches!(received.message, ServerMessage::Malformed(_));
    assert_eq!(
        malformed(&skipped),
        malformed(&oracle),
        "what is skipped is checked"
    );

    if !matches!(fast.message, ServerMessage::Malformed(_)) {
        assert!(is_json(text), "what is accepted is JSON");
    }
}

/// A decoder that has read other messages, so that its buffers are not empty.
fn used(mut decoder: Decoder) -> Decoder {
    for payload in [
        r#"{"m":"du","p":["cs_1",{"s":{"s":[{"i":7,"v":[60.0,1.0,2.0,0.5,1.5,9.0]}],"t":"s1"}}]}"#,
        r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5,"ch":2}}]}"#,
    ] {
        let _ = decoder.decode(payload);
    }
    decoder
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Unpacks a payload under low limits: the data as it is if it is text, and as base64 in both
/// alphabets, which must yield the same. What is returned keeps to the limits, and is returned
/// again.
///
/// # Panics
///
/// If it does not.
pub fn payload(data: &[u8]) {
    use base64::engine::{
        Engine,
        general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };

    const OUTPUT_BYTES: usize = 128 * 1024;
    let limits = Limits::default().max_output_bytes(OUTPUT_BYTES);
    let standard = STANDARD.encode(data);
    let opened = decompress(&standard, &limits);
    assert_eq!(
        opened,
        decompress(&URL_SAFE_NO_PAD.encode(data), &limits),
        "whatever the alphabet"
    );
    let text = std::str::from_utf8(data).ok();
    for json in [
        opened.ok(),
        text.and_then(|text| decompress(text, &limits).ok()),
    ]
    .into_iter()
    .flatten()
    {
        assert!(json.len() <= OUTPUT_BYTES, "limits hold");
        assert_eq!(
            decompress(&json, &limits).as_deref(),
            Ok(json.as_str()),
            "plain JSON is returned as it is"
        );
    }
    if let Some(text) = text {
        let _ = report_of(text, &limits);
    }
}

/// Reads any text as the commands for drawings and applies them to a scene, in which the first half
/// of the bytes has drawn before. What is read must come back, and changes must be those between
/// the scenes.
///
/// # Panics
///
/// If it does not hold.
pub fn study_graphics(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut scene = Scene::default();
    for text in text.split('\n') {
        let Some(commands) = read_again::<GraphicsCommands>(text) else {
            continue;
        };
        let before = scene.clone();
        let update = scene.apply(&commands, None);
        let mut changes = update.changes;
        let mut expected = scene.changes_since(&before);
        let key = |change: &crate::study::graphics::SceneChange| format!("{change:?}");
        changes.sort_by_key(key);
        expected.sort_by_key(key);
        assert_eq!(changes, expected, "changes are those between the scenes");
    }
    let written = serde_json::to_string(&scene).unwrap_or_default();
    let read = serde_json::from_str::<Scene>(&written).ok();
    assert_eq!(read, Some(scene), "a scene comes back");
}

/// Reads any text as the report of a strategy, which must come back, and computes from it what can
/// be computed.
///
/// # Panics
///
/// If it does not come back.
pub fn strategy_report(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(report) = read_again::<StrategyReport>(text) else {
        return;
    };
    let trades = report.trades.as_deref().unwrap_or_default();
    let _ = (
        report.initial_capital(),
        trades.iter().filter(|it| it.is_open()).count(),
    );
    if let Some(curve) = report.equity_curve(Some(1_000.0)) {
        let longest = trades.len().max(report.equity.as_ref().map_or(0, Vec::len));
        assert!(curve.points.len() <= longest, "no more points than trades");
    }
}

/// Reads a value that loses nothing: written again, it is the same JSON.
fn read_again<T>(text: &str) -> Option<T>
where
    T: serde::de::DeserializeOwned + serde::Serialize,
{
    let given: serde_json::Value = serde_json::from_str(text).ok()?;
    let read: T = serde_json::from_value(given.clone()).ok()?;
    let written = serde_json::to_value(&read).unwrap_or_default();
    assert!(same_json(&given, &written), "{given} became {written}");
    Some(read)
}
