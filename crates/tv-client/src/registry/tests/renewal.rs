//! A second connection that takes the place of the first.

use protocol::quote::{QuoteField, QuoteValue};

use super::{model::World, *};
use crate::request::{QuoteSpeed, StudyRequest};

const STUDY: SubscriptionId = SubscriptionId(3);

fn quotes(names: &[&str]) -> QuoteRequest {
    QuoteRequest::new(names.iter().copied().map(symbol))
        .unwrap()
        .fields(["lp"])
}

fn value(session: &str, name: &str, last: f64) -> String {
    format!(r#"{{"m":"qsd","p":["{session}",{{"n":"{name}","s":"ok","v":{{"lp":{last:?}}}}}]}}"#)
}

fn state(name: &str, last: f64) -> Update {
    let values = vec![(QuoteField::Last, QuoteValue::Number(last))];
    Update::Quote(QuoteSessionUpdate::State(symbol(name), values))
}

#[test]
fn f53_bars_continue_without_a_seam() {
    // The switch after each number of messages, so that some standbys are restored and others are
    // not.
    for messages in 0..10 {
        let mut world = World::new();
        world.rig.add_series(SERIES, request().count(20));
        world.talk(usize::MAX);
        world.pass(5);
        world.renew(messages);
        let is_restored = world.standby.as_ref().unwrap().0.registry.is_restored();
        let before = world.reader.closed;
        world.switch();
        world.talk(usize::MAX);
        world.pass(10);
        assert!(world.reader.closed > before);
        assert!(world.reader.is_complete(&world.server));
        assert_eq!(world.reader.gaps, [], "after {messages} messages");
        let resumed = usize::from(!is_restored);
        assert_eq!(world.reader.resumed, resumed, "after {messages} messages");
        assert_eq!(world.rig.registry.counts(), (0, 1));
    }
}

#[test]
fn f53_a_standby_is_restored_before_it_takes_over_and_reports_nothing_until_then() {
    let mut world = World::new();
    world.rig.add_series(SERIES, request().count(20));
    world.talk(usize::MAX);
    world.renew(0);
    assert!(!world.standby.as_ref().unwrap().0.registry.is_restored());
    world.renew(usize::MAX);
    assert!(world.standby.as_ref().unwrap().0.registry.is_restored());
}

#[test]
fn f53_bars_missed_by_the_first_connection_are_reported_by_the_second() {
    let mut world = World::new();
    world.rig.add_series(SERIES, request().count(20));
    world.talk(usize::MAX);
    world.renew(usize::MAX);
    world.cut();
    world.pass(20);
    assert!(!world.reader.is_complete(&world.server));
    world.switch();
    assert!(world.reader.is_complete(&world.server));
    assert_eq!((world.reader.resumed, world.reader.gaps.len()), (1, 0));
}

#[test]
fn f53_a_standby_has_all_that_closed_even_if_its_series_keeps_one_bar() {
    let mut world = World::new();
    world.rig.add_series(SERIES, request().count(20).keep(1));
    world.talk(usize::MAX);
    world.renew(usize::MAX);
    world.cut();
    world.pass(30);
    world.switch();
    assert!(world.reader.is_complete(&world.server));
    // And if it has not, because too much has closed, its session begins anew.
    world.talk(usize::MAX);
    world.renew(usize::MAX);
    world.cut();
    world.pass(3 * 200);
    world.switch();
    world.talk(usize::MAX);
    world.pass(10);
    assert!(world.reader.is_complete(&world.server));
    assert_eq!((world.reader.resumed, world.reader.gaps.len()), (2, 0));
}

#[test]
fn f53_quotes_have_the_newest_state_at_once_and_are_not_interrupted() {
    let mut old = Rig::new();
    old.add_quotes(&quotes(&["A:B", "A:C", "A:D"]));
    let first = session_of(&old.sent());
    for name in ["A:B", "A:C", "A:D"] {
        old.receive(&value(&first, name, 1.0));
    }
    let mut new = old.standby();
    let sent = new.sent();
    let second = session_of(&sent);
    assert_ne!(first, second);
    for name in ["A:B", "A:C", "A:D"] {
        assert!(!new.registry.is_restored());
        assert_eq!(new.receive(&value(&second, name, 2.0)), []);
    }
    assert!(new.registry.is_restored());
    // What readers do meanwhile counts.
    old.change_symbols(&["A:E"], &["A:D"]);
    old.updates();
    new.take_over(&mut old);
    let mut updates = new.updates();
    updates.sort_by_key(|update| format!("{update:?}"));
    assert_eq!(updates, [state("A:B", 2.0), state("A:C", 2.0)]);
    assert_eq!(
        new.sent(),
        [
            format!(r#"{{"m":"quote_remove_symbols","p":["{second}","A:D"]}}"#),
            format!(r#"{{"m":"quote_add_symbols","p":["{second}","A:E"]}}"#),
            format!(r#"{{"m":"quote_fast_symbols","p":["{second}","A:B","A:C","A:E"]}}"#),
        ]
    );
    assert_eq!(new.receive(&value(&second, "A:B", 3.0)).len(), 1);
    assert!(new.receive(&value(&first, "A:B", 1.0)).is_empty());
    assert_eq!(new.registry.late(), 1);
}

#[test]
fn f53_quotes_that_are_not_restored_report_an_interruption() {
    let mut old = Rig::new();
    old.add_quotes(&quotes(&["A:B", "A:C"]));
    let first = session_of(&old.sent());
    old.receive(&value(&first, "A:B", 1.0));
    let mut new = old.standby();
    let second = session_of(&new.sent());
    new.receive(&value(&second, "A:B", 2.0));
    new.take_over(&mut old);
    let updates = new.updates();
    let interrupted = Update::Quote(QuoteSessionUpdate::Reconnecting);
    assert_eq!(updates, [state("A:B", 2.0), interrupted]);
    let resumed = Update::Quote(QuoteSessionUpdate::Resumed { missing: 0 });
    assert_eq!(new.receive(&value(&second, "A:C", 2.0))[1..], [resumed]);
}

/// What is sent, without the names of sessions.
fn plain(sent: &[String]) -> Vec<String> {
    let session = session_of(sent);
    sent.iter().map(|it| it.replace(&session, "")).collect()
}

#[test]
fn f53_a_standby_asks_for_the_same_quotes_in_the_same_way() {
    let request = quotes(&["A:B", "A:C", "A:X"]).currency("EUR");
    let mut old = Rig::new();
    old.add_quotes(&request.speed(QuoteSpeed::Hibernating));
    let sent = old.sent();
    let expected = plain(&sent);
    assert!(expected.iter().any(|it| it.contains("EUR")), "{expected:?}");
    assert_eq!(plain(&old.standby().sent()), expected);
    // It does not ask for what was refused a moment ago.
    let session = session_of(&sent);
    let refused =
        r#"{"n":"={\"currency-id\":\"EUR\",\"symbol\":\"A:X\"}","s":"error","errmsg":"no"}"#;
    old.receive(&format!(r#"{{"m":"qsd","p":["{session}",{refused}]}}"#));
    let sent = old.standby().sent();
    let added = sent.iter().find(|it| it.contains("quote_add_symbols"));
    let added = added.unwrap();
    assert!(added.contains("A:C") && !added.contains("A:X"), "{added}");
}

#[test]
fn f53_a_session_that_is_void_on_the_standby_is_renewed_as_any_other() {
    let void = |session: &str| format!(r#"{{"m":"critical_error","p":["{session}","oops",""]}}"#);
    let mut old = Rig::new();
    old.add_quotes(&quotes(&["A:B"]));
    let first = session_of(&old.sent());
    old.receive(&value(&first, "A:B", 1.0));
    // The first renewal is at once.
    old.receive(&void(&first));
    let second = session_of(&old.sent());
    old.receive(&value(&second, "A:B", 1.0));
    old.updates();
    let mut new = old.standby();
    let third = session_of(&new.sent());
    assert_eq!(
        new.receive(&void(&third)),
        [],
        "the reader learns nothing of it"
    );
    let waits = !new.sent().iter().any(|it| it.contains("create"));
    assert!(waits, "the second, whichever connection had the first");
    new.pass(Duration::from_secs(1));
    let fourth = session_of(&new.sent());
    new.receive(&value(&fourth, "A:B", 2.0));
    new.take_over(&mut old);
    assert_eq!(new.updates(), [state("A:B", 2.0)]);
}

#[test]
fn f53_silence_and_holders_are_known_to_the_next_connection() {
    let limit = Duration::from_secs(30);
    let mut old = Rig::new();
    old.add_quotes(&quotes(&["A:B"]).stale_after(limit));
    let first = session_of(&old.sent());
    old.receive(&value(&first, "A:B", 1.0));
    let mut new = old.standby();
    let second = session_of(&new.sent());
    new.receive(&value(&second, "A:B", 1.0));
    // Two readers want another symbol meanwhile.
    old.change_symbols(&["A:C"], &[]);
    old.change_symbols(&["A:C"], &[]);
    new.take_over(&mut old);
    new.sent();
    new.change_symbols(&[], &["A:C"]);
    let sent = new.sent();
    assert!(!sent.iter().any(|it| it.contains("remove")), "{sent:?}");
    new.receive(&value(&second, "A:C", 1.0));
    new.updates();
    new.pass(limit * 5 / 4);
    let stale = |update: &Update| matches!(update, Update::Quote(QuoteSessionUpdate::Stale(..)));
    let updates = new.updates();
    assert_eq!(
        updates.iter().filter(|it| stale(it)).count(),
        2,
        "{updates:?}"
    );
}

#[test]
fn f53_what_has_no_standby_is_restored_the_usual_way() {
    let (mut old, _) = Rig::live();
    let mut new = old.standby();
    let history = SubscriptionId(9);
    // A request without an answer yet is sent again and reports no interruption.
    old.add_series(history, request().count(7));
    old.sent();
    new.take_over(&mut old);
    let reported = new.updates();
    assert_eq!(reported, [Update::Series(SeriesUpdate::Reconnecting)]);
    let sent = new.sent();
    assert_eq!(
        sent.iter()
            .filter(|it| it.contains("create_series"))
            .count(),
        2
    );
    assert!(sent.iter().any(|it| it.contains(",7,")), "{sent:?}");
}

#[test]
fn f53_studies_are_reported_again_and_dropped_subscriptions_end() {
    let (mut old, _) = Rig::live();
    let request = StudyRequest::new("Volume@tv-basicstudies-241");
    let now = old.now;
    old.registry
        .add_study(STUDY, SERIES, request, now, &mut |_, _| {});
    old.sent();
    let mut new = old.standby();
    let session = session_of(&new.sent());
    let bars = [bar(60, 2.0), bar(120, 3.0)];
    new.receive(&rows("timescale_update", &session, "s1", &bars));
    new.receive(&completed(&session, "s1", "{}"));
    let sent = new.sent();
    assert!(sent[0].contains("create_study"), "{sent:?}");
    new.receive(&format!(
        r#"{{"m":"du","p":["{session}",{{"st1":{{"st":[{{"i":0,"v":[60.0,7.5]}}],"t":"s1_st1"}}}}]}}"#
    ));
    new.receive(&format!(
        r#"{{"m":"study_completed","p":["{session}","st1","s1_st1"]}}"#
    ));
    new.take_over(&mut old);
    let updates = new.updates();
    let is_snapshot = |update: &Update| matches!(update, Update::Study(StudyUpdate::Snapshot(points)) if points.len() == 1);
    assert_eq!(updates.len(), 1, "{updates:?}");
    assert!(is_snapshot(&updates[0]), "{updates:?}");
    // The next renewal, with the study gone meanwhile.
    let mut next = new.standby();
    let session = session_of(&next.sent());
    next.receive(&rows("timescale_update", &session, "s1", &bars));
    next.receive(&completed(&session, "s1", "{}"));
    next.sent();
    new.remove(STUDY);
    next.take_over(&mut new);
    assert_eq!(next.updates(), []);
    assert!(next.sent()[0].contains("remove_study"));
    let mut last = next.standby();
    let session = session_of(&last.sent());
    next.remove(SERIES);
    last.take_over(&mut next);
    assert!(last.sent()[0].contains(&format!("chart_delete_session\",\"p\":[\"{session}\"")));
    assert_eq!(last.registry.counts(), (0, 0));
}
