//! Removing studies. They count towards the account's limits until the server has deleted them.

use std::time::{Duration, Instant};

use super::{Parent, Studies, remove};
use crate::{
    error::RequestError,
    registry::{
        context::Context,
        update::{Reply, SubscriptionId, Update},
    },
};

/// How long the server may take to delete a study. Then others are created all the same.
const DELETION: Duration = Duration::from_secs(5);

/// Why a study has ended that was computed from another one.
const WITHOUT_PARENT: &str = "the study that it was computed from is over";

/// A study that the server is to remove.
#[derive(Debug)]
pub(super) struct Removal {
    study: String,
    /// Who waits for it.
    reply: Option<Reply<()>>,
    deadline: Instant,
}

impl Removal {
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    fn answer(self, answer: Result<(), RequestError>) {
        if let Some(reply) = self.reply {
            // A caller that has gone needs no answer.
            let _ = reply.send(answer);
        }
    }
}

impl Studies {
    /// Forgets a study, and ends those that are computed from it. `reply` is answered when the
    /// server has deleted it.
    pub(in crate::registry) fn remove(
        &mut self,
        id: SubscriptionId,
        reply: Option<Reply<()>>,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        self.end_family(id, cx);
        let ids = self.entries.remove(&id).and_then(|entry| entry.ids);
        match (ids, parent) {
            (Some((study, _)), Some(parent)) => self.begin_removal(id, study, reply, parent, cx),
            _ => {
                if let Some(reply) = reply {
                    // A caller that has gone needs no answer.
                    let _ = reply.send(Ok(()));
                }
            }
        }
    }

    /// Ends the studies that are computed from one that is over. The server removes them with it.
    pub(super) fn end_family(&mut self, id: SubscriptionId, cx: &mut Context<'_>) {
        for member in self.family(id) {
            self.entries.remove(&member);
            self.ended.push(member);
            let reason = WITHOUT_PARENT;
            cx.updates
                .update(member, Update::Failed(RequestError::Misuse { reason }));
        }
    }

    /// Tells the server to remove a study, and with it those that are computed from it. What is
    /// wanted still is created when that is done.
    pub(super) fn begin_removal(
        &mut self,
        id: SubscriptionId,
        study: String,
        reply: Option<Reply<()>>,
        parent: &Parent<'_>,
        cx: &mut Context<'_>,
    ) {
        for member in self.family(id) {
            if let Some(member) = self.entries.get_mut(&member) {
                (member.ids, member.edit_due) = (None, None);
            }
        }
        cx.commands.push_back(remove(parent.session, study.clone()));
        self.removals.push(Removal {
            study,
            reply,
            deadline: cx.now + DELETION,
        });
    }

    /// The server has deleted a study. False if it was not to.
    pub(in crate::registry) fn note_deleted(
        &mut self,
        study: &str,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) -> bool {
        let place = self.removals.iter().position(|it| it.study == study);
        let Some(place) = place else {
            return false;
        };
        self.removals.remove(place).answer(Ok(()));
        self.go_on(parent, cx);
        true
    }

    /// Goes on without the answers that are late.
    pub(super) fn expire_removals(
        &mut self,
        words: Option<&str>,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        let now = cx.now;
        let late = self.removals.extract_if(.., |it| it.deadline <= now);
        let late: Vec<Removal> = late.collect();
        if late.is_empty() {
            return;
        }
        for removal in late {
            removal.answer(Err(RequestError::TimedOut {
                after: DELETION,
                last_words: words.map(str::to_owned),
            }));
        }
        self.go_on(parent, cx);
    }

    /// Creates what has waited for the last removal.
    fn go_on(&mut self, parent: Option<&Parent<'_>>, cx: &mut Context<'_>) {
        if let Some(parent) = parent.filter(|_| self.removals.is_empty()) {
            self.restore(parent, cx);
        }
    }

    /// The session is gone, and all studies in it.
    pub(super) fn forget_removals(&mut self) {
        for removal in self.removals.drain(..) {
            removal.answer(Ok(()));
        }
    }
}
