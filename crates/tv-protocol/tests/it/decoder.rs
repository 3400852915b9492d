//! The decoder against its oracle: whatever a template accepts, serde reads the same.

use proptest::prelude::*;
use tv_protocol::{
    json::MAX_FIELDS,
    message::{Decoder, Received, ServerMessage, UnknownFields},
    quote::QuoteField,
};

/// Decoders that must understand the same: with templates and without, in buffers that are used
/// again.
struct Pair {
    quick: Decoder,
    by_serde: Decoder,
}

impl Pair {
    fn new(unknown: UnknownFields) -> Self {
        let decoder = || Decoder::default().unknown_fields(unknown);
        Self {
            quick: decoder(),
            by_serde: decoder().without_templates(),
        }
    }

    /// What both say, which must be equal, text and all.
    fn read(&mut self, payload: &str) -> (String, String) {
        let all = |received: &Received<'_>| (received.to_json(), format!("{received:?}"));
        let expected = all(&self.by_serde.decode(payload));
        assert_eq!(all(&self.quick.decode(payload)), expected, "{payload}");
        expected
    }
}

/// Every way of reading.
struct Readers {
    keep: Pair,
    skip: Pair,
}

impl Default for Readers {
    fn default() -> Self {
        Self {
            keep: Pair::new(UnknownFields::Keep),
            skip: Pair::new(UnknownFields::Skip),
        }
    }
}

fn check(readers: &mut Readers, payload: &str) {
    let oracle = ServerMessage::decode(payload);
    let expected = (oracle.to_json(), format!("{oracle:?}"));
    assert_eq!(readers.keep.read(payload), expected, "{payload}");
    readers.skip.read(payload);
    let skipped = readers.skip.quick.decode(payload);
    let malformed =
        |received: &Received<'_>| matches!(received.message, ServerMessage::Malformed(_));
    assert_eq!(malformed(&skipped), malformed(&oracle), "{payload}");
}

const SAMPLES: [&str; 9] = [
    r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5,"ch":-0.25,"volume":1e+100,"rtc":null}}]}"#,
    r#"{"m":"qsd","p":["qs_1",{"n":"={\"symbol\":\"A:B\"}","s":"ok","v":{"trade":{"price":"1","size":[1,2]},"fractional":false,"description":"x\n삼"}}]}"#,
    r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"error","errmsg":"no_such_symbol","v":{}}]}"#,
    r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{}}]}"#,
    r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[{"i":299,"v":[1685633880.0,33019.3,33025.31,33018.84,33021.84,638315.0]}],"ns":{"d":"","indexes":[]},"t":"s1","lbs":{"bar_close_time":1685633940}}}],"t":1685633901,"t_ms":1685633901123}"#,
    r#"{"m":"du","p":["cs_1",{"st1":{"node":"n-1","st":[{"i":-1000100,"v":[1.0,1e+100,2.5]},{"i":0,"v":[]}],"ns":{"d":"{\"a\":1}","indexes":"nochange"},"t":"s1_st1"}}]}"#,
    r#"{"m":"timescale_update","p":["cs_1",{"sds_1":{"node":"n","s":[{"i":-1,"v":[60.0,1.0,2.0,0.5,1.5]},{"i":0,"v":[120,1,2,0.5,1.5,7]}],"ns":{"d":"","indexes":[3,-2000000]},"t":"s1"}},{"index":0,"zoffset":0,"changes":[60.0,120.0],"marks":[[40,60,0]],"index_diff":[]}],"t":1,"t_ms":1000}"#,
    r#"{"m":"timescale_update","p":["cs_1",{},{"index":0,"zoffset":0,"changes":[],"marks":[],"index_diff":[],"last_session_switches":{"sds_1":{"market":5}}}]}"#,
    r#"{"m":"du","p":["cs_1",{"pointset_1":{"plots":[{"index":0,"value":[351,1564666200]}],"t":"turnaround"}}]}"#,
];

#[test]
fn samples_read_the_same() {
    let mut readers = Readers::default();
    for payload in SAMPLES {
        assert!(!matches!(
            ServerMessage::decode(payload).message,
            ServerMessage::Malformed(_) | ServerMessage::Unknown(_)
        ));
        check(&mut readers, payload);
    }
}

#[test]
fn parts_that_may_be_missing_may_be_missing() {
    for payload in [
        r#"{"m":"timescale_update","p":["cs_1",{"sds_1":{"s":[]}}]}"#,
        r#"{"m":"timescale_update","p":["cs_1",{"sds_1":{"s":[]}},null]}"#,
        r#"{"m":"series_timeframe","p":["cs_1","sds_1","s1",1,2]}"#,
        r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[{"i":0,"v":[60.5,1,2,0.5,1.5]}]}}]}"#,
    ] {
        let received = ServerMessage::decode(payload);
        assert!(
            !matches!(received.message, ServerMessage::Malformed(_)),
            "{received:?}"
        );
        check(&mut Readers::default(), payload);
    }
    let cut = r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[{"i":0,"v":[60.5,1,2,0.5,1.5]}]}}]}"#;
    let ServerMessage::DataUpdate(update) = ServerMessage::decode(cut).message else {
        panic!("{cut}")
    };
    let bars = update
        .objects
        .get("sds_1")
        .and_then(|object| object.bars.map(|bars| bars.rows()[0]));
    assert_eq!(
        bars.map(|bar| bar.time.seconds()),
        Some(60),
        "fractions of a second are cut"
    );
}

#[test]
fn unknown_fields_are_kept_or_skipped_by_choice() {
    let samples = [
        // A quote, as a template reads it, and with a space that leaves it to serde.
        r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5,"new_too":{"price":"1"},"new":"x","ch":2}}]}"#,
        r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5, "new_too":{"price":"1"},"new":"x","ch":2}}]}"#,
        // With an escape in an unknown field, so that it is read twice.
        r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5,"new":"\u00e9","ch":2}}]}"#,
        r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[],"t":"s1","new":[1]}}]}"#,
        r#"{"m":"timescale_update","p":["cs_1",{},{"index":0,"zoffset":0,"changes":[],"marks":[],"index_diff":[],"new":7}]}"#,
    ];
    let mut readers = Readers::default();
    for payload in samples {
        check(&mut readers, payload);
        let without = |text: &str| !text.contains("new");
        assert!(!without(&readers.keep.read(payload).0), "{payload}");
        assert!(without(&readers.skip.read(payload).0), "{payload}");
    }
    for payload in &samples[..3] {
        let ServerMessage::QuoteData(kept) = ServerMessage::decode(payload).message else {
            panic!("{payload}")
        };
        let ServerMessage::QuoteData(skipped) = readers.skip.quick.decode(payload).message else {
            panic!("{payload}")
        };
        let known = kept.data.values.iter();
        let known = known.filter(|(field, _)| !matches!(field, QuoteField::Other(_)));
        assert!(known.eq(skipped.data.values.iter()), "{payload}");
    }
    // Skipped is not unchecked.
    for value in ["1e999", "\"\\ud800\"", "tru", "[1,]"] {
        let payload =
            format!(r#"{{"m":"qsd","p":["qs_1",{{"n":"A:B","s":"ok","v":{{"new":{value}}}}}]}}"#);
        let received = readers.skip.quick.decode(&payload);
        assert!(
            matches!(received.message, ServerMessage::Malformed(_)),
            "{payload}"
        );
        check(&mut readers, &payload);
    }
}

#[test]
fn nesting_has_the_same_limit_on_both_ways() {
    let message = |depth: usize| {
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        format!(r#"{{"m":"qsd","p":["qs_1",{{"n":"A:B","s":"ok","v":{{"x":{nested}}}}}]}}"#)
    };
    for (depth, understood) in [(64, true), (65, false), (10_000, false)] {
        let payload = message(depth);
        check(&mut Readers::default(), &payload);
        let received = ServerMessage::decode(&payload);
        let malformed = matches!(received.message, ServerMessage::Malformed(_));
        assert_eq!(malformed, !understood, "{depth}");
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let payload = format!(r#"{{"m":"replay_point","p":["rs_1",{deep}]}}"#);
    assert!(matches!(
        ServerMessage::decode(&payload).message,
        ServerMessage::Malformed(_)
    ));
}

#[test]
fn fields_have_the_same_limit_on_both_ways() {
    let quote = |count: usize| {
        let fields: Vec<_> = (0..count).map(|n| format!(r#""f{n}":0"#)).collect();
        let fields = fields.join(",");
        format!(r#"{{"m":"qsd","p":["qs_1",{{"n":"A:B","s":"ok","v":{{{fields}}}}}]}}"#)
    };
    let update = |count: usize| {
        let objects: Vec<_> = (0..count).map(|n| format!(r#""st{n}":{{}}"#)).collect();
        format!(r#"{{"m":"du","p":["cs_1",{{{}}}]}}"#, objects.join(","))
    };
    let is_understood = |decoder: &mut Decoder, payload: &str| {
        let received = decoder.decode(payload);
        let ServerMessage::Malformed(malformed) = received.message else {
            return true;
        };
        let error = malformed.error.to_string();
        assert!(error.contains("more than"), "{error}");
        false
    };
    for unknown in [UnknownFields::Keep, UnknownFields::Skip] {
        for limit in [0, 1, 7, MAX_FIELDS] {
            let quick = Decoder::default().unknown_fields(unknown).max_fields(limit);
            for mut decoder in [quick.clone(), quick.without_templates()] {
                for (count, understood) in [(limit, true), (limit + 1, false)] {
                    assert_eq!(is_understood(&mut decoder, &quote(count)), understood);
                    assert_eq!(is_understood(&mut decoder, &update(count)), understood);
                }
            }
        }
    }
    for (count, understood) in [(MAX_FIELDS, true), (MAX_FIELDS + 1, false)] {
        for payload in [quote(count), update(count)] {
            let received = ServerMessage::decode(&payload);
            let malformed = matches!(received.message, ServerMessage::Malformed(_));
            assert_eq!(malformed, !understood, "{count}");
        }
    }
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn recorded_messages_read_the_same() {
    let mut readers = Readers::default();
    let frames = crate::recordings::each_payload(|_, payload| check(&mut readers, payload));
    assert!(frames >= 300, "only {frames} frames");
}

proptest! {
    /// A decoder that has read other messages yields what a new one does.
    #[test]
    fn buffers_never_show_an_earlier_message(order in prop::collection::vec(0..SAMPLES.len(), 1..20)) {
        let mut readers = Readers::default();
        for sample in order {
            check(&mut readers, SAMPLES[sample]);
        }
    }

    /// Samples with bytes changed, removed, doubled and swapped.
    #[test]
    fn mutants_read_the_same(
        sample in 0..SAMPLES.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..6, any::<prop::sample::Index>()), 1..4),
    ) {
        const PIECES: [&str; 24] = [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-", ".", "e", "null", "true", "1e999", "1e100",
            "\"NaN\"", " ", "\\u00e9", "\\ud800", "삼", "\u{1}", "\"t\":\"s2\"",
        ];
        let mut characters: Vec<char> = SAMPLES[sample].chars().collect();
        for (at, kind, other) in edits {
            let at = at.index(characters.len());
            match kind {
                0 => { characters.remove(at); }
                1 => { let doubled = characters[at]; characters.insert(at, doubled); }
                2 => { let other = other.index(characters.len()); characters.swap(at, other); }
                3 => { let end = (at + other.index(8)).min(characters.len()); characters.drain(at..end); }
                _ => {
                    let piece = PIECES[other.index(PIECES.len())];
                    let tail = characters.split_off(at);
                    characters.extend(piece.chars());
                    characters.extend(tail.iter().skip(usize::from(kind == 4)));
                }
            }
            if characters.is_empty() {
                break;
            }
        }
        let payload: String = characters.into_iter().collect();
        check(&mut Readers::default(), &payload);
    }
}
