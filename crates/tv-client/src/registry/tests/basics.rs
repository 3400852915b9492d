//! One connection that does what it should.

use protocol::{message::server::HistoryEnd, quote::UpdateMode};

use super::*;

#[test]
fn a_series_is_created_in_the_order_of_browsers() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let sent = rig.sent();
    let session = session_of(&sent);
    assert_eq!(
        sent,
        [
            format!(r#"{{"m":"chart_create_session","p":["{session}",""]}}"#),
            format!(
                r#"{{"m":"resolve_symbol","p":["{session}","sds_sym_1","={{\"symbol\":\"A:B\",\"adjustment\":\"splits\"}}"]}}"#
            ),
            format!(
                r#"{{"m":"create_series","p":["{session}","sds_1","s1","sds_sym_1","1",2,""]}}"#
            ),
        ]
    );
}

#[test]
fn the_history_is_sorted_and_each_time_comes_once() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let session = &session_of(&rig.sent());
    rig.receive(&format!(
        r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{{"name":"B"}}]}}"#
    ));
    let page = |bars: &[Bar]| rows("timescale_update", session, "s1", bars);
    assert!(
        rig.receive(&page(&[bar(120, 3.0), bar(180, 4.0)]))
            .is_empty()
    );
    assert!(
        rig.receive(&page(&[bar(60, 2.0), bar(120, 3.5)]))
            .is_empty()
    );
    let details = r#"{"rt_update_period":0,"data_completed":"end"}"#;
    let update = rig.update(&completed(session, "s1", details));
    let [SeriesUpdate::Loaded(loaded)] = &update[..] else {
        panic!("{update:?}")
    };
    assert_eq!(loaded.bars, [bar(60, 2.0), bar(120, 3.5), bar(180, 4.0)]);
    assert_eq!(loaded.info.name.as_deref(), Some("B"));
    assert_eq!(loaded.data_completed, Some(HistoryEnd::Start));
}

#[test]
fn a_bar_closes_when_a_later_one_begins() {
    let (mut rig, session) = Rig::live();
    let du = |bars: &[Bar]| rows("du", &session, "s1", bars);
    assert_eq!(
        rig.update(&du(&[bar(120, 5.0)])),
        [SeriesUpdate::Open(bar(120, 5.0))]
    );
    assert_eq!(rig.update(&du(&[bar(120, 5.0)])), [], "nothing has changed");
    assert_eq!(
        rig.update(&du(&[bar(180, 6.0)])),
        [
            SeriesUpdate::Closed(bar(120, 5.0)),
            SeriesUpdate::Open(bar(180, 6.0))
        ]
    );
    assert_eq!(
        rig.update(&du(&[bar(180, 7.0), bar(240, 8.0)])),
        [
            SeriesUpdate::Open(bar(180, 7.0)),
            SeriesUpdate::Closed(bar(180, 7.0)),
            SeriesUpdate::Open(bar(240, 8.0)),
        ]
    );
}

#[test]
fn f40_a_message_that_comes_twice_is_reported_once() {
    let (mut rig, session) = Rig::live();
    let du = rows(
        "du",
        &session,
        "s1",
        &[bar(120, 4.0), bar(180, 6.0), bar(240, 1.0)],
    );
    assert_eq!(rig.update(&du).len(), 5);
    assert_eq!(rig.update(&du), []);
    assert_eq!(rig.update(&completed(&session, "s1", "{}")), []);
}

#[test]
fn f41_bars_out_of_order_are_closed_in_order_or_revised() {
    let (mut rig, session) = Rig::live();
    let du = |bars: &[Bar]| rows("du", &session, "s1", bars);
    rig.update(&du(&[bar(240, 1.0)]));
    assert_eq!(
        rig.update(&du(&[bar(180, 6.0)])),
        [SeriesUpdate::Closed(bar(180, 6.0))],
        "between the last closed and the open one"
    );
    assert_eq!(
        rig.update(&du(&[bar(120, 3.5)])),
        [SeriesUpdate::Revised(bar(120, 3.5))]
    );
    assert_eq!(
        rig.update(&du(&[bar(150, 3.5)])),
        [SeriesUpdate::Revised(bar(150, 3.5))],
        "never a closed bar before one that was delivered"
    );
}

#[test]
fn a_change_of_a_closed_bar_is_a_revision_however_old() {
    // One bar is kept, so that the first two cannot be compared any more.
    let (mut rig, session) = Rig::live_with(request().keep(1));
    for time in [180, 240, 300] {
        rig.update(&rows("du", &session, "s1", &[bar(time, 2.0)]));
    }
    for time in [240, 120, 60] {
        assert_eq!(
            rig.update(&rows("du", &session, "s1", &[bar(time, 2.5)])),
            [SeriesUpdate::Revised(bar(time, 2.5))]
        );
    }
}

#[test]
fn a_bar_before_the_history_is_not_a_revision() {
    let (mut rig, session) = Rig::live();
    let before = rows("du", &session, "s1", &[bar(0, 2.5)]);
    assert_eq!(rig.update(&before), [], "the reader never had it");
    rig.close();
    rig.open();
    rig.updates();
    let session = session_of(&rig.sent());
    // The same while the series is being restored.
    let early = rows("du", &session, "s2", &[bar(0, 2.5)]);
    assert_eq!(rig.update(&early), []);
    let page = rows(
        "timescale_update",
        &session,
        "s2",
        &[bar(60, 2.0), bar(120, 3.0)],
    );
    assert_eq!(rig.update(&page), []);
    let restored = rig.update(&completed(&session, "s2", "{}"));
    let is_revised = |update: &SeriesUpdate| matches!(update, SeriesUpdate::Revised(_));
    assert!(!restored.iter().any(is_revised), "{restored:?}");
}

#[test]
fn f41_data_of_another_request_or_session_is_late() {
    let (mut rig, session) = Rig::live();
    for text in [
        rows("du", &session, "s9", &[bar(180, 6.0)]),
        rows("du", "cs_gone", "s1", &[bar(180, 6.0)]),
        completed(&session, "s2", "{}"),
    ] {
        assert_eq!(rig.update(&text), []);
    }
    assert_eq!(rig.registry.late(), 3);
}

#[test]
fn a_bar_closes_by_the_servers_clock_and_only_once() {
    let (mut rig, session) = Rig::live();
    let now = 1_790_726_430;
    rig.receive(&format!(r#"{{"session_id":"x","timestampMs":{now}000}}"#));
    let opens = now - 30;
    let closes = now + 29;
    let du = |close| {
        rows("du", &session, "s1", &[bar(opens, close)]).replace(
            r#""t":"s1""#,
            &format!(r#""t":"s1","lbs":{{"bar_close_time":{closes}}}"#),
        )
    };
    assert_eq!(rig.update(&du(1.0)).len(), 2);
    rig.pass(Duration::from_secs(33));
    assert_eq!(rig.updates(), [], "the grace is not over");
    rig.pass(Duration::from_secs(1));
    let closed = SeriesUpdate::Closed(bar(opens, 1.0));
    assert_eq!(rig.updates(), [Update::Series(closed)]);
    assert_eq!(
        rig.update(&du(2.0)),
        [SeriesUpdate::Revised(bar(opens, 2.0))],
        "what comes after that is a revision"
    );
    let next = bar(opens + 60, 2.0);
    assert_eq!(
        rig.update(&rows("du", &session, "s1", &[next])),
        [SeriesUpdate::Open(next)]
    );
}

#[test]
fn a_bar_of_delayed_data_closes_later_by_the_delay() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let session = session_of(&rig.sent());
    let now = 1_790_726_430;
    rig.receive(&format!(r#"{{"session_id":"x","timestampMs":{now}000}}"#));
    let opens = now - 930;
    rig.receive(&rows(
        "timescale_update",
        &session,
        "s1",
        &[bar(opens, 1.0)],
    ));
    let completed = completed(&session, "s1", END).replace("streaming", "delayed_streaming_900");
    rig.receive(&completed);
    rig.pass(Duration::from_secs(34));
    assert_eq!(rig.updates(), []);
    rig.pass(Duration::from_secs(1));
    let closed = SeriesUpdate::Closed(bar(opens, 1.0));
    assert_eq!(rig.updates(), [Update::Series(closed)]);
}

#[test]
fn a_series_that_is_dropped_leaves_nothing_behind() {
    let (mut rig, session) = Rig::live();
    rig.remove(SERIES);
    assert_eq!(
        rig.sent(),
        [format!(
            r#"{{"m":"chart_delete_session","p":["{session}"]}}"#
        )]
    );
    assert!(
        rig.receive(&rows("du", &session, "s1", &[bar(180, 6.0)]))
            .is_empty()
    );
    let Registry {
        entries,
        sessions,
        timers,
        in_flight,
        late,
        ..
    } = &rig.registry;
    assert!(entries.is_empty() && sessions.is_empty());
    assert!(timers.is_empty() && in_flight.is_empty());
    assert_eq!(*late, 1);
}

#[test]
fn f61_subscriptions_that_come_and_go_leave_nothing_behind() {
    let mut rig = Rig::new();
    for round in 0..100_000 {
        let id = SubscriptionId(round + 10);
        if round % 4 == 0 {
            let updates = &mut rig.updates;
            let quotes = QuoteRequest::new(["A:B"]).unwrap().fields(["lp"]);
            let mut readers = |id, update| updates.push((id, update));
            rig.registry.add_quotes(id, &quotes, rig.now, &mut readers);
        } else {
            rig.add_series(id, request());
        }
        let began = if round % 2 == 0 { rig.sent().len() } else { 0 };
        rig.remove(id);
        // A session that the server knows is ended there at once.
        assert_eq!(rig.sent().len(), usize::from(began > 0), "{round}");
    }
    let registry = &rig.registry;
    assert!(registry.entries.is_empty() && registry.sessions.is_empty());
    assert!(registry.timers.is_empty() && registry.in_flight.is_empty());
    assert!(registry.charts.is_empty() && registry.commands.is_empty());
}

#[test]
fn a_history_without_end_is_given_up() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let session = session_of(&rig.sent());
    let page = |part: i64| {
        let first = part * 1_000;
        let bars: Vec<Bar> = (first..first + 1_000).map(|time| bar(time, 1.0)).collect();
        rows("timescale_update", &session, "s1", &bars)
    };
    for part in 0..20 {
        assert!(rig.receive(&page(part)).is_empty());
    }
    let failed = rig.receive(&page(20));
    assert!(matches!(
        failed[..],
        [Update::Failed(RequestError::TooMuch { .. })]
    ));
    assert!(rig.receive(&page(21)).is_empty());
}

#[test]
fn series_load_a_few_at_a_time() {
    let mut rig = Rig::new();
    for id in 0..50 {
        rig.add_series(SubscriptionId(id), request());
    }
    let mut created = 0;
    for _ in 0..50 {
        let sent = rig.sent();
        let creates: Vec<&String> = sent
            .iter()
            .filter(|it| it.contains("create_series"))
            .collect();
        created += creates.len();
        assert!(creates.len() <= MAX_IN_FLIGHT && rig.registry.in_flight.len() <= MAX_IN_FLIGHT);
        for create in creates {
            let params = params(create);
            let (session, turnaround) = (params[0].as_str().unwrap(), params[2].as_str().unwrap());
            rig.receive(&rows(
                "timescale_update",
                session,
                turnaround,
                &[bar(60, 1.0)],
            ));
            rig.receive(&completed(session, turnaround, END));
        }
    }
    assert_eq!(created, 50);
    assert_eq!(rig.registry.counts(), (0, 50));
}

#[test]
fn f67_data_that_comes_back_delayed_is_reported() {
    let (mut rig, _) = Rig::live();
    rig.close();
    rig.open();
    rig.updates();
    let session = session_of(&rig.sent());
    rig.receive(&rows(
        "timescale_update",
        &session,
        "s2",
        &[bar(60, 2.0), bar(120, 3.0)],
    ));
    let done = completed(&session, "s2", "{}").replace("streaming", "delayed_streaming_900");
    assert_eq!(
        rig.update(&done),
        [
            SeriesUpdate::UpdateMode(UpdateMode::Delayed { seconds: 900 }),
            SeriesUpdate::Resumed { backfilled: 0 }
        ]
    );
}

#[test]
fn f67_data_that_becomes_delayed_in_a_session_is_reported_once() {
    let (mut rig, session) = Rig::live();
    let done = completed(&session, "s1", "{}").replace("streaming", "delayed_streaming_900");
    let reported = SeriesUpdate::UpdateMode(UpdateMode::Delayed { seconds: 900 });
    assert_eq!(rig.update(&done), [reported]);
    assert_eq!(rig.update(&done), []);
    let reported = SeriesUpdate::UpdateMode(UpdateMode::Streaming);
    assert_eq!(rig.update(&completed(&session, "s1", "{}")), [reported]);
}

/// A correction of an older bar comes with that bar's end. The client still knows when the newest
/// bar closes: at the end of a trading session no later bar closes it.
#[test]
fn the_end_of_an_older_bar_is_not_that_of_the_newest() {
    let now = 1_790_726_430;
    let opens = now - 30;
    let with_end = |text: &str, turnaround: &str, closes: i64| {
        text.replace(
            &format!(r#""t":"{turnaround}""#),
            &format!(r#""t":"{turnaround}","lbs":{{"bar_close_time":{closes}}}"#),
        )
    };
    for is_loading in [false, true] {
        let (mut rig, mut session) = Rig::live();
        let mut turnaround = "s1";
        rig.receive(&format!(r#"{{"session_id":"x","timestampMs":{now}000}}"#));
        let du = rows("du", &session, turnaround, &[bar(opens, 1.0)]);
        assert_eq!(rig.update(&with_end(&du, "s1", opens + 60)).len(), 2);
        if is_loading {
            rig.close();
            rig.open();
            session = session_of(&rig.sent());
            turnaround = "s2";
            let known = [bar(60, 2.0), bar(120, 3.0), bar(opens, 1.0)];
            let page = rows("timescale_update", &session, turnaround, &known);
            rig.receive(&with_end(&page, turnaround, opens + 60));
        }
        let late = rows("du", &session, turnaround, &[bar(120, 4.0)]);
        rig.receive(&with_end(&late, turnaround, 180));
        if is_loading {
            rig.receive(&completed(&session, turnaround, "{}"));
        }
        rig.updates();
        rig.pass(Duration::from_secs(40));
        let closed = SeriesUpdate::Closed(bar(opens, 1.0));
        let updates: Vec<_> = rig.updates().into_iter().map(series_updates).collect();
        assert!(
            updates.contains(&closed),
            "loading: {is_loading}: {updates:?}"
        );
    }
}

/// Its last second is its first, which is what the server calls its end, and its state may arrive
/// with the next bar.
#[test]
fn a_bar_of_one_second_is_closed_by_the_next_one_only() {
    let request = SeriesRequest::new("A:B", "1S".parse().unwrap()).unwrap();
    let (mut rig, session) = Rig::live_with(request.count(2));
    let now = 1_790_726_430;
    rig.receive(&format!(r#"{{"session_id":"x","timestampMs":{now}000}}"#));
    let du = |time, close, end: i64| {
        rows("du", &session, "s1", &[bar(time, close)]).replace(
            r#""t":"s1""#,
            &format!(r#""t":"s1","lbs":{{"bar_close_time":{end}}}"#),
        )
    };
    rig.receive(&du(now, 1.0, now));
    // A correction comes with the end of an older bar.
    rig.receive(&du(60, 4.0, 60));
    rig.pass(Duration::from_secs(30));
    assert_eq!(rig.updates(), [], "more may come");
    rig.receive(&du(now, 2.0, now));
    assert_eq!(
        rig.update(&du(now + 1, 3.0, now + 1)),
        [
            SeriesUpdate::Closed(bar(now, 2.0)),
            SeriesUpdate::Open(bar(now + 1, 3.0))
        ]
    );
}
