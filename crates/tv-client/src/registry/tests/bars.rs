//! What restores and late changes mean for the bars that a reader has.

use super::*;
use protocol::time::Timestamp;

/// A live series of closed bars at minutes 1 to `closed`, and an open one after them.
fn followed(closed: i64) -> (Rig, String) {
    let mut rig = Rig::new();
    let count = usize::try_from(closed + 1).unwrap();
    rig.add_series(SERIES, request().count(count));
    let session = session_of(&rig.sent());
    let bars: Vec<Bar> = (1..=closed + 1).map(minute).collect();
    rig.receive(&rows("timescale_update", &session, "s1", &bars));
    rig.receive(&completed(&session, "s1", "{}"));
    rig.updates();
    (rig, session)
}

fn minute(number: i64) -> Bar {
    bar(number * 60, number as f64)
}

fn changed(number: i64) -> Bar {
    bar(number * 60, 0.75)
}

/// Begins another session after an outage; its id and the bars that it asks for.
fn restore(rig: &mut Rig, outage: Duration) -> (String, i64) {
    rig.close();
    rig.pass(outage);
    rig.open();
    rig.updates();
    let sent = rig.sent();
    let create = sent.iter().find(|it| it.contains("create_series")).unwrap();
    (session_of(&sent), params(create)[5].as_i64().unwrap())
}

#[test]
fn a_live_change_while_a_restore_loads_does_not_hide_a_gap() {
    // Before the answer's rows, or between them and the completion; of the anchor, of an older bar,
    // of a missing one.
    for is_before in [true, false] {
        for revised in [10, 7, 15] {
            let (mut rig, _) = followed(10);
            let (session, _) = restore(&mut rig, Duration::from_secs(1_200));
            let du = rows("du", &session, "s2", &[changed(revised)]);
            if is_before {
                assert_eq!(rig.update(&du), []);
            }
            let answer: Vec<Bar> = (26..=30).map(minute).collect();
            rig.update(&rows("timescale_update", &session, "s2", &answer));
            if !is_before {
                assert_eq!(rig.update(&du), []);
            }
            let updates = rig.update(&completed(&session, "s2", r#"{"data_completed":"limit"}"#));
            let gap = SeriesUpdate::Gap {
                from: Timestamp::from_seconds(600),
                to: Timestamp::from_seconds(26 * 60),
                reason: GapReason::HistoryLimit,
            };
            assert_eq!(updates[0], gap, "{revised} {is_before}");
            assert_eq!(updates[1], SeriesUpdate::Resumed { backfilled: 4 });
            assert!(updates.contains(&SeriesUpdate::Revised(changed(revised))));
            let closed = |it: &&SeriesUpdate| matches!(it, SeriesUpdate::Closed(_));
            assert_eq!(updates.iter().filter(closed).count(), 4);
        }
    }
}

#[test]
fn a_live_change_while_a_restore_loads_does_not_stop_the_paging() {
    let (mut rig, _) = followed(10);
    let (session, _) = restore(&mut rig, Duration::from_secs(1_200));
    let newest: Vec<Bar> = (26..=30).map(minute).collect();
    rig.update(&rows("timescale_update", &session, "s2", &newest));
    rig.update(&rows("du", &session, "s2", &[changed(9)]));
    assert_eq!(rig.update(&completed(&session, "s2", "{}")), []);
    assert!(rig.sent()[0].contains("request_more_data"));
    let older: Vec<Bar> = (1..26).map(minute).collect();
    rig.update(&rows("timescale_update", &session, "s2", &older));
    let updates = rig.update(&completed(&session, "s2", "{}"));
    assert_eq!(updates[0], SeriesUpdate::Resumed { backfilled: 19 });
    assert_eq!(
        updates.len(),
        21,
        "19 closed bars and an open one: {updates:?}"
    );
}

#[test]
fn a_restore_asks_for_all_bars_that_are_kept() {
    let (mut rig, _) = followed(300);
    let (session, asked) = restore(&mut rig, Duration::from_millis(200));
    assert!(asked >= 301, "{asked}");
    let bars: Vec<Bar> = (1..=301)
        .map(|it| if it == 30 { changed(it) } else { minute(it) })
        .collect();
    rig.update(&rows("timescale_update", &session, "s2", &bars));
    assert_eq!(
        rig.update(&completed(&session, "s2", "{}")),
        [
            SeriesUpdate::Revised(changed(30)),
            SeriesUpdate::Resumed { backfilled: 0 }
        ]
    );
}

#[test]
fn an_answer_that_begins_with_the_next_bar_leaves_no_gap() {
    for (first, has_gap) in [(11, false), (12, true)] {
        let (mut rig, _) = followed(10);
        let (session, _) = restore(&mut rig, Duration::from_secs(120));
        let bars: Vec<Bar> = (first..=13).map(minute).collect();
        rig.update(&rows("timescale_update", &session, "s2", &bars));
        let updates = rig.update(&completed(&session, "s2", r#"{"data_completed":"limit"}"#));
        let is_gap = |it: &SeriesUpdate| matches!(it, SeriesUpdate::Gap { .. });
        assert_eq!(updates.iter().any(is_gap), has_gap, "{first}: {updates:?}");
    }
}

#[test]
fn another_snapshot_of_a_live_series_reports_every_changed_bar() {
    let (mut rig, session) = followed(10);
    let bars: Vec<Bar> = (1..=11)
        .map(|it| {
            if it < 11 && it % 4 == 0 {
                changed(it)
            } else {
                minute(it)
            }
        })
        .collect();
    assert_eq!(
        rig.update(&rows("timescale_update", &session, "s1", &bars)),
        [
            SeriesUpdate::Revised(changed(4)),
            SeriesUpdate::Revised(changed(8))
        ]
    );
}

#[test]
fn another_snapshot_repeats_no_bar_that_is_not_kept() {
    let (mut rig, session) = followed(10);
    let bars: Vec<Bar> = (-5..=11).map(minute).collect();
    let updates = rig.update(&rows("timescale_update", &session, "s1", &bars));
    assert_eq!(updates, []);
}

#[test]
fn what_names_another_object_answers_nothing() {
    let mut rig = Rig::new();
    rig.resolves = false;
    rig.add_series(SERIES, request());
    let session = session_of(&rig.sent());
    for text in [
        completed(&session, "s1", "{}").replace("sds_1", "sds_99"),
        format!(r#"{{"m":"series_error","p":["{session}","sds_99","s1","invalid","x"]}}"#),
        format!(r#"{{"m":"symbol_error","p":["{session}","sds_sym_9","invalid symbol"]}}"#),
        resolved(&session).replace("sds_sym_1", "sds_sym_9"),
    ] {
        assert_eq!(rig.receive(&text), [], "{text}");
    }
    rig.receive(&resolved(&session));
    rig.receive(&rows("timescale_update", &session, "s1", &[minute(1)]));
    let updates = rig.update(&completed(&session, "s1", END));
    let [SeriesUpdate::Loaded(loaded)] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(loaded.bars, [minute(1)]);
}

fn rescaled(number: i64, factor: f64) -> Bar {
    let Bar {
        open,
        high,
        low,
        close,
        ..
    } = minute(number);
    let [open, high, low, close] = [open, high, low, close].map(|it| it * factor);
    Bar {
        open,
        high,
        low,
        close,
        ..minute(number)
    }
}

#[test]
fn a_snapshot_whose_past_is_another_one_resets_a_live_series_at_once() {
    // A split, a dividend that is too small to be seen in three bars, most bars in their own way.
    let changes: [&dyn Fn(i64) -> Bar; 3] =
        [&|it| rescaled(it, 0.5), &|it| rescaled(it, 0.999), &|it| {
            if it % 3 == 0 { minute(it) } else { changed(it) }
        }];
    for method in ["timescale_update", "du"] {
        for change in changes {
            let (mut rig, session) = followed(20);
            let bars: Vec<Bar> = (1..=21).map(change).collect();
            let message = rows(method, &session, "s1", &bars);
            assert_eq!(
                rig.update(&message),
                [SeriesUpdate::Reset(bars.clone())],
                "{method}"
            );
            assert_eq!(rig.update(&message), [], "once");
            assert_eq!(rig.sent(), Vec::<String>::new(), "nothing is asked for");
            // It goes on as before.
            let next = [change(21), minute(22)];
            assert_eq!(
                rig.update(&rows("du", &session, "s1", &next)),
                [
                    SeriesUpdate::Closed(change(21)),
                    SeriesUpdate::Open(minute(22))
                ]
            );
        }
    }
}

#[test]
fn changes_that_do_not_hold_the_whole_past_ask_for_it() {
    // The oldest bar, one in between, or the newest is missing.
    for missing in [1, 5, 21] {
        for method in ["timescale_update", "du"] {
            let (mut rig, session) = followed(20);
            let bars = (1..=21).filter(|it| *it != missing);
            let bars: Vec<Bar> = bars.map(|it| rescaled(it, 0.5)).collect();
            let updates = rig.update(&rows(method, &session, "s1", &bars));
            assert_eq!(updates, [SeriesUpdate::Reconnecting], "{method} {missing}");
            let session = session_of(&rig.sent());
            let bars: Vec<Bar> = (1..=21).map(|it| rescaled(it, 0.5)).collect();
            rig.update(&rows("timescale_update", &session, "s2", &bars));
            let updates = rig.update(&completed(&session, "s2", "{}"));
            assert_eq!(updates, [SeriesUpdate::Reset(bars)]);
        }
    }
}

#[test]
fn half_of_the_past_is_revised_bar_by_bar() {
    let change = |it: i64| {
        if it > 10 && it < 21 {
            changed(it)
        } else {
            minute(it)
        }
    };
    let bars: Vec<Bar> = (1..=21).map(change).collect();
    let revised: Vec<_> = (11..=20)
        .map(|it| SeriesUpdate::Revised(changed(it)))
        .collect();
    for method in ["timescale_update", "du"] {
        let (mut rig, session) = followed(20);
        assert_eq!(rig.update(&rows(method, &session, "s1", &bars)), revised);
    }
    let (mut rig, _) = followed(20);
    let (session, _) = restore(&mut rig, Duration::from_secs(1));
    rig.update(&rows("timescale_update", &session, "s2", &bars));
    let updates = rig.update(&completed(&session, "s2", "{}"));
    assert_eq!(updates[..10], revised);
    assert_eq!(updates[10..], [SeriesUpdate::Resumed { backfilled: 0 }]);
}

#[test]
fn a_past_that_has_changed_during_an_outage_resets_the_series() {
    let changes: [&dyn Fn(i64) -> Bar; 3] =
        [&|it| rescaled(it, 0.5), &|it| rescaled(it, 0.999), &|it| {
            if it % 3 == 0 { minute(it) } else { changed(it) }
        }];
    for change in changes {
        let (mut rig, _) = followed(20);
        let (session, _) = restore(&mut rig, Duration::from_secs(60));
        let bars: Vec<Bar> = (1..=22).map(change).collect();
        rig.update(&rows("timescale_update", &session, "s2", &bars));
        assert_eq!(rig.update(&completed(&session, "s2", "{}")), []);
        let session = session_of(&rig.sent());
        rig.update(&rows("timescale_update", &session, "s3", &bars));
        let updates = rig.update(&completed(&session, "s3", "{}"));
        assert_eq!(updates, [SeriesUpdate::Reset(bars)]);
    }
}

#[test]
fn bars_that_come_after_the_completion_of_their_answer_are_not_lost() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    for turnaround in ["s1", "s2"] {
        let session = session_of(&rig.sent());
        let updates = rig.update(&completed(&session, turnaround, "{}"));
        if turnaround == "s1" {
            assert_eq!(updates, [], "requested once more");
            continue;
        }
        assert!(matches!(&updates[..], [SeriesUpdate::Loaded(it)] if it.bars.is_empty()));
        let bars: Vec<Bar> = (1..=3).map(minute).collect();
        let late = rows("timescale_update", &session, turnaround, &bars);
        assert_eq!(rig.update(&late), [SeriesUpdate::Reset(bars)]);
        let next = rows("du", &session, turnaround, &[minute(4)]);
        assert_eq!(
            rig.update(&next),
            [
                SeriesUpdate::Closed(minute(3)),
                SeriesUpdate::Open(minute(4))
            ]
        );
    }
}
