//! The set of wanted streams: changes, connections and batches.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use transport::{StaleStream, SubscriptionCounts};

use super::{
    batch::{Action, Batch, Rejection, TooMany},
    entry::{Entry, Phase, Request},
    pacing::Pacing,
};

/// The subscriptions of one protocol, across all of its connections.
///
/// Wanted streams survive every connection. While there is none, they wait; after a reconnect the
/// set requests all of them again, in the order of their first subscription and in paced batches. A
/// request without an answer is repeated and finally rejected. A late answer to a request of an
/// earlier connection is ignored, because no request number is used twice.
///
/// A protocol calls [`handle_open`](Self::handle_open) and [`handle_close`](Self::handle_close)
/// with its connection, and [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) is due. Then it sends every
/// [`poll_batch`](Self::poll_batch) and reports every [`poll_rejection`](Self::poll_rejection).
#[derive(Clone, Debug)]
pub struct Subscriptions<K> {
    pub(super) pacing: Pacing,
    pub(super) entries: BTreeMap<K, Entry>,
    /// Streams to request, in order. Entries that no longer apply are skipped at their turn.
    pub(super) queue: VecDeque<(Action, K)>,
    pub(super) requests: BTreeMap<u64, Request<K>>,
    pub(super) rejections: VecDeque<Rejection<K>>,
    pub(super) open: bool,
    pub(super) next_batch_at: Option<Instant>,
    pub(super) next_request: u64,
    pub(super) next_order: u64,
}

impl<K: Ord + Clone> Subscriptions<K> {
    /// Creates an empty set without a connection.
    #[must_use]
    pub fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            entries: BTreeMap::new(),
            queue: VecDeque::new(),
            requests: BTreeMap::new(),
            rejections: VecDeque::new(),
            open: false,
            next_batch_at: None,
            next_request: 1,
            next_order: 0,
        }
    }

    /// Subscribes to a stream. Returns `Ok(false)` if it is already wanted.
    ///
    /// # Errors
    ///
    /// [`TooMany`] if the [limit](Pacing::max_subscriptions) is reached.
    pub fn subscribe(&mut self, key: K) -> Result<bool, TooMany> {
        match self.entries.get_mut(&key) {
            Some(entry) => {
                let phase = match entry.phase {
                    Phase::Waiting | Phase::Asked(_) | Phase::Confirmed => return Ok(false),
                    // The unsubscribe request has not been sent: nothing has changed.
                    Phase::Leaving(None) if entry.seen.is_some() => Phase::Confirmed,
                    Phase::Leaving(Some(asked)) if self.requests.contains_key(&asked) => {
                        Phase::Asked(asked)
                    }
                    // Requested again, because the peer may not serve it or may end it.
                    Phase::Leaving(_) | Phase::Ending(_) => Phase::Waiting,
                };
                entry.phase = phase;
                entry.tries = 0;
                if phase == Phase::Waiting {
                    self.enqueue(Action::Subscribe, key);
                }
                Ok(true)
            }
            None => {
                let limit = self.pacing.max_subscriptions;
                if self.entries.len() >= limit {
                    return Err(TooMany { limit });
                }
                let entry = Entry {
                    order: self.next_order,
                    phase: Phase::Waiting,
                    sent: false,
                    tries: 0,
                    seen: None,
                };
                self.next_order += 1;
                self.entries.insert(key.clone(), entry);
                self.enqueue(Action::Subscribe, key);
                Ok(true)
            }
        }
    }

    /// Unsubscribes from a stream. Returns `false` if it is not wanted.
    pub fn unsubscribe(&mut self, key: &K) -> bool {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        match entry.phase {
            Phase::Waiting if !entry.sent => {
                self.entries.remove(key);
                true
            }
            Phase::Waiting | Phase::Asked(_) | Phase::Confirmed => {
                entry.phase = Phase::Leaving(match entry.phase {
                    Phase::Asked(number) => Some(number),
                    _ => None,
                });
                entry.tries = 0;
                self.enqueue(Action::Unsubscribe, key.clone());
                true
            }
            Phase::Leaving(_) | Phase::Ending(_) => false,
        }
    }

    /// Starts a connection: every wanted stream will be requested.
    pub fn handle_open(&mut self, now: Instant) {
        self.handle_close();
        self.open = true;
        self.next_batch_at = Some(now);
        let mut wanted: Vec<_> = self
            .entries
            .iter()
            .map(|(key, entry)| (entry.order, key.clone()))
            .collect();
        wanted.sort_by_key(|(order, _)| *order);
        let wanted = wanted.into_iter().map(|(_, key)| (Action::Subscribe, key));
        self.queue.extend(wanted);
    }

    /// Ends the connection. No stream is confirmed any more, and streams that were being ended are
    /// forgotten.
    pub fn handle_close(&mut self) {
        self.open = false;
        self.next_batch_at = None;
        self.queue.clear();
        self.requests.clear();
        self.entries
            .retain(|_, entry| !matches!(entry.phase, Phase::Leaving(_) | Phase::Ending(_)));
        for entry in self.entries.values_mut() {
            entry.phase = Phase::Waiting;
            entry.sent = false;
            entry.tries = 0;
            entry.seen = None;
        }
    }

    /// Returns the next batch to send, if one is due.
    #[must_use]
    pub fn poll_batch(&mut self, now: Instant) -> Option<Batch<K>> {
        if !self.open || self.next_batch_at.is_some_and(|at| at > now) {
            return None;
        }
        let number = self.next_request;
        let mut batch: Option<Batch<K>> = None;
        while let Some((action, _)) = self.queue.front() {
            let full = |batch: &Batch<K>| {
                batch.action != *action || batch.keys.len() >= self.pacing.keys_per_batch
            };
            if batch.as_ref().is_some_and(full) {
                break;
            }
            let Some((action, key)) = self.queue.pop_front() else {
                break;
            };
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            entry.phase = match (action, entry.phase) {
                (Action::Subscribe, Phase::Waiting) => Phase::Asked(number),
                (Action::Unsubscribe, Phase::Leaving(_)) => Phase::Ending(number),
                _ => continue,
            };
            entry.sent = true;
            entry.seen = None;
            let batch = batch.get_or_insert_with(|| Batch {
                action,
                keys: Vec::new(),
                request: number,
            });
            batch.keys.push(key);
        }
        let batch = batch?;
        self.next_request += 1;
        self.next_batch_at = Some(now + self.pacing.spacing);
        let request = Request {
            action: batch.action,
            keys: batch.keys.clone(),
            answer_by: now + self.pacing.answer_timeout,
        };
        self.requests.insert(number, request);
        Some(batch)
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) and
    /// [`poll_batch`](Self::poll_batch) again, or `None` for never.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let batch = self.next_batch_at.filter(|_| !self.queue.is_empty());
        // Requests are numbered in the order of their deadlines.
        let answer = self
            .requests
            .values()
            .next()
            .map(|request| request.answer_by);
        [batch, answer].into_iter().flatten().min()
    }

    /// Returns the next rejected subscription, in order.
    #[must_use]
    pub fn poll_rejection(&mut self) -> Option<Rejection<K>> {
        self.rejections.pop_front()
    }

    /// Counts the subscriptions by state.
    #[must_use]
    pub fn counts(&self) -> SubscriptionCounts {
        let mut counts = SubscriptionCounts::default();
        for entry in self.entries.values() {
            match entry.phase {
                Phase::Waiting | Phase::Asked(_) => counts.pending += 1,
                Phase::Confirmed => counts.confirmed += 1,
                Phase::Leaving(_) | Phase::Ending(_) => counts.unsubscribing += 1,
            }
        }
        counts
    }

    /// Returns whether a stream is wanted.
    #[must_use]
    pub fn is_wanted(&self, key: &K) -> bool {
        self.entries
            .get(key)
            .is_some_and(|entry| !matches!(entry.phase, Phase::Leaving(_) | Phase::Ending(_)))
    }

    /// Returns the confirmed streams without data for longer than `after`, at most
    /// [`StaleStream::MOST`].
    pub fn stale(&self, now: Instant, after: Duration) -> Vec<StaleStream>
    where
        K: ToString,
    {
        let age = |entry: &Entry| {
            let confirmed = entry.phase == Phase::Confirmed;
            let seen = entry.seen.filter(|_| confirmed)?;
            Some(now.saturating_duration_since(seen)).filter(|age| *age > after)
        };
        let stale = self.entries.iter().filter_map(|(key, entry)| {
            Some(StaleStream {
                stream: key.to_string(),
                age: age(entry)?,
            })
        });
        stale.take(StaleStream::MOST).collect()
    }

    pub(super) fn enqueue(&mut self, action: Action, key: K) {
        if self.open {
            self.queue.push_back((action, key));
        }
    }
}

impl<K: Ord + Clone> Default for Subscriptions<K> {
    fn default() -> Self {
        Self::new(Pacing::default())
    }
}
