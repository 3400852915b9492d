//! A history session: what a strategy would have done over a stretch of the past, deeper than a
//! chart reaches.

use market::{
    Interval,
    study::{Data, Inputs, Kind, Plan, ReportForm, Run},
};
use serde_json::{Value, json};

use crate::session::{
    params::{WRONG, text},
    replies::untimed,
    series::{MarketSeries, Window},
    source::{Context, Refusal, Subject},
    study::rows,
};

/// One history session.
#[derive(Debug)]
pub(crate) struct HistorySession {
    /// How reports travel.
    form: ReportForm,
    /// How many were sent.
    reports: usize,
}

/// The parameters of `request_history_data`: session, number, symbol, resolution, number, range,
/// study, its inputs, and a list.
struct Asked<'a> {
    id: &'a Value,
    symbol: &'a str,
    resolution: &'a str,
    /// In milliseconds UTC.
    range: (i64, i64),
    study: &'a str,
    inputs: Inputs,
}

impl<'a> Asked<'a> {
    fn read(params: &'a [Value]) -> Option<Self> {
        let range = params.get(5)?.get("from_to")?;
        let side = |name: &str| {
            let seconds = range.get(name).and_then(Value::as_i64);
            seconds
                .filter(|time| (0..100_000_000_000).contains(time))
                .map(|time| time * 1000)
        };
        Some(Self {
            id: params
                .get(1)
                .filter(|id| id.is_number() || id.is_string())?,
            symbol: text(params, 2).ok()?,
            resolution: text(params, 3).ok()?,
            range: (side("from")?, side("to")?),
            study: text(params, 6).ok()?,
            inputs: params.get(7).and_then(Inputs::parse)?,
        })
    }
}

impl HistorySession {
    /// A new session, whose reports travel in a form.
    pub(super) fn new(form: ReportForm) -> Self {
        Self { form, reports: 0 }
    }

    /// `request_history_data`: answered with a report, or with the reason why there is none.
    pub(super) fn request(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let asked = Asked::read(params).ok_or(WRONG)?;
        cx.out.push(match self.report(&asked, cx) {
            Ok(data) => untimed("request_data", json!([session, asked.id, data])),
            Err(reason) => untimed("request_error", json!([session, asked.id, reason])),
        });
        Ok(())
    }

    fn report(&mut self, asked: &Asked<'_>, cx: &Context<'_>) -> Result<Value, Value> {
        let reason = |text: &str| Value::from(text);
        if !cx.limits.deep_history {
            return Err(reason("not_allowed"));
        }
        let (Some(Subject::Market(symbol)), Ok(interval)) = (
            cx.source.resolve(asked.symbol),
            Interval::parse(asked.resolution),
        ) else {
            return Err(reason("resolve error"));
        };
        let (kind, form) = Kind::find(asked.study, &asked.inputs, cx.wire.any_script)
            .ok_or_else(|| reason("invalid study"))?
            .map_err(|fault| fault.reason())?;
        let plan = Plan::new(kind, form, &asked.inputs, false).map_err(|fault| fault.reason())?;
        let window = Window::Between(asked.range.0, asked.range.1);
        let (feed, _) = MarketSeries::new(symbol, interval, window, cx.now);
        let (first, newest) = feed.span();
        let begin = (first - plan.lookback()).max(feed.reach());
        let bars = feed.bars(begin, newest, cx.now);
        let mut run = Run::new([&plan].into_iter(), first);
        let (open, closed) = match bars.split_last() {
            Some((open, closed)) => (Some(open), closed),
            None => (None, bars.as_slice()),
        };
        for bar in closed {
            run.close(bar);
        }
        let notes = run.notes(open, feed.symbol().currency());
        if !matches!(notes.data, Data::Report(_)) {
            return Err(reason("not a strategy"));
        }
        let (d, indexes) = rows::text(notes, self.form, &mut self.reports);
        Ok(json!({ "ns": { "d": d, "indexes": indexes.unwrap_or_default() } }))
    }
}
