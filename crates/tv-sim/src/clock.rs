//! The two times of a simulator: that of its market, and the real one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A clock that never goes back. It runs with tokio's, so it stands still where that is paused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    /// The market's time at the start, in milliseconds UTC.
    epoch: i64,
    speed: f64,
}

impl Clock {
    /// Starts now. Without an epoch, the market's time begins with the system's.
    pub(crate) fn start(epoch: Option<i64>, speed: f64) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the epoch of a simulator that was given none"
        )]
        let system = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or_default()
        };
        Self {
            started: Instant::now(),
            epoch: epoch.unwrap_or_else(system),
            speed,
        }
    }

    /// The market's time in milliseconds UTC.
    pub(crate) fn now(self) -> i64 {
        if self.speed == 1.0 {
            return self.epoch + i64::try_from(self.real()).unwrap_or(i64::MAX / 2);
        }
        self.epoch + (self.started.elapsed().as_secs_f64() * 1000.0 * self.speed) as i64
    }

    /// The instant at which the market's time, in milliseconds UTC, has been reached.
    pub(crate) fn instant(self, time: i64) -> Instant {
        let passed = u64::try_from(time - self.epoch).unwrap_or_default();
        if self.speed == 1.0 {
            return self.instant_of_real(passed);
        }
        let seconds = (passed as f64 / 1000.0 / self.speed).min(1e9);
        self.started + Duration::from_secs_f64(seconds) + Duration::from_micros(1)
    }

    /// Real milliseconds since the start.
    pub(crate) fn real(self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The instant of a number of real milliseconds since the start.
    pub(crate) fn instant_of_real(self, ms: u64) -> Instant {
        // A century is further than any timer goes.
        self.started + Duration::from_millis(ms.min(3_000_000_000_000))
    }

    /// How many milliseconds of the market pass in a time.
    pub(crate) fn of_market(self, real: Duration) -> i64 {
        let ms = (real.as_secs_f64() * 1000.0 * self.speed).min(1e15);
        (ms as i64).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_market_runs_with_its_speed_and_an_instant_is_never_early() {
        for speed in [0.25, 1.0, 7.0, 60.0] {
            let clock = Clock::start(Some(1000), speed);
            assert_eq!((clock.now(), clock.real()), (1000, 0));
            for wanted in [1001, 1333, 9999, 61_000] {
                let wanted = clock.now().max(wanted);
                tokio::time::sleep_until(clock.instant(wanted)).await;
                let late = (clock.now() - wanted) as f64;
                assert!(
                    (0.0..=2.0 * speed + 1.0).contains(&late),
                    "{late} at {speed}"
                );
            }
            assert_eq!(
                clock.of_market(Duration::from_secs(2)),
                (2000.0 * speed) as i64
            );
        }
    }
}
