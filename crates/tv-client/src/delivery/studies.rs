//! The queue of a study: the newest values of each bar.

use std::collections::{BTreeMap, VecDeque};

use protocol::time::Timestamp;

use super::queue::Queue;
use crate::{
    bounds::MAX_WAITING_BYTES,
    error::RequestError,
    event::{StudyEvent, StudyPoint},
    registry::StudyUpdate,
    request::Overflow,
};

/// Bars whose values may wait.
const MAX_WAITING_ROWS: usize = 8_192;

/// The most errors and interruptions that may wait.
const MAX_WAITING_EVENTS: usize = 64;

/// A reader that does not read loses the values of the oldest bars; an event reports how many.
#[derive(Debug)]
pub(crate) struct StudyQueue {
    /// What comes before the rows.
    events: VecDeque<StudyEvent>,
    rows: BTreeMap<Timestamp, StudyPoint>,
    /// What those take. `bytes <= MAX_WAITING_BYTES`, or there is only one.
    bytes: usize,
    dropped: u64,
    /// The number of bars whose values may wait.
    most: usize,
    /// Whether the stream fails when more would wait.
    fails_when_full: bool,
    failed: Option<RequestError>,
    ended: bool,
}

impl Default for StudyQueue {
    fn default() -> Self {
        Self::new(Overflow::DropOldest, MAX_WAITING_ROWS)
    }
}

impl Queue for StudyQueue {
    type Update = StudyUpdate;

    fn fill(&self) -> (usize, usize) {
        (self.rows.len(), MAX_WAITING_ROWS)
    }

    fn fail(&mut self, error: RequestError) {
        self.failed.get_or_insert(error);
    }

    fn push(&mut self, update: StudyUpdate) {
        if self.failed.is_some() || self.ended {
            return;
        }
        match update {
            StudyUpdate::Snapshot(points) => {
                // What waits is void.
                self.rows.clear();
                self.bytes = 0;
                self.events.clear();
                self.dropped = 0;
                self.events.push_back(StudyEvent::Snapshot(points));
            }
            StudyUpdate::Rows(points) => {
                for point in points {
                    self.bytes += bytes_of(&point);
                    if let Some(before) = self.rows.insert(point.time, point) {
                        self.bytes -= bytes_of(&before);
                    }
                    while self.rows.len() > self.most
                        || (self.bytes > MAX_WAITING_BYTES && self.rows.len() > 1)
                    {
                        if self.fails_when_full {
                            let limit = self.rows.len() - 1;
                            self.failed = Some(RequestError::TooSlow { limit });
                            return;
                        }
                        self.pop();
                        self.dropped += 1;
                    }
                }
            }
            StudyUpdate::Error(reason) => self.event(StudyEvent::Error { reason }),
            StudyUpdate::Missing { after, last_words } => {
                self.event(StudyEvent::Missing { after, last_words });
            }
            StudyUpdate::Skipped(reason) => self.event(StudyEvent::Skipped { reason }),
            StudyUpdate::Reconnecting => self.event(StudyEvent::Reconnecting),
        }
    }
}

impl StudyQueue {
    /// With the policy that applies when the values of `most` bars wait.
    pub(crate) fn new(overflow: Overflow, most: usize) -> Self {
        Self {
            events: VecDeque::new(),
            rows: BTreeMap::new(),
            bytes: 0,
            dropped: 0,
            most: most.max(1),
            fails_when_full: overflow == Overflow::Fail,
            failed: None,
            ended: false,
        }
    }

    /// Appends an event as it is, for a fake stream.
    #[cfg(feature = "test-util")]
    pub(crate) fn push_event(&mut self, event: StudyEvent) {
        if self.failed.is_some() || self.ended {
            return;
        }
        match event {
            StudyEvent::Ended(error) => self.failed = Some(error),
            event => self.events.push_back(event),
        }
    }

    fn event(&mut self, event: StudyEvent) {
        if self.events.len() == MAX_WAITING_EVENTS {
            // The first may be a snapshot, which no later word makes up for.
            self.events.pop_back();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }

    fn pop(&mut self) -> Option<StudyPoint> {
        let (_, point) = self.rows.pop_first()?;
        self.bytes -= bytes_of(&point);
        Some(point)
    }

    /// The next event; `Some(None)` when the last has been taken.
    pub(crate) fn take(&mut self) -> Option<Option<StudyEvent>> {
        if let Some(event) = self.events.pop_front() {
            return Some(Some(event));
        }
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            return Some(Some(StudyEvent::Lagged { dropped }));
        }
        if let Some(point) = self.pop() {
            return Some(Some(StudyEvent::Row(point)));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.take()?;
        self.ended = true;
        Some(Some(StudyEvent::Ended(error)))
    }
}

/// What the values of a bar take in memory, about.
fn bytes_of(point: &StudyPoint) -> usize {
    size_of::<StudyPoint>() + size_of_val(point.values.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(time: i64, value: f64) -> StudyPoint {
        StudyPoint::new(Timestamp::from_seconds(time), vec![Some(value)])
    }

    #[test]
    fn values_of_a_bar_are_conflated_and_losses_reported() {
        let mut queue = StudyQueue::default();
        for value in 0..1_000 {
            queue.push(StudyUpdate::Rows(vec![row(60, f64::from(value))]));
        }
        assert_eq!(queue.take(), Some(Some(StudyEvent::Row(row(60, 999.0)))));
        assert_eq!(queue.take(), None);
        let all = (0..MAX_WAITING_ROWS as i64 + 3).map(|time| row(time, 1.0));
        queue.push(StudyUpdate::Rows(all.collect()));
        let lagged = StudyEvent::Lagged { dropped: 3 };
        assert_eq!(queue.take(), Some(Some(lagged)));
        assert_eq!(queue.take(), Some(Some(StudyEvent::Row(row(3, 1.0)))));
    }

    #[test]
    fn a_snapshot_makes_all_before_it_void() {
        let mut queue = StudyQueue::default();
        queue.push(StudyUpdate::Rows(vec![row(60, 1.0)]));
        queue.push(StudyUpdate::Reconnecting);
        queue.push(StudyUpdate::Snapshot(vec![row(0, 2.0)]));
        let snapshot = StudyEvent::Snapshot(vec![row(0, 2.0)]);
        assert_eq!(queue.take(), Some(Some(snapshot)));
        assert_eq!(queue.take(), None);
    }
    #[test]
    fn words_that_do_not_fit_are_counted_and_a_snapshot_stays() {
        let mut queue = StudyQueue::default();
        queue.push(StudyUpdate::Snapshot(vec![row(0, 2.0)]));
        for number in 0..MAX_WAITING_EVENTS + 9 {
            queue.push(StudyUpdate::Error(number.to_string()));
        }
        queue.push(StudyUpdate::Rows(vec![row(60, 1.0)]));
        let events: Vec<_> = std::iter::from_fn(|| queue.take().flatten()).collect();
        assert_eq!(events[0], StudyEvent::Snapshot(vec![row(0, 2.0)]));
        let reason = (MAX_WAITING_EVENTS + 8).to_string();
        let (last, rest) = (MAX_WAITING_EVENTS - 1, MAX_WAITING_EVENTS);
        assert_eq!(events[last], StudyEvent::Error { reason });
        assert_eq!(
            events[rest..],
            [
                StudyEvent::Lagged { dropped: 10 },
                StudyEvent::Row(row(60, 1.0))
            ]
        );
    }

    #[test]
    fn a_reader_may_fail_in_place_of_losing_values() {
        let mut queue = StudyQueue::new(Overflow::Fail, 2);
        queue.push(StudyUpdate::Rows(vec![
            row(0, 1.0),
            row(60, 1.0),
            row(60, 2.0),
        ]));
        queue.push(StudyUpdate::Rows(vec![row(120, 1.0)]));
        queue.push(StudyUpdate::Rows(vec![row(180, 1.0)]));
        let events: Vec<_> = std::iter::from_fn(|| queue.take().flatten()).collect();
        let last = StudyEvent::Ended(RequestError::TooSlow { limit: 2 });
        assert_eq!(events.last(), Some(&last));
        assert!(!events.contains(&StudyEvent::Row(row(180, 1.0))));
    }

    #[test]
    fn values_are_bounded_in_bytes() {
        let mut queue = StudyQueue::default();
        // A million bytes and more for each bar.
        let wide = |time| StudyPoint::new(time, vec![Some(1.0); 70_000]);
        for time in 0..20 {
            queue.push(StudyUpdate::Rows(vec![wide(Timestamp::from_seconds(time))]));
            // What replaces another one takes its place.
            queue.push(StudyUpdate::Rows(vec![wide(Timestamp::from_seconds(time))]));
        }
        let lagged = StudyEvent::Lagged { dropped: 13 };
        assert_eq!(queue.take(), Some(Some(lagged)));
        let left: Vec<_> = std::iter::from_fn(|| queue.take().flatten()).collect();
        assert_eq!((left.len(), queue.bytes), (7, 0));
    }
}
