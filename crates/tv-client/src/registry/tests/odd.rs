//! What cannot be read: a row, the data of a study, a message.

use super::*;
use crate::{event::StudyPoint, request::StudyRequest};

const STUDY: SubscriptionId = SubscriptionId(3);

/// A row of the series that lacks values, and what is reported of it.
const ODD: &str = r#"{"i":1,"v":[120.0,12.0]}"#;

const ODD_WORDS: &str = "the row at index 1, time 1970-01-01T00:02:00Z: invalid length 2";

/// A message with these rows of the series.
fn rows_of(method: &str, session: &str, turnaround: &str, rows: &[&str]) -> String {
    let rows = rows.join(",");
    format!(
        r#"{{"m":"{method}","p":["{session}",{{"sds_1":{{"s":[{rows}],"t":"{turnaround}"}}}},{{}}]}}"#
    )
}

fn row(time: i64, close: f64) -> String {
    let index = time / 60 - 1;
    format!(r#"{{"i":{index},"v":[{time}.0,1.0,9.0,0.5,{close:?},7.0]}}"#)
}

fn is_skipped(update: &SeriesUpdate) -> bool {
    matches!(update, SeriesUpdate::Skipped(reason) if reason.starts_with(ODD_WORDS))
}

#[test]
fn an_odd_row_of_a_history_is_left_out_and_reported() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request().count(3));
    let session = session_of(&rig.sent());
    let (first, last) = (row(60, 2.0), row(180, 4.0));
    let rows = [&first[..], ODD, &last];
    rig.receive(&rows_of("timescale_update", &session, "s1", &rows));
    let updates = rig.update(&completed(&session, "s1", END));
    let [SeriesUpdate::Loaded(loaded)] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(loaded.bars, [bar(60, 2.0), bar(180, 4.0)]);
    let [skipped] = &loaded.skipped_rows[..] else {
        panic!("{loaded:?}")
    };
    assert_eq!(
        (skipped.index, skipped.time),
        (Some(1), Some(Timestamp::from_seconds(120)))
    );
    assert!(skipped.to_string().starts_with(ODD_WORDS), "{skipped}");
}

#[test]
fn an_odd_live_row_costs_itself_and_is_requested_again_once() {
    let (mut rig, session) = Rig::live();
    let last = row(180, 4.0);
    let du = rows_of("du", &session, "s1", &[ODD, &last]);
    let updates = rig.update(&du);
    let expected = [
        SeriesUpdate::Closed(bar(120, 3.0)),
        SeriesUpdate::Open(bar(180, 4.0)),
    ];
    assert_eq!(updates[..2], expected);
    assert!(is_skipped(&updates[2]), "{updates:?}");
    assert_eq!(updates[3], SeriesUpdate::Reconnecting);
    rig.pass(Duration::ZERO);
    let again = session_of(&rig.sent()[1..]);
    // The answer has it, too: nothing more can be done.
    let first = row(60, 2.0);
    let rows = [&first[..], ODD, &last];
    rig.receive(&rows_of("timescale_update", &again, "s2", &rows));
    let updates = rig.update(&completed(&again, "s2", "{}"));
    assert!(is_skipped(&updates[0]), "{updates:?}");
    assert_eq!(updates[1], SeriesUpdate::Resumed { backfilled: 0 });
    let du = rows_of("du", &again, "s2", &[ODD]);
    for _ in 0..3 {
        let updates = rig.update(&du);
        assert!(updates.len() == 1 && is_skipped(&updates[0]), "{updates:?}");
    }
    assert_eq!(rig.sent(), [""; 0]);
}

#[test]
fn an_odd_row_of_a_page_of_earlier_bars_is_reported_with_the_page() {
    let (mut rig, session) = Rig::live();
    let mut older = rig.fetch_more(2);
    rig.sent();
    let odd = r#"{"i":-1,"v":[0.0]}"#;
    let first = r#"{"i":-2,"v":[-60.0,1.0,9.0,0.5,1.0,7.0]}"#;
    rig.receive(&rows_of("timescale_update", &session, "s1", &[first, odd]));
    rig.receive(&completed(&session, "s1", END));
    let older = older.try_recv().expect("an answer").expect("bars");
    assert_eq!(older.bars, [bar(-60, 1.0)]);
    assert_eq!(older.skipped_rows[0].time, Some(Timestamp::from_seconds(0)));
}

#[test]
fn a_message_of_a_history_that_cannot_be_read_is_requested_again_and_then_fails() {
    for is_mended in [true, false] {
        let mut rig = Rig::new();
        rig.add_series(SERIES, request());
        let mut attempts = 0;
        let updates = loop {
            let sent = rig.sent();
            if let Some(create) = sent.iter().find(|it| it.contains("create_series")) {
                attempts += 1;
                let params = params(create);
                let (session, turnaround) =
                    (params[0].as_str().unwrap(), params[2].as_str().unwrap());
                if is_mended && attempts == 2 {
                    let bars = [bar(60, 1.0), bar(120, 1.0)];
                    rig.receive(&rows("timescale_update", session, turnaround, &bars));
                    rig.receive_into_updates(&completed(session, turnaround, "{}"));
                } else {
                    rig.receive_into_updates(&format!(
                        r#"{{"m":"timescale_update","p":["{session}",{{"sds_1":{{"s":7}}}},{{}}]}}"#
                    ));
                }
            }
            let updates = rig.updates();
            if !updates.is_empty() {
                break updates;
            }
            rig.pass(Duration::from_millis(50));
        };
        if is_mended {
            assert!(matches!(
                updates[..],
                [Update::Series(SeriesUpdate::Loaded(_))]
            ));
            continue;
        }
        assert!(
            matches!(
                &updates[..],
                [Update::Failed(RequestError::Malformed { symbol, reason })]
                    if symbol == "A:B" && reason.contains("a list of rows")
            ),
            "{updates:?}"
        );
        assert_eq!(attempts, 4);
        assert!(rig.registry.entries.is_empty());
    }
}

/// A live series with a study that has its first values.
fn with_study() -> (Rig, String) {
    let (mut rig, session) = Rig::live();
    let updates = &mut rig.updates;
    let request = StudyRequest::new("Volume@tv-basicstudies-241");
    rig.registry
        .add_study(STUDY, SERIES, request, rig.now, &mut |id, update| {
            updates.push((id, update));
        });
    rig.sent();
    (rig, session)
}

fn study(updates: Vec<Update>) -> Vec<StudyUpdate> {
    let study = |update| match update {
        Update::Study(update) => update,
        other => panic!("{other:?}"),
    };
    updates.into_iter().map(study).collect()
}

fn study_rows(session: &str, data: &str) -> String {
    format!(r#"{{"m":"du","p":["{session}",{{"st1":{data}}}]}}"#)
}

#[test]
fn odd_rows_of_a_study_are_left_out_and_reported_to_it_alone() {
    let (mut rig, session) = with_study();
    let odd = r#"{"i":1,"v":[120.0,"x"]}"#;
    let data = format!(r#"{{"st":[{{"i":0,"v":[60.0,1.5]}},{odd}],"t":"s1_st1"}}"#);
    assert_eq!(rig.receive(&study_rows(&session, &data)), []);
    let done = format!(r#"{{"m":"study_completed","p":["{session}","st1","s1_st1"]}}"#);
    let updates = study(rig.receive(&done));
    let point = StudyPoint::new(Timestamp::from_seconds(60), vec![Some(1.5)]);
    assert_eq!(updates[0], StudyUpdate::Snapshot(vec![point]));
    let is_skipped = |update: &StudyUpdate| matches!(update, StudyUpdate::Skipped(_));
    assert!(is_skipped(&updates[1]) && updates.len() == 2, "{updates:?}");
    // A live message without usable data.
    for data in [&format!(r#"{{"st":[{odd}],"t":"s1_st1"}}"#)[..], "7"] {
        let updates = study(rig.receive(&study_rows(&session, data)));
        assert!(
            matches!(&updates[..], [update] if is_skipped(update)),
            "{updates:?}"
        );
    }
    assert_eq!(rig.sent(), [""; 0], "the series goes on");
}

#[test]
fn drawings_that_cannot_be_read_or_kept_are_reported_and_the_rest_is_drawn() {
    let (mut rig, session) = with_study();
    let done = format!(r#"{{"m":"study_completed","p":["{session}","st1","s1_st1"]}}"#);
    rig.receive(&done);
    let mut draw = |commands: &str| {
        let text = Value::from(format!(r#"{{"graphicsCmds":{commands}}}"#));
        let data = format!(r#"{{"ns":{{"d":{text},"indexes":[7]}},"t":"s1_st1"}}"#);
        study(rig.receive(&study_rows(&session, &data)))
    };
    let lines = r#"{"create":{"dwglines":[{"styleId":"a","data":[{"id":1},{"x1":0}]}]}}"#;
    let updates = draw(lines);
    let [StudyUpdate::Skipped(reason), StudyUpdate::Graphics(scene)] = &updates[..] else {
        panic!("{updates:?}");
    };
    assert!(reason.starts_with("1 drawings without an id"), "{reason}");
    assert_eq!((scene.len(), scene.bar_index(0)), (1, Some(7)));
    let updates = draw("5");
    assert!(
        matches!(&updates[..], [StudyUpdate::Skipped(_)]),
        "{updates:?}"
    );
}

#[test]
fn a_message_about_a_study_that_cannot_be_read_costs_that_study_only() {
    let (mut rig, session) = with_study();
    let done = |study: &str| format!(r#"{{"m":"study_completed","p":["{session}","{study}",5]}}"#);
    let updates = study(rig.receive(&done("st1")));
    assert!(
        matches!(updates[..], [StudyUpdate::Skipped(_)]),
        "{updates:?}"
    );
    let sent = rig.sent();
    assert!(matches!(&sent[..], [sent] if sent.contains("remove_study")));
    rig.receive(&format!(
        r#"{{"m":"study_deleted","p":["{session}","st1","s1_st1"]}}"#
    ));
    assert!(rig.sent()[0].contains(r#""st2","st2""#));
    let updates = rig.receive(&done("st2"));
    assert!(
        matches!(
            &updates[..],
            [
                Update::Study(StudyUpdate::Skipped(_)),
                Update::Failed(RequestError::Malformed { symbol, .. })
            ] if symbol.starts_with("Volume@")
        ),
        "{updates:?}"
    );
    assert_eq!(rig.sent().len(), 1, "it is removed");
    assert!(rig.registry.parents.is_empty());
    let du = rows("du", &session, "s1", &[bar(120, 9.0)]);
    assert_eq!(rig.update(&du), [SeriesUpdate::Open(bar(120, 9.0))]);
}

#[test]
fn values_of_another_request_of_a_study_are_left_out() {
    let (mut rig, session) = with_study();
    let data = r#"{"st":[{"i":0,"v":[60.0,1.5]}],"t":"s1_st9"}"#;
    rig.receive(&study_rows(&session, data));
    let done = format!(r#"{{"m":"study_completed","p":["{session}","st1","s1_st1"]}}"#);
    assert_eq!(
        study(rig.receive(&done)),
        [StudyUpdate::Snapshot(Vec::new())]
    );
}
