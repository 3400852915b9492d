//! Every seed of the fuzz targets goes through the same entry points, so that what fuzzing found
//! once is checked by ordinary tests for ever.

use std::{fs, path::Path};

use tv_protocol::fuzzing;

/// Hands each file of `fuzz/seeds/<target>` to `check`.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let mut count = 0;
    for file in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}")) {
        let path = file.unwrap().path();
        let data = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        std::panic::catch_unwind(|| check(&data))
            .unwrap_or_else(|_| panic!("{target}/{name} fails, see the panic above"));
        count += 1;
    }
    assert!(count >= 8, "{target}: only {count} seeds were found");
}

#[test]
fn every_seed_of_whole_messages_is_split() {
    replay("split_frames", fuzzing::split_frames);
}

#[test]
fn every_seed_of_streams_reads_the_same_however_it_is_cut() {
    replay("cut_frames", fuzzing::cut_frames);
}

#[test]
fn every_seed_of_payloads_is_read_or_refused() {
    replay("payload", fuzzing::payload);
}

#[test]
fn every_seed_of_drawings_and_reports_comes_back() {
    replay("study_graphics", fuzzing::study_graphics);
    replay("strategy_report", fuzzing::strategy_report);
}

#[test]
fn every_seed_of_messages_comes_back() {
    replay("decode_message", fuzzing::decode_message);
}

#[test]
fn every_seed_of_messages_reads_the_same_by_template_and_by_serde() {
    replay("decode_message", fuzzing::compare_decoders);
    replay("compare_decoders", fuzzing::compare_decoders);
}

/// The seeds are our own; each event and command that is easy to write down has one.
#[test]
fn the_seeds_hold_no_malformed_message_by_accident() {
    use tv_protocol::message::{ClientMessage, ServerMessage};

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/decode_message");
    let wrong_on_purpose = [
        "malformed",
        "no-params",
        "number",
        "nothing",
        "unknown",
        "deep",
        "same-key-twice",
        "lone-surrogate",
        "numbers",
        "escapes",
    ];
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if wrong_on_purpose.contains(&name.as_str()) || name.starts_with("regression") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let known_event = !matches!(
            ServerMessage::decode(&text).message,
            ServerMessage::Unknown(_) | ServerMessage::Malformed(_)
        );
        let known_command = !matches!(
            ClientMessage::decode(&text),
            ClientMessage::Unknown(_) | ClientMessage::Malformed(_)
        );
        assert!(
            known_event || known_command,
            "{name}: {:?} {:?}",
            ServerMessage::decode(&text).message,
            ClientMessage::decode(&text)
        );
    }
}
