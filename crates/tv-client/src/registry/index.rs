//! Keeps the indexes (sessions, timers, queues) consistent after an entry has handled an input.

use std::time::Instant;

use tracing::Level;

use super::{
    context::{Context, Outcome, Updates},
    entry::SubscriptionKind,
    registry::Registry,
    update::{SubscriptionId, Update},
};
use crate::error::RequestError;

impl Registry {
    /// Lets an entry handle an input, then updates its places in the indexes.
    pub(super) fn with(
        &mut self,
        subscription: SubscriptionId,
        now: Instant,
        updates: Updates<'_>,
        handle: impl FnOnce(&mut SubscriptionKind, &mut Context<'_>) -> Outcome,
    ) {
        let Some(entry) = self.entries.get_mut(&subscription) else {
            return;
        };
        // What is logged meanwhile names the session and its symbol.
        let _spans = tracing::enabled!(Level::DEBUG).then(|| entry.enter());
        let mut standby = self.standby.as_mut();
        let updates: Updates<'_> = match &mut standby {
            Some(standby) => *standby,
            None => updates,
        };
        let mut cx = Context {
            now,
            subscription,
            clock: &self.clock,
            ids: &mut self.ids,
            refusals: &mut self.refusals,
            pacing: &mut self.pacing,
            commands: &mut self.commands,
            secrets: &self.secrets,
            updates,
        };
        match handle(&mut entry.kind, &mut cx) {
            Outcome::Ongoing => {}
            Outcome::Unchanged => return,
            Outcome::Late => self.late += 1,
            Outcome::Finished => {
                let studies = match &mut entry.kind {
                    SubscriptionKind::Quote(quotes) => {
                        quotes.delete(&mut cx);
                        Vec::new()
                    }
                    SubscriptionKind::Chart(chart) => {
                        chart.delete(&mut cx);
                        chart.take_studies()
                    }
                };
                for study in studies {
                    let reason = "the series of the study is over";
                    cx.updates
                        .update(study, Update::Failed(RequestError::Misuse { reason }));
                    self.parents.remove(&study);
                }
                return self.forget(subscription);
            }
        }
        if let SubscriptionKind::Chart(chart) = &mut entry.kind {
            for study in chart.take_ended_studies() {
                self.parents.remove(&study);
            }
        }
        let (session, second, timer) = match &entry.kind {
            SubscriptionKind::Quote(quotes) => {
                (quotes.session(), quotes.probe_session(), quotes.deadline())
            }
            SubscriptionKind::Chart(chart) => {
                let timer = chart.deadline(&self.clock);
                (chart.session(), chart.replay_session(), timer)
            }
        };
        for (known, now) in [(&mut entry.session, session), (&mut entry.second, second)] {
            if known.as_ref() != now {
                self.latest = None;
                if let Some(old) = known.take() {
                    self.sessions.remove(&old);
                }
                if let Some(new) = now {
                    self.sessions.insert(new.clone(), subscription);
                }
                *known = now.cloned();
            }
        }
        // Without a connection nothing needs a timer: the next connection restores everything.
        if entry.timer != timer {
            if let Some(old) = entry.timer {
                self.timers.remove(&(old, subscription));
            }
            entry.timer = timer;
            if let Some(new) = timer {
                self.timers.insert((new, subscription));
            }
        }
        let queue = match &entry.kind {
            SubscriptionKind::Quote(quotes) => quotes.has_commands().then_some(&mut self.quotes),
            SubscriptionKind::Chart(chart) => {
                if chart.is_loading() {
                    self.in_flight.insert(subscription);
                } else {
                    self.in_flight.remove(&subscription);
                }
                chart.is_waiting(now).then_some(&mut self.charts)
            }
        };
        if let Some(queue) = queue
            && self.is_open
            && !std::mem::replace(&mut entry.is_queued, true)
        {
            queue.push_back(subscription);
        }
    }

    pub(super) fn unqueue(&mut self, subscription: SubscriptionId) {
        if let Some(entry) = self.entries.get_mut(&subscription) {
            entry.is_queued = false;
        }
    }

    pub(super) fn forget(&mut self, subscription: SubscriptionId) {
        self.latest = None;
        if let Some(entry) = self.entries.remove(&subscription) {
            for session in [entry.session, entry.second].into_iter().flatten() {
                self.sessions.remove(&session);
            }
            if let Some(timer) = entry.timer {
                self.timers.remove(&(timer, subscription));
            }
        }
        self.in_flight.remove(&subscription);
        self.quotes.retain(|it| *it != subscription);
        self.charts.retain(|it| *it != subscription);
    }
}
