//! Calls for bars before the history, one after the other.

use protocol::{bar::Bar, time::Timestamp};

use super::{ChartEntry, Paging, Stage, change::Change, holes::left_out, more};
use crate::{
    error::RequestError,
    event::Completeness,
    registry::{
        context::Context,
        fetch::{Fetch, Goal},
        update::{Older, SeriesUpdate, Shown},
    },
};

impl ChartEntry {
    /// Forgets what has arrived of earlier bars: it belongs to a session that is over.
    pub(super) fn restart_paging(&mut self) {
        if let Some(paging) = self.paging.front_mut() {
            paging.fetch = None;
        }
    }

    /// Sends the first page of the next call that a reader still awaits, if the series is live.
    pub(super) fn begin_paging(&mut self, cx: &mut Context<'_>) {
        if self
            .paging
            .front()
            .is_some_and(|paging| paging.fetch.is_some())
        {
            return;
        }
        self.paging.retain(|paging| !paging.reply.is_closed());
        self.refuse_strangers();
        let turn = self.changes.front().map(Change::number);
        let (Some(paging), Stage::Live { session, .. }) = (self.paging.front_mut(), &self.stage)
        else {
            return;
        };
        if turn.is_some_and(|turn| turn < paging.number) {
            return;
        }
        let than = self.oldest.unwrap_or(Timestamp::from_seconds(i64::MAX));
        let count = paging.count;
        let mut fetch = Fetch::new(Goal::Older { than, count });
        fetch.note_places(self.places.oldest);
        let page = fetch.page();
        paging.fetch = Some(fetch);
        cx.commands.push_back(more(session, page));
    }

    /// Answers calls for bars before others than the series shows, if their turn has come.
    fn refuse_strangers(&mut self) {
        let turn = self.changes.front().map_or(u64::MAX, Change::number);
        while let Some(paging) = self.paging.front()
            && paging.number < turn
            && paging.shown != Shown::of(&self.request)
            && let Some(paging) = self.paging.pop_front()
        {
            let reason = "the series was changed: take its events up to the reset first";
            // A caller that has gone needs no answer.
            let _ = paging.reply.send(Err(RequestError::Misuse { reason }));
        }
    }

    /// Answers the calls whose time is up. Bars that have arrived are complete as far as they go.
    pub(super) fn expire_paging(&mut self, cx: &mut Context<'_>) {
        while let Some(at) = self
            .paging
            .iter()
            .position(|paging| paging.deadline <= cx.now)
        {
            let Some(paging) = self.paging.remove(at) else {
                return;
            };
            if paging.fetch.is_some() {
                self.finish_paging(paging, cx);
            } else {
                // A caller that has gone needs no answer.
                let _ = paging.reply.send(Err(RequestError::TimedOut {
                    after: self.request.timeout,
                    last_words: self.last_words(cx),
                }));
                self.begin_calls(cx);
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
            let kept = bars.len().saturating_sub(self.request.retain);
            if let Some(kept) = bars.get(kept..).filter(|kept| !kept.is_empty()) {
                cx.report(SeriesUpdate::Earlier(kept.to_vec()));
            }
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
        self.studies.reveal(self.span(), cx);
        self.begin_calls(cx);
    }
}
