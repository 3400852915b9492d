//! The queue of a series: closed bars in order and bounded, and the newest state of the open bar.

use std::collections::VecDeque;

use protocol::{bar::Bar, quote::UpdateMode, time::Timestamp};

use super::queue::{Backlog, Queue};
use crate::{
    bounds::{MAX_WAITING, MAX_WAITING_BYTES},
    error::RequestError,
    event::{History, Progress, SeriesEvent},
    registry::{Changed, SeriesUpdate, Shown},
    request::Overflow,
};

/// How many of the oldest waiting events that are not bars survive when bars are dropped.
const MAX_KEPT: usize = 64;

/// An item that a reader takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Taken {
    Event(SeriesEvent),
    /// A reset, and what the series shows from now on.
    Changed(Box<Changed>),
    /// The closed bars from one to another, both included, were dropped and must be loaded again.
    Missed {
        from: Timestamp,
        to: Timestamp,
    },
}

/// An update for a caller that waits for a history.
pub(crate) enum Loading {
    Progress(Progress),
    Done(Box<History>),
}

/// What replaces all bars.
#[derive(Clone, Debug)]
enum Reset {
    Bars(Vec<Bar>),
    Changed(Box<Changed>),
}

/// A reader that does not read loses the oldest closed bars; an event reports how many. It does not
/// lose other events, such as gaps or the end of an interruption.
#[derive(Debug)]
pub(crate) struct SeriesQueue {
    loaded: Option<Box<History>>,
    /// What the series shows, and whether the history says what the symbol is: for a reader that
    /// joins a series that was changed.
    shown: Option<Box<(Shown, bool)>>,
    /// The progress of the history; only the newest counts.
    progress: Option<Progress>,
    /// Bars that replace all earlier ones. They are never dropped.
    reset: Option<Reset>,
    /// Bars that are to be loaded again stand in their place, never two such beside each other.
    waiting: VecDeque<Taken>,
    /// How many events wait, and what they take. `bytes <= MAX_WAITING_BYTES`
    events: usize,
    bytes: usize,
    /// How many may wait.
    most: usize,
    dropped: u64,
    overflow: Overflow,
    open: Option<Bar>,
    /// How many states of the open bar have come.
    pushes: u64,
    failed: Option<RequestError>,
    ended: bool,
}

impl Default for SeriesQueue {
    fn default() -> Self {
        Self::new(Overflow::DropOldest, MAX_WAITING)
    }
}

impl Queue for SeriesQueue {
    type Update = SeriesUpdate;
    type Item = Taken;

    /// Everything but changes of the open bar.
    const HAS_URGENT: bool = true;

    fn fill(&self) -> (usize, usize) {
        (self.events, self.most)
    }

    fn fail(&mut self, error: RequestError) {
        self.failed.get_or_insert(error);
    }

    fn push(&mut self, update: SeriesUpdate) {
        if self.failed.is_some() || self.ended {
            return;
        }
        match update {
            SeriesUpdate::Loaded(loaded) => self.loaded = Some(loaded),
            // They are the answer to a call, and in the table.
            SeriesUpdate::Earlier(_) => {}
            SeriesUpdate::Progress(progress) => self.progress = Some(progress),
            SeriesUpdate::Open(bar) => {
                self.pushes += 1;
                self.open = Some(bar);
            }
            SeriesUpdate::Closed(bar) => {
                // An unread open state of the same bar is superseded.
                self.open.take_if(|open| open.time <= bar.time);
                self.line_up(SeriesEvent::Closed(bar));
            }
            SeriesUpdate::Revised(bar) => self.wait(SeriesEvent::Revised(bar)),
            SeriesUpdate::Gap { from, to, reason } => {
                self.wait(SeriesEvent::Gap { from, to, reason })
            }
            SeriesUpdate::Reset(bars) => {
                // What waits is void as well.
                self.clear();
                self.reset = Some(match self.reset.take() {
                    Some(Reset::Changed(mut changed)) => {
                        changed.history.bars = bars;
                        Reset::Changed(changed)
                    }
                    _ => Reset::Bars(bars),
                });
            }
            SeriesUpdate::Changed(changed) => {
                self.clear();
                self.reset = Some(Reset::Changed(changed));
            }
            SeriesUpdate::Reconnecting => self.wait(SeriesEvent::Reconnecting),
            SeriesUpdate::Resumed { backfilled } => self.wait(SeriesEvent::Resumed { backfilled }),
            SeriesUpdate::Stale { age } => self.wait(SeriesEvent::Stale { age }),
            SeriesUpdate::UpdateMode(mode) => self.wait(SeriesEvent::UpdateMode(mode)),
            SeriesUpdate::ReplayEnded => self.wait(SeriesEvent::ReplayEnded),
            SeriesUpdate::Skipped(reason) => self.wait(SeriesEvent::Skipped { reason }),
            SeriesUpdate::Suspended { reason, retry_in } => {
                self.wait(SeriesEvent::Suspended { reason, retry_in });
            }
        }
    }

    fn backlog(&self) -> Backlog {
        let is_over = self.failed.is_some() || self.ended;
        if is_over || self.dropped > 0 || self.reset.is_some() || !self.waiting.is_empty() {
            Backlog::Urgent
        } else if self.open.is_some() {
            Backlog::Some
        } else {
            Backlog::None
        }
    }

    fn pushes(&self) -> u64 {
        self.pushes
    }

    fn take(&mut self) -> Option<Option<Taken>> {
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            return Some(Some(Taken::Event(SeriesEvent::Lagged { dropped })));
        }
        if let Some(reset) = self.reset.take() {
            return Some(Some(match reset {
                Reset::Bars(bars) => Taken::Event(SeriesEvent::Reset(bars)),
                Reset::Changed(changed) => Taken::Changed(changed),
            }));
        }
        if let Some(next) = self.waiting.pop_front() {
            if let Taken::Event(event) = &next {
                self.events -= 1;
                self.bytes -= bytes_of(event);
            }
            return Some(Some(next));
        }
        Some(self.take_last()?.map(Taken::Event))
    }
}

impl SeriesQueue {
    /// With the policy that applies when `most` events wait.
    pub(crate) fn new(overflow: Overflow, most: usize) -> Self {
        Self {
            loaded: None,
            shown: None,
            progress: None,
            reset: None,
            waiting: VecDeque::new(),
            events: 0,
            bytes: 0,
            most: most.max(1),
            dropped: 0,
            overflow,
            open: None,
            pushes: 0,
            failed: None,
            ended: false,
        }
    }

    /// Appends an event as it is, for a fake stream.
    #[cfg(feature = "test-util")]
    pub(crate) fn push_event(&mut self, event: SeriesEvent) {
        if self.failed.is_some() || self.ended {
            return;
        }
        match event {
            SeriesEvent::Ended(error) => self.failed = Some(error),
            event => {
                self.events += 1;
                self.bytes += bytes_of(&event);
                self.waiting.push_back(Taken::Event(event));
            }
        }
    }

    /// Begins with what the series has and shows.
    pub(super) fn begin(&mut self, loaded: Box<History>, shown: Option<Box<(Shown, bool)>>) {
        self.loaded = Some(loaded);
        self.shown = shown;
    }

    /// What a series that was changed shows, and whether the history says what the symbol is.
    pub(crate) fn take_shown(&mut self) -> Option<Box<(Shown, bool)>> {
        self.shown.take()
    }

    /// What the series shows after the reset that waits.
    pub(crate) fn pending_change(&self) -> Option<Box<Changed>> {
        match &self.reset {
            Some(Reset::Changed(changed)) => Some(changed.clone()),
            _ => None,
        }
    }

    /// Forgets what waits: it is void.
    fn clear(&mut self) {
        self.open = None;
        self.waiting.clear();
        self.bytes = 0;
        self.events = 0;
        self.dropped = 0;
    }

    /// Why the series is over, if it is.
    pub(crate) fn failure(&self) -> Option<RequestError> {
        self.failed.clone()
    }

    /// Lets an event wait after the state of the open bar, which would seem newer otherwise.
    fn wait(&mut self, event: SeriesEvent) {
        if let Some(open) = self.open.take() {
            self.line_up(SeriesEvent::Open(open));
        }
        self.line_up(event);
    }

    /// Lets an event wait after all that wait, up to the limits.
    fn line_up(&mut self, event: SeriesEvent) {
        let bytes = bytes_of(&event);
        while self.events >= self.most
            || (self.bytes + bytes > MAX_WAITING_BYTES && self.events > 0)
        {
            if self.overflow == Overflow::Fail {
                let limit = self.events;
                self.failed = Some(RequestError::TooSlow { limit });
                return;
            }
            self.drop_oldest();
        }
        self.events += 1;
        self.bytes += bytes;
        self.waiting.push_back(Taken::Event(event));
    }

    /// Drops the oldest bar. Where other events stand before it in great number, the first of
    /// these.
    fn drop_oldest(&mut self) {
        let find = |what: fn(&Taken) -> bool| self.waiting.iter().take(MAX_KEPT).position(what);
        let is_event = |taken: &Taken| matches!(taken, Taken::Event(_));
        let at = find(is_bar).or_else(|| find(is_event)).unwrap_or(0);
        let Some(Taken::Event(dropped)) = self.waiting.remove(at) else {
            return;
        };
        self.events -= 1;
        self.bytes -= bytes_of(&dropped);
        match (dropped, self.overflow) {
            (SeriesEvent::Closed(bar), Overflow::Refill) => {
                let (from, to) = (bar.time, bar.time);
                self.waiting.insert(at, Taken::Missed { from, to });
            }
            _ => self.dropped += 1,
        }
        for at in [at, at.saturating_sub(1)] {
            self.join_missed(at);
        }
    }

    /// Makes one of what was missed at a place and after it.
    fn join_missed(&mut self, at: usize) {
        if let (Some(Taken::Missed { from, .. }), Some(Taken::Missed { to, .. })) =
            (self.waiting.get(at), self.waiting.get(at + 1))
        {
            let (from, to) = (*from, *to);
            self.waiting.remove(at + 1);
            if let Some(one) = self.waiting.get_mut(at) {
                *one = Taken::Missed { from, to };
            }
        }
    }

    /// The answer to the first request, once.
    pub(crate) fn take_loaded(&mut self) -> Option<Result<Box<History>, RequestError>> {
        match self.loaded.take() {
            Some(loaded) => Some(Ok(loaded)),
            None => self.failed.clone().map(Err),
        }
    }

    /// How far the first request is, or the answer to it.
    pub(crate) fn take_loading(&mut self) -> Option<Result<Loading, RequestError>> {
        match self.progress.take() {
            Some(progress) => Some(Ok(Loading::Progress(progress))),
            None => {
                let loaded = self.take_loaded()?;
                Some(loaded.map(Loading::Done))
            }
        }
    }

    /// What comes after all that waits.
    fn take_last(&mut self) -> Option<Option<SeriesEvent>> {
        if let Some(bar) = self.open.take() {
            return Some(Some(SeriesEvent::Open(bar)));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.clone()?;
        self.ended = true;
        Some(Some(SeriesEvent::Ended(error)))
    }
}

fn is_bar(taken: &Taken) -> bool {
    matches!(
        taken,
        Taken::Event(SeriesEvent::Closed(_) | SeriesEvent::Revised(_) | SeriesEvent::Open(_))
    )
}

/// What an event takes in memory, about.
fn bytes_of(event: &SeriesEvent) -> usize {
    let text = match event {
        SeriesEvent::UpdateMode(UpdateMode::Other(name)) => name.len(),
        SeriesEvent::Skipped { reason: text } | SeriesEvent::Suspended { reason: text, .. } => {
            text.len()
        }
        _ => 0,
    };
    size_of::<SeriesEvent>() + text
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::event::GapReason;

    fn bar(time: i64) -> Bar {
        Bar {
            time: Timestamp::from_seconds(time),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: None,
        }
    }

    fn drain(queue: &mut SeriesQueue) -> Vec<SeriesEvent> {
        let event = |taken| match taken {
            Taken::Event(event) => event,
            missed => panic!("{missed:?}"),
        };
        std::iter::from_fn(|| queue.take().flatten().map(event)).collect()
    }

    #[test]
    fn the_open_bar_is_conflated_and_closed_bars_are_not() {
        let mut queue = SeriesQueue::default();
        for time in 0..3 {
            for _ in 0..100 {
                queue.push(SeriesUpdate::Open(bar(time)));
            }
            queue.push(SeriesUpdate::Closed(bar(time)));
        }
        queue.push(SeriesUpdate::Open(bar(3)));
        let closed = (0..3).map(|time| SeriesEvent::Closed(bar(time)));
        let expected: Vec<_> = closed.chain([SeriesEvent::Open(bar(3))]).collect();
        assert_eq!(drain(&mut queue), expected);
    }

    #[test]
    fn what_is_dropped_is_counted_and_reported_first() {
        let mut queue = SeriesQueue::default();
        let all = MAX_WAITING as i64 + 5;
        for time in 0..all {
            queue.push(SeriesUpdate::Closed(bar(time)));
        }
        let events = drain(&mut queue);
        assert_eq!(events.len(), MAX_WAITING + 1);
        assert_eq!(events[0], SeriesEvent::Lagged { dropped: 5 });
        assert_eq!(events[1], SeriesEvent::Closed(bar(5)));
        assert_eq!(events.last(), Some(&SeriesEvent::Closed(bar(all - 1))));
    }

    #[test]
    fn f60_a_range_that_is_to_be_loaded_again_comes_first_and_whole() {
        let mut queue = SeriesQueue::new(Overflow::Refill, MAX_WAITING);
        let all = MAX_WAITING as i64 + 5;
        for time in 0..all {
            queue.push(SeriesUpdate::Closed(bar(time)));
        }
        let missed = Taken::Missed {
            from: Timestamp::from_seconds(0),
            to: Timestamp::from_seconds(4),
        };
        assert_eq!(queue.take(), Some(Some(missed)));
        let next = Taken::Event(SeriesEvent::Closed(bar(5)));
        assert_eq!(queue.take(), Some(Some(next)));
        assert_eq!(drain(&mut queue).len(), MAX_WAITING - 1);
    }

    #[test]
    fn f60_other_events_are_not_dropped_with_bars() {
        for overflow in [Overflow::Refill, Overflow::DropOldest] {
            let mut queue = SeriesQueue::new(overflow, MAX_WAITING);
            let reason = GapReason::HistoryLimit;
            queue.push(SeriesUpdate::Closed(bar(0)));
            queue.push(SeriesUpdate::Reconnecting);
            let (from, to) = (0, 10);
            queue.push(SeriesUpdate::Gap {
                from: Timestamp::from_seconds(from),
                to: Timestamp::from_seconds(to),
                reason,
            });
            queue.push(SeriesUpdate::Resumed { backfilled: 20_000 });
            for time in 10..20_010 {
                queue.push(SeriesUpdate::Closed(bar(time)));
            }
            let reported = [
                SeriesEvent::Reconnecting,
                SeriesEvent::Gap {
                    from: Timestamp::from_seconds(from),
                    to: Timestamp::from_seconds(to),
                    reason,
                },
                SeriesEvent::Resumed { backfilled: 20_000 },
            ];
            let mut expected: Vec<Taken> = reported.map(Taken::Event).into();
            if overflow == Overflow::Refill {
                expected.insert(
                    0,
                    Taken::Missed {
                        from: Timestamp::from_seconds(0),
                        to: Timestamp::from_seconds(0),
                    },
                );
                let (from, to) = (10, 11_820);
                expected.push(Taken::Missed {
                    from: Timestamp::from_seconds(from),
                    to: Timestamp::from_seconds(to),
                });
            } else {
                let dropped = 1 + 11_811;
                let lagged = SeriesEvent::Lagged { dropped };
                expected.insert(0, Taken::Event(lagged));
            }
            let all: Vec<Taken> = std::iter::from_fn(|| queue.take().flatten()).collect();
            assert_eq!(all[..expected.len()], expected);
            let rest = &all[expected.len()..];
            let first = all.len() - rest.len();
            assert!(all[first..].iter().all(is_bar), "{overflow:?}");
            let Taken::Event(SeriesEvent::Closed(first)) = &rest[0] else {
                panic!("{:?}", rest[0]);
            };
            assert_eq!(rest.len() as i64, 20_010 - first.time.seconds());
        }
    }

    #[test]
    fn f60_a_reader_that_never_reads_takes_bounded_room() {
        let mut queue = SeriesQueue::new(Overflow::Refill, MAX_WAITING);
        for time in 0..3 * MAX_WAITING as i64 {
            queue.push(SeriesUpdate::Reconnecting);
            queue.push(SeriesUpdate::Resumed { backfilled: 1 });
            queue.push(SeriesUpdate::Closed(bar(time)));
        }
        assert!(queue.waiting.len() <= MAX_WAITING + MAX_KEPT);
        let first = queue.take().flatten().unwrap();
        assert!(matches!(
            first,
            Taken::Event(SeriesEvent::Lagged { dropped: 1.. })
        ));
        let mut next = 0;
        while let Some(taken) = queue.take().flatten() {
            let (from, to) = match taken {
                Taken::Missed { from, to } => (from, to),
                Taken::Event(SeriesEvent::Closed(bar)) => (bar.time, bar.time),
                Taken::Event(_) | Taken::Changed(_) => continue,
            };
            assert_eq!(from, Timestamp::from_seconds(next));
            next = to.seconds() + 1;
        }
        assert_eq!(next, 3 * MAX_WAITING as i64);
    }
}
