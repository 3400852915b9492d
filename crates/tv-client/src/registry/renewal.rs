//! Replaces a connection by a second one. Subscriptions are restored on the second while the first
//! still delivers; then the second continues where the first has stopped.
//!
//! Until then the second connection reports nothing. Its bars stand in the bar logs of the
//! standbys, which are compared with the delivered bars. The newest quotes and studies are held
//! here.

use std::time::Instant;

use super::{
    context::{Outcome, Updates},
    entry::{SubscriptionEntry, SubscriptionKind},
    registry::Registry,
    standby::StandbyBuffer,
    update::{StudyUpdate, SubscriptionId, Update},
};

impl Registry {
    /// The same subscriptions for another connection, which reports nothing until it takes over.
    /// `None` during a replay, since no other connection could continue it.
    pub(crate) fn standby(&mut self, now: Instant) -> Option<Self> {
        let is_replay = |entry: &SubscriptionEntry| matches!(&entry.kind, SubscriptionKind::Chart(chart) if chart.is_replay());
        if self.entries.values().any(is_replay) {
            return None;
        }
        let mut standby = Self::with_ids(self.ids.fork());
        standby.clock = self.clock;
        standby.secrets = self.secrets.clone();
        standby.refusals = self.refusals.clone();
        standby.standby = Some(StandbyBuffer::default());
        for (subscription, entry) in &self.entries {
            let kind = match &entry.kind {
                SubscriptionKind::Quote(quotes) => {
                    SubscriptionKind::Quote(Box::new(quotes.standby(now)))
                }
                SubscriptionKind::Chart(chart) => match chart.standby() {
                    Some(chart) => SubscriptionKind::Chart(Box::new(chart)),
                    None => continue,
                },
            };
            if let SubscriptionKind::Chart(chart) = &kind {
                let studies = chart.studies().map(|study| (study, *subscription));
                standby.parents.extend(studies);
            }
            standby.add(*subscription, kind, now, &mut |_, _| {});
        }
        Some(standby)
    }

    /// Whether it is a standby that waits to take over.
    pub(crate) fn is_standby(&self) -> bool {
        self.standby.is_some()
    }

    /// Whether all that is wanted is served.
    pub(crate) fn is_restored(&self) -> bool {
        self.is_open
            && self.in_flight.is_empty()
            && self.entries.values().all(|entry| match &entry.kind {
                SubscriptionKind::Quote(quotes) => quotes.is_restored(),
                SubscriptionKind::Chart(chart) => chart.is_live(),
            })
    }

    /// Takes the place of the registry that this is a standby of: goes on where that has stopped.
    /// What has no standby, or one that is not restored, is interrupted and restored as after the
    /// loss of a connection.
    pub(crate) fn take_over(&mut self, old: Self, now: Instant, updates: Updates<'_>) {
        let StandbyBuffer {
            mut quotes,
            studies,
            outputs,
            errors,
            not_resumable,
        } = self.standby.take().unwrap_or_default();
        let Self {
            entries,
            parents,
            ids,
            refusals,
            late,
            secrets,
            ..
        } = old;
        self.secrets.extend(&secrets);
        let is_void =
            |id: &SubscriptionId, entry: &SubscriptionEntry| match (&entry.kind, entries.get(id)) {
                _ if not_resumable.contains(id) => true,
                (SubscriptionKind::Quote(_), Some(old)) => {
                    !matches!(old.kind, SubscriptionKind::Quote(_))
                }
                (SubscriptionKind::Chart(chart), Some(old)) => {
                    !matches!(&old.kind, SubscriptionKind::Chart(old) if chart.may_adopt(old))
                }
                (_, None) => true,
            };
        let void = self.entries.iter().filter(|(id, entry)| is_void(id, entry));
        let void: Vec<SubscriptionId> = void.map(|(id, _)| *id).collect();
        for subscription in void {
            self.with(subscription, now, &mut |_, _| {}, |_, _| Outcome::Finished);
        }
        self.parents = parents;
        self.ids.learn(ids);
        self.refusals = refusals;
        self.late += late;
        for (subscription, old) in entries {
            let held = quotes.remove(&subscription).unwrap_or_default();
            if self.entries.contains_key(&subscription) {
                self.with(subscription, now, updates, |kind, cx| {
                    match (kind, old.kind) {
                        (SubscriptionKind::Quote(quotes), SubscriptionKind::Quote(old)) => {
                            quotes.adopt(*old, held, cx)
                        }
                        (SubscriptionKind::Chart(chart), SubscriptionKind::Chart(old)) => {
                            chart.adopt(*old, cx)
                        }
                        // Those of different kinds are void.
                        _ => {}
                    }
                    Outcome::Ongoing
                });
            } else {
                self.take_in(subscription, old.kind, now, updates);
            }
        }
        for (study, points) in studies {
            if self.parents.contains_key(&study) {
                let points = points.into_values().collect();
                updates.update(study, Update::Study(StudyUpdate::Snapshot(points)));
            }
        }
        for (study, (scene, report)) in outputs {
            if self.parents.contains_key(&study) {
                let scene = scene.map(StudyUpdate::Graphics);
                let report = report.map(StudyUpdate::Report);
                for update in scene.into_iter().chain(report) {
                    updates.update(study, Update::Study(update));
                }
            }
        }
        for (study, reason) in errors {
            if self.parents.contains_key(&study) {
                updates.update(study, Update::Study(StudyUpdate::Error(reason)));
            }
        }
    }

    /// Takes in what another connection has served until now.
    fn take_in(
        &mut self,
        subscription: SubscriptionId,
        kind: SubscriptionKind,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let is_open = self.is_open;
        self.entries
            .insert(subscription, SubscriptionEntry::new(kind));
        self.with(subscription, now, updates, |kind, cx| match kind {
            SubscriptionKind::Quote(quotes) => {
                quotes.disconnect(cx);
                if is_open {
                    quotes.connect(cx.now, cx);
                }
                Outcome::Ongoing
            }
            SubscriptionKind::Chart(chart) => chart.disconnect(cx),
        });
    }
}
