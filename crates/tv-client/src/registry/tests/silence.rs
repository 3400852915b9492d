//! Streams that fall silent while their connection lives.

use protocol::symbol::TradingSession;

use super::*;

const LIMIT: Duration = Duration::from_secs(120);
/// 2026-06-15, a Monday, 13:00:00 UTC: half an hour before New York opens.
const MONDAY: i64 = 1_781_528_400;
const NASDAQ: &str = r#"{"name":"B","session":"0930-1600","timezone":"America/New_York","session_holidays":"20260619"}"#;
const COIN: &str = r#"{"name":"B","session":"24x7","timezone":"Etc/UTC"}"#;

/// A live series of a symbol, at a server's time.
fn live(info: &str, server_time: i64) -> (Rig, String) {
    let mut rig = Rig::new();
    rig.resolves = false;
    rig.receive(&format!(
        r#"{{"session_id":"x","timestampMs":{server_time}000}}"#
    ));
    rig.add_series(SERIES, request().stale_after(LIMIT));
    let session = answer(&mut rig, info, "s1");
    rig.updates();
    (rig, session)
}

/// Answers a series that begins a session, which is returned.
fn answer(rig: &mut Rig, info: &str, turnaround: &str) -> String {
    let session = session_of(&rig.sent());
    rig.receive_into_updates(&format!(
        r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{info}]}}"#
    ));
    // Bars of long ago, so that the clock closes nothing here.
    let bars = [bar(60, 2.0), bar(120, 3.0)];
    rig.receive_into_updates(&rows("timescale_update", &session, turnaround, &bars));
    rig.receive_into_updates(&completed(&session, turnaround, "{}"));
    session
}

fn reported(rig: &mut Rig) -> Vec<SeriesUpdate> {
    let update = rig.updates().into_iter().map(series_updates);
    let of_silence = |update: &SeriesUpdate| {
        !matches!(
            update,
            SeriesUpdate::Open(_) | SeriesUpdate::Closed(_) | SeriesUpdate::Revised(_)
        )
    };
    update.filter(of_silence).collect()
}

fn names(rig: &Rig) -> Vec<String> {
    let stale = rig.registry.stale_streams(rig.now);
    stale.into_iter().map(|stale| stale.stream).collect()
}

#[test]
fn f22_a_silent_series_is_reported_once_and_restarted_after_twice_the_time() {
    let (mut rig, session) = live(COIN, MONDAY);
    // As long as data comes, nothing is reported.
    for number in 3..20 {
        rig.pass(LIMIT - Duration::from_secs(1));
        rig.receive_into_updates(&rows("du", &session, "s1", &[bar(number * 60, 1.0)]));
    }
    assert_eq!(reported(&mut rig), []);
    rig.pass(LIMIT - Duration::from_millis(1));
    assert_eq!((reported(&mut rig), names(&rig)), (vec![], vec![]));
    rig.pass(Duration::from_millis(1));
    assert_eq!(reported(&mut rig), [SeriesUpdate::Stale { age: LIMIT }]);
    assert_eq!(names(&rig), ["A:B 1"]);
    rig.pass(LIMIT - Duration::from_millis(1));
    assert_eq!((reported(&mut rig), rig.sent()), (vec![], vec![]));
    rig.pass(Duration::from_millis(1));
    assert_eq!(reported(&mut rig), [SeriesUpdate::Reconnecting]);
    let other = answer(&mut rig, COIN, "s2");
    assert_ne!(session, other);
    assert!(matches!(
        reported(&mut rig)[..],
        [SeriesUpdate::Resumed { .. }]
    ));
    assert_eq!(names(&rig), Vec::<String>::new());
}

#[test]
fn f22_silence_ends_when_data_comes() {
    let (mut rig, session) = live(COIN, MONDAY);
    for number in 3..10 {
        rig.pass(LIMIT + LIMIT / 2);
        assert_eq!(reported(&mut rig), [SeriesUpdate::Stale { age: LIMIT }]);
        rig.receive_into_updates(&rows("du", &session, "s1", &[bar(number * 60, 1.0)]));
        assert_eq!(names(&rig), Vec::<String>::new());
    }
    assert_eq!(
        (reported(&mut rig), rig.sent()),
        (vec![], vec![]),
        "no new session"
    );
}

#[test]
fn f22_nothing_is_expected_of_a_closed_market() {
    let hour = Duration::from_secs(3_600);
    // Monday before the opening: half an hour without a word is right.
    let (mut rig, session) = live(NASDAQ, MONDAY);
    rig.pass(hour / 2 + LIMIT - Duration::from_secs(1));
    assert_eq!(reported(&mut rig), []);
    rig.pass(Duration::from_secs(1));
    let age = hour / 2 + LIMIT;
    assert_eq!(
        reported(&mut rig),
        [SeriesUpdate::Stale { age }],
        "two minutes after the opening"
    );
    // Until 16:00 there is data; then ten hours and more without any.
    for number in 3..200 {
        rig.pass(LIMIT - Duration::from_secs(1));
        rig.receive_into_updates(&rows("du", &session, "s1", &[bar(number * 60, 1.0)]));
    }
    assert_eq!(reported(&mut rig), []);
    rig.pass(hour * 16);
    assert_eq!(
        (reported(&mut rig), names(&rig), rig.sent()),
        (vec![], vec![], vec![])
    );
    // A weekend, and a Friday that is a holiday before it: from Thursday 20:00 UTC to Monday 13:30.
    let thursday = MONDAY + 3 * 86_400 + 7 * 3_600;
    let (mut rig, _) = live(NASDAQ, thursday);
    rig.pass(hour * (3 * 24 + 17) + hour / 2);
    assert_eq!((reported(&mut rig), rig.sent()), (vec![], vec![]));
    rig.pass(LIMIT);
    assert!(matches!(
        reported(&mut rig)[..],
        [SeriesUpdate::Stale { .. }]
    ));
}

#[test]
fn f22_delayed_data_begins_later_by_the_delay() {
    let mut rig = Rig::new();
    rig.resolves = false;
    rig.receive(&format!(
        r#"{{"session_id":"x","timestampMs":{MONDAY}000}}"#
    ));
    rig.add_series(SERIES, request().stale_after(LIMIT));
    let session = session_of(&rig.sent());
    rig.receive(&format!(
        r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{NASDAQ}]}}"#
    ));
    rig.receive(&rows("timescale_update", &session, "s1", &[bar(60, 2.0)]));
    let done = completed(&session, "s1", END).replace("streaming", "delayed_streaming_900");
    rig.receive(&done);
    rig.pass(Duration::from_secs(1_800 + 900) + LIMIT - Duration::from_secs(1));
    assert_eq!(reported(&mut rig), []);
    rig.pass(Duration::from_secs(1));
    assert!(matches!(
        reported(&mut rig)[..],
        [SeriesUpdate::Stale { .. }]
    ));
}

#[test]
fn f22_hours_that_cannot_be_read_are_not_judged_and_neither_is_who_did_not_ask() {
    let (mut rig, _) = live(r#"{"name":"B"}"#, MONDAY);
    rig.pass(Duration::from_secs(86_400));
    assert_eq!((reported(&mut rig), rig.sent()), (vec![], vec![]));
    let (mut rig, _) = Rig::live();
    rig.pass(Duration::from_secs(86_400));
    assert_eq!((reported(&mut rig), rig.sent()), (vec![], vec![]));
}

fn quotes(names: &[&str]) -> QuoteRequest {
    QuoteRequest::new(names.iter().copied().map(symbol))
        .unwrap()
        .fields(["lp", "current_session"])
        .stale_after(LIMIT)
}

fn value(session: &str, name: &str, hours: Option<&str>) -> String {
    let hours = hours.map_or(String::new(), |hours| {
        format!(r#","current_session":"{hours}""#)
    });
    format!(r#"{{"m":"qsd","p":["{session}",{{"n":"{name}","s":"ok","v":{{"lp":1.5{hours}}}}}]}}"#)
}

fn stale(rig: &mut Rig) -> Vec<String> {
    let stale = |update| match update {
        Update::Quote(QuoteSessionUpdate::Stale(symbol, age)) => {
            assert!((LIMIT..=LIMIT + LIMIT / 4).contains(&age), "{age:?}");
            Some(symbol.to_string())
        }
        _ => None,
    };
    rig.updates().into_iter().filter_map(stale).collect()
}

#[test]
fn f22_a_silent_symbol_is_reported_and_requested_again_alone() {
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(&["A:B", "A:C", "A:D"]));
    let session = session_of(&rig.sent());
    for name in ["A:B", "A:C", "A:D"] {
        rig.receive(&value(&session, name, Some("market")));
    }
    let beat = |rig: &mut Rig, time: Duration| {
        for _ in 0..time.as_secs() / 10 {
            rig.pass(Duration::from_secs(10));
            rig.receive_into_updates(&value(&session, "A:B", None));
        }
    };
    // Of A:D the market closes.
    rig.receive(&value(&session, "A:D", Some("out_of_session")));
    beat(&mut rig, LIMIT - Duration::from_secs(10));
    assert_eq!(stale(&mut rig), Vec::<String>::new());
    beat(&mut rig, LIMIT / 2);
    assert_eq!(
        (stale(&mut rig), names(&rig)),
        (vec!["A:C".to_owned()], vec!["A:C".to_owned()])
    );
    assert_eq!(rig.sent(), Vec::<String>::new());
    beat(&mut rig, LIMIT);
    assert_eq!(
        rig.sent(),
        [
            format!(r#"{{"m":"quote_remove_symbols","p":["{session}","A:C"]}}"#),
            format!(r#"{{"m":"quote_add_symbols","p":["{session}","A:C"]}}"#),
            format!(r#"{{"m":"quote_fast_symbols","p":["{session}","A:B","A:C","A:D"]}}"#),
        ]
    );
    rig.receive_into_updates(&value(&session, "A:C", None));
    beat(&mut rig, LIMIT - Duration::from_secs(10));
    assert_eq!((stale(&mut rig), names(&rig)), (vec![], vec![]));
}

#[test]
fn f22_quotes_of_a_closed_market_are_not_judged_and_one_without_an_answer_is() {
    let day = Duration::from_secs(10 * 3_600);
    for (hours, wide, expected) in [
        ("out_of_session", false, 0),
        ("holiday", false, 0),
        ("pre_market", false, 0),
        ("pre_market", true, 1),
        ("market", true, 1),
    ] {
        let request = quotes(&["A:B"]);
        let request = if wide {
            request.trading_session(TradingSession::Extended)
        } else {
            request
        };
        let mut rig = Rig::new();
        rig.add_quotes(&request);
        let session = session_of(&rig.sent());
        let name = if wide {
            r#"={\"session\":\"extended\",\"symbol\":\"A:B\"}"#
        } else {
            "A:B"
        };
        rig.receive(&value(&session, name, Some(hours)));
        rig.pass(if expected > 0 { LIMIT * 3 / 2 } else { day });
        assert_eq!(stale(&mut rig).len(), expected, "{hours} {wide}");
        assert_eq!(rig.sent(), Vec::<String>::new());
    }
    let mut rig = Rig::new();
    rig.add_quotes(&quotes(&["A:B", "A:C"]));
    let session = session_of(&rig.sent());
    let refusal = r#"{"n":"A:C","s":"error","errmsg":"no_such_symbol","v":{}}"#;
    rig.receive(&format!(r#"{{"m":"qsd","p":["{session}",{refusal}]}}"#));
    rig.pass(LIMIT * 3 / 2);
    assert_eq!(stale(&mut rig), ["A:B"]);
    // A word is enough to end it.
    rig.receive(&value(&session, "A:B", Some("market")));
    assert_eq!(names(&rig), Vec::<String>::new());
    rig.pass(LIMIT * 3 / 4);
    assert_eq!((stale(&mut rig), rig.sent()), (vec![], vec![]));
    // Without a connection no symbol counts as silent.
    rig.close();
    rig.updates();
    rig.pass(LIMIT * 3 / 2);
    assert_eq!((stale(&mut rig), names(&rig)), (vec![], vec![]));
}

#[test]
fn f22_f65_a_process_that_was_suspended_reads_before_it_judges() {
    let (mut rig, session) = live(COIN, MONDAY);
    rig.add_quotes(&quotes(&["A:B"]));
    let quotes = session_of(&rig.sent());
    rig.receive(&value(&quotes, "A:B", Some("market")));
    // No time is given for long; then timers are first, and what has come meanwhile second.
    rig.now += LIMIT * 10;
    rig.time_out();
    let update = rig.updates();
    assert_eq!(update, [], "nothing is judged yet");
    rig.receive(&rows("du", &session, "s1", &[bar(180, 1.0)]));
    rig.receive(&value(&quotes, "A:B", None));
    rig.pass(LIMIT - Duration::from_secs(1));
    let is_stale = |update: &Update| {
        matches!(
            update,
            Update::Series(SeriesUpdate::Stale { .. })
                | Update::Quote(QuoteSessionUpdate::Stale(..))
        )
    };
    assert!(!rig.updates().iter().any(is_stale) && names(&rig).is_empty());
    // Silence is still reported as such.
    rig.pass(LIMIT / 2);
    assert_eq!(names(&rig), ["A:B", "A:B 1"]);
}
