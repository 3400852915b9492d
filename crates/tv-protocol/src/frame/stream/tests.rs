use super::*;

/// Everything that `chunks` decode to, with the payloads owned.
fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<String, FrameError>> {
    let mut decoder = FrameDecoder::new();
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk);
        while let Some(frame) = decoder.next_frame() {
            out.push(frame.map(|frame| match frame {
                Frame::Heartbeat(number) => format!("~h~{number}"),
                Frame::Json(text) => text.to_owned(),
            }));
        }
    }
    if let Err(error) = decoder.end_of_message() {
        out.push(Err(error));
    }
    out
}

#[test]
fn frames_survive_a_cut_at_every_byte() {
    let wire = "~m~4~m~~h~1~m~6~m~삼성😀e\u{301}~m~9~m~a~m~5~m~bnoise~m~04~m~~m~2~m~{}".as_bytes();
    let whole = decode([wire]);
    assert_eq!(whole.len(), 6);
    for cut in 0..=wire.len() {
        let (head, tail) = wire.split_at(cut);
        assert_eq!(decode([head, tail]), whole, "cut at {cut}");
    }
    assert_eq!(decode(wire.chunks(1)), whole);
}

#[test]
fn bytes_that_are_not_text_are_a_fault_and_reading_continues() {
    let wire = b"~m~3~m~a\xffb~m~2~m~{}";
    let whole = decode([wire.as_slice()]);
    assert_eq!(whole[0].as_ref().unwrap_err().fault, FrameFault::NotUtf8);
    assert_eq!(whole[1], Ok("{}".to_owned()));
    assert_eq!(decode(wire.chunks(1)), whole);
}

#[test]
fn nothing_is_kept_beyond_one_frame() {
    let mut decoder = FrameDecoder::new();
    for _ in 0..1_000 {
        decoder.feed(b"noise ~m~ without end ~");
        assert!(decoder.next_frame().is_none());
        assert!(decoder.buffered() <= MAX_CUT_HEADER);
    }
    decoder.feed(b"~m~16000000~m~abc");
    assert!(decoder.next_frame().is_some(), "the noise is reported");
    assert!(decoder.next_frame().is_none());
    assert_eq!(
        decoder.buffered(),
        17,
        "a declared length allocates nothing"
    );
    let error = decoder.end_of_message().unwrap_err();
    assert_eq!(
        error.fault,
        FrameFault::Truncated {
            expected: 16_000_000,
            found: 3
        }
    );
}

#[test]
fn the_longest_start_of_a_header_is_found_at_the_end() {
    for (buffer, size) in [
        ("", 0),
        ("abc", 0),
        ("abc~", 1),
        ("abc~m~", 3),
        ("abc~m~12", 5),
        ("abc~m~12~", 6),
        ("abc~m~12~m", 7),
        ("abc~m~12~m~", 8),
        ("abc~m~x", 0),
    ] {
        assert_eq!(cut_header(buffer.as_bytes()), size, "{buffer}");
    }
}
