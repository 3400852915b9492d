//! The bars that a series has delivered, and what new bars mean after them. The promise is kept
//! here: each closed bar is delivered once and in order, and a gap that cannot be healed is
//! reported.

use std::collections::BTreeMap;

use protocol::{
    bar::Bar,
    interval::{Interval, IntervalUnit},
    time::Timestamp,
};

use super::{holes::Hole, update::SeriesUpdate};
use crate::event::GapReason;

/// Closed bars that are kept while one connection takes the place of another: hours of bars of a
/// second. Few in tests, which exceed it.
const MAX_OVERLAP: usize = if cfg!(test) { 100 } else { 10_000 };

/// How many closed bars must be compared before the whole past counts as rescaled: they differ ...
pub(super) const MIN_COMPARED: usize = 3;

/// ... by more than this share, ...
const MIN_RESCALING: f64 = 0.005;

/// ... and alike but for the rounding of prices.
const ROUNDING: f64 = 0.001;

/// How many closed bars must have changed, besides being most of those that are kept, before the
/// whole past counts as another one.
const MIN_CHANGED: usize = 10;

/// The bars of one series as its reader knows them.
#[derive(Clone, Debug)]
pub(super) struct BarLog {
    /// Closed bars, the newest `keep` of them.
    closed: BTreeMap<Timestamp, Bar>,
    keep: usize,
    /// Between two bars whose open times are at most this far apart no other fits: seconds.
    spacing: i64,
    last_closed: Option<Timestamp>,
    /// The newest bar, which still changes. Later than every closed one.
    open: Option<Bar>,
    /// When the open bar closes at the latest, on the server's clock.
    close_at: Option<Timestamp>,
    /// A gap whose end is not known before the next bar.
    owed: Option<GapReason>,
}

impl BarLog {
    /// A log that keeps at least one closed bar, to recognise revisions.
    pub(super) fn new(keep: usize, interval: Interval) -> Self {
        Self {
            closed: BTreeMap::new(),
            keep: keep.max(1),
            spacing: spacing(interval),
            last_closed: None,
            open: None,
            close_at: None,
            owed: None,
        }
    }

    /// Takes over the history that the reader was given: all bars are closed but the last, if that
    /// is open.
    pub(super) fn begin(&mut self, bars: &[Bar], is_last_open: bool) {
        let (open, closed) = match bars.split_last() {
            Some((open, closed)) if is_last_open => (Some(*open), closed),
            _ => (None, bars),
        };
        for bar in closed.iter().skip(closed.len().saturating_sub(self.keep)) {
            self.closed.insert(bar.time, *bar);
        }
        self.last_closed = closed.last().map(|bar| bar.time);
        self.open = open;
    }

    /// The closed bars that are kept, and the open one.
    pub(super) fn bars(&self) -> Vec<Bar> {
        self.closed.values().chain(&self.open).copied().collect()
    }

    /// How far back an answer must reach so that no bar is missing between it and the delivered
    /// ones.
    pub(super) fn anchor(&self) -> Option<Timestamp> {
        self.last_closed.or_else(|| self.open_time())
    }

    /// When the open bar opened.
    pub(super) fn open_time(&self) -> Option<Timestamp> {
        self.open.map(|bar| bar.time)
    }

    /// When the open bar closes by the clock, if that is known.
    pub(super) fn close_at(&self) -> Option<Timestamp> {
        let opens = self.open_time()?;
        self.close_at.filter(|closes| *closes > opens)
    }

    /// Notes when the newest bar closes.
    pub(super) fn set_close_at(&mut self, time: Option<Timestamp>) {
        let opens = self.open.map(|bar| bar.time);
        self.close_at = time.filter(|time| opens.is_some_and(|opens| *time > opens));
    }

    /// A live bar.
    pub(super) fn live(&mut self, bar: Bar, out: &mut impl FnMut(SeriesUpdate)) {
        if self.last_closed.is_some_and(|last| bar.time <= last) {
            return self.revise(bar, out);
        }
        if let Some(reason) = self.owed.take() {
            let from = self.anchor().unwrap_or(bar.time);
            if self.has_room(from, bar.time) {
                out(SeriesUpdate::Gap {
                    from,
                    to: bar.time,
                    reason,
                });
                self.open = None;
            }
        }
        match self.open {
            Some(open) if bar.time < open.time => self.close(bar, out),
            Some(open) if bar.time == open.time => {
                if !same(&open, &bar) {
                    self.open = Some(bar);
                    out(SeriesUpdate::Open(bar));
                }
            }
            open => {
                if let Some(open) = open {
                    self.close(open, out);
                }
                self.open = Some(bar);
                self.close_at = None;
                out(SeriesUpdate::Open(bar));
            }
        }
    }

    /// The server's clock has passed the end of the open bar.
    pub(super) fn close_open(&mut self, out: &mut impl FnMut(SeriesUpdate)) {
        self.close_at = None;
        if let Some(open) = self.open.take() {
            self.close(open, out);
        }
    }

    /// Bars that a renewed session holds. `unhealed` says why they do not reach back to the
    /// delivered bars, if they do not; `holes` are between them.
    pub(super) fn resume(
        &mut self,
        bars: BTreeMap<Timestamp, Bar>,
        unhealed: Option<GapReason>,
        holes: &[Hole],
        out: &mut impl FnMut(SeriesUpdate),
    ) {
        let unknown = holes.iter().filter_map(|hole| self.unknown_in(hole));
        let mut gaps = unknown.collect::<Vec<_>>().into_iter().peekable();
        let mut gaps_before = move |time: Timestamp, out: &mut dyn FnMut(SeriesUpdate)| {
            while let Some(Hole { from, to, .. }) = gaps.next_if(|hole| hole.to <= time) {
                let reason = GapReason::LeftOut;
                out(SeriesUpdate::Gap { from, to, reason });
            }
        };
        let last = self.last_closed;
        let is_old = |time: Timestamp| last.is_some_and(|last| time <= last);
        for (time, bar) in &bars {
            // What is older than all that is kept cannot be compared; that the answer holds it is
            // nothing new.
            if is_old(*time) && self.is_kept(*time) {
                self.revise(*bar, out);
            }
        }
        let mut new: Vec<Bar> = bars.into_values().filter(|bar| !is_old(bar.time)).collect();
        if let Some(reason) = unhealed.or_else(|| self.owed.take()) {
            match (self.anchor(), new.first()) {
                (Some(from), Some(first)) if self.has_room(from, first.time) => {
                    out(SeriesUpdate::Gap {
                        from,
                        to: first.time,
                        reason,
                    });
                }
                // The first bar is the next one.
                (Some(_), Some(_)) => {}
                // Its end shows with the next bar.
                (Some(_), None) => self.owed = Some(reason),
                // No bar was delivered, so none is missing.
                (None, _) => {}
            }
        }
        let open = new.pop();
        out(SeriesUpdate::Resumed {
            backfilled: new.len(),
        });
        for bar in new {
            gaps_before(bar.time, out);
            self.close(bar, out);
        }
        if let Some(open) = open {
            gaps_before(open.time, out);
        }
        if let Some(open) = open
            && !self
                .open
                .replace(open)
                .is_some_and(|known| same(&known, &open))
        {
            out(SeriesUpdate::Open(open));
        }
    }

    /// Whether all prices of the past have changed by one factor: a split, or another event that
    /// adjusts them.
    pub(super) fn is_rescaled(&self, bars: &BTreeMap<Timestamp, Bar>) -> bool {
        let known = bars.values().filter_map(|bar| {
            let known = self.closed.get(&bar.time)?;
            Some(bar.close / known.close)
        });
        let factors: Vec<f64> = known.collect();
        let Some(first) = factors.first().filter(|_| factors.len() >= MIN_COMPARED) else {
            return false;
        };
        (first - 1.0).abs() > MIN_RESCALING
            && factors
                .iter()
                .all(|factor| (factor / first - 1.0).abs() < ROUNDING)
    }

    /// Whether most of the closed bars that are kept have changed. Then the past is another one,
    /// and the rest of it may have changed as well.
    pub(super) fn is_rewritten(&self, bars: &BTreeMap<Timestamp, Bar>) -> bool {
        let is_other = |bar: &&Bar| self.closed.get(&bar.time).is_some_and(|it| !same(it, bar));
        let changed = bars.values().filter(is_other).count();
        changed >= MIN_CHANGED && changed > self.closed.len() / 2
    }

    /// Whether bars hold most of the closed ones that are kept.
    pub(super) fn is_mostly_in(&self, bars: &BTreeMap<Timestamp, Bar>) -> bool {
        let known = bars.keys().filter(|time| self.closed.contains_key(time));
        known.count() > self.closed.len() / 2
    }

    /// Whether bars hold all closed ones that are kept, and the newest one.
    pub(super) fn is_covered(&self, bars: &BTreeMap<Timestamp, Bar>) -> bool {
        let newest = self.open_time().or(self.last_closed);
        self.closed.keys().all(|time| bars.contains_key(time))
            && bars.last_key_value().map(|(time, _)| *time) >= newest
    }

    /// Whether closed bars come again, all of them as they are known.
    pub(super) fn agrees(&self, bars: &BTreeMap<Timestamp, Bar>) -> bool {
        let mut again = bars
            .values()
            .filter_map(|bar| Some((self.closed.get(&bar.time)?, bar)))
            .peekable();
        again.peek().is_some() && again.all(|(known, bar)| known == bar)
    }

    /// A copy for another connection, which keeps more: all that closes until it goes on for this
    /// one.
    pub(super) fn standby(&self) -> Self {
        let keep = self.keep.saturating_add(MAX_OVERLAP);
        Self {
            keep,
            ..self.clone()
        }
    }

    /// Whether it has all bars that closed after those that another log has delivered.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        let oldest = self.closed.first_key_value().map(|(time, _)| *time);
        self.closed.len() < self.keep || other.anchor().is_some_and(|at| oldest <= Some(at))
    }

    /// Goes on with what another log, begun as a copy of this one, has seen on a newer connection.
    pub(super) fn adopt(&mut self, newer: Self, out: &mut impl FnMut(SeriesUpdate)) {
        let (opens, closes) = (self.open_time(), self.close_at());
        let newer_closes = newer.close_at();
        let last_closed = newer.last_closed;
        let mut bars = newer.closed;
        bars.extend(newer.open.map(|bar| (bar.time, bar)));
        // A log with a gap is not gone on with.
        self.resume(bars, newer.owed, &[], out);
        // What the clock has closed there is closed, even if no later bar has begun.
        if self
            .open_time()
            .is_some_and(|time| last_closed.is_some_and(|last| time <= last))
        {
            self.close_open(out);
        }
        let closes = closes.filter(|_| self.open_time() == opens);
        self.set_close_at(newer_closes.or(closes));
    }

    fn close(&mut self, bar: Bar, out: &mut impl FnMut(SeriesUpdate)) {
        self.last_closed = Some(bar.time);
        self.keep(bar);
        out(SeriesUpdate::Closed(bar));
    }

    /// A change of a bar that is closed; or one that comes so late that later ones are closed.
    fn revise(&mut self, bar: Bar, out: &mut impl FnMut(SeriesUpdate)) {
        if self
            .closed
            .get(&bar.time)
            .is_some_and(|known| same(known, &bar))
        {
            return;
        }
        // A bar older than all kept ones cannot be compared: it is reported, and not kept.
        if self.is_kept(bar.time) {
            self.keep(bar);
        }
        out(SeriesUpdate::Revised(bar));
    }

    /// The part of a hole that the reader does not have, if there is one. It begins after the last
    /// closed bar at the earliest.
    pub(super) fn unknown_in(&self, hole: &Hole) -> Option<Hole> {
        let from = self.last_closed.map_or(hole.from, |it| it.max(hole.from));
        let known = self.closed.range(hole.from..hole.to).map(|(time, _)| *time);
        let known = known.filter(|time| *time > hole.from).count();
        let is_unknown = hole.missing > known;
        let hole = Hole { from, ..*hole };
        (is_unknown && from < hole.to && self.has_room(from, hole.to)).then_some(hole)
    }

    /// Whether a bar fits between two open times.
    pub(super) fn has_room(&self, from: Timestamp, to: Timestamp) -> bool {
        to.seconds_since(from) > self.spacing
    }

    /// How many closed bars are kept.
    pub(super) fn len(&self) -> usize {
        self.closed.len()
    }

    /// The oldest of the newest `count` closed bars.
    pub(super) fn oldest_of(&self, count: usize) -> Option<Timestamp> {
        let last = self.len().min(count).checked_sub(1)?;
        self.closed.keys().rev().nth(last).copied()
    }

    /// Whether a bar of this time is kept, if there was one.
    pub(super) fn is_kept(&self, time: Timestamp) -> bool {
        self.closed
            .first_key_value()
            .is_some_and(|(oldest, _)| *oldest <= time)
    }

    fn keep(&mut self, bar: Bar) {
        self.closed.insert(bar.time, bar);
        if self.closed.len() > self.keep {
            self.closed.pop_first();
        }
    }
}

/// How far apart the open times of two bars are at most if no other fits between them; 0 if the
/// interval does not determine it.
fn spacing(interval: Interval) -> i64 {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    match (interval.unit(), interval.count()) {
        (IntervalUnit::Second | IntervalUnit::Minute, _) => interval
            .seconds()
            .and_then(|it| i64::try_from(it).ok())
            .unwrap_or(0),
        // Clocks may be set back in between.
        (IntervalUnit::Day, count) => i64::from(count) * DAY + HOUR,
        (IntervalUnit::Week, count) => i64::from(count) * 7 * DAY + HOUR,
        (IntervalUnit::Month, 1) => 31 * DAY + HOUR,
        // 62, 92, …, 215, … 366 days: at most two more than half of 61 for each month.
        (IntervalUnit::Month, count) => (i64::from(count) * 61 / 2 + 2) * DAY + HOUR,
        _ => 0,
    }
}

/// Equality in which a missing price equals itself.
pub(super) fn same(one: &Bar, other: &Bar) -> bool {
    let bits = |bar: &Bar| [bar.open, bar.high, bar.low, bar.close].map(f64::to_bits);
    one.time == other.time
        && (one == other
            || (bits(one) == bits(other)
                && one.volume.map(f64::to_bits) == other.volume.map(f64::to_bits)))
}
