//! What a series does by the clock: closing the open bar, giving up on answers, noticing silence.

use std::time::{Duration, Instant};

use transport::StaleStream;

use super::{CLOSING_GRACE, ChartEntry, MAX_ATTEMPTS, Stage, change::Change, parent_of};
use crate::registry::{
    clock::ServerClock,
    context::{Context, Outcome},
    replay::Replay,
    silence::{Silence, Verdict},
    update::SeriesUpdate,
};

/// A session that is silent is replaced by another one at most this often.
const SILENT_PERIOD: Duration = Duration::from_secs(12);

/// A timer that fires so late shows that no time was given to us, and how long to wait then for
/// what has come meanwhile.
const LATE: Duration = Duration::from_secs(2);

impl ChartEntry {
    /// When it must be looked at.
    pub(in crate::registry) fn deadline(&self, clock: &ServerClock) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Waiting { until } => *until,
            Stage::Loading(loading) => Some(loading.deadline),
            Stage::Live { .. } => self.closing(clock),
        };
        let paging = self.paging.iter().map(|paging| paging.deadline).min();
        let replay = self.replay.as_ref().and_then(Replay::deadline);
        let silence = self.silence.as_ref().and_then(Silence::check_at);
        let change = self.change_deadline();
        let studies = self.studies.deadline();
        [
            stage,
            self.answer_by,
            paging,
            replay,
            silence,
            change,
            studies,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When the clock closes the open bar.
    fn closing(&self, clock: &ServerClock) -> Option<Instant> {
        let closes = self.bar_log.close_at()?;
        let due = clock.instant_of(closes.saturating_add(self.delay + CLOSING_GRACE).seconds())?;
        Some(self.not_before.map_or(due, |other| other.max(due)))
    }

    /// Does what is due.
    pub(in crate::registry) fn handle_timeout(&mut self, cx: &mut Context<'_>) -> Outcome {
        if self.answer_by.is_some_and(|deadline| deadline <= cx.now) {
            return self.give_up(cx);
        }
        self.expire_paging(cx);
        let parent = parent_of(&self.stage);
        let words = self.words.as_deref();
        self.studies.handle_timeout(words, parent.as_ref(), cx);
        if let Some(outcome) = self.expire_changes(cx) {
            return outcome;
        }
        let words = self.last_words(cx);
        if let Some(replay) = &mut self.replay {
            replay.handle_timeout(cx.now, words);
            if replay.is_silent(cx.now) {
                let age = cx.now.saturating_duration_since(self.heard);
                cx.report(SeriesUpdate::Stale { age });
            }
        }
        match &mut self.stage {
            Stage::Loading(loading) if loading.deadline <= cx.now => {
                let fetch = &loading.fetch;
                let has_symbol = loading.info.is_some() || self.answer_by.is_none();
                // A history is what there is. What was missed is asked for again before a gap is
                // reported.
                let is_enough = self.answer_by.is_some()
                    || self.changes.front().is_some_and(Change::is_loading)
                    || fetch.is_reached()
                    || self.attempts >= MAX_ATTEMPTS;
                if has_symbol && fetch.is_paging() && is_enough {
                    self.finish(cx)
                } else {
                    self.retry(None, cx)
                }
            }
            Stage::Live { .. } => {
                let due = self.closing(cx.clock).filter(|due| *due <= cx.now);
                match due {
                    // A process that was suspended, or a runtime that was starved.
                    Some(due) if self.not_before.is_none() && due + LATE <= cx.now => {
                        self.not_before = Some(cx.now + LATE);
                    }
                    Some(_) => {
                        self.not_before = None;
                        self.bar_log.close_open(&mut |update| cx.report(update));
                    }
                    None => {}
                }
                self.judge_silence(cx)
            }
            Stage::Waiting { until } => {
                until.take_if(|until| *until <= cx.now);
                Outcome::Ongoing
            }
            Stage::Loading(_) => Outcome::Ongoing,
        }
    }

    /// Reports silence, and begins another session after twice the time: the server may have
    /// forgotten this one.
    fn judge_silence(&mut self, cx: &mut Context<'_>) -> Outcome {
        let Some(silence) = &mut self.silence else {
            return Outcome::Ongoing;
        };
        match silence.judge(self.heard, self.delay, cx.clock, cx.now) {
            Verdict::Bearable => Outcome::Ongoing,
            Verdict::Stale(age) => {
                cx.report(SeriesUpdate::Stale { age });
                Outcome::Ongoing
            }
            Verdict::Again => {
                let limit = self.request.stale_after.unwrap_or_default();
                let pause = SILENT_PERIOD.saturating_sub(limit * 2);
                self.delete(cx);
                self.interrupt((!pause.is_zero()).then(|| cx.now + pause), cx)
            }
        }
    }

    /// Its name and the age of its data, if its silence was reported.
    pub(in crate::registry) fn stale_stream(&self, now: Instant) -> Option<StaleStream> {
        let is_silent = self.silence.as_ref().is_some_and(Silence::is_reported);
        (is_silent || self.is_lost).then(|| StaleStream {
            stream: format!("{} {}", self.name(), self.request.interval),
            age: now.saturating_duration_since(self.heard),
        })
    }
}
