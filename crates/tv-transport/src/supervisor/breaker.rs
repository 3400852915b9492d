//! Notices repeated faults, which are more probably our own than the network's. Pure.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Counts faults in a window; once there are too many it stays open until it is closed.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    times: VecDeque<Instant>,
    open: bool,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        Self {
            times: VecDeque::with_capacity(MOST),
            open: false,
        }
    }

    /// Notes a fault.
    pub(crate) fn note(&mut self, now: Instant) {
        self.times
            .retain(|at| now.saturating_duration_since(*at) < WINDOW);
        self.times.push_back(now);
        if self.times.len() >= MOST {
            self.open = true;
            self.times.pop_front();
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// The cause is gone.
    pub(crate) fn close(&mut self) {
        self.times.clear();
        self.open = false;
    }
}

/// This number of faults...
const MOST: usize = 3;

/// ... within this time open it.
const WINDOW: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_a_minute_open_it_until_it_is_closed() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new();
        for seconds in [0, 40, 61, 101, 122] {
            breaker.note(at(seconds));
            assert!(!breaker.is_open(), "{seconds}");
        }
        breaker.note(at(123));
        assert!(breaker.is_open());
        breaker.note(at(1000));
        assert!(breaker.is_open(), "only a stable connection closes it");
        breaker.close();
        assert!(!breaker.is_open());
    }
}
