//! When to ping, and when a silent link is dead. Pure: the time and the number of bytes come in as
//! arguments.

use std::time::Duration;

use tokio::time::Instant;

use crate::meter::Tally;

/// The keep-alive of one connection.
///
/// A ping is sent once nothing was received for the interval, or for half the limit. Any later byte
/// clears it. Without one, the link is dead when the rest of the limit has passed.
#[derive(Debug)]
pub(crate) struct Keepalive {
    /// Silence until a ping; zero: no pings.
    interval: Duration,
    /// From the ping to the end; counted from the ping and not from the last byte, so that a
    /// process that slept through the whole limit asks before it judges.
    grace: Duration,
    /// When the pending ping was asked for, and how many bytes had been received then.
    pending: Option<(Instant, u64)>,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    Dead,
}

impl Keepalive {
    pub(crate) fn new(interval: Duration, limit: Duration) -> Self {
        let interval = interval.min(limit / 2);
        Self {
            interval,
            grace: limit.saturating_sub(interval),
            pending: None,
        }
    }

    /// When to ask again.
    pub(crate) fn deadline(&self, received: Tally) -> Option<Instant> {
        match self.pending {
            Some((sent, bytes)) if bytes == received.bytes => Some(sent + self.grace),
            _ if self.interval.is_zero() => None,
            _ => Some(received.last + self.interval),
        }
    }

    /// A pending ping counts from now on: it was stuck behind other bytes until now.
    pub(crate) fn restart(&mut self, now: Instant) {
        if let Some((sent, _)) = &mut self.pending {
            *sent = now;
        }
    }

    /// What is due at `now`; after [`Due::Ping`] the ping counts as sent.
    pub(crate) fn poll(&mut self, now: Instant, received: Tally) -> Due {
        if self
            .deadline(received)
            .is_none_or(|deadline| now < deadline)
        {
            return Due::Nothing;
        }
        if self
            .pending
            .is_some_and(|(_, bytes)| bytes == received.bytes)
        {
            return Due::Dead;
        }
        self.pending = Some((now, received.bytes));
        Due::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_silent_link_is_pinged_then_dead() {
        let start = Instant::now();
        let silent = Tally {
            bytes: 5,
            last: start,
        };
        for (interval, limit, ping) in [(20, 20, 10), (3, 20, 3), (20, 60, 20), (10, 20, 10)] {
            let mut keepalive = Keepalive::new(interval * SECOND, limit * SECOND);
            let (ping, limit) = (start + ping * SECOND, start + limit * SECOND);
            assert_eq!(keepalive.deadline(silent), Some(ping));
            assert_eq!(keepalive.poll(ping - SECOND, silent), Due::Nothing);
            assert_eq!(keepalive.poll(ping, silent), Due::Ping);
            assert_eq!(keepalive.poll(limit - SECOND, silent), Due::Nothing);
            assert_eq!(keepalive.poll(limit, silent), Due::Dead);
        }
    }

    #[test]
    fn after_sleep_a_ping_comes_before_the_verdict() {
        let start = Instant::now();
        let silent = Tally {
            bytes: 5,
            last: start,
        };
        let mut keepalive = Keepalive::new(20 * SECOND, 20 * SECOND);
        assert_eq!(keepalive.poll(start + 600 * SECOND, silent), Due::Ping);
        assert_eq!(keepalive.poll(start + 609 * SECOND, silent), Due::Nothing);
        assert_eq!(keepalive.poll(start + 610 * SECOND, silent), Due::Dead);
    }

    #[test]
    fn any_byte_clears_a_pending_ping() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(20 * SECOND, 20 * SECOND);
        assert_eq!(
            keepalive.poll(
                start + 10 * SECOND,
                Tally {
                    bytes: 0,
                    last: start
                }
            ),
            Due::Ping
        );
        let moved = Tally {
            bytes: 1,
            last: start + 19 * SECOND,
        };
        assert_eq!(keepalive.deadline(moved), Some(start + 29 * SECOND));
        assert_eq!(keepalive.poll(start + 20 * SECOND, moved), Due::Nothing);
        assert_eq!(keepalive.poll(start + 29 * SECOND, moved), Due::Ping);
    }

    #[test]
    fn zero_never_pings_nor_judges() {
        let start = Instant::now();
        let silent = Tally {
            bytes: 0,
            last: start,
        };
        for (interval, limit) in [(Duration::ZERO, SECOND), (SECOND, Duration::ZERO)] {
            let mut keepalive = Keepalive::new(interval, limit);
            assert_eq!(keepalive.deadline(silent), None);
            assert_eq!(keepalive.poll(start + 1000 * SECOND, silent), Due::Nothing);
        }
    }
}
