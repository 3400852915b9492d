use protocol::{
    frame::{Frame, split},
    message::ServerMessage,
};

use super::*;

fn all() -> [Workload; 7] {
    [w1(), w2(), w3(), w4(), w5(), w6(), w7()]
}

#[test]
fn the_sizes_are_those_of_the_table() {
    // Bytes of the reference workloads, which these stand for.
    let expected = [
        ("W1", 1_020, 2_556, 842_793),
        ("W2", 100, 100, 41_386),
        ("W3", 1, 1, 539_900),
        ("W4", 1, 1, 2_185_522),
        ("W5", 10_000, 10_000, 138_894),
        ("W6", 500, 500, 562_629),
        ("W7", 500, 500, 566_703),
    ];
    for (workload, (name, messages, frames, bytes)) in all().iter().zip(expected) {
        assert_eq!(workload.name, name);
        assert_eq!(workload.messages.len(), messages, "{name}");
        assert_eq!(workload.frames, frames, "{name}");
        let ratio = workload.bytes() as f64 / f64::from(bytes);
        assert!(
            (0.9..1.1).contains(&ratio),
            "{name}: {} bytes",
            workload.bytes()
        );
    }
}

#[test]
fn the_library_finds_the_same_frames_and_understands_them() {
    for workload in all() {
        let payloads = workload.payloads();
        assert_eq!(payloads.len(), workload.frames, "{}", workload.name);
        let mut frames = workload.messages.iter().flat_map(|message| split(message));
        for payload in payloads {
            let frame = frames.next().unwrap().unwrap();
            assert_eq!(frame, Frame::from_payload(payload));
            if let Frame::Json(text) = frame {
                let message = ServerMessage::decode(text).message;
                assert!(
                    !matches!(
                        message,
                        ServerMessage::Unknown(_) | ServerMessage::Malformed(_)
                    ),
                    "{}: {message:?}",
                    workload.name
                );
            }
        }
        assert!(frames.next().is_none());
    }
}

#[test]
fn series_and_batches_have_the_size_that_was_asked_for() {
    for bars in [1, 300] {
        let series = series(bars);
        let ServerMessage::TimescaleUpdate(update) =
            ServerMessage::decode(series.payloads()[0]).message
        else {
            panic!("a series")
        };
        let found = update.objects.iter().next().and_then(|object| object.bars);
        assert_eq!(found.map(|bars| bars.len()), Some(bars));
    }
    let batch = batch(1_000);
    assert_eq!((batch.messages.len(), batch.payloads().len()), (1, 1_000));
}

#[test]
fn two_runs_yield_the_same_text() {
    for (one, other) in all().iter().zip(all()) {
        assert_eq!(one.messages, other.messages);
    }
    assert_ne!(w6().messages, w7().messages);
}

#[test]
fn the_contents_are_what_the_table_says() {
    let ascii = |workload: Workload| workload.messages.iter().all(|message| message.is_ascii());
    assert!(ascii(w1()) && ascii(w3()) && ascii(w6()));
    assert!(w7().messages.iter().all(|message| !message.is_ascii()));
    let per_message = |message: &String| split(message).count();
    let counts: Vec<_> = w1().messages.iter().map(per_message).collect();
    assert_eq!(
        (counts.iter().min(), counts.iter().max()),
        (Some(&1), Some(&4))
    );
    for payload in w6().payloads() {
        let ServerMessage::QuoteData(quote) = ServerMessage::decode(payload).message else {
            panic!("a quote");
        };
        assert!(
            (28..=40).contains(&quote.data.values.len()),
            "{}",
            quote.data.values.len()
        );
    }
}
