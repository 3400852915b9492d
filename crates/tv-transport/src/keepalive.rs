//! When to ping, and when a silent link is dead. Pure: it is told the time and the bytes.

use std::time::Duration;

use tokio::time::Instant;

use crate::meter::Tally;

/// The keep-alive of one connection.
///
/// A ping goes out once nothing was received for the interval. It is cleared by any byte that arrives later;
/// without one the link is dead when the timeout has passed.
#[derive(Debug)]
pub(crate) struct Keepalive {
    /// Zero: no pings.
    interval: Duration,
    timeout: Duration,
    /// When the pending ping was asked for, and how many bytes had been received then.
    pending: Option<(Instant, u64)>,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    Dead,
}

impl Keepalive {
    pub(crate) fn new(interval: Duration, timeout: Duration) -> Self {
        Self {
            interval,
            timeout,
            pending: None,
        }
    }

    /// When to ask again.
    pub(crate) fn deadline(&self, received: Tally) -> Option<Instant> {
        match self.pending {
            Some((sent, bytes)) if bytes == received.bytes => Some(sent + self.timeout),
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
        let mut keepalive = Keepalive::new(20 * SECOND, 10 * SECOND);
        assert_eq!(keepalive.deadline(silent), Some(start + 20 * SECOND));
        assert_eq!(keepalive.poll(start + 19 * SECOND, silent), Due::Nothing);
        assert_eq!(keepalive.poll(start + 20 * SECOND, silent), Due::Ping);
        assert_eq!(keepalive.poll(start + 29 * SECOND, silent), Due::Nothing);
        assert_eq!(keepalive.poll(start + 30 * SECOND, silent), Due::Dead);
    }

    #[test]
    fn any_byte_clears_a_pending_ping() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(20 * SECOND, 10 * SECOND);
        assert_eq!(
            keepalive.poll(
                start + 20 * SECOND,
                Tally {
                    bytes: 0,
                    last: start
                }
            ),
            Due::Ping
        );
        let moved = Tally {
            bytes: 1,
            last: start + 20 * SECOND,
        };
        assert_eq!(keepalive.deadline(moved), Some(start + 40 * SECOND));
        assert_eq!(keepalive.poll(start + 30 * SECOND, moved), Due::Nothing);
        assert_eq!(keepalive.poll(start + 40 * SECOND, moved), Due::Ping);
    }

    #[test]
    fn a_zero_interval_never_pings() {
        let start = Instant::now();
        let silent = Tally {
            bytes: 0,
            last: start,
        };
        let mut keepalive = Keepalive::new(Duration::ZERO, SECOND);
        assert_eq!(keepalive.deadline(silent), None);
        assert_eq!(keepalive.poll(start + 1000 * SECOND, silent), Due::Nothing);
    }
}
