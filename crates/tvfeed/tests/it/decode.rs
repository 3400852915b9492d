//! Recorded traffic, counted here by code that shares nothing with the program's.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::Write,
    process::Stdio,
};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Value, json};

use crate::program::{Done, Running, recordings, run_command, tvfeed};

fn decode(args: &[&str], input: &[u8]) -> Done {
    let mut command = tvfeed(["decode"]);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running(Some(command.spawn().unwrap()));
    let mut stdin = running.child().stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&input));
    let done = running.output(std::time::Duration::from_secs(30));
    writing.join().unwrap().unwrap();
    done
}

/// Payloads of a recording: headers are cut by UTF-16 units, as the official client does it.
fn payloads(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with("~m~") {
            found.push(line.to_owned());
            continue;
        }
        let units: Vec<u16> = line.encode_utf16().collect();
        let mut at = 0;
        while at < units.len() {
            let rest = String::from_utf16_lossy(&units[at..units.len().min(at + 20)]);
            let length = rest.split("~m~").nth(1).unwrap();
            at += 6 + length.len();
            let length: usize = length.parse().unwrap();
            found.push(String::from_utf16(&units[at..at + length]).unwrap());
            at += length;
        }
    }
    found
}

fn kind(payload: &str) -> String {
    if payload.starts_with("~h~") {
        return "heartbeat".to_owned();
    }
    let value: Value = serde_json::from_str(payload).unwrap();
    value["m"].as_str().unwrap_or("hello").to_owned()
}

/// The text of a recording without `{"trimmed":N}`, which stands where its author cut N rows out.
fn without_cuts(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(r#"{"trimmed":"#) {
        kept.push_str(before);
        let (_, after) = after.split_once('}').unwrap();
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    kept + rest
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn every_recording_is_counted_as_an_independent_splitter_counts_it() {
    let folder = recordings();
    let copies = std::env::temp_dir().join(format!("tvfeed-decode-{}", std::process::id()));
    fs::create_dir_all(&copies).unwrap();
    let mut total = 0;
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let known = file.to_string_lossy();
        if !known.ends_with(".raw.txt") && !known.ends_with(".jsonl") {
            continue;
        }
        // One author cut rows out, and left marks that no server sends.
        let text = without_cuts(&fs::read_to_string(&file).unwrap());
        let file = copies.join(file.file_name().unwrap());
        fs::write(&file, &text).unwrap();
        let payloads = payloads(&text);
        let mut kinds = BTreeMap::<String, u64>::new();
        for payload in &payloads {
            *kinds.entry(kind(payload)).or_default() += 1;
        }
        let name = file.to_str().unwrap();
        let summary = run_command(tvfeed(["decode", "--format", "summary", name]));
        let expected = json!({
            "frames": payloads.len(), "kinds": kinds, "unknown": 0, "malformed": 0, "faults": [],
        });
        assert_eq!(summary.json(), [expected], "{name}");
        assert_eq!((summary.status, summary.stderr.as_str()), (Some(0), ""));

        let lines = run_command(tvfeed(["decode", name]));
        let decoded: Vec<_> = lines
            .json()
            .iter()
            .map(|line| line["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            decoded,
            payloads
                .iter()
                .map(|payload| kind(payload))
                .collect::<Vec<_>>(),
            "{name}"
        );
        lines.stdout.lines().for_each(assert_keys_are_unique);
        total += payloads.len();
    }
    fs::remove_dir_all(&copies).unwrap();
    assert!(total >= 300, "only {total} frames");
}

/// A key that stands twice hides one of its values.
fn assert_keys_are_unique(line: &str) {
    struct Keys;
    impl<'de> Visitor<'de> for Keys {
        type Value = ();

        fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            let mut seen = HashSet::new();
            while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                assert!(seen.insert(key.clone()), "{key} stands twice");
            }
            Ok(())
        }
    }
    impl<'de> DeserializeSeed<'de> for Keys {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
            source.deserialize_map(self)
        }
    }
    Keys.deserialize(&mut serde_json::Deserializer::from_str(line))
        .unwrap();
}

#[test]
fn standard_input_is_read_without_a_name_and_with_a_dash() {
    for args in [&[][..], &["-"]] {
        let done = decode(args, b"~m~4~m~~h~5\n");
        assert_eq!(
            done.stdout,
            "{\"line\":1,\"offset\":0,\"kind\":\"heartbeat\",\"number\":5}\n"
        );
        assert_eq!(done.status, Some(0));
    }
}

#[test]
fn whatever_is_in_the_input_it_is_counted_and_the_status_is_zero() {
    let korean = r#"{"m":"quote_completed","p":["qs_1","삼성"]}"#;
    let mut input = b"\xEF\xBB\xBF~m~4~m~~h~1\r\n\r\n~h~2\n".to_vec();
    input.extend(format!("~m~{}~m~{korean}\n", korean.encode_utf16().count()).bytes());
    input.extend(format!("{korean}\n{{\"m\":\"new_kind\",\"p\":[]}}\n").bytes());
    input.extend(b"{\"m\":\"qsd\",\"p\":[1]}\n\xff\n~m~9~m~{}\nrubbish");
    let done = decode(&["--format", "summary"], &input);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let summary = &done.json()[0];
    assert_eq!(summary["frames"], 6);
    assert_eq!(
        summary["kinds"],
        json!({"heartbeat": 2, "quote_completed": 2})
    );
    assert_eq!(
        (&summary["unknown"], &summary["malformed"]),
        (&json!(1), &json!(1))
    );
    let faults: Vec<_> = summary["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["line"].as_u64().unwrap())
        .collect();
    assert_eq!(faults, [7, 8, 9, 10]);
    assert!(
        summary["faults"][0]["error"]
            .as_str()
            .unwrap()
            .contains("malformed qsd")
    );
    assert!(summary.get("faults_omitted").is_none());
    assert_eq!(decode(&["--format", "summary"], b"").json()[0]["frames"], 0);
}

#[test]
fn a_line_over_the_limit_is_a_fault_and_the_next_is_read() {
    let mut input = vec![b'x'; 64 * 1024 * 1024 + 1];
    input.extend(b"\n~h~3\n");
    let done = decode(&[], &input);
    let lines = done.json();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["line"]),
        (&json!("fault"), &json!(1))
    );
    assert_eq!(
        (&lines[1]["kind"], &lines[1]["line"]),
        (&json!("heartbeat"), &json!(2))
    );
}

#[test]
fn input_without_a_readable_message_is_noted_on_stderr() {
    let note = "tvfeed: no message could be read: - may not be recorded traffic\n";
    let good = br#"{"m":"quote_completed","p":["qs_1","A:B"]}"#;
    for format in ["ndjson", "summary"] {
        for (input, expected) in [
            (b"\x7fELF\x02\x01\nhello\n".as_slice(), note),
            (br#"{"m":"brand_new","p":[1]}"#, note),
            (good, ""),
            (b"", ""),
        ] {
            let done = decode(&["--format", format], input);
            assert_eq!((done.status, done.stderr.as_str()), (Some(0), expected));
        }
    }
}
