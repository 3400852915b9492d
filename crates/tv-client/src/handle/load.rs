//! How much a connection carries, by what servers are said to limit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What a client has at the server now, or is about to have.
#[derive(Debug, Default)]
pub(crate) struct Load {
    sessions: AtomicUsize,
    series: AtomicUsize,
}

/// How much there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) sessions: usize,
    pub(crate) series: usize,
}

impl Capacity {
    /// A client by itself takes whatever it is asked for; the server refuses what is too much.
    pub(crate) const UNLIMITED: Self = Self {
        sessions: usize::MAX,
        series: usize::MAX,
    };
}

/// What a seat is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Quotes,
    /// A series, a history or a replay, in a session of its own.
    Series,
}

/// One session's part of the load, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    load: Arc<Load>,
    kind: Kind,
}

impl Seat {
    /// Takes a seat, if there is one.
    pub(crate) fn take(load: &Arc<Load>, kind: Kind, capacity: Capacity) -> Option<Self> {
        let seat = |count: &AtomicUsize, limit: usize| {
            let more = |taken: usize| (taken < limit).then_some(taken + 1);
            count
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                .is_ok()
        };
        if !seat(&load.sessions, capacity.sessions) {
            return None;
        }
        if kind == Kind::Series && !seat(&load.series, capacity.series) {
            load.sessions.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Self {
            load: Arc::clone(load),
            kind,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.load.sessions.fetch_sub(1, Ordering::Relaxed);
        if self.kind == Kind::Series {
            self.load.series.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_given_up_to_the_limits_and_given_back() {
        let load = Arc::<Load>::default();
        let capacity = Capacity {
            sessions: 3,
            series: 2,
        };
        let take = |kind| Seat::take(&load, kind, capacity);
        let series = [take(Kind::Series), take(Kind::Series)];
        assert!(series.iter().all(Option::is_some));
        assert!(take(Kind::Series).is_none(), "two series");
        assert_eq!(load.sessions.load(Ordering::Relaxed), 2);
        let quotes = take(Kind::Quotes);
        assert!(
            quotes.is_some() && take(Kind::Quotes).is_none(),
            "three sessions"
        );
        drop(series);
        assert_eq!(load.sessions.load(Ordering::Relaxed), 1);
        assert!(take(Kind::Series).is_some());
    }
}
