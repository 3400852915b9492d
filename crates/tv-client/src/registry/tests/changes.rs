//! Another symbol, interval or range of a series that is followed.

use protocol::symbol::SymbolDescriptor;

use super::*;
use crate::request::StudyRequest;

const STUDY: SubscriptionId = SubscriptionId(9);

fn to_symbol(name: &str) -> SeriesChange {
    SeriesChange::new().symbol(name).unwrap().count(3)
}

fn to_interval(interval: Interval) -> SeriesChange {
    SeriesChange::new().interval(interval).count(3)
}

/// The answer to a request for the symbol with a number.
fn symbol_resolved(session: &str, number: u32, name: &str) -> String {
    format!(r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_{number}",{{"name":"{name}"}}]}}"#)
}

fn series_error(session: &str, turnaround: &str, reason: &str) -> String {
    format!(r#"{{"m":"series_error","p":["{session}","sds_1","{turnaround}","{reason}"]}}"#)
}

/// The bars that a server has for the symbol or interval that is changed to.
fn others() -> [Bar; 3] {
    [bar(600, 20.0), bar(1_200, 30.0), bar(1_800, 40.0)]
}

fn method(command: &str) -> &str {
    command.split('"').nth(3).unwrap()
}

fn methods(commands: &[String]) -> Vec<&str> {
    commands.iter().map(|command| method(command)).collect()
}

/// Sends the bars of the others, all there are.
fn serve(rig: &mut Rig, session: &str, turnaround: &str) -> Vec<SeriesUpdate> {
    rig.update(&rows("timescale_update", session, turnaround, &others()));
    rig.update(&completed(session, turnaround, END))
}

fn changed(update: &SeriesUpdate) -> &Changed {
    match update {
        SeriesUpdate::Changed(changed) => changed,
        other => panic!("{other:?}"),
    }
}

/// A series of A:B, that was changed to C:D.
fn changed_rig() -> (Rig, String) {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(to_symbol("C:D"));
    rig.sent();
    rig.update(&symbol_resolved(&session, 2, "D"));
    rig.sent();
    serve(&mut rig, &session, "s2");
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    (rig, session)
}

#[test]
fn another_symbol_is_resolved_while_the_series_goes_on() {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(to_symbol("C:D"));
    let sent = rig.sent();
    assert_eq!(methods(&sent), ["resolve_symbol"]);
    assert_eq!(params(&sent[0])[1], "sds_sym_2");
    assert!(params(&sent[0])[2].as_str().unwrap().contains("C:D"));
    // Bars of the former symbol still count.
    assert_eq!(
        rig.update(&rows("du", &session, "s1", &[bar(180, 4.0)])),
        [
            SeriesUpdate::Closed(bar(120, 3.0)),
            SeriesUpdate::Open(bar(180, 4.0))
        ]
    );
    assert_eq!(rig.update(&symbol_resolved(&session, 2, "D")), []);
    let sent = rig.sent();
    assert_eq!(methods(&sent), ["modify_series"]);
    let expected = serde_json::json!([session, "sds_1", "s2", "sds_sym_2", "1", ""]);
    assert_eq!(params(&sent[0]), expected);
    // From here on they are late, and so is what the server completes of them.
    assert_eq!(
        rig.update(&rows("du", &session, "s1", &[bar(180, 5.0)])),
        []
    );
    assert_eq!(rig.update(&completed(&session, "s1", "{}")), []);
    assert_eq!(
        rig.update(&rows("timescale_update", &session, "s2", &others()[..1])),
        []
    );
    assert!(answer.try_recv().is_err());
    let updates = serve(&mut rig, &session, "s2");
    let [update] = &updates[..] else {
        panic!("{updates:?}")
    };
    let Changed {
        shown,
        history,
        has_info,
    } = changed(update);
    assert_eq!(history.bars, others());
    assert_eq!(history.info.name.as_deref(), Some("D"));
    assert!(history.is_last_open && *has_info);
    assert_eq!(shown.descriptor, SymbolDescriptor::new(symbol("C:D")));
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    // It goes on from there.
    assert_eq!(
        rig.update(&rows("du", &session, "s2", &[bar(1_860, 41.0)])),
        [
            SeriesUpdate::Closed(bar(1_800, 40.0)),
            SeriesUpdate::Open(bar(1_860, 41.0))
        ]
    );
    assert_eq!(
        rig.update(&rows("du", &session, "s1", &[bar(240, 5.0)])),
        []
    );
}

#[test]
fn a_changed_series_is_restored_as_it_is_now() {
    let (mut rig, _) = changed_rig();
    rig.close();
    rig.open();
    assert_eq!(rig.updates(), [Update::Series(SeriesUpdate::Reconnecting)]);
    let sent = rig.sent();
    let session = session_of(&sent);
    let resolve = sent
        .iter()
        .find(|it| method(it) == "resolve_symbol")
        .unwrap();
    assert_eq!(params(resolve)[1], "sds_sym_1");
    assert!(
        params(resolve)[2].as_str().unwrap().contains("C:D"),
        "{resolve}"
    );
    rig.update(&rows("timescale_update", &session, "s3", &others()));
    let updates = rig.update(&completed(&session, "s3", "{}"));
    assert_eq!(updates, [SeriesUpdate::Resumed { backfilled: 0 }]);
    // In the new session the first symbol has the first id again.
    rig.modify(to_symbol("E:F"));
    assert_eq!(params(&rig.sent()[0])[1], "sds_sym_2");
}

#[test]
fn another_interval_needs_no_symbol() {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(SeriesChange::new().interval(Interval::minutes(10)));
    let sent = rig.sent();
    assert_eq!(methods(&sent), ["modify_series"]);
    assert_eq!(params(&sent[0])[3], "sds_sym_1");
    assert_eq!(params(&sent[0])[4], "10");
    let updates = serve(&mut rig, &session, "s2");
    assert_eq!(updates.len(), 1);
    assert!(!changed(&updates[0]).has_info);
    // No more than the range that stays.
    assert_eq!(changed(&updates[0]).history.bars, others()[1..]);
    assert_eq!(changed(&updates[0]).shown.interval, Interval::minutes(10));
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    // The clock closes bars by the new interval.
    assert_eq!(
        rig.registry.join(SERIES).shown.unwrap().0.interval,
        Interval::minutes(10)
    );
}

#[test]
fn another_range_is_loaded_in_a_new_session_without_an_interruption() {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(SeriesChange::new().count(3));
    let sent = rig.sent();
    assert_eq!(
        methods(&sent),
        [
            "chart_delete_session",
            "chart_create_session",
            "resolve_symbol",
            "create_series"
        ]
    );
    assert_eq!(params(&sent[3])[5], 3);
    let new = session_of(&sent);
    assert_ne!(new, session);
    let updates = serve(&mut rig, &new, "s2");
    assert_eq!(updates.len(), 1, "{updates:?}");
    assert_eq!(changed(&updates[0]).history.bars, others());
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
}

#[test]
fn further_pages_are_requested_until_the_range_is_there() {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(to_interval(Interval::minutes(10)).count(5));
    rig.sent();
    rig.update(&rows("timescale_update", &session, "s2", &others()));
    assert_eq!(rig.update(&completed(&session, "s2", "{}")), []);
    let more = rig.sent();
    assert_eq!(methods(&more), ["request_more_data"]);
    assert!(answer.try_recv().is_err());
    rig.update(&rows(
        "timescale_update",
        &session,
        "s2",
        &[bar(-600, 1.0), bar(0, 2.0)],
    ));
    let updates = rig.update(&completed(&session, "s2", "{}"));
    assert_eq!(changed(&updates[0]).history.bars.len(), 5);
    assert_eq!(
        changed(&updates[0]).history.completeness,
        Completeness::Complete
    );
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
}

#[test]
fn an_unknown_symbol_changes_nothing() {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(to_symbol("C:NOPE"));
    rig.sent();
    let error = format!(r#"{{"m":"symbol_error","p":["{session}","sds_sym_2","invalid symbol"]}}"#);
    assert_eq!(rig.update(&error), []);
    let refused = RequestError::Refused {
        symbol: "C:NOPE".to_owned(),
        reason: "invalid symbol".to_owned(),
    };
    assert_eq!(answer.try_recv().unwrap(), Err(refused.clone()));
    assert_eq!(
        rig.update(&rows("du", &session, "s1", &[bar(120, 4.0)])),
        [SeriesUpdate::Open(bar(120, 4.0))]
    );
    // It is remembered.
    let mut again = rig.modify(to_symbol("C:NOPE"));
    assert_eq!(rig.sent(), [""; 0]);
    assert_eq!(again.try_recv().unwrap(), Err(refused));
    assert_eq!(rig.registry.join(SERIES).shown, None);
}

#[test]
fn a_refused_interval_leaves_the_former_series() {
    let (mut rig, session) = Rig::live();
    let mut answer = rig.modify(to_interval(Interval::HOUR));
    rig.sent();
    let updates = rig.update(&series_error(&session, "s2", "invalid resolution"));
    assert_eq!(updates, [SeriesUpdate::Reconnecting]);
    assert!(matches!(
        answer.try_recv().unwrap(),
        Err(RequestError::Refused { reason, .. }) if reason == "invalid resolution"
    ));
    let sent = rig.sent();
    assert_eq!(params(&sent[0])[0], session.as_str(), "{sent:?}");
    assert_eq!(method(&sent[0]), "chart_delete_session");
    let create = sent
        .iter()
        .find(|it| method(it) == "create_series")
        .unwrap();
    assert_eq!(params(create)[4], "1");
    let new = session_of(&sent);
    rig.update(&rows(
        "timescale_update",
        &new,
        "s3",
        &[bar(60, 2.0), bar(120, 3.0), bar(180, 4.0)],
    ));
    assert_eq!(
        rig.update(&completed(&new, "s3", "{}")),
        [
            SeriesUpdate::Resumed { backfilled: 1 },
            SeriesUpdate::Closed(bar(120, 3.0)),
            SeriesUpdate::Open(bar(180, 4.0)),
        ]
    );
}

#[test]
fn a_change_that_the_server_does_not_answer_ends_in_time() {
    for is_resolved in [false, true] {
        let (mut rig, session) = Rig::live();
        let mut answer = rig.modify(to_symbol("C:D"));
        rig.sent();
        if is_resolved {
            rig.update(&symbol_resolved(&session, 2, "D"));
        }
        // The series itself is restored each time.
        for _ in 0..310 {
            rig.pass(Duration::from_millis(100));
            let sent = rig.sent();
            if let Some(create) = sent.iter().find(|it| method(it) == "create_series") {
                let (session, turnaround) = (params(create)[0].clone(), params(create)[2].clone());
                let (session, turnaround) =
                    (session.as_str().unwrap(), turnaround.as_str().unwrap());
                let bars = [bar(60, 2.0), bar(120, 3.0)];
                rig.receive_into_updates(&rows("timescale_update", session, turnaround, &bars));
                rig.receive_into_updates(&completed(session, turnaround, "{}"));
            }
        }
        let answer = answer.try_recv().unwrap();
        assert!(
            matches!(answer, Err(RequestError::TimedOut { .. })),
            "{answer:?}"
        );
        let updates = rig.updates();
        let is_change = |it: &Update| matches!(it, Update::Series(SeriesUpdate::Changed(_)));
        assert!(!updates.iter().any(is_change));
        assert_eq!(rig.shown(), Shown::of(&request()));
        assert!(rig.registry.is_restored());
    }
}

#[test]
fn calls_are_answered_one_after_the_other() {
    let (mut rig, session) = Rig::live();
    let mut first = rig.modify(to_symbol("C:D"));
    let gone = rig.modify(to_symbol("G:ONE"));
    let shown = Shown {
        descriptor: SymbolDescriptor::new(symbol("C:D")),
        interval: Interval::MINUTE,
    };
    let mut older = rig.fetch_more_of(1, shown);
    let mut stranger = rig.fetch_more(1);
    let mut second = rig.modify(to_interval(Interval::minutes(10)));
    drop(gone);
    assert_eq!(methods(&rig.sent()), ["resolve_symbol"]);
    rig.update(&symbol_resolved(&session, 2, "D"));
    assert_eq!(methods(&rig.sent()), ["modify_series"]);
    let updates = serve(&mut rig, &session, "s2");
    assert_eq!(updates.len(), 1);
    assert_eq!(first.try_recv().unwrap(), Ok(()));
    // Earlier bars of what was asked for, and only those.
    assert_eq!(methods(&rig.sent()), ["request_more_data"]);
    rig.update(&rows("timescale_update", &session, "s2", &[bar(0, 10.0)]));
    rig.update(&completed(&session, "s2", END));
    assert_eq!(older.try_recv().unwrap().unwrap().bars, [bar(0, 10.0)]);
    assert!(matches!(
        stranger.try_recv().unwrap(),
        Err(RequestError::Misuse { .. })
    ));
    let sent = rig.sent();
    assert_eq!(methods(&sent), ["modify_series"]);
    assert_eq!(params(&sent[0])[3], "sds_sym_2", "the symbol stays");
    assert!(second.try_recv().is_err());
    serve(&mut rig, &session, "s3");
    assert_eq!(second.try_recv().unwrap(), Ok(()));
}

#[test]
fn a_change_waits_for_earlier_bars_that_were_asked_for_before() {
    let (mut rig, session) = Rig::live();
    let mut older = rig.fetch_more(1);
    let mut answer = rig.modify(to_interval(Interval::minutes(10)));
    assert_eq!(methods(&rig.sent()), ["request_more_data"]);
    rig.update(&rows("timescale_update", &session, "s1", &[bar(0, 1.0)]));
    rig.update(&completed(&session, "s1", "{}"));
    assert_eq!(older.try_recv().unwrap().unwrap().bars, [bar(0, 1.0)]);
    assert_eq!(methods(&rig.sent()), ["modify_series"]);
    serve(&mut rig, &session, "s2");
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
}

/// A server that answers commands as they come, with the bars of what is asked for.
fn answers(command: &str) -> Vec<String> {
    let params = params(command);
    let text = |at: usize| params[at].as_str().unwrap().to_owned();
    let former = [bar(60, 2.0), bar(120, 3.0)];
    let bars = |session: &str, turnaround: &str, interval: &str| {
        let bars = if interval == "1" {
            &former[..]
        } else {
            &others()
        };
        vec![
            rows("timescale_update", session, turnaround, bars),
            completed(session, turnaround, END),
        ]
    };
    match method(command) {
        "resolve_symbol" => {
            let name = if text(2).contains("C:D") { "D" } else { "B" };
            let number = text(1).strip_prefix("sds_sym_").unwrap().parse().unwrap();
            vec![symbol_resolved(&text(0), number, name)]
        }
        "create_series" | "modify_series" => bars(&text(0), &text(2), &text(4)),
        _ => Vec::new(),
    }
}

#[test]
fn a_change_survives_a_cut_before_any_message() {
    let change = || to_symbol("C:D").interval(Interval::minutes(10));
    for cut in 0..8 {
        let (mut rig, _) = Rig::live();
        rig.resolves = false;
        let mut answer = rig.modify(change());
        let mut messages = 0;
        let mut is_cut = false;
        // Until the server has nothing to answer any more.
        loop {
            let sent = rig.sent();
            if sent.is_empty() && (is_cut || cut > messages) {
                break;
            }
            let mut answers = sent.iter().flat_map(|it| answers(it)).collect::<Vec<_>>();
            if !is_cut && messages + answers.len() >= cut {
                answers.truncate(cut - messages);
                for text in &answers {
                    rig.receive_into_updates(text);
                }
                is_cut = true;
                rig.close();
                rig.open();
                continue;
            }
            messages += answers.len();
            for text in &answers {
                rig.receive_into_updates(text);
            }
        }
        assert_eq!(answer.try_recv().unwrap(), Ok(()), "{cut}");
        assert_eq!(rig.shown().interval, Interval::minutes(10));
        // The reader has the bars of the former series, or of the new one, and never both.
        let mut bars = vec![bar(60, 2.0), bar(120, 3.0)];
        let mut resets = 0;
        for update in rig.updates().into_iter().map(series_updates) {
            match update {
                SeriesUpdate::Changed(changed) => {
                    bars = changed.history.bars;
                    resets += 1;
                }
                SeriesUpdate::Closed(bar) | SeriesUpdate::Open(bar) => bars.push(bar),
                SeriesUpdate::Reconnecting | SeriesUpdate::Resumed { .. } => {}
                other => panic!("{cut}: {other:?}"),
            }
        }
        assert_eq!((bars, resets), (others().to_vec(), 1), "{cut}");
    }
}

#[test]
fn a_symbol_without_bars_is_shown_after_a_second_request() {
    let (mut rig, session) = Rig::live();
    rig.resolves = false;
    let mut answer = rig.modify(to_symbol("C:EMPTY"));
    rig.sent();
    rig.update(&symbol_resolved(&session, 2, "EMPTY"));
    rig.sent();
    let updates = rig.update(&completed(&session, "s2", "{}"));
    assert_eq!(updates, [SeriesUpdate::Reconnecting]);
    assert!(answer.try_recv().is_err());
    let sent = rig.sent();
    let session = session_of(&sent);
    for text in sent.iter().flat_map(|it| answers(it)) {
        rig.receive_into_updates(&text);
    }
    rig.sent();
    rig.receive_into_updates(&symbol_resolved(&session, 2, "EMPTY"));
    let modify = rig.sent();
    let turnaround = params(&modify[0])[2].as_str().unwrap().to_owned();
    rig.receive_into_updates(&completed(&session, &turnaround, "{}"));
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    let updates = rig.updates();
    let Some(Update::Series(SeriesUpdate::Changed(changed))) = updates.last() else {
        panic!("{updates:?}")
    };
    assert_eq!(changed.history.bars, []);
}

#[test]
fn studies_follow_a_change() {
    let (mut rig, session) = Rig::live();
    let updates = &mut rig.updates;
    let study = StudyRequest::new("Volume@tv-basicstudies-241");
    rig.registry
        .add_study(STUDY, SERIES, study, rig.now, &mut |id, update| {
            updates.push((id, update))
        });
    rig.sent();
    let values = |turnaround: &str, value: f64| {
        format!(
            r#"{{"m":"du","p":["{session}",{{"st1":{{"st":[{{"i":0,"v":[60.0,{value:?}]}}],"t":"{turnaround}"}}}}]}}"#
        )
    };
    let done = |turnaround: &str| {
        format!(r#"{{"m":"study_completed","p":["{session}","st1","{turnaround}"]}}"#)
    };
    let snapshot = |value| {
        let points = vec![crate::event::StudyPoint::new(
            Timestamp::from_seconds(60),
            vec![Some(value)],
        )];
        Update::Study(StudyUpdate::Snapshot(points))
    };
    rig.receive(&values("s1_st1", 1.0));
    assert_eq!(rig.receive(&done("s1_st1")), [snapshot(1.0)]);
    let mut answer = rig.modify(to_interval(Interval::minutes(10)));
    assert_eq!(methods(&rig.sent()), ["modify_series"]);
    // What was computed from the former bars is late.
    assert_eq!(rig.receive(&values("s1_st1", 2.0)), []);
    assert_eq!(rig.receive(&done("s1_st1")), []);
    serve(&mut rig, &session, "s2");
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    assert_eq!(rig.receive(&values("s2_st1", 3.0)), []);
    assert_eq!(rig.receive(&done("s2_st1")), [snapshot(3.0)]);
    assert_eq!(rig.sent(), [""; 0], "it is not created again");
}

#[test]
fn a_connection_that_takes_over_shows_what_was_changed_meanwhile() {
    let (mut rig, session) = Rig::live();
    let mut standby = rig.standby();
    let sent = standby.sent();
    let second = session_of(&sent);
    standby.receive(&rows(
        "timescale_update",
        &second,
        "s1",
        &[bar(60, 2.0), bar(120, 3.0)],
    ));
    standby.receive(&completed(&second, "s1", "{}"));
    // One change is complete, another is under way.
    let mut first = rig.modify(to_interval(Interval::minutes(10)));
    let mut other = rig.modify(to_symbol("C:D"));
    rig.sent();
    serve(&mut rig, &session, "s2");
    assert_eq!(first.try_recv().unwrap(), Ok(()));
    rig.sent();
    standby.take_over(&mut rig);
    standby.resolves = false;
    let mut updates = standby.updates();
    for _ in 0..4 {
        for text in standby.sent().iter().flat_map(|it| answers(it)) {
            updates.extend(standby.receive(&text));
        }
    }
    assert_eq!(other.try_recv().unwrap(), Ok(()));
    let shown = standby.shown();
    assert_eq!(shown.interval, Interval::minutes(10));
    assert_eq!(shown.descriptor, SymbolDescriptor::new(symbol("C:D")));
    let updates: Vec<SeriesUpdate> = updates.into_iter().map(series_updates).collect();
    assert_eq!(
        updates[..2],
        [
            SeriesUpdate::Reconnecting,
            SeriesUpdate::Resumed { backfilled: 0 }
        ]
    );
    assert_eq!(changed(&updates[2]).history.bars, others());
}

#[test]
fn a_change_goes_on_on_the_connection_that_takes_over() {
    let (mut rig, session) = Rig::live();
    let mut standby = rig.standby();
    standby.resolves = false;
    for text in standby.sent().iter().flat_map(|it| answers(it)) {
        standby.receive(&text);
    }
    let mut answer = rig.modify(to_interval(Interval::minutes(10)));
    rig.sent();
    rig.update(&rows("timescale_update", &session, "s2", &others()));
    standby.take_over(&mut rig);
    let sent = standby.sent();
    assert!(methods(&sent).contains(&"modify_series"), "{sent:?}");
    let mut updates = standby.updates();
    for text in sent.iter().flat_map(|it| answers(it)) {
        updates.extend(standby.receive(&text));
    }
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    let updates: Vec<SeriesUpdate> = updates.into_iter().map(series_updates).collect();
    assert_eq!(changed(updates.last().unwrap()).history.bars, others());
}
