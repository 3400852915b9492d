//! Finds the subscription that a message of the server belongs to.

use std::{collections::BTreeSet, time::Instant};

use protocol::{
    id::SessionId,
    json::{Json, printable},
    message::{Detail, Received, ServerMessage, server},
};

use super::{
    context::{Outcome, Updates},
    entry::SubscriptionKind,
    registry::Registry,
    update::SubscriptionId,
};

impl Registry {
    /// Passes a message to its session.
    pub(crate) fn route(&mut self, received: &Received<'_>, now: Instant, updates: Updates<'_>) {
        let stamp = match &received.message {
            ServerMessage::Hello(hello) => hello.timestamp_ms,
            _ => received.stamp.t_ms,
        };
        if let Some(stamp) = stamp {
            self.clock.observe(now, stamp);
        }
        let message = &received.message;
        if let Some(words) = words_of(message) {
            tracing::info!(words = %self.secrets.hide(&words), "the server says");
            return self.note_end(&words, now, updates);
        }
        let Some(session) = session_of(message) else {
            return;
        };
        let Some(subscription) = self.subscription_of(session) else {
            self.route_by_hand(session, message);
            return;
        };
        self.with(subscription, now, updates, |kind, cx| match kind {
            SubscriptionKind::Quote(quotes) => quotes.route(message, cx),
            SubscriptionKind::Chart(chart) => chart.route(message, cx),
        });
    }

    /// A message for no subscription: it is late, unless the application has made its session.
    fn route_by_hand(&mut self, session: &str, message: &ServerMessage<'_>) {
        if !self.by_hand.contains(session) {
            self.late += 1;
        } else if let ServerMessage::CriticalError(_) = message {
            self.by_hand.remove(session);
        }
    }

    /// Whose session it is.
    #[inline]
    fn subscription_of(&mut self, session: &str) -> Option<SubscriptionId> {
        if let Some((latest, subscription)) = &self.latest
            && latest.as_str() == session
        {
            return Some(*subscription);
        }
        let (session, subscription) = self.sessions.get_key_value(session)?;
        self.latest = Some((session.clone(), *subscription));
        Some(*subscription)
    }

    /// Reports text that could not be read to the sessions that it names. They request again what
    /// the text is about.
    pub(crate) fn skip(&mut self, text: &str, reason: &str, now: Instant, updates: Updates<'_>) {
        let reason = printable(reason);
        let named = |session: &SessionId| text.contains(session.as_str());
        let named = self.sessions.iter().filter(|(session, _)| named(session));
        let named: Vec<SubscriptionId> = named.map(|(_, subscription)| *subscription).collect();
        for subscription in named {
            self.with(subscription, now, updates, |kind, cx| {
                let reason = reason.clone();
                match kind {
                    SubscriptionKind::Quote(quotes) => quotes.skip(text, &reason, cx),
                    SubscriptionKind::Chart(chart) => return chart.skip(text, &reason, cx),
                }
                Outcome::Ongoing
            });
        }
    }
}

impl Registry {
    /// The server ends the connection for this reason. A study that the reason names fails alone,
    /// so that the next connection does not end for the same reason.
    pub(crate) fn blame(&mut self, reason: &str, now: Instant, updates: Updates<'_>) {
        let reason = printable(reason);
        let subscriptions: BTreeSet<SubscriptionId> = self.parents.values().copied().collect();
        for subscription in subscriptions {
            self.with(subscription, now, updates, |kind, cx| {
                if let SubscriptionKind::Chart(chart) = kind {
                    chart.blame_study(&reason, cx);
                }
                Outcome::Ongoing
            });
        }
    }
}

impl Registry {
    /// The connection ends for this reason, which those who wait for an answer may have to know.
    pub(crate) fn note_end(&mut self, reason: &str, now: Instant, updates: Updates<'_>) {
        let reason = printable(reason);
        let all: Vec<SubscriptionId> = self.entries.keys().copied().collect();
        for subscription in all {
            self.with(subscription, now, updates, |kind, cx| {
                match kind {
                    SubscriptionKind::Quote(_) => cx.note_words(&reason),
                    SubscriptionKind::Chart(chart) => chart.note_words(&reason),
                }
                Outcome::Unchanged
            });
        }
    }
}

/// What a message says for people, if it says nothing else.
fn words_of(message: &ServerMessage<'_>) -> Option<String> {
    use ServerMessage as M;
    let words = match message {
        M::Message(server::Message { text, .. }) => text.to_words(),
        M::WrongMessageType(wrong) => {
            let message = wrong.message.as_ref().map(Detail::to_words);
            format!("wrong message type: {}", message.unwrap_or_default())
        }
        M::ErrorMessage(error) => {
            let words: Vec<String> = error.rest.iter().map(Json::to_words).collect();
            words.join(": ")
        }
        _ => return None,
    };
    (!words.is_empty()).then_some(words)
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
        | M::StudyLoading(server::StudyLoading { session, .. })
        | M::StudyCompleted(server::StudyCompleted { session, .. })
        | M::StudyError(server::StudyError { session, .. })
        | M::StudyDeleted(server::StudyDeleted { session, .. })
        | M::ReplayOk(server::ReplayOk { session, .. })
        | M::ReplayError(server::ReplayError { session, .. })
        | M::ReplayInstanceId(server::ReplayInstanceId { session, .. })
        | M::ReplayPoint(server::ReplayPoint { session, .. })
        | M::ReplayResolutions(server::ReplayResolutions { session, .. })
        | M::ReplayDepth(server::ReplayDepth { session, .. })
        | M::ReplayDataEnd(server::ReplayDataEnd { session, .. })
        | M::CriticalError(server::CriticalError { session, .. }) => session,
        _ => return None,
    })
}
