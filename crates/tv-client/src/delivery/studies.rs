//! The queue of a study: the newest values of each bar.

use std::collections::{BTreeMap, VecDeque};

use super::Queue;
use crate::{
    error::RequestError,
    registry::StudyNews,
    study::{StudyEvent, StudyPoint},
};

/// Bars whose values may wait.
const MAX_WAITING_ROWS: usize = 8_192;

/// Words of the server and interruptions that may wait.
const MAX_WAITING_EVENTS: usize = 64;

/// A reader that does not read loses the values of the oldest bars, and is told of how many.
#[derive(Debug, Default)]
pub(crate) struct StudyQueue {
    /// What comes before the rows.
    events: VecDeque<StudyEvent>,
    rows: BTreeMap<i64, StudyPoint>,
    dropped: u64,
    failed: Option<RequestError>,
    ended: bool,
}

impl Queue for StudyQueue {
    fn fail(&mut self, error: RequestError) {
        self.failed.get_or_insert(error);
    }
}

impl StudyQueue {
    pub(super) fn push(&mut self, news: StudyNews) {
        match news {
            StudyNews::Snapshot(points) => {
                // What waits is void.
                self.rows.clear();
                self.events.clear();
                self.dropped = 0;
                self.events.push_back(StudyEvent::Snapshot(points));
            }
            StudyNews::Rows(points) => {
                for point in points {
                    self.rows.insert(point.time, point);
                    if self.rows.len() > MAX_WAITING_ROWS {
                        self.rows.pop_first();
                        self.dropped += 1;
                    }
                }
            }
            StudyNews::Error(reason) => self.event(StudyEvent::Error { reason }),
            StudyNews::Reconnecting => self.event(StudyEvent::Reconnecting),
        }
    }

    fn event(&mut self, event: StudyEvent) {
        if self.events.len() == MAX_WAITING_EVENTS {
            self.events.pop_back();
        }
        self.events.push_back(event);
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
        if let Some((_, point)) = self.rows.pop_first() {
            return Some(Some(StudyEvent::Row(point)));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.take()?;
        self.ended = true;
        Some(Some(match error {
            RequestError::Ended(error) => StudyEvent::Ended(error),
            other => StudyEvent::Failed(other),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(time: i64, value: f64) -> StudyPoint {
        StudyPoint::new(time, vec![Some(value)])
    }

    #[test]
    fn values_of_a_bar_are_conflated_and_losses_told() {
        let mut queue = StudyQueue::default();
        for value in 0..1_000 {
            queue.push(StudyNews::Rows(vec![row(60, f64::from(value))]));
        }
        assert_eq!(queue.take(), Some(Some(StudyEvent::Row(row(60, 999.0)))));
        assert_eq!(queue.take(), None);
        let all = (0..MAX_WAITING_ROWS as i64 + 3).map(|time| row(time, 1.0));
        queue.push(StudyNews::Rows(all.collect()));
        let lagged = StudyEvent::Lagged { dropped: 3 };
        assert_eq!(queue.take(), Some(Some(lagged)));
        assert_eq!(queue.take(), Some(Some(StudyEvent::Row(row(3, 1.0)))));
    }

    #[test]
    fn a_snapshot_makes_all_before_it_void() {
        let mut queue = StudyQueue::default();
        queue.push(StudyNews::Rows(vec![row(60, 1.0)]));
        queue.push(StudyNews::Reconnecting);
        queue.push(StudyNews::Snapshot(vec![row(0, 2.0)]));
        let snapshot = StudyEvent::Snapshot(vec![row(0, 2.0)]);
        assert_eq!(queue.take(), Some(Some(snapshot)));
        assert_eq!(queue.take(), None);
    }
}
