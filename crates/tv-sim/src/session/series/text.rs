//! The messages that bars are sent in.

use std::fmt::Write as _;

use market::{Candle, study::Bar};
use serde_json::Value;

use crate::{
    hello::NODE,
    recording::SeriesIds,
    session::series::scale::{Marking, Scale, Time},
};

/// Bars that follow each other, as text.
#[derive(Debug)]
pub(super) struct Text {
    rows: String,
    scale: Scale,
    next: i64,
    /// When the last bar closes, in milliseconds UTC, by the market's time.
    closes: Option<i64>,
}

impl Text {
    /// No bars yet; the first gets an index.
    pub(super) fn new(index: i64, marking: Marking) -> Self {
        Self {
            rows: String::new(),
            scale: Scale::new(index, marking),
            next: index,
            closes: None,
        }
    }

    /// The bars; the first has this index.
    pub(super) fn of(index: i64, marking: Marking, bars: impl Iterator<Item = Candle>) -> Self {
        let mut text = Self::new(index, marking);
        bars.for_each(|bar| text.push(&bar));
        text
    }

    fn push(&mut self, candle: &Candle) {
        let Bar {
            index,
            time,
            open,
            high,
            low,
            close,
            volume,
            ..
        } = Bar::new(self.next, candle);
        let comma = if self.rows.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(
            self.rows,
            r#"{comma}{{"i":{index},"v":[{time}.0,{open:?},{high:?},{low:?},{close:?},{volume:?}]}}"#
        );
        self.scale.push(Time {
            opens: candle.opens,
            date: candle.date,
        });
        self.next += 1;
        self.closes = Some(candle.closes);
    }

    /// Says by how many bars the scale moves.
    pub(super) fn shift(&mut self, bars: i64) {
        self.scale.shift(bars);
    }

    /// Says that `points` points before the first bar have other numbers, and which bar was and is
    /// the first.
    pub(super) fn renumber(&mut self, points: i64, first: (i64, i64)) {
        self.scale.renumber(points, first);
    }

    /// Marks a bar that was sent before and follows these.
    pub(super) fn mark(&mut self, time: Time) {
        self.scale.mark(time);
    }

    /// `timescale_update`, by a series that is so late.
    pub(super) fn timescale_update(&self, ids: SeriesIds<'_>, now: i64, lag: i64) -> String {
        let (session, series) = (Value::from(ids.session), Value::from(ids.series));
        let object = self.object(ids, now, lag, "[]");
        let scale = self.scale.text();
        let now = now + lag;
        let t = now.div_euclid(1000);
        format!(
            r#"{{"m":"timescale_update","p":[{session},{{{series}:{{"node":"{NODE}",{object}}}}},{scale}],"t":{t},"t_ms":{now}}}"#
        )
    }

    /// `du`, by a series that is so late.
    pub(super) fn du(&self, ids: SeriesIds<'_>, now: i64, lag: i64) -> String {
        let (session, series) = (Value::from(ids.session), Value::from(ids.series));
        // A live update changes no place of a drawing, and says so by a word: a list is what a load
        // has.
        let object = self.object(ids, now, lag, r#""nochange""#);
        format!(r#"{{"m":"du","p":[{session},{{{series}:{{{object}}}}}]}}"#)
    }

    /// The series object without its braces: bars, turnaround, and when the last bar closes.
    fn object(&self, ids: SeriesIds<'_>, now: i64, lag: i64, indexes: &str) -> String {
        let Self { rows, closes, .. } = self;
        // Its last second, and for whom is late, as much later.
        let closes = (closes.unwrap_or(now) + lag).div_euclid(1000) - 1;
        let turnaround = Value::from(ids.turnaround);
        format!(
            r#""s":[{rows}],"ns":{{"d":"","indexes":{indexes}}},"t":{turnaround},"lbs":{{"bar_close_time":{closes}}}"#
        )
    }
}
