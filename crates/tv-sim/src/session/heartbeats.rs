//! Heartbeats of one connection: when they are sent, which were answered, and when patience ends.

use std::collections::VecDeque;

use crate::session::rules::Rules;

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
    /// The time between them, if it is not that of the rules.
    period: Option<i64>,
    /// Whether their numbers do not count up.
    wrong: bool,
}

/// Further than any connection lives.
const NEVER: i64 = i64::MAX / 4;

impl Heartbeats {
    /// The first one is due a period after `now`.
    pub(crate) fn new(now: i64, rules: &Rules) -> Self {
        Self {
            sent: 0,
            answered: 0,
            next: now + rules.heartbeat,
            waiting: VecDeque::new(),
            period: None,
            wrong: false,
        }
    }

    /// Sends them another way from now on; what was not answered before is forgiven. No period is
    /// that of the rules.
    pub(crate) fn retime(&mut self, now: i64, period: Option<i64>, rules: &Rules) {
        self.period = period;
        self.wrong = false;
        self.waiting.clear();
        self.next = now
            .saturating_add(period.unwrap_or(rules.heartbeat))
            .min(NEVER);
    }

    /// Sends none from now on.
    pub(crate) fn silence(&mut self) {
        self.waiting.clear();
        self.next = NEVER;
    }

    /// Counts wrongly from now on.
    pub(crate) fn miscount(&mut self) {
        self.wrong = true;
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
        self.next = now + self.period.unwrap_or(rules.heartbeat);
        self.sent += 1;
        let number = if self.wrong {
            // A multiplication by an odd number repeats nothing.
            self.sent.wrapping_mul(0x9E37_79B1) % (1 << 32)
        } else {
            self.sent
        };
        self.waiting.push_back((number, now));
        Some(number)
    }

    /// Takes in an answer, which covers the heartbeats before it as well.
    pub(crate) fn answer(&mut self, number: &str) {
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        if let Some(at) = self.waiting.iter().position(|(sent, _)| *sent == number) {
            self.answered += 1;
            self.waiting.drain(..=at);
        }
    }

    /// Whether one stayed unanswered for too long.
    pub(crate) fn overdue(&self, now: i64, rules: &Rules) -> bool {
        self.waiting
            .front()
            .is_some_and(|(_, sent)| now - sent >= rules.patience)
    }
}
