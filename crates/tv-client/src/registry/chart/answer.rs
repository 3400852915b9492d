//! What the answers to a series mean: bars, refusals, and when a request is complete.

use std::collections::BTreeMap;

use protocol::{
    bar::Bar,
    interval::IntervalUnit,
    message::{
        ServerMessage,
        server::{ObjectUpdate, Objects, SeriesCompleted},
    },
    symbol_info::SymbolInfo,
};

use super::{ChartEntry, Link, Loading, PAGE_PATIENCE, Paging, SERIES_ID, more, parent_of};
use crate::{
    bounds::MAX_HISTORY,
    error::RequestError,
    event::{GapReason, History},
    registry::{
        context::{Context, Fate},
        fetch::{Fetch, Step, TooMuch},
        hours::Hours,
        news::{Older, SeriesNews, Update},
        refusal::{Blame, blame, printable, reason_of},
        tape::Tape,
    },
};

impl ChartEntry {
    pub(in crate::registry) fn route(
        &mut self,
        message: &ServerMessage<'_>,
        cx: &mut Context<'_>,
    ) -> Fate {
        // Parts of an answer show that it is on its way. Live data does not: it flows even if the rest of the answer is lost.
        let is_answer = matches!(
            message,
            ServerMessage::SymbolResolved(_)
                | ServerMessage::SeriesLoading(_)
                | ServerMessage::TimescaleUpdate(_)
        );
        let patience = self.patience();
        if let Link::Loading(loading) = &mut self.link
            && is_answer
        {
            loading.deadline = cx.now + patience;
        }
        match message {
            ServerMessage::SymbolResolved(resolved) => {
                if let Link::Loading(loading) = &mut self.link {
                    loading.info = Some(resolved.info.clone());
                    if loading.has_bars {
                        return self.finish(cx);
                    }
                } else if self.is_other(&resolved.info) {
                    // Its bars will tell.
                    return self.renew(cx);
                }
                Fate::Lives
            }
            ServerMessage::TimescaleUpdate(update) => self.merge(&update.objects, true, cx),
            ServerMessage::DataUpdate(update) => self.merge(&update.objects, false, cx),
            ServerMessage::SeriesCompleted(completed) => self.complete(completed, cx),
            ServerMessage::ReplayOk(_)
            | ServerMessage::ReplayError(_)
            | ServerMessage::ReplayDataEnd(_) => {
                let symbol = self.request.descriptor.symbol().as_str();
                let replay = self.replay.as_mut();
                if replay.is_some_and(|replay| replay.route(message, symbol, cx)) {
                    Fate::Lives
                } else {
                    Fate::Late
                }
            }
            ServerMessage::StudyCompleted(_) | ServerMessage::StudyError(_) => {
                match self.studies.route(message, cx) {
                    true => Fate::Lives,
                    false => Fate::Late,
                }
            }
            ServerMessage::SymbolError(error) => {
                let mut words = vec![error.reason.as_str()];
                words.extend(error.details.iter().map(|detail| detail.as_str()));
                self.refused(printable(&words.join(" ")), cx)
            }
            ServerMessage::SeriesError(error) => {
                if self.turnaround() == Some(error.turnaround.as_str()) {
                    self.refused(printable(&error.reason), cx)
                } else {
                    Fate::Late
                }
            }
            ServerMessage::CriticalError(error) => self.critical(reason_of(error), cx),
            _ => Fate::Lives,
        }
    }

    /// Symbol or series are refused.
    fn refused(&mut self, reason: String, cx: &mut Context<'_>) -> Fate {
        match blame(&reason) {
            Blame::Request => {
                let key = Self::key(&self.request);
                cx.refusals.note(cx.now, key, reason.clone());
                self.refuse(reason, cx)
            }
            Blame::Limit => {
                self.note_limit(&reason, cx);
                self.retry(Some(reason), cx)
            }
            Blame::Server | Blame::Id => self.retry(Some(reason), cx),
        }
    }

    /// The session is void.
    fn critical(&mut self, reason: String, cx: &mut Context<'_>) -> Fate {
        tracing::debug!(reason, "a chart session is void");
        if blame(&reason) == Blame::Limit {
            self.note_limit(&reason, cx);
        }
        match (blame(&reason), &self.link) {
            // What was accepted before is no bad request now.
            (_, Link::Live { .. }) | (Blame::Id | Blame::Server, _) => self.renew(cx),
            // Others may end meanwhile; the caller's deadline bounds the wait.
            (Blame::Limit, _) if self.is_new() => self.renew(cx),
            (Blame::Limit, _) => self.retry(Some(reason), cx),
            (Blame::Request, _) if self.is_new() => self.refuse(reason, cx),
            (Blame::Request, _) => self.retry(Some(reason), cx),
        }
    }

    fn turnaround(&self) -> Option<&str> {
        match &self.link {
            Link::Waiting { .. } => None,
            Link::Loading(loading) => Some(&loading.turnaround),
            Link::Live { turnaround, .. } => Some(turnaround),
        }
    }

    /// Takes in bars: into what loads while it loads, as news afterwards.
    fn merge(&mut self, objects: &Objects<'_>, is_page: bool, cx: &mut Context<'_>) -> Fate {
        self.studies.merge(objects, cx);
        let Some(series) = objects.get(SERIES_ID) else {
            return Fate::Lives;
        };
        let expected = self.turnaround();
        if series
            .turnaround
            .is_some_and(|turnaround| expected.is_none_or(|it| turnaround != it))
        {
            return Fate::Late;
        }
        self.heard = cx.now;
        if let Some(silence) = &mut self.silence
            && matches!(self.link, Link::Live { .. })
        {
            silence.end(cx.now);
        }
        let closes = series
            .last_bar_status
            .and_then(|status| status.bar_close_time);
        if let Link::Loading(loading) = &mut self.link {
            loading.closes = closes.or(loading.closes);
            return match loading.fetch.merge(bars_of(&series)) {
                Ok(()) => Fate::Lives,
                Err(TooMuch) => self.too_much(cx),
            };
        }
        let anchor = self.tape.anchor();
        let mut paging = self
            .paging
            .as_mut()
            .and_then(|paging| paging.fetch.as_mut());
        let mut page = Vec::new();
        for bar in bars_of(&series) {
            if is_page && paging.is_some() && anchor.is_none_or(|anchor| bar.time < anchor) {
                // Also what the reader has: a session that was renewed holds fewer bars than that.
                page.push(bar);
            } else if !is_page || anchor.is_none_or(|anchor| bar.time >= anchor) {
                self.tape.live(bar, &mut |news| cx.tell(news));
            }
        }
        let fits = paging
            .as_mut()
            .is_none_or(|paging| paging.merge(page).is_ok());
        if !fits {
            return self.too_much(cx);
        }
        if let Some(closes) = closes.or_else(|| self.end_by_length()) {
            self.close_at(Some(closes));
        }
        Fate::Lives
    }

    /// Notes when the newest bar closes. The clock says nothing of a replay.
    fn close_at(&mut self, time: Option<i64>) {
        let before = self.tape.close_at();
        self.tape
            .set_close_at(time.filter(|_| self.request.replay.is_none()));
        if self.tape.close_at() != before {
            self.not_before = None;
        }
    }

    /// When the open bar ends if its interval has a fixed length. Days may be shorter, and the server says so.
    fn end_by_length(&self) -> Option<i64> {
        let unit = self.request.interval.unit();
        if self.tape.close_at().is_some()
            || !matches!(unit, IntervalUnit::Second | IntervalUnit::Minute)
        {
            return None;
        }
        let length = i64::try_from(self.request.interval.seconds()?).ok()?;
        self.tape.open_time()?.checked_add(length)
    }

    /// Whether the server means another symbol by the name than before.
    fn is_other(&self, info: &SymbolInfo) -> bool {
        let known = self.symbol.as_deref();
        known.is_some_and(|known| name_of(info).is_some_and(|name| name != known))
    }

    /// Whether bars are those of another symbol: one with the same bars has another name only, or a frame was damaged.
    fn is_replaced(&self, loading: &Loading) -> bool {
        let info = loading.info.as_ref();
        info.is_some_and(|info| self.is_other(info)) && !self.tape.agrees(loading.fetch.bars())
    }

    fn too_much(&self, cx: &mut Context<'_>) -> Fate {
        let failed = RequestError::TooMuch {
            symbol: self.name().to_owned(),
            limit: MAX_HISTORY,
            unit: "bars",
        };
        cx.update(Update::Failed(failed));
        Fate::Over
    }

    fn complete(&mut self, completed: &SeriesCompleted<'_>, cx: &mut Context<'_>) -> Fate {
        if self.turnaround() != Some(completed.turnaround.as_str()) {
            return Fate::Late;
        }
        let is_new = self.is_new();
        let details = completed.details.as_ref();
        let data_completed = details.and_then(|details| details.data_completed.as_deref());
        match &mut self.link {
            Link::Waiting { .. } => Fate::Late,
            Link::Loading(loading) => {
                completed
                    .update_mode
                    .as_str()
                    .clone_into(&mut loading.update_mode);
                let step = loading.fetch.complete(data_completed);
                if self.request.progress && step != Step::Wait {
                    cx.tell(SeriesNews::Progress(loading.fetch.progress()));
                }
                match step {
                    Step::Wait => Fate::Late,
                    // Bars without a symbol are half an answer: the rest may come, or all is asked for again.
                    Step::Done if is_new && loading.info.is_none() => {
                        loading.has_bars = true;
                        Fate::Lives
                    }
                    Step::Done => self.finish(cx),
                    Step::Ask(page) => {
                        cx.commands.push_back(more(&loading.session, page));
                        loading.deadline = cx.now + PAGE_PATIENCE;
                        Fate::Lives
                    }
                }
            }
            Link::Live { session, .. } => {
                let mode = completed.update_mode.as_str();
                if !mode.is_empty() && mode != self.update_mode {
                    mode.clone_into(&mut self.update_mode);
                    self.delay = delay_of(mode);
                    cx.tell(SeriesNews::UpdateMode(mode.to_owned()));
                }
                let Some(fetch) = self
                    .paging
                    .as_mut()
                    .and_then(|paging| paging.fetch.as_mut())
                else {
                    return Fate::Late;
                };
                match fetch.complete(data_completed) {
                    Step::Wait => Fate::Late,
                    Step::Ask(page) => {
                        cx.commands.push_back(more(session, page));
                        Fate::Lives
                    }
                    Step::Done => {
                        if let Some(paging) = self.paging.take() {
                            self.finish_paging(paging, cx);
                        }
                        Fate::Lives
                    }
                }
            }
        }
    }

    /// Gives out earlier bars.
    pub(super) fn finish_paging(&mut self, paging: Paging, cx: &mut Context<'_>) {
        let fetch = paging.fetch;
        let exhausted = fetch.as_ref().and_then(Fetch::exhausted);
        let data_completed = exhausted.map(str::to_owned);
        let mut bars: Vec<Bar> = fetch
            .map(Fetch::into_bars)
            .unwrap_or_default()
            .into_values()
            .collect();
        if let Some(oldest) = self.oldest {
            bars.retain(|bar| bar.time < oldest);
        }
        if let Some(first) = bars.first() {
            self.oldest = Some(first.time);
        }
        cx.tell(SeriesNews::Older(Older {
            call: paging.call,
            bars,
            data_completed,
        }));
    }

    /// An answer is whole: now, and not before, it is told.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) -> Fate {
        if let Link::Loading(loading) = &self.link
            && !self.is_new()
            && !self.starts_over()
            && (self.is_replaced(loading) || self.tape.is_rescaled(loading.fetch.bars()))
        {
            tracing::debug!(symbol = self.name(), "the past of a series has changed");
            self.is_void = true;
            return self.renew(cx);
        }
        let waiting = Link::Waiting { until: None };
        let Link::Loading(loading) = std::mem::replace(&mut self.link, waiting) else {
            return Fate::Lives;
        };
        let Loading {
            session,
            turnaround,
            info,
            fetch,
            update_mode,
            closes,
            ..
        } = *loading;
        self.link = Link::Live {
            session,
            turnaround,
        };
        self.attempts = 0;
        self.too_many = None;
        self.is_lost = false;
        self.heard = cx.now;
        if let Some(silence) = &mut self.silence {
            if let Some(info) = &info {
                silence.set_hours(Hours::of(info));
            }
            silence.end(cx.now);
        }
        self.delay = delay_of(&update_mode);
        if !self.update_mode.is_empty() && self.update_mode != update_mode {
            cx.tell(SeriesNews::UpdateMode(update_mode.clone()));
        }
        self.update_mode.clone_from(&update_mode);
        if let Some(name) = info.as_deref().and_then(name_of) {
            self.symbol = Some(name.to_owned());
        }
        let is_reached = fetch.is_reached();
        let data_completed = fetch.exhausted().map(str::to_owned);
        let bars = fetch.into_bars();
        if self.answer_by.take().is_some() {
            let bars = self.request.window.cut(bars.into_values().collect());
            self.tape.begin(&bars);
            self.oldest = bars.first().map(|bar| bar.time);
            let loaded = History {
                info: info.map(|info| *info).unwrap_or_default(),
                update_mode,
                data_completed,
                bars,
            };
            cx.tell(SeriesNews::Loaded(Box::new(loaded)));
            if !self.request.follow {
                return Fate::Over;
            }
        } else {
            self.interrupted = false;
            self.resume(bars, is_reached, data_completed.as_deref(), cx);
        }
        let closes = closes.or_else(|| self.end_by_length());
        self.close_at(closes);
        self.begin_paging(cx);
        if let Some(parent) = parent_of(&self.link) {
            self.studies.restore(&parent, cx);
        }
        Fate::Lives
    }

    fn resume(
        &mut self,
        bars: BTreeMap<i64, Bar>,
        is_reached: bool,
        data_completed: Option<&str>,
        cx: &mut Context<'_>,
    ) {
        if self.starts_over() {
            self.is_void = false;
            let bars = self.request.window.cut(bars.into_values().collect());
            self.tape = Tape::new(self.request.keep);
            self.tape.begin(&bars);
            self.oldest = bars.first().map(|bar| bar.time);
            cx.tell(SeriesNews::Reset(bars));
            return;
        }
        let reason = match data_completed {
            Some("limit") => GapReason::HistoryLimit,
            Some(_) => GapReason::HistoryBegins,
            None => GapReason::NotAnswered,
        };
        let is_open = !is_reached && self.tape.anchor().is_some();
        let unhealed = is_open.then_some(reason);
        self.tape.resume(bars, unhealed, &mut |news| cx.tell(news));
    }
}

/// What a symbol is, whoever serves its data.
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

/// By how many seconds data is delayed: `delayed_streaming_900`.
fn delay_of(update_mode: &str) -> i64 {
    update_mode
        .strip_prefix("delayed_streaming_")
        .and_then(|seconds| seconds.parse::<u32>().ok())
        .map_or(0, i64::from)
}
