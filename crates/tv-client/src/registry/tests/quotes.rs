//! Quote sessions.

use protocol::{
    quote::{Quote, QuoteField, QuoteValue},
    symbol::TradingSession,
};

use super::{
    super::{context::UpdateSink, place::Place},
    *,
};

fn quotes(names: &[&str]) -> QuoteRequest {
    QuoteRequest::new(names.iter().copied().map(symbol))
        .unwrap()
        .fields(["lp"])
}

fn with_quotes(names: &[&str]) -> (Rig, String, Vec<String>) {
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(names));
    let sent = rig.sent();
    (rig, session_of(&sent), sent)
}

fn update(updates: Vec<Update>) -> Vec<QuoteSessionUpdate> {
    let update = |update| match update {
        Update::Quote(update) => update,
        other => panic!("{other:?}"),
    };
    updates.into_iter().map(update).collect()
}

fn value(session: &str, name: &str) -> String {
    format!(r#"{{"m":"qsd","p":["{session}",{{"n":"{name}","s":"ok","v":{{"lp":1.5}}}}]}}"#)
}

fn refusal(session: &str, name: &str) -> String {
    let error = format!(r#"{{"n":"{name}","s":"error","errmsg":"no_such_symbol","v":{{}}}}"#);
    format!(r#"{{"m":"qsd","p":["{session}",{error}]}}"#)
}

fn methods(sent: &[String]) -> Vec<String> {
    let method = |text: &String| {
        let value: Value = serde_json::from_str(text).unwrap();
        value["m"].as_str().unwrap().to_owned()
    };
    sent.iter().map(method).collect()
}

#[test]
fn a_quote_session_is_created_in_the_order_of_browsers() {
    let (_, session, sent) = with_quotes(&["A:B", "A:C"]);
    assert_eq!(
        sent,
        [
            format!(r#"{{"m":"quote_create_session","p":["{session}"]}}"#),
            format!(r#"{{"m":"quote_set_fields","p":["{session}","lp"]}}"#),
            format!(r#"{{"m":"quote_add_symbols","p":["{session}","A:B","A:C"]}}"#),
            format!(r#"{{"m":"quote_fast_symbols","p":["{session}","A:B","A:C"]}}"#),
        ]
    );
}

#[test]
fn f62_many_symbols_go_in_batches_that_are_made_when_there_is_room() {
    let names: Vec<String> = (0..10_000).map(|number| format!("A:{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(&names));
    for generation in 0..2 {
        let mut added = 0;
        while let Some(command) = rig.registry.poll_command(rig.now) {
            assert!(rig.registry.commands.is_empty(), "nothing is made ahead");
            let text = command.to_json();
            if text.contains("quote_add_symbols") {
                assert!(text.len() < 4_096);
                added += params(&text).as_array().unwrap().len() - 1;
            }
        }
        assert_eq!(added, 10_000, "{generation}");
        rig.close();
        rig.open();
    }
}

#[test]
fn quotes_go_to_their_symbol_and_refusals_too() {
    let (mut rig, session, _) = with_quotes(&["A:B", "A:C"]);
    let values = update(rig.receive(&value(&session, "A:B")));
    let [QuoteSessionUpdate::Values(name, values)] = values.as_slice() else {
        panic!("{values:?}")
    };
    let values: Vec<_> = values.values().iter().collect();
    assert_eq!(*name, symbol("A:B"));
    assert_eq!(values, [(QuoteField::Last, QuoteValue::Number(1.5))]);
    let done = rig.receive(&format!(
        r#"{{"m":"quote_completed","p":["{session}","A:B"]}}"#
    ));
    assert_eq!(update(done), [QuoteSessionUpdate::Completed(symbol("A:B"))]);
    assert_eq!(
        update(rig.receive(&refusal(&session, "A:C"))),
        [QuoteSessionUpdate::Refused(
            symbol("A:C"),
            "no_such_symbol".into()
        )]
    );
}

#[test]
fn a_first_state_that_comes_twice_is_complete_once() {
    let (mut rig, session, _) = with_quotes(&["A:B"]);
    let done = format!(r#"{{"m":"quote_completed","p":["{session}","A:B"]}}"#);
    assert_eq!(
        update(rig.receive(&done)),
        [QuoteSessionUpdate::Completed(symbol("A:B"))]
    );
    assert_eq!(update(rig.receive(&value(&session, "A:B"))).len(), 1);
    assert_eq!(update(rig.receive(&done)), []);
}

#[test]
fn symbols_with_a_trading_session_are_known_by_their_meaning() {
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(&["A:B"]).trading_session(TradingSession::Extended));
    let sent = rig.sent();
    let session = session_of(&sent);
    let name = r#"={\"session\":\"extended\",\"symbol\":\"A:B\"}"#;
    assert!(sent[2].contains(name), "{}", sent[2]);
    let echo = r#"={\"symbol\":\"A:B\", \"session\":\"extended\"}"#;
    for _ in 0..2 {
        assert_eq!(update(rig.receive(&value(&session, echo))).len(), 1);
    }
    for other in [
        "A:B",
        r#"={\"session\":\"regular\",\"symbol\":\"A:B\"}"#,
        "={",
        "={}",
    ] {
        assert!(rig.receive(&value(&session, other)).is_empty(), "{other}");
    }
}

#[test]
fn symbols_are_counted_and_removed_with_the_last_holder() {
    let (mut rig, session, _) = with_quotes(&["A:B", "A:C"]);
    rig.change_symbols(&["A:B", "A:D"], &[]);
    let sent = rig.sent();
    assert_eq!(
        sent,
        [
            format!(r#"{{"m":"quote_add_symbols","p":["{session}","A:D"]}}"#),
            format!(r#"{{"m":"quote_fast_symbols","p":["{session}","A:B","A:C","A:D"]}}"#),
        ]
    );
    rig.change_symbols(&[], &["A:B", "A:Z"]);
    assert_eq!((rig.sent(), rig.updates()), (vec![], vec![]));
    rig.change_symbols(&[], &["A:B"]);
    assert_eq!(
        update(rig.updates()),
        [QuoteSessionUpdate::Removed(symbol("A:B"))]
    );
    assert_eq!(
        rig.sent(),
        [
            format!(r#"{{"m":"quote_remove_symbols","p":["{session}","A:B"]}}"#),
            format!(r#"{{"m":"quote_fast_symbols","p":["{session}","A:C","A:D"]}}"#),
        ]
    );
    assert!(rig.receive(&value(&session, "A:B")).is_empty());
    assert_eq!(rig.registry.late(), 1);
}

#[test]
fn messages_without_a_session_are_counted() {
    let (mut rig, session, _) = with_quotes(&["A:B"]);
    rig.receive(r#"{"m":"quote_completed","p":["qs_gone","A:B"]}"#);
    rig.receive(&format!(
        r#"{{"m":"quote_completed","p":["{session}","A:Z"]}}"#
    ));
    assert_eq!(rig.registry.late(), 2);
    rig.remove(QUOTES);
    assert_eq!(
        rig.sent(),
        [format!(
            r#"{{"m":"quote_delete_session","p":["{session}"]}}"#
        )]
    );
    assert!(rig.receive(&value(&session, "A:B")).is_empty());
    assert_eq!(rig.registry.late(), 3);
}

#[test]
fn quotes_are_restored_with_a_new_id_and_reported_when_all_have_answered() {
    let (mut rig, old, _) = with_quotes(&["A:B", "A:C"]);
    rig.receive(&value(&old, "A:B"));
    rig.close();
    assert_eq!(update(rig.updates()), [QuoteSessionUpdate::Reconnecting]);
    rig.pass(Duration::from_secs(3_600));
    rig.change_symbols(&["A:D"], &["A:C"]);
    rig.open();
    let sent = rig.sent();
    let new = session_of(&sent);
    assert_ne!(old, new);
    assert!(sent[2].ends_with(r#""A:B","A:D"]}"#), "{}", sent[2]);
    rig.updates();
    assert!(
        rig.receive(&value(&old, "A:B")).is_empty(),
        "of the old session"
    );
    let back = update(rig.receive(&value(&new, "A:B")));
    assert_eq!(back[1..], [QuoteSessionUpdate::Resumed { missing: 0 }]);
    // Neither is free for what an application sends by itself.
    assert!(rig.registry.has_used(&old) && rig.registry.has_used(&new));
    assert!(!rig.registry.has_used("qs_of_others"));
}

#[test]
fn f43_refused_symbols_are_not_asked_for_on_every_connection() {
    let (mut rig, session, _) = with_quotes(&["A:B", "A:X"]);
    rig.receive(&refusal(&session, "A:X"));
    let mut asked = 0;
    for _ in 0..60 {
        rig.close();
        rig.pass(Duration::from_secs(60));
        rig.open();
        let sent = rig.sent();
        if sent
            .iter()
            .any(|it| it.contains("add_symbols") && it.contains("A:X"))
        {
            asked += 1;
            rig.receive(&refusal(&session_of(&sent), "A:X"));
        }
    }
    assert!((1..=3).contains(&asked), "{asked} times in an hour");
}

#[test]
fn f43_refused_symbols_among_a_thousand_quotes_harm_no_other() {
    let names: Vec<String> = (0..1_000).map(|number| format!("A:{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut rig, session, _) = with_quotes(&names);
    for (number, name) in names.iter().enumerate() {
        let is_bad = number.is_multiple_of(7);
        let text = if is_bad {
            refusal(&session, name)
        } else {
            value(&session, name)
        };
        match &update(rig.receive(&text))[..] {
            [QuoteSessionUpdate::Refused(refused, _)] if is_bad => {
                assert_eq!(*refused, symbol(name))
            }
            [QuoteSessionUpdate::Values(reported, _)] if !is_bad => {
                assert_eq!(*reported, symbol(name))
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(
        rig.sent(),
        Vec::<String>::new(),
        "no symbol is asked for again"
    );
    for name in names.iter().skip(1).step_by(7) {
        assert_eq!(
            update(rig.receive(&value(&session, name))).len(),
            1,
            "{name}"
        );
    }
    assert_eq!(rig.registry.counts(), (0, 1));
}

#[test]
fn f46_a_quote_session_whose_id_is_taken_gets_another() {
    let (mut rig, session, first) = with_quotes(&["A:B"]);
    let updates = rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{session}","session exists","quote_create_session"]}}"#
    ));
    assert_eq!(updates, []);
    rig.pass(Duration::ZERO);
    let again = rig.sent();
    let second = session_of(&again);
    assert_ne!(second, session);
    let expected: Vec<String> = first
        .iter()
        .map(|command| command.replace(&session, &second))
        .collect();
    assert_eq!(again[again.len() - expected.len()..], expected);
    assert_eq!(update(rig.receive(&value(&second, "A:B"))).len(), 1);
}

#[test]
fn f40_quotes_that_come_up_to_three_times_change_nothing_more() {
    let (mut rig, session, _) = with_quotes(&["A:B"]);
    let (mut once, mut often) = (Quote::default(), Quote::default());
    for number in 0..100 {
        let lp = format!(r#"{{"lp":{number}.5}}"#);
        let text = value(&session, "A:B").replace(r#"{"lp":1.5}"#, &lp);
        for copy in 0..=number % 3 {
            let reported = update(rig.receive(&text));
            let [QuoteSessionUpdate::Values(_, values)] = &reported[..] else {
                panic!("{reported:?}")
            };
            values.values().merge_into(&mut often);
            if copy == 0 {
                values.values().merge_into(&mut once);
            }
            assert_eq!(once, often);
        }
    }
}

#[test]
fn symbols_that_do_not_answer_are_reported_as_missing() {
    let (mut rig, session, _) = with_quotes(&["A:B", "A:C"]);
    rig.receive(&value(&session, "A:B"));
    rig.close();
    rig.open();
    let session = session_of(&rig.sent());
    rig.receive(&value(&session, "A:B"));
    rig.updates();
    rig.pass(Duration::from_secs(11));
    assert_eq!(
        update(rig.updates()),
        [
            QuoteSessionUpdate::Resumed { missing: 1 },
            QuoteSessionUpdate::Missing {
                symbols: vec![symbol("A:C")],
                fields: Vec::new(),
                after: Duration::from_secs(10),
            },
        ]
    );
    assert_eq!(update(rig.receive(&value(&session, "A:C"))).len(), 1);
}

#[test]
fn f44_a_void_quote_session_is_renewed_at_once_then_with_growing_pauses() {
    let (mut rig, mut session, _) = with_quotes(&["A:B"]);
    rig.receive(&value(&session, "A:B"));
    let step = Duration::from_millis(100);
    let mut renewed = Vec::new();
    for number in 0..600 {
        rig.receive(&format!(
            r#"{{"m":"critical_error","p":["{session}","oops","x"]}}"#
        ));
        let sent = rig.sent();
        if sent.iter().any(|it| it.contains("quote_create_session")) {
            renewed.push(step * number);
            let new = session_of(&sent);
            assert_ne!(std::mem::replace(&mut session, new), session);
        }
        rig.pass(step);
    }
    assert_eq!(renewed[0], Duration::ZERO);
    assert!((6..=7).contains(&renewed.len()), "{renewed:?}");
    for (number, pair) in renewed.windows(2).enumerate() {
        let longest = Duration::from_secs(1 << number);
        let pause = pair[1] - pair[0];
        assert!(pause >= longest * 3 / 4, "{renewed:?}");
        // The session breaks up to a step after it began, and what is due is done at the next.
        assert!(pause <= longest + 2 * step, "{renewed:?}");
    }
}

#[test]
fn a_quote_session_that_is_refused_from_the_start_fails() {
    let (mut rig, session, _) = with_quotes(&["A:B"]);
    rig.add_series(SERIES, request());
    let chart = session_of(&rig.sent());
    let updates = rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{session}","invalid_parameters","quote_add_symbols"]}}"#
    ));
    let [Update::Failed(RequestError::Refused { reason, .. })] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(reason, "invalid_parameters: quote_add_symbols");
    rig.receive(&format!(
        r#"{{"m":"symbol_resolved","p":["{chart}","sds_sym_1",{{}}]}}"#
    ));
    assert_eq!(rig.registry.late(), 0, "the chart session lives on");
}

#[test]
fn hibernating_sessions_have_no_fast_symbols() {
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(&["A:B"]).speed(crate::request::QuoteSpeed::Hibernating));
    assert_eq!(
        methods(&rig.sent())[2..],
        ["quote_add_symbols", "quote_hibernate_all"]
    );
}

/// How many symbols each command adds that can be sent now.
fn added(rig: &mut Rig) -> Vec<usize> {
    let sent = rig.sent();
    let adding = sent.iter().filter(|it| it.contains("quote_add_symbols"));
    adding
        .map(|it| params(it).as_array().unwrap().len() - 1)
        .collect()
}

#[test]
fn f47_symbols_are_added_at_once_until_the_server_refuses_and_then_with_pauses() {
    const PAUSE: Duration = Duration::from_millis(250);
    let names: Vec<String> = (0..250).map(|number| format!("A:{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(&names));
    let sent = rig.sent();
    let session = session_of(&sent);
    assert_eq!(sent.len(), 6, "no pause is known");
    let words = "max sessions rate reached";
    rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{session}","{words}",""]}}"#
    ));
    // The session with its first symbols, and each later command, take a turn.
    assert_eq!(added(&mut rig), [0_usize; 0]);
    let mut turns = Vec::new();
    for _ in 0..4 {
        rig.pass(PAUSE - Duration::from_millis(1));
        assert_eq!(added(&mut rig), [0_usize; 0], "before the pause is over");
        rig.pass(Duration::from_millis(1));
        turns.push(added(&mut rig));
    }
    assert_eq!(turns, [vec![100], vec![100], vec![50], vec![]]);
    // Series wait for the same turns.
    rig.add_series(SERIES, request());
    rig.sent();
    rig.change_symbols(&["B:C"], &[]);
    assert_eq!(added(&mut rig), [0_usize; 0], "a series has just begun");
    rig.pass(PAUSE);
    assert_eq!(added(&mut rig), [1]);
    // What is removed waits for nothing.
    rig.change_symbols(&[], &["B:C"]);
    assert!(
        rig.sent()
            .iter()
            .any(|it| it.contains("quote_remove_symbols"))
    );
    // Without refusals the pauses end.
    rig.pass(Duration::from_secs(10));
    rig.change_symbols(&["B:D"], &[]);
    assert_eq!(added(&mut rig), [1]);
    rig.change_symbols(&["B:E"], &[]);
    assert_eq!(added(&mut rig), [1]);
}

#[test]
fn a_standby_whose_symbols_wait_for_a_turn_is_not_restored() {
    let names: Vec<String> = (0..250).map(|number| format!("A:{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut rig, session, _) = with_quotes(&names);
    rig.receive(&value(&session, "A:1"));
    let mut standby = rig.standby();
    for refusals in 0..6 {
        let at = standby.now + Duration::from_millis(refusals);
        standby.registry.pacing.refuse(at, at);
    }
    standby.pass(Duration::from_millis(8_005));
    assert_eq!(added(&mut standby), [100]);
    standby.pass(Duration::from_secs(8));
    assert_eq!(added(&mut standby), [100]);
    // Answers are not waited for any more, but some symbols have not been asked for.
    standby.pass(Duration::from_millis(3_900));
    assert_eq!(added(&mut standby), [0_usize; 0]);
    assert!(!standby.registry.is_restored());
    standby.pass(Duration::from_millis(100));
    assert_eq!(added(&mut standby), [50]);
    assert!(standby.registry.is_restored());
}

/// Keeps the place of each symbol whose values come.
#[derive(Default)]
struct PlacesSeen(Vec<(String, Place)>);

impl UpdateSink for PlacesSeen {
    fn update(&mut self, _: SubscriptionId, _: Update) {}

    fn values(
        &mut self,
        _: SubscriptionId,
        place: Place,
        symbol: &Symbol,
        _: &protocol::message::server::QuoteValues<'_>,
    ) {
        self.0.push((symbol.to_string(), place));
    }
}

#[test]
fn each_symbol_has_a_place_of_its_own_and_a_free_one_is_used_again() {
    let (mut rig, session, _) = with_quotes(&["A:B", "A:C", "A:D"]);
    let places = |rig: &mut Rig, names: &[&str]| {
        let mut seen = PlacesSeen::default();
        for name in names {
            let text = value(&session, name);
            let received = ServerMessage::decode(&text);
            rig.registry.route(&received, rig.now, &mut seen);
        }
        let names: Vec<_> = seen.0.iter().map(|(name, _)| name.clone()).collect();
        let places: Vec<_> = seen.0.iter().map(|(_, place)| place.0).collect();
        (names, places)
    };
    let (names, first) = places(&mut rig, &["A:B", "A:C", "A:D"]);
    assert_eq!(names, ["A:B", "A:C", "A:D"]);
    assert_eq!(first, [0, 1, 2]);
    rig.change_symbols(&[], &["A:C"]);
    rig.change_symbols(&["A:E"], &[]);
    rig.sent();
    let (_, later) = places(&mut rig, &["A:B", "A:D", "A:E"]);
    assert_eq!(later, [0, 2, 1]);
}

#[test]
fn a_reader_that_joins_learns_of_an_interruption() {
    let (mut rig, session, _) = with_quotes(&["A:B"]);
    rig.receive(&value(&session, "A:B"));
    assert!(!rig.registry.join(QUOTES).is_interrupted);
    rig.close();
    assert!(rig.registry.join(QUOTES).is_interrupted);
}
