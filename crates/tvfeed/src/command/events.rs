//! `tvfeed events`: earnings, dividends and splits, as the chart shows them.

use client::{
    RequestError, StudyEvent, StudyPoint,
    study::{
        Plots, StudySpec,
        builtin::{Dividends, Earnings, Splits},
    },
};
use serde_json::{Map, json};

use super::live::Live;
use crate::{
    args::{ConnectionArgs, EventKind, EventsArgs},
    exit::Failure,
    output::{Field, Shape, Value},
    stop::Stop,
};

/// All kinds, in the order of the table's ties.
const KINDS: [EventKind; 3] = [EventKind::Earnings, EventKind::Dividends, EventKind::Splits];

/// Milliseconds in a second.
const MILLIS: f64 = 1_000.0;

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
    let mut all: Vec<Event> = Vec::new();
    for kind in KINDS {
        if !args.kinds.is_empty() && !args.kinds.contains(&kind) {
            continue;
        }
        let spec = spec(kind)?;
        let plots = spec.plots.clone();
        let mut study = series.study(spec).await?;
        let points = async {
            loop {
                match study.next().await {
                    Some(StudyEvent::Snapshot(points)) => return Ok(points),
                    Some(StudyEvent::Error { reason }) => return Err(reason),
                    Some(StudyEvent::Ended(RequestError::Refused { reason, .. })) => {
                        return Err(reason);
                    }
                    Some(StudyEvent::Ended(error)) => return Err(error.to_string()),
                    Some(_) => {}
                    None => return Err("the study has ended".to_owned()),
                }
            }
        };
        let points = tokio::time::timeout(chart.timeout, points);
        match live.wait(&word(kind), chart.timeout, points).await? {
            Ok(Ok(points)) => {
                let wanted = points.into_iter().filter(|point| Some(point.time) >= begin);
                all.extend(wanted.filter_map(|point| Event::of(kind, &plots, &point)));
            }
            Ok(Err(reason)) => live.miss(format_args!("{}: {reason}", word(kind))),
            Err(_) => live.miss(format_args!("{}: no answer", word(kind))),
        }
    }
    all.sort_by_key(|event| event.time);
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
    let rows: Vec<Vec<Value>> = all.into_iter().map(Event::row).collect();
    match live.write(&mut records, &rows).await? {
        true => Ok(()),
        false => Err(Failure::Interrupted),
    }
}

fn spec(kind: EventKind) -> Result<StudySpec, Failure> {
    let spec = match kind {
        EventKind::Earnings => Earnings::new().spec(),
        EventKind::Dividends => Dividends::new().spec(),
        EventKind::Splits => Splits::new().spec(),
    };
    spec.map_err(|error| Failure::Internal(error.to_string()))
}

fn word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Earnings => "earnings",
        EventKind::Dividends => "dividends",
        EventKind::Splits => "splits",
    }
}

/// An event on a bar.
#[derive(Debug)]
struct Event {
    /// When it happens, in Unix seconds.
    time: i64,
    kind: EventKind,
    text: String,
    values: Map<String, serde_json::Value>,
}

impl Event {
    /// The event of a row; `None` if the row has no values: some servers send one for each bar.
    fn of(kind: EventKind, plots: &Plots, point: &StudyPoint) -> Option<Self> {
        let row = plots.row(&point.values);
        let value = |name: &str| row.get(name).ok().flatten();
        if point.values.iter().all(Option::is_none) {
            return None;
        }
        let named = plots.iter().zip(&point.values);
        let values = named.map(|(plot, value)| (plot.id.clone(), json!(value)));
        let (text, time) = match kind {
            EventKind::Earnings => (
                pair("EPS", value("eps_actual"), value("eps_estimate")),
                value("time"),
            ),
            EventKind::Dividends => (
                format!("{} a share", shown(value("amount"))),
                value("ex_date"),
            ),
            EventKind::Splits => (
                format!(
                    "{} : {}",
                    shown(value("numerator")),
                    shown(value("denominator"))
                ),
                value("date"),
            ),
        };
        Some(Self {
            time: time.map_or_else(|| point.time.seconds(), seconds),
            kind,
            text,
            values: values.collect(),
        })
    }

    fn row(self) -> Vec<Value> {
        vec![
            self.time.into(),
            word(self.kind).into(),
            self.text.into(),
            Value::Json(serde_json::Value::Object(self.values).to_string()),
        ]
    }
}

/// Seconds of a number of milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a number beyond the calendar is shown as the last one"
)]
fn seconds(millis: f64) -> i64 {
    (millis / MILLIS).floor() as i64
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

    fn event(kind: EventKind, values: &[Option<f64>]) -> Option<Event> {
        let point = StudyPoint::new(Timestamp::from_seconds(60), values.to_vec());
        Event::of(kind, &spec(kind).unwrap().plots, &point)
    }

    #[test]
    fn events_have_their_own_times_and_keep_all_values() {
        let values = [
            Some(0.25),
            Some(1_770_000_000_000.0),
            None,
            Some(1_771_000_000_000.0),
        ];
        let dividend = event(EventKind::Dividends, &values).unwrap();
        assert_eq!(dividend.time, 1_770_000_000);
        assert_eq!(dividend.text, "0.25 a share");
        assert_eq!(dividend.values["pay_date"], 1_771_000_000_000.0);
        assert_eq!(dividend.values["adjusted_amount"], serde_json::Value::Null);
        let split = event(EventKind::Splits, &[Some(4.0), Some(1.0), None]).unwrap();
        assert_eq!((split.time, split.text.as_str()), (60, "4 : 1"));
        let mut values = vec![None; 8];
        // Announced: no results yet.
        (values[1], values[3]) = (Some(1.5), Some(1_772_000_000_000.0));
        let earnings = event(EventKind::Earnings, &values).unwrap();
        assert_eq!(earnings.text, "EPS: 1.5 expected");
        assert_eq!(earnings.time, 1_772_000_000);
        values[0] = Some(1.6);
        let earnings = event(EventKind::Earnings, &values).unwrap();
        assert_eq!(earnings.text, "EPS 1.6, 1.5 expected");
    }

    #[test]
    fn a_row_without_values_is_not_an_event() {
        assert!(event(EventKind::Splits, &[None, None, None]).is_none());
        assert!(event(EventKind::Splits, &[]).is_none());
    }
}
