//! The queue of a series: closed bars in order, bounded; the open bar as it is now.

use std::collections::VecDeque;

use protocol::bar::Bar;

use super::Queue;
use crate::{
    error::RequestError,
    registry::{Loaded, Older, SeriesNews},
    series::SeriesEvent,
};

/// Closed and revised bars that may wait: about 0.5 MB. A day has 1,440 minutes.
pub(crate) const MAX_WAITING_BARS: usize = 8_192;

/// A reader that does not read loses the oldest closed bars, and is told how many.
#[derive(Debug, Default)]
pub(crate) struct SeriesQueue {
    loaded: Option<Box<Loaded>>,
    older: Option<Older>,
    waiting: VecDeque<SeriesEvent>,
    dropped: u64,
    open: Option<Bar>,
    failed: Option<RequestError>,
    ended: bool,
}

impl Queue for SeriesQueue {
    fn fail(&mut self, error: RequestError) {
        self.failed.get_or_insert(error);
    }
}

impl SeriesQueue {
    pub(super) fn push(&mut self, news: SeriesNews) {
        match news {
            SeriesNews::Loaded(loaded) => self.loaded = Some(loaded),
            SeriesNews::Open(bar) => self.open = Some(bar),
            SeriesNews::Closed(bar) => {
                // An open state of the same bar that nobody has read is superseded.
                self.open.take_if(|open| open.time <= bar.time);
                self.wait(SeriesEvent::Closed(bar));
            }
            SeriesNews::Revised(bar) => self.wait(SeriesEvent::Revised(bar)),
            SeriesNews::Gap { from, to, reason } => {
                self.wait(SeriesEvent::Gap { from, to, reason })
            }
            SeriesNews::Reconnecting => {
                // Told in its place: before the interruption.
                if let Some(open) = self.open.take() {
                    self.wait(SeriesEvent::Open(open));
                }
                self.wait(SeriesEvent::Reconnecting);
            }
            SeriesNews::Resumed { backfilled } => self.wait(SeriesEvent::Resumed { backfilled }),
            SeriesNews::Reset(bars) => {
                // What waits is void as well.
                self.open = None;
                self.waiting.clear();
                self.wait(SeriesEvent::Reset(bars));
            }
            SeriesNews::Stale { age } => self.wait(SeriesEvent::Stale { age }),
            SeriesNews::Older(older) => self.older = Some(older),
            SeriesNews::Skipped(reason) => self.wait(SeriesEvent::Skipped { reason }),
        }
    }

    fn wait(&mut self, event: SeriesEvent) {
        if self.waiting.len() == MAX_WAITING_BARS {
            self.waiting.pop_front();
            self.dropped += 1;
        }
        self.waiting.push_back(event);
    }

    /// The answer to the first request, once.
    pub(crate) fn take_loaded(&mut self) -> Option<Result<Box<Loaded>, RequestError>> {
        match self.loaded.take() {
            Some(loaded) => Some(Ok(loaded)),
            None => self.failed.clone().map(Err),
        }
    }

    /// Earlier bars, once.
    pub(crate) fn take_older(&mut self, call: u64) -> Option<Result<Older, RequestError>> {
        // Those of a call that was dropped are for nobody.
        match self.older.take().filter(|older| older.call == call) {
            Some(older) => Some(Ok(older)),
            None => self.failed.clone().map(Err),
        }
    }

    /// The next event; `Some(None)` when the last has been taken.
    pub(crate) fn take(&mut self) -> Option<Option<SeriesEvent>> {
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            return Some(Some(SeriesEvent::Lagged { dropped }));
        }
        if let Some(event) = self.waiting.pop_front() {
            return Some(Some(event));
        }
        if let Some(bar) = self.open.take() {
            return Some(Some(SeriesEvent::Open(bar)));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.take()?;
        self.ended = true;
        Some(Some(match error {
            RequestError::Ended(error) => SeriesEvent::Ended(error),
            other => SeriesEvent::Failed(other),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(time: i64) -> Bar {
        Bar {
            time,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: None,
        }
    }

    fn drain(queue: &mut SeriesQueue) -> Vec<SeriesEvent> {
        std::iter::from_fn(|| queue.take().flatten()).collect()
    }

    #[test]
    fn the_open_bar_is_conflated_and_closed_bars_are_not() {
        let mut queue = SeriesQueue::default();
        for time in 0..3 {
            for _ in 0..100 {
                queue.push(SeriesNews::Open(bar(time)));
            }
            queue.push(SeriesNews::Closed(bar(time)));
        }
        queue.push(SeriesNews::Open(bar(3)));
        let closed = (0..3).map(|time| SeriesEvent::Closed(bar(time)));
        let expected: Vec<_> = closed.chain([SeriesEvent::Open(bar(3))]).collect();
        assert_eq!(drain(&mut queue), expected);
    }

    #[test]
    fn what_is_dropped_is_counted_and_told_first() {
        let mut queue = SeriesQueue::default();
        let all = MAX_WAITING_BARS as i64 + 5;
        for time in 0..all {
            queue.push(SeriesNews::Closed(bar(time)));
        }
        let events = drain(&mut queue);
        assert_eq!(events.len(), MAX_WAITING_BARS + 1);
        assert_eq!(events[0], SeriesEvent::Lagged { dropped: 5 });
        assert_eq!(events[1], SeriesEvent::Closed(bar(5)));
        assert_eq!(events.last(), Some(&SeriesEvent::Closed(bar(all - 1))));
    }
}
