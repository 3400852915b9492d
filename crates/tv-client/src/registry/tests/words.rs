//! The server's words: whole, filled in, and never lost.

use protocol::{message::server::HistoryEnd, quote::UpdateMode, redact::Secrets};

use super::*;
use crate::request::{ReplayCommand, StudyRequest};

const STUDY: SubscriptionId = SubscriptionId(3);

/// Reasons on the wire, and how a caller gets them.
fn reasons() -> Vec<(String, String)> {
    let long = "unsupported ".repeat(300);
    let object = r#"{"error":"{what} must be > {least}","ctx":{"what":"length","least":0,"code":"RE10001"}}"#;
    vec![
        (
            r#""custom_resolution""#.to_owned(),
            "custom_resolution".to_owned(),
        ),
        (format!(r#""{long}""#), long.clone()),
        (
            object.to_owned(),
            "length must be > 0 (code: RE10001)".to_owned(),
        ),
        (
            format!(r#"{{"message":"{{words}}.","words":"{long}"}}"#),
            format!("{long}."),
        ),
    ]
}

/// The reason of the refusal among the updates.
fn refused(updates: Vec<Update>) -> Vec<String> {
    let reason = |update| match update {
        Update::Failed(RequestError::Refused { reason, .. })
        | Update::Study(StudyUpdate::Error(reason))
        | Update::Quote(QuoteSessionUpdate::Refused(_, reason)) => Some(reason),
        _ => None,
    };
    updates.into_iter().filter_map(reason).collect()
}

#[test]
fn a_series_and_its_symbol_are_refused_in_whole_words() {
    for (wire, words) in reasons() {
        for message in [
            r#"{"m":"series_error","p":["SESSION","sds_1","s1",REASON,"node"]}"#,
            r#"{"m":"symbol_error","p":["SESSION","sds_sym_1",REASON]}"#,
            r#"{"m":"critical_error","p":["SESSION",REASON]}"#,
        ] {
            let mut rig = Rig::new();
            rig.add_series(SERIES, request());
            let session = session_of(&rig.sent());
            let message = message.replace("SESSION", &session);
            let updates = rig.receive(&message.replace("REASON", &wire));
            assert_eq!(refused(updates), [&*words], "{message}");
        }
    }
}

#[test]
fn the_details_of_a_refused_symbol_may_be_objects() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let session = session_of(&rig.sent());
    let group = r#""permission denied",{"reason":"group {group}","group":"economics_paid"}"#;
    let error = format!(r#"{{"m":"symbol_error","p":["{session}","sds_sym_1",{group}]}}"#);
    let updates = rig.receive(&error);
    assert_eq!(refused(updates), ["permission denied group economics_paid"]);
}

#[test]
fn a_study_and_a_replay_are_refused_in_whole_words() {
    for (wire, words) in reasons() {
        let (mut rig, session) = Rig::live();
        let updates = &mut rig.updates;
        let study = StudyRequest::new("Volume@tv-basicstudies-241");
        rig.registry
            .add_study(STUDY, SERIES, study, rig.now, &mut |id, update| {
                updates.push((id, update));
            });
        rig.sent();
        let error = format!(r#"{{"m":"study_error","p":["{session}","st1","s1_st1",{wire}]}}"#);
        assert_eq!(refused(rig.receive(&error)), [&*words]);

        let (mut rig, replay, _) = replay();
        let mut step = step(&mut rig);
        let error = format!(r#"{{"m":"replay_error","p":["{replay}","rsq_1",{wire}]}}"#);
        assert_eq!(rig.receive(&error), []);
        let Ok(Err(RequestError::Refused { reason, .. })) = step.try_recv() else {
            panic!("an error is the answer")
        };
        assert_eq!(reason, words);
    }
}

#[test]
fn a_quote_is_refused_with_the_values_that_say_why() {
    for (rest, expected) in [
        (
            r#""s":"error","errmsg":"no_such_symbol","v":{}"#,
            "no_such_symbol",
        ),
        (
            r#""s":"permission_denied","errmsg":"Permission denied","v":{"alternative":"economics_paid"}"#,
            "Permission denied (alternative: economics_paid)",
        ),
        (
            r#""s":"permission_denied","v":{"group":"economics_paid","lp":null}"#,
            "permission_denied (group: economics_paid)",
        ),
        (
            r#""s":"permission_denied","errmsg":"use {alternative}","v":{"alternative":"A:C"}"#,
            "use A:C",
        ),
        (
            r#""s":"error","errmsg":{"message":"no {what}","what":"rights"}"#,
            "no rights",
        ),
        (
            r#""s":"error","errmsg":{"error":"{who} at {when}","ctx":{"when":"noon"}},"v":{"who":"A:C"}"#,
            "A:C at noon",
        ),
        (r#""s":"error","errmsg":null"#, "error"),
    ] {
        let rest = if rest.contains(r#""v""#) {
            rest.to_owned()
        } else {
            format!(r#"{rest},"v":{{}}"#)
        };
        let mut rig = Rig::new();
        rig.add_quotes(&QuoteRequest::new(["A:B"]).unwrap());
        let session = session_of(&rig.sent());
        let error = format!(r#"{{"m":"qsd","p":["{session}",{{"n":"A:B",{rest}}}]}}"#);
        assert_eq!(refused(rig.receive(&error)), [expected]);
    }
}

/// A live replay, the ids of its two sessions, and what was sent for it.
fn replay() -> (Rig, String, String) {
    let mut request = request();
    request.replay = Some(Timestamp::from_seconds(60));
    let mut rig = Rig::new();
    rig.add_series(SERIES, request);
    let sent = rig.sent();
    let id = |method: &str| {
        let create = sent.iter().find(|it| it.contains(method)).unwrap();
        params(create)[0].as_str().unwrap().to_owned()
    };
    let (replay, chart) = (id("replay_create_session"), id("chart_create_session"));
    rig.receive(&rows("timescale_update", &chart, "s1", &[bar(60, 2.0)]));
    rig.receive(&completed(&chart, "s1", END));
    (rig, replay, chart)
}

fn step(rig: &mut Rig) -> oneshot::Receiver<Result<(), RequestError>> {
    steer(rig, ReplayCommand::Step(1))
}

fn steer(rig: &mut Rig, command: ReplayCommand) -> oneshot::Receiver<Result<(), RequestError>> {
    let (reply, answer) = oneshot::channel();
    let updates = &mut rig.updates;
    rig.registry
        .command_replay(SERIES, command, reply, rig.now, &mut |id, update| {
            updates.push((id, update));
        });
    rig.sent();
    answer
}

#[test]
fn a_replay_that_cannot_begin_is_refused_with_the_servers_words() {
    for begin in ["req_replay_addseries", "req_replay_reset"] {
        let mut request = request();
        request.replay = Some(Timestamp::from_seconds(60));
        let mut rig = Rig::new();
        rig.add_series(SERIES, request);
        let sent = rig.sent();
        let create = sent.iter().find(|it| it.contains("replay_create_session"));
        let replay = params(create.unwrap())[0].as_str().unwrap().to_owned();
        let error = |request: &str, reason: &str| {
            format!(r#"{{"m":"replay_error","p":["{replay}","{request}",{reason}]}}"#)
        };
        assert_eq!(rig.receive(&error("of_somebody", r#""no""#)), []);
        let object = r#"{"error":"{what} too deep","ctx":{"what":"point"}}"#;
        assert_eq!(
            refused(rig.receive(&error(begin, object))),
            ["point too deep"]
        );
        assert_eq!(rig.registry.counts(), (0, 0));
        // Bars without a replay are another request.
        rig.add_series(SERIES, self::request());
        assert_eq!(rig.updates(), []);
    }
}

#[test]
fn words_for_people_are_kept_for_those_who_wait() {
    for (message, words) in [
        (
            r#"{"m":"message","p":["closed for {x}"]}"#,
            "closed for {x}",
        ),
        (
            r#"{"m":"error_message","p":["cs_1","no","more"]}"#,
            "no: more",
        ),
        (
            r#"{"m":"wrong_message_type","p":["x"]}"#,
            "wrong message type: x",
        ),
    ] {
        let (mut rig, _) = Rig::live();
        let mut older = rig.fetch_more(3);
        rig.sent();
        assert_eq!(rig.receive(message), []);
        rig.close();
        rig.pass(request().timeout);
        let Ok(Err(RequestError::TimedOut { last_words, .. })) = older.try_recv() else {
            panic!("an error is the answer")
        };
        assert_eq!(last_words.as_deref(), Some(words));
    }
}

#[test]
fn a_replay_that_falls_silent_is_reported() {
    let stale = |seconds| {
        vec![Update::Series(SeriesUpdate::Stale {
            age: Duration::from_secs(seconds),
        })]
    };
    let limit = request().timeout.as_secs();
    let ok = |replay: &str, number: u32| {
        format!(r#"{{"m":"replay_ok","p":["{replay}","rsq_{number}"]}}"#)
    };
    let shown = |chart: &str, minute: i64| rows("du", chart, "s1", &[bar(60 * minute, 2.0)]);

    // A bar each second, until none comes. Then the next ends that state.
    let (mut rig, replay, chart) = replay();
    let mut start = steer(&mut rig, ReplayCommand::Start(1_000));
    rig.receive_into_updates(&ok(&replay, 1));
    assert_eq!(start.try_recv(), Ok(Ok(())));
    for minute in 2..4 {
        rig.pass(Duration::from_secs(limit - 1));
        rig.receive_into_updates(&shown(&chart, minute));
    }
    rig.updates();
    rig.pass(Duration::from_secs(limit));
    assert_eq!(rig.updates(), stale(limit));
    rig.pass(Duration::from_secs(10 * limit));
    assert_eq!(rig.updates(), []);
    rig.receive_into_updates(&shown(&chart, 4));
    rig.updates();
    rig.pass(Duration::from_secs(limit));
    assert_eq!(rig.updates(), stale(limit));

    // One that was stopped owes nothing; a step owes one bar.
    rig.receive_into_updates(&shown(&chart, 5));
    drop(steer(&mut rig, ReplayCommand::Stop));
    rig.receive_into_updates(&ok(&replay, 2));
    rig.updates();
    rig.pass(Duration::from_secs(10 * limit));
    assert_eq!(rig.updates(), []);
    let mut one = step(&mut rig);
    rig.receive_into_updates(&ok(&replay, 3));
    assert_eq!(one.try_recv(), Ok(Ok(())));
    rig.pass(Duration::from_secs(limit));
    assert_eq!(rig.updates(), stale(11 * limit));
}

#[test]
fn an_interrupted_replay_ends_with_the_servers_words() {
    for is_of_connection in [false, true] {
        let (mut rig, _, chart) = replay();
        let _step = step(&mut rig);
        if is_of_connection {
            let updates = &mut rig.updates;
            rig.registry
                .note_end("maintenance", rig.now, &mut |id, update| {
                    updates.push((id, update));
                });
            rig.close();
        } else {
            let void = format!(r#"{{"m":"critical_error","p":["{chart}","maintenance"]}}"#);
            rig.receive_into_updates(&void);
        }
        let last_words = Some("maintenance".to_owned());
        let interrupted = Update::Failed(RequestError::Interrupted { last_words });
        assert_eq!(rig.updates(), [interrupted]);
    }
}

#[test]
fn earlier_bars_that_do_not_come_give_the_servers_last_words() {
    for is_of_connection in [false, true] {
        let (mut rig, session) = Rig::live();
        rig.registry.secrets.add("a-token-of-somebody");
        let mut older = rig.fetch_more(3);
        rig.sent();
        let words = "maintenance of a-token-of-somebody";
        if is_of_connection {
            rig.registry.note_end(words, rig.now, &mut |_, _| {});
            rig.close();
        } else {
            let void = format!(r#"{{"m":"critical_error","p":["{session}","{words}"]}}"#);
            rig.receive(&void);
        }
        rig.pass(request().timeout);
        let Ok(Err(RequestError::TimedOut { last_words, .. })) = older.try_recv() else {
            panic!("an error is the answer")
        };
        assert_eq!(last_words.as_deref(), Some("maintenance of [hidden]"));
    }
}

#[test]
fn a_series_that_moves_to_another_connection_keeps_the_servers_last_words() {
    let (mut old, _) = Rig::live();
    let mut older = old.fetch_more(3);
    let mut new = old.standby();
    old.registry
        .note_end("maintenance", old.now, &mut |_, _| {});
    old.close();
    new.take_over(&mut old);
    new.pass(request().timeout);
    let Ok(Err(RequestError::TimedOut { last_words, .. })) = older.try_recv() else {
        panic!("an error is the answer")
    };
    assert_eq!(last_words.as_deref(), Some("maintenance"));
}

#[test]
fn readers_of_quotes_keep_the_words_about_session_and_connection() {
    let mut rig = Rig::new();
    rig.add_quotes(&QuoteRequest::new(["A:B"]).unwrap());
    let session = session_of(&rig.sent());
    let void = format!(r#"{{"m":"critical_error","p":["{session}","internal","maintenance"]}}"#);
    rig.receive(&void);
    let updates = &mut rig.updates;
    rig.registry
        .note_end("bad auth token", rig.now, &mut |id, update| {
            updates.push((id, update));
        });
    rig.updates();
    assert_eq!(rig.words, ["internal: maintenance", "bad auth token"]);
}

#[test]
fn modes_and_ends_keep_their_names_without_secrets() {
    let mut secrets = Secrets::default();
    secrets.add("a-token-of-somebody");
    for (mode, end, hidden) in [
        (
            "delayed_streaming_900",
            "limit",
            ["delayed_streaming_900", "limit"],
        ),
        (
            "mode a-token-of-somebody",
            "end a-token-of-somebody",
            ["mode [hidden]", "end [hidden]"],
        ),
    ] {
        let mut rig = Rig::new();
        rig.add_series(SERIES, request());
        let session = session_of(&rig.sent());
        rig.receive(&rows("timescale_update", &session, "s1", &[bar(60, 2.0)]));
        let done = completed(&session, "s1", &format!(r#"{{"data_completed":"{end}"}}"#));
        let mut updates = rig.receive(&done.replace("streaming", mode));
        for update in &mut updates {
            update.redact(&secrets);
        }
        let [Update::Series(SeriesUpdate::Loaded(loaded))] = &updates[..] else {
            panic!("{updates:?}")
        };
        assert_eq!(loaded.update_mode, UpdateMode::from(hidden[0]));
        assert_eq!(loaded.data_completed, Some(HistoryEnd::from(hidden[1])));
        let mut changed = Update::Series(SeriesUpdate::UpdateMode(UpdateMode::from(mode)));
        changed.redact(&secrets);
        let expected = SeriesUpdate::UpdateMode(UpdateMode::from(hidden[0]));
        assert_eq!(changed, Update::Series(expected));
    }
}

#[test]
fn the_end_of_a_subscription_has_no_secret_in_it() {
    let mut secrets = Secrets::default();
    secrets.add("a-token-of-somebody");
    let refused = |reason: &str| {
        Update::Failed(RequestError::Refused {
            symbol: "A:B".to_owned(),
            reason: reason.to_owned(),
        })
    };
    let mut update = refused("bad a-token-of-somebody");
    update.redact(&secrets);
    assert_eq!(update, refused("bad [hidden]"));
}
