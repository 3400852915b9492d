//! What the answers to a series mean: bars, refusals, and when a request is complete.

use std::collections::BTreeMap;

use protocol::{
    bar::Bar,
    interval::IntervalUnit,
    json::printable,
    message::{
        ServerMessage,
        server::{HistoryEnd, ObjectUpdate, Objects, SeriesCompleted},
    },
    quote::UpdateMode,
    symbol_info::SymbolInfo,
    time::Timestamp,
};

use super::{
    CLOSING_GRACE, ChartEntry, Loading, PAGE_TIMEOUT, Paging, SERIES_ID, SETTLE_TIME, SYMBOL_ID,
    Stage,
    holes::{left_out, left_out_of, places_of},
    more, parent_of,
};
use crate::{
    bounds::MAX_HISTORY,
    error::RequestError,
    event::{Completeness, GapReason, History, SkippedRow},
    registry::{
        bar_log::BarLog,
        context::{Context, Outcome},
        fetch::{Fetch, Step, TooMuch},
        holes::{BarPlace, Hole},
        hours::Hours,
        reason::{RefusalKind, refusal_kind},
        update::{Older, SeriesUpdate, Update},
    },
};

impl ChartEntry {
    pub(in crate::registry) fn route(
        &mut self,
        message: &ServerMessage<'_>,
        cx: &mut Context<'_>,
    ) -> Outcome {
        // Parts of an answer show that it is on its way. Live data does not: it flows even if the
        // rest of the answer is lost.
        let is_answer = matches!(
            message,
            ServerMessage::SymbolResolved(_)
                | ServerMessage::SeriesLoading(_)
                | ServerMessage::TimescaleUpdate(_)
        );
        let patience = self.patience();
        if let Stage::Loading(loading) = &mut self.stage
            && is_answer
        {
            loading.deadline = cx.now + patience;
        }
        match message {
            ServerMessage::SymbolResolved(resolved) if resolved.symbol != SYMBOL_ID => {
                Outcome::Late
            }
            ServerMessage::SymbolError(error) if error.symbol != SYMBOL_ID => Outcome::Late,
            ServerMessage::SymbolResolved(resolved) => {
                if let Stage::Loading(loading) = &mut self.stage {
                    loading.info = Some(resolved.info.clone());
                    if loading.has_bars {
                        return self.finish(cx);
                    }
                } else if self.is_other(&resolved.info) {
                    // Its bars will tell.
                    return self.renew_void(cx);
                }
                Outcome::Ongoing
            }
            ServerMessage::TimescaleUpdate(update) => {
                self.note_timescale(update.timescale.as_ref());
                self.merge(&update.objects, true, cx)
            }
            ServerMessage::DataUpdate(update) => self.merge(&update.objects, false, cx),
            ServerMessage::SeriesCompleted(completed) => self.complete(completed, cx),
            ServerMessage::ReplayOk(_)
            | ServerMessage::ReplayError(_)
            | ServerMessage::ReplayDataEnd(_) => {
                let symbol = self.request.descriptor.symbol().as_str();
                let replay = self.replay.as_mut();
                if replay.is_some_and(|replay| replay.route(message, symbol, cx)) {
                    Outcome::Ongoing
                } else {
                    Outcome::Late
                }
            }
            ServerMessage::StudyCompleted(_) | ServerMessage::StudyError(_) => {
                if !self.studies.route(message, cx) {
                    return Outcome::Late;
                }
                if let Some(parent) = parent_of(&self.stage) {
                    self.studies.try_suspect(&parent, cx);
                }
                Outcome::Ongoing
            }
            ServerMessage::SymbolError(error) => self.refused(error.words(), cx),
            ServerMessage::SeriesError(error) => {
                if error.series == SERIES_ID && self.turnaround() == Some(error.turnaround.as_str())
                {
                    self.refused(error.reason.to_words(), cx)
                } else {
                    Outcome::Late
                }
            }
            ServerMessage::CriticalError(error) => self.critical(error.words(), cx),
            _ => Outcome::Ongoing,
        }
    }

    /// Symbol or series are refused.
    fn refused(&mut self, reason: String, cx: &mut Context<'_>) -> Outcome {
        self.note_words(&reason);
        match refusal_kind(&reason) {
            RefusalKind::Request => {
                let key = Self::key(&self.request);
                cx.refusals.note(cx.now, key, reason.clone());
                self.refuse(reason, cx)
            }
            RefusalKind::Limit => {
                self.note_limit(&reason, cx);
                self.retry(Some(reason), cx)
            }
            RefusalKind::Server | RefusalKind::Id => self.retry(Some(reason), cx),
        }
    }

    /// The session is void.
    fn critical(&mut self, reason: String, cx: &mut Context<'_>) -> Outcome {
        tracing::debug!(reason = %cx.secrets.hide(&reason), "a chart session is void");
        self.studies.blame(&reason, cx);
        self.note_words(&reason);
        if refusal_kind(&reason) == RefusalKind::Limit {
            self.note_limit(&reason, cx);
        }
        match (refusal_kind(&reason), &self.stage) {
            // The server has accepted this request before.
            (_, Stage::Live { .. }) | (RefusalKind::Id | RefusalKind::Server, _) => {
                self.renew_void(cx)
            }
            // Others may end meanwhile; the caller's deadline bounds the wait.
            (RefusalKind::Limit, _) if self.is_new() => self.renew_void(cx),
            (RefusalKind::Limit, _) => self.retry(Some(reason), cx),
            (RefusalKind::Request, _) if self.is_new() => self.refuse(reason, cx),
            (RefusalKind::Request, _) => self.retry(Some(reason), cx),
        }
    }

    fn turnaround(&self) -> Option<&str> {
        match &self.stage {
            Stage::Waiting { .. } => None,
            Stage::Loading(loading) => Some(&loading.turnaround),
            Stage::Live { turnaround, .. } => Some(turnaround),
        }
    }

    /// Takes in bars: into what loads while it loads, as updates afterwards.
    fn merge(&mut self, objects: &Objects<'_>, is_page: bool, cx: &mut Context<'_>) -> Outcome {
        self.studies.merge(objects, cx);
        let Some(series) = objects.get(SERIES_ID) else {
            return Outcome::Ongoing;
        };
        let expected = self.turnaround();
        if series
            .turnaround
            .is_some_and(|turnaround| expected.is_none_or(|it| turnaround != it))
        {
            return Outcome::Late;
        }
        if let Some(fault) = &series.fault {
            return self.skip_message(&printable(&fault.error.to_string()), cx);
        }
        let skipped: Vec<_> = series.odd_rows.iter().map(SkippedRow::new).collect();
        self.heard = cx.now;
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
            loading.fetch.note_places(places_of(&series));
            let merged = match is_page {
                true => loading.fetch.merge(bars_of(&series)),
                false => loading.fetch.merge_live(bars_of(&series)),
            };
            return match merged {
                Ok(()) => Outcome::Ongoing,
                Err(TooMuch) => self.too_much(cx),
            };
        }
        if let Some(hole) = self.find_hole(&series) {
            // Its bars are requested again with all that came after them.
            self.places.asked = Some(hole);
            return self.renew_void(cx);
        }
        let anchor = self.bar_log.anchor();
        let first = self.oldest;
        let paging = self
            .paging
            .front_mut()
            .and_then(|paging| paging.fetch.as_mut());
        let mut page = Vec::new();
        for bar in bars_of(&series) {
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
                paging.note_places(places_of(&series).filter(is_earlier));
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

    /// Notes when the open bar closes: as the server says, unless it speaks of an older bar, or by
    /// the bar's length. The clock says nothing of a replay.
    fn note_end(&mut self, closes: Option<Timestamp>) {
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
    fn has_closed(&self, opens: Timestamp, closes: Option<Timestamp>, cx: &Context<'_>) -> bool {
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

    /// Whether the server means another symbol by the name than before.
    fn is_other(&self, info: &SymbolInfo) -> bool {
        let known = self.symbol.as_deref();
        known.is_some_and(|known| name_of(info).is_some_and(|name| name != known))
    }

    /// Whether bars are those of another symbol: one with the same bars has another name only, or a
    /// frame was damaged.
    fn is_replaced(&self, loading: &Loading) -> bool {
        let info = loading.info.as_ref();
        info.is_some_and(|info| self.is_other(info)) && !self.bar_log.agrees(loading.fetch.bars())
    }

    fn too_much(&self, cx: &mut Context<'_>) -> Outcome {
        let failed = RequestError::TooMuch {
            symbol: self.name().to_owned(),
            limit: MAX_HISTORY,
            unit: "bars",
        };
        cx.update(Update::Failed(failed));
        Outcome::Finished
    }

    fn complete(&mut self, completed: &SeriesCompleted<'_>, cx: &mut Context<'_>) -> Outcome {
        if completed.series != SERIES_ID || self.turnaround() != Some(completed.turnaround.as_str())
        {
            return Outcome::Late;
        }
        let is_new = self.is_new();
        let mode = UpdateMode::from(&*printable(&completed.update_mode));
        let end = completed.details.as_ref();
        let end = end.and_then(|details| details.data_completed.as_deref());
        let end = end.map(|end| HistoryEnd::from(&*printable(end)));
        match &mut self.stage {
            Stage::Waiting { .. } => Outcome::Late,
            Stage::Loading(loading) => {
                loading.update_mode = mode;
                let step = loading.fetch.complete(end);
                let is_page = matches!(step, Step::Ask(_) | Step::Done);
                if self.request.progress && is_page {
                    cx.report(SeriesUpdate::Progress(loading.fetch.progress()));
                }
                match step {
                    Step::Wait => Outcome::Late,
                    // A page of earlier bars would hide that the newest ones were lost.
                    Step::Empty if self.attempts < 2 || self.bar_log.anchor().is_some() => {
                        self.retry(None, cx)
                    }
                    Step::Settle => {
                        loading.deadline = loading.deadline.min(cx.now + SETTLE_TIME);
                        Outcome::Ongoing
                    }
                    // Bars without a symbol are half an answer: the rest may come, or all is asked
                    // for again.
                    Step::Done | Step::Empty if is_new && loading.info.is_none() => {
                        loading.has_bars = true;
                        Outcome::Ongoing
                    }
                    Step::Done | Step::Empty => self.finish(cx),
                    Step::Ask(page) => {
                        cx.commands.push_back(more(&loading.session, page));
                        loading.deadline = cx.now + PAGE_TIMEOUT;
                        Outcome::Ongoing
                    }
                }
            }
            Stage::Live { session, .. } => {
                if !mode.as_str().is_empty() && mode != self.update_mode {
                    self.delay = delay_of(&mode);
                    self.update_mode.clone_from(&mode);
                    cx.report(SeriesUpdate::UpdateMode(mode));
                }
                let Some(fetch) = self
                    .paging
                    .front_mut()
                    .and_then(|paging| paging.fetch.as_mut())
                else {
                    return Outcome::Late;
                };
                match fetch.complete(end) {
                    Step::Wait | Step::Empty => Outcome::Late,
                    Step::Settle => {
                        if let Some(paging) = self.paging.front_mut() {
                            paging.deadline = paging.deadline.min(cx.now + SETTLE_TIME);
                        }
                        Outcome::Ongoing
                    }
                    Step::Ask(page) => {
                        cx.commands.push_back(more(session, page));
                        Outcome::Ongoing
                    }
                    Step::Done => {
                        if self.asks_for_page_again() {
                            return self.renew_void(cx);
                        }
                        if let Some(paging) = self.paging.pop_front() {
                            self.finish_paging(paging, cx);
                        }
                        Outcome::Ongoing
                    }
                }
            }
        }
    }

    /// Gives out earlier bars.
    pub(super) fn finish_paging(&mut self, paging: Paging, cx: &mut Context<'_>) {
        let holes = self.judge_page(&paging);
        let mut fetch = paging.fetch;
        let mut skipped_rows = fetch.as_mut().map(Fetch::take_skipped).unwrap_or_default();
        skipped_rows.extend(holes.iter().map(left_out));
        self.places.oldest = fetch.as_ref().and_then(Fetch::ends).map(|ends| ends.0);
        let exhausted = fetch.as_ref().and_then(Fetch::exhausted);
        let completeness = fetch.as_ref().map(Fetch::completeness);
        let data_completed = exhausted.cloned();
        let mut bars: Vec<Bar> = fetch
            .map(|fetch| fetch.into_bars().0)
            .unwrap_or_default()
            .into_values()
            .collect();
        if let Some(oldest) = self.oldest {
            bars.retain(|bar| bar.time < oldest);
        }
        if let Some(first) = bars.first() {
            self.oldest = Some(first.time);
        }
        // A caller that has gone needs no answer.
        let mut older = Older {
            bars,
            completeness: completeness.unwrap_or(Completeness::PageUnanswered),
            data_completed,
            skipped_rows,
        };
        older.redact(cx.secrets);
        let _ = paging.reply.send(Ok(older));
        self.begin_paging(cx);
    }

    /// Delivers an answer, now that it is complete.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) -> Outcome {
        if let Stage::Loading(loading) = &self.stage
            && !self.is_new()
            && !self.starts_over()
            && (self.is_replaced(loading) || self.bar_log.is_rescaled(loading.fetch.bars()))
        {
            tracing::debug!(symbol = self.name(), "the past of a series has changed");
            self.is_void = true;
            return self.renew(cx);
        }
        let Ok(holes) = self.judge_holes() else {
            return self.renew_void(cx);
        };
        let waiting = Stage::Waiting { until: None };
        let Stage::Loading(loading) = std::mem::replace(&mut self.stage, waiting) else {
            return Outcome::Ongoing;
        };
        let Loading {
            session,
            turnaround,
            info,
            mut fetch,
            update_mode,
            closes,
            ..
        } = *loading;
        self.stage = Stage::Live {
            session,
            turnaround,
        };
        self.attempts = 0;
        self.too_many = None;
        self.words = None;
        self.is_lost = false;
        self.heard = cx.now;
        if let Some(silence) = &mut self.silence {
            if let Some(info) = &info {
                silence.set_hours(Hours::of(info));
            }
            silence.end(cx.now);
        }
        self.delay = delay_of(&update_mode);
        if !self.update_mode.as_str().is_empty() && self.update_mode != update_mode {
            cx.report(SeriesUpdate::UpdateMode(update_mode.clone()));
        }
        self.update_mode.clone_from(&update_mode);
        if let Some(name) = info.as_deref().and_then(name_of) {
            self.symbol = Some(name.to_owned());
        }
        let is_reached = fetch.is_reached();
        let completeness = fetch.completeness();
        let data_completed = fetch.exhausted().cloned();
        let mut skipped_rows = fetch.take_skipped();
        self.places.begin_live(fetch.ends());
        let (bars, alone) = fetch.into_bars();
        if self.answer_by.take().is_some() {
            let newest = bars.last_key_value().map(|(time, _)| *time);
            let bars = self.request.window.cut(bars.into_values().collect());
            let is_last_open = bars.last().is_some_and(|last| {
                Some(last.time) == newest && !self.has_closed(last.time, closes, cx)
            });
            self.bar_log.begin(&bars, is_last_open);
            self.oldest = bars.first().map(|bar| bar.time);
            skipped_rows.extend(left_out_of(&bars, &holes));
            let loaded = History {
                info: info.map(|info| *info).unwrap_or_default(),
                update_mode,
                completeness,
                data_completed,
                skipped_rows,
                bars,
                is_last_open,
            };
            cx.report(SeriesUpdate::Loaded(Box::new(loaded)));
            if !self.request.follow {
                return Outcome::Finished;
            }
        } else {
            self.interrupted = false;
            if self.starts_over() {
                skipped_rows.extend(holes.iter().map(left_out));
            }
            for row in skipped_rows {
                cx.report(SeriesUpdate::Skipped(printable(&row.to_string())));
            }
            let reason = unhealed_reason(data_completed.as_ref());
            self.resume(bars, (!is_reached).then_some(reason), &holes, cx);
            // Changes of bars that the answer does not reach: bars of before, or inside of a gap.
            for bar in alone {
                if self.oldest.is_none_or(|oldest| oldest <= bar.time) {
                    self.bar_log.live(bar, &mut |update| cx.report(update));
                }
            }
        }
        self.note_end(closes);
        self.begin_paging(cx);
        if let Some(parent) = parent_of(&self.stage) {
            self.studies.restore(&parent, cx);
        }
        Outcome::Ongoing
    }

    fn resume(
        &mut self,
        bars: BTreeMap<Timestamp, Bar>,
        unhealed: Option<GapReason>,
        holes: &[Hole],
        cx: &mut Context<'_>,
    ) {
        if self.starts_over() {
            self.is_void = false;
            let bars = self.request.window.cut(bars.into_values().collect());
            self.bar_log = BarLog::new(self.request.keep, self.request.interval);
            self.bar_log.begin(&bars, true);
            self.oldest = bars.first().map(|bar| bar.time);
            cx.report(SeriesUpdate::Reset(bars));
            return;
        }
        let unhealed = unhealed.filter(|_| self.bar_log.anchor().is_some());
        self.bar_log
            .resume(bars, unhealed, holes, &mut |update| cx.report(update));
    }
}

/// Why an answer does not reach back far enough.
fn unhealed_reason(data_completed: Option<&HistoryEnd>) -> GapReason {
    match data_completed {
        Some(HistoryEnd::Limit) => GapReason::HistoryLimit,
        Some(_) => GapReason::HistoryBegins,
        None => GapReason::NotAnswered,
    }
}

/// The name of a symbol, independent of the source of its data.
fn name_of(info: &SymbolInfo) -> Option<&str> {
    info.pro_name.as_deref().or(info.name.as_deref())
}

fn bars_of<'a>(series: &'a ObjectUpdate<'_>) -> impl Iterator<Item = Bar> + use<'a> {
    let rows = series
        .bars
        .as_ref()
        .map(|bars| bars.rows())
        .unwrap_or_default();
    rows.iter().map(|row| Bar::from(*row))
}

/// By how many seconds data is delayed, as far as that is known.
fn delay_of(mode: &UpdateMode) -> i64 {
    mode.delay().map_or(0, i64::from)
}
