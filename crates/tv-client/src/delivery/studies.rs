//! The queue of a study: the newest values of each bar.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use protocol::{
    study::{graphics::Scene, report::StrategyReport},
    time::Timestamp,
};

use super::queue::{Backlog, Queue};
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
    waiting: VecDeque<Waiting>,
    /// How many events wait, and the values of how many bars.
    events: usize,
    rows: usize,
    /// What the values take. `bytes <= MAX_WAITING_BYTES`, or there is only one row.
    bytes: usize,
    dropped: u64,
    /// The newest bar that had values.
    newest: Option<Timestamp>,
    /// How many rows of the newest bar have come.
    pushes: u64,
    /// The number of bars whose values may wait.
    most: usize,
    /// The drawings that were delivered last.
    scene: Arc<Scene>,
    /// The drawings and the report that wait: the newest alone.
    waiting_scene: Option<Arc<Scene>>,
    waiting_report: Option<Arc<StrategyReport>>,
    /// Whether the stream fails when more would wait.
    fails_when_full: bool,
    failed: Option<RequestError>,
    ended: bool,
}

/// What waits, in the order in which it came.
#[derive(Debug)]
enum Waiting {
    Event(StudyEvent),
    /// The newest values of bars, never empty, and never two such beside each other.
    Rows(BTreeMap<Timestamp, StudyPoint>),
}

impl Default for StudyQueue {
    fn default() -> Self {
        Self::new(Overflow::DropOldest, MAX_WAITING_ROWS)
    }
}

impl Queue for StudyQueue {
    type Update = StudyUpdate;
    type Item = StudyEvent;

    /// Everything but changes of the newest bar's values.
    const HAS_URGENT: bool = true;

    fn fill(&self) -> (usize, usize) {
        (self.rows, self.most)
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
                self.waiting.clear();
                (self.events, self.rows, self.bytes, self.dropped) = (0, 0, 0, 0);
                // Drawings and a report for the new values follow.
                self.wait_for_scene(Arc::default());
                self.waiting_report = None;
                self.newest = points.last().map(|point| point.time);
                self.event(StudyEvent::Snapshot(points));
            }
            StudyUpdate::Rows(points) => {
                for point in points {
                    self.row(point);
                    if self.failed.is_some() {
                        return;
                    }
                }
            }
            StudyUpdate::Graphics(scene) => self.wait_for_scene(scene),
            StudyUpdate::Report(report) => self.waiting_report = Some(report),
            StudyUpdate::Error(reason) => self.event(StudyEvent::Error { reason }),
            StudyUpdate::Missing { after, last_words } => {
                self.event(StudyEvent::Missing { after, last_words });
            }
            StudyUpdate::Skipped(reason) => self.event(StudyEvent::Skipped { reason }),
            StudyUpdate::Reconnecting => self.event(StudyEvent::Reconnecting),
        }
    }

    fn backlog(&self) -> Backlog {
        let is_over = self.failed.is_some() || self.ended;
        if is_over || self.dropped > 0 || self.events > 0 {
            return Backlog::Urgent;
        }
        if self.waiting_scene.is_some() || self.waiting_report.is_some() {
            return Backlog::Urgent;
        }
        let Some(Waiting::Rows(rows)) = self.waiting.front() else {
            return Backlog::None;
        };
        // The values of earlier bars are the last ones, or revised.
        let oldest = rows.first_key_value().map(|(time, _)| *time);
        if oldest < self.newest {
            Backlog::Urgent
        } else {
            Backlog::Some
        }
    }

    fn pushes(&self) -> u64 {
        self.pushes
    }

    fn take(&mut self) -> Option<Option<StudyEvent>> {
        if let Some(Waiting::Event(_)) = self.waiting.front()
            && let Some(Waiting::Event(event)) = self.waiting.pop_front()
        {
            self.events -= 1;
            return Some(Some(event));
        }
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            return Some(Some(StudyEvent::Lagged { dropped }));
        }
        if let Some(point) = self.pop_row() {
            return Some(Some(StudyEvent::Row(point)));
        }
        if let Some(event) = self.take_output() {
            return Some(Some(event));
        }
        if self.ended {
            return Some(None);
        }
        let error = self.failed.take()?;
        self.ended = true;
        Some(Some(StudyEvent::Ended(error)))
    }
}

impl StudyQueue {
    /// With the policy that applies when the values of `most` bars wait.
    pub(crate) fn new(overflow: Overflow, most: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            events: 0,
            rows: 0,
            bytes: 0,
            dropped: 0,
            newest: None,
            pushes: 0,
            scene: Arc::default(),
            waiting_scene: None,
            waiting_report: None,
            most: most.max(1),
            fails_when_full: overflow == Overflow::Fail,
            failed: None,
            ended: false,
        }
    }

    /// Lets drawings wait, unless the reader knows them.
    fn wait_for_scene(&mut self, scene: Arc<Scene>) {
        self.waiting_scene = (scene != self.scene).then_some(scene);
    }

    /// Takes the drawings or the report that wait.
    fn take_output(&mut self) -> Option<StudyEvent> {
        if let Some(scene) = self.waiting_scene.take() {
            let changes = scene.changes_since(&self.scene);
            self.scene = Arc::clone(&scene);
            return Some(StudyEvent::Graphics { scene, changes });
        }
        self.waiting_report.take().map(StudyEvent::Report)
    }

    /// Appends an event as it is, for a fake stream.
    #[cfg(feature = "test-util")]
    pub(crate) fn push_event(&mut self, event: StudyEvent) {
        if self.failed.is_some() || self.ended {
            return;
        }
        match event {
            StudyEvent::Ended(error) => self.failed = Some(error),
            event => {
                self.events += 1;
                self.waiting.push_back(Waiting::Event(event));
            }
        }
    }

    fn event(&mut self, event: StudyEvent) {
        if self.events == MAX_WAITING_EVENTS {
            // The first may be a snapshot, which no later word makes up for.
            self.drop_last_event();
        }
        self.events += 1;
        self.waiting.push_back(Waiting::Event(event));
    }

    fn drop_last_event(&mut self) {
        let is_event = |waiting: &Waiting| matches!(waiting, Waiting::Event(_));
        let Some(at) = self.waiting.iter().rposition(is_event) else {
            return;
        };
        self.waiting.remove(at);
        self.events -= 1;
        self.dropped += 1;
        // What stood before and after it stands beside each other now.
        let Some(Waiting::Rows(later)) = self.waiting.remove(at) else {
            return;
        };
        for point in later.into_values() {
            (self.rows, self.bytes) = (self.rows - 1, self.bytes - bytes_of(&point));
            self.insert(point);
        }
    }

    /// Takes in the values of a bar.
    fn row(&mut self, point: StudyPoint) {
        if self.newest <= Some(point.time) {
            self.newest = Some(point.time);
            self.pushes += 1;
        }
        self.insert(point);
        while self.rows > self.most || (self.bytes > MAX_WAITING_BYTES && self.rows > 1) {
            if self.fails_when_full {
                let limit = self.rows - 1;
                self.failed = Some(RequestError::TooSlow { limit });
                return;
            }
            self.pop_row();
            self.dropped += 1;
        }
    }

    /// Lets the values of a bar wait last, in place of those that wait there.
    fn insert(&mut self, point: StudyPoint) {
        (self.rows, self.bytes) = (self.rows + 1, self.bytes + bytes_of(&point));
        match self.waiting.back_mut() {
            Some(Waiting::Rows(rows)) => {
                if let Some(before) = rows.insert(point.time, point) {
                    (self.rows, self.bytes) = (self.rows - 1, self.bytes - bytes_of(&before));
                }
            }
            _ => {
                let rows = BTreeMap::from([(point.time, point)]);
                self.waiting.push_back(Waiting::Rows(rows));
            }
        }
    }

    /// Takes the oldest values.
    fn pop_row(&mut self) -> Option<StudyPoint> {
        let is_rows = |waiting: &Waiting| matches!(waiting, Waiting::Rows(_));
        let at = self.waiting.iter().position(is_rows)?;
        let Some(Waiting::Rows(rows)) = self.waiting.get_mut(at) else {
            return None;
        };
        let (_, point) = rows.pop_first()?;
        if rows.is_empty() {
            self.waiting.remove(at);
        }
        (self.rows, self.bytes) = (self.rows - 1, self.bytes - bytes_of(&point));
        Some(point)
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
    fn values_and_words_keep_their_order_and_values_are_conflated_between_words() {
        let mut queue = StudyQueue::default();
        let word = |number: usize| StudyUpdate::Error(number.to_string());
        for number in 0..MAX_WAITING_EVENTS + 5 {
            for value in [1.0, 2.0] {
                queue.push(StudyUpdate::Rows(vec![row(number as i64, value)]));
            }
            queue.push(word(number));
        }
        assert_eq!(queue.waiting.len(), 2 * MAX_WAITING_EVENTS);
        let mut expected = Vec::new();
        for number in 0..MAX_WAITING_EVENTS - 1 {
            let reason = number.to_string();
            let word = StudyEvent::Error { reason };
            expected.extend([StudyEvent::Row(row(number as i64, 2.0)), word]);
        }
        // Words between these were dropped.
        for number in MAX_WAITING_EVENTS - 1..MAX_WAITING_EVENTS + 5 {
            expected.push(StudyEvent::Row(row(number as i64, 2.0)));
        }
        let reason = (MAX_WAITING_EVENTS + 4).to_string();
        expected.push(StudyEvent::Error { reason });
        expected.insert(0, StudyEvent::Lagged { dropped: 5 });
        let events: Vec<_> = std::iter::from_fn(|| queue.take().flatten()).collect();
        assert_eq!(events, expected);
        assert_eq!((queue.rows, queue.bytes, queue.events), (0, 0, 0));
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

    fn scene(ids: std::ops::Range<i64>) -> Arc<Scene> {
        let lines = ids.map(|id| format!(r#"{{"id":{id},"level":1.5}}"#));
        let lines: Vec<String> = lines.collect();
        let commands = format!(
            r#"{{"create":{{"horizlines":[{{"styleId":"a","data":[{}]}}]}}}}"#,
            lines.join(",")
        );
        let mut scene = Scene::default();
        scene.apply(&serde_json::from_str(&commands).unwrap(), None);
        Arc::new(scene)
    }

    #[test]
    fn of_drawings_and_reports_the_newest_wait() {
        let mut queue = StudyQueue::default();
        let changes = |queue: &mut StudyQueue| match queue.take() {
            Some(Some(StudyEvent::Graphics { changes, .. })) => changes.len(),
            other => panic!("{other:?}"),
        };
        queue.push(StudyUpdate::Graphics(scene(0..5)));
        queue.push(StudyUpdate::Graphics(scene(0..2)));
        let report = |currency: &str| {
            let currency = Some(currency.to_owned());
            let mut report = StrategyReport::default();
            report.currency = currency;
            Arc::new(report)
        };
        queue.push(StudyUpdate::Report(report("EUR")));
        queue.push(StudyUpdate::Report(report("USD")));
        queue.push(StudyUpdate::Rows(vec![row(60, 1.0)]));
        assert_eq!(queue.take(), Some(Some(StudyEvent::Row(row(60, 1.0)))));
        assert_eq!(changes(&mut queue), 2);
        assert_eq!(queue.take(), Some(Some(StudyEvent::Report(report("USD")))));
        assert_eq!(queue.take(), None);
        // The same once more has no event, and a difference one of the difference.
        queue.push(StudyUpdate::Graphics(scene(0..2)));
        assert_eq!((queue.backlog(), queue.take()), (Backlog::None, None));
        queue.push(StudyUpdate::Graphics(scene(1..3)));
        assert_eq!(changes(&mut queue), 2);
        // A snapshot makes drawings and reports of other inputs void.
        queue.push(StudyUpdate::Report(report("EUR")));
        queue.push(StudyUpdate::Snapshot(Vec::new()));
        assert_eq!(queue.take(), Some(Some(StudyEvent::Snapshot(Vec::new()))));
        assert_eq!(changes(&mut queue), 2);
        assert_eq!(queue.take(), None);
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
