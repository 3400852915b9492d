//! The newest state of quotes and studies on a standby connection, which delivers nothing yet.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use protocol::{
    message::server::QuoteValues,
    study::{graphics::Scene, report::StrategyReport},
    symbol::Symbol,
    time::Timestamp,
};

use super::{
    context::{Context, UpdateSink},
    place::Place,
    update::{QuoteSessionUpdate, SeriesUpdate, StudyUpdate, SubscriptionId, Update},
};
use crate::{event::StudyPoint, quote_state::QuoteState};

/// What a standby connection has received for the symbols of a quote session.
pub(super) type HeldQuotes = HashMap<Symbol, HeldQuote>;

/// The newest drawings and the newest report of a study.
pub(super) type StudyOutput = (Option<Arc<Scene>>, Option<Arc<StrategyReport>>);

/// The same of one symbol.
#[derive(Debug, Default)]
pub(super) struct HeldQuote {
    pub(super) state: QuoteState,
    pub(super) refused: Option<String>,
}

impl HeldQuote {
    pub(super) fn report(self, symbol: Symbol, cx: &mut Context<'_>) {
        let values = self.state.values().fields();
        let values: Vec<_> = values
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect();
        if !values.is_empty() {
            cx.update(Update::Quote(QuoteSessionUpdate::State(
                symbol.clone(),
                values,
            )));
        }
        if let Some(reason) = self.refused {
            cx.update(Update::Quote(QuoteSessionUpdate::Refused(symbol, reason)));
        }
    }
}

/// What a connection has received and not reported.
#[derive(Debug, Default)]
pub(super) struct StandbyBuffer {
    pub(super) quotes: HashMap<SubscriptionId, HeldQuotes>,
    pub(super) studies: HashMap<SubscriptionId, BTreeMap<Timestamp, StudyPoint>>,
    /// What studies have drawn and reported.
    pub(super) outputs: HashMap<SubscriptionId, StudyOutput>,
    pub(super) errors: HashMap<SubscriptionId, String>,
    /// What cannot go on as if nothing had happened, and is restored the usual way instead.
    pub(super) not_resumable: HashSet<SubscriptionId>,
}

impl UpdateSink for StandbyBuffer {
    fn update(&mut self, subscription: SubscriptionId, update: Update) {
        self.hold(subscription, update);
    }

    fn values(
        &mut self,
        subscription: SubscriptionId,
        _place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) {
        self.hold_values(subscription, symbol, values);
    }
}

impl StandbyBuffer {
    /// Keeps what a reader will have to know.
    pub(super) fn hold(&mut self, subscription: SubscriptionId, update: Update) {
        match update {
            Update::Quote(QuoteSessionUpdate::Values(symbol, values)) => {
                self.hold_values(subscription, &symbol, &values.values());
            }
            Update::Quote(QuoteSessionUpdate::State(symbol, values)) => {
                let held = self.held(subscription, symbol);
                held.refused = None;
                if !held.state.catch_up(values) {
                    self.not_resumable(subscription);
                }
            }
            Update::Quote(QuoteSessionUpdate::Refused(symbol, reason)) => {
                self.held(subscription, symbol).refused = Some(reason);
            }
            // What it said is missing here, and only here.
            Update::Quote(QuoteSessionUpdate::Skipped { .. }) => self.not_resumable(subscription),
            Update::Quote(
                QuoteSessionUpdate::Completed(_)
                | QuoteSessionUpdate::Stale(..)
                | QuoteSessionUpdate::Missing { .. }
                | QuoteSessionUpdate::Removed(_)
                | QuoteSessionUpdate::Suspended { .. }
                | QuoteSessionUpdate::Words(_)
                | QuoteSessionUpdate::Reconnecting
                | QuoteSessionUpdate::Resumed { .. },
            ) => {}
            Update::Study(StudyUpdate::Snapshot(points)) => {
                self.errors.remove(&subscription);
                self.outputs.remove(&subscription);
                let points = points.into_iter().map(|point| (point.time, point));
                self.studies.insert(subscription, points.collect());
            }
            Update::Study(StudyUpdate::Rows(points)) => {
                if let Some(held) = self.studies.get_mut(&subscription) {
                    held.extend(points.into_iter().map(|point| (point.time, point)));
                }
            }
            Update::Study(StudyUpdate::Graphics(scene)) => {
                self.outputs.entry(subscription).or_default().0 = Some(scene);
            }
            Update::Study(StudyUpdate::Report(report)) => {
                self.outputs.entry(subscription).or_default().1 = Some(report);
            }
            Update::Study(StudyUpdate::Error(reason)) => {
                self.errors.insert(subscription, reason);
            }
            // The other connection has what this one lacks. If it is lost meanwhile, a gap is
            // reported.
            Update::Series(
                SeriesUpdate::Gap { .. } | SeriesUpdate::Reset(_) | SeriesUpdate::Changed(_),
            )
            | Update::Failed(_) => {
                self.not_resumable(subscription);
            }
            // Bars are in the bar log; the rest is reported when it happens again.
            Update::Study(
                StudyUpdate::Reconnecting | StudyUpdate::Skipped(_) | StudyUpdate::Missing { .. },
            )
            | Update::Series(_) => {}
        }
    }

    /// Keeps new values of a symbol.
    pub(super) fn hold_values(
        &mut self,
        subscription: SubscriptionId,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) {
        let held = self.held(subscription, symbol.clone());
        held.refused = None;
        if !held.state.merge(values) {
            self.not_resumable(subscription);
        }
    }

    fn held(&mut self, subscription: SubscriptionId, symbol: Symbol) -> &mut HeldQuote {
        let quotes = self.quotes.entry(subscription).or_default();
        quotes.entry(symbol).or_default()
    }

    fn not_resumable(&mut self, subscription: SubscriptionId) {
        self.quotes.remove(&subscription);
        self.not_resumable.insert(subscription);
    }
}
