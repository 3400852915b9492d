//! The server's clock, as far as its time stamps tell.

use std::time::{Duration, Instant};

/// Which time the server has: the newest that two of its stamps allow.
///
/// A stamp is never ahead of the server's clock when it arrives, so the greatest difference to the
/// local clock is the best estimate. One that stands alone is not believed as soon as there is
/// another: a single wrong stamp would close bars early from then on. Local time is monotonic: a
/// wall clock that jumps changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerClock {
    /// An instant, and the Unix time in milliseconds that the server had then at least.
    known: Option<(Instant, i64)>,
    /// The same by a stamp that is further ahead, and that no other has confirmed.
    alone: Option<(Instant, i64)>,
}

impl ServerClock {
    /// Takes in a time stamp, in Unix milliseconds, that arrived now.
    pub(crate) fn observe(&mut self, now: Instant, stamp: i64) {
        // No clock that serves data stands before 2001 or behind 2200.
        if !(1_000_000_000_000..7_258_118_400_000).contains(&stamp) {
            return;
        }
        let new = (now, stamp);
        let is_ahead = |of: Option<(Instant, i64)>| {
            of.is_none_or(|of| Self::millis(of, now).is_some_and(|of| stamp >= of))
        };
        if is_ahead(self.alone) {
            self.known = self.alone.replace(new).or(self.known);
        } else if is_ahead(self.known) {
            self.known = Some(new);
        }
    }

    /// What is believed.
    fn best(&self) -> Option<(Instant, i64)> {
        self.known.or(self.alone)
    }

    fn millis((at, stamp): (Instant, i64), now: Instant) -> Option<i64> {
        let elapsed = i64::try_from(now.saturating_duration_since(at).as_millis()).ok()?;
        stamp.checked_add(elapsed)
    }

    /// The server's time: Unix seconds, UTC.
    pub(crate) fn seconds(&self, now: Instant) -> Option<i64> {
        Some(Self::millis(self.best()?, now)?.div_euclid(1000))
    }

    /// When the server's clock shows a time given in Unix seconds, or has shown it.
    pub(crate) fn instant_of(&self, seconds: i64) -> Option<Instant> {
        let (at, stamp) = self.best()?;
        let left = seconds.checked_mul(1000)?.checked_sub(stamp)?.max(0);
        at.checked_add(Duration::from_millis(u64::try_from(left).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: i64 = 1_790_726_430_500;

    #[test]
    fn the_newest_time_that_two_stamps_allow_counts() {
        let mut clock = ServerClock::default();
        let start = Instant::now();
        assert_eq!(clock.seconds(start), None);
        clock.observe(start, STAMP);
        let later = start + Duration::from_secs(10);
        assert_eq!(clock.seconds(later), Some(1_790_726_440));
        // Stamps are late by the latency of their message.
        clock.observe(later, STAMP + 10_100);
        clock.observe(later, STAMP + 7_000);
        assert_eq!(clock.seconds(later), Some(1_790_726_440));
        clock.observe(later, STAMP + 12_000);
        clock.observe(later, STAMP + 12_000);
        assert_eq!(clock.seconds(later), Some(1_790_726_442));
        assert_eq!(
            clock.instant_of(1_790_726_443),
            Some(later + Duration::from_millis(500))
        );
        assert_eq!(clock.instant_of(5), Some(later));
    }

    #[test]
    fn one_wrong_stamp_is_not_believed() {
        let start = Instant::now();
        for wrong in 0..4 {
            let mut clock = ServerClock::default();
            for number in 0..4 {
                let ahead = if number == wrong { 1_000_000 } else { 0 };
                clock.observe(start, STAMP + ahead);
            }
            assert_eq!(clock.seconds(start), Some(1_790_726_430), "{wrong}");
        }
    }

    #[test]
    fn nonsense_is_not_a_time() {
        let mut clock = ServerClock::default();
        for stamp in [i64::MIN, -1, 0, i64::MAX] {
            clock.observe(Instant::now(), stamp);
        }
        assert_eq!(clock.seconds(Instant::now()), None);
    }
}
