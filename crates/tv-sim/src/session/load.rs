//! Loading a series: `create_series` and `modify_series`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::chart::{ChartSession, Feed, Series, text};
use super::lookup::play;
use super::replies::{series_completed, series_error, timed, untimed};
use super::series::{MarketSeries, Window};
use super::source::{Context, Refusal, Subject};
use crate::market::{Interval, IntervalError};
use crate::recording::SeriesIds;

/// How many series a chart session may have.
const MAX_SERIES: usize = 64;

impl ChartSession {
    /// `create_series`.
    pub(crate) fn create_series(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let wrong = Refusal("invalid parameters");
        let series = text(params, 1).filter(|id| !id.is_empty()).ok_or(wrong)?;
        let (turnaround, symbol, resolution) = three(params).ok_or(wrong)?;
        let window = Window::parse(params.get(5), params.get(6)).ok_or(wrong)?;
        if self.series.contains_key(series) {
            return Err(Refusal("duplicate id"));
        }
        if self.series.len() >= MAX_SERIES {
            return Err(Refusal("exceed limit of series in the session"));
        }
        let ids = SeriesIds {
            session,
            series,
            turnaround,
        };
        let range = text(params, 6).filter(|range| !range.is_empty());
        let created = self.start(ids, symbol, resolution, window, range, cx)?;
        self.series.insert(series.to_owned(), created);
        Ok(())
    }

    /// `modify_series`: other bars under the same id, or only another view of the same bars.
    pub(crate) fn modify_series(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let wrong = Refusal("invalid parameters");
        let series = text(params, 1).ok_or(wrong)?;
        let (turnaround, symbol, resolution) = three(params).ok_or(wrong)?;
        let known = self.series.get_mut(series).ok_or(wrong)?;
        let ids = SeriesIds {
            session,
            series,
            turnaround,
        };
        let range = text(params, 5).filter(|range| !range.is_empty());
        let window = Window::parse(Some(&json!(0)), params.get(5)).ok_or(wrong)?;
        let same =
            known.symbol == symbol && known.resolution == resolution && window == Window::Latest(0);
        if let (true, Some(range), Feed::Market(feed)) = (same, range, &known.feed) {
            known.turnaround = turnaround.to_owned();
            cx.out.push(timed(
                "series_loading",
                json!([session, series, turnaround]),
                cx.now,
            ));
            timeframe(ids, feed.span(), range, false, cx);
            timeframe(ids, feed.span(), range, true, cx);
            cx.out.push(series_completed(
                (session, series, turnaround),
                None,
                cx.now,
            ));
            return Ok(());
        }
        let window = if window == Window::Latest(0) {
            known.window
        } else {
            window
        };
        let changed = self.start(ids, symbol, resolution, window, range, cx)?;
        self.series.insert(series.to_owned(), changed);
        Ok(())
    }

    /// Loads a series and tells all of it. A series that exists is emptied first.
    fn start(
        &mut self,
        ids: SeriesIds<'_>,
        symbol: &str,
        resolution: &str,
        window: Window,
        range: Option<&str>,
        cx: &mut Context<'_>,
    ) -> Result<Series, Refusal> {
        let interval = match Interval::parse(resolution) {
            Err(IntervalError::Invalid) => return Err(Refusal("invalid parameters")),
            other => other,
        };
        let lookup = self
            .symbols
            .get_mut(symbol)
            .ok_or(Refusal("invalid parameters"))?;
        let named = (ids.session, ids.series, ids.turnaround);
        cx.out.push(timed(
            "series_loading",
            json!([ids.session, ids.series, ids.turnaround]),
            cx.now,
        ));
        if self.series.contains_key(ids.series) {
            let empty = json!({ ids.series: { "s": [], "ns": { "d": "", "indexes": [] }, "t": ids.turnaround } });
            let scale =
                json!({ "index": 0, "zoffset": 0, "changes": [], "marks": [], "index_diff": [] });
            cx.out.push(timed(
                "timescale_update",
                json!([ids.session, empty, scale]),
                cx.now,
            ));
        }
        if lookup.due.is_some() {
            lookup.answer(ids.session, symbol, cx);
        }
        let feed = match (&lookup.subject, interval) {
            (None, _) => {
                cx.out
                    .push(series_error(named, "resolve error", true, cx.now));
                Feed::Failed
            }
            (Some(Subject::Tapes(tapes)), _) => play(ids, lookup, tapes, (resolution, window), cx)
                .map_or(Feed::Failed, |player| Feed::Tape(Box::new(player))),
            (Some(Subject::Market(_)), Err(error)) => {
                let reason = if error == IntervalError::Ticks {
                    "ticks_not_entitled"
                } else {
                    "custom_resolution"
                };
                cx.out.push(series_error(named, reason, false, cx.now));
                Feed::Failed
            }
            (Some(Subject::Market(symbol)), Ok(interval)) => {
                let (feed, end) = MarketSeries::new(Arc::clone(symbol), interval, window, cx.now);
                // A listing without bars gets no timescale_update at all.
                if !feed.is_empty() {
                    range
                        .into_iter()
                        .for_each(|range| timeframe(ids, feed.span(), range, false, cx));
                    cx.out.push(feed.load(ids, cx.now));
                    range
                        .into_iter()
                        .for_each(|range| timeframe(ids, feed.span(), range, true, cx));
                }
                let end = if feed.is_empty() { Some("end") } else { end };
                cx.out.push(series_completed(named, end, cx.now));
                Feed::Market(Box::new(feed))
            }
        };
        Ok(Series {
            symbol: symbol.to_owned(),
            turnaround: ids.turnaround.to_owned(),
            resolution: resolution.to_owned(),
            window,
            feed,
        })
    }
}

/// Turnaround, symbol id and resolution, which follow the series id.
fn three(params: &[Value]) -> Option<(&str, &str, &str)> {
    Some((text(params, 2)?, text(params, 3)?, text(params, 4)?))
}

/// `series_timeframe`: which part of the bars the asked range covers.
fn timeframe(
    ids: SeriesIds<'_>,
    span: (i64, i64),
    range: &str,
    settled: bool,
    cx: &mut Context<'_>,
) {
    let params = json!([
        ids.session,
        ids.series,
        ids.turnaround,
        span.0,
        span.1,
        range,
        settled
    ]);
    cx.out.push(untimed("series_timeframe", params));
}
