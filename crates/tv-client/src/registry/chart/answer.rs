//! What the answers to a series mean: bars, refusals, and when a request is complete.

use std::collections::BTreeMap;

use protocol::{
    bar::Bar,
    json::printable,
    message::{
        ServerMessage,
        server::{HistoryEnd, SeriesCompleted},
    },
    quote::UpdateMode,
    symbol_info::SymbolInfo,
    time::Timestamp,
};

use super::{
    ChartEntry, Loading, PAGE_TIMEOUT, SERIES_ID, SETTLE_TIME, Stage,
    holes::{left_out, left_out_of},
    more, parent_of,
};
use crate::{
    bounds::MAX_HISTORY,
    error::RequestError,
    event::{GapReason, History},
    registry::{
        bar_log::BarLog,
        context::{Context, Outcome},
        fetch::Step,
        holes::Hole,
        hours::Hours,
        reason::{RefusalKind, refusal_kind},
        replay::is_begin,
        update::{SeriesUpdate, Update},
    },
    request::Window,
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
            ServerMessage::SymbolResolved(resolved) if self.is_resolving(&resolved.symbol) => {
                self.begin_change_to(resolved.info.clone(), cx);
                Outcome::Ongoing
            }
            ServerMessage::SymbolError(error) if self.is_resolving(&error.symbol) => {
                self.refuse_change(error.words(), cx)
            }
            ServerMessage::SymbolResolved(resolved) if *resolved.symbol != *self.symbol_id => {
                Outcome::Late
            }
            ServerMessage::SymbolError(error) if *error.symbol != *self.symbol_id => Outcome::Late,
            ServerMessage::SymbolResolved(resolved) => {
                if let Stage::Loading(loading) = &mut self.stage {
                    loading.info = Some(resolved.info.clone());
                    if loading.has_bars {
                        return self.finish(cx);
                    }
                } else if self.is_other(&resolved.info) {
                    // Its bars will tell.
                    let name = name_of(&resolved.info).unwrap_or_default();
                    let name = printable(name);
                    self.note_words(&format!("the symbol was resolved anew, to {name}"));
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
                    return Outcome::Ongoing;
                }
                match message {
                    ServerMessage::ReplayError(error) if is_begin(error.request()) => {
                        self.refused_replay(error.reason(), cx)
                    }
                    _ => Outcome::Late,
                }
            }
            ServerMessage::StudyDeleted(deleted) => {
                let parent = parent_of(&self.stage);
                let is_awaited = self
                    .studies
                    .note_deleted(&deleted.study, parent.as_ref(), cx);
                match is_awaited {
                    true => Outcome::Ongoing,
                    false => Outcome::Unchanged,
                }
            }
            ServerMessage::StudyLoading(_)
            | ServerMessage::StudyCompleted(_)
            | ServerMessage::StudyError(_) => {
                let bars = self.span();
                if !self.studies.route(message, bars, cx) {
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
        if self.is_changing() {
            return self.refuse_change(reason, cx);
        }
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

    /// The replay cannot begin.
    fn refused_replay(&mut self, reason: String, cx: &mut Context<'_>) -> Outcome {
        self.note_words(&reason);
        match refusal_kind(&reason) {
            // Nothing is remembered of it: the same bars without a replay may well be had.
            RefusalKind::Request if self.is_new() => self.refuse(reason, cx),
            _ => self.retry(Some(reason), cx),
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
        if self.is_changing() && refusal_kind(&reason) == RefusalKind::Request {
            let symbol = self.name().to_owned();
            return self.fail_change(RequestError::Refused { symbol, reason }, cx);
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

    pub(super) fn turnaround(&self) -> Option<&str> {
        match &self.stage {
            Stage::Waiting { .. } => None,
            Stage::Loading(loading) => Some(&loading.turnaround),
            Stage::Live { turnaround, .. } => Some(turnaround),
        }
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

    pub(super) fn too_much(&mut self, cx: &mut Context<'_>) -> Outcome {
        let failed = RequestError::TooMuch {
            symbol: self.name().to_owned(),
            limit: MAX_HISTORY,
            unit: "bars",
        };
        if self.is_changing() {
            return self.fail_change(failed, cx);
        }
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
        let asks_again = match self.changes.front().filter(|change| change.is_loading()) {
            Some(change) => change.tries() < 2,
            // A page of earlier bars would hide that the newest ones were lost.
            None => self.attempts < 2 || self.bar_log.anchor().is_some(),
        };
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
                    Step::Empty if asks_again => self.retry(None, cx),
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

    /// Delivers an answer, now that it is complete.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) -> Outcome {
        if let Stage::Loading(loading) = &self.stage
            && !self.is_new()
            && !self.starts_over()
            && (self.is_replaced(loading)
                || self.bar_log.is_rescaled(loading.fetch.bars())
                || self.bar_log.is_rewritten(loading.fetch.bars()))
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
        self.note_answer(info.as_deref(), &update_mode, cx);
        let is_reached = fetch.is_reached();
        let completeness = fetch.completeness();
        let data_completed = fetch.exhausted().cloned();
        let mut skipped_rows = fetch.take_skipped();
        self.places.begin_live(fetch.ends());
        let (bars, alone) = fetch.into_bars();
        if self.is_new() || self.is_changing() {
            let newest = bars.last_key_value().map(|(time, _)| *time);
            let mut bars = self.request.window.cut(bars.into_values().collect());
            if let (true, Window::Count(count)) = (self.is_changing(), self.request.window) {
                // The pages that make up for a short answer may hold more.
                bars.drain(..bars.len().saturating_sub(count));
            }
            // The last bar of a reset is open; if it is not, its closing follows.
            let is_last_open = bars.last().is_some_and(|last| {
                let is_newest = Some(last.time) == newest;
                self.is_changing() || (is_newest && !self.has_closed(last.time, closes, cx))
            });
            skipped_rows.extend(left_out_of(&bars, &holes));
            let has_info = info.is_some();
            let history = History {
                info: info.map(|info| *info).unwrap_or_default(),
                update_mode,
                completeness,
                data_completed,
                skipped_rows,
                bars,
                is_last_open,
            };
            if self.is_changing() {
                self.finish_change(history, has_info, cx);
            } else {
                self.answer_by = None;
                self.bar_log.begin(&history.bars, is_last_open);
                self.oldest = history.bars.first().map(|bar| bar.time);
                cx.report(SeriesUpdate::Loaded(Box::new(history)));
                if !self.request.follow {
                    return Outcome::Finished;
                }
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
        self.begin_calls(cx);
        self.studies.reveal(self.span(), cx);
        if let Some(parent) = parent_of(&self.stage) {
            self.studies.restore(&parent, cx);
        }
        Outcome::Ongoing
    }

    /// Notes what an answer that is complete says of the series.
    fn note_answer(
        &mut self,
        info: Option<&SymbolInfo>,
        update_mode: &UpdateMode,
        cx: &mut Context<'_>,
    ) {
        self.attempts = 0;
        self.too_many = None;
        self.words = None;
        self.is_lost = false;
        self.heard = cx.now;
        if let Some(silence) = &mut self.silence {
            if let Some(info) = info {
                silence.set_hours(Hours::of(info));
            }
            silence.end(cx.now);
        }
        self.delay = delay_of(update_mode);
        // After a change the reset says so.
        if !self.update_mode.as_str().is_empty()
            && self.update_mode != *update_mode
            && !self.is_changing()
        {
            cx.report(SeriesUpdate::UpdateMode(update_mode.clone()));
        }
        self.update_mode.clone_from(update_mode);
        if let Some(name) = info.and_then(name_of) {
            self.symbol = Some(name.to_owned());
        }
    }

    pub(super) fn resume(
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

/// By how many seconds data is delayed, as far as that is known.
fn delay_of(mode: &UpdateMode) -> i64 {
    mode.delay().map_or(0, i64::from)
}
