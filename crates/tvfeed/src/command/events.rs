//! `tvfeed events`: earnings, dividends and splits, as the chart shows them.

use client::{
    RequestError,
    study::{SymbolEvent, SymbolEventKind},
};
use serde_json::json;

use super::live::Live;
use crate::{
    args::{ConnectionArgs, EventKind, EventsArgs},
    exit::Failure,
    output::{Field, Shape, Value},
    stop::Stop,
};

/// All kinds, in the order of the table's ties.
const KINDS: [EventKind; 3] = [EventKind::Earnings, EventKind::Dividends, EventKind::Splits];

/// Writes events, oldest first.
pub(crate) async fn events(
    args: &EventsArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Live::run(&args.rows, connection, stop, async |live| {
        work(args, live).await
    })
    .await
}

async fn work(args: &EventsArgs, live: &mut Live) -> Result<(), Failure> {
    let chart = &args.chart;
    let series = live.series(chart).await?;
    let begin = series.history().first().map(|bar| bar.time);
    let mut all: Vec<(EventKind, SymbolEvent)> = Vec::new();
    for kind in KINDS {
        if !args.kinds.is_empty() && !args.kinds.contains(&kind) {
            continue;
        }
        let events = tokio::time::timeout(chart.timeout, series.symbol_events(of(kind)));
        match live.wait(&word(kind), chart.timeout, events).await? {
            Ok(Ok(events)) => {
                let wanted = events.into_iter().filter(|event| event.bar_time() >= begin);
                all.extend(wanted.map(|event| (kind, event)));
            }
            Ok(Err(RequestError::Refused { reason, .. })) => {
                live.miss(format_args!("{}: {reason}", word(kind)));
            }
            Ok(Err(error)) => live.miss(format_args!("{}: {error}", word(kind))),
            Err(_) => live.miss(format_args!("{}: no answer", word(kind))),
        }
    }
    all.sort_by_key(|(_, event)| event.time());
    if all.is_empty() {
        live.miss(format_args!(
            "{}: no events on {} bars; -n asks for more",
            chart.symbol, chart.count
        ));
    }
    let mut records = live.records(vec![
        Field::new("time", "TIME UTC", Shape::Time),
        Field::new("kind", "KIND", Shape::Word),
        Field::new("text", "EVENT", Shape::Prose),
        Field::hidden("values"),
    ]);
    let rows = all.iter().map(|(kind, event)| row(*kind, event));
    let rows: Vec<Vec<Value>> = rows.collect();
    match live.write(&mut records, &rows).await? {
        true => Ok(()),
        false => Err(Failure::Interrupted),
    }
}

fn of(kind: EventKind) -> SymbolEventKind {
    match kind {
        EventKind::Earnings => SymbolEventKind::Earnings,
        EventKind::Dividends => SymbolEventKind::Dividends,
        EventKind::Splits => SymbolEventKind::Splits,
    }
}

fn word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Earnings => "earnings",
        EventKind::Dividends => "dividends",
        EventKind::Splits => "splits",
    }
}

fn row(kind: EventKind, event: &SymbolEvent) -> Vec<Value> {
    let (text, values) = match event {
        SymbolEvent::Earnings(it) => (
            pair("EPS", it.eps.or(it.eps_reported), it.eps_estimate),
            json!(it),
        ),
        SymbolEvent::Dividend(it) => (format!("{} a share", shown(it.amount)), json!(it)),
        SymbolEvent::Split(it) => (
            format!("{} : {}", shown(it.numerator), shown(it.denominator)),
            json!(it),
        ),
        other => (String::new(), json!(other)),
    };
    vec![
        event.time().map(|time| time.seconds()).into(),
        word(kind).into(),
        text.into(),
        Value::Json(values.to_string()),
    ]
}

fn pair(what: &str, actual: Option<f64>, estimate: Option<f64>) -> String {
    match (actual, estimate) {
        (Some(actual), Some(estimate)) => format!("{what} {actual}, {estimate} expected"),
        (Some(actual), None) => format!("{what} {actual}"),
        (None, Some(estimate)) => format!("{what}: {estimate} expected"),
        (None, None) => format!("{what} not known"),
    }
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use client::Timestamp;

    use super::*;

    fn text(kind: EventKind, values: &[Option<f64>]) -> (Value, Value, String) {
        let events = of(kind).read(Timestamp::from_seconds(60), values);
        let [time, _, text, Value::Json(values)] = &row(kind, &events[0])[..] else {
            panic!("{events:?}");
        };
        (time.clone(), text.clone(), values.clone())
    }

    #[test]
    fn events_have_their_own_times_and_keep_all_values() {
        let values = [
            Some(0.25),
            Some(1_770_000_000_000.0),
            None,
            Some(1_771_000_000_000.0),
        ];
        let (time, words, values) = text(EventKind::Dividends, &values);
        assert_eq!(time, 1_770_000_000.into());
        assert_eq!(words, "0.25 a share".into());
        let values: serde_json::Value = serde_json::from_str(&values).unwrap();
        assert_eq!(values["pay_date"], 1_771_000_000);
        assert_eq!(values["adjusted"], serde_json::Value::Null);
        let (time, words, _) = text(EventKind::Splits, &[Some(4.0), Some(1.0), None]);
        assert_eq!((time, words), (60.into(), "4 : 1".into()));
        let mut values = vec![None; 8];
        // Announced: no results yet.
        (values[1], values[3]) = (Some(1.5), Some(1_772_000_000_000.0));
        let (time, words, _) = text(EventKind::Earnings, &values);
        assert_eq!(words, "EPS: 1.5 expected".into());
        assert_eq!(time, 1_772_000_000.into());
        // What is compared with the estimate comes before what the rules of accounting make of it.
        (values[0], values[4]) = (Some(1.4), Some(1.6));
        let (_, words, _) = text(EventKind::Earnings, &values);
        assert_eq!(words, "EPS 1.6, 1.5 expected".into());
    }
}
