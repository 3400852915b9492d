//! Computing the studies of a chart session: all at once, further back, and tick by tick.

use super::chart::{Feed, Series};
use super::outbox::Outbox;
use super::series::MarketSeries;
use super::source::Context;
use super::study::{Failure, Studies, Study, failed, tell, whole_turnaround};
use super::study_rows::{Object, du, renumbered, row_number, text, with_studies};
use crate::hello::NODE;
use crate::recording::SeriesIds;
use crate::study::{Notes, Row, Run};

/// How many rows before the first bar of the series are sent.
const WARM_UP: i64 = 100;
/// How many bars a study looks back at most to warm up.
const MAX_LOOKBACK: i64 = 20_000;

/// The bars of a series as they are at a time in milliseconds UTC.
#[derive(Clone, Copy)]
pub(super) struct Bars<'a> {
    pub(super) feed: &'a MarketSeries,
    pub(super) time: i64,
}

/// A study that was just computed.
struct Computed {
    run: Run,
    rows: Vec<Row>,
    notes: Notes,
}

impl Studies {
    /// Tells that a series' studies are being computed again, newest first.
    pub(super) fn loading(&self, ids: SeriesIds<'_>, now: i64, out: &mut Outbox) {
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
    pub(super) fn reload(
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

    /// Computes studies of a series, and tells all of what they say, or why they cannot. While the series waits for its
    /// replay, so do they.
    pub(super) fn load(
        &mut self,
        which: &[usize],
        session: &str,
        id: &str,
        series: &Series,
        cx: &mut Context<'_>,
    ) {
        let bars = match &series.feed {
            Feed::Waiting { .. } => return,
            Feed::Market(feed) => Some(Bars {
                feed,
                time: series.time(cx),
            }),
            Feed::Tape(_) | Feed::Failed => None,
        };
        let ids = SeriesIds {
            session,
            series: id,
            turnaround: &series.turnaround,
        };
        for at in which.iter().copied() {
            // One that failed by itself has been told.
            if self.all.get(at).is_none_or(|study| study.plan.is_none()) {
                continue;
            }
            if let Some(failure) = bars.and_then(|bars| self.unfit(at, bars)) {
                self.fail(at, ids, &failure, cx);
                continue;
            }
            let computed = bars.and_then(|bars| self.compute(at, bars));
            match (bars, computed) {
                (Some(bars), Some(computed)) => self.put(at, ids, bars, computed, None, cx),
                _ => self.fail(at, ids, &Failure::NoData, cx),
            }
        }
    }

    /// Computes the studies of a series anew that has got older bars, `first` being its first bar until now.
    pub(super) fn extend(
        &mut self,
        ids: SeriesIds<'_>,
        bars: Bars<'_>,
        first: i64,
        cx: &mut Context<'_>,
    ) {
        let now_first = bars.feed.span().0;
        let moved: Vec<(i64, i64)> = (1..=WARM_UP)
            .map(|back| first - back)
            .map(|index| (row_number(index, first), row_number(index, now_first)))
            .collect();
        for at in 0..self.all.len() {
            let computes = |study: &Study| study.series == ids.series && study.run.is_some();
            if self.all.get(at).is_some_and(computes)
                && let Some(computed) = self.compute(at, bars)
            {
                self.put(at, ids, bars, computed, Some(&moved), cx);
            }
        }
    }

    /// Takes over what was computed, and tells it: whole, or with rows that have `moved` to other numbers.
    fn put(
        &mut self,
        at: usize,
        ids: SeriesIds<'_>,
        bars: Bars<'_>,
        computed: Computed,
        moved: Option<&[(i64, i64)]>,
        cx: &mut Context<'_>,
    ) {
        let (d, indexes) = text(computed.notes, self.rules.reports, &mut self.reports);
        let Some(study) = self.all.get_mut(at) else {
            return;
        };
        let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
        let object = Object {
            rows: &computed.rows,
            first: bars.feed.span().0,
            d: &d,
            indexes: indexes.as_deref(),
            turnaround: &turnaround,
        };
        let json = object.json(true);
        match moved {
            Some(moved) => {
                let moved = if computed.rows.is_empty() { &[] } else { moved };
                cx.out
                    .push(renumbered(ids.session, &study.id, &json, moved, cx.now));
            }
            None => {
                cx.out.push(du(ids.session, &study.id, &json));
                let named = (ids.session, study.id.as_str(), turnaround.as_str());
                tell("study_completed", named, cx.now, cx.out);
            }
        }
        study.run = Some(computed.run);
    }

    /// Why a study cannot be computed from bars like these: a day is a session, so sessions begin inside of days only.
    fn unfit(&self, at: usize, bars: Bars<'_>) -> Option<Failure> {
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

    fn compute(&self, at: usize, Bars { feed, time }: Bars<'_>) -> Option<Computed> {
        let chain = self.chain(at)?;
        let (first, newest) = feed.span();
        let lookback: i64 = chain.iter().map(|plan| plan.lookback()).sum();
        let begin = (first - WARM_UP - lookback.min(MAX_LOOKBACK)).max(feed.reach(time));
        let mut run = Run::new(chain.into_iter(), first);
        let bars = if newest < first {
            Vec::new()
        } else {
            feed.bars(begin, newest, time)
        };
        let (open, closed) = match bars.split_last() {
            Some((open, closed)) => (Some(open), closed),
            None => (None, bars.as_slice()),
        };
        let mut rows = Vec::new();
        for bar in closed {
            let row = run.close(bar);
            rows.extend(row.filter(|row| row.index >= first - WARM_UP));
        }
        rows.extend(open.and_then(|bar| run.preview(bar)));
        let notes = run.notes(open, feed.symbol().currency());
        Some(Computed { run, rows, notes })
    }

    /// Adds to the messages of a series what its studies say to the same change. `newest` was its newest bar before.
    pub(super) fn follow(
        &mut self,
        ids: SeriesIds<'_>,
        Bars { feed, time }: Bars<'_>,
        newest: i64,
        mut updates: Vec<String>,
    ) -> Vec<String> {
        let computes = |study: &Study| study.series == ids.series && study.run.is_some();
        if updates.is_empty() || !self.all.iter().any(computes) {
            return updates;
        }
        let (first, current) = feed.span();
        let closed = feed.bars(newest.max(first), current - 1, time);
        let Some(open) = feed.bars(current, current, time).pop() else {
            return updates;
        };
        // The first of two messages closes the bars that have ended; where there is only one, it says both.
        let apart = updates.len() > 1;
        let (mut closing, mut opening) = (Vec::new(), Vec::new());
        for study in self
            .all
            .iter_mut()
            .filter(|study| study.series == ids.series)
        {
            let Some(run) = &mut study.run else { continue };
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            let object = |rows: &[Row], d: &str, indexes: Option<&[i64]>| {
                let object = Object {
                    rows,
                    first,
                    d,
                    indexes,
                    turnaround: &turnaround,
                };
                (study.id.clone(), object.json(false))
            };
            let mut rows: Vec<Row> = closed.iter().filter_map(|bar| run.close(bar)).collect();
            let notes = if closed.is_empty() {
                run.touch(&open)
            } else {
                run.notes(Some(&open), feed.symbol().currency())
            };
            if apart && !rows.is_empty() {
                closing.push(object(&rows, "", None));
                rows.clear();
            }
            rows.extend(run.preview(&open));
            let (d, indexes) = text(notes, self.rules.reports, &mut self.reports);
            if !(rows.is_empty() && d.is_empty()) {
                opening.push(object(&rows, &d, indexes.as_deref()));
            }
        }
        if let Some((last, before)) = updates.split_last_mut() {
            if let Some(before) = before.first_mut() {
                *before = with_studies(before, &closing);
            }
            *last = with_studies(last, &opening);
        }
        updates
    }
}
