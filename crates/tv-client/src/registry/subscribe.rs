//! The commands of handles: begin, change and end subscriptions.

use std::time::Instant;

use protocol::symbol::Symbol;

use super::{
    chart::ChartEntry,
    context::{Outcome, Updates},
    entry::{SubscriptionEntry, SubscriptionKind},
    quote::QuoteEntry,
    registry::Registry,
    update::{Older, Reply, Shown, SubscriptionId, Update},
};
use crate::{
    error::RequestError,
    request::{QuoteRequest, ReplayCommand, SeriesChange, SeriesRequest, StudyRequest},
};

impl Registry {
    /// Wants a quote session.
    pub(crate) fn add_quotes(
        &mut self,
        subscription: SubscriptionId,
        request: &QuoteRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let quotes = Box::new(QuoteEntry::new(request, now));
        self.add(subscription, SubscriptionKind::Quote(quotes), now, updates);
    }

    /// Wants a series.
    pub(crate) fn add_series(
        &mut self,
        subscription: SubscriptionId,
        request: SeriesRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        if let Some(reason) = self.refusals.reason(now, &ChartEntry::key(&request)) {
            let reason = reason.to_owned();
            let symbol = request.descriptor.symbol().to_string();
            let refused = RequestError::Refused { symbol, reason };
            return updates.update(subscription, Update::Failed(refused));
        }
        let chart = Box::new(ChartEntry::new(request, now));
        self.add(subscription, SubscriptionKind::Chart(chart), now, updates);
    }

    pub(super) fn add(
        &mut self,
        subscription: SubscriptionId,
        kind: SubscriptionKind,
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.entries
            .insert(subscription, SubscriptionEntry::new(kind));
        self.with(subscription, now, updates, |_, _| Outcome::Ongoing);
    }

    /// Adds symbols to a quote session, and takes others away.
    pub(crate) fn change_symbols(
        &mut self,
        subscription: SubscriptionId,
        added: &[Symbol],
        removed: &[Symbol],
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.with(subscription, now, updates, |kind, cx| {
            if let SubscriptionKind::Quote(quotes) = kind {
                quotes.add(added, cx.now);
                quotes.take_away(removed, cx);
            }
            Outcome::Ongoing
        });
    }

    /// Wants bars of a series that are earlier than those that its reader has.
    pub(crate) fn fetch_more(
        &mut self,
        subscription: SubscriptionId,
        (count, shown): (usize, Shown),
        reply: Reply<Older>,
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.with(subscription, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.fetch_more(count, shown, reply, cx);
            }
            Outcome::Ongoing
        });
    }

    /// Wants another symbol, interval or range of a series.
    pub(crate) fn modify_series(
        &mut self,
        subscription: SubscriptionId,
        change: SeriesChange,
        reply: Reply<()>,
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.with(subscription, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.modify(change, reply, cx);
            }
            Outcome::Ongoing
        });
    }

    /// Tells a replay what to do.
    pub(crate) fn command_replay(
        &mut self,
        subscription: SubscriptionId,
        command: ReplayCommand,
        reply: Reply<()>,
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.with(subscription, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.command_replay(command, reply, cx);
            }
            Outcome::Ongoing
        });
    }

    /// Wants a study of a series, or of another study.
    pub(crate) fn add_study(
        &mut self,
        subscription: SubscriptionId,
        of: SubscriptionId,
        request: StudyRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let (series, parent) = match self.parents.get(&of) {
            Some(series) => (*series, Some(of)),
            None => (of, None),
        };
        if !self.entries.contains_key(&series) {
            let reason = "what the study is to be computed from is over";
            return updates.update(
                subscription,
                Update::Failed(RequestError::Misuse { reason }),
            );
        }
        self.parents.insert(subscription, series);
        self.with(series, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.add_study(subscription, (parent, request), cx);
            }
            Outcome::Ongoing
        });
    }

    /// Wants other inputs of a study.
    pub(crate) fn modify_study(
        &mut self,
        subscription: SubscriptionId,
        request: StudyRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let Some(series) = self.parents.get(&subscription).copied() else {
            return;
        };
        self.with(series, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.modify_study(subscription, request, cx);
            }
            Outcome::Ongoing
        });
    }

    /// Another reader of a study needs all values. Does nothing for other subscriptions.
    pub(crate) fn refresh_study(
        &mut self,
        subscription: SubscriptionId,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let Some(series) = self.parents.get(&subscription).copied() else {
            return;
        };
        self.with(series, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.refresh_study(subscription, cx);
            }
            Outcome::Ongoing
        });
    }

    /// Removes a study for all of its readers; `reply` is answered when the server has deleted it.
    pub(crate) fn remove_study(
        &mut self,
        subscription: SubscriptionId,
        reply: Reply<()>,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let Some(series) = self.parents.remove(&subscription) else {
            // It has ended by itself.
            let _ = reply.send(Ok(()));
            return;
        };
        self.with(series, now, updates, |kind, cx| {
            if let SubscriptionKind::Chart(chart) = kind {
                chart.remove_study(subscription, Some(reply), cx);
            }
            let reason = "the study was removed";
            let removed = RequestError::Misuse { reason };
            cx.updates.update(subscription, Update::Failed(removed));
            Outcome::Ongoing
        });
    }

    /// Removes a subscription, here and at the server.
    pub(crate) fn remove(
        &mut self,
        subscription: SubscriptionId,
        now: Instant,
        updates: Updates<'_>,
    ) {
        if let Some(series) = self.parents.remove(&subscription) {
            // Studies that are computed from it end with it.
            return self.with(series, now, updates, |kind, cx| {
                if let SubscriptionKind::Chart(chart) = kind {
                    chart.remove_study(subscription, None, cx);
                }
                Outcome::Ongoing
            });
        }
        self.with(subscription, now, &mut |_, _| {}, |_, _| Outcome::Finished);
    }
}
