//! The server's heartbeats, and how long it may be silent between them.

use std::time::{Duration, Instant};

/// The limit until an interval was measured. It doubles with each connection that it ends: the
/// server's heartbeats may be further apart.
const UNMEASURED: Duration = Duration::from_secs(25);

/// The intervals between the newest heartbeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pulse {
    unmeasured: Duration,
    last: Option<Instant>,
    /// The newest three, oldest first. The middle one counts, so that one that is late, or two that
    /// come at once, change nothing.
    intervals: [Option<Duration>; 3],
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            unmeasured: UNMEASURED,
            last: None,
            intervals: [None; 3],
        }
    }
}

impl Pulse {
    /// Another connection begins.
    pub(super) fn restart(&mut self) {
        self.last = None;
        self.intervals = [None; 3];
    }

    /// The connection was given up, because the server was silent.
    pub(super) fn give_up(&mut self) {
        if self.last.is_some() && self.intervals.iter().all(Option::is_none) {
            self.unmeasured = self.unmeasured.saturating_mul(2);
        }
    }

    /// A heartbeat came. Returns how long the server may be silent now.
    pub(super) fn beat(&mut self, now: Instant) -> Duration {
        if let Some(last) = self.last.replace(now) {
            let [_, second, third] = self.intervals;
            self.intervals = [second, third, Some(now.saturating_duration_since(last))];
        }
        let mut known: Vec<Duration> = self.intervals.into_iter().flatten().collect();
        known.sort_unstable();
        let middle = known.get(known.len() / 2);
        middle.map_or(self.unmeasured, |interval| interval.saturating_mul(5) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "tests need some instant to start from"
    )]
    fn the_middle_of_the_newest_intervals_counts() {
        let mut pulse = Pulse::default();
        let mut now = Instant::now();
        assert_eq!(pulse.beat(now), UNMEASURED);
        for (seconds, limit) in [
            (10, 25_000),
            (10, 25_000),
            (19, 25_000),
            (1, 25_000),
            (10, 25_000),
            (30, 25_000),
            (30, 75_000),
            (30, 75_000),
        ] {
            now += Duration::from_secs(seconds);
            assert_eq!(pulse.beat(now), Duration::from_millis(limit), "{seconds}");
        }
        pulse.give_up();
        pulse.restart();
        assert_eq!(pulse.beat(now), UNMEASURED, "it had been measured");
        pulse.give_up();
        pulse.restart();
        assert_eq!(pulse.beat(now), UNMEASURED * 2);
    }
}
