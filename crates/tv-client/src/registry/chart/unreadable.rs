//! What cannot be read of a series: a message, or one row of it.

use std::time::Duration;

use protocol::json::printable;
use serde_json::value::RawValue;

use super::{ChartEntry, MAX_ATTEMPTS, SERIES_ID, SYMBOL_ID, parent_of};
use crate::{
    error::RequestError,
    event::SkippedRow,
    registry::{
        context::{Context, Outcome},
        update::{SeriesUpdate, Update},
    },
};

/// Rows that cannot be read begin another session at most this often: its answer may hold them,
/// too.
const RENEWAL_PERIOD: Duration = Duration::from_secs(60);

impl ChartEntry {
    /// A text that names the session could not be read. A study that it is about pays alone;
    /// otherwise the series is requested again.
    pub(in crate::registry) fn skip(
        &mut self,
        text: &str,
        reason: &str,
        cx: &mut Context<'_>,
    ) -> Outcome {
        let is_whole = serde_json::from_str::<&RawValue>(text).is_ok();
        let names = |id: &str| text.contains(&format!("\"{id}\""));
        let is_of_study = is_whole && !names(SERIES_ID) && !names(SYMBOL_ID);
        if is_of_study
            && let Some(parent) = parent_of(&self.stage)
            && self.studies.skip(names, reason, &parent, cx)
        {
            self.studies.try_suspect(&parent, cx);
            return Outcome::Ongoing;
        }
        self.skip_message(reason, cx)
    }

    /// A message about the series could not be read: bars may be missing, which another session
    /// shows.
    pub(super) fn skip_message(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        tracing::info!(
            symbol = self.name(),
            "a message about a series could not be read"
        );
        self.note_words(reason);
        if !self.is_new() {
            cx.report(SeriesUpdate::Skipped(reason.to_owned()));
        } else if self.attempts >= MAX_ATTEMPTS {
            let symbol = self.name().to_owned();
            let reason = reason.to_owned();
            cx.update(Update::Failed(RequestError::Malformed { symbol, reason }));
            return Outcome::Finished;
        }
        self.renew_void(cx)
    }

    /// Rows of live data could not be read. What they said is requested again, but not over and
    /// over.
    pub(super) fn skip_rows(&mut self, rows: Vec<SkippedRow>, cx: &mut Context<'_>) -> Outcome {
        if rows.is_empty() {
            return Outcome::Ongoing;
        }
        for row in rows {
            let (symbol, time) = (self.name(), row.time.map(tracing::field::display));
            tracing::info!(symbol, row.index, time, "a row could not be read");
            cx.report(SeriesUpdate::Skipped(printable(&row.to_string())));
        }
        let last = self.renewed_unread;
        if last.is_some_and(|last| cx.now < last + RENEWAL_PERIOD) {
            return Outcome::Ongoing;
        }
        self.renewed_unread = Some(cx.now);
        self.renew_void(cx)
    }
}
