//! Outages of every length, cut off again at every message.

use std::collections::BTreeMap;

use protocol::time::Timestamp;

use rand::seq::SliceRandom;

use super::{
    model::{World, time_of},
    *,
};
use crate::request::HistoryRequest;

/// A world in which a series has been followed for a few bars.
fn followed() -> World {
    let mut world = World::new();
    world.rig.add_series(SERIES, request().count(20));
    world.talk(usize::MAX);
    world.pass(12);
    assert!(world.reader.is_loaded && world.reader.is_complete(&world.server));
    world
}

fn finish(mut world: World) -> World {
    world.connect();
    world.talk(usize::MAX);
    world.pass(12);
    assert_eq!(world.reader.failed, None);
    assert!(world.reader.is_complete(&world.server));
    let registry = &world.rig.registry;
    assert_eq!(registry.sessions.len(), 1, "old sessions are forgotten");
    assert_eq!(registry.counts(), (0, 1));
    world
}

#[test]
fn f48_a_first_history_that_is_cut_off_anywhere_comes_whole() {
    for cut in 0.. {
        let mut world = World::new();
        world.rig.add_series(
            SERIES,
            request().count(20).timeout(Duration::from_secs(3_600)),
        );
        let arrived = world.talk(cut);
        let was_loaded = world.reader.is_loaded;
        world.cut();
        world.pass(7);
        let world = finish(world);
        assert!(world.reader.gaps.is_empty());
        if arrived < cut {
            assert!(was_loaded, "all messages had arrived");
            return;
        }
    }
}

#[test]
fn f48_a_history_of_many_pages_that_is_cut_off_anywhere_comes_whole() {
    for cut in 0.. {
        let mut world = World::new();
        world.server.page = 9;
        let from = time_of(3 * 101 + 31);
        let mut request = HistoryRequest::new("A:B", Interval::MINUTE)
            .unwrap()
            .between(from..world.server.now + 86_400)
            .unwrap()
            .timeout(Duration::from_secs(3_600))
            .0;
        request.follow = true;
        world.rig.add_series(SERIES, request);
        let arrived = world.talk(cut);
        let was_loaded = world.reader.is_loaded;
        world.cut();
        world.pass(7);
        let world = finish(world);
        assert!(world.reader.gaps.is_empty());
        assert!(world.reader.closed > 28, "{}", world.reader.closed);
        if arrived < cut {
            assert!(
                was_loaded && cut > 12,
                "all messages of all pages had arrived: {cut}"
            );
            return;
        }
    }
}

#[test]
fn f49_a_restore_that_is_cut_off_anywhere_ends_the_same() {
    for page in [20_000, 3] {
        for cut in 0.. {
            let mut world = followed();
            world.server.page = page;
            world.cut();
            world.pass(30);
            world.connect();
            let arrived = world.talk(cut);
            world.cut();
            world.pass(7);
            let world = finish(world);
            assert!(world.reader.gaps.is_empty(), "{:?}", world.reader.gaps);
            if arrived < cut {
                assert!(cut > 5);
                break;
            }
        }
    }
}

#[test]
fn f49_two_series_and_quotes_are_restored_after_a_cut_anywhere() {
    for cut in 0..12 {
        let mut world = World::new();
        world.rig.add_quotes(&QuoteRequest::new(["A:B"]).unwrap());
        world.rig.add_series(SERIES, request());
        world.talk(usize::MAX);
        world.cut();
        world.connect();
        world.talk(cut);
        world.cut();
        world.connect();
        let commands = world.rig.sent();
        let created = |what: &str| commands.iter().filter(|it| it.contains(what)).count();
        assert_eq!(created("quote_create_session"), 1, "{cut}");
        assert_eq!(created("quote_add_symbols"), 1, "{cut}");
        assert_eq!(created("chart_create_session"), 1, "{cut}");
    }
}

#[test]
fn f51_outages_of_any_length_are_healed_from_history() {
    for minutes in [0, 1, 2, 5, 60, 24 * 60, 10 * 24 * 60] {
        let mut world = followed();
        let before = world.reader.closed;
        world.cut();
        world.pass(minutes * 3);
        let world = finish(world);
        assert!(
            world.reader.gaps.is_empty(),
            "{minutes}: {:?}",
            world.reader.gaps
        );
        assert_eq!(world.reader.resumed, 1);
        assert!(world.reader.closed > before);
    }
}

#[test]
fn f51_bars_beyond_the_history_are_reported_exactly() {
    for (depth, page) in [(50, 20_000), (50, 7), (1, 5), (2, 5)] {
        let mut world = followed();
        world.cut();
        world.pass(3 * 500);
        // Into the market's hours, so that there is a bar whatever the depth.
        while world.server.now < time_of(9 * 101 + 50) {
            world.pass(1);
        }
        world.server.depth = depth;
        world.server.page = page;
        let first = time_of(world.server.floor());
        let world = finish(world);
        let [(_, to, reason)] = world.reader.gaps[..] else {
            panic!("{depth}: {:?}", world.reader.gaps)
        };
        assert_eq!(to, first.max(time_of(9 * 101 + 30)));
        assert_eq!(reason, GapReason::HistoryLimit);
    }
}

#[test]
fn f42_a_page_lost_on_a_restore_is_requested_again_before_a_gap_is_reported() {
    for lost in 1..4 {
        let mut world = followed();
        world.server.page = 3;
        world.cut();
        world.pass(30);
        world.connect();
        let is_completed = |message: &String| message.contains("series_completed");
        world.old.clear();
        while !world.old.last().is_some_and(is_completed) {
            assert_eq!(world.talk(1), 1);
        }
        world.lost_completions = lost;
        world.pass(12);
        assert_eq!(world.reader.resumed, 1, "{lost}");
        assert!(world.reader.gaps.is_empty(), "{:?}", world.reader.gaps);
        assert!(world.reader.is_complete(&world.server));
    }
}

#[test]
fn f52_a_closed_market_makes_no_false_gap() {
    // Every phase of opening and closing, at the beginning and at the end of an outage.
    for begin in (0..101).step_by(7) {
        for length in [1, 25, 31, 60] {
            let mut world = World::at(3 * 101 + begin);
            world.rig.add_series(SERIES, request().count(20));
            world.talk(usize::MAX);
            world.pass(3);
            world.cut();
            world.pass(length * 3);
            let world = finish(world);
            assert!(
                world.reader.gaps.is_empty(),
                "{begin} {length}: {:?}",
                world.reader.gaps
            );
        }
    }
}

#[test]
fn f52_days_that_begin_at_other_times_and_holidays_make_no_false_gap() {
    // Days in New York: clocks change on 8 March 2026, and 3 April is a holiday. Seconds of 9:30
    // there, in UTC.
    let day = |number: i64, hour: i64| number * 86_400 + hour * 3_600 + 30 * 60;
    let (friday, monday) = (day(20_518, 14), day(20_521, 13));
    let (thursday, after_holiday) = (day(20_545, 13), day(20_549, 13));
    for days in [
        vec![friday - 86_400, friday, monday, monday + 86_400],
        vec![
            thursday - 86_400,
            thursday,
            after_holiday,
            after_holiday + 86_400,
        ],
    ] {
        let bars: Vec<Bar> = days.iter().map(|time| bar(*time, 1.0)).collect();
        let mut rig = Rig::new();
        rig.add_series(
            SERIES,
            SeriesRequest::new("A:B", Interval::DAY).unwrap().count(2),
        );
        let session = session_of(&rig.sent());
        rig.receive(&rows("timescale_update", &session, "s1", &bars[..2]));
        rig.receive(&completed(&session, "s1", "{}"));
        // Away from Friday, or the day before the holiday, to after the next open day.
        rig.close();
        rig.pass(Duration::from_secs(
            u64::try_from(days[3] - days[1]).unwrap(),
        ));
        rig.open();
        rig.updates();
        let sent = rig.sent();
        let asked = params(sent.last().unwrap())[5].as_i64().unwrap();
        assert!(asked >= 4, "as many as could have opened: {asked}");
        let session = session_of(&sent);
        rig.receive(&rows("timescale_update", &session, "s2", &bars));
        assert_eq!(
            rig.update(&completed(&session, "s2", "{}")),
            [
                SeriesUpdate::Resumed { backfilled: 2 },
                SeriesUpdate::Closed(bars[1]),
                SeriesUpdate::Closed(bars[2]),
                SeriesUpdate::Open(bars[3]),
            ]
        );
    }
}

#[test]
fn f65_a_process_that_was_suspended_heals_one_outage() {
    for minutes in [1, 10, 24 * 60] {
        let mut world = followed();
        // The server goes on, and what it sends is lost with the connection; here no time passes
        // until all of it has.
        for _ in 0..minutes * 3 {
            world.server.step();
        }
        world.rig.now += Duration::from_secs(minutes as u64 * 60);
        world.rig.time_out();
        world.cut();
        let world = finish(world);
        assert!(world.reader.gaps.is_empty(), "{:?}", world.reader.gaps);
        assert_eq!((world.reader.resumed, world.reader.stale), (1, 0));
    }
}

#[test]
fn f41_what_was_shuffled_is_true_after_the_next_restore() {
    // Frames of one stream have no stamp of their own, so an older state of a bar that comes last
    // is not known as such. The next answer is the truth, and whatever differs from it is revised.
    for seed in 0..50 {
        let mut random = StdRng::seed_from_u64(seed);
        let (mut rig, session) = Rig::live();
        let states = |number: i64| (0..3).map(move |state| bar(number * 60, state as f64));
        let mut sent: Vec<Bar> = (2..40).flat_map(states).collect();
        for window in sent.chunks_mut(50) {
            window.shuffle(&mut random);
        }
        let mut reported = BTreeMap::new();
        let mut newest = 60;
        let mut note = |update: Vec<SeriesUpdate>| {
            for update in update {
                match update {
                    // Most bars have changed.
                    SeriesUpdate::Reset(bars) => {
                        reported = bars.iter().map(|bar| (bar.time, *bar)).collect();
                        reported.pop_last();
                    }
                    SeriesUpdate::Closed(bar) => {
                        assert!(
                            bar.time > Timestamp::from_seconds(newest),
                            "closed once, in order"
                        );
                        newest = bar.time.seconds();
                        reported.insert(bar.time, bar);
                    }
                    SeriesUpdate::Revised(bar) => {
                        assert!(bar.time <= Timestamp::from_seconds(newest), "closed before");
                        reported.insert(bar.time, bar);
                    }
                    SeriesUpdate::Open(bar) => assert!(bar.time > Timestamp::from_seconds(newest)),
                    SeriesUpdate::Resumed { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        for state in sent {
            note(rig.update(&rows("du", &session, "s1", &[state])));
        }
        rig.close();
        rig.open();
        rig.updates();
        let session = session_of(&rig.sent());
        let truth: Vec<Bar> = (1..40).map(|number| bar(number * 60, 2.0)).collect();
        assert_eq!(
            rig.update(&rows("timescale_update", &session, "s2", &truth)),
            []
        );
        let updates = rig.update(&completed(&session, "s2", "{}"));
        if updates.is_empty() {
            // All of them are requested.
            let session = session_of(&rig.sent());
            rig.update(&rows("timescale_update", &session, "s3", &truth));
            note(rig.update(&completed(&session, "s3", END)));
        } else {
            note(updates);
        }
        let expected: BTreeMap<Timestamp, Bar> =
            truth[..38].iter().map(|bar| (bar.time, *bar)).collect();
        reported.insert(Timestamp::from_seconds(60), truth[0]);
        assert_eq!(reported, expected, "seed {seed}");
    }
}

#[test]
fn f44_a_series_that_waits_says_why_and_for_how_long() {
    let (mut rig, mut session) = Rig::live();
    let void =
        |session: &str| format!(r#"{{"m":"critical_error","p":["{session}","internal",""]}}"#);
    assert_eq!(rig.update(&void(&session)), [SeriesUpdate::Reconnecting]);
    session = session_of(&rig.sent());
    let update = rig.update(&void(&session));
    let [SeriesUpdate::Suspended { reason, retry_in }] = &update[..] else {
        panic!("{update:?}")
    };
    let longest = Duration::from_secs(1);
    assert!(reason == "internal" && *retry_in > longest / 2 && *retry_in <= longest);
    let health = rig.registry.suspended_streams(rig.now);
    assert_eq!(health.len(), 1);
    assert_eq!(
        (health[0].stream.as_str(), health[0].reason.as_str()),
        ("A:B 1", "internal")
    );
    rig.pass(longest);
    assert_eq!(rig.registry.suspended_streams(rig.now), []);
}

#[test]
fn f44_a_void_session_is_renewed_without_a_new_connection() {
    let mut world = followed();
    for round in 0..20 {
        let session = world.session().unwrap();
        world.arrive(&format!(
            r#"{{"m":"critical_error","p":["{session}","oops","x"]}}"#
        ));
        world.server.handle_void(&session);
        world.rig.pass(Duration::from_millis(1));
        world.talk(usize::MAX);
        if round == 0 {
            assert!(world.session().is_some_and(|new| new != session), "at once");
        } else {
            assert_eq!(world.session(), None, "after a pause");
        }
        while world.session().is_none() {
            world.pass(1);
        }
    }
    let world = finish(world);
    assert!(world.reader.gaps.is_empty());
    assert_eq!(world.reader.resumed, 20);
}

#[test]
fn repainting_series_are_reset_and_promise_nothing() {
    let mut rig = Rig::new();
    let ticks: Interval = "10R".parse().unwrap();
    rig.add_series(SERIES, SeriesRequest::new("A:B", ticks).unwrap().count(2));
    for generation in 1..=2 {
        let session = session_of(&rig.sent());
        let turnaround = format!("s{generation}");
        let bars = [bar(generation, 1.0), bar(generation + 1, 1.0)];
        rig.receive(&rows("timescale_update", &session, &turnaround, &bars));
        let update = rig.update(&completed(&session, &turnaround, "{}"));
        match generation {
            1 => assert!(matches!(update[..], [SeriesUpdate::Loaded(_)])),
            _ => assert_eq!(update, [SeriesUpdate::Reset(bars.to_vec())]),
        }
        rig.close();
        rig.updates();
        rig.open();
    }
}

/// A live series of a symbol, whose bars closed at these prices; the last is open.
fn reported(info: &str, closes: &[f64]) -> Rig {
    let mut rig = Rig::new();
    rig.resolves = false;
    rig.add_series(SERIES, request().count(8));
    assert!(matches!(
        answer(&mut rig, info, "s1", closes)[..],
        [SeriesUpdate::Loaded(_)]
    ));
    rig
}

fn answer(rig: &mut Rig, info: &str, turnaround: &str, closes: &[f64]) -> Vec<SeriesUpdate> {
    let sent = rig.sent();
    answer_to(rig, &sent, info, turnaround, closes)
}

fn answer_to(
    rig: &mut Rig,
    sent: &[String],
    info: &str,
    turnaround: &str,
    closes: &[f64],
) -> Vec<SeriesUpdate> {
    let session = session_of(sent);
    rig.receive(&format!(
        r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{info}]}}"#
    ));
    rig.receive(&rows(
        "timescale_update",
        &session,
        turnaround,
        &series_of(closes),
    ));
    let update = rig.update(&completed(&session, turnaround, END));
    rig.pass(Duration::ZERO);
    update
}

fn series_of(closes: &[f64]) -> Vec<Bar> {
    (1..)
        .zip(closes)
        .map(|(number, close)| bar(number * 60, *close))
        .collect()
}

fn again(rig: &mut Rig) {
    rig.close();
    rig.open();
    rig.updates();
}

#[test]
fn a_split_makes_all_of_the_past_void() {
    let info = r#"{"pro_name":"X:A","name":"A"}"#;
    let before = [100.0, 110.0, 120.0, 130.0, 140.0, 150.0];
    // Twenty for one, rounded as exchanges do; and a dividend of two percent.
    for factor in [0.05, 0.98] {
        let mut rig = reported(info, &before);
        again(&mut rig);
        let after: Vec<f64> = before
            .iter()
            .map(|price| (price * factor * 100.0).round() / 100.0)
            .collect();
        assert_eq!(answer(&mut rig, info, "s2", &after), []);
        // What is missing is not enough now: all is asked for, and is what there is.
        let sent = rig.sent();
        assert!(sent[0].contains("chart_delete_session"), "{sent:?}");
        assert_eq!(params(sent.last().unwrap())[5], 8, "{sent:?}");
        let update = answer_to(&mut rig, &sent, info, "s3", &after);
        assert_eq!(update, [SeriesUpdate::Reset(series_of(&after))]);
        // From there on all is as ever.
        again(&mut rig);
        assert_eq!(
            answer(&mut rig, info, "s4", &after),
            [SeriesUpdate::Resumed { backfilled: 0 }]
        );
    }
}

#[test]
fn revisions_are_not_a_split() {
    let info = r#"{"pro_name":"X:A"}"#;
    let before = [100.0, 110.0, 120.0, 130.0, 140.0, 150.0];
    for (after, revised) in [
        // One factor for most of them only; each another one; a hair; nothing.
        ([50.0, 55.0, 60.0, 130.0, 140.0, 150.0], 3),
        ([101.0, 113.0, 127.0, 131.0, 147.0, 150.0], 5),
        ([100.1, 110.11, 120.12, 130.13, 140.14, 150.0], 5),
        (before, 0),
    ] {
        let mut rig = reported(info, &before);
        again(&mut rig);
        let update = answer(&mut rig, info, "s2", &after);
        let count = update
            .iter()
            .filter(|it| matches!(it, SeriesUpdate::Revised(_)))
            .count();
        assert_eq!((count, update.len()), (revised, revised + 1), "{update:?}");
    }
    // Two bars are too few to tell.
    let mut rig = reported(info, &before[..3]);
    again(&mut rig);
    let update = answer(&mut rig, info, "s2", &[50.0, 55.0, 60.0]);
    assert!(
        matches!(
            update[..2],
            [SeriesUpdate::Revised(_), SeriesUpdate::Revised(_)]
        ),
        "{update:?}"
    );
}

#[test]
fn a_name_that_means_another_symbol_voids_the_past() {
    let (old, new) = (
        r#"{"pro_name":"X:AA","name":"AA"}"#,
        r#"{"pro_name":"X:BB","name":"BB"}"#,
    );
    let closes = [1.0, 2.0, 3.0, 4.0, 5.0];
    let others = [7.0, 3.0, 4.0, 9.0, 5.0];
    let mut rig = reported(old, &closes);
    again(&mut rig);
    assert_eq!(answer(&mut rig, new, "s2", &others), []);
    assert_eq!(
        answer(&mut rig, new, "s3", &others),
        [SeriesUpdate::Reset(series_of(&others))]
    );
    // While it is live.
    let session = rig.registry.sessions.keys().next().unwrap().to_string();
    let resolved = format!(r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{old}]}}"#);
    assert_eq!(rig.update(&resolved), [SeriesUpdate::Reconnecting]);
    rig.pass(Duration::ZERO);
    assert_eq!(answer(&mut rig, old, "s4", &closes), []);
    assert_eq!(
        answer(&mut rig, old, "s5", &closes),
        [SeriesUpdate::Reset(series_of(&closes))]
    );
    // A sender by another name serves the same listing.
    again(&mut rig);
    let sender = r#"{"pro_name":"X:AA","full_name":"BATS:AA","name":"AA"}"#;
    assert_eq!(
        answer(&mut rig, sender, "s6", &closes),
        [SeriesUpdate::Resumed { backfilled: 0 }]
    );
}

#[test]
fn another_name_of_the_same_bars_keeps_the_past() {
    let (old, new) = (r#"{"pro_name":"X:FB"}"#, r#"{"pro_name":"X:META"}"#);
    let closes = [1.0, 2.0, 3.0, 4.0, 5.0];
    let mut rig = reported(old, &closes);
    for (name, request) in [(new, "s2"), (old, "s3"), (old, "s4")] {
        again(&mut rig);
        assert_eq!(
            answer(&mut rig, name, request, &closes),
            [SeriesUpdate::Resumed { backfilled: 0 }]
        );
    }
    // While it is live.
    let session = rig.registry.sessions.keys().next().unwrap().to_string();
    let resolved = format!(r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{new}]}}"#);
    assert_eq!(rig.update(&resolved), [SeriesUpdate::Reconnecting]);
    rig.pass(Duration::ZERO);
    assert_eq!(
        answer(&mut rig, new, "s5", &closes),
        [SeriesUpdate::Resumed { backfilled: 0 }]
    );
    // The second time in a row there is a pause, and it says why.
    let session = rig.registry.sessions.keys().next().unwrap().to_string();
    let resolved = format!(r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{old}]}}"#);
    let updates = rig.update(&resolved);
    assert!(
        matches!(&updates[..], [SeriesUpdate::Reconnecting, SeriesUpdate::Suspended { reason, .. }]
            if reason == "the symbol was resolved anew, to X:FB"),
        "{updates:?}"
    );
}

#[test]
fn a_series_that_cannot_be_resumed_is_reported_and_retried() {
    let mut world = followed();
    world.lost_completions = 10;
    world.cut();
    world.connect();
    world.pass(60);
    assert_eq!((world.reader.stale, world.reader.resumed), (2, 1));
    assert!(finish(world).reader.gaps.is_empty());
}
