//! What a failed session means: a pause, another attempt, or the end of the request.

use std::time::Instant;

use transport::SuspendedStream;

use super::{ChartEntry, MAX_ATTEMPTS, RESUME_PAUSE, Stage};
use crate::{
    error::RequestError,
    registry::{
        context::{Context, Outcome},
        reason::{RefusalKind, refusal_kind},
        update::{SeriesUpdate, Update},
    },
};

impl ChartEntry {
    /// Reports why a series that was live waits, and for how long.
    pub(super) fn report_wait(&self, at: Instant, cx: &mut Context<'_>) {
        if !self.is_new() {
            let reason = self.words.as_deref().unwrap_or("no answer").to_owned();
            let retry_in = at.saturating_duration_since(cx.now);
            cx.report(SeriesUpdate::Suspended { reason, retry_in });
        }
    }

    /// Tries again with new ids, a bounded number of times.
    pub(super) fn retry(&mut self, reason: Option<String>, cx: &mut Context<'_>) -> Outcome {
        if self.attempts < MAX_ATTEMPTS {
            return match reason {
                Some(_) => self.renew_void(cx),
                // The time that was waited for an answer is a pause.
                None => self.renew(cx),
            };
        }
        if self.is_new() {
            return match reason {
                Some(reason) => self.refuse(reason, cx),
                None => self.give_up(cx),
            };
        }
        self.is_lost = true;
        // The reader has what it has; the promise is kept as soon as the server answers again.
        self.delete(cx);
        self.attempts = 0;
        cx.report(SeriesUpdate::Stale {
            age: cx.now.saturating_duration_since(self.heard),
        });
        self.interrupt(Some(cx.now + RESUME_PAUSE), cx)
    }

    pub(super) fn give_up(&mut self, cx: &mut Context<'_>) -> Outcome {
        let after = self.request.timeout;
        let error = match self.too_many.take() {
            Some(what) => RequestError::LimitExceeded { what },
            None => RequestError::TimedOut {
                after,
                last_words: self.words.take(),
            },
        };
        cx.update(Update::Failed(error));
        Outcome::Finished
    }

    pub(super) fn refuse(&self, reason: String, cx: &mut Context<'_>) -> Outcome {
        let symbol = self.name().to_owned();
        let error = match refusal_kind(&reason) {
            RefusalKind::Limit => RequestError::LimitExceeded { what: reason },
            _ => RequestError::Refused { symbol, reason },
        };
        cx.update(Update::Failed(error));
        Outcome::Finished
    }

    /// Those words, for the answer to a call.
    pub(super) fn last_words(&self, cx: &Context<'_>) -> Option<String> {
        let words = self.words.as_deref()?;
        Some(cx.secrets.hide(words).into_owned())
    }

    /// Notes that the server has no room for the session, so that others wait.
    pub(super) fn note_limit(&mut self, reason: &str, cx: &mut Context<'_>) {
        self.too_many = Some(reason.to_owned());
        if let Stage::Loading(loading) = &self.stage {
            cx.pacing.refuse(loading.begun, cx.now);
        }
        if let Some(at) = cx.pacing.next() {
            self.report_wait(at, cx);
        }
    }

    /// What it waits for before it is asked for again, if it does.
    pub(in crate::registry) fn suspended_stream(&self, now: Instant) -> Option<SuspendedStream> {
        let Stage::Waiting { until: Some(at) } = self.stage else {
            return None;
        };
        Some(SuspendedStream {
            stream: format!("{} {}", self.name(), self.request.interval),
            reason: self.words.as_deref().unwrap_or("no answer").to_owned(),
            retry_in: at.saturating_duration_since(now),
        })
    }

    /// Notes the server's words about what ended a request, session or connection.
    pub(in crate::registry) fn note_words(&mut self, words: &str) {
        if !words.is_empty() {
            self.words = Some(words.to_owned());
        }
    }
}
