//! How often all connections of a process together may connect to one host.
//!
//! Pure: each call passes its time. governor does the counting.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::HashMapStateStore,
};

/// Spaces the connections to each host. Clones share one count.
///
/// It allows a burst of connections to a host, then one a second. After a server's `Retry-After`,
/// no connection that shares the limiter tries that server before the time that it gave.
#[derive(Clone)]
pub struct ConnectLimiter {
    shared: Arc<Shared>,
}

/// governor's count for each host.
type Rate = RateLimiter<Box<str>, HashMapStateStore<Box<str>>, HandClock, NoOpMiddleware<Nanos>>;

struct Shared {
    /// `None`: no limit except those that servers ask for.
    rate: Option<Rate>,
    clock: HandClock,
    holds: Mutex<HashMap<Box<str>, Instant>>,
}

impl ConnectLimiter {
    /// Allows `burst` connections to each host at once, then one a second; zero counts as one.
    ///
    /// The size of a pool is a good burst.
    #[must_use]
    pub fn new(burst: u32) -> Self {
        Self::per_host(burst, Duration::from_secs(1))
    }

    /// Allows `burst` connections to each host at once, then one each `period`.
    #[must_use]
    pub fn per_host(burst: u32, period: Duration) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self::build(Quota::with_period(period).map(|quota| quota.allow_burst(burst)))
    }

    /// Allows any number of connections, except during a [`hold`](Self::hold).
    #[must_use]
    pub fn unlimited() -> Self {
        Self::build(None)
    }

    /// The limiter that all supervisors of this process share by default: a burst of 2.
    #[must_use]
    pub fn process() -> Self {
        static PROCESS: LazyLock<ConnectLimiter> = LazyLock::new(|| ConnectLimiter::new(2));
        PROCESS.clone()
    }

    fn build(quota: Option<Quota>) -> Self {
        let clock = HandClock::new();
        let rate = quota.map(|quota| RateLimiter::hashmap_with_clock(quota, clock.clone()));
        let holds = Mutex::default();
        Self {
            shared: Arc::new(Shared { rate, clock, holds }),
        }
    }

    /// Takes a permit for one connection to `host`, if one is free.
    ///
    /// # Errors
    ///
    /// The instant at which to ask again.
    pub fn acquire(&self, host: &str, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.held_until(host, now) {
            return Err(until);
        }
        let Some(rate) = &self.shared.rate else {
            return Ok(());
        };
        let nanos = self.shared.clock.advance(now);
        if rate.len() > MAX_HOSTS {
            rate.retain_recent();
        }
        rate.check_key(&Box::from(host))
            .map_err(|not_until| now + not_until.wait_time_from(nanos))
    }

    /// Allows no connection to `host` until an instant. Never shortens an earlier hold.
    pub fn hold(&self, host: &str, now: Instant, until: Instant) {
        let mut holds = self.holds();
        holds.retain(|_, until| *until > now);
        if holds.len() < MAX_HOSTS || holds.contains_key(host) {
            let held = holds.entry(host.into()).or_insert(until);
            *held = until.max(*held);
        }
    }

    fn held_until(&self, host: &str, now: Instant) -> Option<Instant> {
        self.holds().get(host).copied().filter(|until| *until > now)
    }

    fn holds(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Instant>> {
        // A panic elsewhere cannot leave a map of instants half changed.
        self.shared
            .holds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ConnectLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectLimiter")
            .field("limited", &self.shared.rate.is_some())
            .finish_non_exhaustive()
    }
}

/// A clock that goes by the instants it is shown.
#[derive(Clone, Debug)]
struct HandClock {
    base: Instant,
    nanos: Arc<AtomicU64>,
}

impl HandClock {
    fn new() -> Self {
        Self {
            base: Instant::now(),
            nanos: Arc::default(),
        }
    }

    /// Shows it an instant; it never goes back.
    fn advance(&self, now: Instant) -> Nanos {
        let elapsed = now.saturating_duration_since(self.base).as_nanos();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        let before = self.nanos.fetch_max(elapsed, Ordering::Relaxed);
        Nanos::from(before.max(elapsed))
    }
}

impl Clock for HandClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.nanos.load(Ordering::Relaxed))
    }
}

/// Hosts are few; this only keeps an odd caller from filling memory.
const MAX_HOSTS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_then_one_a_second_for_each_host() {
        let limiter = ConnectLimiter::new(3);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(limiter.acquire("a.test", start), Ok(()));
        }
        let until = limiter.acquire("a.test", start).unwrap_err();
        assert!(until > start && until <= start + SECOND + Duration::from_millis(1));
        assert_eq!(limiter.acquire("b.test", start), Ok(()));
        assert_eq!(limiter.acquire("a.test", until), Ok(()));
        assert!(limiter.acquire("a.test", until).is_err());
    }

    #[test]
    fn s20_a_hundred_attempts_at_once_get_one_a_second() {
        let limiter = ConnectLimiter::new(1);
        let start = Instant::now();
        // Each asks again at the time that it was given.
        let mut waiting = vec![start; 100];
        let mut taken = Vec::new();
        while let Some(now) = waiting.iter().min().copied() {
            waiting.retain_mut(|at| {
                if *at > now {
                    return true;
                }
                match limiter.clone().acquire("a.test", now) {
                    Ok(()) => taken.push(now),
                    Err(until) => {
                        assert!(until > now);
                        *at = until;
                        return true;
                    }
                }
                false
            });
        }
        assert_eq!(taken.len(), 100);
        let tolerance = Duration::from_millis(1);
        assert!(
            taken
                .windows(2)
                .all(|pair| pair[1] + tolerance >= pair[0] + SECOND)
        );
        assert!(taken[99] - start <= 100 * SECOND);
    }

    #[test]
    fn s20_a_process_begins_two_connections_to_a_host_and_then_one_a_second() {
        let start = Instant::now();
        let free = (0..100).filter(|_| {
            // Every caller gets the same one.
            ConnectLimiter::process()
                .acquire("only-this-test.test", start)
                .is_ok()
        });
        assert_eq!(free.count(), 2);
    }

    #[test]
    fn a_hold_binds_all_that_share_it() {
        let limiter = ConnectLimiter::unlimited();
        let other = limiter.clone();
        let start = Instant::now();
        limiter.hold("a.test", start, start + 7 * SECOND);
        limiter.hold("a.test", start, start + SECOND);
        assert_eq!(
            other.acquire("a.test", start + 6 * SECOND),
            Err(start + 7 * SECOND)
        );
        assert_eq!(other.acquire("b.test", start), Ok(()));
        assert_eq!(other.acquire("a.test", start + 7 * SECOND), Ok(()));
    }

    #[test]
    fn hosts_without_end_take_bounded_memory() {
        let limiter = ConnectLimiter::new(1);
        let start = Instant::now();
        for index in 0..10_000_u32 {
            let now = start + index * SECOND;
            let host = format!("{index}.test");
            assert_eq!(limiter.acquire(&host, now), Ok(()));
            limiter.hold(&host, now, now + 100_000 * SECOND);
        }
        assert!(limiter.holds().len() <= MAX_HOSTS);
        let rate = limiter.shared.rate.as_ref().expect("a limited one");
        assert!(rate.len() <= MAX_HOSTS + 1);
    }
}
