//! Rows of bars: rows of a series that loads, updates after that, and the closing of the open bar.

use std::collections::BTreeMap;

use protocol::{
    bar::Bar,
    interval::IntervalUnit,
    json::printable,
    message::server::{ObjectUpdate, Objects},
    time::Timestamp,
};

use super::{CLOSING_GRACE, ChartEntry, SERIES_ID, Stage, holes::places_of};
use crate::{
    event::SkippedRow,
    registry::{
        bar_log::MIN_COMPARED,
        context::{Context, Outcome},
        fetch::TooMuch,
        holes::BarPlace,
    },
};

impl ChartEntry {
    /// Takes in bars: into what loads while it loads, as updates afterwards.
    pub(super) fn merge(
        &mut self,
        objects: &Objects<'_>,
        is_page: bool,
        cx: &mut Context<'_>,
    ) -> Outcome {
        let series = objects.get(SERIES_ID);
        let mut bars = self.span();
        if let Some(series) = series.as_ref().filter(|series| self.is_expected(series)) {
            self.studies.note_bars(places_of(series));
            let newest = bars_of(series).map(|bar| bar.time).max();
            bars.newest = bars.newest.max(newest);
        }
        let is_late = self.studies.merge(objects, bars, cx);
        let outcome = series.map_or(Outcome::Ongoing, |series| {
            self.merge_bars(&series, is_page, cx)
        });
        match outcome {
            Outcome::Ongoing if is_late => Outcome::Late,
            outcome => outcome,
        }
    }

    /// Whether a message about the series answers its latest request.
    fn is_expected(&self, series: &ObjectUpdate<'_>) -> bool {
        let expected = self.turnaround();
        let found = series.turnaround;
        found.is_none_or(|found| expected.is_some_and(|it| found == it))
    }

    fn merge_bars(
        &mut self,
        series: &ObjectUpdate<'_>,
        is_page: bool,
        cx: &mut Context<'_>,
    ) -> Outcome {
        if !self.is_expected(series) {
            return Outcome::Late;
        }
        if let Some(fault) = &series.fault {
            return self.skip_message(&printable(&fault.error.to_string()), cx);
        }
        let skipped: Vec<_> = series.odd_rows.iter().map(SkippedRow::of).collect();
        self.heard = cx.now;
        if let Some(replay) = &mut self.replay {
            replay.note_bars(cx.now);
        }
        if let Some(silence) = &mut self.silence
            && matches!(self.stage, Stage::Live { .. })
        {
            silence.end(cx.now);
        }
        let closes = series
            .last_bar_status
            .and_then(|status| status.bar_close_time);
        if let Stage::Loading(loading) = &mut self.stage {
            // A live row of an older bar may come with that bar's end.
            loading.closes = loading.closes.max(closes);
            loading.fetch.skip(skipped);
            loading.fetch.note_places(places_of(series));
            let merged = match is_page {
                true => loading.fetch.merge(bars_of(series)),
                false => loading.fetch.merge_live(bars_of(series)),
            };
            return match merged {
                Ok(()) => Outcome::Ongoing,
                Err(TooMuch) => self.too_much(cx),
            };
        }
        if let Some(hole) = self.find_hole(series) {
            // Its bars are requested again with all that came after them.
            self.places.asked = Some(hole);
            return self.renew_void(cx);
        }
        if self.rewrites(series) || (is_page && self.is_late_answer(series)) {
            return self.rewrite(series, skipped, closes, cx);
        }
        let anchor = self.bar_log.anchor();
        let first = self.oldest;
        let paging = self
            .paging
            .front_mut()
            .and_then(|paging| paging.fetch.as_mut());
        let mut page = Vec::new();
        for bar in bars_of(series) {
            let is_old = anchor.is_none_or(|anchor| bar.time < anchor);
            if is_page && paging.is_some() && is_old {
                // Also what the reader has: a session that was renewed holds fewer bars than that.
                page.push(bar);
            }
            // Bars of a page that are older than all kept ones cannot be compared, so they update
            // nothing. The reader never had a bar before its history.
            let is_known = !is_page || !is_old || self.bar_log.is_kept(bar.time);
            if is_known && first.is_none_or(|first| first <= bar.time) {
                self.bar_log.live(bar, &mut |update| cx.report(update));
            }
        }
        let (fits, skipped) = match paging {
            Some(paging) if is_page => {
                paging.skip(skipped);
                let oldest = self.places.oldest.map(|oldest| oldest.time).or(anchor);
                let is_earlier = |place: &BarPlace| oldest.is_none_or(|it| place.time <= it);
                paging.note_places(places_of(series).filter(is_earlier));
                (paging.merge(page).is_ok(), Vec::new())
            }
            _ => (true, skipped),
        };
        if !fits {
            return self.too_much(cx);
        }
        self.note_end(closes);
        self.skip_rows(skipped, cx)
    }

    /// Whether rows of a live series show that its past is another one now.
    fn rewrites(&self, series: &ObjectUpdate<'_>) -> bool {
        // Most messages hold a row or two.
        if bars_of(series).nth(MIN_COMPARED - 1).is_none() || self.starts_over() {
            return false;
        }
        let (log, bars) = (&self.bar_log, by_time(bars_of(series)));
        log.is_rewritten(&bars) || (log.is_rescaled(&bars) && log.is_mostly_in(&bars))
    }

    /// Whether rows are those of an answer that seemed to be empty: its completion came first.
    fn is_late_answer(&self, series: &ObjectUpdate<'_>) -> bool {
        self.bar_log.anchor().is_none()
            && self.paging.is_empty()
            && bars_of(series).next().is_some()
    }

    /// Begins anew with rows that hold all that the reader has, or asks for them.
    fn rewrite(
        &mut self,
        series: &ObjectUpdate<'_>,
        skipped: Vec<SkippedRow>,
        closes: Option<Timestamp>,
        cx: &mut Context<'_>,
    ) -> Outcome {
        let mut bars = by_time(bars_of(series));
        let first = bars.first_key_value().map(|(time, _)| *time);
        let is_whole = first.is_some_and(|first| self.oldest.is_none_or(|it| first <= it))
            && self.bar_log.is_covered(&bars)
            && self.paging.is_empty();
        tracing::debug!(
            symbol = self.name(),
            is_whole,
            "the past of a series has changed"
        );
        self.is_void = true;
        if !is_whole {
            return self.renew_void(cx);
        }
        if let Some(oldest) = self.oldest {
            bars = bars.split_off(&oldest);
        }
        self.resume(bars, None, &[], cx);
        self.note_end(closes);
        self.skip_rows(skipped, cx)
    }

    /// Notes when the open bar closes: as the server says, unless it speaks of an older bar, or by
    /// the bar's length. The clock says nothing of a replay.
    pub(super) fn note_end(&mut self, closes: Option<Timestamp>) {
        let opens = self.bar_log.open_time();
        let known = closes.filter(|closes| opens.is_some_and(|opens| *closes > opens));
        let before = self.bar_log.close_at();
        if let Some(closes) = known.or_else(|| self.end_by_length())
            && before != Some(closes)
            && self.request.replay.is_none()
        {
            self.bar_log.set_close_at(Some(closes));
            self.not_before = None;
        }
    }

    /// Whether the newest bar of an answer has closed by the server's clock. The clock says nothing
    /// of a replay.
    pub(super) fn has_closed(
        &self,
        opens: Timestamp,
        closes: Option<Timestamp>,
        cx: &Context<'_>,
    ) -> bool {
        let closes = closes.filter(|closes| *closes > opens);
        let due = closes
            .or_else(|| Some(opens.saturating_add(self.length()?)))
            .filter(|_| self.request.replay.is_none())
            .map(|closes| closes.saturating_add(self.delay + CLOSING_GRACE))
            .and_then(|due| cx.clock.instant_of(due.seconds()));
        due.is_some_and(|due| due <= cx.now)
    }

    /// The seconds of a bar if its interval has a fixed length.
    fn length(&self) -> Option<i64> {
        let interval = self.request.interval;
        match interval.unit() {
            IntervalUnit::Second | IntervalUnit::Minute => i64::try_from(interval.seconds()?).ok(),
            _ => None,
        }
    }

    /// When the open bar ends if its interval has a fixed length. Days may be shorter, and the
    /// server says so. A bar of one second is closed by the next one only: its state may arrive
    /// when that one has begun.
    fn end_by_length(&self) -> Option<Timestamp> {
        if self.bar_log.close_at().is_some() {
            return None;
        }
        let length = self.length().filter(|length| *length > 1)?;
        Some(self.bar_log.open_time()?.saturating_add(length))
    }
}

/// The last bar of each time.
fn by_time(bars: impl Iterator<Item = Bar>) -> BTreeMap<Timestamp, Bar> {
    bars.map(|bar| (bar.time, bar)).collect()
}

fn bars_of<'a>(series: &'a ObjectUpdate<'_>) -> impl Iterator<Item = Bar> + use<'a> {
    let rows = series
        .bars
        .as_ref()
        .map(|bars| bars.rows())
        .unwrap_or_default();
    rows.iter().map(|row| Bar::from(*row))
}
