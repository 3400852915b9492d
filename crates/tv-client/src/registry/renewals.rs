//! How often a session may be renewed, so that a fault does not cause a storm of requests.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// A session is renewed at most this often ...
const MAX_RENEWALS: usize = 5;

/// ... in this time.
const RENEWAL_PERIOD: Duration = Duration::from_secs(60);

/// Spaces the renewals of one session.
#[derive(Clone, Debug, Default)]
pub(super) struct Renewals {
    recent: VecDeque<Instant>,
}

impl Renewals {
    /// When the next renewal may be, if not at once; counts it as done then.
    pub(super) fn next(&mut self, now: Instant) -> Option<Instant> {
        // One that is still to come has been made needless, by a new connection.
        self.recent
            .retain(|at| *at <= now && now < *at + RENEWAL_PERIOD);
        let earlier = self.recent.len().checked_sub(MAX_RENEWALS);
        let earlier = earlier.and_then(|number| self.recent.get(number));
        let allowed = earlier.map_or(now, |at| *at + RENEWAL_PERIOD);
        self.recent.push_back(allowed);
        (allowed > now).then_some(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f44_renewals_are_at_most_five_a_minute() {
        let mut renewals = Renewals::default();
        let start = Instant::now();
        let mut now = start;
        for number in 0..12 {
            now = renewals.next(now).unwrap_or(now);
            assert_eq!(now, start + RENEWAL_PERIOD * (number / 5));
        }
        let much_later = start + RENEWAL_PERIOD * 10;
        assert_eq!(renewals.next(much_later), None);
    }

    #[test]
    fn f44_renewals_that_a_new_connection_made_needless_cost_nothing() {
        let mut renewals = Renewals::default();
        let start = Instant::now();
        for second in 0..50 {
            let now = start + Duration::from_secs(second);
            let at = renewals.next(now).unwrap_or(now);
            assert!(at < start + 2 * RENEWAL_PERIOD, "{second}");
        }
    }
}
