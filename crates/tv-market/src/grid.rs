//! Where the bars of an interval lie: only where the market is open, counted from the opening of
//! each session.
//!
//! Times are UTC, in milliseconds. A bar is known by its slot; slots are walked forward and back
//! without a look at prices.

use super::{
    civil::{month_begins, month_of, week_of},
    hours::{Hours, Phase, TradingDay},
    interval::Interval,
    listing::NEVER,
};

/// The longest that is looked for a date on which a market opens, in blocks of bars.
const PATIENCE: i64 = 400;

/// The bars of one interval of one symbol.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    hours: Hours,
    interval: Interval,
    /// Whether bars of less than a day cover the time before and after the regular session, too.
    extended: bool,
    /// The first block that may hold bars.
    first_block: i64,
    since: i64,
}

/// A row of bars of one length without a pause; the last may be shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The trading date on which it begins.
    pub(super) date: i64,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) step: i64,
}

impl Run {
    fn count(&self) -> i64 {
        (self.to - self.from + self.step - 1) / self.step
    }

    /// How many of its bars open before a time.
    fn before(&self, time: i64) -> i64 {
        (time.saturating_sub(self.from).saturating_add(self.step - 1) / self.step)
            .clamp(0, self.count())
    }
}

/// Where one bar lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The day, the week or the months that it belongs to.
    pub(super) block: i64,
    /// Its number in there.
    number: i64,
    /// The trading date on which it opens, in days since the epoch.
    pub date: i64,
    /// When it opens, in milliseconds UTC.
    pub opens: i64,
    /// The first millisecond after it.
    pub closes: i64,
}

impl Slot {
    /// The slot of a bar that is one of a list, with when it opens and closes.
    pub(super) fn of(place: usize, date: i64, (opens, closes): (i64, i64)) -> Self {
        Self {
            block: 0,
            number: i64::try_from(place).unwrap_or(i64::MAX),
            date,
            opens,
            closes,
        }
    }

    /// The place in the list.
    pub(super) fn place(self) -> usize {
        usize::try_from(self.number).unwrap_or(0)
    }
}

impl Grid {
    /// The bars of an interval, from a date on.
    pub(super) fn new(hours: Hours, interval: Interval, extended: bool, since: i64) -> Self {
        let mut grid = Self {
            hours,
            interval,
            extended,
            first_block: i64::MIN,
            since,
        };
        grid.first_block = grid.block_of(since);
        grid
    }

    /// The slot of the last bar that opens at a time or before it.
    pub(super) fn last_at(&self, time: i64) -> Option<Slot> {
        let mut block = self.block_of(Hours::newest_date(time));
        for _ in 0..PATIENCE {
            if block < self.first_block {
                return None;
            }
            let mut found = None;
            let mut number = 0;
            for run in self.runs(block) {
                if run.from <= time {
                    let k = (time.min(run.to - 1) - run.from) / run.step;
                    found = Some(slot(block, number + k, &run, k));
                }
                number += run.count();
            }
            if found.is_some() {
                return found;
            }
            block -= 1;
        }
        None
    }

    /// The slot `count` bars before another, or the first one there is, and how many bars before it
    /// lies.
    pub(super) fn back(&self, from: Slot, count: i64) -> (Slot, i64) {
        let mut left = count.max(0);
        let (mut block, mut number) = (from.block, from.number);
        while left > number {
            left -= number;
            let Some((earlier, held)) = self.held_before(block) else {
                let first = self.nth(block, 0).unwrap_or(from);
                return (first, count.max(0) - left);
            };
            (block, number) = (earlier, held - 1);
            left -= 1;
        }
        (self.nth(block, number - left).unwrap_or(from), count.max(0))
    }

    /// The first slot that opens at a time or after it and lies at most `most` bars before
    /// another, and how many bars before it lies.
    pub(super) fn back_to(&self, from: Slot, time: i64, most: i64) -> (Slot, i64) {
        let (mut block, mut number, mut moved) = (from.block, from.number, 0);
        loop {
            let earlier: i64 = self.runs(block).iter().map(|run| run.before(time)).sum();
            let steps = (number - earlier).max(0);
            moved += steps;
            number -= steps;
            if moved >= most || earlier > 0 {
                break;
            }
            match self.held_before(block) {
                Some((other, held))
                    if self
                        .nth(other, held - 1)
                        .is_some_and(|last| last.opens >= time) =>
                {
                    (block, number) = (other, held - 1);
                    moved += 1;
                }
                _ => break,
            }
        }
        if moved > most {
            return self.back(from, most);
        }
        (self.nth(block, number).unwrap_or(from), moved)
    }

    /// The nearest block before another that holds bars, and how many.
    fn held_before(&self, block: i64) -> Option<(i64, i64)> {
        let earliest = self.first_block.max(block - PATIENCE);
        (earliest..block).rev().find_map(|block| {
            let held: i64 = self.runs(block).iter().map(Run::count).sum();
            (held > 0).then_some((block, held))
        })
    }

    /// The slot of the next bar.
    pub(super) fn next(&self, slot: Slot) -> Option<Slot> {
        self.nth(slot.block, slot.number + 1)
            .or_else(|| self.first_from(slot.block + 1))
    }

    /// The first slot of a block, or of the next one that holds any.
    pub(super) fn first_from(&self, block: i64) -> Option<Slot> {
        (block..block + PATIENCE).find_map(|block| self.nth(block, 0))
    }

    /// The first slot that opens at a time or after it.
    pub(super) fn first_at(&self, time: i64) -> Option<Slot> {
        if self.since == NEVER {
            return None;
        }
        match self.last_at(time) {
            Some(slot) if slot.opens == time => Some(slot),
            Some(slot) => self.next(slot),
            None => self.first_from(self.first_block),
        }
    }

    /// The rows of bars of a block.
    pub(super) fn runs(&self, block: i64) -> Vec<Run> {
        let whole = |date: i64, from: i64, to: i64| Run {
            date,
            from,
            to,
            step: to - from,
        };
        match self.interval {
            Interval::Within(step) => {
                let Some(day) = self.day(block) else {
                    return Vec::new();
                };
                let mut runs: Vec<Run> = Vec::with_capacity(2);
                for part in &day.parts {
                    if part.phase != Phase::Regular && !self.extended {
                        continue;
                    }
                    match runs.last_mut() {
                        Some(run) if run.to == part.from => run.to = part.to,
                        _ => runs.push(Run {
                            date: block,
                            from: part.from,
                            to: part.to,
                            step,
                        }),
                    }
                }
                runs
            }
            Interval::Day => {
                let day = self.day(block);
                day.map(|day| whole(block, day.opens(), day.closes()))
                    .into_iter()
                    .collect()
            }
            Interval::Week | Interval::Months(_) => {
                let (first, last) = self.dates(block);
                let begin = (first..=last).find_map(|date| self.day(date));
                let end = (first..=last).rev().find_map(|date| self.day(date));
                let both = begin.zip(end);
                both.map(|(begin, end)| whole(begin.date, begin.opens(), end.closes()))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// The trading day of a date, if there is one and history reaches back to it.
    pub(super) fn day(&self, date: i64) -> Option<TradingDay> {
        if date < self.since {
            None
        } else {
            self.hours.day(date)
        }
    }

    /// The dates of a block, from the first to the last.
    pub(super) fn dates(&self, block: i64) -> (i64, i64) {
        match self.interval {
            Interval::Within(_) | Interval::Day => (block, block),
            // From Monday to Sunday.
            Interval::Week => (block * 7 - 3, block * 7 + 3),
            Interval::Months(count) => (
                month_begins(block * count),
                month_begins((block + 1) * count) - 1,
            ),
        }
    }

    /// When the bars of a trading date begin, if any do.
    pub(super) fn begins(&self, date: i64) -> Option<i64> {
        let day = self.day(date)?;
        day.parts
            .iter()
            .find(|part| self.covers(part.phase))
            .map(|part| part.from)
    }

    /// Whether a row of bars covers parts of every phase.
    pub(super) fn covers(&self, phase: Phase) -> bool {
        phase == Phase::Regular || (self.extended && self.interval.is_intraday())
    }

    fn block_of(&self, date: i64) -> i64 {
        match self.interval {
            Interval::Within(_) | Interval::Day => date,
            Interval::Week => week_of(date),
            Interval::Months(count) => month_of(date).div_euclid(count),
        }
    }

    fn nth(&self, block: i64, number: i64) -> Option<Slot> {
        let mut before = 0;
        for run in self.runs(block) {
            let count = run.count();
            if number < before + count {
                return Some(slot(block, number, &run, number - before));
            }
            before += count;
        }
        None
    }
}

fn slot(block: i64, number: i64, run: &Run, k: i64) -> Slot {
    let opens = run.from + k * run.step;
    Slot {
        block,
        number,
        date: run.date,
        opens,
        closes: (opens + run.step).min(run.to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{civil::date_of, exchanges, hours::Plan, interval::DAY};

    const MINUTE: i64 = 60_000;

    fn grid(plan: &'static Plan, resolution: &str, extended: bool) -> Grid {
        Grid::new(
            Hours::new(plan),
            Interval::parse(resolution).unwrap(),
            extended,
            date_of(1990, 1, 1),
        )
    }

    fn at(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
        date_of(year, month, day) * DAY + (hour * 60 + minute) * MINUTE
    }

    #[test]
    fn bars_within_the_day_begin_at_the_opening() {
        let hours = grid(&exchanges::NEW_YORK, "60", false);
        let first = hours.first_at(at(2026, 7, 8, 0, 0)).unwrap();
        assert_eq!(
            (first.opens, first.closes),
            (at(2026, 7, 8, 13, 30), at(2026, 7, 8, 14, 30))
        );
        let last = hours.last_at(at(2026, 7, 9, 3, 0)).unwrap();
        assert_eq!(
            (last.opens, last.closes),
            (at(2026, 7, 8, 19, 30), at(2026, 7, 8, 20, 0))
        );
        assert_eq!(hours.next(last).unwrap().opens, at(2026, 7, 9, 13, 30));
        let long = grid(&exchanges::NEW_YORK, "240", false);
        assert_eq!(
            long.last_at(at(2026, 7, 8, 23, 0)).unwrap().opens,
            at(2026, 7, 8, 17, 30)
        );
        let tokyo = grid(&exchanges::TOKYO, "60", false);
        let afternoon = tokyo.first_at(at(2026, 7, 8, 2, 1)).unwrap();
        assert_eq!(
            afternoon.opens,
            at(2026, 7, 8, 3, 30),
            "counted anew after lunch"
        );
    }

    #[test]
    fn extended_hours_are_one_row_from_four_to_eight() {
        let wide = grid(&exchanges::NEW_YORK, "60", true);
        let first = wide.first_at(at(2026, 7, 8, 1, 0)).unwrap();
        assert_eq!(first.opens, at(2026, 7, 8, 8, 0));
        assert_eq!(
            wide.back(wide.last_at(at(2026, 7, 9, 2, 0)).unwrap(), 15).0,
            first
        );
        assert!(
            wide.covers(Phase::Early)
                && !grid(&exchanges::NEW_YORK, "D", true).covers(Phase::Early)
        );
    }

    #[test]
    fn weeks_and_months_are_stamped_with_their_first_trading_day() {
        let week = grid(&exchanges::NEW_YORK, "W", false);
        // Monday 2026-09-07 was Labor Day.
        let slot = week.last_at(at(2026, 9, 11, 12, 0)).unwrap();
        assert_eq!(
            (slot.opens, slot.closes),
            (at(2026, 9, 8, 13, 30), at(2026, 9, 11, 20, 0))
        );
        // On Monday evening UTC the week has not begun.
        assert_eq!(
            week.last_at(at(2026, 9, 7, 23, 0)).unwrap().opens,
            at(2026, 8, 31, 13, 30)
        );
        let month = grid(&exchanges::NEW_YORK, "M", false);
        assert_eq!(
            month.last_at(at(2026, 8, 20, 0, 0)).unwrap().opens,
            at(2026, 8, 3, 13, 30)
        );
        assert_eq!(
            grid(&exchanges::NEW_YORK, "12M", false)
                .last_at(at(2026, 8, 20, 0, 0))
                .unwrap()
                .opens,
            at(2026, 1, 2, 14, 30)
        );
        let coin = grid(&exchanges::COINS, "W", false);
        assert_eq!(
            coin.last_at(at(2026, 9, 9, 12, 0)).unwrap().opens,
            at(2026, 9, 7, 0, 0)
        );
        // The week of currencies begins on Sunday evening.
        let forex = grid(&exchanges::FOREX, "W", false);
        assert_eq!(
            forex.last_at(at(2026, 9, 9, 12, 0)).unwrap().opens,
            at(2026, 9, 6, 21, 0)
        );
    }

    #[test]
    fn back_and_forward_meet() {
        for plan in exchanges::ALL {
            for resolution in ["1S", "1", "45", "240", "D", "W", "M", "3M"] {
                let grid = grid(plan, resolution, true);
                let now = at(2026, 11, 21, 9, 0);
                let last = grid.last_at(now).unwrap();
                assert!(last.opens <= now);
                let count = 40;
                let (mut walked, moved) = grid.back(last, count);
                assert_eq!(moved, count);
                for left in (0..count).rev() {
                    let next = grid.next(walked).unwrap();
                    assert!(next.opens >= walked.closes && next.closes > next.opens);
                    assert_eq!(grid.back(next, 1), (walked, 1));
                    assert_eq!(grid.last_at(next.opens), Some(next));
                    assert_eq!(grid.last_at(next.opens - 1), Some(walked));
                    assert_eq!(grid.back(last, left).0, next);
                    assert_eq!(grid.back_to(last, next.opens, 1000), (next, left));
                    assert_eq!(grid.back_to(last, walked.opens + 1, 1000), (next, left));
                    assert_eq!(grid.back_to(last, i64::MIN, left), (next, left));
                    walked = next;
                }
                assert_eq!(walked, last, "{resolution} of {plan:?}");
            }
        }
    }

    #[test]
    fn history_has_a_first_bar() {
        let grid = grid(&exchanges::NEW_YORK, "D", false);
        let last = grid.last_at(at(1990, 2, 1, 0, 0)).unwrap();
        let (first, moved) = grid.back(last, 1_000_000);
        // 1990-01-02 to 1990-01-31, without Martin Luther King's day.
        assert_eq!((first.opens, moved), (at(1990, 1, 2, 14, 30), 20));
        assert_eq!(grid.last_at(first.opens - 1), None);
        assert_eq!(grid.first_at(0), Some(first));
    }
}
