//! A second connection takes the place of the first: what is wanted is restored on it while the first still delivers,
//! and then it goes on where the first has stopped.
//!
//! Meanwhile nothing of it is told. Bars stand on the tapes of the twins, which are compared with what was told; quotes
//! and studies are held here, the newest of each.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Instant,
};

use protocol::symbol::Symbol;

use super::{
    Registry,
    entry::{Context, Entry, Fate, Kind, Updates},
    news::{SeriesNews, SubscriptionId, Update},
    quote::QuoteNews,
    study::StudyNews,
};
use crate::{event::StudyPoint, quote_state::QuoteState};

/// What the symbols of a quote session have said on a connection of which nothing is told.
pub(super) type HeldQuotes = HashMap<Symbol, HeldQuote>;

/// The same of one symbol.
#[derive(Debug, Default)]
pub(super) struct HeldQuote {
    state: QuoteState,
    refused: Option<String>,
}

impl HeldQuote {
    pub(super) fn tell(self, symbol: Symbol, cx: &mut Context<'_>) {
        let values = self.state.values().fields();
        let values: Vec<_> = values
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect();
        if !values.is_empty() {
            cx.update(Update::Quote(QuoteNews::State(symbol.clone(), values)));
        }
        if let Some(reason) = self.refused {
            cx.update(Update::Quote(QuoteNews::Refused(symbol, reason)));
        }
    }
}

/// What a connection has said of which nothing is told.
#[derive(Debug, Default)]
pub(super) struct Shadow {
    quotes: HashMap<SubscriptionId, HeldQuotes>,
    studies: HashMap<SubscriptionId, BTreeMap<i64, StudyPoint>>,
    errors: HashMap<SubscriptionId, String>,
    /// What cannot go on as if nothing had happened, and is restored the usual way instead.
    unfit: HashSet<SubscriptionId>,
}

impl Shadow {
    /// Keeps what a reader will have to know.
    pub(super) fn hold(&mut self, subscription: SubscriptionId, update: Update) {
        match update {
            Update::Quote(QuoteNews::Values(symbol, values)) => {
                let held = self.held(subscription, symbol);
                held.refused = None;
                if !held.state.merge(&values) {
                    self.unfit(subscription);
                }
            }
            Update::Quote(QuoteNews::State(symbol, values)) => {
                let held = self.held(subscription, symbol);
                held.refused = None;
                if !held.state.catch_up(values) {
                    self.unfit(subscription);
                }
            }
            Update::Quote(QuoteNews::Refused(symbol, reason)) => {
                self.held(subscription, symbol).refused = Some(reason);
            }
            // What it said is missing here, and only here.
            Update::Quote(QuoteNews::Skipped(_)) => self.unfit(subscription),
            Update::Quote(
                QuoteNews::Completed(_)
                | QuoteNews::Stale(..)
                | QuoteNews::Removed(_)
                | QuoteNews::Reconnecting
                | QuoteNews::Resumed { .. },
            ) => {}
            Update::Study(StudyNews::Snapshot(points)) => {
                self.errors.remove(&subscription);
                let points = points.into_iter().map(|point| (point.time, point));
                self.studies.insert(subscription, points.collect());
            }
            Update::Study(StudyNews::Rows(points)) => {
                if let Some(held) = self.studies.get_mut(&subscription) {
                    held.extend(points.into_iter().map(|point| (point.time, point)));
                }
            }
            Update::Study(StudyNews::Error(reason)) => {
                self.errors.insert(subscription, reason);
            }
            // The other connection has what this one lacks, if it is not lost meanwhile: then a gap is told.
            Update::Series(SeriesNews::Gap { .. } | SeriesNews::Reset(_)) | Update::Failed(_) => {
                self.unfit(subscription);
            }
            // Bars are on the tape; the rest is told again when it happens again.
            Update::Study(StudyNews::Reconnecting) | Update::Series(_) => {}
        }
    }

    fn held(&mut self, subscription: SubscriptionId, symbol: Symbol) -> &mut HeldQuote {
        let quotes = self.quotes.entry(subscription).or_default();
        quotes.entry(symbol).or_default()
    }

    fn unfit(&mut self, subscription: SubscriptionId) {
        self.quotes.remove(&subscription);
        self.unfit.insert(subscription);
    }
}

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
                updates(study, Update::Study(StudyNews::Snapshot(points)));
            }
        }
        for (study, reason) in errors {
            if self.parents.contains_key(&study) {
                updates(study, Update::Study(StudyNews::Error(reason)));
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
