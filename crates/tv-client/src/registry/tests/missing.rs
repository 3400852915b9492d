//! What does not come is reported by name, once and after the stated time.

use super::*;

const AFTER: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

fn with_quotes(request: QuoteRequest) -> (Rig, String) {
    let mut rig = Rig::new();
    rig.add_quotes(&request);
    let session = session_of(&rig.sent());
    (rig, session)
}

fn request(names: &[&str]) -> QuoteRequest {
    let names = names.iter().copied();
    QuoteRequest::new(names).unwrap().fields(["lp"])
}

fn values(session: &str, name: &str, values: &str) -> String {
    format!(r#"{{"m":"qsd","p":["{session}",{{"n":"{name}","s":"ok","v":{values}}}]}}"#)
}

/// What was reported as missing: symbols and fields.
fn missing(rig: &mut Rig) -> Vec<(Vec<String>, Vec<String>)> {
    let mut all = Vec::new();
    for update in rig.updates() {
        if let Update::Quote(QuoteSessionUpdate::Missing {
            symbols,
            fields,
            after,
        }) = update
        {
            assert_eq!(after, AFTER);
            let symbols = symbols.iter().map(ToString::to_string).collect();
            all.push((symbols, fields));
        }
    }
    all
}

fn symbols(names: &[&str]) -> Vec<(Vec<String>, Vec<String>)> {
    vec![(names.iter().map(ToString::to_string).collect(), vec![])]
}

#[test]
fn symbols_without_values_are_named_once_at_the_stated_time() {
    let names = ["A:EMPTY", "A:GOOD", "A:NONE", "A:REFUSED", "A:SILENT"];
    let (mut rig, session) = with_quotes(request(&names));
    rig.receive(&values(&session, "A:GOOD", r#"{"lp":1.5}"#));
    rig.receive(&values(&session, "A:EMPTY", "{}"));
    let completed = r#"{"m":"quote_completed","p":["SESSION","A:NONE"]}"#;
    rig.receive(&completed.replace("SESSION", &session));
    rig.receive(&values(&session, "A:REFUSED", "{}").replace("ok", "error"));
    rig.pass(AFTER - Duration::from_millis(1));
    assert_eq!(missing(&mut rig), []);
    rig.pass(Duration::from_millis(1));
    assert_eq!(
        missing(&mut rig),
        symbols(&["A:EMPTY", "A:NONE", "A:SILENT"])
    );
    rig.pass(AFTER * 100);
    assert_eq!(missing(&mut rig), [], "not over and over");
}

#[test]
fn a_time_of_ones_own_and_none_at_all() {
    for (after, reported) in [(SECOND, true), (Duration::MAX, false)] {
        let (mut rig, _) = with_quotes(request(&["A:B"]).report_after(after));
        rig.pass(Duration::from_secs(3_600));
        let updates = rig.updates();
        let is_missing = |it: &Update| matches!(it, Update::Quote(QuoteSessionUpdate::Missing { after: it, .. }) if *it == after);
        assert_eq!(
            updates.iter().filter(|it| is_missing(it)).count(),
            usize::from(reported)
        );
    }
}

#[test]
fn symbols_that_were_added_one_after_the_other_are_reported_together() {
    let (mut rig, _) = with_quotes(request(&["A:A"]));
    for name in ["A:B", "A:C", "A:D"] {
        rig.pass(Duration::from_millis(100));
        rig.change_symbols(&[name], &[]);
    }
    rig.change_symbols(&["A:E"], &["A:C"]);
    rig.pass(AFTER * 2);
    let all: Vec<Vec<String>> = missing(&mut rig).into_iter().map(|(it, _)| it).collect();
    assert_eq!(all, [vec!["A:A"], vec!["A:B", "A:D", "A:E"]]);
}

#[test]
fn what_does_not_come_after_an_interruption_is_named_as_well() {
    let (mut rig, session) = with_quotes(request(&["A:A", "A:B", "A:C"]));
    for name in ["A:A", "A:B"] {
        rig.receive(&values(&session, name, r#"{"lp":1.5}"#));
    }
    rig.pass(AFTER);
    assert_eq!(missing(&mut rig), symbols(&["A:C"]));
    rig.close();
    // An interruption says nothing of single symbols.
    rig.pass(AFTER * 10);
    assert_eq!(missing(&mut rig), []);
    rig.open();
    let session = session_of(&rig.sent());
    rig.receive(&values(&session, "A:A", r#"{"lp":1.5}"#));
    rig.pass(AFTER - Duration::from_millis(1));
    assert_eq!(missing(&mut rig), []);
    rig.pass(AFTER);
    assert_eq!(
        missing(&mut rig),
        symbols(&["A:B"]),
        "C is known to be silent"
    );
    // Values end the silence, and another one is news.
    rig.receive(&values(&session, "A:C", r#"{"lp":1.5}"#));
    rig.close();
    rig.open();
    rig.sent();
    rig.pass(AFTER * 2);
    assert_eq!(missing(&mut rig), symbols(&["A:A", "A:C"]));
}

#[test]
fn a_stream_that_begins_without_a_connection_says_what_it_waits_for() {
    let mut rig = Rig::new();
    rig.close();
    rig.add_quotes(&request(&["A:B"]));
    // One connection after the other is lost, each before the time has passed.
    for _ in 0..3 {
        rig.pass(AFTER / 2);
        rig.open();
        rig.sent();
        rig.pass(AFTER / 10);
        rig.close();
    }
    assert_eq!(missing(&mut rig), symbols(&["A:B"]));
}

#[test]
fn a_stream_that_is_suspended_is_not_missed() {
    let (mut rig, session) = with_quotes(request(&["A:B"]));
    let full = r#"{"m":"critical_error","p":["SESSION","max sessions rate reached",""]}"#;
    let mut session = session;
    let mut waited = Duration::ZERO;
    // Pauses of up to 8 s, one after the other.
    for _ in 0..8 {
        rig.receive(&full.replace("SESSION", &session));
        loop {
            rig.pass(Duration::from_millis(50));
            waited += Duration::from_millis(50);
            let sent = rig.sent();
            if sent.iter().any(|it| it.contains("quote_create_session")) {
                session = session_of(&sent);
                break;
            }
        }
    }
    assert!(waited > AFTER * 2, "{waited:?}");
    assert_eq!(missing(&mut rig), []);
    rig.pass(AFTER * 2);
    assert_eq!(missing(&mut rig), symbols(&["A:B"]));
}

#[test]
fn unknown_fields_that_no_symbol_has_are_named_once() {
    let fields = ["lp", "lst", "prize", "odd_one", "gone"];
    let (mut rig, session) = with_quotes(request(&["A:A", "A:B"]).fields(fields));
    // Nothing is known of fields before a symbol has values.
    rig.pass(AFTER);
    assert_eq!(missing(&mut rig), symbols(&["A:A", "A:B"]));
    rig.receive(&values(&session, "A:A", r#"{"lp":1.5}"#));
    rig.receive(&values(&session, "A:B", r#"{"odd_one":2,"gone":null}"#));
    rig.pass(AFTER * 2);
    let names = ["gone", "lst", "prize"].map(str::to_owned).to_vec();
    assert_eq!(missing(&mut rig), [(vec![], names)]);
    rig.close();
    rig.open();
    let session = session_of(&rig.sent());
    for name in ["A:A", "A:B"] {
        rig.receive(&values(&session, name, r#"{"lp":1.5}"#));
    }
    rig.pass(AFTER * 10);
    assert_eq!(missing(&mut rig), []);
}

#[test]
fn a_connection_that_is_replaced_repeats_nothing_and_forgets_nothing() {
    let fields = ["lp", "prize"];
    let (mut rig, session) = with_quotes(request(&["A:A", "A:B", "A:C"]).fields(fields));
    rig.receive(&values(&session, "A:A", r#"{"lp":1.5}"#));
    rig.receive(&values(&session, "A:C", r#"{"lp":1.5}"#));
    rig.pass(AFTER);
    assert_eq!(
        missing(&mut rig),
        [(vec!["A:B".into()], vec!["prize".into()])]
    );
    let mut standby = rig.standby();
    let session = session_of(&standby.sent());
    standby.receive(&values(&session, "A:A", r#"{"lp":1.5}"#));
    // Its own silence is not reported before it serves.
    standby.pass(AFTER);
    rig.now = standby.now;
    rig.change_symbols(&["A:D"], &[]);
    standby.take_over(&mut rig);
    standby.updates();
    standby.sent();
    standby.pass(AFTER * 2);
    assert_eq!(missing(&mut standby), symbols(&["A:C", "A:D"]));
}
