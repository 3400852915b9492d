//! How long to wait before the next attempt. Pure: the time to begin anew and the randomness come
//! in as arguments.

use std::time::Duration;

use rand::{Rng, RngExt};

/// Growing, jittered delays between the attempts to reconnect.
///
/// The first delay is drawn from the whole first spread, so that the clients of a restarted server
/// do not all return at once. Later delays have a ceiling that grows by the factor up to the
/// longest delay. They are drawn from its upper half (equal jitter), so that jitter stays wide at
/// the longest delay, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    first: Duration,
    base: Duration,
    factor: f64,
    longest: Duration,
    made: u32,
}

impl Backoff {
    /// The longest delay that can be asked for.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// Makes a backoff whose first delay is up to `first`, whose second has the ceiling `base`, and
    /// whose ceilings grow by `factor` up to `longest`.
    ///
    /// A factor below 1 or not finite counts as 1; times are cut to a day.
    #[must_use]
    pub fn new(first: Duration, base: Duration, factor: f64, longest: Duration) -> Self {
        let longest = longest.min(Self::LONGEST);
        Self {
            first: first.min(Self::LONGEST),
            base: base.min(longest),
            factor: if factor.is_finite() {
                factor.max(1.0)
            } else {
                1.0
            },
            longest,
            made: 0,
        }
    }

    /// The next delay.
    pub fn delay(&mut self, random: &mut impl Rng) -> Duration {
        let ceiling = self.ceiling();
        let floor = if self.made == 0 {
            Duration::ZERO
        } else {
            ceiling / 2
        };
        self.made = self.made.saturating_add(1);
        between(floor, ceiling, random)
    }

    /// The longest that the next delay may be.
    #[must_use]
    pub fn ceiling(&self) -> Duration {
        let Some(growth) = self.made.checked_sub(1) else {
            return self.first;
        };
        let exponent = i32::try_from(growth).unwrap_or(i32::MAX);
        let seconds = self.base.as_secs_f64() * self.factor.powi(exponent);
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(self.longest)
            .min(self.longest)
    }

    /// How many delays were given since the last [`reset`](Self::reset).
    #[must_use]
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Starts over: the cause is gone.
    pub fn reset(&mut self) {
        self.made = 0;
    }
}

impl Default for Backoff {
    /// Up to 1 s, then 0.5 s doubling up to 10 s.
    fn default() -> Self {
        Self::new(
            Duration::from_secs(1),
            Duration::from_millis(500),
            2.0,
            Duration::from_secs(10),
        )
    }
}

/// A time anywhere from `from` to `to`.
pub(crate) fn between(from: Duration, to: Duration, random: &mut impl Rng) -> Duration {
    if to <= from {
        return from;
    }
    let part: f64 = random.random_range(0.0..1.0);
    from + (to - from).mul_f64(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn no_delay_is_longer_than_a_day() {
        let year = Duration::from_secs(365 * 86_400);
        let backoff = Backoff::new(year, year, 2.0, year);
        assert_eq!(backoff.ceiling(), Duration::from_secs(86_400));
        assert_eq!(Backoff::LONGEST, Duration::from_secs(86_400));
    }

    #[test]
    fn ceilings_grow_to_the_longest() {
        let mut backoff = Backoff::default();
        let mut random = StdRng::seed_from_u64(1);
        let ceilings: Vec<_> = (0..8)
            .map(|_| {
                let ceiling = backoff.ceiling().as_millis();
                backoff.delay(&mut random);
                ceiling
            })
            .collect();
        assert_eq!(
            ceilings,
            [1000, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]
        );
        assert_eq!(backoff.made(), 8);
        backoff.reset();
        assert_eq!(backoff, Backoff::default());
    }

    #[test]
    fn the_first_delay_is_spread_evenly() {
        let mut random = StdRng::seed_from_u64(7);
        let mut tenths = [0_u32; 10];
        for _ in 0..10_000 {
            let delay = Backoff::default().delay(&mut random);
            tenths[usize::try_from(delay.as_millis() / 100).unwrap()] += 1;
        }
        assert!(
            tenths.iter().all(|count| (850..1150).contains(count)),
            "{tenths:?}"
        );
    }

    proptest! {
        #[test]
        fn no_setting_panics_or_exceeds_the_longest(
            first: u64, base: u64, factor: f64, longest: u64, seed: u64,
        ) {
            let longest = Duration::from_nanos(longest);
            let mut backoff =
                Backoff::new(Duration::from_nanos(first), Duration::from_nanos(base), factor, longest);
            let mut random = StdRng::seed_from_u64(seed);
            prop_assert!(backoff.delay(&mut random) <= Backoff::LONGEST);
            for _ in 0..100 {
                let ceiling = backoff.ceiling();
                let delay = backoff.delay(&mut random);
                prop_assert!(delay <= longest.min(Backoff::LONGEST));
                prop_assert!(delay <= ceiling && delay >= ceiling / 2);
            }
        }
    }
}
