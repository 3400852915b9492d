//! Rows and drawings of studies: which are delivered, when, and at which bars.

use super::*;
use crate::{
    event::{PointPlace, StudyPoint},
    request::StudyRequest,
};

const STUDY: SubscriptionId = SubscriptionId(3);

/// A live series with bars at 60 and 120 s, and a study of it that loads.
fn with(request: StudyRequest) -> (Rig, String) {
    let (mut rig, session) = Rig::live();
    rig.registry
        .add_study(STUDY, SERIES, request, rig.now, &mut |_, _| {});
    rig.sent();
    (rig, session)
}

fn volume() -> StudyRequest {
    StudyRequest::new("Volume@tv-basicstudies-241")
}

/// A message with rows of the study: the place, the time and the value of each.
fn du(session: &str, rows: &[(i64, i64, f64)], turnaround: &str) -> String {
    let row =
        |(place, time, value): &(i64, i64, f64)| format!(r#"{{"i":{place},"v":[{time},{value}]}}"#);
    let rows: Vec<String> = rows.iter().map(row).collect();
    let rows = rows.join(",");
    format!(r#"{{"m":"du","p":["{session}",{{"st1":{{"st":[{rows}],"t":"{turnaround}"}}}}]}}"#)
}

/// A message with drawings of the study.
fn drawings(session: &str, data: &str, indexes: &str) -> String {
    let data = Value::from(data);
    format!(
        r#"{{"m":"du","p":["{session}",{{"st1":{{"st":[],"ns":{{"d":{data},"indexes":{indexes}}},"t":"s1_st1"}}}}]}}"#
    )
}

fn done(session: &str) -> String {
    format!(r#"{{"m":"study_completed","p":["{session}","st1","s1_st1"]}}"#)
}

fn of_study(updates: Vec<Update>) -> Vec<StudyUpdate> {
    let of_study = |update| match update {
        Update::Study(update) => Some(update),
        _ => None,
    };
    updates.into_iter().filter_map(of_study).collect()
}

fn point(time: i64, value: f64, place: PointPlace) -> StudyPoint {
    let mut point = StudyPoint::new(Timestamp::from_seconds(time), vec![Some(value)]);
    point.place = place;
    point
}

/// The places of bars of a minute. The first bar that was loaded has 0.
fn place_of(bar: &Bar) -> i64 {
    bar.time.seconds() / 60 - 1
}

/// Loads a page of older bars.
fn page(rig: &mut Rig, session: &str, bars: &[Bar]) -> Vec<StudyUpdate> {
    let _older = rig.fetch_more(bars.len());
    rig.sent();
    let message = placed("timescale_update", session, "s1", bars, place_of, "{}");
    let mut updates = rig.receive(&message);
    updates.extend(rig.receive(&completed(session, "s1", END)));
    of_study(updates)
}

const FROM_WARM_UP: [(i64, i64, f64); 5] = [
    (-2_000_000, 0, 9.0),
    (-1_000_002, -60, 1.0),
    (-1_000_001, 0, 2.0),
    (0, 60, 3.0),
    (1, 120, 4.0),
];

#[test]
fn rows_before_the_first_bar_are_delivered_with_their_bars_and_once() {
    use PointPlace::Chart;
    let (mut rig, session) = with(volume());
    rig.receive(&du(&session, &FROM_WARM_UP, "s1_st1"));
    let snapshot = vec![point(60, 3.0, Chart), point(120, 4.0, Chart)];
    assert_eq!(
        of_study(rig.receive(&done(&session))),
        [StudyUpdate::Snapshot(snapshot)]
    );
    // The server sends rows of older bars only, and never those again.
    let updates = page(&mut rig, &session, &[bar(0, 1.0)]);
    assert_eq!(
        updates,
        [StudyUpdate::Rows(vec![point(0, 2.0, Chart)])],
        "the row of the bar that was loaded"
    );
    // Others send them again, under new places.
    let again = [(-2, -60, 1.0), (-1, 0, 2.0)];
    let updates = of_study(rig.receive(&du(&session, &again, "s1_st1")));
    let expected = vec![point(-60, 1.0, Chart), point(0, 2.0, Chart)];
    assert_eq!(updates, [StudyUpdate::Rows(expected)]);
    assert_eq!(page(&mut rig, &session, &[bar(-60, 1.0)]), []);
}

#[test]
fn rows_before_the_first_bar_are_delivered_and_marked_if_they_are_wanted() {
    let (mut rig, session) = with(volume().warm_up(true));
    rig.receive(&du(&session, &FROM_WARM_UP, "s1_st1"));
    let updates = of_study(rig.receive(&done(&session)));
    let [StudyUpdate::Snapshot(points)] = &updates[..] else {
        panic!("{updates:?}");
    };
    let places: Vec<PointPlace> = points.iter().map(|point| point.place).collect();
    use PointPlace::{Chart, WarmUp};
    assert_eq!(places, [WarmUp, WarmUp, Chart, Chart]);
}

#[test]
fn rows_after_the_last_bar_are_kept_and_marked() {
    use PointPlace::{Chart, Future};
    let (mut rig, session) = with(volume());
    rig.receive(&du(&session, &[(1, 120, 4.0), (9, 600, 5.0)], "s1_st1"));
    let snapshot = vec![point(120, 4.0, Chart), point(600, 5.0, Future)];
    assert_eq!(
        of_study(rig.receive(&done(&session))),
        [StudyUpdate::Snapshot(snapshot)]
    );
    let updates = of_study(rig.receive(&du(&session, &[(9, 600, 6.0)], "s1_st1")));
    assert_eq!(updates, [StudyUpdate::Rows(vec![point(600, 6.0, Future)])]);
    // A bar that begins in the same message is there.
    let both = format!(
        r#"{{"m":"du","p":["{session}",{{"st1":{{"st":[{{"i":2,"v":[180,7]}}],"t":"s1_st1"}},"sds_1":{{"s":[{{"i":2,"v":[180,1,9,0.5,2,7]}}],"t":"s1"}}}}]}}"#
    );
    assert_eq!(
        of_study(rig.receive(&both)),
        [StudyUpdate::Rows(vec![point(180, 7.0, Chart)])]
    );
}

#[test]
fn rows_that_are_numbered_anew_while_they_load_are_not_doubled() {
    use PointPlace::Chart;
    let (mut rig, session) = with(volume());
    rig.receive(&du(&session, &[(0, 59, 1.0), (1, 120, 2.0)], "s1_st1"));
    let again = [(0, 60, 3.0), (1, 120, 4.0)];
    rig.receive(&du(&session, &again, "s1_st1"));
    let snapshot = vec![point(60, 3.0, Chart), point(120, 4.0, Chart)];
    assert_eq!(
        of_study(rig.receive(&done(&session))),
        [StudyUpdate::Snapshot(snapshot)]
    );
}

#[test]
fn rows_of_an_older_turnaround_are_left_out_and_counted() {
    let (mut rig, session) = with(volume());
    rig.receive(&done(&session));
    assert_eq!(rig.registry.late(), 0);
    for (turnaround, is_late) in [
        ("s1_st0", true),
        ("st0", true),
        ("s1_st1", false),
        ("st1", false),
        ("s1", false),
    ] {
        let before = rig.registry.late();
        let updates = rig.receive(&du(&session, &[(1, 120, 4.0)], turnaround));
        let is_counted = rig.registry.late() > before;
        assert_eq!(
            (updates.is_empty(), is_counted),
            (is_late, is_late),
            "{turnaround}"
        );
    }
}

#[test]
fn drawings_stand_at_the_times_of_bars_also_when_these_are_numbered_anew() {
    let (mut rig, session) = with(volume());
    rig.receive(&done(&session));
    let bars = [bar(60, 2.0), bar(120, 3.0)];
    rig.receive(&placed("du", &session, "s1", &bars, place_of, "{}"));
    let scene = |updates: Vec<Update>| match &of_study(updates)[..] {
        [StudyUpdate::Graphics(scene)] => scene.clone(),
        other => panic!("{other:?}"),
    };
    let line = r#"{"graphicsCmds":{"erase":[{"action":"all"}],"create":{"dwglines":[{"styleId":"a","data":[{"id":1,"x1":0,"x2":2}]}]}}}"#;
    let first = scene(rig.receive(&drawings(&session, line, "[0,1,2]")));
    let seconds = |time: Option<Timestamp>| time.map(Timestamp::seconds);
    assert_eq!(seconds(first.bar_time(0)), Some(60));
    assert_eq!(seconds(first.bar_time(1)), Some(120));
    // One past the last bar has an index and no time.
    assert_eq!((first.bar_index(2), first.bar_time(2)), (Some(2), None));
    // Older bars have places before the first.
    page(&mut rig, &session, &[bar(-60, 1.0), bar(0, 1.0)]);
    let replaced = scene(rig.receive(&drawings(&session, line, "[-1,0,2]")));
    assert_eq!(seconds(replaced.bar_time(0)), Some(0));
    assert_eq!(seconds(replaced.bar_time(1)), Some(60));
    // Only the list is exchanged: each position names the bar that it did.
    let moved = r#"{"indexes_replace":true,"graphicsCmds":{"erase":[{"action":"all"}]}}"#;
    let moved = scene(rig.receive(&drawings(&session, moved, "[40,41,42]")));
    assert_eq!(moved.len(), 1, "everything else is left alone");
    assert_eq!(
        (moved.bar_index(1), seconds(moved.bar_time(1))),
        (Some(41), Some(60))
    );
}
