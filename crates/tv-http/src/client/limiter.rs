//! How often each host is asked.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, LazyLock, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use tokio::time::{Instant, sleep_until};

use crate::wire::Host;

#[expect(
    clippy::disallowed_types,
    reason = "held for a look-up, never while anything is waited for"
)]
type Holds = std::sync::Mutex<HashMap<Host, Instant>>;

/// governor's count for a host, by the runtime's clock.
type Rate = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<Nanos>>;

/// The longest hold of a host that a server can ask for.
const LONGEST_HOLD: Duration = Duration::from_secs(600);

/// Spaces the requests to each host. Clones share one count.
///
/// After the server's `Retry-After`, requests to that host wait.
#[derive(Clone)]
pub struct HostLimiter(Arc<Shared>);

struct Shared {
    clock: RuntimeClock,
    rates: HashMap<Host, Rate>,
    holds: Holds,
}

impl HostLimiter {
    /// The limiter that all clients of this process share by default: three requests a second to
    /// the scanner and to the search, one to the site, two to any other host. Each may begin with
    /// twice as many.
    ///
    /// TradingView publishes no limits. More than five a second were seen to be refused, on the
    /// site more than one.
    #[must_use]
    pub fn process() -> Self {
        static PROCESS: LazyLock<HostLimiter> = LazyLock::new(|| {
            HostLimiter::new(|host| match host {
                Host::Scanner | Host::SymbolSearch => 3,
                Host::Www => 1,
                _ => 2,
            })
        });
        PROCESS.clone()
    }

    /// Allows a number of requests a second to each host, and twice as many at once; zero counts as
    /// one.
    #[must_use]
    pub fn per_second(requests: u32) -> Self {
        Self::new(|_| requests)
    }

    /// Allows any number of requests, except after a server's `Retry-After`.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::of(HashMap::new(), RuntimeClock(Instant::now()))
    }

    fn new(requests: impl Fn(Host) -> u32) -> Self {
        let clock = RuntimeClock(Instant::now());
        let rates = Host::ALL.into_iter().map(|host| {
            let count = NonZeroU32::new(requests(host)).unwrap_or(NonZeroU32::MIN);
            let burst = count.saturating_add(count.get());
            let quota = Quota::per_second(count).allow_burst(burst);
            (host, RateLimiter::direct_with_clock(quota, clock.clone()))
        });
        Self::of(rates.collect(), clock.clone())
    }

    fn of(rates: HashMap<Host, Rate>, clock: RuntimeClock) -> Self {
        let holds = Holds::default();
        Self(Arc::new(Shared {
            clock,
            rates,
            holds,
        }))
    }

    /// Waits until the host may be asked. Cancel-safe: what is dropped before it has waited counts
    /// for nothing.
    pub(super) async fn wait(&self, host: Host) {
        loop {
            if let Some(until) = self.held_until(host) {
                sleep_until(until).await;
                continue;
            }
            let Some(rate) = self.0.rates.get(&host) else {
                return;
            };
            let now = self.0.clock.now();
            match rate.check() {
                Ok(()) => return,
                Err(not_until) => {
                    let wait = not_until.wait_time_from(now);
                    sleep_until(Instant::now() + wait).await;
                }
            }
        }
    }

    /// Lets no request to a host begin for a time, ten minutes at most.
    pub(super) fn hold(&self, host: Host, time: Duration) {
        let until = Instant::now() + time.min(LONGEST_HOLD);
        let mut holds = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let held = holds.entry(host).or_insert(until);
        *held = until.max(*held);
    }

    fn held_until(&self, host: Host) -> Option<Instant> {
        let holds = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        holds
            .get(&host)
            .copied()
            .filter(|until| *until > Instant::now())
    }
}

impl fmt::Debug for HostLimiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HostLimiter")
            .field("is_limited", &!self.0.rates.is_empty())
            .finish_non_exhaustive()
    }
}

/// The clock of the runtime, which tests may pause.
#[derive(Clone, Debug)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn elapsed(limiter: &HostLimiter, host: Host, requests: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..requests {
            limiter.wait(host).await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_the_rest_is_spaced() {
        let limiter = HostLimiter::per_second(2);
        assert_eq!(elapsed(&limiter, Host::Www, 4).await, Duration::ZERO);
        let rest = elapsed(&limiter, Host::Www, 10).await;
        assert!(
            (Duration::from_millis(4_990)..Duration::from_millis(5_020)).contains(&rest),
            "{rest:?}"
        );
        assert_eq!(elapsed(&limiter, Host::Scanner, 4).await, Duration::ZERO);
        assert_eq!(
            elapsed(&HostLimiter::unlimited(), Host::Www, 1_000).await,
            Duration::ZERO
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_stops_one_host_and_is_never_shortened() {
        let limiter = HostLimiter::unlimited();
        limiter.hold(Host::Www, Duration::from_secs(30));
        limiter.hold(Host::Www, Duration::from_secs(5));
        assert_eq!(elapsed(&limiter, Host::Scanner, 1).await, Duration::ZERO);
        let waited = elapsed(&limiter, Host::Www, 1).await;
        assert!(
            (Duration::from_secs(30)..Duration::from_secs(31)).contains(&waited),
            "{waited:?}"
        );
        limiter.hold(Host::Www, Duration::from_secs(1_000_000));
        assert!(elapsed(&limiter, Host::Www, 1).await < Duration::from_secs(601));
    }
}
