//! Computing the studies of a chart session: all at once, further back, and tick by tick.

use market::study::{Bar, Notes, Plan, Row, Run};

use crate::{
    hello::NODE,
    recording::SeriesIds,
    session::{
        chart::session::{ChartSession, Feed, Series},
        outbox::Outbox,
        series::{MarketSeries, Older},
        source::Context,
        study::{
            bars::BarsAt,
            occasions,
            rows::{Object, du, extended, text},
            studies::{Failure, Studies, Study, Waiting, failed, tell, whole_turnaround},
        },
    },
};

/// How many rows before the first bar of the series are sent.
const WARM_UP: i64 = 100;
/// How many bars a study looks back at most to warm up.
const MAX_LOOKBACK: i64 = 20_000;

/// The bars that a series shows, if it shows any of the market; an error while it waits for its
/// replay.
fn bars<'a>(series: &'a Series, cx: &Context<'_>) -> Result<Option<BarsAt<'a>>, ()> {
    match &series.feed {
        Feed::Waiting { .. } => Err(()),
        Feed::Market(feed) => Ok(Some(BarsAt {
            feed,
            time: series.time(cx),
        })),
        Feed::Recorded(_) | Feed::Failed(_) => Ok(None),
    }
}

/// The index of the first bar that a study must see.
fn begin(chain: &[&Plan], feed: &MarketSeries) -> i64 {
    let all: i64 = chain.iter().map(|plan| plan.lookback()).sum();
    let from = (feed.span().0 - WARM_UP - all.min(MAX_LOOKBACK)).max(feed.reach());
    if chain.iter().any(|plan| plan.begins_with_the_day()) {
        feed.day_begins(from)
    } else {
        from
    }
}

/// The index of the first bar that gets a row.
fn first_reported(feed: &MarketSeries) -> i64 {
    (feed.span().0 - WARM_UP).max(feed.reach())
}

impl ChartSession {
    /// Computes the studies for which there was no room, as long as there is.
    pub(crate) fn load_waiting(&mut self, session: &str, cx: &mut Context<'_>) {
        while !cx.out.is_full() {
            let Some(Waiting { study, older }) = self.studies.waiting.pop_front() else {
                return;
            };
            let place = self.studies.position(&study);
            let known = place.and_then(|at| Some((at, self.studies.all.get(at)?.series.clone())));
            let Some((at, id)) = known else { continue };
            let Some(series) = self.series.get(&id) else {
                continue;
            };
            let Ok(bars) = bars(series, cx) else { continue };
            let ids = SeriesIds::new(session, &id, &series.turnaround);
            let loaded = &mut Loaded::default();
            let load = if older { Load::Again } else { Load::All };
            self.studies.load_one(at, ids, bars, loaded, load, cx);
        }
    }
}

/// The bars that studies of a series are computed from, once a client has asked for them.
#[derive(Default)]
struct Loaded(Option<Vec<Bar>>);

/// Which rows of a study are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    /// All rows, as those of a new study.
    All,
    /// All rows, because there was no room when older bars came.
    Again,
    /// Rows of older bars: the bar that was the first, and the first that had a row. Nothing if
    /// there are no older bars.
    Older(Option<(i64, i64)>),
}

/// A study that was just computed.
struct Computed {
    run: Run,
    rows: Vec<Row>,
    notes: Notes,
}

impl Studies {
    /// Tells that a series' studies are being computed again, newest first.
    pub(crate) fn loading(&self, ids: SeriesIds<'_>, now: i64, out: &mut Outbox) {
        let loads = |study: &&Study| study.series == ids.series && study.plan.is_some();
        for study in self.all.iter().rev().filter(loads) {
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            tell(
                "study_loading",
                (ids.session, &study.id, &turnaround),
                now,
                out,
            );
        }
    }

    /// Computes all studies of a series that has got other bars.
    pub(crate) fn reload(
        &mut self,
        session: &str,
        id: &str,
        series: &Series,
        cx: &mut Context<'_>,
    ) {
        let of_series = |(at, study): (usize, &Study)| (study.series == id).then_some(at);
        let which: Vec<usize> = self.all.iter().enumerate().filter_map(of_series).collect();
        self.load(&which, session, id, series, cx);
    }

    /// Computes studies of a series, and sends all of their data, or why there is none. While the
    /// series waits for its replay, so do they.
    pub(crate) fn load(
        &mut self,
        which: &[usize],
        session: &str,
        id: &str,
        series: &Series,
        cx: &mut Context<'_>,
    ) {
        let Ok(bars) = bars(series, cx) else { return };
        let ids = SeriesIds::new(session, id, &series.turnaround);
        let mut loaded = Loaded::default();
        for at in which.iter().copied() {
            // The error of one that failed by itself has been sent.
            if self.all.get(at).is_some_and(|study| study.plan.is_some()) {
                self.load_one(at, ids, bars, &mut loaded, Load::All, cx);
            }
        }
    }

    /// Computes one study, or lets it wait until there is room for what it says.
    fn load_one(
        &mut self,
        at: usize,
        ids: SeriesIds<'_>,
        bars: Option<BarsAt<'_>>,
        loaded: &mut Loaded,
        load: Load,
        cx: &mut Context<'_>,
    ) {
        if cx.out.is_full() {
            if let Some(study) = self.all.get_mut(at) {
                study.run = None;
                let study = study.id.clone();
                self.waiting.retain(|waiting| waiting.study != study);
                self.waiting.push_back(Waiting {
                    study,
                    older: load != Load::All,
                });
            }
            return;
        }
        if let Some(failure) = bars.and_then(|bars| self.unfit(at, bars)) {
            return self.fail(at, ids, &failure, cx);
        }
        let computed = bars.and_then(|bars| self.compute(at, bars, loaded));
        match (bars, computed) {
            (Some(bars), Some(computed)) => self.put(at, ids, bars, computed, load, cx),
            _ => self.fail(at, ids, &Failure::NoData, cx),
        }
    }

    /// Gives a series up to `count` older bars, as they are at a time in milliseconds UTC: first
    /// the rows of its studies for them, then the bars. Returns why there are no more, if there are
    /// none.
    pub(crate) fn extend_series(
        &mut self,
        ids: SeriesIds<'_>,
        feed: &mut MarketSeries,
        (count, time): (i64, i64),
        cx: &mut Context<'_>,
    ) -> Option<&'static str> {
        let computes = |study: &Study| study.series == ids.series && study.run.is_some();
        let before = first_reported(feed);
        let (older, end) = feed.more(count, time);
        let was = older.as_ref().map(Older::was_first);
        let bars = BarsAt { feed, time };
        let mut loaded = Loaded::default();
        for at in 0..self.all.len() {
            let study = self.all.get(at).filter(|study| study.series == ids.series);
            match study {
                Some(study) if study.run.is_some() => {
                    let rows = was.map(|was| (was, before));
                    self.load_one(at, ids, Some(bars), &mut loaded, Load::Older(rows), cx);
                }
                Some(study) if study.plan.is_some() => {
                    self.load_one(at, ids, Some(bars), &mut loaded, Load::All, cx);
                }
                _ => {}
            }
        }
        if let Some(older) = older {
            let points = if self.all.iter().any(computes) {
                older.was_first() - first_reported(feed)
            } else {
                0
            };
            cx.out.push(older.timescale_update(ids, points));
        }
        end
    }

    /// Takes over what was computed, and sends it.
    fn put(
        &mut self,
        at: usize,
        ids: SeriesIds<'_>,
        bars: BarsAt<'_>,
        mut computed: Computed,
        load: Load,
        cx: &mut Context<'_>,
    ) {
        let (d, indexes) = text(computed.notes, self.rules.reports, &mut self.reports);
        let Some(study) = self.all.get_mut(at) else {
            return;
        };
        let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
        let mut first = bars.feed.span().0;
        if let Load::Older(rows) = load {
            // Only rows that were not sent, numbered from the bar that is still the first for the
            // client.
            let before = rows.map_or(i64::MIN, |(_, before)| before);
            computed.rows.retain(|row| row.index < before);
            first = rows.map_or(first, |(was, _)| was);
        }
        let object = Object {
            rows: &computed.rows,
            first,
            d: &d,
            indexes: indexes.as_deref(),
            turnaround: &turnaround,
            mixed: computed.run.is_mixed(),
        };
        let json = object.json(true);
        if load == Load::All || computed.rows.is_empty() {
            cx.out.push(du(ids.session, &study.id, &json));
        } else {
            cx.out.push(extended(ids.session, &study.id, &json, cx.now));
        }
        let named = (ids.session, study.id.as_str(), turnaround.as_str());
        tell("study_completed", named, cx.now, cx.out);
        study.run = Some(computed.run);
    }

    /// Why a study cannot be computed from bars like these: a day is a session, so sessions begin
    /// inside of days only.
    fn unfit(&self, at: usize, bars: BarsAt<'_>) -> Option<Failure> {
        let study = self.all.get(at)?;
        let name = study.name.trim_end_matches('!');
        if !name.starts_with("Sessions@") || bars.feed.is_intraday() {
            return None;
        }
        Some(Failure::Resolution(format!(
            "{{create,[{{pid,#Pid<{NODE}@{NODE}.6213.570>}},{{study,[{{name,\"{name}\"}},{{src,[{{symbol,\"{}\"}},{{resolution,{{day,1}}}}]}},{{inputs,[]}}]}},{{dependencies,[]}}]}}",
            bars.feed.symbol().name(),
        )))
    }

    fn fail(&mut self, at: usize, ids: SeriesIds<'_>, why: &Failure, cx: &mut Context<'_>) {
        if let Some(study) = self.all.get_mut(at) {
            study.run = None;
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            let named = (ids.session, study.id.as_str(), turnaround.as_str());
            failed(named, why, cx.now, cx.out);
        }
    }

    fn compute(&self, at: usize, bars: BarsAt<'_>, loaded: &mut Loaded) -> Option<Computed> {
        let chain = self.chain(at)?;
        let (first, newest) = bars.feed.span();
        let (begin, reported) = (begin(&chain, bars.feed), first_reported(bars.feed));
        let bars_of_all = loaded.0.get_or_insert_with(|| self.load_bars(at, bars));
        let later = bars_of_all.partition_point(|bar| bar.index < begin);
        let occasion = chain.last().and_then(|plan| plan.occasion());
        let mut run = Run::new(chain.into_iter(), first);
        let (mut rows, mut open) = (Vec::new(), None);
        for bar in bars_of_all.get(later..).unwrap_or_default() {
            if bar.index == newest {
                rows.extend(run.preview(bar));
                open = Some(bar);
            } else {
                let row = run.close(bar);
                rows.extend(row.filter(|row| row.index >= reported));
            }
        }
        if let Some(occasion) = occasion {
            let shown = bars_of_all.partition_point(|bar| bar.index < reported);
            rows = occasions::rows(occasion, bars, bars_of_all.get(shown..).unwrap_or_default());
        }
        let notes = run.notes(open, bars.feed.symbol().currency());
        Some(Computed { run, rows, notes })
    }

    /// The bars that all studies of the same series need together.
    fn load_bars(&self, at: usize, BarsAt { feed, time }: BarsAt<'_>) -> Vec<Bar> {
        let series = self.all.get(at).map(|study| study.series.as_str());
        let of_series = |at: &usize| self.all.get(*at).map(|study| study.series.as_str()) == series;
        let chains = (0..self.all.len())
            .filter(of_series)
            .filter_map(|at| self.chain(at));
        let (first, newest) = feed.span();
        if newest < first {
            return Vec::new();
        }
        let begin = chains.map(|chain| begin(&chain, feed)).min();
        begin.map_or_else(Vec::new, |begin| feed.bars(begin, newest, time))
    }
}
