//! Studies of a series.

use super::*;
use crate::{event::StudyPoint, request::StudyRequest};
use protocol::time::Timestamp;

const STUDY: SubscriptionId = SubscriptionId(3);

fn study() -> StudyRequest {
    StudyRequest::new("Volume@tv-basicstudies-241").input("length", 20)
}

fn add(rig: &mut Rig) {
    let updates = &mut rig.updates;
    rig.registry
        .add_study(STUDY, SERIES, study(), rig.now, &mut |id, update| {
            updates.push((id, update));
        });
}

fn values(session: &str, study: &str, rows: &str) -> String {
    format!(r#"{{"m":"du","p":["{session}",{{"{study}":{{"st":[{rows}],"t":"s1_{study}"}}}}]}}"#)
}

fn done(session: &str, study: &str, turnaround: &str) -> String {
    format!(r#"{{"m":"study_completed","p":["{session}","{study}","{turnaround}"]}}"#)
}

fn update(updates: Vec<Update>) -> Vec<StudyUpdate> {
    let update = |update| match update {
        Update::Study(update) => Some(update),
        _ => None,
    };
    updates.into_iter().filter_map(update).collect()
}

const ROWS: &str = r#"{"i":0,"v":[60.0,1.5,1e+100]},{"i":1,"v":[120.0,2.5,3.0]}"#;

fn points() -> Vec<StudyPoint> {
    vec![
        StudyPoint::new(Timestamp::from_seconds(60), vec![Some(1.5), None]),
        StudyPoint::new(Timestamp::from_seconds(120), vec![Some(2.5), Some(3.0)]),
    ]
}

#[test]
fn a_study_is_created_with_its_series_and_again_with_every_session() {
    let (mut rig, mut session) = Rig::live();
    add(&mut rig);
    for generation in 1..=3 {
        let sent = rig.sent();
        let create = sent.last().unwrap();
        let id = format!("st{generation}");
        assert_eq!(
            *create,
            format!(
                r#"{{"m":"create_study","p":["{session}","{id}","{id}","sds_1","Volume@tv-basicstudies-241",{{"length":20}}]}}"#
            )
        );
        assert!(
            update(rig.receive(&values(&session, &id, ROWS))).is_empty(),
            "not complete"
        );
        let turnaround = format!("s{generation}_{id}");
        assert_eq!(
            update(rig.receive(&done(&session, &id, &turnaround))),
            [StudyUpdate::Snapshot(points())]
        );
        let row = r#"{"i":1,"v":[120.0,9.0,3.0]}"#;
        let changed = StudyPoint::new(Timestamp::from_seconds(120), vec![Some(9.0), Some(3.0)]);
        assert_eq!(
            update(rig.receive(&values(&session, &id, row))),
            [StudyUpdate::Rows(vec![changed])]
        );
        rig.close();
        assert_eq!(update(rig.updates()), [StudyUpdate::Reconnecting]);
        rig.open();
        session = session_of(&rig.sent());
        let turnaround = format!("s{}", generation + 1);
        rig.receive(&rows(
            "timescale_update",
            &session,
            &turnaround,
            &[bar(60, 2.0), bar(120, 3.0)],
        ));
        rig.receive(&completed(&session, &turnaround, "{}"));
    }
}

#[test]
fn other_inputs_make_another_snapshot_and_late_completions_none() {
    let (mut rig, session) = Rig::live();
    add(&mut rig);
    rig.sent();
    let longer = study().input("length", 50);
    rig.registry
        .modify_study(STUDY, longer, rig.now, &mut |_, _| {});
    assert_eq!(
        rig.sent(),
        [format!(
            r#"{{"m":"modify_study","p":["{session}","st1","st2",{{"length":50}}]}}"#
        )]
    );
    assert!(rig.receive(&done(&session, "st1", "s1_st1")).is_empty());
    assert_eq!(rig.registry.late(), 1);
    assert_eq!(
        update(rig.receive(&done(&session, "st1", "s1_st2"))),
        [StudyUpdate::Snapshot(Vec::new())]
    );
}

/// A live series and a study that the server has completed once.
fn computed() -> (Rig, String) {
    let (mut rig, session) = Rig::live();
    add(&mut rig);
    rig.sent();
    rig.receive(&values(&session, "st1", ROWS));
    rig.receive(&done(&session, "st1", "s1_st1"));
    (rig, session)
}

#[test]
fn f43_a_study_error_is_reported_to_its_study_only() {
    let (mut rig, session) = computed();
    let error = format!(
        r#"{{"m":"study_error","p":["{session}","st1","s1_st1","Study not allowed in this connection","n"]}}"#
    );
    let reason = "Study not allowed in this connection".to_owned();
    assert_eq!(
        rig.receive(&error),
        [Update::Study(StudyUpdate::Error(reason))]
    );
    assert_eq!(
        rig.update(&rows("du", &session, "s1", &[bar(120, 9.0)]))
            .len(),
        1
    );
}

#[test]
fn studies_end_with_their_series_and_alone() {
    let (mut rig, session) = Rig::live();
    add(&mut rig);
    rig.sent();
    rig.remove(STUDY);
    assert_eq!(
        rig.sent(),
        [format!(r#"{{"m":"remove_study","p":["{session}","st1"]}}"#)]
    );
    add(&mut rig);
    let void = format!(r#"{{"m":"symbol_error","p":["{session}","sds_sym_1","invalid symbol"]}}"#);
    let updates = rig.receive(&void);
    assert_eq!(updates.len(), 2, "{updates:?}");
    assert!(rig.registry.parents.is_empty());
    add(&mut rig);
    assert!(matches!(rig.updates()[..], [Update::Failed(_)]));
}

/// A live series and these studies. All of them load; their ids in the session count from 1.
fn with_studies(kinds: &[&str]) -> (Rig, String) {
    let (mut rig, session) = Rig::live();
    for (number, kind) in (3..).zip(kinds) {
        let updates = &mut rig.updates;
        let request = StudyRequest::new(*kind);
        let id = SubscriptionId(number);
        rig.registry
            .add_study(id, SERIES, request, rig.now, &mut |id, update| {
                updates.push((id, update));
            });
    }
    assert_eq!(rig.sent().len(), kinds.len());
    (rig, session)
}

/// Restores the series, unless it is live, and completes studies except of one kind, which voids
/// the session in these words. Ends when nothing more is to be done; the failed studies.
fn settle(rig: &mut Rig, culprit: &str, words: &str) -> Vec<(SubscriptionId, RequestError)> {
    settle_after(usize::MAX, rig, culprit, words)
}

/// The same, but the study voids `voids` sessions only, and completes in the next.
fn settle_after(
    mut voids: usize,
    rig: &mut Rig,
    culprit: &str,
    words: &str,
) -> Vec<(SubscriptionId, RequestError)> {
    let mut failed = Vec::new();
    for _ in 0..100 {
        for (id, update) in std::mem::take(&mut rig.updates) {
            if let Update::Failed(error) = update {
                failed.push((id, error));
            }
        }
        for command in rig.sent() {
            let params = params(&command);
            let session = params[0].as_str().unwrap();
            if command.contains("create_series") {
                let turnaround = params[2].as_str().unwrap();
                let bars = [bar(60, 2.0), bar(120, 3.0)];
                receive(rig, &rows("timescale_update", session, turnaround, &bars));
                receive(rig, &completed(session, turnaround, "{}"));
            } else if command.contains("create_study") {
                let study = params[1].as_str().unwrap();
                if params[4] == culprit && voids > 0 {
                    voids -= 1;
                    let words = words.replace("ID", study);
                    receive(
                        rig,
                        &format!(r#"{{"m":"critical_error","p":["{session}",{words}]}}"#),
                    );
                } else {
                    receive(rig, &done(session, study, &format!("s1_{study}")));
                }
            }
        }
        rig.pass(Duration::from_secs(1));
    }
    failed
}

fn receive(rig: &mut Rig, text: &str) {
    let received = ServerMessage::decode(text);
    let updates = &mut rig.updates;
    rig.registry.route(&received, rig.now, &mut |id, update| {
        updates.push((id, update));
    });
}

const KINDS: [&str; 3] = ["A@one-1", "B@two-1", "STD;Three"];

#[test]
fn a_study_that_voids_its_session_fails_alone_with_the_servers_words() {
    for culprit in KINDS {
        for words in [
            r#""invalid_parameters","method: create_study. args: \"[\\\"ID\\\"]\"""#,
            r#""study_not_found","create_study""#,
            r#""oops","""#,
            r#""oops""#,
        ] {
            let (mut rig, _) = with_studies(&KINDS);
            rig.close();
            rig.open();
            let failed = settle(&mut rig, culprit, words);
            let [(id, RequestError::Refused { symbol, reason })] = &failed[..] else {
                panic!("{culprit} {words}: {failed:?}")
            };
            assert_eq!(symbol, culprit);
            assert_eq!(KINDS[usize::try_from(id.0 - 3).unwrap()], culprit);
            let first_word = words.split('"').nth(1).unwrap();
            assert!(reason.contains(first_word), "{reason}");
            assert!(rig.registry.counts() == (0, 1) && rig.registry.parents.len() == 2);
        }
    }
}

#[test]
fn a_session_that_is_void_while_a_study_loads_costs_no_study() {
    let (mut rig, session) = with_studies(&KINDS);
    receive(
        &mut rig,
        &format!(r#"{{"m":"critical_error","p":["{session}","oops",""]}}"#),
    );
    assert_eq!(settle(&mut rig, "none", ""), []);
    assert_eq!(rig.registry.parents.len(), 3);
}

#[test]
fn a_study_outlives_sessions_that_are_void_by_chance() {
    let refused = |voids| {
        let (mut rig, _) = with_studies(&KINDS);
        rig.close();
        rig.open();
        assert_eq!(settle(&mut rig, "none", ""), []);
        rig.close();
        rig.open();
        settle_after(voids, &mut rig, KINDS[1], r#""oops","""#).len()
    };
    assert_eq!([3, 4, 5].map(refused), [0, 0, 1]);
    let refused_at_first = |voids| {
        let (mut rig, _) = with_studies(&KINDS);
        rig.close();
        rig.open();
        settle_after(voids, &mut rig, KINDS[1], r#""oops","""#).len()
    };
    assert_eq!([2, 3, 4].map(refused_at_first), [0, 0, 1]);
}

#[test]
fn a_study_that_a_refused_connection_names_fails_alone() {
    let (mut rig, session) = with_studies(&KINDS);
    let updates = &mut rig.updates;
    let words = format!("bad args: create_study {session} st2");
    rig.registry.blame(&words, rig.now, &mut |id, update| {
        updates.push((id, update));
    });
    let failed = std::mem::take(&mut rig.updates);
    let [(id, Update::Failed(RequestError::Refused { symbol, reason }))] = &failed[..] else {
        panic!("{failed:?}")
    };
    assert_eq!((id.0, symbol.as_str(), reason), (4, "B@two-1", &words));
    rig.close();
    rig.open();
    assert_eq!(settle(&mut rig, "none", ""), []);
}

/// Messages that refuse the study `st1` of a session, and the words that they hold.
const REFUSALS: [(&[&str], &str); 6] = [
    (
        &[
            r#"{"m":"study_error","p":["SESSION","st1","s1_st1","check study unexpected error","n"]}"#,
        ],
        "check study unexpected error",
    ),
    (
        &[
            r#"{"m":"study_loading","p":["SESSION","st1","s1_st1"]}"#,
            r#"{"m":"study_error","p":["SESSION","st1","s1_st1","study_not_auth:Volume@tv-basicstudies-241"]}"#,
        ],
        "study_not_auth:Volume@tv-basicstudies-241",
    ),
    (
        &[
            r#"{"m":"study_error","p":["SESSION","st1","s1_st1",{"error":"Index {index} of {size}","ctx":{"index":9,"size":4,"code":"RE10045"}},"undefined"]}"#,
        ],
        "Index 9 of 4",
    ),
    (
        &[
            r#"{"m":"study_error","p":["SESSION","st1","s1_st1",["invalid symbol",{"group":"economics_paid"}]]}"#,
        ],
        "invalid symbol",
    ),
    (
        &[r#"{"m":"critical_error","p":["SESSION","study_not_found","create_study st1"]}"#],
        "study_not_found",
    ),
    (
        &[r#"{"m":"critical_error","p":["SESSION",{"error":"no such study"}]}"#],
        "no such study",
    ),
];

#[test]
fn a_study_that_is_refused_before_its_first_values_ends_with_the_servers_words() {
    for (messages, words) in REFUSALS {
        let (mut rig, session) = Rig::live();
        add(&mut rig);
        rig.sent();
        for message in messages {
            receive(&mut rig, &message.replace("SESSION", &session));
        }
        let failed = settle(&mut rig, "none", "");
        let [
            (
                STUDY,
                RequestError::Refused { symbol, reason }
                | RequestError::NotEntitled {
                    study: symbol,
                    reason,
                },
            ),
        ] = &failed[..]
        else {
            panic!("{messages:?}: {failed:?}")
        };
        assert_eq!(symbol, "Volume@tv-basicstudies-241");
        assert!(reason.contains(words), "{reason}");
        assert_eq!(rig.registry.counts(), (0, 1), "the series lives");
        assert!(rig.registry.parents.is_empty());
        // It is not asked for again.
        rig.close();
        rig.open();
        let sent = rig.sent();
        let session = session_of(&sent);
        let turnaround = sent.iter().find(|it| it.contains("create_series"));
        let turnaround = params(turnaround.unwrap())[2].as_str().unwrap().to_owned();
        receive(
            &mut rig,
            &rows("timescale_update", &session, &turnaround, &[bar(120, 3.0)]),
        );
        receive(&mut rig, &completed(&session, &turnaround, "{}"));
        let sent = rig.sent();
        assert!(
            sent.iter().all(|it| !it.contains("create_study")),
            "{sent:?}"
        );
    }
}

#[test]
fn a_refused_study_is_removed_and_leaves_the_others() {
    let (mut rig, session) = with_studies(&KINDS);
    receive(&mut rig, &done(&session, "st1", "s1_st1"));
    let limit = "The maximum number of studies per chart has been reached";
    receive(
        &mut rig,
        &format!(r#"{{"m":"study_error","p":["{session}","st2","s1_st2","{limit}"]}}"#),
    );
    receive(&mut rig, &done(&session, "st3", "s1_st3"));
    let removed = format!(r#"{{"m":"remove_study","p":["{session}","st2"]}}"#);
    assert_eq!(rig.sent(), [removed]);
    let updates: Vec<(u64, Update)> = std::mem::take(&mut rig.updates)
        .into_iter()
        .map(|(id, update)| (id.0, update))
        .collect();
    let (study, reason) = (KINDS[1].to_owned(), limit.to_owned());
    let snapshot = || Update::Study(StudyUpdate::Snapshot(Vec::new()));
    assert_eq!(
        updates,
        [
            (3, snapshot()),
            (
                4,
                Update::Failed(RequestError::StudyLimit { study, reason })
            ),
            (5, snapshot()),
        ]
    );
    assert_eq!(rig.registry.parents.len(), 2);
}

#[test]
fn an_error_after_values_does_not_end_a_study() {
    let error = r#"{"m":"study_error","p":["SESSION","st1","s1_TURN","Calculation timed out"]}"#;
    let words = || StudyUpdate::Error("Calculation timed out".into());
    // Before the completion of the first load, but after rows of it.
    let (mut rig, session) = Rig::live();
    add(&mut rig);
    rig.sent();
    rig.receive(&values(&session, "st1", ROWS));
    let first = error.replace("SESSION", &session).replace("TURN", "st1");
    assert_eq!(update(rig.receive(&first)), [words()]);
    let done_first = done(&session, "st1", "s1_st1");
    assert_eq!(
        update(rig.receive(&done_first)),
        [StudyUpdate::Snapshot(points())]
    );
    // Other inputs.
    let longer = study().input("length", 5_000);
    rig.registry
        .modify_study(STUDY, longer, rig.now, &mut |_, _| {});
    rig.sent();
    let second = error.replace("SESSION", &session).replace("TURN", "st2");
    assert_eq!(update(rig.receive(&second)), [words()]);
    // The next session.
    rig.close();
    rig.open();
    rig.updates();
    let next = session_of(&rig.sent());
    let bars = [bar(60, 2.0), bar(120, 3.0)];
    rig.receive(&rows("timescale_update", &next, "s2", &bars));
    rig.receive(&completed(&next, "s2", "{}"));
    let create = rig.sent();
    assert!(
        create.last().unwrap().contains("create_study"),
        "{create:?}"
    );
    let third = r#"{"m":"study_error","p":["SESSION","st3","s2_st3","Calculation timed out"]}"#;
    let third = third.replace("SESSION", &next);
    assert_eq!(update(rig.receive(&third)), [words()]);
    // Another study in its place has no values yet.
    let other = StudyRequest::new("RSI@tv-basicstudies-241");
    rig.registry
        .modify_study(STUDY, other, rig.now, &mut |_, _| {});
    rig.sent();
    rig.receive(&format!(
        r#"{{"m":"study_deleted","p":["{next}","st3","s2_st3"]}}"#
    ));
    rig.sent();
    let fourth = third.replace("st3", "st4");
    assert!(matches!(rig.receive(&fourth)[..], [Update::Failed(_)]));
}

#[test]
fn a_study_that_is_refused_while_a_connection_is_replaced_ends_on_the_new_one() {
    let (mut rig, _) = with_studies(&KINDS[..1]);
    let mut standby = rig.standby();
    let session = session_of(&standby.sent());
    standby.receive(&rows(
        "timescale_update",
        &session,
        "s1",
        &[bar(60, 2.0), bar(120, 3.0)],
    ));
    standby.receive(&completed(&session, "s1", "{}"));
    standby.sent();
    let refusal = REFUSALS[0].0[0].replace("SESSION", &session);
    assert_eq!(standby.receive(&refusal), [], "nothing before it serves");
    standby.take_over(&mut rig);
    standby.sent();
    let again = refusal.replace("st1", "st2");
    assert!(matches!(standby.receive(&again)[..], [Update::Failed(_)]));
    assert!(standby.registry.parents.is_empty());
}

#[test]
fn a_study_that_is_not_answered_is_reported_once_for_each_request() {
    const AFTER: Duration = Duration::from_secs(30);
    let missing = |last_words: Option<&str>| {
        let last_words = last_words.map(str::to_owned);
        StudyUpdate::Missing {
            after: AFTER,
            last_words,
        }
    };
    let (mut rig, session) = Rig::live();
    add(&mut rig);
    rig.sent();
    rig.pass(AFTER - Duration::from_millis(1));
    assert_eq!(update(rig.updates()), []);
    rig.pass(Duration::from_millis(1));
    assert_eq!(update(rig.updates()), [missing(None)]);
    rig.pass(AFTER * 100);
    assert_eq!(update(rig.updates()), []);
    // Values end it, and other inputs are another request.
    rig.receive(&done(&session, "st1", "s1_st1"));
    rig.pass(AFTER * 2);
    rig.registry
        .modify_study(STUDY, study(), rig.now, &mut |_, _| {});
    rig.pass(AFTER);
    assert_eq!(update(rig.updates()), [missing(None)]);
    // So is that of the next session, if the last one was answered.
    rig.receive(&done(&session, "st1", "s1_st2"));
    let void = r#"{"m":"critical_error","p":["SESSION","oops",""]}"#;
    rig.receive(&void.replace("SESSION", &session));
    let next = session_of(&rig.sent());
    rig.receive(&rows(
        "timescale_update",
        &next,
        "s2",
        &[bar(60, 2.0), bar(120, 3.0)],
    ));
    rig.receive(&completed(&next, "s2", "{}"));
    rig.updates();
    rig.pass(AFTER);
    assert_eq!(update(rig.updates()), [missing(None)]);
    // One of a series that is never restored.
    let (mut rig, _) = Rig::live();
    rig.registry
        .note_end("closed for tonight", rig.now, &mut |_, _| {});
    rig.close();
    add(&mut rig);
    rig.pass(AFTER * 2);
    assert_eq!(update(rig.updates()), [missing(Some("closed for tonight"))]);
}
