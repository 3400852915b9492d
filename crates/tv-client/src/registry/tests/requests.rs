//! Requests that are refused, lost, or answered in pages.

use std::collections::{HashSet, VecDeque};

use super::*;
use crate::request::HistoryRequest;

fn failed(updates: &[Update]) -> &RequestError {
    match updates {
        [Update::Failed(error)] => error,
        other => panic!("{other:?}"),
    }
}

fn symbol_error(session: &str) -> String {
    format!(
        r#"{{"m":"symbol_error","p":["{session}","sds_sym_1","permission denied","group","economics_paid"]}}"#
    )
}

#[test]
fn f43_a_refused_symbol_ends_its_series_and_is_not_requested_repeatedly() {
    let mut rig = Rig::new();
    let mut asked = 0;
    for _ in 0..60 {
        rig.add_series(SERIES, request());
        let sent = rig.sent();
        if !sent.is_empty() {
            asked += 1;
            let session = session_of(&sent);
            rig.receive(&symbol_error(&session));
            let echo = format!(
                r#"{{"m":"series_error","p":["{session}","sds_1","s1","resolve error","n@n"]}}"#
            );
            rig.receive(&echo);
            assert_eq!(rig.sent().len(), 1, "the session is deleted");
        } else {
            let RequestError::Refused { symbol, reason } = failed(&rig.updates()).clone() else {
                panic!("a refusal")
            };
            assert_eq!(
                (symbol.as_str(), reason.as_str()),
                ("A:B", "permission denied group economics_paid")
            );
        }
        rig.updates();
        rig.pass(Duration::from_secs(60));
    }
    assert_eq!(asked, 3, "in an hour");
}

#[test]
fn f42_a_lost_answer_is_requested_again_and_given_up_in_time() {
    let mut rig = Rig::new();
    let start = rig.now;
    rig.add_series(SERIES, request().timeout(Duration::from_secs(8)));
    let mut sessions = HashSet::new();
    let mut turnarounds = HashSet::new();
    let error = loop {
        for command in rig.sent() {
            if command.contains("create_series") {
                let params = params(&command);
                sessions.insert(params[0].clone());
                turnarounds.insert(params[2].clone());
                let session = params[0].as_str().unwrap();
                rig.receive(&format!(
                    r#"{{"m":"series_loading","p":["{session}","sds_1","s1"]}}"#
                ));
            }
        }
        if let [Update::Failed(error)] = &rig.updates()[..] {
            break error.clone();
        }
        rig.pass(Duration::from_millis(50));
    };
    let after = Duration::from_secs(8);
    assert_eq!(
        error,
        RequestError::TimedOut {
            after,
            last_words: None
        }
    );
    assert!(rig.now - start <= after + Duration::from_millis(100));
    assert_eq!((sessions.len(), turnarounds.len()), (4, 4));
    assert!(rig.registry.deadline().is_none() && rig.registry.entries.is_empty());
}

#[test]
fn f42_a_lost_answer_to_a_restore_is_requested_again_soon_whatever_the_time_limit() {
    let (mut rig, session) = Rig::live_with(request().timeout(Duration::from_secs(600)));
    rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{session}","gone","method: x"]}}"#
    ));
    let renewed = session_of(&rig.sent());
    // Live data shows that the session lives, but not that the answer is on its way.
    rig.pass(Duration::from_secs(7));
    rig.receive(&rows("du", &renewed, "s1", &[bar(180, 4.0)]));
    assert_eq!(rig.sent(), [""; 0]);
    rig.pass(Duration::from_secs(2));
    assert_ne!(session_of(&rig.sent()), renewed);
}

#[test]
fn f42_the_second_answer_is_as_good_and_the_first_is_late() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request().timeout(Duration::from_secs(8)));
    let first = session_of(&rig.sent());
    rig.receive(&rows(
        "timescale_update",
        &first,
        "s1",
        &[bar(60, 1.0), bar(120, 1.0)],
    ));
    rig.pass(Duration::from_secs(3));
    let sent = rig.sent();
    assert!(sent[0].contains("chart_delete_session"));
    let second = session_of(&sent);
    assert!(rig.receive(&completed(&first, "s1", "{}")).is_empty());
    rig.receive(&rows("timescale_update", &second, "s2", &[bar(60, 2.0)]));
    let update = rig.update(&completed(&second, "s2", END));
    let [SeriesUpdate::Loaded(loaded)] = &update[..] else {
        panic!("{update:?}")
    };
    assert_eq!(loaded.bars, [bar(60, 2.0)]);
}

#[test]
fn f42_a_symbol_that_is_never_resolved_is_requested_again_and_given_up_in_time() {
    let after = Duration::from_secs(8);
    for resolves_at in [None, Some(3)] {
        let mut rig = Rig::new();
        rig.resolves = false;
        let start = rig.now;
        rig.add_series(SERIES, request().timeout(after));
        let mut attempts = 0;
        let reported = loop {
            for command in rig.sent() {
                if command.contains("create_series") {
                    attempts += 1;
                    let params = params(&command);
                    let (session, turnaround) =
                        (params[0].as_str().unwrap(), params[2].as_str().unwrap());
                    let bars = rows("timescale_update", session, turnaround, &[bar(60, 1.0)]);
                    assert_eq!(rig.receive(&bars), []);
                    assert_eq!(rig.receive(&completed(session, turnaround, END)), []);
                    // After the bars it is as good as before them.
                    if resolves_at == Some(attempts) {
                        rig.receive_into_updates(&resolved(session));
                    }
                }
            }
            let updates = rig.updates();
            if !updates.is_empty() {
                break updates;
            }
            rig.pass(Duration::from_millis(50));
        };
        assert!(rig.now - start <= after + Duration::from_millis(100));
        match resolves_at {
            None => {
                assert_eq!(
                    *failed(&reported),
                    RequestError::TimedOut {
                        after,
                        last_words: None
                    }
                );
                assert_eq!(attempts, 4);
            }
            Some(_) => assert!(matches!(
                &reported[..],
                [Update::Series(SeriesUpdate::Loaded(loaded))]
                    if loaded.info.name.as_deref() == Some("B") && loaded.bars.len() == 1
            )),
        }
    }
}

#[test]
fn f43_refused_symbols_among_a_thousand_series_harm_no_other() {
    let mut rig = Rig::new();
    for id in 0..1_000 {
        let name = format!("A:{id}");
        let request = SeriesRequest::new(symbol(&name), Interval::MINUTE)
            .unwrap()
            .count(5);
        rig.add_series(SubscriptionId(id), request);
    }
    let (mut loaded, mut refused) = (0, 0);
    loop {
        let sent = rig.sent();
        if sent.is_empty() {
            break;
        }
        let mut is_bad = false;
        for command in sent {
            if command.contains("resolve_symbol") {
                // Each seventh, in three different ways.
                let (_, number) = command.split_once("A:").unwrap();
                let number: u64 = number.split_once('\\').unwrap().0.parse().unwrap();
                is_bad = number.is_multiple_of(7);
                let session = params(&command)[0].as_str().unwrap().to_owned();
                if is_bad {
                    refused += 1;
                    let updates = rig.receive(&match number % 3 {
                        0 => symbol_error(&session),
                        1 => format!(
                            r#"{{"m":"series_error","p":["{session}","sds_1","s1","custom_resolution"]}}"#
                        ),
                        _ => format!(
                            r#"{{"m":"critical_error","p":["{session}","invalid parameters",""]}}"#
                        ),
                    });
                    assert!(matches!(failed(&updates), RequestError::Refused { .. }));
                }
            } else if command.contains("create_series") && !is_bad {
                let params = params(&command);
                let session = params[0].as_str().unwrap();
                rig.receive(&rows("timescale_update", session, "s1", &[bar(60, 1.0)]));
                let update = rig.update(&completed(session, "s1", END));
                loaded += 1;
                assert!(matches!(update[..], [SeriesUpdate::Loaded(_)]));
            }
        }
    }
    assert_eq!((loaded, refused), (857, 143));
    assert_eq!(rig.registry.counts(), (0, 857));
}

#[test]
fn f55_answers_that_are_four_seconds_late_are_asked_for_once() {
    let mut rig = Rig::new();
    rig.resolves = false;
    let history = HistoryRequest::new("A:B", Interval::MINUTE)
        .unwrap()
        .count(20_000);
    rig.add_series(SERIES, request().count(1));
    rig.add_series(QUOTES, history.0);
    let (mut waiting, mut created, mut loaded) = (VecDeque::new(), 0, 0);
    while loaded < 2 {
        for command in rig.sent() {
            let params = params(&command);
            let session = params[0].as_str().unwrap();
            if command.contains("create_series") {
                created += 1;
                waiting.push_back(resolved(session));
            }
            if command.contains("create_series") || command.contains("request_more_data") {
                let first = -60 * i64::try_from(waiting.len()).unwrap();
                waiting.push_back(rows("timescale_update", session, "s1", &[bar(first, 1.0)]));
                let is_page = command.contains("request_more_data");
                let details = if is_page { END } else { "{}" };
                waiting.push_back(completed(session, "s1", details));
            }
        }
        // Each message takes as long as a bad link may need, one behind the other.
        rig.pass(Duration::from_secs(4));
        assert_eq!(rig.updates(), []);
        let text = waiting.pop_front().expect("an answer is on its way");
        loaded += rig.receive(&text).len();
    }
    assert_eq!(created, 2, "nothing was asked for again");
}

#[test]
fn f46_an_id_that_is_taken_is_replaced() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let first = session_of(&rig.sent());
    rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{first}","session exists","chart_create_session"]}}"#
    ));
    assert_eq!(rig.updates(), []);
    rig.pass(Duration::ZERO);
    assert_ne!(session_of(&rig.sent()[1..]), first);
}

/// A server that limits how many chart sessions may begin in a second.
#[derive(Default)]
struct Strict {
    begun: VecDeque<Instant>,
    refused: usize,
}

impl Strict {
    fn answer(&mut self, rig: &mut Rig, sent: &[String], most: usize) -> Vec<Update> {
        let mut reported = Vec::new();
        for create in sent.iter().filter(|it| it.contains("\"create_series\"")) {
            let params = params(create);
            let (session, turnaround) = (params[0].as_str().unwrap(), params[2].as_str().unwrap());
            let second = Duration::from_secs(1);
            self.begun.retain(|at| rig.now - *at < second);
            if self.begun.len() == most {
                self.refused += 1;
                reported.extend(rig.receive(&format!(
                    r#"{{"m":"critical_error","p":["{session}","max sessions rate reached",""]}}"#
                )));
            } else {
                self.begun.push_back(rig.now);
                let bars = rows("timescale_update", session, turnaround, &[bar(60, 1.0)]);
                reported.extend(rig.receive(&bars));
                reported.extend(rig.receive(&completed(session, turnaround, END)));
            }
        }
        reported
    }
}

#[test]
fn f47_fifty_series_begin_though_only_four_may_in_a_second() {
    let mut rig = Rig::new();
    let start = rig.now;
    for id in 0..50 {
        rig.add_series(SubscriptionId(id), request());
    }
    let (mut server, mut loaded) = (Strict::default(), 0);
    while loaded < 50 {
        let sent = rig.sent();
        for update in server.answer(&mut rig, &sent, 4) {
            assert!(
                matches!(update, Update::Series(SeriesUpdate::Loaded(_))),
                "{update:?}"
            );
            loaded += 1;
        }
        if sent.is_empty() {
            let due = rig.registry.deadline().expect("something is due");
            rig.pass(due - rig.now);
        }
    }
    assert!(
        rig.now - start <= Duration::from_secs(30),
        "{:?}",
        rig.now - start
    );
    assert!(
        (1..=20).contains(&server.refused),
        "it learns: {}",
        server.refused
    );
}

#[test]
fn f47_a_limit_that_stays_is_reported_in_the_servers_words() {
    let mut rig = Rig::new();
    let start = rig.now;
    let after = Duration::from_secs(8);
    rig.add_series(SERIES, request().timeout(after));
    let mut server = Strict::default();
    let reported = loop {
        let sent = rig.sent();
        assert_eq!(server.answer(&mut rig, &sent, 0), []);
        let updates = rig.updates();
        if !updates.is_empty() {
            break updates;
        }
        rig.pass(Duration::from_millis(50));
    };
    let what = "max sessions rate reached".to_owned();
    let error = failed(&reported);
    assert_eq!(*error, RequestError::LimitExceeded { what });
    assert!(error.is_retryable() && rig.now - start <= after + Duration::from_millis(100));
    assert!((2..=6).contains(&server.refused), "{}", server.refused);
}

#[test]
fn f47_too_many_series_in_a_session_are_reported_as_a_limit() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let words = "exceed limit of series in the session";
    let reported = loop {
        for create in rig.sent() {
            if create.contains("create_series") {
                let (session, turnaround) =
                    (params(&create)[0].clone(), params(&create)[2].clone());
                rig.receive_into_updates(&format!(
                    r#"{{"m":"series_error","p":[{session},"sds_1",{turnaround},"{words}"]}}"#
                ));
            }
        }
        let updates = rig.updates();
        if !updates.is_empty() {
            break updates;
        }
        rig.pass(Duration::from_millis(50));
    };
    let what = words.to_owned();
    assert_eq!(*failed(&reported), RequestError::LimitExceeded { what });
}

#[test]
fn a_first_request_with_bad_parameters_fails_at_once() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let session = session_of(&rig.sent());
    let updates = rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{session}","invalid parameters","method: create_series. args: \"[sds_1]\""]}}"#
    ));
    assert!(matches!(failed(&updates), RequestError::Refused { .. }));
}

#[test]
fn an_unreadable_live_message_is_reported_and_requested_again() {
    let (mut rig, session) = Rig::live();
    let update = rig.update(&format!(r#"{{"m":"du","p":["{session}",5]}}"#));
    assert!(matches!(
        update[..],
        [SeriesUpdate::Skipped(_), SeriesUpdate::Reconnecting]
    ));
    rig.pass(Duration::ZERO);
    let new = session_of(&rig.sent());
    rig.receive(&rows(
        "timescale_update",
        &new,
        "s2",
        &[bar(60, 2.0), bar(120, 4.0), bar(180, 1.0)],
    ));
    assert_eq!(
        rig.update(&completed(&new, "s2", "{}")),
        [
            SeriesUpdate::Resumed { backfilled: 1 },
            SeriesUpdate::Closed(bar(120, 4.0)),
            SeriesUpdate::Open(bar(180, 1.0)),
        ]
    );
}

fn page_of(command: &str) -> Option<i64> {
    command
        .contains("request_more_data")
        .then(|| params(command)[2].as_i64().unwrap())
}

#[test]
fn earlier_bars_are_fetched_in_pages_until_there_are_enough() {
    let (mut rig, session) = Rig::live();
    let mut older = rig.fetch_more(3);
    let page = |bars: &[Bar]| rows("timescale_update", &session, "s1", bars);
    assert!(page_of(&rig.sent()[0]).is_some_and(|count| count >= 3));
    assert!(rig.receive(&page(&[bar(0, 1.0)])).is_empty());
    let live = rows("du", &session, "s1", &[bar(120, 9.0)]);
    assert_eq!(
        rig.update(&live),
        [SeriesUpdate::Open(bar(120, 9.0))],
        "the stream goes on"
    );
    assert!(rig.receive(&completed(&session, "s1", "{}")).is_empty());
    assert_eq!(rig.sent().len(), 1, "there are too few yet");
    rig.receive(&page(&[bar(-180, 1.0), bar(-120, 1.0), bar(-60, 1.0)]));
    assert!(rig.receive(&completed(&session, "s1", "{}")).is_empty());
    assert_eq!(times(&mut older), [-180, -120, -60, 0]);
    let mut older = rig.fetch_more(1);
    rig.sent();
    rig.receive(&completed(&session, "s1", r#"{"data_completed":"end"}"#));
    assert!(times(&mut older).is_empty());
}

#[test]
fn two_calls_for_earlier_bars_are_answered_one_after_the_other() {
    let (mut rig, session) = Rig::live();
    let page = |bars: &[Bar]| rows("timescale_update", &session, "s1", bars);
    let mut first = rig.fetch_more(1);
    let gone = rig.fetch_more(1);
    let mut third = rig.fetch_more(1);
    drop(gone);
    assert_eq!(rig.sent().len(), 1, "one request at a time");
    rig.receive(&page(&[bar(0, 1.0)]));
    rig.receive(&completed(&session, "s1", "{}"));
    assert_eq!(times(&mut first), [0]);
    assert!(third.try_recv().is_err());
    assert_eq!(
        rig.sent().len(),
        1,
        "nothing is asked for a caller that has gone"
    );
    rig.receive(&page(&[bar(-60, 1.0)]));
    rig.receive(&completed(&session, "s1", "{}"));
    assert_eq!(times(&mut third), [-60]);
}

#[test]
fn a_call_for_earlier_bars_that_finds_no_session_is_answered_in_time() {
    let (mut rig, _) = Rig::live();
    rig.close();
    let mut older = rig.fetch_more(1);
    rig.pass(Duration::from_secs(31));
    let answer = older.try_recv().expect("an answer");
    assert!(
        matches!(answer, Err(RequestError::TimedOut { .. })),
        "{answer:?}"
    );
}

/// When the bars of an answer open.
fn times(older: &mut oneshot::Receiver<Result<Older, RequestError>>) -> Vec<i64> {
    let older = older.try_recv().expect("an answer").expect("bars");
    older.bars.iter().map(|bar| bar.time.seconds()).collect()
}

#[test]
fn a_page_that_the_reader_has_already_is_not_an_end_of_history() {
    let (mut rig, session) = Rig::live();
    let page = |session: &str, bars: &[Bar]| rows("timescale_update", session, "s1", bars);
    let mut older = rig.fetch_more(2);
    rig.sent();
    rig.receive(&page(&session, &[bar(-60, 2.0), bar(0, 3.0)]));
    rig.receive(&completed(&session, "s1", "{}"));
    assert_eq!(times(&mut older), [-60, 0]);
    rig.close();
    rig.open();
    // The new session begins where it must, and knows nothing of what was fetched.
    let session = session_of(&rig.sent());
    let bars = [bar(60, 2.0), bar(120, 3.0)];
    rig.receive(&rows("timescale_update", &session, "s2", &bars));
    rig.receive(&completed(&session, "s2", "{}"));
    let mut older = rig.fetch_more(1);
    assert_eq!(page_of(&rig.sent()[0]), Some(1));
    rig.receive(&rows("timescale_update", &session, "s2", &[bar(0, 3.0)]));
    assert_eq!(rig.update(&completed(&session, "s2", "{}")), []);
    assert_eq!(
        page_of(&rig.sent()[0]),
        Some(2),
        "it is asked for more at once"
    );
    let bars = [bar(-120, 1.0), bar(-60, 2.0)];
    rig.receive(&rows("timescale_update", &session, "s2", &bars));
    rig.receive(&completed(&session, "s2", "{}"));
    assert_eq!(times(&mut older), [-120]);
}

#[test]
fn earlier_bars_that_an_interruption_cuts_off_are_fetched_after_it() {
    let (mut rig, _) = Rig::live();
    let mut older = rig.fetch_more(2);
    rig.sent();
    rig.close();
    rig.open();
    let session = session_of(&rig.sent());
    rig.receive(&rows(
        "timescale_update",
        &session,
        "s2",
        &[bar(60, 2.0), bar(120, 3.0)],
    ));
    rig.receive(&completed(&session, "s2", "{}"));
    assert!(page_of(&rig.sent()[0]).is_some());
    rig.receive(&rows(
        "timescale_update",
        &session,
        "s2",
        &[bar(-60, 2.0), bar(0, 3.0)],
    ));
    rig.receive(&completed(&session, "s2", "{}"));
    assert_eq!(times(&mut older), [-60, 0]);
}

#[test]
fn a_range_is_fetched_in_as_many_pages_as_it_takes_and_cut() {
    let mut rig = Rig::new();
    let history = HistoryRequest::new("A:B", Interval::MINUTE)
        .unwrap()
        .between(600..1_200)
        .unwrap();
    rig.add_series(SERIES, history.0);
    let sent = rig.sent();
    let session = session_of(&sent);
    assert_eq!(
        params(&sent[2])[5],
        serde_json::json!(["bar_count", 1_200, 12])
    );
    let page = |times: &[i64]| {
        let bars: Vec<Bar> = times.iter().map(|time| bar(*time, 1.0)).collect();
        rows("timescale_update", &session, "s1", &bars)
    };
    rig.receive(&page(&[1_080, 1_140, 1_200]));
    rig.receive(&completed(&session, "s1", "{}"));
    assert_eq!(rig.sent().len(), 1);
    rig.receive(&page(&[540, 600, 1_020]));
    let update = rig.update(&completed(&session, "s1", "{}"));
    let [SeriesUpdate::Loaded(loaded)] = &update[..] else {
        panic!("{update:?}")
    };
    let times: Vec<i64> = loaded.bars.iter().map(|bar| bar.time.seconds()).collect();
    assert_eq!(times, [600, 1_020, 1_080, 1_140]);
    assert_eq!(rig.sent().len(), 1, "the session is deleted");
    assert!(rig.registry.entries.is_empty());
}

#[test]
fn f42_a_page_that_never_comes_is_the_end_of_what_there_is() {
    let mut rig = Rig::new();
    rig.add_series(
        SERIES,
        HistoryRequest::new("A:B", Interval::MINUTE).unwrap().0,
    );
    let session = session_of(&rig.sent());
    rig.receive(&rows("timescale_update", &session, "s1", &[bar(60, 1.0)]));
    rig.receive(&completed(&session, "s1", "{}"));
    assert_eq!(rig.sent().len(), 1);
    rig.pass(Duration::from_secs(9));
    assert!(matches!(
        &rig.updates()[..],
        [Update::Series(SeriesUpdate::Loaded(loaded))] if loaded.bars.len() == 1
    ));
}

#[test]
fn a_time_zone_is_reported_before_the_symbol_and_a_bad_one_is_a_refusal() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request().timezone("Nowhere/Nowhere"));
    let sent = rig.sent();
    let session = session_of(&sent);
    assert_eq!(
        sent[1],
        format!(r#"{{"m":"switch_timezone","p":["{session}","Nowhere/Nowhere"]}}"#)
    );
    let updates = rig.receive(&format!(
        r#"{{"m":"critical_error","p":["{session}","invalid timezone","method: switch_timezone."]}}"#
    ));
    assert!(matches!(failed(&updates), RequestError::Refused { .. }));
}

/// A first history of ten bars, answered with three of them.
fn short_history() -> (Rig, String) {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request().count(10));
    let session = session_of(&rig.sent());
    rig.receive(&rows("timescale_update", &session, "s1", &minutes(8..=10)));
    (rig, session)
}

fn minutes(numbers: impl IntoIterator<Item = i64>) -> Vec<Bar> {
    let bars = numbers.into_iter().map(|number| bar(number * 60, 1.0));
    bars.collect()
}

fn loaded(updates: Vec<Update>) -> History {
    match <[Update; 1]>::try_from(updates) {
        Ok([Update::Series(SeriesUpdate::Loaded(loaded))]) => *loaded,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_short_first_answer_without_an_end_is_followed_up() {
    let (mut rig, session) = short_history();
    assert_eq!(rig.receive(&completed(&session, "s1", "{}")), []);
    assert!(page_of(&rig.sent()[0]).is_some_and(|page| page >= 7));
    rig.receive(&rows("timescale_update", &session, "s1", &minutes(1..=7)));
    let whole = loaded(rig.receive(&completed(&session, "s1", "{}")));
    assert_eq!(whole.bars, minutes(1..=10));
    assert_eq!(whole.completeness, Completeness::Complete);
}

#[test]
fn a_history_says_why_it_is_short() {
    for (details, expected) in [
        (END, Completeness::StartOfData),
        (r#"{"data_completed":"limit"}"#, Completeness::LimitOfPlan),
        (
            r#"{"data_completed":"maintenance"}"#,
            Completeness::Other("maintenance".into()),
        ),
    ] {
        let (mut rig, session) = short_history();
        let short = loaded(rig.receive(&completed(&session, "s1", details)));
        assert_eq!((short.bars.len(), short.completeness), (3, expected));
        assert!(rig.sent().is_empty());
    }
}

#[test]
fn a_server_that_answers_nothing_new_twice_is_waited_for_shortly() {
    let (mut rig, session) = short_history();
    for _ in 0..2 {
        assert_eq!(rig.receive(&completed(&session, "s1", "{}")), []);
        assert_eq!(rig.sent().len(), 1);
    }
    assert_eq!(rig.receive(&completed(&session, "s1", "{}")), []);
    assert!(rig.sent().is_empty(), "it was asked twice");
    rig.pass(Duration::from_millis(1_900));
    assert_eq!(rig.updates(), []);
    rig.pass(Duration::from_millis(100));
    let short = loaded(rig.updates());
    assert_eq!(short.completeness, Completeness::NothingEarlier);
}

#[test]
fn a_page_that_is_never_answered_is_reported_as_such() {
    let (mut rig, session) = short_history();
    rig.receive(&completed(&session, "s1", "{}"));
    rig.pass(Duration::from_secs(9));
    let short = loaded(rig.updates());
    assert_eq!(short.completeness, Completeness::PageUnanswered);
}

#[test]
fn a_first_answer_without_bars_is_asked_for_once_more() {
    let mut rig = Rig::new();
    rig.add_series(SERIES, request());
    let first = session_of(&rig.sent());
    assert_eq!(rig.receive(&completed(&first, "s1", "{}")), []);
    rig.pass(Duration::ZERO);
    let second = session_of(&rig.sent()[1..]);
    let empty = loaded(rig.receive(&completed(&second, "s2", "{}")));
    assert_eq!(empty.bars, []);
    assert_eq!(empty.completeness, Completeness::NothingEarlier);
    // A listing that is still without bars after an outage comes back.
    rig.close();
    rig.open();
    rig.updates();
    for turnaround in ["s3", "s4"] {
        let sent = rig.sent();
        let create = sent.iter().find(|it| it.contains("chart_create")).unwrap();
        let session = params(create)[0].as_str().unwrap().to_owned();
        rig.receive_into_updates(&completed(&session, turnaround, "{}"));
        rig.pass(Duration::ZERO);
    }
    let resumed = SeriesUpdate::Resumed { backfilled: 0 };
    assert_eq!(rig.updates(), [Update::Series(resumed)]);
}

#[test]
fn earlier_bars_say_why_they_are_too_few() {
    for (details, expected) in [
        (END, Completeness::StartOfData),
        (r#"{"data_completed":"limit"}"#, Completeness::LimitOfPlan),
        ("{}", Completeness::NothingEarlier),
    ] {
        let (mut rig, session) = Rig::live();
        let mut older = rig.fetch_more(3);
        for _ in 0..3 {
            rig.receive(&completed(&session, "s1", details));
        }
        rig.pass(Duration::from_secs(3));
        let older = older.try_recv().expect("an answer").expect("bars");
        assert_eq!((older.bars.len(), older.completeness), (0, expected));
    }
}

#[test]
fn a_request_that_times_out_gives_the_servers_last_words() {
    let after = Duration::from_secs(8);
    for is_of_connection in [false, true] {
        let mut rig = Rig::new();
        rig.add_series(SERIES, request().timeout(after));
        let session = session_of(&rig.sent());
        if is_of_connection {
            rig.registry
                .note_end("maintenance", rig.now, &mut |_, _| {});
            rig.close();
            rig.open();
        } else {
            let void =
                format!(r#"{{"m":"critical_error","p":["{session}","internal","maintenance"]}}"#);
            assert_eq!(rig.receive(&void), []);
        }
        rig.sent();
        rig.pass(after);
        let updates = rig.updates();
        let error = failed(&updates);
        let RequestError::TimedOut { last_words, .. } = error else {
            panic!("{error:?}")
        };
        assert!(
            last_words
                .as_deref()
                .is_some_and(|it| it.ends_with("maintenance"))
        );
        let text = error.to_string();
        assert!(
            text.starts_with("no answer within 8 s; the server last said: "),
            "{text}"
        );
    }
}

#[test]
fn f44_live_messages_that_cannot_be_read_renew_with_growing_pauses() {
    let (mut rig, mut session) = Rig::live();
    let start = rig.now;
    let mut begun = Vec::new();
    for turnaround in 2..8 {
        rig.receive(&format!(r#"{{"m":"du","p":["{session}",5]}}"#));
        session = loop {
            let sent = rig.sent();
            if sent.iter().any(|it| it.contains("create_series")) {
                begun.push(rig.now - start);
                break session_of(&sent[sent.len() - 3..]);
            }
            rig.pass(Duration::from_millis(50));
        };
        let turnaround = format!("s{turnaround}");
        let bars = [bar(60, 2.0), bar(120, 3.0)];
        rig.receive(&rows("timescale_update", &session, &turnaround, &bars));
        rig.receive(&completed(&session, &turnaround, "{}"));
    }
    assert_eq!(begun[0], Duration::ZERO);
    assert!(begun[5] > Duration::from_secs(6), "{begun:?}");
    let minute = Duration::from_secs(60);
    assert!(
        begun.iter().all(|at| *at < minute),
        "none waits for a minute: {begun:?}"
    );
}
