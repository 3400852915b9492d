//! Loading a series: `create_series` and `modify_series`.

use std::sync::Arc;

use market::{Interval, IntervalError, Symbol};
use serde_json::{Value, json};

use crate::{
    recording::SeriesIds,
    session::{
        chart::{
            access::{self, NoSeries},
            lookup::play,
            session::{ChartSession, Feed, Refused, Series},
        },
        params::{WRONG, name, optional, text},
        replies::{completed_as, series_error, timed, untimed},
        series::{MarketSeries, Wanted, Window, empty_scale},
        source::{Context, Refusal, Subject},
    },
};

/// How long, in milliseconds, a series waits for the replay that it shall show.
const REPLAY_PATIENCE: i64 = 2_000;

impl ChartSession {
    /// `create_series`.
    pub(crate) fn create_series(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let series = name(params, 1)?;
        let (turnaround, symbol, resolution) = three(params)?;
        let window = Window::parse(params.get(5), params.get(6)).ok_or(WRONG)?;
        if self.series.contains_key(series) {
            return Err(Refusal("duplicate id"));
        }
        let counted = if cx.wire.counts_removed_series() {
            self.created
        } else {
            self.series.len()
        };
        if counted >= cx.limits.series {
            return Err(Refusal("exceed limit of series in the session"));
        }
        let ids = SeriesIds::new(session, series, turnaround);
        let range = optional(params, 6);
        let created = self.start(ids, symbol, resolution, window, range, cx)?;
        self.series.insert(series.to_owned(), created);
        self.created += 1;
        Ok(())
    }

    /// `modify_series`: other bars under the same id, or only another view of the same bars.
    pub(crate) fn modify_series(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let series = text(params, 1)?;
        let (turnaround, symbol, resolution) = three(params)?;
        let known = self.series.get_mut(series).ok_or(WRONG)?;
        let ids = SeriesIds::new(session, series, turnaround);
        let range = optional(params, 5);
        let window = Window::parse(Some(&json!(0)), params.get(5)).ok_or(WRONG)?;
        let view = matches!(
            window,
            Window::Latest(0) | Window::Frame(_, 0) | Window::Between(..)
        );
        let same = known.symbol == symbol && known.resolution == resolution && view;
        if let (true, Some(range), Feed::Market(feed)) = (same, range, &mut known.feed)
            && (feed.is_live() || !matches!(window, Window::Between(..)))
        {
            known.turnaround = turnaround.to_owned();
            cx.out.push(timed(
                "series_loading",
                json!([session, series, turnaround]),
                cx.now,
            ));
            // Bars and indices stay. Where the range begins earlier, older bars come as they do for
            // `request_more_data`; no record shows how the server sends them.
            let point = known.replay.as_ref().and_then(|id| cx.replays.get(id));
            let time = point.copied().unwrap_or(cx.now - known.lag);
            let mut end = None;
            if let Window::Between(from, _) = window {
                let missing = feed.missing_before(from);
                if missing > 0 {
                    self.studies.loading(ids, cx.now, cx.out);
                    end = self.studies.extend_series(ids, feed, (missing, time), cx);
                }
            }
            let seen = feed.seen(window, time);
            timeframe(ids, seen, range, false, cx);
            timeframe(ids, seen, range, true, cx);
            let named = (session, series, turnaround);
            cx.out
                .push(completed_as(&known.mode(), named, end, cx.stamp()));
            return Ok(());
        }
        let window = match (window, known.window) {
            (Window::Latest(0), before) => before,
            (Window::Frame(frame, 0), Window::Latest(count) | Window::Frame(_, count)) => {
                Window::Frame(frame, count)
            }
            (window, _) => window,
        };
        let changed = self.start(ids, symbol, resolution, window, range, cx)?;
        self.series.insert(series.to_owned(), changed);
        if let Some(changed) = self.series.get(series) {
            self.studies.reload(session, series, changed, cx);
        }
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
        let interval = match access::interval(resolution, cx) {
            Err(IntervalError::Invalid) => return Err(WRONG),
            other => other,
        };
        let lookup = self.symbols.get_mut(symbol).ok_or(WRONG)?;
        cx.out.push(timed(
            "series_loading",
            json!([ids.session, ids.series, ids.turnaround]),
            cx.now,
        ));
        if self.series.contains_key(ids.series) {
            let empty = json!({ ids.series: { "s": [], "ns": { "d": "", "indexes": [] }, "t": ids.turnaround } });
            cx.out.push(timed(
                "timescale_update",
                json!([ids.session, empty, empty_scale()]),
                cx.now,
            ));
            self.studies.loading(ids, cx.now, cx.out);
        }
        if lookup.due.is_some() {
            lookup.answer(ids.session, symbol, cx);
        }
        let mut series = Series {
            symbol: symbol.to_owned(),
            turnaround: ids.turnaround.to_owned(),
            resolution: resolution.to_owned(),
            window,
            range: range.map(str::to_owned),
            replay: lookup.replay(),
            lag: 0,
            settings: lookup.settings,
            zone: self.zone.clone(),
            feed: Feed::Failed(Refused::default()),
        };
        match &lookup.subject {
            None => series.refuse(ids, "resolve error", true, cx),
            Some(Subject::Recorded(recorded)) => {
                if let Some(player) = play(ids, lookup, recorded, (resolution, window), cx) {
                    series.feed = Feed::Recorded(Box::new(player));
                }
            }
            Some(Subject::Market(symbol)) => {
                match access::check(lookup, symbol, resolution, interval, cx) {
                    Err(NoSeries { reason, from_data }) => {
                        series.refuse(ids, &reason, from_data, cx);
                    }
                    Ok(interval) => {
                        if let Some(reason) = &lookup.senseless {
                            series.refuse(ids, reason, true, cx);
                            return Ok(series);
                        }
                        let made = lookup.settings.heikin_ashi || lookup.settings.shape.is_some();
                        cx.warnings
                            .extend(lookup.bar_type().filter(|_| !made).map(|kind| {
                                format!(
                                    "{}: bars of type {kind} are served as usual ones",
                                    symbol.name()
                                )
                            }));
                        series.lag = access::lag(symbol, cx);
                        series.load(ids, Arc::clone(symbol), interval, cx);
                    }
                }
            }
        }
        Ok(series)
    }
}

impl Series {
    /// Says that it cannot be loaded, and why. `from_data`: whether the data says so, and not the
    /// rules of the account.
    pub(crate) fn refuse(
        &mut self,
        ids: SeriesIds<'_>,
        reason: &str,
        from_data: bool,
        cx: &mut Context<'_>,
    ) {
        let named = (ids.session, ids.series, ids.turnaround);
        cx.out.push(series_error(named, reason, from_data, cx.now));
        let reason = reason.to_owned();
        self.feed = Feed::Failed(Refused { reason, from_data });
    }

    /// Loads the bars of the market and tells them; of a replay that is not there yet, later.
    pub(crate) fn load(
        &mut self,
        ids: SeriesIds<'_>,
        symbol: Arc<Symbol>,
        interval: Interval,
        cx: &mut Context<'_>,
    ) {
        let wanted = Wanted {
            symbol: Arc::clone(&symbol),
            settings: self.settings,
            depth: cx.limits.intraday,
            lag: self.lag,
        };
        let (mut feed, end) = match &self.replay {
            None => MarketSeries::new(wanted, interval, self.window, cx.now - self.lag),
            Some(replay) => match cx.replays.get(replay) {
                Some(point) => MarketSeries::replayed(wanted, interval, self.window, *point),
                None => {
                    self.feed = Feed::Waiting {
                        symbol,
                        interval,
                        due: cx.now + REPLAY_PATIENCE,
                    };
                    return;
                }
            },
        };
        feed.show_in(self.zone.clone());
        if feed.is_too_small(self.time(cx)) {
            let reason = "the bars are too small: there are more than 2000000 of them";
            return self.refuse(ids, reason, true, cx);
        }
        // A listing without bars gets no timescale_update while its exchange is open.
        let time = self.time(cx);
        if !feed.is_empty() || !symbol.exchange_is_open(time) {
            let range = self.range.as_deref().filter(|_| !feed.is_empty());
            let seen = feed.seen(self.window, time);
            range
                .into_iter()
                .for_each(|range| timeframe(ids, seen, range, false, cx));
            cx.out.push(feed.load(ids, time));
            range
                .into_iter()
                .for_each(|range| timeframe(ids, seen, range, true, cx));
        }
        let end = if feed.is_empty() { Some("end") } else { end };
        let named = (ids.session, ids.series, ids.turnaround);
        cx.out
            .push(completed_as(&self.mode(), named, end, cx.stamp()));
        self.feed = Feed::Market(Box::new(feed));
    }
}

/// Turnaround, symbol id and resolution, which follow the series id.
fn three(params: &[Value]) -> Result<(&str, &str, &str), Refusal> {
    Ok((text(params, 2)?, text(params, 3)?, text(params, 4)?))
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
