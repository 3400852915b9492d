//! What the peer answers, and what follows when it does not.

use std::time::Instant;

use transport::printable;

use super::{
    batch::{Action, Rejection},
    entry::Phase,
    set::Subscriptions,
};

impl<K: Ord + Clone> Subscriptions<K> {
    /// Repeats or rejects requests whose answers are overdue. An early or repeated call does
    /// nothing.
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

    /// Handles the confirmation of a request. Returns `false` if the request is unknown: answered
    /// already, or made on an earlier connection.
    pub fn confirm(&mut self, now: Instant, request: u64) -> bool {
        let Some(answered) = self.requests.remove(&request) else {
            return false;
        };
        for key in answered.keys {
            self.settle(now, request, answered.action, &key);
        }
        true
    }

    /// Handles the rejection of a request. Returns `false` if the request is unknown.
    pub fn reject(&mut self, request: u64, reason: &str) -> bool {
        let Some(answered) = self.requests.remove(&request) else {
            return false;
        };
        for key in answered.keys {
            self.refuse(request, answered.action, key, reason);
        }
        true
    }

    /// Handles the confirmation of one stream, from a peer whose answers name no request. Returns
    /// `false` if nothing was requested for it.
    pub fn confirm_key(&mut self, now: Instant, key: &K) -> bool {
        let Some((number, action)) = self.asked(key) else {
            return false;
        };
        self.settle(now, number, action, key);
        self.answered(number, key);
        true
    }

    /// Handles the rejection of one stream, from a peer whose answers name no request. Returns
    /// `false` if nothing was requested for it.
    pub fn reject_key(&mut self, key: &K, reason: &str) -> bool {
        let Some((number, action)) = self.asked(key) else {
            return false;
        };
        self.refuse(number, action, key.clone(), reason);
        self.answered(number, key);
        true
    }

    /// Handles data of a stream, which also confirms it if the confirmation is late. Returns
    /// `false` if the stream is not wanted: drop the data.
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

    /// Returns the request that a stream waits for.
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
            entry.seen = Some(now);
        } else if action == Action::Unsubscribe && entry.phase == Phase::Ending(number) {
            self.entries.remove(key);
        }
    }

    fn refuse(&mut self, number: u64, action: Action, key: K, reason: &str) {
        let phase = self.entries.get(&key).map(|entry| entry.phase);
        if action == Action::Subscribe && phase == Some(Phase::Asked(number)) {
            self.entries.remove(&key);
            let reason = Some(printable(reason));
            self.rejections.push_back(Rejection { key, reason });
        } else if phase == Some(Phase::Ending(number))
            || phase == Some(Phase::Leaving(Some(number)))
        {
            // The stream cannot be ended or never began: the peer does not send it.
            self.entries.remove(&key);
        }
    }

    /// Removes an answered stream from its request.
    fn answered(&mut self, number: u64, key: &K) {
        if let Some(request) = self.requests.get_mut(&number) {
            request.keys.retain(|asked| asked != key);
            if request.keys.is_empty() {
                self.requests.remove(&number);
            }
        }
    }
}
