//! Heartbeats of one connection: when they are sent, which were answered, and when patience ends.

use std::collections::VecDeque;

use super::state::Rules;

/// Heartbeats sent and answered; times in milliseconds UTC.
#[derive(Debug)]
pub(crate) struct Heartbeats {
    sent: u64,
    /// How many answers came.
    pub(crate) answered: u64,
    /// When the next one is due.
    pub(crate) next: i64,
    /// The oldest one without an answer: its number and time.
    waiting: VecDeque<(u64, i64)>,
}

impl Heartbeats {
    /// The first one is due a period after `now`.
    pub(crate) fn new(now: i64, rules: &Rules) -> Self {
        Self {
            sent: 0,
            answered: 0,
            next: now + rules.heartbeat,
            waiting: VecDeque::new(),
        }
    }

    /// When patience ends, if one is unanswered.
    pub(crate) fn deadline(&self, rules: &Rules) -> Option<i64> {
        self.waiting.front().map(|(_, sent)| sent + rules.patience)
    }

    /// The number of the heartbeat to send now, if one is due.
    pub(crate) fn due(&mut self, now: i64, rules: &Rules) -> Option<u64> {
        if now < self.next {
            return None;
        }
        self.next = now + rules.heartbeat;
        self.sent += 1;
        self.waiting.push_back((self.sent, now));
        Some(self.sent)
    }

    /// Takes in an answer, which covers the heartbeats before it as well.
    pub(crate) fn answer(&mut self, number: &str) {
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        if self.waiting.iter().any(|(sent, _)| *sent == number) {
            self.answered += 1;
            self.waiting.retain(|(sent, _)| *sent > number);
        }
    }

    /// Whether one stayed unanswered for too long.
    pub(crate) fn overdue(&self, now: i64, rules: &Rules) -> bool {
        self.waiting
            .front()
            .is_some_and(|(_, sent)| now - sent >= rules.patience)
    }
}
