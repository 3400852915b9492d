//! What a protocol reports of itself for health and metrics: its queues, and how fast its peer
//! answers.

use std::{borrow::Cow, time::Duration};

/// How full a queue is.
///
/// `Display` writes its name and how full it is, such as `readers 12/8192`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "every protocol makes them")]
pub struct QueueFill {
    /// The queue's name: one of few, fit for a label of a metric.
    pub name: Cow<'static, str>,
    /// How much waits.
    pub waiting: usize,
    /// How much may wait.
    pub capacity: usize,
}

impl QueueFill {
    /// How full it is, from 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        (number(self.waiting) / number(self.capacity.max(1))).min(1.0)
    }
}

impl std::fmt::Display for QueueFill {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}/{}", self.name, self.waiting, self.capacity)
    }
}

/// How long a peer takes to answer requests of one kind: from the moment at which a request is
/// ready to be sent, to its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RequestLatency {
    /// The kind of request: one of few, fit for a label of a metric.
    pub kind: Cow<'static, str>,
    /// How many were answered.
    pub answered: u64,
    /// The time of the latest answer.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub last: Duration,
    /// The longest time.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub longest: Duration,
    /// The sum of all times.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub total: Duration,
}

impl RequestLatency {
    /// None of a kind was answered yet.
    #[must_use]
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind: kind.into(),
            ..Self::default()
        }
    }

    /// Counts an answer.
    pub fn add(&mut self, after: Duration) {
        self.answered += 1;
        self.last = after;
        self.longest = self.longest.max(after);
        self.total = self.total.saturating_add(after);
    }

    /// Adds what another connection has measured.
    pub fn merge(&mut self, other: &Self) {
        if other.answered > 0 && self.answered == 0 {
            self.last = other.last;
        }
        self.answered += other.answered;
        self.longest = self.longest.max(other.longest);
        self.total = self.total.saturating_add(other.total);
    }

    /// The mean time; `None` before the first answer.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        let answered = u32::try_from(self.answered).unwrap_or(u32::MAX);
        self.total.checked_div(answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_between_empty_and_full() {
        for (waiting, capacity, share) in [(0, 4, 0.0), (1, 4, 0.25), (9, 4, 1.0), (0, 0, 0.0)] {
            let fill = QueueFill {
                name: "readers".into(),
                waiting,
                capacity,
            };
            assert!((fill.share() - share).abs() < 1e-9, "{fill}");
        }
    }

    #[test]
    fn latencies_are_summed_up() {
        let mut latency = RequestLatency::new("series");
        assert_eq!(latency.mean(), None);
        for seconds in [1, 6, 2] {
            latency.add(Duration::from_secs(seconds));
        }
        assert_eq!(latency.mean(), Some(Duration::from_secs(3)));
        assert_eq!(
            (latency.answered, latency.last, latency.longest),
            (3, Duration::from_secs(2), Duration::from_secs(6))
        );
    }
}
