//! What the events of a study mean for the output.

use std::{collections::BTreeMap, time::Duration};

use client::{PointPlace, StudyEvent, StudyPoint, Timestamp};
use tokio::time::Instant;

/// How long the values of a bar may change after it has closed. Its last ones often come with the
/// news that it has.
const SETTLING: Duration = Duration::from_secs(1);

/// A row, and whether its bar is closed.
pub(super) type Row = (StudyPoint, bool);

/// The rows that were written, so that each is written again only when it differs.
///
/// A bar is closed when a later one has values, or some time after the series says so.
#[derive(Debug, Default)]
pub(super) struct Track {
    written: BTreeMap<Timestamp, (Vec<Option<f64>>, bool)>,
    /// The newest bar of the series that has values.
    newest: Option<Timestamp>,
    /// The bar that the series has closed, and when it did.
    closing: Option<(Timestamp, Instant)>,
}

impl Track {
    /// Takes all rows; `open` is the time of the bar that is open. Returns those to write.
    pub(super) fn snapshot(
        &mut self,
        points: Vec<StudyPoint>,
        open: Option<Timestamp>,
    ) -> Vec<Row> {
        let on_chart = points
            .iter()
            .filter(|point| point.place != PointPlace::Future);
        let last = on_chart.map(|point| point.time).max();
        self.newest = self.newest.max(last);
        let rows = points.into_iter().filter_map(|point| {
            // A later row of the study says it, and the series may say it first.
            let is_closed = Some(point.time) < last
                || match open {
                    Some(open) => point.time < open,
                    None => point.place != PointPlace::Future,
                };
            self.put(point, is_closed)
        });
        rows.collect()
    }

    /// Takes a new or changed row. Returns the rows to write, oldest first.
    pub(super) fn row(&mut self, point: StudyPoint) -> Vec<Row> {
        let mut rows = Vec::new();
        // Values of the future, such as the day of the next earnings, close nothing.
        if point.place != PointPlace::Future && self.newest < Some(point.time) {
            rows.extend(self.newest.and_then(|newest| self.close(newest)));
            self.newest = Some(point.time);
            self.closing = None;
        }
        let is_closed = Some(point.time) < self.newest || self.is_closed(point.time);
        rows.extend(self.put(point, is_closed));
        rows
    }

    /// The series has closed a bar.
    pub(super) fn closed(&mut self, time: Timestamp) {
        self.closing = Some((time, Instant::now()));
    }

    /// The row of a bar that was closed some time ago.
    pub(super) fn settle(&mut self) -> Option<Row> {
        let (time, _) = self.closing.take_if(|(_, at)| at.elapsed() >= SETTLING)?;
        self.close(time)
    }

    fn is_closed(&self, time: Timestamp) -> bool {
        self.written.get(&time).is_some_and(|(_, closed)| *closed)
    }

    fn close(&mut self, time: Timestamp) -> Option<Row> {
        let (values, is_closed) = self.written.get_mut(&time)?;
        if std::mem::replace(is_closed, true) {
            return None;
        }
        Some((StudyPoint::new(time, values.clone()), true))
    }

    fn put(&mut self, point: StudyPoint, is_closed: bool) -> Option<Row> {
        let state = (point.values.clone(), is_closed);
        let before = self.written.insert(point.time, state.clone());
        (before != Some(state)).then_some((point, is_closed))
    }
}

/// The words of an event that is neither a row nor an end; `None` if there is nothing to say.
pub(super) fn remark(event: &StudyEvent) -> Option<String> {
    Some(match event {
        StudyEvent::Error { reason } => format!("the server cannot compute it: {reason}"),
        StudyEvent::Missing { after, .. } => {
            format!(
                "no values for {} s; the server may still send them",
                after.as_secs()
            )
        }
        StudyEvent::Skipped { reason } => format!("skipped: {reason}"),
        StudyEvent::Lagged { dropped } => {
            format!("{dropped} events are missing: output was too slow")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(time: i64, value: f64) -> StudyPoint {
        StudyPoint::new(Timestamp::from_seconds(time), vec![Some(value)])
    }

    fn shown(rows: &[Row]) -> Vec<(i64, f64, bool)> {
        let row = |(point, closed): &Row| (point.time.seconds(), point.values[0].unwrap(), *closed);
        rows.iter().map(row).collect()
    }

    fn at(time: i64) -> Option<Timestamp> {
        Some(Timestamp::from_seconds(time))
    }

    #[test]
    fn a_bar_is_closed_by_the_next_one_with_its_last_values() {
        let mut track = Track::default();
        let rows = track.snapshot(vec![point(60, 1.0), point(120, 2.0)], at(120));
        assert_eq!(shown(&rows), [(60, 1.0, true), (120, 2.0, false)]);
        assert_eq!(shown(&track.row(point(120, 2.0))), []);
        assert_eq!(shown(&track.row(point(120, 3.0))), [(120, 3.0, false)]);
        assert_eq!(
            shown(&track.row(point(180, 4.0))),
            [(120, 3.0, true), (180, 4.0, false)]
        );
        // What repaints an older bar leaves the newest open.
        assert_eq!(shown(&track.row(point(60, 9.0))), [(60, 9.0, true)]);
        assert_eq!(shown(&track.row(point(180, 5.0))), [(180, 5.0, false)]);
    }

    #[test]
    fn a_snapshot_after_an_interruption_is_written_where_it_differs() {
        let mut track = Track::default();
        track.snapshot(vec![point(60, 1.0), point(120, 2.0)], at(120));
        let again = vec![point(60, 1.0), point(120, 2.5), point(180, 3.0)];
        assert_eq!(
            shown(&track.snapshot(again, at(180))),
            [(120, 2.5, true), (180, 3.0, false)]
        );
    }

    #[test]
    fn a_snapshot_that_is_ahead_of_the_series_closes_all_bars_but_its_last() {
        let mut track = Track::default();
        track.snapshot(vec![point(60, 1.0), point(120, 2.0)], at(120));
        // Bars have opened while the connection was lost, and the series has not reported them.
        let ahead = vec![point(120, 2.5), point(180, 3.0), point(240, 4.0)];
        assert_eq!(
            shown(&track.snapshot(ahead, at(120))),
            [(120, 2.5, true), (180, 3.0, true), (240, 4.0, false)]
        );
        assert_eq!(
            shown(&track.row(point(300, 5.0))),
            [(240, 4.0, true), (300, 5.0, false)]
        );
    }

    #[test]
    fn values_of_the_future_close_nothing() {
        let mut future = point(300, 9.0);
        future.place = PointPlace::Future;
        let mut track = Track::default();
        let rows = track.snapshot(vec![point(60, 1.0), future.clone()], at(60));
        assert_eq!(shown(&rows), [(60, 1.0, false), (300, 9.0, false)]);
        future.values = vec![Some(8.0)];
        assert_eq!(shown(&track.row(future)), [(300, 8.0, false)]);
        assert_eq!(
            shown(&track.row(point(120, 2.0))),
            [(60, 1.0, true), (120, 2.0, false)]
        );
    }

    #[test]
    fn without_an_open_bar_all_rows_are_closed() {
        let mut track = Track::default();
        assert_eq!(
            shown(&track.snapshot(vec![point(60, 1.0)], None)),
            [(60, 1.0, true)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_bar_that_the_series_has_closed_settles_first() {
        let mut track = Track::default();
        track.snapshot(vec![point(60, 1.0)], at(60));
        track.closed(Timestamp::from_seconds(60));
        assert_eq!(track.settle(), None);
        assert_eq!(shown(&track.row(point(60, 2.0))), [(60, 2.0, false)]);
        tokio::time::advance(SETTLING).await;
        let settled: Vec<Row> = track.settle().into_iter().collect();
        assert_eq!(shown(&settled), [(60, 2.0, true)]);
        assert_eq!(track.settle(), None);
        // The next bar closes it no second time.
        assert_eq!(shown(&track.row(point(120, 3.0))), [(120, 3.0, false)]);
    }
}
