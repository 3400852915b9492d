//! Properties of any text and any bytes.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;

use super::{
    super::{Limits, decompress, report_of},
    build::{Archive, gzip, zlib},
    containers, open,
};

/// The text of a JSON object or array.
fn json() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        any::<String>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    let members = prop::collection::vec((any::<String>(), member), 0..20);
    (members, any::<bool>(), "[ \t\r\n]{0,3}").prop_map(|(members, pretty, blank)| {
        let object: serde_json::Map<_, _> = members.into_iter().collect();
        let text = if pretty {
            serde_json::to_string_pretty(&object)
        } else {
            serde_json::to_string(&object.values().collect::<Vec<_>>())
        };
        blank + &text.unwrap()
    })
}

/// Bytes that begin like something known as often as not.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let start = prop::sample::select(vec![
        b"".as_slice(),
        b"PK\x03\x04\x14\x00\x08\x00\x08\x00",
        b"PK\x03\x04\x14\x00\x00\x00\x00\x00",
        b"PK\x05\x06",
        b"\x1f\x8b\x08\x1e",
        b"\x78\x9c",
        b"{",
    ]);
    (start, prop::collection::vec(any::<u8>(), 0..200))
        .prop_map(|(start, rest)| [start, &rest].concat())
}

proptest! {
    #[test]
    fn any_json_comes_back_through_each_container(json in json()) {
        let limits = Limits::default();
        prop_assert_eq!(decompress(&json, &limits), Ok(json.clone()));
        for packed in containers(&json) {
            for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
                let text = engine.encode(&packed);
                prop_assert_eq!(decompress(&text, &limits), Ok(json.clone()));
                let data = serde_json::json!({ "dataCompressed": text }).to_string();
                prop_assert_eq!(report_of(&data, &limits), Ok(Some(json.clone())));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let limits = Limits::default();
        let _ = report_of(&text, &limits);
        if let Ok(json) = decompress(&text, &limits) {
            prop_assert_eq!(decompress(&json, &limits), Ok(json));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in bytes()) {
        let limits = Limits::default();
        let opened = open(&bytes);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
            prop_assert_eq!(&decompress(&engine.encode(&bytes), &limits), &opened);
        }
    }

    /// Where there is a checksum, damage is never returned as text.
    #[test]
    fn a_changed_byte_never_changes_the_text(
        json in json(),
        place in any::<prop::sample::Index>(),
        change in 1..=u8::MAX,
    ) {
        let mut all = vec![zlib(json.as_bytes()), gzip(json.as_bytes())];
        all.extend(Archive::variants(json.as_bytes()).iter().map(Archive::build));
        for mut packed in all {
            let place = place.index(packed.len());
            packed[place] ^= change;
            if let Ok(opened) = open(&packed) {
                prop_assert_eq!(&opened, &json);
            }
        }
    }
}
