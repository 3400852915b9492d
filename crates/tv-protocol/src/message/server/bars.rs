//! Rows of series and studies as columns, so that twenty thousand bars cost no more than their
//! numbers.

use std::ops::Range;

use crate::{bar::Bar, time::Timestamp};

/// Places on the time scale, which mostly count up by one: kept as runs.
#[derive(Clone, Debug, Default)]
struct Places {
    /// Row at which a run begins, and its first place. Rows rise.
    runs: Vec<(usize, i64)>,
    len: usize,
}

impl Places {
    fn clear(&mut self) {
        self.runs.clear();
        self.len = 0;
    }

    #[inline]
    fn push(&mut self, place: i64) {
        let continues = self.runs.last().is_some_and(|&(row, first)| {
            i64::try_from(self.len - row).is_ok_and(|step| first.wrapping_add(step) == place)
        });
        if !continues {
            self.runs.push((self.len, place));
        }
        self.len += 1;
    }

    fn get(&self, row: usize) -> Option<i64> {
        let run = self
            .runs
            .partition_point(|&(start, _)| start <= row)
            .checked_sub(1)?;
        let &(start, first) = self.runs.get(run)?;
        Some(first.wrapping_add(i64::try_from(row - start).ok()?))
    }
}

/// A bar as it is kept: 48 bytes.
#[expect(clippy::exhaustive_structs, reason = "a bar is these six values")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarRow {
    /// When the bar opens.
    pub time: Timestamp,
    /// First price; NaN where the server sends no value, also below.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Volume; NaN where there is none.
    pub volume: f64,
}

impl From<BarRow> for Bar {
    fn from(row: BarRow) -> Self {
        let BarRow {
            time,
            open,
            high,
            low,
            close,
            volume,
        } = row;
        Self {
            time,
            open,
            high,
            low,
            close,
            volume: (!volume.is_nan()).then_some(volume),
        }
    }
}

/// The bars of a message, series after series.
#[derive(Clone, Debug, Default)]
pub(crate) struct BarList {
    places: Places,
    rows: Vec<BarRow>,
}

impl BarList {
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.rows.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, index: i64, row: BarRow) {
        self.places.push(index);
        self.rows.push(row);
    }

    /// Sets the row that comes next, again if its values come twice.
    #[inline]
    pub(crate) fn set_row(&mut self, row: BarRow) {
        self.rows.truncate(self.places.len);
        self.rows.push(row);
    }

    /// Ends the row.
    #[inline]
    pub(crate) fn end_row(&mut self, index: i64) {
        self.places.push(index);
    }

    /// Forgets a row that was not ended.
    pub(crate) fn drop_row(&mut self) {
        self.rows.truncate(self.places.len);
    }
}

/// A bar at its place in the series.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SeriesBar {
    /// Place on the chart's time scale; bars before the first load have negative ones.
    pub index: i64,
    /// The bar.
    #[serde(flatten)]
    pub bar: Bar,
}

/// The bars of one series in one message, lent.
#[derive(Clone)]
pub struct Bars<'a> {
    list: &'a BarList,
    rows: Range<usize>,
}

impl<'a> Bars<'a> {
    pub(crate) fn new(list: &'a BarList, rows: Range<usize>) -> Self {
        Self { list, rows }
    }

    /// How many bars.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none: the server then clears the series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bars without their places, in the order of the wire.
    #[must_use]
    pub fn rows(&self) -> &'a [BarRow] {
        self.list.rows.get(self.rows.clone()).unwrap_or_default()
    }

    /// One bar, counted from 0.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<SeriesBar> {
        let bar = Bar::from(*self.rows().get(row)?);
        Some(SeriesBar {
            index: self.list.places.get(self.rows.start + row)?,
            bar,
        })
    }

    /// The bars one by one, in the order of the wire.
    pub fn iter(&self) -> impl Iterator<Item = SeriesBar> {
        (0..self.len()).filter_map(|row| self.get(row))
    }
}

/// Rows of studies, their values in one list.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowColumns {
    places: Places,
    values: Vec<f64>,
    /// Where each row's values end.
    ends: Vec<usize>,
}

impl RowColumns {
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.values.clear();
        self.ends.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Forgets values of a row that was not ended, as after a list that comes twice.
    #[inline]
    pub(crate) fn begin_row(&mut self) {
        self.values
            .truncate(self.ends.last().copied().unwrap_or_default());
    }

    /// Forgets a row that was not ended.
    pub(crate) fn drop_row(&mut self) {
        self.begin_row();
    }

    /// Adds a value to the row that comes next.
    #[inline]
    pub(crate) fn push_value(&mut self, value: f64) {
        self.values.push(value);
    }

    /// Ends the row.
    #[inline]
    pub(crate) fn end_row(&mut self, index: i64) {
        self.places.push(index);
        self.ends.push(self.values.len());
    }
}

/// One row of a study.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct StudyRow<'a> {
    /// Place on the chart's time scale; warm-up rows have some like -1000100.
    pub index: i64,
    /// The bar's open time in Unix seconds, then one value for each plot, as sent: 1e100 and NaN
    /// stand for "no value".
    pub values: &'a [f64],
}

impl StudyRow<'_> {
    /// When the row's bar opens: Unix seconds, UTC.
    #[must_use]
    pub fn time(&self) -> Option<f64> {
        self.values.first().copied()
    }

    /// The value of plot number `plot`, counted from 0.
    #[must_use]
    pub fn plot(&self, plot: usize) -> Option<f64> {
        let value = self.values.get(plot + 1).copied();
        value.filter(|value| !value.is_nan() && *value != crate::json::NO_VALUE)
    }
}

/// The rows of one study in one message.
#[derive(Clone)]
pub struct StudyRows<'a> {
    columns: &'a RowColumns,
    rows: Range<usize>,
}

impl<'a> StudyRows<'a> {
    pub(crate) fn new(columns: &'a RowColumns, rows: Range<usize>) -> Self {
        Self { columns, rows }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One row, counted from 0.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<StudyRow<'a>> {
        let row = self.rows.clone().nth(row)?;
        let start = match row.checked_sub(1) {
            Some(before) => *self.columns.ends.get(before)?,
            None => 0,
        };
        let values = self
            .columns
            .values
            .get(start..*self.columns.ends.get(row)?)?;
        Some(StudyRow {
            index: self.columns.places.get(row)?,
            values,
        })
    }

    /// The rows one by one, in the order of the wire.
    pub fn iter(&self) -> impl Iterator<Item = StudyRow<'a>> {
        (0..self.len()).filter_map(|row| self.get(row))
    }
}

macro_rules! as_list {
    ($($name:ident)*) => {$(
        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.debug_list().entries(self.iter()).finish()
            }
        }

        impl PartialEq for $name<'_> {
            fn eq(&self, other: &Self) -> bool {
                self.iter().eq(other.iter())
            }
        }

        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_seq(self.iter())
            }
        }
    )*};
}

as_list! { Bars StudyRows }

#[cfg(test)]
mod tests {
    use super::*;

    fn row(time: i64) -> BarRow {
        BarRow {
            time: Timestamp::from_seconds(time),
            open: 1.0,
            high: 2.0,
            low: 0.5,
            close: 1.5,
            volume: f64::NAN,
        }
    }

    #[test]
    fn places_come_back_whether_or_not_they_count_up() {
        let mut list = BarList::default();
        let places = [-3, -2, -1, 0, 1, 7, 8, 8, 2, i64::MAX, i64::MIN];
        for (time, place) in (0..).zip(places) {
            list.push(place, row(time));
        }
        let bars = Bars::new(&list, 0..places.len());
        let found: Vec<_> = bars.iter().map(|bar| bar.index).collect();
        assert_eq!(found, places);
        let tail = Bars::new(&list, 4..7);
        assert_eq!(
            tail.iter().map(|bar| bar.index).collect::<Vec<_>>(),
            [1, 7, 8]
        );
        assert_eq!(tail.rows()[0].time, Timestamp::from_seconds(4));
        assert_eq!(tail.get(0).unwrap().bar.volume, None);
        assert_eq!(tail.get(3), None);
    }

    #[test]
    fn a_bar_costs_48_bytes_and_places_that_count_up_cost_nothing() {
        let mut list = BarList::default();
        for time in 0..1_000 {
            list.push(time, row(time));
        }
        assert_eq!(size_of::<BarRow>(), 48);
        assert_eq!(list.places.runs.len(), 1);
    }

    #[test]
    fn rows_may_have_any_width() {
        let mut columns = RowColumns::default();
        for (index, values) in [(0, vec![1.0, 2.0]), (1, vec![]), (5, vec![3.0])] {
            for value in &values {
                columns.push_value(*value);
            }
            columns.end_row(index);
        }
        let rows = StudyRows::new(&columns, 1..3);
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.index, row.values.to_vec()))
            .collect();
        assert_eq!(rows, [(1, vec![]), (5, vec![3.0])]);
    }
}
