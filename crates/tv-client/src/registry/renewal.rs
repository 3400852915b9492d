//! A second connection takes the place of the first: what is wanted is restored on it while the first still delivers,
//! and then it goes on where the first has stopped.
//!
//! Meanwhile nothing of it is told. Bars stand on the tapes of the twins, which are compared with what was told; quotes
//! and studies are held here, the newest of each.

use std::time::Instant;

use super::{
    context::{Fate, Updates},
    entry::{Entry, Kind},
    news::{StudyNews, SubscriptionId, Update},
    registry::Registry,
    shadow::Shadow,
};

impl Registry {
    /// The same wishes for another connection, of which nothing is told until it takes over. `None` while something is
    /// replayed, since no other connection could go on with that.
    pub(crate) fn twin(&mut self, now: Instant) -> Option<Self> {
        let is_replay =
            |entry: &Entry| matches!(&entry.kind, Kind::Chart(chart) if chart.is_replay());
        if self.entries.values().any(is_replay) {
            return None;
        }
        let mut twin = Self::with_ids(self.ids.fork());
        twin.clock = self.clock;
        twin.refusals = self.refusals.clone();
        twin.shadow = Some(Shadow::default());
        for (subscription, entry) in &self.entries {
            let kind = match &entry.kind {
                Kind::Quote(quotes) => Kind::Quote(Box::new(quotes.twin(now))),
                Kind::Chart(chart) => match chart.twin() {
                    Some(chart) => Kind::Chart(Box::new(chart)),
                    None => continue,
                },
            };
            if let Kind::Chart(chart) = &kind {
                let studies = chart.studies().map(|study| (study, *subscription));
                twin.parents.extend(studies);
            }
            twin.add(*subscription, kind, now, &mut |_, _| {});
        }
        Some(twin)
    }

    /// Whether it is a twin that waits to take over.
    pub(crate) fn is_twin(&self) -> bool {
        self.shadow.is_some()
    }

    /// Whether all that is wanted is served.
    pub(crate) fn is_restored(&self) -> bool {
        self.is_open
            && self.in_flight.is_empty()
            && self.entries.values().all(|entry| match &entry.kind {
                Kind::Quote(quotes) => quotes.is_restored(),
                Kind::Chart(chart) => chart.is_live(),
            })
    }

    /// Takes the place of the registry that this is a twin of: goes on where that has stopped. What has no twin, or
    /// one that is not restored, is interrupted and restored as after the loss of a connection.
    pub(crate) fn take_over(&mut self, old: Self, now: Instant, updates: Updates<'_>) {
        let Shadow {
            mut quotes,
            studies,
            errors,
            unfit,
        } = self.shadow.take().unwrap_or_default();
        let Self {
            entries,
            parents,
            ids,
            refusals,
            late,
            ..
        } = old;
        let is_void = |id: &SubscriptionId, entry: &Entry| match (&entry.kind, entries.get(id)) {
            _ if unfit.contains(id) => true,
            (Kind::Quote(_), Some(old)) => !matches!(old.kind, Kind::Quote(_)),
            (Kind::Chart(chart), Some(old)) => {
                !matches!(&old.kind, Kind::Chart(old) if chart.may_adopt(old))
            }
            (_, None) => true,
        };
        let void = self.entries.iter().filter(|(id, entry)| is_void(id, entry));
        let void: Vec<SubscriptionId> = void.map(|(id, _)| *id).collect();
        for subscription in void {
            self.with(subscription, now, &mut |_, _| {}, |_, _| Fate::Over);
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
                        (Kind::Quote(quotes), Kind::Quote(old)) => quotes.adopt(*old, held, cx),
                        (Kind::Chart(chart), Kind::Chart(old)) => chart.adopt(*old, cx),
                        // Those of different kinds are void.
                        _ => {}
                    }
                    Fate::Lives
                });
            } else {
                self.take_in(subscription, old.kind, now, updates);
            }
        }
        for (study, points) in studies {
            if self.parents.contains_key(&study) {
                let points = points.into_values().collect();
                updates.update(study, Update::Study(StudyNews::Snapshot(points)));
            }
        }
        for (study, reason) in errors {
            if self.parents.contains_key(&study) {
                updates.update(study, Update::Study(StudyNews::Error(reason)));
            }
        }
    }

    /// Takes in what another connection has served until now.
    fn take_in(
        &mut self,
        subscription: SubscriptionId,
        kind: Kind,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let is_open = self.is_open;
        self.entries.insert(subscription, Entry::new(kind));
        self.with(subscription, now, updates, |kind, cx| match kind {
            Kind::Quote(quotes) => {
                quotes.disconnect(cx);
                if is_open {
                    quotes.connect(cx.now, cx);
                }
                Fate::Lives
            }
            Kind::Chart(chart) => chart.disconnect(cx),
        });
    }
}
