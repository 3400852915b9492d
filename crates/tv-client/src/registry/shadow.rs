//! The newest state of quotes and studies on a standby connection, of which nothing is delivered yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::{message::server::QuoteValues, symbol::Symbol};

use super::{
    context::{Context, UpdateSink},
    news::{QuoteNews, SeriesNews, StudyNews, SubscriptionId, Update},
    place::Place,
};
use crate::{event::StudyPoint, quote_state::QuoteState};

/// What the symbols of a quote session have said on a connection of which nothing is told.
pub(super) type HeldQuotes = HashMap<Symbol, HeldQuote>;

/// The same of one symbol.
#[derive(Debug, Default)]
pub(super) struct HeldQuote {
    pub(super) state: QuoteState,
    pub(super) refused: Option<String>,
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
    pub(super) quotes: HashMap<SubscriptionId, HeldQuotes>,
    pub(super) studies: HashMap<SubscriptionId, BTreeMap<i64, StudyPoint>>,
    pub(super) errors: HashMap<SubscriptionId, String>,
    /// What cannot go on as if nothing had happened, and is restored the usual way instead.
    pub(super) unfit: HashSet<SubscriptionId>,
}

impl UpdateSink for Shadow {
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

impl Shadow {
    /// Keeps what a reader will have to know.
    pub(super) fn hold(&mut self, subscription: SubscriptionId, update: Update) {
        match update {
            Update::Quote(QuoteNews::Values(symbol, values)) => {
                self.hold_values(subscription, &symbol, &values.values());
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
            self.unfit(subscription);
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
