//! Which streams are wanted and how far each has come: a helper for venues that have subscriptions.
//!
//! Pure: it knows keys and instants, no messages. The venue says how a batch is written, and tells
//! what came back.

mod pacing;
mod stream;

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use crate::protocol::{StaleStream, SubscriptionCounts};

pub use pacing::Pacing;
pub use stream::{StreamInfo, StreamKind};

/// The subscriptions of one protocol, across all of its connections.
///
/// What is wanted outlives every connection: while offline it waits, after a reconnect all of it is
/// asked for again, in the order of first asking and in batches that are paced. A request without
/// an answer is repeated, and in the end rejected; a late answer of an earlier connection is
/// ignored, since no number is used twice.
///
/// A protocol calls [`handle_open`](Self::handle_open) and [`handle_close`](Self::handle_close)
/// with its connection, [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) is due, and then sends every
/// [`poll_batch`](Self::poll_batch) and tells every [`poll_rejection`](Self::poll_rejection).
#[derive(Clone, Debug)]
pub struct Subscriptions<K> {
    pacing: Pacing,
    entries: BTreeMap<K, Entry>,
    /// What is to be sent, in order. Stale ones are skipped when their turn comes.
    queue: VecDeque<(Action, K)>,
    requests: BTreeMap<u64, Request<K>>,
    rejections: VecDeque<Rejection<K>>,
    open: bool,
    next_batch_at: Option<Instant>,
    next_request: u64,
    next_order: u64,
}

/// What a batch asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a venue must write each of them")]
pub enum Action {
    /// Send these streams.
    Subscribe,
    /// Send them no more.
    Unsubscribe,
}

/// Streams to ask for in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch<K> {
    /// What to ask for.
    pub action: Action,
    /// The streams; never none.
    pub keys: Vec<K>,
    /// The number of the request, never used twice.
    pub request: u64,
}

/// A subscription that will not be. It is forgotten; asking again is the owner's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection<K> {
    /// The stream.
    pub key: K,
    /// The peer's reason as the venue gave it; `None` if no answer came to any of the requests.
    pub reason: Option<String>,
}

/// There are as many subscriptions as are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no more than {limit} subscriptions are allowed")]
#[non_exhaustive]
pub struct TooMany {
    /// The limit.
    pub limit: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    /// The place in the order of first asking.
    order: u64,
    phase: Phase,
    /// It was asked for on this connection, whatever the answer.
    sent: bool,
    /// Requests without an answer.
    tries: u32,
    /// The last data, or else the confirmation.
    seen: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To be asked for once there is a connection and its turn.
    Waiting,
    Asked(u64),
    Confirmed,
    /// To be ended once its turn comes; with the request that it waited for, if it did.
    Leaving(Option<u64>),
    Ending(u64),
}

#[derive(Clone, Debug)]
struct Request<K> {
    action: Action,
    keys: Vec<K>,
    answer_by: Instant,
}

impl<K: Ord + Clone> Subscriptions<K> {
    /// Makes an empty set, offline.
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

    /// Wants a stream. `Ok(false)` if it was wanted already.
    ///
    /// # Errors
    ///
    /// [`TooMany`] if the [limit](Pacing::max_subscriptions) is reached.
    pub fn subscribe(&mut self, key: K) -> Result<bool, TooMany> {
        match self.entries.get_mut(&key) {
            Some(entry) => {
                let phase = match entry.phase {
                    Phase::Waiting | Phase::Asked(_) | Phase::Confirmed => return Ok(false),
                    // Not sent yet, so that nothing has changed.
                    Phase::Leaving(None) => Phase::Confirmed,
                    Phase::Leaving(Some(asked)) if self.requests.contains_key(&asked) => {
                        Phase::Asked(asked)
                    }
                    // Asked for anew, behind what ends it.
                    Phase::Leaving(Some(_)) | Phase::Ending(_) => Phase::Waiting,
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

    /// Wants a stream no more. `false` if it was not wanted.
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

    /// A connection is open: everything wanted is to be asked for.
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

    /// The connection is over: nothing is confirmed any more, and what was to be ended is.
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

    /// Repeats or rejects requests whose answers are overdue; an early or repeated call is a no-op.
    pub fn handle_timeout(&mut self, now: Instant) {
        let overdue: Vec<u64> = self
            .requests
            .iter()
            .filter(|(_, request)| request.answer_by <= now)
            .map(|(number, _)| *number)
            .collect();
        for number in overdue {
            let Some(request) = self.requests.remove(&number) else {
                continue;
            };
            for key in request.keys {
                self.unanswered(number, request.action, key);
            }
        }
    }

    fn unanswered(&mut self, number: u64, action: Action, key: K) {
        let most = self.pacing.tries;
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if entry.phase != Phase::Asked(number) && entry.phase != Phase::Ending(number) {
            return;
        }
        entry.tries += 1;
        if entry.tries < most {
            entry.phase = match action {
                Action::Subscribe => Phase::Waiting,
                Action::Unsubscribe => Phase::Leaving(None),
            };
            return self.enqueue(action, key);
        }
        self.entries.remove(&key);
        if action == Action::Subscribe {
            self.rejections.push_back(Rejection { key, reason: None });
        }
    }

    /// The peer has confirmed a request. `false` if it is unknown: late, or of an earlier
    /// connection.
    pub fn confirm(&mut self, now: Instant, request: u64) -> bool {
        let Some(answered) = self.requests.remove(&request) else {
            return false;
        };
        for key in answered.keys {
            self.settle(now, request, answered.action, &key);
        }
        true
    }

    /// The peer has rejected a request. `false` if it is unknown.
    pub fn reject(&mut self, request: u64, reason: &str) -> bool {
        let Some(answered) = self.requests.remove(&request) else {
            return false;
        };
        for key in answered.keys {
            self.refuse(request, answered.action, key, reason);
        }
        true
    }

    /// The peer has confirmed one stream, and says nothing of requests.
    pub fn confirm_key(&mut self, now: Instant, key: &K) -> bool {
        let Some((number, action)) = self.asked(key) else {
            return false;
        };
        self.settle(now, number, action, key);
        self.answered(number, key);
        true
    }

    /// The peer has rejected one stream, and says nothing of requests.
    pub fn reject_key(&mut self, key: &K, reason: &str) -> bool {
        let Some((number, action)) = self.asked(key) else {
            return false;
        };
        self.refuse(number, action, key.clone(), reason);
        self.answered(number, key);
        true
    }

    /// Data of a stream has come. It also confirms it, if the confirmation is late. `false` if
    /// nobody wants it.
    pub fn received(&mut self, now: Instant, key: &K) -> bool {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        match entry.phase {
            Phase::Confirmed => entry.seen = Some(now),
            Phase::Asked(_) => {
                self.confirm_key(now, key);
            }
            Phase::Waiting | Phase::Leaving(_) | Phase::Ending(_) => return false,
        }
        true
    }

    /// The next batch to send, if there is one and its time has come.
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

    /// When to call [`handle_timeout`](Self::handle_timeout) and to ask for batches again.
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

    /// The next subscription that was rejected, in order.
    #[must_use]
    pub fn poll_rejection(&mut self) -> Option<Rejection<K>> {
        self.rejections.pop_front()
    }

    /// How many there are, by state.
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

    /// Whether a stream is wanted.
    #[must_use]
    pub fn is_wanted(&self, key: &K) -> bool {
        self.entries
            .get(key)
            .is_some_and(|entry| !matches!(entry.phase, Phase::Leaving(_) | Phase::Ending(_)))
    }

    /// The confirmed streams without data for longer than `after`, at most [`StaleStream::MOST`].
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

    fn enqueue(&mut self, action: Action, key: K) {
        if self.open {
            self.queue.push_back((action, key));
        }
    }

    /// The request that a stream waits for.
    fn asked(&self, key: &K) -> Option<(u64, Action)> {
        match self.entries.get(key)?.phase {
            Phase::Asked(number) => Some((number, Action::Subscribe)),
            Phase::Ending(number) => Some((number, Action::Unsubscribe)),
            // Its confirmation may come while it waits to be ended.
            Phase::Leaving(Some(number)) => Some((number, Action::Subscribe)),
            Phase::Waiting | Phase::Confirmed | Phase::Leaving(None) => None,
        }
    }

    fn settle(&mut self, now: Instant, number: u64, action: Action, key: &K) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        if action == Action::Subscribe && entry.phase == Phase::Asked(number) {
            entry.phase = Phase::Confirmed;
            entry.tries = 0;
            entry.seen = Some(now);
        } else if action == Action::Subscribe && entry.phase == Phase::Leaving(Some(number)) {
            entry.phase = Phase::Leaving(None);
        } else if action == Action::Unsubscribe && entry.phase == Phase::Ending(number) {
            self.entries.remove(key);
        }
    }

    fn refuse(&mut self, number: u64, action: Action, key: K, reason: &str) {
        let phase = self.entries.get(&key).map(|entry| entry.phase);
        if action == Action::Subscribe && phase == Some(Phase::Asked(number)) {
            self.entries.remove(&key);
            let reason = Some(crate::text::cleaned(reason));
            self.rejections.push_back(Rejection { key, reason });
        } else if phase == Some(Phase::Ending(number))
            || phase == Some(Phase::Leaving(Some(number)))
        {
            // It cannot be ended, or never began, so it is not there.
            self.entries.remove(&key);
        }
    }

    /// Takes a stream out of the request that has been answered for it.
    fn answered(&mut self, number: u64, key: &K) {
        if let Some(request) = self.requests.get_mut(&number) {
            request.keys.retain(|asked| asked != key);
            if request.keys.is_empty() {
                self.requests.remove(&number);
            }
        }
    }
}

impl<K: Ord + Clone> Default for Subscriptions<K> {
    fn default() -> Self {
        Self::new(Pacing::default())
    }
}

#[cfg(test)]
mod tests;
