//! Outages of every length, cut off again at every message.

use super::{
    model::{World, time_of},
    *,
};

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
        world.rig.add_quotes(&QuoteRequest::new([symbol("A:B")]));
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
fn f51_what_history_does_not_reach_is_told_exactly() {
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
fn f42_a_page_that_is_lost_on_a_restore_is_asked_for_again_before_a_gap_is_told() {
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
        if round < 5 {
            assert!(world.session().is_some_and(|new| new != session), "at once");
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
    rig.add_series(SERIES, SeriesRequest::new(symbol("A:B"), ticks).count(2));
    for generation in 1..=2 {
        let session = session_of(&rig.sent());
        let turnaround = format!("s{generation}");
        let bars = [bar(generation, 1.0), bar(generation + 1, 1.0)];
        rig.receive(&rows("timescale_update", &session, &turnaround, &bars));
        let news = rig.news(&completed(&session, &turnaround, "{}"));
        match generation {
            1 => assert!(matches!(news[..], [SeriesNews::Loaded(_)])),
            _ => assert_eq!(news, [SeriesNews::Reset(bars.to_vec())]),
        }
        rig.close();
        rig.updates();
        rig.open();
    }
}

#[test]
fn a_series_that_cannot_be_resumed_is_told_and_tried_on() {
    let mut world = followed();
    world.lost_completions = 10;
    world.cut();
    world.connect();
    world.pass(60);
    assert_eq!((world.reader.stale, world.reader.resumed), (2, 1));
    assert!(finish(world).reader.gaps.is_empty());
}
