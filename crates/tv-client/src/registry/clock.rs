//! The server's clock, as far as its time stamps tell.

use std::time::{Duration, Instant};

/// Which time the server has: the newest that any of its stamps allows.
///
/// A stamp is never ahead of the server's clock when it arrives, so the greatest difference to the local clock is
/// the best estimate. Local time is monotonic: a wall clock that jumps changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerClock {
    /// An instant, and the Unix time in milliseconds that the server had then at least.
    known: Option<(Instant, i64)>,
}

impl ServerClock {
    /// Takes in a time stamp, in Unix milliseconds, that arrived now.
    pub(crate) fn observe(&mut self, now: Instant, stamp: i64) {
        let news = self.millis(now).is_none_or(|estimate| stamp > estimate);
        // No clock that serves data stands before 2001 or behind 2200.
        if news && (1_000_000_000_000..7_258_118_400_000).contains(&stamp) {
            self.known = Some((now, stamp));
        }
    }

    fn millis(&self, now: Instant) -> Option<i64> {
        let (at, stamp) = self.known?;
        let elapsed = i64::try_from(now.saturating_duration_since(at).as_millis()).ok()?;
        stamp.checked_add(elapsed)
    }

    /// The server's time: Unix seconds, UTC.
    pub(crate) fn seconds(&self, now: Instant) -> Option<i64> {
        Some(self.millis(now)?.div_euclid(1000))
    }

    /// When the server's clock shows a time given in Unix seconds, or has shown it.
    pub(crate) fn instant_of(&self, seconds: i64) -> Option<Instant> {
        let (at, stamp) = self.known?;
        let left = seconds.checked_mul(1000)?.checked_sub(stamp)?.max(0);
        at.checked_add(Duration::from_millis(u64::try_from(left).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: i64 = 1_790_726_430_500;

    #[test]
    fn the_newest_stamp_that_is_ahead_of_the_estimate_counts() {
        let mut clock = ServerClock::default();
        let start = Instant::now();
        assert_eq!(clock.seconds(start), None);
        clock.observe(start, STAMP);
        let later = start + Duration::from_secs(10);
        assert_eq!(clock.seconds(later), Some(1_790_726_440));
        // Stamps are late by the latency of their message.
        clock.observe(later, STAMP + 7_000);
        assert_eq!(clock.seconds(later), Some(1_790_726_440));
        clock.observe(later, STAMP + 12_000);
        assert_eq!(clock.seconds(later), Some(1_790_726_442));
        assert_eq!(
            clock.instant_of(1_790_726_443),
            Some(later + Duration::from_millis(500))
        );
        assert_eq!(clock.instant_of(5), Some(later));
    }

    #[test]
    fn nonsense_is_no_time() {
        let mut clock = ServerClock::default();
        for stamp in [i64::MIN, -1, 0, i64::MAX] {
            clock.observe(Instant::now(), stamp);
        }
        assert_eq!(clock.seconds(Instant::now()), None);
    }
}
