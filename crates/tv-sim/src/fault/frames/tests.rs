use std::sync::Arc;

use super::*;
use crate::fault::engine::Engine;

/// Sends messages of frames through a plan, a second apart, and gives out what is due by then.
struct Run {
    rules: Connection,
    frames: Frames,
    faults: Vec<SessionFault>,
    now: u64,
}

impl Run {
    fn new(plan: &str) -> Self {
        let engine = Arc::new(Engine::new(plan.parse().unwrap()));
        Self {
            rules: Connection::open(&engine, 1, 0),
            frames: Frames::default(),
            faults: Vec::new(),
            now: 0,
        }
    }

    fn message(&mut self, payloads: &[&str]) -> Vec<Out> {
        let mut message = String::new();
        payloads
            .iter()
            .for_each(|payload| framing::push_frame(&mut message, payload));
        let faults = self
            .frames
            .message(self.now, message, &mut self.rules, &mut |_, _, _| None);
        self.faults.extend(faults);
        self.due()
    }

    fn due(&mut self) -> Vec<Out> {
        std::iter::from_fn(|| self.frames.pop(self.now)).collect()
    }
}

fn text(payloads: &[&str]) -> Out {
    let mut message = String::new();
    payloads
        .iter()
        .for_each(|payload| framing::push_frame(&mut message, payload));
    Out::Text(message)
}

const A: &str = r#"{"m":"du","p":["cs_1",{"a":1}]}"#;
const B: &str = r#"{"m":"du","p":["cs_1",{"b":2}]}"#;
const C: &str = r#"{"m":"qsd","p":["qs_1",{"n":"SIM:A","s":"ok","v":{}}]}"#;

#[test]
fn without_rules_a_message_stays_as_it_is() {
    let mut run = Run::new("when connection 2 and kind du do drop");
    assert_eq!(run.message(&[A, B]), [text(&[A, B])]);
    assert!(run.frames.is_empty() && run.frames.bytes() == 0);
}

#[test]
fn frames_are_dropped_stalled_and_duplicated() {
    let mut run = Run::new("when kind du and nth 2 do drop");
    assert_eq!(run.message(&[A, B, C]), [text(&[A, C])]);
    let mut run = Run::new("when kind du and nth 1 do stall for 2s");
    assert_eq!(run.message(&[A, C]), [text(&[C])]);
    run.now = 1999;
    assert_eq!(run.message(&[B]), []);
    run.now = 2000;
    assert_eq!(run.message(&[B]), [text(&[B])]);
    let mut run = Run::new("when containing \"b\" do duplicate 2");
    assert_eq!(run.message(&[A, B]), [text(&[A, B, B, B])]);
}

#[test]
fn a_delay_holds_what_follows() {
    let mut run = Run::new("when kind du and nth 2 do delay 500ms");
    assert_eq!(run.message(&[A, B, C]), [text(&[A])]);
    assert_eq!(run.frames.next_due(), Some(500));
    run.now = 499;
    assert_eq!(run.message(&[C]), []);
    run.now = 500;
    assert_eq!(run.due(), [text(&[B, C]), text(&[C])]);
    run.now = 501;
    assert_eq!(run.message(&[C]), [text(&[C])]);
    assert_eq!(run.frames.bytes(), 0);
}

#[test]
fn a_window_is_shuffled_the_same_way_each_time_and_does_not_wait_for_ever() {
    let payloads: Vec<String> = (0..60)
        .map(|n| format!(r#"{{"m":"du","p":[{n}]}}"#))
        .collect();
    let run = || {
        let mut run = Run::new("when kind du do reorder 50");
        let all: Vec<&str> = payloads.iter().map(String::as_str).collect();
        let first = run.message(&all);
        assert_eq!(run.frames.next_due(), Some(REORDER_WAIT));
        run.now = REORDER_WAIT;
        let rest = run.due();
        assert!(run.frames.is_empty() && run.frames.bytes() == 0);
        [first, rest].map(|outs| match outs.as_slice() {
            [Out::Text(text)] => {
                let frames = framing::split(text).unwrap();
                frames.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        })
    };
    let [first, rest] = run();
    assert_eq!((first.len(), rest.len()), (50, 10));
    let (mut sorted, mut expected) = (first.clone(), payloads[..50].to_vec());
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    assert_ne!(first, payloads[..50]);
    assert_eq!([first, rest], run());
}

#[test]
fn lengths_lie_and_bytes_flip() {
    for (wrong, expected) in [
        ("+1", "~m~32~m~"),
        ("-2", "~m~29~m~"),
        ("-99", "~m~0~m~"),
        ("\" 0x1F\"", "~m~ 0x1F~m~"),
    ] {
        let mut run = Run::new(&format!("when kind du do length {wrong}"));
        assert_eq!(run.message(&[A]), [Out::Text(format!("{expected}{A}"))]);
    }
    let mut run = Run::new("when kind du do corrupt");
    let Some(Out::Text(sent)) = run.message(&[A]).pop() else {
        panic!("a text");
    };
    let Out::Text(meant) = text(&[A]) else {
        panic!("a text");
    };
    let differing = sent.bytes().zip(meant.bytes()).filter(|(a, b)| a != b);
    assert_eq!((differing.count(), sent.len()), (1, meant.len()));
}

#[test]
fn what_ends_a_connection_comes_before_the_frame_and_after_what_was_sent() {
    let mut run = Run::new("when kind du and nth 2 do close 1012 \"bye\"\nwhen frame 3 do reset");
    assert_eq!(
        run.message(&[A, B, C]),
        [
            text(&[A]),
            Out::Close(Some(1012), "bye".into()),
            text(&[B]),
            Out::Kill(Kill::Reset),
            text(&[C]),
        ]
    );
}

#[test]
fn errors_take_the_place_of_what_they_are_about() {
    let mut run = Run::new("when kind du do critical-error \"gone\"");
    assert_eq!(run.message(&[A, C]), [text(&[C])]);
    let about = SessionFault::Critical(Some("cs_1".into()), "gone".into());
    assert_eq!(run.faults, [about]);
    // Nothing comes after it that the session has written before it ended, but the session may
    // begin anew.
    let gone = r#"{"m":"critical_error","p":["cs_1","gone",""]}"#;
    let completed = r#"{"m":"series_completed","p":["cs_1","sds_1","streaming","s1",{}]}"#;
    let mut run = Run::new("when kind du and nth 1 do critical-error \"gone\"");
    assert_eq!(run.message(&[A, C, B, completed]), [text(&[C])]);
    assert_eq!(run.message(&[B, gone, B]), [text(&[gone, B])]);
    let mut run = Run::new("when kind qsd|symbol_resolved do symbol-error \"no\"");
    let resolved = r#"{"m":"symbol_resolved","p":["cs_1","y",{}],"t":1}"#;
    assert_eq!(
        run.message(&[C, resolved]),
        [text(&[
            r#"{"m":"qsd","p":["qs_1",{"errmsg":"no","n":"SIM:A","s":"error","v":{}}]}"#,
            r#"{"m":"symbol_error","p":["cs_1","y","no"]}"#,
        ])]
    );
    let mut run = Run::new("when kind series_completed do series-error \"no\"");
    let completed = r#"{"m":"series_completed","p":["cs_1","sds_1","streaming","s1",{}]}"#;
    assert_eq!(
        run.message(&[completed]),
        [text(&[
            r#"{"m":"series_error","p":["cs_1","sds_1","s1","no","undefined"]}"#
        ])]
    );
    let mut run = Run::new("when kind study_completed do study-error \"Calculation timed out\"");
    let completed = r#"{"m":"study_completed","p":["cs_1","st1","s1_st1"],"t":1}"#;
    assert_eq!(
        run.message(&[C, completed]),
        [text(&[
            C,
            r#"{"m":"study_error","p":["cs_1","st1","s1_st1","Calculation timed out","undefined"]}"#
        ])]
    );
}

#[test]
fn kinds_are_names() {
    for (payload, name) in [
        ("~h~7", "heartbeat"),
        (A, "du"),
        (r#"{"session_id":"x","timestamp":1}"#, "hello"),
        (r#"{"p":[],"m":"qsd"}"#, "qsd"),
        (r#"{"m":"a\u0062"}"#, "ab"),
        ("nonsense", "hello"),
    ] {
        assert_eq!(kind(payload), name);
    }
}
