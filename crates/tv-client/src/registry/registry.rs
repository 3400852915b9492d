//! All subscriptions of one connection, and the state that they share.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    time::Instant,
};

use protocol::{id::SessionId, message::ClientMessage, redact::Secrets};
use rand::rngs::StdRng;
use transport::{StaleStream, SuspendedStream};

use super::{
    clock::ServerClock,
    context::{Outcome, Updates},
    entry::{SubscriptionEntry, SubscriptionKind},
    ids::Ids,
    pacing::SessionPacing,
    refusals::Refusals,
    standby::StandbyBuffer,
    update::{Joined, SubscriptionId},
};
use crate::by_hand::HandMadeSessions;

/// All subscriptions of one connection.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(super) entries: BTreeMap<SubscriptionId, SubscriptionEntry>,
    /// The entry of each session on this connection.
    pub(super) sessions: HashMap<SessionId, SubscriptionId>,
    /// The session that the latest message was for: most messages are for the same as the one
    /// before.
    pub(super) latest: Option<(SessionId, SubscriptionId)>,
    /// The entry of each study's series.
    pub(super) parents: HashMap<SubscriptionId, SubscriptionId>,
    /// When entries must be looked at.
    pub(super) timers: BTreeSet<(Instant, SubscriptionId)>,
    /// Quote sessions with something to send.
    pub(super) quotes: VecDeque<SubscriptionId>,
    /// Series that wait for their turn.
    pub(super) charts: VecDeque<SubscriptionId>,
    /// Series that load.
    pub(super) in_flight: HashSet<SubscriptionId>,
    /// Commands of series that have had their turn, and of sessions that end.
    pub(super) commands: VecDeque<ClientMessage<'static>>,
    pub(super) ids: Ids,
    pub(super) clock: ServerClock,
    pub(super) refusals: Refusals,
    /// How often sessions may begin, and symbols be added.
    pub(super) pacing: SessionPacing,
    /// Whether there is a connection.
    pub(super) is_open: bool,
    /// Messages for sessions that are gone, or of requests that were replaced.
    pub(super) late: u64,
    /// The secrets that this client uses, to be hidden in what servers say.
    pub(crate) secrets: Secrets,
    /// Sessions of this connection that the application has made by hand.
    pub(crate) by_hand: HandMadeSessions,
    /// Updates that a standby holds back until it takes over.
    pub(super) standby: Option<StandbyBuffer>,
}

impl Registry {
    /// An empty one. Ids are made of the randomness that is handed in.
    pub(crate) fn new(random: StdRng) -> Self {
        Self::with_ids(Ids::new(random))
    }

    /// An empty one that repeats no id of this.
    pub(crate) fn fork(&mut self) -> Self {
        let mut fork = Self::with_ids(self.ids.fork());
        fork.secrets = self.secrets.clone();
        fork
    }

    pub(super) fn with_ids(ids: Ids) -> Self {
        Self {
            entries: BTreeMap::new(),
            sessions: HashMap::new(),
            latest: None,
            parents: HashMap::new(),
            timers: BTreeSet::new(),
            quotes: VecDeque::new(),
            charts: VecDeque::new(),
            in_flight: HashSet::new(),
            commands: VecDeque::new(),
            ids,
            clock: ServerClock::default(),
            refusals: Refusals::default(),
            pacing: SessionPacing::default(),
            is_open: false,
            late: 0,
            standby: None,
            secrets: Secrets::default(),
            by_hand: HandMadeSessions::default(),
        }
    }

    /// A connection begins: everything is restored on it.
    pub(crate) fn open(&mut self, now: Instant, updates: Updates<'_>) {
        // A driver that was dropped has reported no end.
        self.close(now, updates);
        self.is_open = true;
        let all: Vec<SubscriptionId> = self.entries.keys().copied().collect();
        for subscription in all {
            self.with(subscription, now, updates, |kind, cx| {
                if let SubscriptionKind::Quote(quotes) = kind {
                    quotes.connect(cx.now, cx);
                }
                Outcome::Ongoing
            });
        }
    }

    /// The connection has ended, and every session with it.
    pub(crate) fn close(&mut self, now: Instant, updates: Updates<'_>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        self.commands.clear();
        self.charts.clear();
        self.quotes.clear();
        for entry in self.entries.values_mut() {
            entry.is_queued = false;
        }
        let all: Vec<SubscriptionId> = self.entries.keys().copied().collect();
        for subscription in all {
            self.with(subscription, now, updates, |kind, cx| {
                match kind {
                    SubscriptionKind::Quote(quotes) => quotes.disconnect(cx),
                    SubscriptionKind::Chart(chart) => return chart.disconnect(cx),
                }
                Outcome::Ongoing
            });
        }
        self.commands.clear();
    }

    /// How a subscription stands, for one that joins its readers.
    pub(crate) fn join(&self, subscription: SubscriptionId) -> Joined {
        match self.entries.get(&subscription).map(|entry| &entry.kind) {
            Some(SubscriptionKind::Quote(quotes)) => Joined {
                is_interrupted: quotes.is_interrupted(),
                ..Joined::default()
            },
            Some(SubscriptionKind::Chart(chart)) => chart.join(),
            None => Joined::default(),
        }
    }

    /// The session of a subscription that a text names, if it names one.
    pub(crate) fn owned_in(&self, text: &str) -> Option<&SessionId> {
        let mut sessions = self.sessions.keys();
        sessions.find(|session| text.contains(session.as_str()))
    }

    /// Whether a session is or was that of a subscription.
    pub(crate) fn has_used(&self, session: &str) -> bool {
        self.ids.has_used(session)
    }

    /// How many messages arrived too late.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// The server's time in Unix seconds, if it is known.
    pub(crate) fn server_time(&self, now: Instant) -> Option<i64> {
        self.clock.seconds(now)
    }

    /// The streams that have been silent for too long, a hundred at most.
    pub(crate) fn stale_streams(&self, now: Instant) -> Vec<StaleStream> {
        let mut stale = Vec::new();
        for entry in self.entries.values() {
            match &entry.kind {
                SubscriptionKind::Quote(quotes) => stale.extend(quotes.stale_streams(now)),
                SubscriptionKind::Chart(chart) => stale.extend(chart.stale_stream(now)),
            }
            if stale.len() >= StaleStream::MOST {
                stale.truncate(StaleStream::MOST);
                break;
            }
        }
        stale
    }

    /// The streams that wait before they are asked for again, a hundred at most.
    pub(crate) fn suspended_streams(&self, now: Instant) -> Vec<SuspendedStream> {
        let mut suspended = Vec::new();
        for entry in self.entries.values() {
            match &entry.kind {
                SubscriptionKind::Quote(quotes) => {
                    suspended.extend(quotes.suspended_streams(now));
                }
                SubscriptionKind::Chart(chart) => suspended.extend(chart.suspended_stream(now)),
            }
            if suspended.len() >= StaleStream::MOST {
                suspended.truncate(StaleStream::MOST);
                break;
            }
        }
        suspended
    }

    /// Subscriptions that are not served yet, and those that are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let confirmed = self.entries.values().filter(|entry| match &entry.kind {
            SubscriptionKind::Quote(quotes) => quotes.session().is_some(),
            SubscriptionKind::Chart(chart) => chart.is_live(),
        });
        let confirmed = confirmed.count();
        (self.entries.len() - confirmed, confirmed)
    }
}
