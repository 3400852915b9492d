//! A series on a second connection, which takes the place of the first.

use super::{ChartEntry, Link, parent_of};
use crate::registry::{context::Context, news::SeriesNews, silence::Silence};

impl ChartEntry {
    /// The same series, for another connection. `None` for one that has no promise to keep there: whose first answer
    /// is awaited, that is only history, whose past changes, or that is replayed.
    pub(in crate::registry) fn twin(&self) -> Option<Self> {
        if self.is_new() || !self.request.follow || self.is_replay() || self.request.repaints() {
            return None;
        }
        Some(Self {
            request: self.request.clone(),
            tape: self.tape.twin(),
            link: Link::Waiting { until: None },
            answer_by: None,
            oldest: self.oldest,
            paging: None,
            symbol: self.symbol.clone(),
            is_void: self.is_void,
            requests: 0,
            attempts: 0,
            too_many: None,
            renewals: self.renewals.clone(),
            interrupted: true,
            heard: self.heard,
            not_before: None,
            update_mode: self.update_mode.clone(),
            delay: self.delay,
            silence: self.silence.as_ref().map(Silence::twin),
            is_lost: false,
            studies: self.studies.twin(),
            replay: None,
        })
    }

    /// Whether its bars are replayed: what the server knows of a replay ends with its connection.
    pub(in crate::registry) fn is_replay(&self) -> bool {
        self.request.replay.is_some()
    }

    /// Whether it may go on for the series on an older connection.
    pub(in crate::registry) fn may_adopt(&self, old: &Self) -> bool {
        !self.is_live() || self.tape.reaches(&old.tape)
    }

    /// Takes the place of the series on an older connection: goes on where that has stopped.
    pub(in crate::registry) fn adopt(&mut self, old: Self, cx: &mut Context<'_>) {
        let seen = std::mem::replace(&mut self.tape, old.tape);
        self.oldest = old.oldest;
        self.paging = old.paging;
        if let Some(paging) = &mut self.paging {
            paging.fetch = None;
        }
        if self.is_live() {
            self.interrupted = false;
            if old.update_mode != self.update_mode {
                cx.tell(SeriesNews::UpdateMode(self.update_mode.clone()));
            }
            self.tape.adopt(seen, &mut |news| {
                // Nobody resumes what was not interrupted.
                if old.interrupted || !matches!(news, SeriesNews::Resumed { .. }) {
                    cx.tell(news);
                }
            });
            self.begin_paging(cx);
        } else {
            self.update_mode = old.update_mode;
            if !old.interrupted {
                cx.tell(SeriesNews::Reconnecting);
            }
        }
        let parent = parent_of(&self.link);
        self.studies.adopt(old.studies, parent.as_ref(), cx);
    }
}
