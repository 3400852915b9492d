//! The life of studies: studies of studies, removals, joined changes, limits.

use super::*;
use crate::request::StudyRequest;

const STUDY: SubscriptionId = SubscriptionId(3);
const CHILD: SubscriptionId = SubscriptionId(4);
const OTHER: SubscriptionId = SubscriptionId(5);

fn request(kind: &str) -> StudyRequest {
    StudyRequest::new(kind).input("length", 14)
}

fn add(rig: &mut Rig, id: SubscriptionId, of: SubscriptionId, request: StudyRequest) {
    let updates = &mut rig.updates;
    rig.registry
        .add_study(id, of, request, rig.now, &mut |id, update| {
            updates.push((id, update));
        });
}

fn modify(rig: &mut Rig, id: SubscriptionId, length: i64) {
    let request = request("RSI@one-1").input("length", length);
    rig.registry
        .modify_study(id, request, rig.now, &mut |_, _| {});
}

/// What happened to studies, in order, that are created, changed or removed: `create st2 of st1`.
fn commands(rig: &mut Rig) -> Vec<String> {
    let short = |command: String| {
        let params = params(&command);
        let text = |at: usize| params[at].as_str().unwrap().to_owned();
        match serde_json::from_str::<Value>(&command).unwrap()["m"].as_str()? {
            "create_study" => Some(format!("create {} of {}", text(1), text(3))),
            "modify_study" => Some(format!("modify {} {} {}", text(1), text(2), params[3])),
            "remove_study" => Some(format!("remove {}", text(1))),
            _ => None,
        }
    };
    rig.sent().into_iter().filter_map(short).collect()
}

fn say(method: &str, session: &str, study: &str, turnaround: &str) -> String {
    format!(r#"{{"m":"{method}","p":["{session}","{study}","{turnaround}"]}}"#)
}

/// Receives a message, and lists what studies report.
fn receive(rig: &mut Rig, text: &str) -> Vec<(SubscriptionId, Update)> {
    let received = ServerMessage::decode(text);
    let updates = &mut rig.updates;
    rig.registry.route(&received, rig.now, &mut |id, update| {
        updates.push((id, update));
    });
    std::mem::take(&mut rig.updates)
}

/// Restores the series; its session.
fn restore(rig: &mut Rig, turnaround: &str) -> String {
    let session = session_of(&rig.sent());
    let bars = [bar(60, 2.0), bar(120, 3.0)];
    receive(rig, &rows("timescale_update", &session, turnaround, &bars));
    receive(rig, &completed(&session, turnaround, "{}"));
    session
}

#[test]
fn a_study_of_a_study_is_created_after_it_and_again_with_every_session() {
    let (mut rig, session) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    let average = request("MASimple@one-1").source_plot("source", 1);
    add(&mut rig, CHILD, STUDY, average);
    let sent = rig.sent();
    assert!(
        sent[1].ends_with(r#""st2","st2","st1","MASimple@one-1",{"length":14,"source":"st1$1"}]}"#),
        "{sent:?}"
    );
    let done = say("study_completed", &session, "st2", "s1_st2");
    let snapshot = Update::Study(StudyUpdate::Snapshot(Vec::new()));
    assert_eq!(receive(&mut rig, &done), [(CHILD, snapshot)]);
    rig.close();
    rig.open();
    restore(&mut rig, "s2");
    assert_eq!(
        commands(&mut rig),
        ["create st3 of sds_1", "create st4 of st3"]
    );
}

#[test]
fn an_input_of_a_script_keeps_its_kind_beside_a_plot() {
    let typed = protocol::json::Json::parse(r#"{"v":"close","f":true,"t":"source"}"#).unwrap();
    let request = StudyRequest::new("Script@tv-scripting-101!").input("in_1", typed);
    let inputs = request.source_plot("in_1", 0).inputs(Some("st7")).unwrap();
    assert_eq!(
        inputs.to_string(),
        r#"{"in_1":{"f":true,"t":"source","v":"st7$0"}}"#
    );
}

#[test]
fn a_study_of_a_study_ends_with_it_and_leaves_others() {
    let (mut rig, _) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    add(&mut rig, CHILD, STUDY, request("MASimple@one-1"));
    add(&mut rig, OTHER, SERIES, request("MASimple@one-1"));
    rig.sent();
    rig.remove(STUDY);
    let [(CHILD, Update::Failed(RequestError::Misuse { reason }))] = &rig.updates[..] else {
        panic!("{:?}", rig.updates)
    };
    assert!(reason.contains("computed from is over"), "{reason}");
    assert_eq!(commands(&mut rig), ["remove st1"]);
    assert_eq!(rig.registry.parents.len(), 1);
    // Another one of what is over fails at once.
    rig.updates.clear();
    add(&mut rig, CHILD, STUDY, request("MASimple@one-1"));
    assert!(matches!(rig.updates[..], [(CHILD, Update::Failed(_))]));
}

#[test]
fn a_refused_study_takes_those_that_are_computed_from_it_with_it() {
    let (mut rig, session) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    add(&mut rig, CHILD, STUDY, request("MASimple@one-1"));
    rig.sent();
    let refusal = format!(
        r#"{{"m":"study_error","p":["{session}","st1","s1_st1","study_not_auth:RSI@one-1","n"]}}"#
    );
    let failed = receive(&mut rig, &refusal);
    let [
        (CHILD, Update::Failed(RequestError::Misuse { .. })),
        (STUDY, Update::Failed(RequestError::NotEntitled { study, .. })),
    ] = &failed[..]
    else {
        panic!("{failed:?}")
    };
    assert_eq!(study, "RSI@one-1");
    assert!(rig.registry.parents.is_empty());
}

#[test]
fn values_of_a_study_come_anew_after_the_one_it_is_computed_from_was_changed() {
    let (mut rig, session) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    add(&mut rig, CHILD, STUDY, request("MASimple@one-1"));
    rig.sent();
    for study in ["st1", "st2"] {
        let done = say("study_completed", &session, study, &format!("s1_{study}"));
        assert_eq!(receive(&mut rig, &done).len(), 1);
    }
    modify(&mut rig, STUDY, 20);
    assert_eq!(commands(&mut rig), [r#"modify st1 st3 {"length":20}"#]);
    receive(&mut rig, &say("study_loading", &session, "st2", "s1_st2"));
    let du = format!(
        r#"{{"m":"du","p":["{session}",{{"st2":{{"st":[{{"i":0,"v":[60,1.5]}}],"t":"s1_st2"}}}}]}}"#
    );
    assert_eq!(receive(&mut rig, &du), [], "it waits for the completion");
    let updates = receive(&mut rig, &say("study_completed", &session, "st2", "s1_st2"));
    let [(CHILD, Update::Study(StudyUpdate::Snapshot(points)))] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(points.len(), 1);
    // Loading again for older bars sends the rows of these alone.
    receive(&mut rig, &say("study_loading", &session, "st2", "s1_st2"));
    assert_eq!(receive(&mut rig, &du).len(), 1);
}

/// Removes the study and waits.
fn remove(rig: &mut Rig) -> oneshot::Receiver<Result<(), RequestError>> {
    let (reply, answer) = oneshot::channel();
    let updates = &mut rig.updates;
    rig.registry
        .remove_study(STUDY, reply, rig.now, &mut |id, update| {
            updates.push((id, update));
        });
    answer
}

#[test]
fn a_removal_is_over_when_the_server_has_deleted_the_study_and_others_wait_for_it() {
    let (mut rig, session) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    rig.sent();
    let mut answer = remove(&mut rig);
    add(&mut rig, OTHER, SERIES, request("MASimple@one-1"));
    assert_eq!(commands(&mut rig), ["remove st1"]);
    assert!(answer.try_recv().is_err());
    receive(&mut rig, &say("study_deleted", &session, "st9", "s1_st9"));
    assert!(answer.try_recv().is_err(), "that is another one");
    receive(&mut rig, &say("study_deleted", &session, "st1", "s1_st1"));
    assert_eq!(answer.try_recv(), Ok(Ok(())));
    assert_eq!(commands(&mut rig), ["create st2 of sds_1"]);
}

#[test]
fn a_removal_that_is_not_confirmed_ends_in_time_and_without_a_session_at_once() {
    let (mut rig, _) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    rig.sent();
    let mut answer = remove(&mut rig);
    add(&mut rig, OTHER, SERIES, request("MASimple@one-1"));
    rig.pass(Duration::from_secs(5));
    let answer = answer.try_recv();
    assert!(
        matches!(answer, Ok(Err(RequestError::TimedOut { .. }))),
        "{answer:?}"
    );
    assert_eq!(commands(&mut rig), ["remove st1", "create st2 of sds_1"]);

    let (mut rig, _) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    let mut cut = remove(&mut rig);
    rig.close();
    assert_eq!(cut.try_recv(), Ok(Ok(())));
    let mut gone = remove(&mut rig);
    assert_eq!(gone.try_recv(), Ok(Ok(())), "there is none any more");
}

#[test]
fn changes_in_quick_succession_are_sent_as_one() {
    let (mut rig, session) = Rig::live();
    add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
    rig.sent();
    receive(&mut rig, &say("study_completed", &session, "st1", "s1_st1"));
    for length in 20..25 {
        modify(&mut rig, STUDY, length);
    }
    assert_eq!(commands(&mut rig), [r#"modify st1 st2 {"length":20}"#]);
    // The answer to the first is that to inputs of before.
    assert_eq!(
        receive(&mut rig, &say("study_completed", &session, "st1", "s1_st2")),
        []
    );
    rig.pass(Duration::from_millis(500));
    assert_eq!(commands(&mut rig), [r#"modify st1 st6 {"length":24}"#]);
    let done = say("study_completed", &session, "st1", "s1_st6");
    assert_eq!(receive(&mut rig, &done).len(), 1);
    // Once that is answered, the next is sent at once.
    modify(&mut rig, STUDY, 30);
    assert_eq!(commands(&mut rig), [r#"modify st1 st7 {"length":30}"#]);
}

#[test]
fn the_limit_of_an_account_is_an_error_of_its_own() {
    for words in [
        r#""The maximum number of studies per chart has been reached for current subscription""#,
        r#"{"error":"no more than {count}","ctx":{"count":2,"code":"study_limit_exceeded"}}"#,
    ] {
        let (mut rig, session) = Rig::live();
        add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
        rig.sent();
        let refusal = format!(
            r#"{{"m":"study_error","p":["{session}","st1","s1_st1",{words},"undefined"]}}"#
        );
        let failed = receive(&mut rig, &refusal);
        let [(STUDY, Update::Failed(error @ RequestError::StudyLimit { study, .. }))] = &failed[..]
        else {
            panic!("{failed:?}")
        };
        assert_eq!(study, "RSI@one-1");
        assert!(error.is_retryable());
    }
}

/// All that a server sends for one set of inputs: rows, drawings and a report, at first and again,
/// with `word` in every part and `value` in every row.
fn answer(session: &str, turnaround: &str, word: &str, value: i64) -> Vec<String> {
    let text = Value::from(format!(
        r#"{{"data":{{"report":{{"currency":"{word}"}}}},"graphicsCmds":{{"erase":[{{"action":"all"}}],"create":{{"dwglabels":[{{"styleId":"a","data":[{{"id":1,"x":0,"t":"{word}"}}]}}]}}}}}}"#
    ));
    let row = format!(r#"{{"i":1,"v":[120,{value}]}}"#);
    let part = |rows: &str, text: &Value| {
        format!(
            r#"{{"m":"du","p":["{session}",{{"st1":{{"st":[{rows}],"ns":{{"d":{text},"indexes":[1]}},"t":"{turnaround}"}}}}]}}"#
        )
    };
    vec![
        say("study_loading", session, "st1", turnaround),
        part(&row, &"".into()),
        part("", &text),
        say("study_completed", session, "st1", turnaround),
        part(&row, &text),
        say("study_loading", session, "st1", turnaround),
        part("", &text),
        say("study_completed", session, "st1", turnaround),
    ]
}

#[test]
fn a_strategy_report_never_mixes_two_input_sets() {
    let old_count = answer("cs", "s1_st1", "OLD", 1).len();
    let new_count = answer("cs", "s1_st2", "NEW", 2).len();
    let mut with_old_report = 0;
    // The inputs are changed before each message of the first answer and after the last. What was
    // on its way still comes, each message of it before each message of the second answer.
    for changed in 0..=old_count {
        for mixed in 0..=new_count {
            let (mut rig, session) = Rig::live();
            add(&mut rig, STUDY, SERIES, request("RSI@one-1"));
            rig.sent();
            let old = answer(&session, "s1_st1", "OLD", 1);
            let new = answer(&session, "s1_st2", "NEW", 2);
            for message in &old[..changed] {
                for (_, update) in receive(&mut rig, message) {
                    let words = format!("{update:?}");
                    assert!(!words.contains("NEW"), "{words}");
                    with_old_report += usize::from(words.contains("OLD"));
                }
            }
            modify(&mut rig, STUDY, 20);
            let mut messages = new.clone();
            messages.splice(mixed..mixed, old[changed..].iter().cloned());
            let (mut is_new, mut reports) = (false, 0);
            for message in &messages {
                for (_, update) in receive(&mut rig, message) {
                    let Update::Study(update) = update else {
                        panic!("{update:?}")
                    };
                    match update {
                        StudyUpdate::Snapshot(points) => {
                            is_new = true;
                            assert_eq!(points[0].values, [Some(2.0)]);
                        }
                        StudyUpdate::Rows(points) => {
                            assert!(is_new && points[0].values == [Some(2.0)]);
                        }
                        StudyUpdate::Report(report) => {
                            assert!(is_new, "a report before the values");
                            assert_eq!(report.currency.as_deref(), Some("NEW"));
                            reports += 1;
                        }
                        StudyUpdate::Graphics(scene) => {
                            let drawn = format!("{scene:?}");
                            assert!(is_new && drawn.contains("NEW") && !drawn.contains("OLD"));
                        }
                        other => panic!("{other:?}"),
                    }
                }
            }
            assert!(reports >= 2, "{changed} {mixed}: {reports}");
        }
    }
    assert!(with_old_report > 0);
}
