//! The values of a study: which of them are delivered, and which wait.

use std::collections::{BTreeMap, HashMap};

use protocol::{
    message::server::{StudyRow, StudyRows},
    study::graphics::OFF_WINDOW,
    time::Timestamp,
};

use crate::{
    bounds::MAX_HISTORY,
    event::{PointPlace, StudyPoint},
};

/// The place of a row that belongs to no bar at all.
const NO_BAR: i64 = -2_000_000;

/// The most values before the first bar that are kept. Servers were seen to send a hundred.
const MAX_WARM_UP: usize = 4_096;

/// The bars that the reader of a series has: when the first and the last of them open.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::registry) struct Span {
    pub(in crate::registry) oldest: Option<Timestamp>,
    pub(in crate::registry) newest: Option<Timestamp>,
}

impl Span {
    fn has(self, time: Timestamp) -> bool {
        self.oldest.is_some_and(|oldest| oldest <= time)
    }

    /// Marks values of bars that are not there yet.
    fn mark(self, point: &mut StudyPoint) {
        let is_future = self.newest.is_some_and(|newest| newest < point.time);
        if point.place == PointPlace::Chart && is_future {
            point.place = PointPlace::Future;
        }
    }
}

/// The values of one study.
#[derive(Debug, Default)]
pub(super) struct Points {
    loading: Option<Answer>,
    /// Values of bars before the first one of the series, which wait for these.
    held: BTreeMap<Timestamp, StudyPoint>,
}

/// An answer that is not complete. A row replaces the one of the same bar, and the one that had its
/// place: the server may number its bars anew while it answers.
#[derive(Debug, Default)]
struct Answer {
    points: BTreeMap<Timestamp, StudyPoint>,
    places: HashMap<i64, Timestamp>,
}

impl Answer {
    fn insert(&mut self, index: i64, point: StudyPoint) {
        let before = self.places.insert(index, point.time);
        if let Some(before) = before.filter(|before| *before != point.time) {
            self.points.remove(&before);
        }
        self.points.insert(point.time, point);
        // The newest count; no honest server sends more.
        while self.points.len() > MAX_HISTORY {
            self.points.pop_first();
        }
    }
}

impl Points {
    /// All values of a request are awaited; those of an earlier one are void.
    pub(super) fn begin_loading(&mut self) {
        self.loading = Some(Answer::default());
        self.held.clear();
    }

    /// The session is gone.
    pub(super) fn clear(&mut self) {
        self.loading = None;
        self.held.clear();
    }

    /// Whether the completion is awaited.
    pub(super) fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Whether there were values for the latest request.
    pub(super) fn has_values(&self) -> bool {
        let loading = self.loading.as_ref();
        !self.held.is_empty() || loading.is_none_or(|loading| !loading.points.is_empty())
    }

    /// Takes in rows. Returns those to be delivered now.
    pub(super) fn take_in(
        &mut self,
        rows: &StudyRows<'_>,
        bars: Span,
        with_warm_up: bool,
    ) -> Vec<StudyPoint> {
        let mut now = Vec::new();
        for row in rows.iter().filter(|row| row.index != NO_BAR) {
            let Some(mut point) = point_of(&row) else {
                continue;
            };
            if row.index <= OFF_WINDOW && !bars.has(point.time) {
                if !with_warm_up {
                    self.hold(point);
                    continue;
                }
                point.place = PointPlace::WarmUp;
            }
            self.held.remove(&point.time);
            match &mut self.loading {
                Some(loading) => loading.insert(row.index, point),
                None => {
                    bars.mark(&mut point);
                    now.push(point);
                }
            }
        }
        now
    }

    fn hold(&mut self, point: StudyPoint) {
        self.held.insert(point.time, point);
        if self.held.len() > MAX_WARM_UP {
            self.held.pop_first();
        }
    }

    /// The answer is complete: all values of bars that there are. `None` if none was awaited.
    pub(super) fn complete(&mut self, bars: Span) -> Option<Vec<StudyPoint>> {
        let mut points = self.loading.take()?.points;
        for point in self.reveal(bars) {
            points.entry(point.time).or_insert(point);
        }
        let mut points: Vec<StudyPoint> = points.into_values().collect();
        for point in &mut points {
            bars.mark(point);
        }
        Some(points)
    }

    /// Takes out what was held and belongs to a bar of the series by now, unless all values are
    /// awaited.
    pub(super) fn reveal(&mut self, bars: Span) -> Vec<StudyPoint> {
        match bars.oldest {
            Some(oldest) if !self.is_loading() && !self.held.is_empty() => {
                self.held.split_off(&oldest).into_values().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The values of a row; `None` if its time makes no sense.
fn point_of(row: &StudyRow<'_>) -> Option<StudyPoint> {
    let time = row.time().filter(|time| time.abs() < 1e15)?;
    let plots = 0..row.values.len().saturating_sub(1);
    #[expect(clippy::cast_possible_truncation, reason = "seconds, and checked")]
    Some(StudyPoint::new(
        Timestamp::from_seconds(time as i64),
        plots.map(|plot| row.plot(plot)).collect(),
    ))
}
