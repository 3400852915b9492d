//! How often sessions may begin, and symbols be added to quotes. The server does not publish its
//! limits; they are learned from its refusals.
//!
//! Series and quotes share one pace. A series takes a turn with all its first commands, a quote
//! session with its first 100 symbols, and each later command of up to 100 symbols. Without
//! refusals there is no pause. Browsers add all symbols of a page at once, and a fixed pause would
//! delay every start: by 1 s for 10,000 symbols at 10 ms. What asks the server for little work
//! (fields, removals, fast symbols) takes no turn of its own.

use std::time::{Duration, Instant};

/// The pause after the first refusal.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// Without refusals for this long, pauses become half as long.
const RELIEF: Duration = Duration::from_secs(10);

/// The pause between two turns: none until the server refuses a session because there are too many
/// or they come too fast, then twice as long with each refusal of what kept to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SessionPacing {
    pause: Duration,
    /// When the pause was changed.
    changed: Option<Instant>,
    /// No turn before this.
    next: Option<Instant>,
}

impl SessionPacing {
    /// When the next turn may begin, unless it may at once.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.next.take_if(|next| *next <= now);
    }

    /// A session begins, or symbols are added.
    pub(super) fn begin(&mut self, now: Instant) {
        if self.changed.is_some_and(|changed| changed + RELIEF <= now) {
            self.pause /= 2;
            self.changed = Some(now);
            if self.pause < FIRST_PAUSE {
                *self = Self::default();
            }
        }
        self.next = (!self.pause.is_zero()).then(|| now + self.pause);
    }

    /// A session was refused whose last turn began at a time: there are too many, or they come too
    /// fast.
    pub(super) fn refuse(&mut self, started: Instant, now: Instant) {
        // Turns before the last refusal knew nothing of it.
        if self.changed.is_none_or(|changed| started > changed) {
            self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            self.changed = Some(now);
        }
        self.next = self.next.max(Some(now + self.pause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn f47_pauses_grow_with_refusals_and_end_without() {
        let mut pacing = SessionPacing::default();
        let start = Instant::now();
        pacing.begin(start);
        assert_eq!(pacing.next(), None, "nothing is known");
        // Of one burst all are refused.
        for _ in 0..8 {
            pacing.refuse(start, start + MS);
        }
        let second = start + MS + FIRST_PAUSE;
        assert_eq!(pacing.next(), Some(second));
        pacing.handle_timeout(second - MS);
        assert_eq!(pacing.next(), Some(second));
        pacing.handle_timeout(second);
        assert_eq!(pacing.next(), None);
        pacing.begin(second);
        assert_eq!(pacing.next(), Some(second + FIRST_PAUSE));
        pacing.refuse(second, second + MS);
        assert_eq!(pacing.next(), Some(second + MS + FIRST_PAUSE * 2));
        let mut now = second + MS;
        for _ in 0..20 {
            now += LONGEST_PAUSE;
            pacing.begin(now);
            pacing.refuse(now, now + MS);
        }
        assert_eq!(pacing.pause, LONGEST_PAUSE);
        for _ in 0..7 {
            now += RELIEF;
            pacing.begin(now);
        }
        assert_eq!(pacing.next(), None, "nothing is known any more");
    }
}
