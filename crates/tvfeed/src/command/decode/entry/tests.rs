//! Lines of all sorts and what is found in them.

use serde_json::{Value, json};

use super::*;
use crate::command::decode::record::write_record;

fn records_as(line: &[u8], number: u64, direction: DirectionArg) -> Vec<Value> {
    let mut out = Vec::new();
    read_line(line, number, direction, &mut |place, entry| {
        write_record(place, &entry, &mut out).unwrap();
        Ok(())
    })
    .unwrap();
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn records(line: &str) -> Vec<Value> {
    records_as(line.as_bytes(), 7, DirectionArg::Auto)
}

const COMPLETED: &str = r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#;

#[test]
fn frames_bare_messages_and_heartbeats_are_distinguished() {
    let framed = format!("~m~4~m~~h~1~m~{}~m~{COMPLETED}", COMPLETED.len());
    let completed = |offset: u64| {
        json!({
            "line": 7, "offset": offset, "direction": "recv", "kind": "quote_completed",
            "session": "qs_1", "name": "A:B", "rest": [],
        })
    };
    assert_eq!(
        records(&framed),
        [
            json!({"line": 7, "offset": 0, "kind": "heartbeat", "number": 1}),
            completed(11),
        ]
    );
    assert_eq!(records(COMPLETED), [completed(0)]);
    assert_eq!(records(&format!("  {COMPLETED} \r")), [completed(2)]);
    assert_eq!(
        records("~h~42"),
        [json!({"line": 7, "offset": 0, "kind": "heartbeat", "number": 42})]
    );
    for blank in ["", " ", "\r", "\t\r"] {
        assert_eq!(records(blank), [] as [Value; 0]);
    }
}

#[test]
fn a_byte_order_mark_is_tolerated_at_the_start_of_the_file_only() {
    let line = format!("\u{feff}{COMPLETED}");
    let first = records_as(line.as_bytes(), 1, DirectionArg::Auto);
    assert_eq!(first[0]["kind"], "quote_completed");
    assert_eq!(first[0]["offset"], 3);
    assert_eq!(records(&line)[0]["kind"], "fault");
}

#[test]
fn the_method_determines_the_direction() {
    let sent = &records(r#"{"m":"quote_create_session","p":["qs_1"]}"#)[0];
    assert_eq!(sent["direction"], "send");
    assert_eq!(sent["kind"], "quote_create_session");
    let hello = &records(r#"{"session_id":"x","timestamp":1}"#)[0];
    assert_eq!(
        (&hello["direction"], &hello["kind"]),
        (&json!("recv"), &json!("hello"))
    );
    let unknown = &records(r#"{"m":"brand_new","p":[1]}"#)[0];
    assert_eq!(unknown["kind"], "unknown");
    assert_eq!(unknown["method"], "brand_new");
    assert_eq!(unknown["params"], json!([1]));
    assert!(unknown["direction"].is_null());
}

#[test]
fn a_direction_may_be_prescribed() {
    let as_sent = records_as(COMPLETED.as_bytes(), 1, DirectionArg::Send);
    assert_eq!(as_sent[0]["kind"], "unknown");
    assert_eq!(as_sent[0]["direction"], "send");
    let line = br#"{"m":"quote_create_session","p":["qs_1"]}"#;
    let as_received = records_as(line, 1, DirectionArg::Recv);
    assert_eq!(as_received[0]["kind"], "unknown");
    assert_eq!(as_received[0]["direction"], "recv");
}

#[test]
fn an_error_names_its_place_and_reading_continues() {
    let found = records("~m~9~m~{}~m~4~m~~h~1garbage");
    assert_eq!(found[0]["kind"], "fault");
    assert_eq!(found[0]["offset"], 0);
    let error = found[0]["error"].as_str().unwrap();
    assert!(error.contains('9') && error.contains('2'), "{error}");
    let garbage = &records("garbage ~m~4~m~~h~1");
    assert_eq!(garbage[0]["kind"], "fault");
    assert_eq!(garbage[1]["number"], 1);
    assert_eq!(garbage[1]["offset"], 8);

    let bytes = records_as(b"{\"m\":\"\xff\"}", 3, DirectionArg::Auto);
    assert_eq!(
        bytes,
        [json!({"line": 3, "offset": 6, "kind": "fault", "error": "the line is not valid UTF-8"})]
    );
    for malformed in [
        "{",
        "[1]",
        "5",
        "\"x\"",
        "~m~4~m~test",
        r#"{"m":"qsd","p":[1]}"#,
    ] {
        assert_eq!(records(malformed)[0]["kind"], "malformed", "{malformed}");
    }
}

#[test]
fn tokens_are_never_shown() {
    let framed = |text: &str| format!("~m~{}~m~{text}", text.len());
    let canary = "CANARY";
    let bare = [
        r#"{"m":"set_auth_token","p":["CANARY"]}"#,
        r#"{"m":"set_auth_token","p":[{"CANARY":1}]}"#,
        r#"{"m":"set_auth_token","p":["CANARY""#,
        r#"{"m":"set\u005fauth_token","p":[["CANARY"]]}"#,
        r#"{"m":"s\u0065t_\u0061uth_token","p":["CANARY","#,
        r#"{"m":"set_auth_tokens","p":["CANARY"]}"#,
        r#"{"p":["set_auth_token","CANARY"]}"#,
        r#"["set_auth_token","CANARY"]"#,
        r#""set_auth_token CANARY""#,
    ];
    let mut lines: Vec<String> = bare.map(str::to_owned).into();
    lines.extend(bare.map(framed));
    lines.push(r#"~m~3~m~{"m":"set_auth_token","p":["CANARY"]}"#.to_owned());
    lines.push(r#"~m~999~m~{"m":"set_auth_token","p":["CANARY"]}"#.to_owned());
    lines.push(r#"CANARY","set_auth_token"]}"#.to_owned());
    for line in lines {
        for direction in [DirectionArg::Auto, DirectionArg::Recv, DirectionArg::Send] {
            let found = records_as(line.as_bytes(), 1, direction);
            assert_eq!(found.len(), 1, "{line}");
            assert!(
                !found[0].to_string().contains(canary),
                "{line}: {}",
                found[0]
            );
        }
    }
    let guest = &records(r#"{"m":"set_auth_token","p":["unauthorized_user_token"]}"#)[0];
    assert_eq!(guest["token"], "unauthorized_user_token");
}

#[test]
fn the_kind_of_a_study_does_not_hide_the_kind_of_its_message() {
    let line = r#"{"m":"create_study","p":["cs_1","st1","st1","sds_1","X@tv",{}]}"#;
    let found = &records(line)[0];
    assert_eq!(found["kind"], "create_study");
    assert_eq!(found["study_type"], "X@tv");
}

#[test]
fn frames_beside_bytes_that_are_not_text_are_found() {
    let frame = format!("~m~{}~m~{COMPLETED}", COMPLETED.len());
    let line = [
        frame.as_bytes(),
        b"\xff\xfe",
        frame.as_bytes(),
        b"~m~1~m~\xff",
    ]
    .concat();
    let found = records_as(&line, 2, DirectionArg::Auto);
    let end = frame.len() as u64;
    let kinds: Vec<_> = found
        .iter()
        .map(|record| {
            (
                record["kind"].as_str().unwrap(),
                record["offset"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("quote_completed", 0),
            ("fault", end),
            ("fault", end + 1),
            ("quote_completed", end + 2),
            ("fault", 2 * end + 2),
            ("fault", 2 * end + 9),
        ]
    );
    // A token beside such bytes stays hidden, too.
    let found = records_as(
        b"~m~9~m~{\"m\":\"set_auth_token\",\"p\":[\"secret\xff\"]}",
        1,
        DirectionArg::Auto,
    );
    assert!(found.iter().all(|record| record["kind"] == "fault"));
    assert!(!format!("{found:?}").contains("secret"), "{found:?}");
}

#[test]
fn a_line_full_of_faults_takes_time_in_proportion_to_its_length() {
    // If each fault looked at the whole line again, this would take minutes.
    let line = "~m~1~m~".repeat(500_000);
    let mut faults = 0;
    read_line(line.as_bytes(), 1, DirectionArg::Auto, &mut |_, entry| {
        assert!(matches!(entry, Entry::Fault(_)));
        faults += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(faults, 500_000);
}
