//! Other inputs for a study, or another study in its place.

use std::time::{Duration, Instant};

use protocol::message::client;

use super::{Parent, Studies};
use crate::{
    registry::{context::Context, update::SubscriptionId},
    request::StudyRequest,
};

/// Changes of inputs within this time are sent as one, while the first of them is not answered.
const JOINED: Duration = Duration::from_millis(500);

impl Studies {
    /// Wants other inputs, or another study.
    pub(in crate::registry) fn modify(
        &mut self,
        id: SubscriptionId,
        request: StudyRequest,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let is_same_study = entry.request.kind == request.kind;
        let was_pending = entry.is_pending();
        entry.request = request;
        entry.suspicions = 0;
        entry.has_completed &= is_same_study;
        entry.expect_answer(cx.now);
        entry.is_second = false;
        let Some(parent) = parent else {
            return;
        };
        match entry.ids.take() {
            Some((study, _)) if is_same_study => {
                self.used += 1;
                // From now on, what answers the inputs of before is late.
                entry.ids = Some((study, format!("st{}", self.used)));
                entry.begin_loading();
                let joined = entry.modified_at.and_then(|at| at.checked_add(JOINED));
                let joined = joined.filter(|at| was_pending && *at > cx.now);
                entry.edit_due = Some(joined.unwrap_or(cx.now));
                self.send_edits(Some(parent), cx);
            }
            Some((study, _)) => {
                entry.edit_due = None;
                self.begin_removal(id, study, None, parent, cx);
            }
            None => self.create(id, parent, cx),
        }
    }

    /// Sends the inputs whose time has come.
    pub(super) fn send_edits(&mut self, parent: Option<&Parent<'_>>, cx: &mut Context<'_>) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= cx.now);
        let due = self.entries.iter().filter(|(_, it)| is_due(it.edit_due));
        let due: Vec<SubscriptionId> = due.map(|(id, _)| *id).collect();
        for id in due {
            let computed_from = self.parent_study(id).flatten();
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            entry.edit_due = None;
            let inputs = entry.request.inputs(computed_from.as_deref());
            let (Some(parent), Some((study, turnaround)), Some(inputs)) =
                (parent, entry.ids.clone(), inputs)
            else {
                continue;
            };
            entry.modified_at = Some(cx.now);
            cx.commands.push_back(
                client::ModifyStudy {
                    session: parent.session.to_owned().into(),
                    study: study.into(),
                    turnaround: turnaround.into(),
                    inputs,
                }
                .into(),
            );
            for member in self.family(id) {
                if let Some(member) = self.entries.get_mut(&member) {
                    member.reloads = true;
                }
            }
        }
    }

    /// The server begins to compute a study. If the one that it is computed from was changed, all
    /// of its values follow, and those of before are void.
    pub(super) fn begin_reloading(&mut self, study: &str, now: Instant) {
        let named = self.entries.values_mut().find(|entry| {
            let is_named = entry.ids.as_ref().is_some_and(|(id, _)| id == study);
            is_named && entry.reloads
        });
        if let Some(entry) = named {
            entry.begin_loading();
            entry.expect_answer(now);
        }
    }

    /// Creates a study once more, so that all of its values come again. Does nothing if they are on
    /// their way.
    pub(in crate::registry) fn refresh(
        &mut self,
        id: SubscriptionId,
        parent: &Parent<'_>,
        cx: &mut Context<'_>,
    ) {
        let complete = self.entries.get_mut(&id);
        let complete = complete.filter(|it| !it.points.is_loading());
        if let Some((study, _)) = complete.and_then(|entry| entry.ids.take()) {
            self.begin_removal(id, study, None, parent, cx);
        }
    }
}
