//! ZIP archives, whole and wrong.

use super::{
    super::{Container, PayloadError},
    REPORT,
    build::Archive,
    open,
};

const ZIP: Container = Container::Zip;

fn archives() -> Vec<Archive> {
    Archive::variants(REPORT.as_bytes())
}

#[test]
fn cut_anywhere_an_archive_yields_all_or_nothing() {
    for archive in archives() {
        let whole = archive.build();
        let entry = archive.entry().len();
        for length in 0..whole.len() {
            let opened = open(&whole[..length]);
            if length >= entry {
                // The directory tells nothing about an entry that has been verified.
                assert_eq!(opened.as_deref(), Ok(REPORT));
            } else {
                assert!(
                    matches!(opened, Err(PayloadError::Truncated { offset, .. }) if offset == length),
                    "{opened:?} of {length}"
                );
            }
        }
    }
}

#[test]
fn checksums_are_verified() {
    for mut archive in archives() {
        let found = archive.checksum;
        archive.checksum ^= 0x8000_0001;
        let error = PayloadError::WrongChecksum {
            container: ZIP,
            declared: archive.checksum,
            found,
        };
        assert_eq!(open(&archive.build()), Err(error), "{archive:?}");
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    for archive in archives() {
        for lie in [0, 1, archive.size + 1, u32::MAX - 1] {
            let mut wrong = archive.clone();
            wrong.size = lie;
            let error = PayloadError::WrongSize {
                container: ZIP,
                declared: lie,
                found: REPORT.len(),
            };
            assert_eq!(open(&wrong.build()), Err(error), "{wrong:?}");
        }
        for lie in [
            0,
            archive.compressed - 1,
            archive.compressed + 1,
            u32::MAX - 1,
        ] {
            let mut wrong = archive.clone();
            wrong.compressed = lie;
            let error = open(&wrong.build()).unwrap_err();
            assert!(
                matches!(
                    error,
                    PayloadError::WrongSize { container: ZIP, .. }
                        | PayloadError::Truncated { container: ZIP, .. }
                        | PayloadError::Corrupt { container: ZIP, .. }
                ),
                "{error:?} of {wrong:?}"
            );
        }
    }
}

#[test]
fn a_second_entry_is_refused() {
    for archive in archives() {
        let entry = archive.entry();
        let mut second = entry.clone();
        second.extend(Archive::stored(b"{}").entry());
        let error = PayloadError::SeveralEntries {
            offset: entry.len(),
        };
        assert_eq!(open(&second), Err(error), "one behind the other");

        let mut listed = archive.clone();
        listed.listed = 2;
        let error = open(&listed.build()).unwrap_err();
        let offset = entry.len() + 46 + archive.name.len();
        assert_eq!(
            error,
            PayloadError::SeveralEntries { offset },
            "two that share their data"
        );
    }
}

#[test]
fn many_entries_cost_no_more_than_the_first() {
    let mut archive = Archive::deflated(REPORT.as_bytes());
    archive.listed = 60_000;
    assert!(matches!(
        open(&archive.build()),
        Err(PayloadError::SeveralEntries { .. })
    ));
}

#[test]
fn an_archive_without_entries_is_refused() {
    let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    assert_eq!(open(&empty), Err(PayloadError::NoEntry));
}

#[test]
fn encrypted_entries_are_refused() {
    for archive in archives() {
        for bit in [0, 6, 13] {
            let mut wrong = archive.clone();
            wrong.flags |= 1 << bit;
            assert_eq!(open(&wrong.build()), Err(PayloadError::Encrypted));
        }
    }
}

#[test]
fn entries_of_64_bits_are_refused() {
    let archive = Archive::deflated(REPORT.as_bytes());
    let mut extra = archive.clone();
    extra.extra = [b"\x55\x54\x01\x00x\x01\x00\x10\x00".as_slice(), &[0; 16]].concat();
    let mut size = archive.clone();
    size.size = u32::MAX;
    let mut compressed = archive.clone();
    compressed.compressed = u32::MAX;
    for wrong in [extra, size, compressed] {
        assert_eq!(open(&wrong.build()), Err(PayloadError::Zip64), "{wrong:?}");
    }
    let mut directory = archive.entry();
    directory.extend(b"PK\x06\x06");
    assert_eq!(open(&directory), Err(PayloadError::Zip64));
}

#[test]
fn an_extra_field_that_is_cut_does_no_harm() {
    for extra in [b"\x01".as_slice(), b"\x55\x54\xff\x00", b"\x55\x54\x00"] {
        let mut archive = Archive::deflated(REPORT.as_bytes());
        archive.extra = extra.to_vec();
        assert_eq!(open(&archive.build()).as_deref(), Ok(REPORT));
    }
}

#[test]
fn other_methods_are_refused() {
    for method in [1, 9, 12, 14, 93, 99, u16::MAX] {
        let mut archive = Archive::stored(REPORT.as_bytes());
        archive.method = method;
        let error = PayloadError::UnknownMethod {
            container: ZIP,
            method,
        };
        assert_eq!(open(&archive.build()), Err(error));
    }
}

#[test]
fn what_is_not_a_directory_is_refused() {
    for archive in archives() {
        let mut bytes = archive.entry();
        let offset = bytes.len();
        bytes.extend(b"more");
        let error = PayloadError::Trailing {
            container: ZIP,
            offset,
        };
        assert_eq!(open(&bytes), Err(error));
    }
}

#[test]
fn a_checksum_that_looks_like_a_mark_is_a_checksum() {
    // Chosen so that its CRC-32 is `PK` 7 8.
    let content = br#"{"a":"pqpqqqppqpqpqppqpppqppqpqqpppqpppppppppp"}"#;
    let unmarked = Archive::deflated(content).streamed(false);
    assert_eq!(unmarked.checksum.to_le_bytes(), *b"PK\x07\x08");
    for archive in [unmarked.clone(), unmarked.streamed(true)] {
        assert_eq!(
            open(&archive.build()).map(String::into_bytes).as_deref(),
            Ok(content.as_slice())
        );
    }
}

#[test]
fn a_stored_stream_needs_its_mark() {
    let archive = Archive::stored(REPORT.as_bytes()).streamed(false);
    assert!(matches!(
        open(&archive.build()),
        Err(PayloadError::Truncated { .. })
    ));
}

#[test]
fn faults_inside_the_data_say_where() {
    let mut archive = Archive::deflated(REPORT.as_bytes());
    archive.data[0] |= 7; // a block of a kind that does not exist
    let at = |error| match error {
        PayloadError::Corrupt { offset, .. } => offset,
        other => panic!("{other:?}"),
    };
    assert!(at(open(&archive.build()).unwrap_err()) >= 30);
    assert!(at(open(&archive.streamed(true).build()).unwrap_err()) >= 30);
}
