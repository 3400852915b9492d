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
    format!(r#"{{"m":"du","p":["{session}",{{"{study}":{{"st":[{rows}],"t":"s1_st1"}}}}]}}"#)
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

#[test]
fn f43_a_study_error_is_told_to_its_study_only() {
    let (mut rig, session) = Rig::live();
    add(&mut rig);
    rig.sent();
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
