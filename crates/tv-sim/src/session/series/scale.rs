//! The scale of times of a chart: when its bars open, and how strongly each of these times is
//! marked.

use std::fmt::Write as _;

use market::{DAY, Zone, month_number, week_number};
use serde_json::{Value, json};

/// A time scale that nothing changes in.
pub(crate) fn empty_scale() -> Value {
    json!({ "index": 0, "zoffset": 0, "changes": [], "marks": [], "index_diff": [] })
}

/// Points before the first bar of a series are numbered from here downwards.
const BEFORE_FIRST: i64 = -1_000_000;

/// The number of the point of a bar, when the series begins with the bar `first`.
pub(crate) fn point_number(index: i64, first: i64) -> i64 {
    if index < first {
        BEFORE_FIRST - (first - index)
    } else {
        index
    }
}

/// How a scale is marked.
#[derive(Debug, Clone)]
pub(super) struct Marking {
    /// Whether its bars are shorter than a day.
    pub(super) intraday: bool,
    /// By whose clocks; without, by the hours of UTC and the dates of the exchange.
    pub(super) zone: Option<Zone>,
}

impl Marking {
    /// The time by which a bar is marked: days and longer are those of the exchange, wherever one
    /// looks from.
    fn seen(&self, time: Time) -> Time {
        let Some(zone) = self.zone.as_ref().filter(|_| self.intraday) else {
            return time;
        };
        let opens = zone.local(time.opens);
        Time {
            opens,
            date: opens.div_euclid(DAY),
        }
    }
}

/// The third element of `timescale_update`, bar by bar: the times that the scale gains.
#[derive(Debug)]
pub(super) struct Scale {
    index: i64,
    marking: Marking,
    changes: String,
    marks: String,
    before: Option<Time>,
    next: i64,
    /// By how many bars the scale moves.
    zoffset: i64,
    /// Old and new number of each point that gets another.
    renumbered: String,
}

impl Scale {
    /// A scale that gains nothing yet, from an index on.
    pub(super) fn new(index: i64, marking: Marking) -> Self {
        Self {
            index,
            marking,
            changes: String::new(),
            marks: String::new(),
            before: None,
            next: index,
            zoffset: 0,
            renumbered: String::new(),
        }
    }

    /// Says that `points` points before the bar that was the first have other numbers, now that
    /// another is.
    pub(super) fn renumber(&mut self, points: i64, (was, is): (i64, i64)) {
        for index in (1..=points).map(|back| was - back) {
            let comma = if self.renumbered.is_empty() { "" } else { "," };
            let (old, new) = (point_number(index, was), point_number(index, is));
            let _ = write!(self.renumbered, "{comma}[{old},{new}]");
        }
    }

    /// Says by how many bars the scale moves.
    pub(super) fn shift(&mut self, bars: i64) {
        self.zoffset = bars;
    }

    /// The bar with the next index.
    pub(super) fn push(&mut self, time: Time) {
        let comma = if self.changes.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(self.changes, "{comma}{}.0", time.opens.div_euclid(1000));
        self.mark(time);
    }

    /// The bar with the next index, which is known already.
    pub(super) fn mark(&mut self, time: Time) {
        let intraday = self.marking.intraday;
        // Bars of a day and more are marked at the midnight of their date.
        let marked = if intraday {
            time.opens.div_euclid(1000)
        } else {
            time.date * (DAY / 1000)
        };
        let time = self.marking.seen(time);
        let weight = match self.before {
            Some(before) => weight(before, time, intraday),
            None if intraday => 10,
            None => 40,
        };
        let comma = if self.marks.is_empty() { "" } else { "," };
        let _ = write!(self.marks, "{comma}[{weight},{marked},{}]", self.next);
        self.before = Some(time);
        self.next += 1;
    }

    /// Its marks alone, for `tickmark_update`.
    pub(super) fn marks(&self) -> String {
        let Self {
            index,
            zoffset,
            marks,
            ..
        } = self;
        format!(r#"{{"index":{index},"zoffset":{zoffset},"changes":[],"marks":[{marks}]}}"#)
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        let Self {
            index,
            changes,
            marks,
            zoffset,
            renumbered,
            ..
        } = self;
        format!(
            r#"{{"index":{index},"zoffset":{zoffset},"changes":[{changes}],"marks":[{marks}],"index_diff":[{renumbered}]}}"#
        )
    }
}

/// When a bar opens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// Milliseconds UTC.
    pub(super) opens: i64,
    /// The trading date.
    pub(super) date: i64,
}

/// How strongly a bar is marked: by the largest unit of time that begins between it and the bar
/// before.
fn weight(before: Time, time: Time, intraday: bool) -> u8 {
    const HOUR: i64 = 3_600_000;
    let (last, month) = (month_number(before.date), month_number(time.date));
    if last.div_euclid(12) != month.div_euclid(12) {
        return 70;
    }
    if last != month {
        return 60;
    }
    if week_number(before.date) != week_number(time.date) {
        return 50;
    }
    if before.date != time.date || !intraday {
        return 40;
    }
    let begins = |unit: i64| before.opens.div_euclid(unit) != time.opens.div_euclid(unit);
    let units = [
        (12 * HOUR, 33),
        (6 * HOUR, 32),
        (3 * HOUR, 31),
        (HOUR, 30),
        (HOUR / 2, 22),
        (HOUR / 12, 21),
        (HOUR / 60, 20),
    ];
    units
        .into_iter()
        .find(|(unit, _)| begins(*unit))
        .map_or(10, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-06-01, a Thursday, as a date; bars open at an hour and a minute in UTC.
    const DATE: i64 = 19_509;

    fn time(date: i64, hour: i64, minute: i64) -> Time {
        Time {
            opens: date * DAY + (hour * 60 + minute) * 60_000,
            date,
        }
    }

    #[test]
    fn times_are_marked_as_recorded() {
        let within =
            |hour, minute| weight(time(DATE, hour, minute - 1), time(DATE, hour, minute), true);
        assert_eq!(
            (within(15, 39), within(15, 40), within(15, 30)),
            (20, 21, 22)
        );
        let on_hour = |hour| weight(time(DATE, hour - 1, 59), time(DATE, hour, 0), true);
        assert_eq!(
            (on_hour(16), on_hour(15), on_hour(18), on_hour(12)),
            (30, 31, 32, 33)
        );
        let day = |date: i64| weight(time(date - 1, 13, 30), time(date, 13, 30), false);
        assert_eq!(day(DATE + 1), 40);
        assert_eq!(day(DATE + 4), 50, "Monday");
        assert_eq!(day(DATE), 60, "the first of June");
        assert_eq!(
            weight(time(19_356, 13, 30), time(19_360, 13, 30), false),
            70,
            "a new year"
        );
    }

    #[test]
    fn days_are_marked_at_midnight() {
        let marking = Marking {
            intraday: false,
            zone: None,
        };
        let mut scale = Scale::new(3, marking);
        scale.push(time(DATE, 13, 30));
        scale.push(time(DATE + 1, 13, 30));
        assert_eq!(
            scale.text(),
            r#"{"index":3,"zoffset":0,"changes":[1685626200.0,1685712600.0],"marks":[[40,1685577600,3],[40,1685664000,4]],"index_diff":[]}"#
        );
    }
}
