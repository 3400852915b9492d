use proptest::prelude::*;

use super::{
    super::{FrameDecoder, encode, encode_heartbeat, utf16_len},
    *,
};

fn only_error(message: &str) -> FrameError {
    let mut frames = split(message);
    let error = frames.next().and_then(Result::err).expect("a fault");
    assert_eq!(frames.next(), None, "{message}");
    error
}

fn fault(message: &str) -> FrameFault {
    only_error(message).fault
}

#[test]
fn a_batch_is_split_in_order() {
    let frames: Vec<_> = split("~m~4~m~~h~1~m~2~m~{}~m~0~m~").collect();
    assert_eq!(
        frames,
        [
            Ok(Frame::Heartbeat(1)),
            Ok(Frame::Json("{}")),
            Ok(Frame::Json(""))
        ]
    );
}

#[test]
fn the_recorded_korean_frame_is_99_units_and_113_bytes() {
    let payload = "{\"m\":\"qsd\",\"p\":[\"qs_vvg85v09ah13\",{\"n\":\"KRX:005930\",\"s\":\"ok\",\
                   \"v\":{\"local_description\":\"삼성전자보통주\"}}]}";
    assert_eq!(payload.len(), 113);
    let message = format!("~m~99~m~{payload}~m~4~m~~h~1");
    let frames: Vec<_> = split(&message).collect();
    assert_eq!(frames, [Ok(Frame::Json(payload)), Ok(Frame::Heartbeat(1))]);
}

#[test]
fn the_worked_examples_with_a_wrong_length_say_what_was_expected_and_found() {
    let examples = [
        (
            51,
            54,
            r#"{"m":"set_auth_token","p":["unauthorized_user_token"]}"#,
        ),
        (
            52,
            54,
            r#"{"m":"set_auth_token","p":["unauthorized_user_token"]}"#,
        ),
        (
            49,
            48,
            r#"{"m":"quote_create_session","p":["quote_12345"]}"#,
        ),
        (36, 34, r#"{"m":"set_locale","p":["en","US"]}"#),
        (
            48,
            52,
            r#"{"m":"chart_create_session","p":["chart_xyz789",""]}"#,
        ),
    ];
    for (expected, found, payload) in examples {
        let error = only_error(&format!("~m~{expected}~m~{payload}"));
        let right = if expected > found {
            FrameFault::Truncated { expected, found }
        } else {
            FrameFault::WrongLength { expected, found }
        };
        assert_eq!(error.fault, right);
        let text = error.to_string();
        assert!(
            text.contains(&expected.to_string()) && text.contains(&found.to_string()),
            "{text}"
        );
    }
    assert_eq!(split("~m~4~m~test").next(), Some(Ok(Frame::Json("test"))));
}

#[test]
fn strange_headers_are_typed_faults() {
    assert_eq!(fault("hello"), FrameFault::NotAHeader);
    for header in [
        "~m~~m~",
        "~m~-1~m~",
        "~m~+4~m~test",
        "~m~ 4~m~test",
        "~m~04~m~test",
        "~m~4x~m~test",
    ] {
        assert_eq!(fault(header), FrameFault::BadLength, "{header}");
    }
    let limit = MAX_FRAME_LENGTH;
    assert_eq!(
        fault("~m~99999999~m~x"),
        FrameFault::TooLong {
            expected: 99_999_999,
            limit
        }
    );
    assert_eq!(
        fault("~m~99999999999999999999~m~x"),
        FrameFault::TooLong {
            expected: u64::MAX,
            limit
        }
    );
    assert_eq!(fault("~m~4"), FrameFault::CutHeader);
    assert_eq!(
        fault("~m~4~m~tes"),
        FrameFault::Truncated {
            expected: 4,
            found: 3
        }
    );
    assert_eq!(
        fault("~m~4~m~삼성"),
        FrameFault::Truncated {
            expected: 4,
            found: 2
        }
    );
    assert_eq!(
        fault("~m~1~m~😀"),
        FrameFault::InsideCharacter { expected: 1 }
    );
}

#[test]
fn reading_continues_at_the_next_header() {
    let frames: Vec<_> = split("noise~m~2~m~{}~m~9~m~abc~m~4~m~~h~2").collect();
    assert_eq!(frames.len(), 4);
    let noise = frames[0].as_ref().unwrap_err();
    assert_eq!(
        (noise.offset, noise.dropped, noise.found.as_str()),
        (0, 5, "noise")
    );
    assert_eq!(frames[1], Ok(Frame::Json("{}")));
    let wrong = frames[2].as_ref().unwrap_err();
    assert_eq!(
        wrong.fault,
        FrameFault::WrongLength {
            expected: 9,
            found: 3
        }
    );
    assert_eq!((wrong.offset, wrong.dropped), (14, 10));
    assert_eq!(frames[3], Ok(Frame::Heartbeat(2)));
}

#[test]
fn marks_inside_json_are_payload() {
    let payload = r#"{"m":"qsd","p":["a~m~5~m~b","~h~1"]}"#;
    let message = format!("~m~{}~m~{payload}", payload.len());
    assert_eq!(
        split(&message).collect::<Vec<_>>(),
        [Ok(Frame::Json(payload))]
    );
}

#[test]
fn a_heartbeat_is_a_plain_number() {
    for (payload, number) in [
        ("~h~0", 0),
        ("~h~1", 1),
        ("~h~18446744073709551615", u64::MAX),
    ] {
        assert_eq!(Frame::from_payload(payload), Frame::Heartbeat(number));
    }
    for payload in [
        "~h~",
        "~h~01",
        "~h~-1",
        "~h~1 ",
        "~h~18446744073709551616",
        "1",
    ] {
        assert_eq!(Frame::from_payload(payload), Frame::Json(payload));
    }
}

#[test]
fn a_hostile_message_is_given_up_after_bounded_work() {
    // Each header declares most of the rest, which must be walked because it is not ASCII.
    let message = "~m~30000~m~é".repeat(20_000);
    let mut frames = split(&message);
    let faults: Vec<_> = frames
        .by_ref()
        .map(|frame| frame.unwrap_err().fault)
        .collect();
    assert_eq!(faults.last(), Some(&FrameFault::GivenUp));
    assert!(faults.len() < 2_000, "{}", faults.len());
    assert_eq!(frames.offset(), message.len());
}

#[test]
fn errors_show_no_control_characters_and_no_long_words() {
    let error = only_error("\u{1b}]0;eyJhbGciOiJSUzUxMiIsImtpZCI6IkdaeFUi");
    assert_eq!(error.found, "\\u{1b}]0;eyJhbGciOiJS…");
}

#[test]
fn a_whole_frame_stands_whatever_follows_it() {
    let payload = r#"{"m":"quote_create_session","p":["qs_dl0OygXkO4uu"]}"#;
    for rubbish in [
        "'", "\"", " ", "\t", "\n", "\r\n", ",", "~", "~m", "é", "garbage",
    ] {
        let message = format!("{rubbish}~m~52~m~{payload}{rubbish}~m~5~m~~h~12{rubbish}");
        let found: Vec<_> = split(&message).filter_map(Result::ok).collect();
        assert_eq!(
            found,
            [Frame::Json(payload), Frame::Heartbeat(12)],
            "{rubbish}"
        );
        let dropped: usize = split(&message)
            .filter_map(Result::err)
            .map(|error| error.dropped)
            .sum();
        assert_eq!(dropped, 3 * rubbish.len(), "{rubbish}");
    }
}

#[test]
fn a_wrong_length_costs_its_own_frame_only() {
    let quote =
        |text: &str| format!(r#"{{"m":"qsd","p":["qs_1",{{"n":"{text}","s":"ok","v":{{}}}}]}}"#);
    let followers = [
        quote("X:B"),
        r#"{"m":"x"}"#.to_owned(),
        "{}".to_owned(),
        "~h~7".to_owned(),
    ];
    for payload in [
        quote("X:A"),
        quote("삼성전자"),
        quote("é😀"),
        quote("~m~5~m~"),
        "~h~12345".to_owned(),
    ] {
        for follower in &followers {
            let mut tail = String::new();
            encode(follower, &mut tail);
            encode(r#"{"m":"last"}"#, &mut tail);
            let right = utf16_len(&payload);
            for difference in -20_i64..=20 {
                let Ok(length) = usize::try_from(right as i64 + difference) else {
                    continue;
                };
                let message = format!("~m~{length}~m~{payload}{tail}");
                let mut frames: Vec<_> = split(&message).filter_map(Result::ok).collect();
                let last = frames.split_off(frames.len().saturating_sub(2));
                assert_eq!(
                    last,
                    [
                        Frame::from_payload(follower),
                        Frame::Json(r#"{"m":"last"}"#)
                    ],
                    "{message}"
                );
                let fits_another_unit =
                    length == payload.len() || length == payload.chars().count();
                let expected: &[Frame<'_>] = if difference == 0 || fits_another_unit {
                    &[Frame::from_payload(&payload)]
                } else {
                    &[]
                };
                assert_eq!(frames, expected, "{message}");
                let mut stream = FrameDecoder::new();
                stream.feed(message.as_bytes());
                let mut found = Vec::new();
                while let Some(frame) = stream.next_frame() {
                    found.extend(frame.ok().map(|frame| format!("{frame:?}")));
                }
                assert_eq!(
                    found.last().unwrap(),
                    r#"Json("{\"m\":\"last\"}")"#,
                    "{message}"
                );
            }
        }
    }
}

#[test]
fn a_wrong_length_before_rubbish_costs_its_own_frame_only() {
    let payload = r#"{"m":"qsd","p":["qs_1",{"n":"é😀","s":"ok","v":{}}]}"#;
    for rubbish in ["'", "\"", " ", "\t", "\n", "\r\n", "}", "é", "~", "\n  \t'"] {
        for follower in [r#"{"m":"x","p":["y"]}"#, "~h~7"] {
            let mut tail = String::new();
            encode(follower, &mut tail);
            for difference in -20_i64..=20 {
                let right = [utf16_len(payload), payload.len(), payload.chars().count()];
                for right in right {
                    let length = right as i64 + difference;
                    let message = format!("~m~{length}~m~{payload}{rubbish}{tail}{rubbish}{tail}");
                    let mut frames: Vec<_> = split(&message).filter_map(Result::ok).collect();
                    let last = frames.split_off(frames.len().saturating_sub(2));
                    let follower = Frame::from_payload(follower);
                    assert_eq!(last, [follower, follower], "{message}");
                    if difference == 0 {
                        assert_eq!(frames, [Frame::Json(payload)], "{message}");
                    }
                    assert!(frames.len() <= 1, "{message}");
                }
            }
        }
    }
}

#[test]
fn lengths_in_bytes_and_code_points_are_recognised_and_read() {
    let payload = r#"{"n":"é삼😀"}"#;
    assert_eq!(
        (payload.len(), payload.chars().count(), utf16_len(payload)),
        (17, 11, 12)
    );
    for (length, unit) in [
        (17, Some(LengthUnit::Bytes)),
        (11, Some(LengthUnit::CodePoints)),
        (12, None),
    ] {
        for tail in ["", "~m~4~m~~h~1", "~m~2~m~{}", "~m~12~m~{\"plain\":12}"] {
            let message = format!("~m~4~m~~h~1~m~{length}~m~{payload}{tail}");
            let mut frames = split(&message);
            assert_eq!(frames.next(), Some(Ok(Frame::Heartbeat(1))));
            assert_eq!(frames.next(), Some(Ok(Frame::Json(payload))), "{message}");
            assert_eq!(frames.other_unit(), unit);
            assert!(frames.all(|frame| frame.is_ok()), "{message}");
        }
    }
}

/// Pieces of heartbeats, whole and broken, and what may stand around them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "~m~[0-9]{1,2}~m~~h~[0-9]{0,7}",
        6 => (0_u64..2_000_000).prop_map(|number| {
            let mut out = String::new();
            encode_heartbeat(number, &mut out);
            out
        }),
        2 => "~m~[4-9]~m~~h~[0-9a-f ]{0,7}",
        1 => any::<u64>().prop_map(|number| {
            let mut out = String::new();
            encode_heartbeat(number, &mut out);
            out
        }),
        1 => Just("~m~4~m~test".to_owned()),
        1 => Just("~m~1~m~é".to_owned()),
        1 => "[~mh0-9é]{0,4}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn heartbeats_read_quickly_are_those_read_generally(message in pieces(), limit in 0_usize..12) {
        for limit in [limit, usize::MAX] {
            let mut quick = split_with_limit(&message, limit);
            let mut general = split_with_limit(&message, limit);
            loop {
                let found = quick.next();
                prop_assert_eq!(&found, &general.next_of_any());
                prop_assert_eq!(quick.offset(), general.offset());
                if found.is_none() {
                    break;
                }
            }
        }
    }
}

/// What is walked and is not a frame counts in bytes, because that is what it costs.
#[test]
fn walks_are_counted_in_bytes() {
    for (message, walked) in [
        // Three units lead to the end of `{"é`; the next header comes ten bytes after the start.
        ("~m~3~m~{\"é\":1}xx~m~2~m~{}", 10 + 4),
        // Walked to the end for the length, and once more for the content.
        ("~m~99~m~{\"é\":1}", 8 + 8),
        // In ASCII nothing is walked for a length.
        ("~m~99~m~{\"e\":1}", 7),
        // What a frame has swallowed.
        ("~m~11~m~{}~m~2~m~{}", 11),
        ("~m~2~m~{}", 0),
        ("~m~7~m~{\"é\":1}", 0),
    ] {
        let mut frames = split(message);
        let first = frames.next();
        assert_eq!(frames.walked, walked, "{message}: {first:?}");
    }
}

/// A message whose faults cost more than eight walks over all of it is given up.
#[test]
fn a_message_is_given_up_after_eight_walks() {
    let message = "~m~3~m~x";
    for (walked, is_given_up) in [(8 * 8, false), (8 * 8 + 1, true)] {
        let mut frames = split(message);
        frames.walked = walked;
        let error = frames.resynchronise(FrameFault::BadLength);
        assert_eq!(error.fault == FrameFault::GivenUp, is_given_up, "{walked}");
    }
}

#[test]
fn text_is_ascii_to_its_last_byte() {
    for length in [0, 1, 63, 64, 65, 127, 128, 129, 200] {
        assert!(is_ascii(&vec![b'a'; length]), "{length}");
        for place in 0..length {
            let mut bytes = vec![b'a'; length];
            bytes[place] = 0x80;
            assert!(!is_ascii(&bytes), "{place} of {length}");
        }
    }
}
