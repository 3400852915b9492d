//! Every container in every base64, and texts of no container.

mod archives;
mod bombs;
mod build;
mod properties;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};

use self::build::{Archive, deflate, gzip, zlib};
use super::{Container, Limits, PayloadError, decompress, report_of};

const REPORT: &str = r#"{"report":{"currency":"USD","trades":[]}}"#;

/// [`REPORT`] as other software wrote it: Python's zipfile, zlib and gzip. The last two archives
/// were written to a pipe.
const FOREIGN: [&str; 7] = [
    "UEsDBBQAAAAIAIMYIlgJc4X0KwAAACkAAAAAAAAAq1YqSi3ILypRsqpWSi4tKkrNS65UslIKDXZR0lEqKUpMSS1WsoqOra0FAFBLAQIUAxQAAAAIAIMYIlgJc4X0KwAAACkAAAAAAAAAAAAAAAAAAACAAQAAAABQSwUGAAAAAAEAAQAuAAAASQAAAAAA",
    "UEsDBBQAAAAAAIMYIlgJc4X0KQAAACkAAAAAAAAAeyJyZXBvcnQiOnsiY3VycmVuY3kiOiJVU0QiLCJ0cmFkZXMiOltdfX1QSwECFAMUAAAAAACDGCJYCXOF9CkAAAApAAAAAAAAAAAAAAAAAAAAgAEAAAAAUEsFBgAAAAABAAEALgAAAEcAAAAAAA==",
    "eNqrVipKLcgvKlGyqlZKLi0qSs1LrlSyUgoNdlHSUSopSkxJLVayio6trQUAK4cOCQ==",
    "H4sIAAAAAAACA6tWKkotyC8qUbKqVkouLSpKzUuuVLJSCg12UdJRKilKTEktVrKKjq2tBQAJc4X0KQAAAA==",
    "q1YqSi3ILypRsqpWSi4tKkrNS65UslIKDXZR0lEqKUpMSS1WsoqOra0FAA==",
    "UEsDBBQACAAIAIMYIlgAAAAAAAAAAAAAAAALAAAAcmVwb3J0Lmpzb26rVipKLcgvKlGyqlZKLi0qSs1LrlSyUgoNdlHSUSopSkxJLVayio6trQUAUEsHCAlzhfQrAAAAKQAAAFBLAQIUAxQACAAIAIMYIlgJc4X0KwAAACkAAAALAAAAAAAAAAAAAACAAQAAAAByZXBvcnQuanNvblBLBQYAAAAAAQABADkAAABkAAAAAAA=",
    "UEsDBBQACAAAAIMYIlgAAAAAAAAAAAAAAAAAAAAAeyJyZXBvcnQiOnsiY3VycmVuY3kiOiJVU0QiLCJ0cmFkZXMiOltdfX1QSwcICXOF9CkAAAApAAAAUEsBAhQDFAAIAAAAgxgiWAlzhfQpAAAAKQAAAAAAAAAAAAAAAAAAAIABAAAAAFBLBQYAAAAAAQABAC4AAABXAAAAAAA=",
];

/// Unpacks bytes, once they are base64, under the default limits.
fn open(bytes: &[u8]) -> Result<String, PayloadError> {
    decompress(&STANDARD.encode(bytes), &Limits::default())
}

/// A text in every container.
fn containers(json: &str) -> Vec<Vec<u8>> {
    let mut all = vec![
        json.as_bytes().to_vec(),
        zlib(json.as_bytes()),
        deflate(json.as_bytes()),
        gzip(json.as_bytes()),
    ];
    for archive in Archive::variants(json.as_bytes()) {
        all.push(archive.build());
    }
    all
}

#[test]
fn what_other_software_packed_is_read() {
    for text in FOREIGN {
        assert_eq!(
            decompress(text, &Limits::default()).as_deref(),
            Ok(REPORT),
            "{text}"
        );
    }
}

#[test]
fn every_container_is_read_in_every_alphabet_and_padding() {
    // Longer by one each time, so that every remainder by three occurs; `?` and `~` make the
    // alphabets differ.
    for extra in ["", "?", "?~", "?~ÿ", "?~ÿ😀"] {
        let json = format!(r#"{{"report":{{"name":"{extra}"}}}}"#);
        for bytes in containers(&json) {
            for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
                let text = engine.encode(&bytes);
                assert_eq!(
                    decompress(&text, &Limits::default()).as_deref(),
                    Ok(json.as_str()),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn json_need_not_be_packed_at_all() {
    for json in [
        REPORT,
        "[]",
        " \t\r\n{}",
        "{", /* whether it is JSON throughout is not asked */
    ] {
        assert_eq!(decompress(json, &Limits::default()).as_deref(), Ok(json));
        assert_eq!(open(json.as_bytes()).as_deref(), Ok(json));
    }
}

#[test]
fn text_that_is_not_base64_says_where() {
    let at = |text: &str| decompress(text, &Limits::default()).unwrap_err();
    assert_eq!(at("UEs\nDBBQ"), PayloadError::Base64 { offset: 3 });
    assert_eq!(at(" UEsDBBQ"), PayloadError::Base64 { offset: 0 });
    assert_eq!(
        at("UE+sDB_Q"),
        PayloadError::Base64 { offset: 2 },
        "two alphabets"
    );
    assert_eq!(
        at("UEsD=BBQ"),
        PayloadError::Base64 { offset: 4 },
        "padding inside"
    );
    assert_eq!(at("UEsDB"), PayloadError::Base64 { offset: 5 });
    assert_eq!(
        at("UEt="),
        PayloadError::Base64 { offset: 2 },
        "bits that belong to no byte"
    );
    assert_eq!(at("삼성"), PayloadError::Base64 { offset: 0 });
}

#[test]
fn what_is_not_json_is_refused() {
    for text in ["", "null", "12", "PK", "\u{feff}{}"] {
        for bytes in [zlib(text.as_bytes()), gzip(text.as_bytes())] {
            assert_eq!(open(&bytes), Err(PayloadError::NotJson), "{text:?}");
        }
    }
    assert_eq!(
        open(&zlib(b"{\"a\":\"\xff\"}")),
        Err(PayloadError::NotUtf8 { offset: 6 })
    );
    assert_eq!(open(b"{\xff}"), Err(PayloadError::NotUtf8 { offset: 1 }));
}

#[test]
fn an_archive_in_an_archive_is_not_opened() {
    for inner in containers(REPORT).into_iter().skip(1) {
        for outer in [
            zlib(&inner),
            gzip(&inner),
            Archive::deflated(&inner).build(),
        ] {
            assert!(
                matches!(
                    open(&outer),
                    Err(PayloadError::NotJson | PayloadError::NotUtf8 { .. })
                ),
                "{outer:?}"
            );
        }
    }
}

#[test]
fn what_is_nothing_known_counts_as_raw_deflate() {
    assert_eq!(
        decompress("", &Limits::default()),
        Err(PayloadError::Truncated {
            container: Container::Deflate,
            offset: 0
        })
    );
    assert!(matches!(
        open(b"hello world"),
        Err(PayloadError::Corrupt {
            container: Container::Deflate,
            ..
        })
    ));
}

#[test]
fn what_follows_the_end_is_refused() {
    for (container, mut bytes) in [
        (Container::Zlib, zlib(REPORT.as_bytes())),
        (Container::Deflate, deflate(REPORT.as_bytes())),
        (Container::Gzip, gzip(REPORT.as_bytes())),
    ] {
        let offset = bytes.len();
        bytes.extend(gzip(b"{}"));
        assert_eq!(
            open(&bytes),
            Err(PayloadError::Trailing { container, offset })
        );
    }
}

#[test]
fn cut_anywhere_there_is_no_text() {
    for bytes in containers(REPORT).into_iter().skip(1).take(3) {
        for length in 0..bytes.len() {
            let error = open(&bytes[..length]).unwrap_err();
            assert!(
                // One byte is too few to know the container by.
                matches!(error, PayloadError::Truncated { offset, .. } if offset == length)
                    || length < 2,
                "{error:?} of {length}"
            );
        }
    }
}

#[test]
fn gzip_headers_are_skipped_and_checked() {
    let plain = gzip(REPORT.as_bytes());
    let (head, body) = plain.split_at(10);
    let with = |flags: u8, fields: &[u8]| {
        let mut bytes = head.to_vec();
        bytes[3] = flags;
        bytes.extend(fields);
        bytes
    };
    let all = with(4 | 8 | 16, b"\x03\x00abcname\0comment\0");
    assert_eq!(
        open(&[all.as_slice(), body].concat()).as_deref(),
        Ok(REPORT)
    );

    let checked = with(2, b"");
    let sum = u16::try_from(super::inflate::crc32(&checked) & 0xffff).unwrap();
    let whole = [checked.as_slice(), &sum.to_le_bytes(), body].concat();
    assert_eq!(open(&whole).as_deref(), Ok(REPORT));
    let wrong = [checked.as_slice(), &(sum ^ 1).to_le_bytes(), body].concat();
    let corrupt = |offset| PayloadError::Corrupt {
        container: Container::Gzip,
        offset,
    };
    assert_eq!(open(&wrong), Err(corrupt(12)));
    assert_eq!(open(&with(0x20, b"")), Err(corrupt(4)));

    let mut method = plain.clone();
    method[2] = 7;
    let error = PayloadError::UnknownMethod {
        container: Container::Gzip,
        method: 7,
    };
    assert_eq!(open(&method), Err(error));

    let mut sum = plain.clone();
    let at = sum.len() - 8;
    sum[at] ^= 1;
    assert!(matches!(
        open(&sum),
        Err(PayloadError::WrongChecksum {
            container: Container::Gzip,
            ..
        })
    ));
    let mut size = plain;
    let at = size.len() - 1;
    size[at] = 1;
    assert_eq!(
        open(&size),
        Err(PayloadError::WrongSize {
            container: Container::Gzip,
            declared: (1 << 24) + 41,
            found: 41
        })
    );
}

#[test]
fn the_checksum_of_zlib_is_verified() {
    let mut bytes = zlib(REPORT.as_bytes());
    let offset = bytes.len();
    bytes[offset - 1] ^= 1;
    assert!(matches!(
        open(&bytes),
        Err(PayloadError::Corrupt {
            container: Container::Zlib,
            ..
        })
    ));
}

#[test]
fn a_report_is_found_among_the_data_of_a_study() {
    let limits = Limits::default();
    let data = format!(
        r#"{{"graphicsCmds":{{"create":{{}}}},"dataCompressed":"{}","other":[1]}}"#,
        FOREIGN[0]
    );
    assert_eq!(report_of(&data, &limits), Ok(Some(REPORT.to_owned())));
    let escaped = data.replace('+', "\\u002b").replace('/', "\\/");
    assert_eq!(report_of(&escaped, &limits), Ok(Some(REPORT.to_owned())));
    for none in [
        "",
        "{}",
        r#"{"graphicsCmds":{}}"#,
        r#"{"dataCompressed":null}"#,
        r#"{"dataCompressed":""}"#,
    ] {
        assert_eq!(report_of(none, &limits), Ok(None), "{none}");
    }
    for wrong in ["{", "12", "\"\"", r#"{"dataCompressed":{}}"#, "{} {}"] {
        assert!(
            matches!(
                report_of(wrong, &limits),
                Err(PayloadError::NotStudyData { line: 1, .. })
            ),
            "{wrong}"
        );
    }
    assert!(report_of(r#"{"dataCompressed":"UEs"}"#, &limits).is_err());
}

#[test]
fn errors_hold_no_text_of_the_payload() {
    let secret = r#"{"report":"CANARY""#;
    let mut seen = 0;
    for bytes in containers(secret) {
        for length in 0..bytes.len() {
            let text = STANDARD.encode(&bytes[..length]);
            if let Err(error) = decompress(&text, &Limits::default()) {
                let shown = format!("{error} {error:?}");
                assert!(
                    !shown.contains("CANARY") && !shown.contains(&text[..text.len().min(8)])
                        || length == 0
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 300, "{seen}");
}
