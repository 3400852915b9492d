use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};

use super::{
    agreed::{Agreed, BadDeflate},
    frames::Frames,
    inflating::Inflating,
    outgoing::Deflater,
};

/// Compresses messages as a server does.
struct Server {
    deflate: Compress,
    fresh: bool,
}

impl Server {
    fn new(fresh: bool) -> Self {
        Self {
            deflate: Compress::new(Compression::default(), false),
            fresh,
        }
    }

    /// The payload of a compressed message.
    fn payload(&mut self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() + 64);
        let mut taken = 0;
        loop {
            let before = self.deflate.total_in();
            out.reserve(1024);
            self.deflate
                .compress_vec(&message[taken..], &mut out, FlushCompress::Sync)
                .unwrap();
            taken += usize::try_from(self.deflate.total_in() - before).unwrap();
            if taken == message.len() && out.len() < out.capacity() {
                break;
            }
        }
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
        out.truncate(out.len() - 4);
        if self.fresh {
            self.deflate.reset();
        }
        out
    }
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(u8::try_from(short).unwrap()),
        middle @ 126..65536 => {
            frame.push(126);
            frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend(u64::try_from(long).unwrap().to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// Runs the layer over bytes that come in pieces, and puts the fragments of each message together.
fn inflated(bytes: &[u8], piece: usize, fresh: bool) -> io::Result<Vec<(u8, Vec<u8>)>> {
    let mut frames = Frames::new(Agreed {
        fresh_received: fresh,
        ..Agreed::default()
    });
    let mut out = Vec::new();
    let mut room = [0; 1000];
    for piece in bytes.chunks(piece.max(1)) {
        frames.take(piece);
        loop {
            let mut buf = ReadBuf::new(&mut room);
            if !frames.give(&mut buf)? {
                break;
            }
            out.extend_from_slice(buf.filled());
        }
    }
    Ok(messages(&out))
}

/// Plain frames, read by the book.
fn messages(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    let mut open: Option<(u8, Vec<u8>)> = None;
    while let [first, second, rest @ ..] = bytes {
        let (length, rest) = match second {
            126 => (
                usize::from(u16::from_be_bytes([rest[0], rest[1]])),
                &rest[2..],
            ),
            127 => (
                usize::try_from(u64::from_be_bytes(rest[..8].try_into().unwrap())).unwrap(),
                &rest[8..],
            ),
            short => (usize::from(*short), rest),
        };
        let (payload, behind) = rest.split_at(length);
        bytes = behind;
        if first & 0x08 != 0 {
            messages.push((*first, payload.to_vec()));
            continue;
        }
        assert_eq!(first & 0x70, 0, "no reserved bit is left");
        let message = open.get_or_insert_with(|| (first & 0x0f, Vec::new()));
        message.1.extend(payload);
        if first & 0x80 != 0 {
            messages.extend(open.take());
        }
    }
    messages
}

#[test]
fn the_choice_of_the_server_is_checked() {
    let agreed = |fresh_received, fresh_sent, sent_window_bits| {
        Some(Agreed {
            fresh_received,
            fresh_sent,
            sent_window_bits,
        })
    };
    for (choice, agreed) in [
        ("permessage-deflate", agreed(false, false, 15)),
        (
            "permessage-deflate; server_no_context_takeover",
            agreed(true, false, 15),
        ),
        (
            "permessage-deflate;client_no_context_takeover; server_max_window_bits=10 ;client_max_window_bits=\"8\"",
            agreed(false, true, 8),
        ),
        (
            "permessage-deflate; client_max_window_bits=12",
            agreed(false, false, 12),
        ),
        ("permessage-deflate; client_max_window_bits=16", None),
        ("permessage-deflate; client_max_window_bits=09", None),
        ("permessage-deflate; client_max_window_bits=+9", None),
        ("permessage-deflate; client_max_window_bits", None),
        ("permessage-bzip2", None),
        ("permessage-deflate, permessage-deflate", None),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; surprise", None),
        (
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            None,
        ),
        ("", None),
    ] {
        assert_eq!(Agreed::read(choice), agreed, "{choice}");
    }
}

#[test]
fn messages_of_every_kind_come_out_as_they_were() {
    let texts: [&[u8]; 5] = [
        b"",
        b"hello",
        b"hello hello hello",
        &[b'x'; 100_000],
        b"end",
    ];
    for fresh in [false, true] {
        let mut server = Server::new(fresh);
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let payload = server.payload(text);
            // In one frame, and in fragments with a ping between.
            if index % 2 == 0 {
                bytes.extend(frame(0xc1, &payload));
            } else {
                let (head, tail) = payload.split_at(payload.len() / 2);
                bytes.extend(frame(0x41, head));
                bytes.extend(frame(0x89, b"ping"));
                expected.push((0x89, b"ping".to_vec()));
                bytes.extend(frame(0x80, tail));
            }
            expected.push((1, text.to_vec()));
            bytes.extend(frame(0x82, b"plain"));
            expected.push((2, b"plain".to_vec()));
        }
        for piece in [1, 2, 3, 7, 100, 1 << 20] {
            assert_eq!(
                inflated(&bytes, piece, fresh).unwrap(),
                expected,
                "{fresh} {piece}"
            );
        }
    }
}

#[test]
fn a_message_may_end_its_stream() {
    // RFC 7692, section 7.2.3.4: a block with the final bit, then a byte of padding.
    let bytes = frame(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]);
    assert_eq!(
        inflated(&bytes, 3, false).unwrap(),
        [(1, b"Hello".to_vec())]
    );
}

#[test]
fn nonsense_is_an_error_and_faults_are_handed_on() {
    let error = inflated(&frame(0xc1, &[0xff; 20]), 100, false).unwrap_err();
    assert!(
        error
            .get_ref()
            .is_some_and(|cause| cause.is::<BadDeflate>())
    );
    // A reserved bit where none may be: the library is left to find it.
    let mut frames = Frames::new(Agreed::default());
    for fault in [
        frame(0xa1, b"x"),
        frame(0xc9, b"x"),
        frame(0xc0, b"x"),
        vec![0xc1, 0x81, 0, 0, 0, 0, b'x'],
    ] {
        frames.take(&fault);
        let mut room = [0; 100];
        let mut seen = Vec::new();
        loop {
            let mut buf = ReadBuf::new(&mut room);
            if !frames.give(&mut buf).unwrap() {
                break;
            }
            seen.extend_from_slice(buf.filled());
        }
        assert_eq!(seen, fault);
    }
}

#[test]
fn a_bomb_is_inflated_no_further_than_it_is_read() {
    let bomb = Server::new(false).payload(&vec![0; 64 << 20]);
    assert!(bomb.len() < 128 << 10);
    let mut frames = Frames::new(Agreed::default());
    frames.take(&frame(0xc2, &bomb));
    let mut room = [0; 4096];
    for _ in 0..100 {
        assert!(frames.give(&mut ReadBuf::new(&mut room)).unwrap());
        assert!(
            frames.held() <= bomb.len() + (32 << 10),
            "{}",
            frames.held()
        );
    }
}

#[tokio::test]
async fn nothing_after_the_head_is_taken_with_it() {
    for piece in [1, 2, 3, 5, 1000] {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let mut stream = Inflating::new(near, true);
        let head = b"HTTP/1.1 101 Switching Protocols\r\nX: a\r\r\n\r\n";
        let payload = Server::new(false).payload(b"glued");
        let bytes = [&head[..], &frame(0xc1, &payload)].concat();
        for piece in bytes.chunks(piece) {
            far.write_all(piece).await.unwrap();
        }
        let mut seen = vec![0; head.len()];
        stream.read_exact(&mut seen).await.unwrap();
        assert_eq!(seen, head);
        stream.decide(Some(Agreed::default()));
        drop(far);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(messages(&rest), [(1, b"glued".to_vec())]);
    }
}

/// The peer of a deflater.
struct Reader {
    inflate: Decompress,
    fresh: bool,
}

impl Reader {
    fn new(fresh: bool) -> Self {
        Self {
            inflate: Decompress::new(false),
            fresh,
        }
    }

    fn message(&mut self, payload: &[u8], length: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(length + 100);
        let whole = [payload, &[0, 0, 0xff, 0xff]].concat();
        self.inflate
            .decompress_vec(&whole, &mut out, FlushDecompress::Sync)
            .unwrap();
        if self.fresh {
            self.inflate.reset(false);
        }
        out
    }
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    StdRng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes
}

#[test]
fn what_is_sent_uses_what_was_sent_before_if_that_was_agreed() {
    let quote = b"{\"m\":\"quote_add_symbols\",\"p\":[\"qs_1\",\"NASDAQ:AAPL\"]}";
    for (fresh_sent, second) in [(false, Some(0..20)), (true, None)] {
        let agreed = Agreed {
            fresh_sent,
            ..Agreed::default()
        };
        let mut deflater = Deflater::new(agreed, 10);
        assert_eq!(deflater.pack(b"too small"), None);
        assert_eq!(deflater.pack(b""), None);
        // By itself it does not become smaller, which only a context makes worth it.
        assert_eq!(deflater.pack(quote).is_some(), second.is_some());
        let again = deflater.pack(quote).map(|packed| packed.len());
        assert_eq!(again.is_some(), second.is_some());
        if let (Some(again), Some(second)) = (again, second) {
            assert!(second.contains(&again), "{again}");
        }
        let long = quote.repeat(10);
        assert!(
            deflater
                .pack(&long)
                .is_some_and(|packed| packed.len() < long.len() / 5)
        );
    }
    assert_eq!(Deflater::new(Agreed::default(), 0).pack(b""), None);
}

#[test]
fn what_does_not_compress_is_sent_plain_and_forgotten() {
    // In pieces of the window, so that each of them costs something.
    let agreed = Agreed {
        sent_window_bits: 14,
        ..Agreed::default()
    };
    let mut deflater = Deflater::new(agreed, 0);
    let mut reader = Reader::new(false);
    let (half, other) = (noise(1, 8 << 10), noise(2, 90 << 10));
    let ending = [&other[..], &half].concat();
    assert_eq!(deflater.pack(&ending), None);
    let packed = deflater.pack(&half).unwrap();
    assert!(packed.len() > half.len(), "the peer has not seen it");
    assert_eq!(reader.message(&packed, half.len()), half);
    let packed = deflater.pack(&half).unwrap();
    assert!(packed.len() < 200, "{}", packed.len());
    assert_eq!(reader.message(&packed, half.len()), half);
}

#[test]
fn nothing_refers_further_back_than_the_window() {
    for bits in 8..15 {
        let window = 1 << bits;
        let agreed = Agreed {
            sent_window_bits: bits,
            ..Agreed::default()
        };
        let half = noise(u64::from(bits), window / 2);
        let near = [&half[..], &half].concat();
        let far = [&half[..], &noise(99, window), &half].concat();
        // Within a message.
        let length = |message: &[u8]| {
            Deflater::new(agreed, 0)
                .pack(message)
                .map(|packed| packed.len())
        };
        assert!(
            length(&near).is_some_and(|length| length < near.len() * 3 / 4),
            "{bits}"
        );
        assert!(
            length(&far).is_none_or(|length| length >= far.len()),
            "{bits}"
        );
        // From one to the next.
        let mut deflater = Deflater::new(agreed, 0);
        let zeros = vec![0; window];
        let mut reader = Reader::new(false);
        for message in [&near, &zeros, &near, &zeros[..window / 4].to_vec(), &near] {
            let packed = deflater.pack(message).unwrap();
            assert_eq!(reader.message(&packed, message.len()), *message);
            if *message == near {
                assert!(packed.len() > window / 2, "{bits}: {}", packed.len());
            }
        }
    }
    // With the largest window the same is found.
    let half = noise(0, 8 << 10);
    let far = [&half[..], &noise(99, 16 << 10), &half].concat();
    let packed = Deflater::new(Agreed::default(), 0).pack(&far).unwrap();
    assert!(packed.len() < (30 << 10), "{}", packed.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_is_compressed_comes_out(
        messages in prop::collection::vec(prop::collection::vec(0..4_u8, 0..40_000), 1..5),
        fresh: bool,
        piece in 1..5000_usize,
    ) {
        let mut server = Server::new(fresh);
        let bytes: Vec<u8> = messages
            .iter()
            .flat_map(|message| frame(0xc2, &server.payload(message)))
            .collect();
        let expected: Vec<_> = messages.into_iter().map(|message| (2, message)).collect();
        prop_assert_eq!(inflated(&bytes, piece, fresh).unwrap(), expected);
    }

    #[test]
    fn whatever_is_sent_is_what_a_peer_reads(
        messages in prop::collection::vec((prop::collection::vec(0..20_u8, 1..3000), 1..10_usize), 1..8),
        fresh_sent: bool,
        sent_window_bits in 8..=15_u8,
    ) {
        let agreed = Agreed { fresh_sent, sent_window_bits, ..Agreed::default() };
        let mut deflater = Deflater::new(agreed, 0);
        let mut reader = Reader::new(fresh_sent);
        for (part, times) in messages {
            let message = part.repeat(times);
            if let Some(packed) = deflater.pack(&message) {
                prop_assert!(packed.len() <= message.len() + 32);
                prop_assert_eq!(reader.message(&packed, message.len()), message);
            } else {
                prop_assert!(times < 3 || message.len() < 60, "{} bytes {} times", message.len(), times);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), piece in 1..100_usize) {
        let mut frames = Frames::new(Agreed::default());
        let mut room = [0; 512];
        'all: for piece in bytes.chunks(piece) {
            frames.take(piece);
            loop {
                match frames.give(&mut ReadBuf::new(&mut room)) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(_) => break 'all,
                }
            }
        }
    }
}
