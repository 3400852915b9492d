//! What was subscribed, and to whom each message of the server belongs. Pure: no socket, no clock.
//!
//! Knows sessions and the messages that make and end them. It does not know how updates are delivered;
//! the neighbour above is the engine.

mod chart;
mod quote;

use std::{collections::HashMap, time::Instant};

use protocol::{
    id::SessionId,
    message::{ClientMessage, Malformed, ServerMessage, server},
};

use crate::{error::RequestError, quote::QuoteRequest, series::SeriesRequest};
use chart::ChartEntry;
pub(crate) use chart::{Loaded, SeriesNews};
use quote::QuoteEntry;
pub(crate) use quote::QuoteNews;

/// Names a subscription for as long as its client lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubscriptionId(pub(crate) u64);

/// What a subscription has to be told.
#[derive(Debug)]
pub(crate) enum Update {
    Quote(QuoteNews),
    Series(SeriesNews),
    /// The subscription is over before it was answered.
    Failed(RequestError),
}

/// Every session of one connection.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    sessions: HashMap<SessionId, Entry>,
    by_subscription: HashMap<SubscriptionId, SessionId>,
    /// Messages for sessions that are gone, or of requests that were replaced.
    late: u64,
}

#[derive(Debug)]
struct Entry {
    subscription: SubscriptionId,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Quote(QuoteEntry),
    Chart(ChartEntry),
}

/// Collects what a message means for subscriptions.
pub(crate) trait Updates {
    fn update(&mut self, subscription: SubscriptionId, update: Update);
}

impl<F: FnMut(SubscriptionId, Update)> Updates for F {
    fn update(&mut self, subscription: SubscriptionId, update: Update) {
        self(subscription, update);
    }
}

impl Registry {
    /// Opens a quote session and returns what must be sent for it.
    pub(crate) fn add_quotes(
        &mut self,
        subscription: SubscriptionId,
        session: SessionId,
        request: &QuoteRequest,
    ) -> Vec<ClientMessage<'static>> {
        let (entry, commands) = QuoteEntry::create(&session, request);
        self.add(subscription, session, Kind::Quote(entry));
        commands
    }

    /// Opens a chart session with one series and returns what must be sent for it.
    pub(crate) fn add_series(
        &mut self,
        subscription: SubscriptionId,
        session: SessionId,
        request: &SeriesRequest,
        now: Instant,
    ) -> Vec<ClientMessage<'static>> {
        let (entry, commands) = ChartEntry::create(&session, request, now);
        self.add(subscription, session, Kind::Chart(entry));
        commands
    }

    fn add(&mut self, subscription: SubscriptionId, session: SessionId, kind: Kind) {
        self.by_subscription.insert(subscription, session.clone());
        self.sessions.insert(session, Entry { subscription, kind });
    }

    /// Forgets a subscription and returns what must be sent to end it.
    pub(crate) fn remove(
        &mut self,
        subscription: SubscriptionId,
    ) -> Option<ClientMessage<'static>> {
        let session = self.by_subscription.remove(&subscription)?;
        let entry = self.sessions.remove(&session)?;
        Some(match entry.kind {
            Kind::Quote(_) => QuoteEntry::delete(&session),
            Kind::Chart(_) => ChartEntry::delete(&session),
        })
    }

    /// How many messages came too late for anybody.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// Hands a message to the session that it belongs to.
    pub(crate) fn route(&mut self, message: &ServerMessage<'_>, updates: &mut impl Updates) {
        let Some(session) = session_of(message) else {
            return;
        };
        let Some(entry) = self.sessions.get_mut(session) else {
            self.late += 1;
            return;
        };
        let subscription = entry.subscription;
        let fate = match &mut entry.kind {
            Kind::Quote(quotes) => quotes.route(message, subscription, updates),
            Kind::Chart(chart) => chart.route(message, subscription, updates),
        };
        match fate {
            Fate::Lives => {}
            Fate::Late => self.late += 1,
            Fate::Over => {
                self.sessions.remove(session);
                self.by_subscription.remove(&subscription);
            }
        }
    }

    /// Tells the sessions that a malformed message names that something is missing: a history that loads fails, since
    /// it would have a hole; streams go on with the news that a message was skipped.
    /// Returns what must be sent to end sessions.
    pub(crate) fn skip(
        &mut self,
        malformed: &Malformed<'_>,
        updates: &mut impl Updates,
    ) -> Vec<ClientMessage<'static>> {
        let reason = printable(&malformed.error.to_string());
        let mut over = Vec::new();
        for (session, entry) in &self.sessions {
            if !malformed.text.contains(session.as_str()) {
                continue;
            }
            let update = match &entry.kind {
                Kind::Quote(_) => Update::Quote(QuoteNews::Skipped(reason.clone())),
                Kind::Chart(chart) => match chart.loading_symbol() {
                    Some(symbol) => {
                        over.push(entry.subscription);
                        let symbol = symbol.to_owned();
                        Update::Failed(RequestError::Malformed {
                            symbol,
                            reason: reason.clone(),
                        })
                    }
                    None => Update::Series(SeriesNews::Skipped(reason.clone())),
                },
            };
            updates.update(entry.subscription, update);
        }
        over.into_iter()
            .filter_map(|subscription| self.remove(subscription))
            .collect()
    }

    /// When the next request is overdue.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.charts().filter_map(ChartEntry::deadline).min()
    }

    /// Gives up requests that are overdue, and returns what must be sent to end their sessions.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        updates: &mut impl Updates,
    ) -> Vec<ClientMessage<'static>> {
        let overdue: Vec<_> = self
            .sessions
            .values()
            .filter_map(|entry| match &entry.kind {
                Kind::Chart(chart) if chart.deadline().is_some_and(|deadline| deadline <= now) => {
                    Some((entry.subscription, chart.timeout()))
                }
                _ => None,
            })
            .collect();
        let mut commands = Vec::new();
        for (subscription, after) in overdue {
            updates.update(
                subscription,
                Update::Failed(RequestError::TimedOut { after }),
            );
            commands.extend(self.remove(subscription));
        }
        commands
    }

    fn charts(&self) -> impl Iterator<Item = &ChartEntry> {
        self.sessions
            .values()
            .filter_map(|entry| match &entry.kind {
                Kind::Chart(chart) => Some(chart),
                Kind::Quote(_) => None,
            })
    }
}

/// What a message means for its session.
enum Fate {
    Lives,
    /// The message belongs to a request that was replaced.
    Late,
    /// The session is void, or was answered with a refusal.
    Over,
}

/// The session that a message names.
fn session_of<'m>(message: &'m ServerMessage<'_>) -> Option<&'m str> {
    use ServerMessage as M;
    Some(match message {
        M::QuoteData(server::QuoteData { session, .. })
        | M::QuoteCompleted(server::QuoteCompleted { session, .. })
        | M::SymbolResolved(server::SymbolResolved { session, .. })
        | M::SymbolError(server::SymbolError { session, .. })
        | M::SeriesLoading(server::SeriesLoading { session, .. })
        | M::SeriesCompleted(server::SeriesCompleted { session, .. })
        | M::SeriesError(server::SeriesError { session, .. })
        | M::SeriesTimeframe(server::SeriesTimeframe { session, .. })
        | M::TimescaleUpdate(server::TimescaleUpdate { session, .. })
        | M::DataUpdate(server::DataUpdate { session, .. })
        | M::CriticalError(server::CriticalError { session, .. }) => session,
        _ => return None,
    })
}

/// Words of the server, made safe to print.
fn printable(text: &str) -> String {
    text.chars()
        .take(256)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// Joins a reason and its details, as `critical_error` sends them.
fn reason_of(error: &server::CriticalError<'_>) -> String {
    let words = [&error.reason, &error.detail].into_iter().flatten();
    let words: Vec<_> = words.map(protocol::message::Detail::to_text).collect();
    printable(&words.join(": "))
}

#[cfg(test)]
mod tests;
