//! When a session that the server declared void may be renewed, so that a fault causes no storm of
//! requests.

use std::time::{Duration, Instant};

use super::ids::Ids;

/// The pause before the second renewal in a row. The first has none.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause. Each pause is twice as long as the one before, up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A session that holds this long after its renewal is stable: the next renewal is the first again.
const STABLE_AFTER: Duration = Duration::from_secs(120);

/// Spaces the renewals of one session that the server declares void.
#[derive(Clone, Debug, Default)]
pub(super) struct VoidPauses {
    /// Renewals in a row, with no stable session between them.
    in_a_row: u32,
    /// When the last renewal was allowed. It may be still to come.
    last: Option<Instant>,
}

impl VoidPauses {
    /// When the next renewal may be, if not at once; counts it as done then.
    pub(super) fn next(&mut self, now: Instant, ids: &mut Ids) -> Option<Instant> {
        self.next_from(1, now, ids)
    }

    /// The same, with pauses at least as long as that before a renewal of this number.
    pub(super) fn next_from(&mut self, first: u32, now: Instant, ids: &mut Ids) -> Option<Instant> {
        match self.last {
            // A new connection has made that one needless: this one takes its place.
            Some(last) if last > now => {}
            Some(last) if now < last + STABLE_AFTER => {
                self.in_a_row = self.in_a_row.saturating_add(1);
            }
            _ => self.in_a_row = 1,
        }
        self.in_a_row = self.in_a_row.max(first);
        let allowed = now + ids.jitter(pause_before(self.in_a_row));
        self.last = Some(allowed);
        (allowed > now).then_some(allowed)
    }

    /// How many renewals there were in a row.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// Whether the latest renewal has held for so long that the next is the first again.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.last.is_none_or(|last| now >= last + STABLE_AFTER)
    }
}

/// The longest pause before a renewal, the first in a row being number 1. Jitter makes it shorter.
fn pause_before(number: u32) -> Duration {
    match number {
        0 | 1 => Duration::ZERO,
        _ => 2_u32
            .checked_pow(number - 2)
            .and_then(|factor| FIRST_PAUSE.checked_mul(factor))
            .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE)),
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn ids(seed: u64) -> Ids {
        Ids::new(StdRng::seed_from_u64(seed))
    }

    /// The pauses before renewals of a session that breaks as soon as it begins.
    fn pauses(seed: u64, count: usize) -> Vec<Duration> {
        let mut ids = ids(seed);
        let mut renewals = VoidPauses::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..count {
            let at = renewals.next(now, &mut ids).unwrap_or(now);
            pauses.push(at - now);
            now = at;
        }
        pauses
    }

    #[test]
    fn f44_the_first_renewal_is_at_once_and_pauses_grow_up_to_a_minute() {
        for seed in 0..50 {
            let longest = [0, 1, 2, 4, 8, 16, 32, 60, 60, 60].map(Duration::from_secs);
            for (pause, longest) in pauses(seed, longest.len()).into_iter().zip(longest) {
                assert!(pause <= longest, "{pause:?} of {longest:?}, seed {seed}");
                assert!(
                    pause >= longest * 3 / 4,
                    "{pause:?} of {longest:?}, seed {seed}"
                );
            }
        }
        let last = pauses(44, 100).pop();
        assert!(last.is_some_and(|pause| pause <= LONGEST_PAUSE), "{last:?}");
    }

    #[test]
    fn f44_pauses_follow_from_the_seed_and_differ_between_seeds() {
        assert_eq!(pauses(1, 10), pauses(1, 10));
        assert_ne!(pauses(1, 10), pauses(2, 10));
    }

    #[test]
    fn f44_a_stable_session_is_renewed_at_once_again() {
        let mut ids = ids(44);
        let mut renewals = VoidPauses::default();
        let mut now = Instant::now();
        for _ in 0..8 {
            now = renewals.next(now, &mut ids).unwrap_or(now);
        }
        let mut unstable = renewals.clone();
        let almost = now + STABLE_AFTER - Duration::from_millis(1);
        assert!(unstable.next(almost, &mut ids).is_some());
        assert_eq!(renewals.next(now + STABLE_AFTER, &mut ids), None);
    }

    #[test]
    fn f44_renewals_that_a_new_connection_made_needless_cost_nothing() {
        let mut ids = ids(44);
        let mut renewals = VoidPauses::default();
        let now = Instant::now();
        assert_eq!(renewals.next(now, &mut ids), None);
        for _ in 0..50 {
            let at = renewals.next(now, &mut ids);
            assert!(at.is_some_and(|at| at <= now + FIRST_PAUSE), "{at:?}");
        }
    }
}
