//! Bars that the server left out, which a jump of places shows, and jumps that show nothing.

use std::collections::HashMap;

use protocol::{
    frame::{Frame, split},
    message::server::Bars,
    time::Timestamp,
};

use super::*;
use crate::registry::holes::{BarPlace, BarPlaces};

/// Bars of an answer, by the numbers of their minutes. The bar `shift` has place 0.
fn message(session: &str, turnaround: &str, numbers: &[i64], shift: i64) -> String {
    with_scale(
        "timescale_update",
        session,
        turnaround,
        numbers,
        shift,
        "{}",
    )
}

fn change(session: &str, turnaround: &str, numbers: &[i64], shift: i64) -> String {
    with_scale("du", session, turnaround, numbers, shift, "{}")
}

fn with_scale(
    method: &str,
    session: &str,
    turnaround: &str,
    numbers: &[i64],
    shift: i64,
    scale: &str,
) -> String {
    let bars: Vec<Bar> = numbers.iter().copied().map(minute).collect();
    let place = |bar: &Bar| bar.time.seconds() / 60 - shift;
    placed(method, session, turnaround, &bars, place, scale)
}

fn minute(number: i64) -> Bar {
    bar(number * 60, number as f64)
}

fn list(numbers: impl IntoIterator<Item = i64>) -> Vec<i64> {
    numbers.into_iter().collect()
}

/// A series that has asked for its first history; its session.
fn asked(count: usize) -> (Rig, String) {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request().count(count));
    let session = session_of(&rig.sent());
    (rig, session)
}

/// A live series with the bars of minutes 1 to 11, the last of them open, at places from 0 on.
fn followed() -> (Rig, String) {
    let (mut rig, session) = asked(11);
    rig.update(&message(&session, "s1", &list(1..=11), 1));
    let updates = rig.update(&completed(&session, "s1", "{}"));
    assert_eq!(updates.len(), 1, "{updates:?}");
    (rig, session)
}

/// The session that takes the place of the one in which bars were missing.
fn again(rig: &mut Rig) -> String {
    let sent = rig.sent();
    assert!(sent[0].contains("chart_delete_session"), "{sent:?}");
    session_of(&sent)
}

fn gap(from: i64, to: i64) -> SeriesUpdate {
    SeriesUpdate::Gap {
        from: Timestamp::from_seconds(from * 60),
        to: Timestamp::from_seconds(to * 60),
        reason: GapReason::LeftOut,
    }
}

fn loaded(updates: &[SeriesUpdate]) -> &History {
    match updates {
        [SeriesUpdate::Loaded(loaded)] => loaded,
        other => panic!("{other:?}"),
    }
}

fn closed(numbers: impl IntoIterator<Item = i64>) -> Vec<SeriesUpdate> {
    let closed = |number| SeriesUpdate::Closed(minute(number));
    numbers.into_iter().map(closed).collect()
}

#[test]
fn a_hole_in_the_first_history_is_requested_again_and_filled() {
    // Within a message, and between two whose order is either.
    let parts: [&[Vec<i64>]; 3] = [
        &[list((1..=5).chain(9..=12))],
        &[list(1..=5), list(9..=12)],
        &[list(9..=12), list(1..=5)],
    ];
    for parts in parts {
        let (mut rig, session) = asked(9);
        for part in parts {
            rig.update(&message(&session, "s1", part, 1));
        }
        assert_eq!(rig.update(&completed(&session, "s1", "{}")), []);
        let session = again(&mut rig);
        rig.update(&message(&session, "s2", &list(4..=12), 4));
        let updates = rig.update(&completed(&session, "s2", END));
        assert_eq!(loaded(&updates).bars.len(), 9);
        assert_eq!(loaded(&updates).skipped_rows, []);
    }
}

#[test]
fn a_hole_in_the_first_history_that_stays_is_reported_in_it() {
    let (mut rig, session) = asked(9);
    let numbers = list((1..=5).chain(9..=12));
    rig.update(&message(&session, "s1", &numbers, 1));
    assert_eq!(rig.update(&completed(&session, "s1", "{}")), []);
    let session = again(&mut rig);
    rig.update(&message(&session, "s2", &numbers, 1));
    let updates = rig.update(&completed(&session, "s2", END));
    let history = loaded(&updates);
    assert_eq!(history.bars.len(), 9);
    let [row] = &history.skipped_rows[..] else {
        panic!("{history:?}")
    };
    assert_eq!((row.index, row.time), (Some(5), None));
    let text = "the server left out bars between 1970-01-01T00:05:00Z and 1970-01-01T00:09:00Z: 3";
    assert_eq!(row.reason, text);
    // A later restore does not report it again.
    rig.close();
    rig.open();
    let session = session_of(&rig.sent());
    rig.updates();
    rig.update(&message(&session, "s3", &numbers, 1));
    assert_eq!(
        rig.update(&completed(&session, "s3", END)),
        [SeriesUpdate::Resumed { backfilled: 0 }]
    );
}

#[test]
fn a_hole_in_live_bars_is_filled_from_history() {
    let (mut rig, session) = followed();
    let updates = rig.update(&change(&session, "s1", &[11, 12], 1));
    assert_eq!(updates.len(), 2, "{updates:?}");
    assert_eq!(
        rig.update(&change(&session, "s1", &[15], 1)),
        [SeriesUpdate::Reconnecting]
    );
    let session = again(&mut rig);
    rig.update(&message(&session, "s2", &list(3..=15), 3));
    let mut expected = vec![SeriesUpdate::Resumed { backfilled: 3 }];
    expected.extend(closed(12..=14));
    expected.push(SeriesUpdate::Open(minute(15)));
    assert_eq!(rig.update(&completed(&session, "s2", END)), expected);
    // The stream goes on.
    let updates = rig.update(&change(&session, "s2", &[16], 3));
    assert_eq!(updates.len(), 2, "{updates:?}");
}

#[test]
fn a_hole_that_history_has_too_is_a_gap_within_the_backfill() {
    let (mut rig, session) = followed();
    rig.update(&change(&session, "s1", &[15], 1));
    let session = again(&mut rig);
    let numbers = list((3..=12).chain(14..=15));
    rig.update(&message(&session, "s2", &numbers, 3));
    let expected = [
        SeriesUpdate::Resumed { backfilled: 3 },
        SeriesUpdate::Closed(minute(11)),
        SeriesUpdate::Closed(minute(12)),
        gap(12, 14),
        SeriesUpdate::Closed(minute(14)),
        SeriesUpdate::Open(minute(15)),
    ];
    assert_eq!(rig.update(&completed(&session, "s2", END)), expected);
}

#[test]
fn a_hole_in_a_restore_is_requested_again_then_filled_or_reported() {
    for (last, stays) in [(15, true), (15, false), (14, true)] {
        let (mut rig, _) = followed();
        rig.close();
        rig.pass(Duration::from_secs(240));
        rig.open();
        rig.updates();
        let session = session_of(&rig.sent());
        // From within the delivered bars on, and up to the open one.
        let holed = list((3..=9).chain(14..=last));
        rig.update(&message(&session, "s2", &holed, 3));
        assert_eq!(rig.update(&completed(&session, "s2", END)), []);
        let session = again(&mut rig);
        let numbers = if stays { holed } else { list(3..=last) };
        rig.update(&message(&session, "s3", &numbers, 3));
        let updates = rig.update(&completed(&session, "s3", END));
        let mut expected = Vec::new();
        if stays {
            expected.push(SeriesUpdate::Resumed {
                backfilled: usize::try_from(last - 14).unwrap(),
            });
            expected.push(gap(10, 14));
            expected.extend(closed(14..last));
        } else {
            expected.push(SeriesUpdate::Resumed { backfilled: 4 });
            expected.extend(closed(11..last));
        }
        expected.push(SeriesUpdate::Open(minute(last)));
        assert_eq!(updates, expected, "{last} {stays}");
    }
}

#[test]
fn bars_that_the_reader_has_are_not_a_hole_of_a_restore() {
    let (mut rig, _) = followed();
    rig.close();
    rig.open();
    rig.updates();
    let session = session_of(&rig.sent());
    let numbers = list((3..=5).chain(8..=12));
    rig.update(&message(&session, "s2", &numbers, 3));
    assert_eq!(
        rig.update(&completed(&session, "s2", END)),
        [
            SeriesUpdate::Resumed { backfilled: 1 },
            SeriesUpdate::Closed(minute(11)),
            SeriesUpdate::Open(minute(12))
        ]
    );
}

#[test]
fn a_jump_that_history_denies_is_the_last_that_counts() {
    let (mut rig, session) = followed();
    assert_eq!(
        rig.update(&change(&session, "s1", &[15], -2)),
        [SeriesUpdate::Reconnecting]
    );
    let session = again(&mut rig);
    // No bar opened between.
    let numbers = list((3..=11).chain(15..=15));
    let bars: Vec<Bar> = numbers.iter().copied().map(minute).collect();
    let place = |bar: &Bar| (bar.time.seconds() / 60).min(12) - 3;
    rig.update(&placed(
        "timescale_update",
        &session,
        "s2",
        &bars,
        place,
        "{}",
    ));
    assert_eq!(
        rig.update(&completed(&session, "s2", END)),
        [
            SeriesUpdate::Resumed { backfilled: 1 },
            SeriesUpdate::Closed(minute(11)),
            SeriesUpdate::Open(minute(15))
        ]
    );
    for (number, shift) in [(20, 0), (30, -100)] {
        let updates = rig.update(&change(&session, "s2", &[number], shift));
        assert_eq!(updates.len(), 2, "{updates:?}");
    }
    assert_eq!(rig.sent(), [""; 0]);
}

#[test]
fn live_places_that_show_no_hole_renew_nothing() {
    let none = [""; 0];
    let (mut rig, session) = followed();
    // Late rows, rows in any order, rows twice.
    rig.update(&change(&session, "s1", &[13, 11, 12], 1));
    rig.update(&change(&session, "s1", &[4], 1));
    rig.update(&change(&session, "s1", &[13, 14, 14], 1));
    // A bar after a break of the market has the next place.
    rig.update(&change(&session, "s1", &[50], 36));
    rig.update(&change(&session, "s1", &[51], 36));
    assert_eq!(rig.sent(), none);
    // No bar fits between.
    rig.update(&change(&session, "s1", &[52], 20));
    // Numbered from another bar on.
    rig.update(&change(&session, "s1", &[60], 50));
    rig.update(&change(&session, "s1", &[61], -1_000_000));
    assert_eq!(rig.sent(), none);
}

#[test]
fn a_time_scale_that_renumbers_bars_makes_no_hole() {
    for scale in [
        r#"{"index":0,"zoffset":5,"changes":[],"marks":[],"index_diff":[]}"#,
        r#"{"index":0,"zoffset":0,"changes":[],"marks":[],"index_diff":[[0,5]]}"#,
    ] {
        let (mut rig, session) = followed();
        let renumbered = with_scale("timescale_update", &session, "s1", &[12], -4, scale);
        rig.update(&renumbered);
        rig.update(&change(&session, "s1", &[13], -4));
        assert_eq!(rig.sent(), [""; 0], "{scale}");
        // From there on they count.
        let updates = rig.update(&change(&session, "s1", &[15], -4));
        assert_eq!(updates, [SeriesUpdate::Reconnecting], "{scale}");
    }
}

/// Earlier bars come at these places; what the caller gets, and whether they were requested again.
fn earlier(parts: &[(Vec<i64>, i64, &str)]) -> (Older, bool) {
    let (mut rig, session) = asked(5);
    rig.update(&message(&session, "s1", &list(20..=24), 20));
    rig.update(&completed(&session, "s1", "{}"));
    let mut answer = rig.fetch_more(6);
    let is_more = |sent: Vec<String>| sent.iter().any(|it| it.contains("request_more_data"));
    assert!(is_more(rig.sent()));
    let page = |session: &str, turnaround: &str| {
        let part = |(numbers, shift, scale): &(Vec<i64>, i64, &str)| {
            with_scale(
                "timescale_update",
                session,
                turnaround,
                numbers,
                *shift,
                scale,
            )
        };
        parts.iter().map(part).collect::<Vec<_>>()
    };
    for part in page(&session, "s1") {
        assert_eq!(rig.update(&part), []);
    }
    rig.update(&completed(&session, "s1", END));
    if let Ok(answer) = answer.try_recv() {
        // A live bar follows as if nothing had happened.
        let shift = if parts[0].2 == "{}" { 20 } else { 14 };
        rig.update(&change(&session, "s1", &[25], shift));
        assert_eq!(rig.sent(), [""; 0]);
        return (answer.unwrap(), false);
    }
    let session = again(&mut rig);
    rig.update(&message(&session, "s2", &list(20..=24), 20));
    rig.update(&completed(&session, "s2", END));
    assert!(is_more(rig.sent()));
    for part in page(&session, "s2") {
        rig.update(&part);
    }
    rig.update(&completed(&session, "s2", END));
    (answer.try_recv().unwrap().unwrap(), true)
}

#[test]
fn a_hole_in_a_page_of_earlier_bars_is_requested_again_and_reported() {
    // Within the page, and between it and the bars before.
    for (numbers, first) in [(list((10..=12).chain(15..=19)), -7), (list(10..=17), -2)] {
        let count = numbers.len();
        let (older, is_again) = earlier(&[(numbers, 20, "{}")]);
        assert!(is_again);
        assert_eq!(older.bars.len(), count);
        let [row] = &older.skipped_rows[..] else {
            panic!("{older:?}")
        };
        assert_eq!(row.index, Some(first));
    }
}

#[test]
fn pages_that_are_whole_are_not_requested_again() {
    let whole = |parts: &[(Vec<i64>, i64, &str)]| {
        let (older, is_again) = earlier(parts);
        assert!(!is_again);
        assert_eq!((older.bars.len(), older.skipped_rows), (6, Vec::new()));
    };
    whole(&[(list(14..=19), 20, "{}")]);
    whole(&[(list(17..=19), 20, "{}"), (list(14..=16), 20, "{}")]);
    // With bars that are known, and a live one.
    whole(&[(list(14..=24), 20, "{}")]);
    // Numbered anew from the first bar on.
    let scale = r#"{"index":0,"zoffset":6,"changes":[],"marks":[],"index_diff":[]}"#;
    whole(&[(list(14..=19), 14, scale)]);
    whole(&[(list(14..=19), 114, scale)]);
}

#[test]
fn rows_that_could_not_be_read_are_not_a_hole() {
    let (mut rig, session) = asked(9);
    let text = message(&session, "s1", &list(1..=9), 1);
    let odd = text.replace(r#"{"i":4,"v":[300.0,"#, r#"{"i":4,"v":["x",300.0,"#);
    assert_ne!(odd, text);
    let odd = odd.replace(r#"{"i":6,"v":[420.0,"#, r#"{"i":6,"v":["x",420.0,"#);
    rig.update(&odd);
    let updates = rig.update(&completed(&session, "s1", END));
    let history = loaded(&updates);
    assert_eq!(history.bars.len() + history.skipped_rows.len(), 9);
}

#[test]
fn holes_that_come_again_and_again_are_requested_with_growing_pauses() {
    let (mut rig, mut session) = followed();
    let mut renewals = 0;
    let begin = rig.now;
    let mut last = 11;
    while rig.now < begin + Duration::from_secs(100) {
        let turnaround = format!("s{}", renewals + 1);
        rig.update(&change(&session, &turnaround, &[last + 3], 1));
        last += 3;
        rig.pass(Duration::from_secs(1));
        let sent = loop {
            let sent = rig.sent();
            if !sent.is_empty() && sent.iter().any(|it| it.contains("create_series")) {
                break sent;
            }
            rig.pass(Duration::from_secs(1));
        };
        renewals += 1;
        session = session_of(&sent);
        let turnaround = format!("s{}", renewals + 1);
        rig.update(&message(&session, &turnaround, &list(1..=last), 1));
        let updates = rig.update(&completed(&session, &turnaround, END));
        assert!(updates.contains(&SeriesUpdate::Resumed { backfilled: 3 }));
    }
    assert!(renewals <= 9, "{renewals}");
}

#[test]
fn intervals_of_several_days_report_no_gap_that_no_bar_fits_into() {
    let day = 86_400;
    for (interval, length, has_gap) in [
        ("3D", 3 * day, false),
        ("3D", 4 * day, true),
        ("2W", 14 * day, false),
        ("2W", 21 * day, true),
        ("3M", 92 * day, false),
        ("3M", 120 * day, true),
        ("12M", 366 * day, false),
        ("12M", 396 * day, true),
    ] {
        let mut rig = Rig::new();
        let request = SeriesRequest::new("A:B", interval.parse().unwrap())
            .unwrap()
            .count(2);
        rig.add_series(SERIES, request);
        let session = session_of(&rig.sent());
        let begin = 1_700_000_000;
        let known = [bar(begin - length, 1.0), bar(begin, 2.0)];
        rig.update(&rows("timescale_update", &session, "s1", &known));
        let rest = rig.update(&completed(&session, "s1", "{}"));
        let is_last_open = loaded(&rest).is_last_open;
        rig.close();
        rig.open();
        rig.updates();
        let session = session_of(&rig.sent());
        // The oldest bar of the answer, after the last that closed.
        let last = if is_last_open { begin - length } else { begin };
        let next = [bar(last + length, 3.0), bar(last + 2 * length, 4.0)];
        rig.update(&rows("timescale_update", &session, "s2", &next));
        let updates = rig.update(&completed(&session, "s2", END));
        let is_gap = |it: &SeriesUpdate| matches!(it, SeriesUpdate::Gap { .. });
        assert_eq!(
            updates.iter().any(is_gap),
            has_gap,
            "{interval}: {updates:?}"
        );
    }
}

#[test]
fn a_series_with_a_hole_on_a_second_connection_is_restored_the_usual_way() {
    let (mut rig, _) = followed();
    let mut standby = rig.standby();
    let numbers = list((3..=11).chain(14..=15));
    let begun = |rig: &mut Rig| {
        let sent = rig.sent();
        let create = sent.iter().find(|it| it.contains("create_series"));
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        let params = params(create.unwrap());
        (text(&params[0]), text(&params[2]))
    };
    let answer = |rig: &mut Rig| {
        let (session, turnaround) = begun(rig);
        let rows = rig.update(&message(&session, &turnaround, &numbers, 3));
        assert_eq!(rows, []);
        rig.update(&completed(&session, &turnaround, END))
    };
    assert_eq!(answer(&mut standby), []);
    assert_eq!(answer(&mut standby), []);
    standby.take_over(&mut rig);
    let updates: Vec<_> = standby.updates().into_iter().map(series_updates).collect();
    assert_eq!(updates, [SeriesUpdate::Reconnecting]);
    // Once more for the new session.
    assert_eq!(answer(&mut standby), []);
    let updates = answer(&mut standby);
    assert_eq!(
        updates,
        [
            SeriesUpdate::Resumed { backfilled: 2 },
            SeriesUpdate::Closed(minute(11)),
            gap(11, 14),
            SeriesUpdate::Closed(minute(14)),
            SeriesUpdate::Open(minute(15)),
        ]
    );
}

/// The recordings are not part of this repository; `TV_FRAMES_DIR` names their folder.
#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn recorded_series_show_no_hole() {
    let folder = std::env::var_os("TV_FRAMES_DIR").expect("TV_FRAMES_DIR names a folder");
    let mut series: HashMap<String, BarPlaces> = HashMap::new();
    let mut rows = 0;
    let mut check = |file: &str, payload: &str| {
        let received = ServerMessage::decode(payload);
        let (session, objects) = match &received.message {
            ServerMessage::TimescaleUpdate(update) => (update.session.as_str(), &update.objects),
            ServerMessage::DataUpdate(update) => (update.session.as_str(), &update.objects),
            _ => return,
        };
        for object in objects.iter() {
            let bars = object.bars.as_ref().map(Bars::iter).into_iter().flatten();
            let turnaround = object.turnaround.map(|it| it.to_string());
            let key = format!("{file} {session} {:?} {turnaround:?}", object.id);
            series.entry(key).or_default().extend(bars.map(|row| {
                rows += 1;
                BarPlace {
                    time: row.bar.time,
                    index: row.index,
                }
            }));
        }
    };
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            if !line.starts_with("~m~") {
                check(&name, line);
                continue;
            }
            for frame in split(line).flatten() {
                if let Frame::Json(payload) = frame {
                    check(&name, payload);
                }
            }
        }
    }
    assert!(rows > 10_000, "{rows}");
    for (key, places) in &series {
        assert_eq!(places.holes(), [], "{key}");
    }
    let known = series.values().filter(|it| it.ends().is_some()).count();
    assert!(known > 8, "{known}");
}
