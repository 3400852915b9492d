//! A chart session: resolved symbols and series.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::lookup::{Lookup, play};
use super::replies::{series_completed, series_error, timed, untimed};
use super::series::{MarketSeries, Window};
use super::source::{Context, Refusal, Source, Subject};
use crate::market::{Interval, IntervalError, Symbol, Tick};
use crate::recording::{SeriesIds, SeriesPlayer};

/// How many symbols a chart session may resolve, and how many series it may have.
const MAX_SYMBOLS: usize = 1000;
const MAX_SERIES: usize = 64;

/// One chart session.
#[derive(Debug, Default)]
pub(crate) struct ChartSession {
    symbols: BTreeMap<String, Lookup>,
    series: BTreeMap<String, Series>,
}

#[derive(Debug)]
struct Series {
    symbol: String,
    turnaround: String,
    resolution: String,
    window: Window,
    feed: Feed,
}

#[derive(Debug)]
enum Feed {
    Market(Box<MarketSeries>),
    Tape(Box<SeriesPlayer>),
    /// It could not be loaded.
    Failed,
}

impl ChartSession {
    /// `resolve_symbol`; answered a little later, or with the series that asks for it.
    pub(crate) fn resolve_symbol(
        &mut self,
        params: &[Value],
        cx: &Context<'_>,
    ) -> Result<(), Refusal> {
        let (Some(id), Some(asked)) = (text(params, 1), text(params, 2)) else {
            return Err(Refusal("invalid parameters"));
        };
        if self.symbols.contains_key(id) {
            return Err(Refusal("duplicate id"));
        }
        if self.symbols.len() >= MAX_SYMBOLS {
            return Err(Refusal("exceed limit of symbols in the session"));
        }
        self.symbols.insert(id.to_owned(), Lookup::new(asked, cx));
        Ok(())
    }

    /// The next time at which `answer_lookups` has something to say.
    pub(crate) fn next_lookup(&self) -> Option<i64> {
        self.symbols.values().filter_map(|lookup| lookup.due).min()
    }

    /// Answers what is due.
    pub(crate) fn answer_lookups(&mut self, session: &str, cx: &mut Context<'_>) {
        for (id, lookup) in &mut self.symbols {
            if lookup.due.is_some_and(|due| due <= cx.now) {
                lookup.answer(session, id, cx);
            }
        }
    }

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

    /// `remove_series`.
    pub(crate) fn remove_series(&mut self, params: &[Value]) -> Result<(), Refusal> {
        let removed = text(params, 1).and_then(|series| self.series.remove(series));
        removed.map(|_| ()).ok_or(Refusal("invalid parameters"))
    }

    /// `request_more_data`: bars before those that were sent.
    pub(crate) fn more_data(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let (id, count) = (text(params, 1), params.get(2).and_then(Value::as_i64));
        let (Some(id), Some(count)) = (id, count) else {
            return Err(Refusal("invalid parameters"));
        };
        let series = self
            .series
            .get_mut(id)
            .ok_or(Refusal("invalid parameters"))?;
        let ids = SeriesIds {
            session,
            series: id,
            turnaround: &series.turnaround,
        };
        let named = (session, id, series.turnaround.as_str());
        match &mut series.feed {
            Feed::Market(feed) => {
                let (bars, end) = feed.more(ids, count, cx.now);
                bars.into_iter().for_each(|bars| cx.out.push(bars));
                cx.out.push(series_completed(named, end, cx.now));
            }
            Feed::Tape(player) => {
                let answers = cx
                    .source
                    .recording()
                    .map(|r| player.more(r, ids))
                    .unwrap_or_default();
                if answers.is_empty() {
                    cx.out.push(series_completed(named, Some("end"), cx.now));
                }
                answers.into_iter().for_each(|answer| cx.out.push(answer));
            }
            Feed::Failed => cx.out.push(series_completed(named, Some("end"), cx.now)),
        }
        Ok(())
    }

    /// `request_more_tickmarks`: the times of bars to come.
    pub(crate) fn more_tickmarks(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let (id, count) = (text(params, 1), params.get(2).and_then(Value::as_i64));
        let (Some(id), Some(count)) = (id, count) else {
            return Err(Refusal("invalid parameters"));
        };
        let series = self
            .series
            .get_mut(id)
            .ok_or(Refusal("invalid parameters"))?;
        let ids = SeriesIds {
            session,
            series: id,
            turnaround: &series.turnaround,
        };
        match (&mut series.feed, cx.source.recording()) {
            (Feed::Market(feed), _) => cx.out.push(feed.tickmarks(session, count, cx.now)),
            (Feed::Tape(player), Some(recording)) => {
                player
                    .tickmarks(recording, ids)
                    .into_iter()
                    .for_each(|marks| cx.out.push(marks));
            }
            _ => {}
        }
        Ok(())
    }

    /// `create_study`: there are no studies here, so that one is refused beside its series.
    pub(crate) fn create_study(
        &self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let (Some(study), Some(turnaround), Some(parent)) =
            (text(params, 1), text(params, 2), text(params, 3))
        else {
            return Err(Refusal("invalid parameters"));
        };
        let parent = self
            .series
            .get(parent)
            .ok_or(Refusal("unknown parent id"))?;
        let turnaround = format!("{}_{turnaround}", parent.turnaround);
        cx.out.push(timed(
            "study_loading",
            json!([session, study, turnaround]),
            cx.now,
        ));
        let refused = json!([
            session,
            study,
            turnaround,
            "check study unexpected error",
            crate::hello::NODE
        ]);
        cx.out.push(timed("study_error", refused, cx.now));
        Ok(())
    }

    /// Tells what a tick changed.
    pub(crate) fn tick(&mut self, session: &str, tick: &Tick, cx: &mut Context<'_>) {
        for (id, series) in &mut self.series {
            if let Feed::Market(feed) = &mut series.feed {
                if feed.symbol().name() == tick.symbol.name() {
                    let ids = SeriesIds {
                        session,
                        series: id,
                        turnaround: &series.turnaround,
                    };
                    feed.live(ids, tick)
                        .into_iter()
                        .for_each(|update| cx.out.push(update));
                }
            }
        }
    }

    /// Plays the next recorded change of each series.
    pub(crate) fn play(&mut self, session: &str, cx: &mut Context<'_>) {
        let Some(recording) = cx.source.recording() else {
            return;
        };
        for (id, series) in &mut self.series {
            if let Feed::Tape(player) = &mut series.feed {
                let ids = SeriesIds {
                    session,
                    series: id,
                    turnaround: &series.turnaround,
                };
                player
                    .live(recording, ids)
                    .into_iter()
                    .for_each(|update| cx.out.push(update));
            }
        }
    }

    /// Whether recorded changes are left to play.
    pub(crate) fn has_play(&self, source: &Source) -> bool {
        let Some(recording) = source.recording() else {
            return false;
        };
        self.series
            .values()
            .any(|series| matches!(&series.feed, Feed::Tape(player) if player.is_live(recording)))
    }

    /// The market symbols whose changes it tells.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = &Arc<Symbol>> {
        self.series
            .values()
            .filter_map(|series| match &series.feed {
                Feed::Market(feed) if feed.is_live() => Some(feed.symbol()),
                _ => None,
            })
    }
}

/// A parameter that is a string.
fn text(params: &[Value], at: usize) -> Option<&str> {
    params.get(at).and_then(Value::as_str)
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
