//! Limits: reached, and passed by one.

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, FlushCompress};

use super::{
    super::{
        Container, Limits, MAX_OUTPUT_BYTES, MAX_RATIO, MAX_TEXT_BYTES, PayloadError,
        RATIO_FLOOR_BYTES, cursor::Cursor, decompress, inflate::inflate,
    },
    build::{Archive, deflate, gzip, zlib},
    containers,
};

/// JSON of exactly that length.
fn json(length: usize) -> String {
    format!("{{{}}}", " ".repeat(length - 2))
}

/// A bracket and `mebibytes` MiB of spaces, as a deflate stream of 1 KiB for each. Blocks that end
/// on a whole byte are repeated, so that nothing of the size is ever made here.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut machine = Compress::new(Compression::best(), false);
    let mut piece = |content: &[u8], flush| {
        let mut out = Vec::with_capacity(4096);
        machine.compress_vec(content, &mut out, flush).unwrap();
        out
    };
    let first = piece(b"{", FlushCompress::Full);
    let block = piece(&vec![b' '; 1 << 20], FlushCompress::Full);
    let last = piece(b"}", FlushCompress::Finish);
    [first, block.repeat(mebibytes), last].concat()
}

#[test]
fn output_of_the_limit_is_returned_and_one_byte_more_is_not() {
    for limit in [2, 100, 16 * 1024, 16 * 1024 + 1, 50_000] {
        let limits = Limits::default().max_output_bytes(limit);
        for (fits, too_long) in containers(&json(limit))
            .iter()
            .zip(containers(&json(limit + 1)))
        {
            let unpacked = decompress(&STANDARD.encode(fits), &limits).unwrap();
            assert_eq!(unpacked.len(), limit);
            assert!(
                unpacked.capacity() <= limit + 1 || unpacked.capacity() <= fits.len() + 3,
                "{} for {limit}",
                unpacked.capacity()
            );
            assert_eq!(
                decompress(&STANDARD.encode(too_long), &limits),
                Err(PayloadError::OutputTooLong { limit })
            );
        }
        assert!(decompress(&json(limit), &limits).is_ok());
        assert_eq!(
            decompress(&json(limit + 1), &limits),
            Err(PayloadError::OutputTooLong { limit })
        );
    }
}

#[test]
fn text_over_the_limit_is_not_decoded() {
    let limits = Limits::default().max_text_bytes(8);
    assert_eq!(decompress("[      ]", &limits).as_deref(), Ok("[      ]"));
    for text in ["[       ]", "=========", "UEsDBBQAA"] {
        assert_eq!(
            decompress(text, &limits),
            Err(PayloadError::TextTooLong {
                length: 9,
                limit: 8
            })
        );
    }
    let long = "!".repeat(MAX_TEXT_BYTES + 1);
    let error = decompress(&long, &Limits::default()).unwrap_err();
    assert!(error.is_over_limit(), "{error}");
}

#[test]
fn the_ratio_of_the_limit_is_accepted_and_one_byte_more_is_not() {
    let packed = zlib(json(RATIO_FLOOR_BYTES + 1000).as_bytes());
    let text = STANDARD.encode(&packed);
    let ratio = (RATIO_FLOOR_BYTES + 1000).div_ceil(packed.len());
    assert!(ratio > MAX_RATIO, "{ratio}");
    assert!(decompress(&text, &Limits::default().max_ratio(ratio)).is_ok());
    let error = PayloadError::RatioTooHigh {
        compressed: packed.len(),
        limit: ratio - 1,
    };
    assert!(error.is_over_limit());
    assert_eq!(
        decompress(&text, &Limits::default().max_ratio(ratio - 1)),
        Err(error)
    );
}

#[test]
fn short_texts_may_repeat_themselves_as_they_like() {
    let whole = zlib(json(RATIO_FLOOR_BYTES).as_bytes());
    assert!(RATIO_FLOOR_BYTES > whole.len() * MAX_RATIO);
    assert!(decompress(&STANDARD.encode(whole), &Limits::default()).is_ok());
    let more = zlib(json(RATIO_FLOOR_BYTES + 1).as_bytes());
    assert!(matches!(
        decompress(&STANDARD.encode(more), &Limits::default()),
        Err(PayloadError::RatioTooHigh { .. })
    ));
}

#[test]
fn a_bomb_of_64_mebibytes_is_refused_at_the_limit() {
    let data = bomb(64);
    assert!(data.len() < 80 * 1024, "{}", data.len());
    let mut declares_little = Archive::stored(b"{}");
    declares_little.method = 8;
    declares_little.compressed = data.len().try_into().unwrap();
    declares_little.data.clone_from(&data);
    let mut declares_much = declares_little.clone();
    declares_much.size = u32::MAX - 1;
    let gzip = [&gzip(b"")[..10], &data].concat();
    for packed in [
        data.clone(),
        [b"\x78\xda", data.as_slice()].concat(),
        gzip,
        declares_little.clone().streamed(true).build(),
        declares_little.build(),
        declares_much.build(),
    ] {
        assert_eq!(
            decompress(&STANDARD.encode(packed), &Limits::default()),
            Err(PayloadError::OutputTooLong {
                limit: MAX_OUTPUT_BYTES
            })
        );
    }
}

#[test]
fn a_smaller_bomb_is_refused_by_its_ratio() {
    let data = bomb(4);
    assert_eq!(
        decompress(&STANDARD.encode(&data), &Limits::default()),
        Err(PayloadError::RatioTooHigh {
            compressed: data.len(),
            limit: MAX_RATIO
        })
    );
}

#[test]
fn the_buffer_never_outgrows_the_limit() {
    for limit in [0, 1, 16 * 1024, 100_000] {
        let limits = Limits::default()
            .max_output_bytes(limit)
            .max_ratio(usize::MAX);
        let data = deflate(&vec![b' '; limit]);
        let mut cursor = Cursor::new(Container::Deflate, &data);
        let out = inflate(Container::Deflate, &mut cursor, &limits.bound(data.len())).unwrap();
        assert_eq!(out.len(), limit);
        assert!(
            out.capacity() <= limit + 1,
            "{} for {limit}",
            out.capacity()
        );
    }
}

#[test]
fn limits_without_bounds_do_not_overflow() {
    let limits = Limits::default()
        .max_text_bytes(usize::MAX)
        .max_output_bytes(usize::MAX)
        .max_ratio(usize::MAX);
    for packed in containers(&json(100_000)) {
        assert!(decompress(&STANDARD.encode(packed), &limits).is_ok());
    }
}
