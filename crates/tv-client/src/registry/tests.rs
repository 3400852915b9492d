use std::time::Duration;

use protocol::{
    bar::Bar,
    interval::Interval,
    quote::{QuoteField, QuoteValue},
    symbol::Symbol,
};

use super::*;

const QUOTES: SubscriptionId = SubscriptionId(1);
const SERIES: SubscriptionId = SubscriptionId(2);

fn start() -> Instant {
    Instant::now()
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn bar(time: i64, close: f64) -> Bar {
    Bar {
        time,
        open: 1.0,
        high: 9.0,
        low: 0.5,
        close,
        volume: Some(7.0),
    }
}

/// A registry and what came out of it.
struct Rig {
    registry: Registry,
    now: Instant,
}

impl Rig {
    fn new() -> Self {
        Self {
            registry: Registry::default(),
            now: start(),
        }
    }

    fn with_quotes(names: &[&str]) -> (Self, Vec<String>) {
        let mut rig = Self::new();
        let request = QuoteRequest::new(names.iter().copied().map(symbol)).fields(["lp"]);
        let commands = rig
            .registry
            .add_quotes(QUOTES, SessionId::from_text("qs_1"), &request);
        (rig, commands.iter().map(ClientMessage::to_json).collect())
    }

    fn with_series() -> (Self, Vec<String>) {
        let mut rig = Self::new();
        let request = SeriesRequest::new(symbol("A:B"), Interval::MINUTE).count(5);
        let commands =
            rig.registry
                .add_series(SERIES, SessionId::from_text("cs_1"), &request, rig.now);
        (rig, commands.iter().map(ClientMessage::to_json).collect())
    }

    /// A series whose history is complete: bars at 60 and 120.
    fn live() -> Self {
        let (mut rig, _) = Self::with_series();
        rig.receive(&rows(
            "timescale_update",
            "s1",
            &[bar(60, 2.0), bar(120, 3.0)],
        ));
        rig.receive(r#"{"m":"series_completed","p":["cs_1","sds_1","streaming","s1",{}]}"#);
        rig
    }

    fn receive(&mut self, text: &str) -> Vec<Update> {
        let mut updates = Vec::new();
        let received = ServerMessage::decode(text);
        assert!(
            !matches!(received.message, ServerMessage::Malformed(_)),
            "{received:?}"
        );
        self.registry
            .route(&received.message, &mut |_, update| updates.push(update));
        updates
    }

    fn news(&mut self, text: &str) -> Vec<SeriesNews> {
        let news = |update| match update {
            Update::Series(news) => news,
            other => panic!("{other:?}"),
        };
        self.receive(text).into_iter().map(news).collect()
    }
}

/// A message with rows of the series.
fn rows(method: &str, turnaround: &str, bars: &[Bar]) -> String {
    let rows: Vec<_> = bars
        .iter()
        .map(|bar| {
            format!(
                "{{\"i\":0,\"v\":[{}.0,1.0,9.0,0.5,{:?},7.0]}}",
                bar.time, bar.close
            )
        })
        .collect();
    let rows = rows.join(",");
    format!(
        r#"{{"m":"{method}","p":["cs_1",{{"sds_1":{{"s":[{rows}],"t":"{turnaround}"}}}},{{}}]}}"#
    )
}

#[test]
fn a_quote_session_is_created_in_the_order_of_browsers() {
    let (_, commands) = Rig::with_quotes(&["A:B", "A:A"]);
    assert_eq!(
        commands,
        [
            r#"{"m":"quote_create_session","p":["qs_1"]}"#,
            r#"{"m":"quote_set_fields","p":["qs_1","lp"]}"#,
            r#"{"m":"quote_add_symbols","p":["qs_1","A:B","A:A"]}"#,
            r#"{"m":"quote_fast_symbols","p":["qs_1","A:B","A:A"]}"#,
        ]
    );
}

#[test]
fn many_symbols_go_in_several_commands() {
    let names: Vec<String> = (0..250).map(|number| format!("A:{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_, commands) = Rig::with_quotes(&names);
    assert_eq!(
        commands
            .iter()
            .filter(|command| command.contains("quote_add_symbols"))
            .count(),
        3
    );
}

#[test]
fn quotes_go_to_their_symbol_and_refusals_too() {
    let (mut rig, _) = Rig::with_quotes(&["A:B", "A:C"]);
    let news = |updates: Vec<Update>| match updates.into_iter().next() {
        Some(Update::Quote(news)) => news,
        other => panic!("{other:?}"),
    };
    let values = rig.receive(r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5}}]}"#);
    let expected = vec![(QuoteField::Last, QuoteValue::Number(1.5))];
    assert_eq!(news(values), QuoteNews::Values(symbol("A:B"), expected));
    let done = rig.receive(r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#);
    assert_eq!(news(done), QuoteNews::Completed(symbol("A:B")));
    let error = r#"{"n":"A:C","s":"error","errmsg":"no_such_symbol","v":{}}"#;
    let refused = rig.receive(&format!(r#"{{"m":"qsd","p":["qs_1",{error}]}}"#));
    assert_eq!(
        news(refused),
        QuoteNews::Refused(symbol("A:C"), "no_such_symbol".into())
    );
}

#[test]
fn what_belongs_to_nobody_is_counted() {
    let (mut rig, _) = Rig::with_quotes(&["A:B"]);
    rig.receive(r#"{"m":"quote_completed","p":["qs_gone","A:B"]}"#);
    rig.receive(r#"{"m":"quote_completed","p":["qs_1","A:Z"]}"#);
    assert_eq!(rig.registry.late(), 2);
    let delete = rig.registry.remove(QUOTES).map(|command| command.to_json());
    assert_eq!(
        delete.as_deref(),
        Some(r#"{"m":"quote_delete_session","p":["qs_1"]}"#)
    );
    assert!(
        rig.receive(r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#)
            .is_empty()
    );
    assert_eq!(rig.registry.late(), 3);
    assert!(rig.registry.sessions.is_empty() && rig.registry.by_subscription.is_empty());
}

#[test]
fn a_series_is_created_in_the_order_of_browsers() {
    let (_, commands) = Rig::with_series();
    assert_eq!(
        commands,
        [
            r#"{"m":"chart_create_session","p":["cs_1",""]}"#,
            r#"{"m":"resolve_symbol","p":["cs_1","sds_sym_1","={\"symbol\":\"A:B\",\"adjustment\":\"splits\"}"]}"#,
            r#"{"m":"create_series","p":["cs_1","sds_1","s1","sds_sym_1","1",5,""]}"#,
        ]
    );
}

#[test]
fn the_history_is_sorted_and_each_time_comes_once() {
    let (mut rig, _) = Rig::with_series();
    rig.receive(r#"{"m":"symbol_resolved","p":["cs_1","sds_sym_1",{"name":"B"}]}"#);
    assert!(
        rig.receive(&rows(
            "timescale_update",
            "s1",
            &[bar(120, 3.0), bar(180, 4.0)]
        ))
        .is_empty()
    );
    assert!(
        rig.receive(&rows(
            "timescale_update",
            "s1",
            &[bar(60, 2.0), bar(120, 3.5)]
        ))
        .is_empty()
    );
    let details = r#"{"rt_update_period":0,"data_completed":"end"}"#;
    let completed =
        format!(r#"{{"m":"series_completed","p":["cs_1","sds_1","streaming","s1",{details}]}}"#);
    let news = rig.news(&completed);
    let [SeriesNews::Loaded(loaded)] = &news[..] else {
        panic!("{news:?}")
    };
    assert_eq!(loaded.bars, [bar(60, 2.0), bar(120, 3.5), bar(180, 4.0)]);
    assert_eq!(loaded.info.name.as_deref(), Some("B"));
    assert_eq!(loaded.data_completed.as_deref(), Some("end"));
    assert_eq!(rig.registry.deadline(), None);
}

#[test]
fn a_bar_closes_when_a_later_one_begins() {
    let mut rig = Rig::live();
    assert_eq!(
        rig.news(&rows("du", "s1", &[bar(120, 5.0)])),
        [SeriesNews::Open(bar(120, 5.0))]
    );
    assert_eq!(
        rig.news(&rows("du", "s1", &[bar(120, 5.0)])),
        [],
        "nothing has changed"
    );
    assert_eq!(
        rig.news(&rows("du", "s1", &[bar(180, 6.0)])),
        [
            SeriesNews::Closed(bar(120, 5.0)),
            SeriesNews::Open(bar(180, 6.0))
        ]
    );
    assert_eq!(
        rig.news(&rows("du", "s1", &[bar(180, 7.0), bar(240, 8.0)])),
        [
            SeriesNews::Open(bar(180, 7.0)),
            SeriesNews::Closed(bar(180, 7.0)),
            SeriesNews::Open(bar(240, 8.0)),
        ]
    );
}

#[test]
fn a_change_of_a_closed_bar_is_a_revision() {
    let mut rig = Rig::live();
    assert_eq!(
        rig.news(&rows("du", "s1", &[bar(60, 2.5)])),
        [SeriesNews::Revised(bar(60, 2.5))]
    );
}

#[test]
fn data_of_another_request_is_late() {
    let mut rig = Rig::live();
    assert_eq!(rig.news(&rows("du", "s9", &[bar(180, 6.0)])), []);
    assert_eq!(rig.registry.late(), 1);
}

#[test]
fn a_refused_symbol_ends_the_series_with_the_servers_words() {
    let (mut rig, _) = Rig::with_series();
    let words = r#""permission denied","group","economics_paid""#;
    let updates = rig.receive(&format!(
        r#"{{"m":"symbol_error","p":["cs_1","sds_sym_1",{words}]}}"#
    ));
    let [Update::Failed(RequestError::Refused { symbol, reason })] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(
        (symbol.as_str(), reason.as_str()),
        ("A:B", "permission denied group economics_paid")
    );
    let echo = r#"{"m":"series_error","p":["cs_1","sds_1","s1","resolve error","n@n"]}"#;
    assert!(
        rig.receive(echo).is_empty(),
        "the series error that follows is of no use"
    );
}

#[test]
fn a_critical_error_concerns_its_own_session_only() {
    let (mut rig, _) = Rig::with_quotes(&["A:B"]);
    let request = SeriesRequest::new(symbol("A:B"), Interval::DAY);
    rig.registry
        .add_series(SERIES, SessionId::from_text("cs_1"), &request, rig.now);
    let updates = rig
        .receive(r#"{"m":"critical_error","p":["qs_1","invalid_parameters","quote_add_symbols"]}"#);
    let [Update::Failed(RequestError::Refused { reason, .. })] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(reason, "invalid_parameters: quote_add_symbols");
    let resolved = r#"{"m":"symbol_resolved","p":["cs_1","sds_sym_1",{}]}"#;
    rig.receive(resolved);
    assert_eq!(rig.registry.late(), 0, "the chart session lives on");
}

#[test]
fn an_answer_that_never_comes_is_given_up_once() {
    let (mut rig, _) = Rig::with_series();
    let deadline = rig.now + Duration::from_secs(30);
    assert_eq!(rig.registry.deadline(), Some(deadline));
    let mut updates = Vec::new();
    let mut time_out = |rig: &mut Rig, now| {
        let commands = rig
            .registry
            .handle_timeout(now, &mut |_, update| updates.push(update));
        commands
            .iter()
            .map(ClientMessage::to_json)
            .collect::<Vec<_>>()
    };
    assert!(time_out(&mut rig, deadline - Duration::from_millis(1)).is_empty());
    assert_eq!(
        time_out(&mut rig, deadline),
        [r#"{"m":"chart_delete_session","p":["cs_1"]}"#]
    );
    assert!(time_out(&mut rig, deadline).is_empty());
    let after = Duration::from_secs(30);
    assert!(
        matches!(&updates[..], [Update::Failed(RequestError::TimedOut { after: it })] if *it == after)
    );
}

#[test]
fn a_history_without_end_is_given_up() {
    let (mut rig, _) = Rig::with_series();
    let bars = |part: i64| -> Vec<Bar> {
        let first = part * 1_000;
        (first..first + 1_000).map(|time| bar(time, 1.0)).collect()
    };
    for part in 0..20 {
        let text = rows("timescale_update", "s1", &bars(part));
        assert!(rig.receive(&text).is_empty());
    }
    let failed = rig.receive(&rows("timescale_update", "s1", &bars(20)));
    assert!(
        matches!(
            failed.as_slice(),
            [Update::Failed(RequestError::TooMuch { .. })]
        ),
        "{}",
        failed.len()
    );
    let late = rows("timescale_update", "s1", &bars(21));
    assert!(rig.receive(&late).is_empty());
}

/// Hands a malformed message to the registry.
fn skip(rig: &mut Rig, text: &str) -> Vec<Update> {
    let received = ServerMessage::decode(text);
    let ServerMessage::Malformed(malformed) = &received.message else {
        panic!("{received:?}")
    };
    let mut updates = Vec::new();
    rig.registry
        .skip(malformed, &mut |_, update| updates.push(update));
    updates
}

#[test]
fn a_history_with_a_message_that_cannot_be_read_fails_instead_of_having_a_hole() {
    let (mut rig, _) = Rig::with_series();
    let broken = r#"{"m":"timescale_update","p":["cs_1",{"sds_1":{"s":[{"i":0,"v":["x"]}]}},{}]}"#;
    let updates = skip(&mut rig, broken);
    let [Update::Failed(RequestError::Malformed { symbol, .. })] = &updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!(symbol, "A:B");
    assert!(rig.registry.sessions.is_empty());
}

#[test]
fn streams_are_told_of_messages_that_cannot_be_read_and_go_on() {
    let mut rig = Rig::live();
    let updates = skip(&mut rig, r#"{"m":"du","p":["cs_1",5]}"#);
    assert!(
        matches!(&updates[..], [Update::Series(SeriesNews::Skipped(_))]),
        "{updates:?}"
    );
    assert_eq!(
        rig.news(&rows("du", "s1", &[bar(120, 5.0)])),
        [SeriesNews::Open(bar(120, 5.0))]
    );
    let (mut rig, _) = Rig::with_quotes(&["A:B"]);
    let updates = skip(&mut rig, r#"{"m":"qsd","p":["qs_1",5]}"#);
    assert!(
        matches!(&updates[..], [Update::Quote(QuoteNews::Skipped(_))]),
        "{updates:?}"
    );
    assert!(skip(&mut rig, r#"{"m":"qsd","p":["qs_2",5]}"#).is_empty());
}
