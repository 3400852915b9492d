//! The load of a connection, in the units that servers reportedly limit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The sessions that a client has at the server, or is about to have.
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
    /// A client outside of a pool has no limits of its own; the server refuses what is too much.
    pub(crate) const UNLIMITED: Self = Self {
        sessions: usize::MAX,
        series: usize::MAX,
    };
}

/// What a permit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionKind {
    Quotes,
    /// A series, a history or a replay, in a session of its own.
    Series,
}

/// One session's part of the load, until it is dropped.
#[derive(Debug)]
pub(crate) struct SessionPermit {
    load: Arc<Load>,
    kind: SessionKind,
}

impl SessionPermit {
    /// Takes a permit, if there is one.
    pub(crate) fn take(load: &Arc<Load>, kind: SessionKind, capacity: Capacity) -> Option<Self> {
        let permit = |count: &AtomicUsize, limit: usize| {
            let more = |taken: usize| (taken < limit).then_some(taken + 1);
            count
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                .is_ok()
        };
        if !permit(&load.sessions, capacity.sessions) {
            return None;
        }
        if kind == SessionKind::Series && !permit(&load.series, capacity.series) {
            load.sessions.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Self {
            load: Arc::clone(load),
            kind,
        })
    }
}

impl Drop for SessionPermit {
    fn drop(&mut self) {
        self.load.sessions.fetch_sub(1, Ordering::Relaxed);
        if self.kind == SessionKind::Series {
            self.load.series.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_are_given_up_to_the_limits_and_given_back() {
        let load = Arc::<Load>::default();
        let capacity = Capacity {
            sessions: 3,
            series: 2,
        };
        let take = |kind| SessionPermit::take(&load, kind, capacity);
        let series = [take(SessionKind::Series), take(SessionKind::Series)];
        assert!(series.iter().all(Option::is_some));
        assert!(take(SessionKind::Series).is_none(), "two series");
        assert_eq!(load.sessions.load(Ordering::Relaxed), 2);
        let quotes = take(SessionKind::Quotes);
        assert!(
            quotes.is_some() && take(SessionKind::Quotes).is_none(),
            "three sessions"
        );
        drop(series);
        assert_eq!(load.sessions.load(Ordering::Relaxed), 1);
        assert!(take(SessionKind::Series).is_some());
    }
}
