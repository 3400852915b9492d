//! A series on a second connection, which takes the place of the first.

use std::collections::VecDeque;

use super::{ChartEntry, SYMBOL_ID, Stage, parent_of};
use crate::registry::{
    context::Context,
    holes::PlaceWatch,
    silence::Silence,
    update::{SeriesUpdate, Shown},
};

impl ChartEntry {
    /// The same series, for another connection. `None` for one that has no promise to keep there:
    /// whose first answer is awaited, that is only history, whose past changes, or that is
    /// replayed.
    pub(in crate::registry) fn standby(&self) -> Option<Self> {
        if self.is_new() || !self.request.follow || self.is_replay() || self.request.repaints() {
            return None;
        }
        Some(Self {
            request: self.settled().clone(),
            bar_log: self.bar_log.standby(),
            stage: Stage::Waiting { until: None },
            words: None,
            answer_by: None,
            oldest: self.oldest,
            paging: VecDeque::new(),
            changes: VecDeque::new(),
            calls: 0,
            symbol_id: SYMBOL_ID.to_owned(),
            symbols: 0,
            info: self.info.clone(),
            is_changed: self.is_changed,
            symbol: self.symbol.clone(),
            is_void: self.is_void,
            requests: 0,
            attempts: 0,
            renewed_unread: self.renewed_unread,
            too_many: None,
            void_pauses: self.void_pauses.clone(),
            places: PlaceWatch::new(self.is_watch_off()),
            interrupted: true,
            heard: self.heard,
            not_before: None,
            update_mode: self.update_mode.clone(),
            delay: self.delay,
            silence: self.silence.as_ref().map(Silence::standby),
            is_lost: false,
            studies: self.studies.standby(),
            replay: None,
        })
    }

    /// Whether its bars are replayed: what the server knows of a replay ends with its connection.
    pub(in crate::registry) fn is_replay(&self) -> bool {
        self.request.replay.is_some()
    }

    /// Whether it may go on for the series on an older connection.
    pub(in crate::registry) fn may_adopt(&self, old: &Self) -> bool {
        let is_same = Shown::of(&self.request) == Shown::of(old.settled());
        is_same && (!self.is_live() || self.bar_log.reaches(&old.bar_log))
    }

    /// Takes the place of the series on an older connection: goes on where that has stopped.
    pub(in crate::registry) fn adopt(&mut self, mut old: Self, cx: &mut Context<'_>) {
        old.spare_change();
        old.revert_change();
        self.request = old.request;
        (self.changes, self.calls) = (old.changes, old.calls);
        (self.info, self.is_changed) = (old.info, old.is_changed);
        let seen = std::mem::replace(&mut self.bar_log, old.bar_log);
        self.oldest = old.oldest;
        self.places.is_off |= old.places.is_off;
        self.paging = old.paging;
        self.restart_paging();
        if self.is_live() {
            self.interrupted = false;
            if old.update_mode != self.update_mode {
                cx.report(SeriesUpdate::UpdateMode(self.update_mode.clone()));
            }
            self.bar_log.adopt(seen, &mut |update| {
                // A series that was not interrupted reports no end of an interruption.
                if old.interrupted || !matches!(update, SeriesUpdate::Resumed { .. }) {
                    cx.report(update);
                }
            });
            self.begin_calls(cx);
        } else {
            self.update_mode = old.update_mode;
            self.words = self.words.take().or(old.words);
            if !old.interrupted {
                cx.report(SeriesUpdate::Reconnecting);
            }
        }
        let parent = parent_of(&self.stage);
        self.studies.adopt(old.studies, parent.as_ref(), cx);
    }
}
