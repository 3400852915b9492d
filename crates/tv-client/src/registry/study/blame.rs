//! What a study has to do with a fault of its session: which one is suspected, and which one fails.

use super::{Parent, Studies, StudyEntry, StudyUpdate, SubscriptionId, Update};
use crate::{
    error::RequestError,
    registry::{
        context::Context,
        reason::{RefusalKind, refusal_kind},
    },
};

impl Studies {
    /// The session is void, for the reason that the server gives. A study that the reason names
    /// fails alone. If it names none, the study that was created last and still loads is suspected:
    /// in the next sessions it is created after all others, and fails if two of them are void, too.
    /// One that has had values fails after three.
    pub(in crate::registry) fn blame(&mut self, reason: &str, cx: &mut Context<'_>) {
        let pending = self.entries.iter().filter(|(_, it)| it.is_pending());
        let named = pending.clone().filter(|(_, it)| it.is_in(reason));
        let mut suspects: Vec<SubscriptionId> = named.map(|(id, _)| *id).collect();
        if suspects.is_empty() {
            suspects = pending.map(|(id, _)| *id).collect();
        }
        let is_study = reason.to_ascii_lowercase().contains("stud");
        if !is_study && refusal_kind(reason) == RefusalKind::Limit {
            return;
        }
        let created = |id: &SubscriptionId| self.entries.get(id).and_then(StudyEntry::number);
        let Some(last) = suspects.iter().copied().max_by_key(created) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&last) else {
            return;
        };
        let is_known = entry.suspicions >= entry.allowed_suspicions();
        if is_known || (suspects.len() == 1 && is_study) {
            self.fail(last, reason, None, cx);
        } else {
            entry.suspicions += 1;
        }
    }

    /// The connection ends for a reason that may name a study of this series: by its id on the
    /// server, or by its id in the session if the reason names that, too.
    pub(in crate::registry) fn blame_named(
        &mut self,
        reason: &str,
        is_session: bool,
        cx: &mut Context<'_>,
    ) {
        let is_named = |it: &StudyEntry| match is_session {
            true => it.is_in(reason),
            false => reason.contains(&it.request.kind),
        };
        let named = self.entries.iter().filter(|(_, it)| it.is_pending());
        let named = named.filter(|(_, it)| is_named(it)).map(|(id, _)| *id);
        let named: Vec<SubscriptionId> = named.collect();
        for id in named {
            self.fail(id, reason, None, cx);
        }
    }

    /// Ends a study with the server's words, and the code beside them.
    pub(super) fn fail(
        &mut self,
        id: SubscriptionId,
        reason: &str,
        code: Option<&str>,
        cx: &mut Context<'_>,
    ) {
        self.end_family(id, cx);
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        let error = refusal(entry.request.kind, reason, code);
        self.ended.push(id);
        cx.updates.update(id, Update::Failed(error));
    }

    /// A message that names a study by its id could not be read. False if no study has that id.
    ///
    /// A study that still loads is created once more; if that cannot be read either, it fails.
    pub(in crate::registry) fn skip(
        &mut self,
        names: impl Fn(&str) -> bool,
        reason: &str,
        parent: &Parent<'_>,
        cx: &mut Context<'_>,
    ) -> bool {
        let is_named = |entry: &StudyEntry| entry.ids.as_ref().is_some_and(|(id, _)| names(id));
        let named = self.entries.iter_mut().find(|(_, entry)| is_named(entry));
        let Some((id, entry)) = named else {
            return false;
        };
        let id = *id;
        let update = StudyUpdate::Skipped(reason.to_owned());
        cx.updates.update(id, Update::Study(update));
        if !entry.points.is_loading() {
            return true;
        }
        let is_second = std::mem::replace(&mut entry.is_second, true);
        let ids = entry.ids.take();
        if let Some((study, _)) = ids {
            self.begin_removal(id, study, None, parent, cx);
        }
        if !is_second {
            return true;
        }
        self.end_family(id, cx);
        if let Some(entry) = self.entries.remove(&id) {
            self.ended.push(id);
            let error = RequestError::Malformed {
                symbol: entry.request.kind,
                reason: reason.to_owned(),
            };
            cx.updates.update(id, Update::Failed(error));
        }
        true
    }

    /// The studies that have ended by themselves since the last call.
    pub(in crate::registry) fn take_ended(&mut self) -> Vec<SubscriptionId> {
        std::mem::take(&mut self.ended)
    }
}

impl StudyEntry {
    /// How many sessions it may have voided before it fails: an unhappy server voids one or two by
    /// itself. One that has had values was accepted once, so that something else is more likely.
    fn allowed_suspicions(&self) -> u32 {
        if self.has_completed { 3 } else { 2 }
    }

    /// Whether a reason names the study, by its id in the session or on the server.
    fn is_in(&self, reason: &str) -> bool {
        let is_part = |char: char| !char.is_ascii_alphanumeric() && char != '_';
        let id = self.ids.as_ref().map(|(id, _)| id.as_str());
        let is_named = reason.split(is_part).any(|word| Some(word) == id);
        is_named || reason.contains(&self.request.kind)
    }

    /// When it was created, compared with others of its session.
    fn number(&self) -> Option<u64> {
        let (_, turnaround) = self.ids.as_ref()?;
        turnaround.strip_prefix("st")?.parse().ok()
    }
}

/// The error of a study that is refused.
fn refusal(study: String, reason: &str, code: Option<&str>) -> RequestError {
    let words = reason.to_ascii_lowercase();
    let reason = reason.to_owned();
    if code == Some("study_limit_exceeded")
        || words.contains("study_limit_exceeded")
        || words.contains("maximum number of studies")
    {
        return RequestError::StudyLimit { study, reason };
    }
    if words.contains("study_not_auth") {
        return RequestError::NotEntitled { study, reason };
    }
    match refusal_kind(&reason) {
        RefusalKind::Limit => RequestError::LimitExceeded { what: reason },
        _ => RequestError::Refused {
            symbol: study,
            reason,
        },
    }
}
