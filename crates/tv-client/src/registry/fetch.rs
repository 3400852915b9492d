//! Bars being fetched: answers and pages put together until they reach far enough back.

use std::collections::BTreeMap;

use protocol::{bar::Bar, message::server::HistoryEnd, time::Timestamp};

use super::holes::{BarPlace, BarPlaces, Hole};
use crate::{
    bounds::MAX_HISTORY,
    event::{Completeness, Progress, SkippedRow},
};

/// The most bars to ask for at once.
pub(super) const MAX_PAGE: i64 = 10_000;

/// Rows that could not be read and are kept to be reported.
const MAX_SKIPPED: usize = 1_000;

/// How far back to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// This number of bars.
    Count(usize),
    /// To a bar that opens at this time or before.
    Reach(Timestamp),
    /// To a bar that opens at `anchor` or before, and if there is one, to `oldest`, so that
    /// revisions show.
    Restore {
        anchor: Timestamp,
        oldest: Timestamp,
    },
    /// `count` bars that open before the time `than`.
    Older { than: Timestamp, count: usize },
    /// All there are.
    All,
}

/// What to do after a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The completion brings no new bars: it is a duplicate, or the real one is still to come.
    Wait,
    /// The first answer holds no bars: its rows were lost, or there are none.
    Empty,
    /// Two pages brought no new bars. The fetch is done unless bars arrive very soon.
    Settle,
    /// Ask for this number of further bars.
    Ask(i64),
    /// The goal is reached, or there is nothing more.
    Done,
}

/// More bars than a history may hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// One fetch. If it is dropped half-way, nothing of it has been published.
#[derive(Debug)]
pub(super) struct Fetch {
    goal: Goal,
    /// Rows of answers. Only these prove how far back the history reaches.
    bars: BTreeMap<Timestamp, Bar>,
    /// Live rows that arrived meanwhile and are newer than the answer's row of the same time.
    live: BTreeMap<Timestamp, Bar>,
    /// Why the server has no earlier bars, if it said so.
    exhausted: Option<HistoryEnd>,
    /// The oldest bar when the last page was asked for; `None` before the first page.
    asked_at: Option<Option<Timestamp>>,
    page: i64,
    /// Answers that were complete.
    pages: u32,
    /// Completions in a row that brought no new bars.
    idle: u32,
    /// Rows that could not be read, the first of them.
    skipped: Vec<SkippedRow>,
    places: BarPlaces,
}

impl Fetch {
    pub(super) fn new(goal: Goal) -> Self {
        Self {
            goal,
            bars: BTreeMap::new(),
            live: BTreeMap::new(),
            exhausted: None,
            asked_at: None,
            page: 500,
            pages: 0,
            idle: 0,
            skipped: Vec::new(),
            places: BarPlaces::default(),
        }
    }

    /// The first request of a page, for a series that is loaded already.
    pub(super) fn page(&mut self) -> i64 {
        self.asked_at = Some(None);
        // No more than is missing, if a session that holds fewer bars than the reader does not need
        // more.
        self.page = 0;
        self.next_page()
    }

    /// Takes in rows of an answer.
    pub(super) fn merge(&mut self, bars: impl IntoIterator<Item = Bar>) -> Result<(), TooMuch> {
        for bar in bars {
            // A change may arrive before an answer that was made before it. The volume of a bar
            // only grows, so the state with more of it is the later one.
            let live = self.live.get(&bar.time);
            if !live.is_some_and(|live| live.volume > bar.volume) {
                self.live.remove(&bar.time);
            }
            self.bars.insert(bar.time, bar);
        }
        self.check()
    }

    /// Takes in live rows, which change bars but prove nothing about how far the answer reaches.
    pub(super) fn merge_live(
        &mut self,
        bars: impl IntoIterator<Item = Bar>,
    ) -> Result<(), TooMuch> {
        self.live
            .extend(bars.into_iter().map(|bar| (bar.time, bar)));
        self.check()
    }

    /// Notes rows of an answer that could not be read.
    pub(super) fn skip(&mut self, rows: impl IntoIterator<Item = SkippedRow>) {
        let rows: Vec<_> = rows.into_iter().collect();
        rows.iter().for_each(|row| self.places.note_odd(row.index));
        let room = MAX_SKIPPED.saturating_sub(self.skipped.len());
        self.skipped.extend(rows.into_iter().take(room));
    }

    /// The rows that could not be read, the first of them.
    pub(super) fn take_skipped(&mut self) -> Vec<SkippedRow> {
        std::mem::take(&mut self.skipped)
    }

    /// Notes the places of rows.
    pub(super) fn note_places(&mut self, places: impl IntoIterator<Item = BarPlace>) {
        self.places.extend(places);
    }

    /// Bars may have other places from here on.
    pub(super) fn renumber(&mut self) {
        self.places.renumber();
    }

    /// The oldest and the newest place, if they are sure.
    pub(super) fn ends(&self) -> Option<(BarPlace, BarPlace)> {
        self.places.ends()
    }

    /// Where bars are missing within the answer, oldest first.
    pub(super) fn holes(&self) -> Vec<Hole> {
        let Some(oldest) = self.oldest() else {
            return Vec::new();
        };
        let mut holes = self.places.holes();
        holes.retain(|hole| hole.from >= oldest);
        holes
    }

    /// Whether the answer shows that nothing was missing in a hole: that its two bars follow each
    /// other.
    pub(super) fn denies(&self, hole: &Hole) -> bool {
        let is_reached = self.oldest().is_some_and(|oldest| oldest <= hole.from);
        let mut later = self.bars.range(hole.from..).map(|(time, _)| *time);
        let next = later.find(|time| *time > hole.from);
        is_reached
            && next.is_some_and(|next| next >= hole.to)
            && !self
                .holes()
                .iter()
                .any(|it| it.from < hole.to && hole.from < it.to)
    }

    fn check(&self) -> Result<(), TooMuch> {
        if self.bars.len() + self.live.len() > MAX_HISTORY {
            return Err(TooMuch);
        }
        Ok(())
    }

    /// An answer is complete.
    pub(super) fn complete(&mut self, end: Option<HistoryEnd>) -> Step {
        if end.is_some() {
            self.exhausted = end;
        }
        if self.is_satisfied() || self.exhausted.is_some() {
            self.pages = self.pages.saturating_add(1);
            return Step::Done;
        }
        let oldest = self.oldest();
        match self.asked_at {
            None if oldest.is_none() => return Step::Empty,
            Some(before) if oldest.is_none() || oldest == before => return self.idle(),
            _ => {}
        }
        self.idle = 0;
        self.asked_at = Some(oldest);
        self.pages = self.pages.saturating_add(1);
        Step::Ask(self.next_page())
    }

    /// A completion brought no new bars.
    fn idle(&mut self) -> Step {
        self.idle = self.idle.saturating_add(1);
        match self.goal {
            // The server has no more, and the restore has reached the last known bar.
            Goal::Restore { .. } if self.is_reached() => Step::Done,
            // Before a gap is reported, the server has all the time there is.
            Goal::Restore { .. } => Step::Wait,
            _ if self.idle == 1 => Step::Ask(self.page),
            _ => Step::Settle,
        }
    }

    fn next_page(&mut self) -> i64 {
        let missing = match self.goal {
            Goal::Count(count) => count.saturating_sub(self.bars.len()),
            Goal::Older { than, count } => count.saturating_sub(self.bars.range(..than).count()),
            Goal::Reach(_) | Goal::Restore { .. } | Goal::All => 0,
        };
        let missing = i64::try_from(missing).unwrap_or(i64::MAX);
        self.page = (self.page * 2).max(missing).min(MAX_PAGE);
        self.page
    }

    fn oldest(&self) -> Option<Timestamp> {
        self.bars.first_key_value().map(|(time, _)| *time)
    }

    /// Whether the bars reach as far back as was asked for.
    pub(super) fn is_reached(&self) -> bool {
        match self.goal {
            Goal::Count(count) => self.bars.len() >= count,
            Goal::Reach(time) | Goal::Restore { anchor: time, .. } => {
                self.oldest().is_some_and(|oldest| oldest <= time)
            }
            Goal::Older { than, count } => self.bars.range(..than).count() >= count,
            Goal::All => false,
        }
    }

    /// Whether nothing more is wanted.
    fn is_satisfied(&self) -> bool {
        match self.goal {
            Goal::Restore { oldest: time, .. } => {
                self.oldest().is_some_and(|oldest| oldest <= time)
            }
            _ => self.is_reached(),
        }
    }

    /// Whether a page was asked for after the first answer, so that what is there may be used if it
    /// never comes.
    pub(super) fn is_paging(&self) -> bool {
        self.asked_at.is_some()
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            pages: self.pages,
            bars: self.bars.len(),
        }
    }

    /// Whether all wanted bars are there, and if not, why.
    pub(super) fn completeness(&self) -> Completeness {
        match self.exhausted() {
            _ if self.is_reached() => Completeness::Complete,
            Some(HistoryEnd::Start) if self.goal == Goal::All => Completeness::Complete,
            Some(HistoryEnd::Start) => Completeness::StartOfData,
            Some(HistoryEnd::Limit) => Completeness::LimitOfPlan,
            Some(other) => Completeness::Other(other.as_str().into()),
            None if self.idle > 1 || self.bars.is_empty() => Completeness::NothingEarlier,
            None => Completeness::PageUnanswered,
        }
    }

    /// Why the server has no earlier bars, if it said so.
    pub(super) fn exhausted(&self) -> Option<&HistoryEnd> {
        self.exhausted.as_ref()
    }

    pub(super) fn bars(&self) -> &BTreeMap<Timestamp, Bar> {
        &self.bars
    }

    /// All bars, and those of them that only live rows reported and that are older than the answer:
    /// they stand alone.
    pub(super) fn into_bars(self) -> (BTreeMap<Timestamp, Bar>, Vec<Bar>) {
        let Self { mut bars, live, .. } = self;
        // Without an answer's row only the newest live one is sure to be followed by the next.
        let first = bars.first_key_value().or_else(|| live.last_key_value());
        let first = first.map_or(Timestamp::from_seconds(i64::MIN), |(time, _)| *time);
        let mut alone = Vec::new();
        for (time, bar) in live {
            if time < Timestamp::from_seconds(first.seconds()) {
                alone.push(bar);
            } else {
                bars.insert(time, bar);
            }
        }
        (bars, alone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(times: impl IntoIterator<Item = i64>) -> Vec<Bar> {
        let bar = |time| Bar {
            time: Timestamp::from_seconds(time),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: None,
        };
        times.into_iter().map(bar).collect()
    }

    #[test]
    fn pages_are_asked_for_until_the_goal_is_reached() {
        let mut fetch = Fetch::new(Goal::Reach(Timestamp::from_seconds(50)));
        fetch.merge(bars(200..300)).unwrap();
        assert_eq!(fetch.complete(None), Step::Ask(1_000));
        fetch.merge(bars(100..200)).unwrap();
        assert_eq!(fetch.complete(None), Step::Ask(2_000));
        fetch.merge(bars(50..100)).unwrap();
        assert_eq!(fetch.complete(None), Step::Done);
        assert!(fetch.is_reached());
        assert_eq!(fetch.into_bars().0.len(), 250);
    }

    #[test]
    fn f40_a_completion_that_comes_twice_is_not_an_end_of_history() {
        let mut fetch = Fetch::new(Goal::Reach(Timestamp::from_seconds(50)));
        fetch.merge(bars(200..300)).unwrap();
        assert!(matches!(fetch.complete(None), Step::Ask(_)));
        assert_eq!(fetch.complete(None), Step::Ask(1_000));
        assert_eq!(fetch.complete(None), Step::Settle);
        fetch.merge(bars(40..200)).unwrap();
        assert_eq!(fetch.complete(None), Step::Done);
        assert_eq!(fetch.completeness(), Completeness::Complete);
    }

    #[test]
    fn the_servers_end_of_history_is_final() {
        let mut fetch = Fetch::new(Goal::All);
        fetch.merge(bars(200..300)).unwrap();
        assert!(matches!(fetch.complete(None), Step::Ask(_)));
        assert!(matches!(fetch.complete(None), Step::Ask(_)));
        assert_eq!(fetch.complete(Some(HistoryEnd::Start)), Step::Done);
        assert_eq!(fetch.exhausted(), Some(&HistoryEnd::Start));
        assert!(!fetch.is_reached());
    }

    #[test]
    fn what_is_missing_is_reported_with_the_reason() {
        let end = |goal, data_completed: &[Option<&str>]| {
            let mut fetch = Fetch::new(goal);
            fetch.merge(bars(200..300)).unwrap();
            for reason in data_completed {
                fetch.complete(reason.map(HistoryEnd::from));
            }
            fetch.completeness()
        };
        let count = Goal::Count(300);
        let stated = Completeness::Other("maintenance".into());
        assert_eq!(end(Goal::Count(100), &[None]), Completeness::Complete);
        assert_eq!(end(Goal::All, &[Some("end")]), Completeness::Complete);
        assert_eq!(end(Goal::All, &[Some("limit")]), Completeness::LimitOfPlan);
        assert_eq!(end(count, &[Some("end")]), Completeness::StartOfData);
        assert_eq!(end(count, &[Some("limit")]), Completeness::LimitOfPlan);
        assert_eq!(end(count, &[Some("maintenance")]), stated);
        assert_eq!(end(count, &[None]), Completeness::PageUnanswered);
        assert_eq!(
            end(count, &[None, None, None]),
            Completeness::NothingEarlier
        );
    }

    #[test]
    fn a_first_answer_without_bars_is_not_a_page() {
        let mut fetch = Fetch::new(Goal::Count(300));
        assert_eq!(fetch.complete(None), Step::Empty);
        assert!(!fetch.is_paging());
        assert_eq!(fetch.completeness(), Completeness::NothingEarlier);
    }

    #[test]
    fn a_change_before_the_answer_stays_if_it_has_more_volume() {
        let bar = |time, volume| Bar {
            volume: Some(volume),
            ..bars([time])[0]
        };
        let mut fetch = Fetch::new(Goal::Count(2));
        fetch.merge_live([bar(60, 9.0), bar(120, 3.0)]).unwrap();
        fetch.merge([bar(60, 5.0), bar(120, 7.0)]).unwrap();
        let (all, alone) = fetch.into_bars();
        let all: Vec<Bar> = all.into_values().collect();
        assert_eq!((all, alone), (vec![bar(60, 9.0), bar(120, 7.0)], vec![]));
    }

    #[test]
    fn live_rows_change_bars_but_reach_nothing() {
        let mut fetch = Fetch::new(Goal::Restore {
            anchor: Timestamp::from_seconds(50),
            oldest: Timestamp::from_seconds(20),
        });
        fetch.merge_live(bars([40, 60])).unwrap();
        fetch.merge(bars(200..300)).unwrap();
        fetch.merge_live(bars([45, 299, 300])).unwrap();
        assert!(matches!(fetch.complete(None), Step::Ask(_)));
        assert!(!fetch.is_reached());
        assert_eq!(fetch.complete(Some(HistoryEnd::Limit)), Step::Done);
        assert!(!fetch.is_reached());
        let (all, alone) = fetch.into_bars();
        assert_eq!(all.len(), 101);
        assert_eq!(alone, bars([40, 45, 60]));
    }

    #[test]
    fn revisions_are_looked_for_beyond_the_anchor_where_there_are_more_bars() {
        let restore = || {
            let mut fetch = Fetch::new(Goal::Restore {
                anchor: Timestamp::from_seconds(50),
                oldest: Timestamp::from_seconds(20),
            });
            fetch.merge(bars(45..60)).unwrap();
            assert!(matches!(fetch.complete(None), Step::Ask(_)));
            assert!(fetch.is_reached());
            fetch
        };
        let mut fetch = restore();
        fetch.merge(bars(20..45)).unwrap();
        assert_eq!(fetch.complete(None), Step::Done);
        // There are no more.
        assert_eq!(restore().complete(None), Step::Done);
    }

    #[test]
    fn a_restore_that_has_not_reached_the_last_known_bar_waits_for_more() {
        let mut fetch = Fetch::new(Goal::Restore {
            anchor: Timestamp::from_seconds(50),
            oldest: Timestamp::from_seconds(20),
        });
        fetch.merge(bars(51..60)).unwrap();
        assert_eq!(fetch.complete(None), Step::Ask(1_000));
        for _ in 0..3 {
            assert_eq!(fetch.complete(None), Step::Wait);
        }
        assert!(!fetch.is_reached());
    }

    #[test]
    fn each_goal_is_reached_at_its_own_border() {
        let reached = |goal, times: std::ops::Range<i64>| {
            let mut fetch = Fetch::new(goal);
            fetch.merge(bars(times)).unwrap();
            fetch.is_reached()
        };
        let at = Timestamp::from_seconds;
        let restore = Goal::Restore {
            anchor: at(50),
            oldest: at(20),
        };
        for goal in [Goal::Reach(at(50)), restore] {
            assert!(reached(goal, 49..60) && reached(goal, 50..60), "{goal:?}");
            assert!(!reached(goal, 51..60) && !reached(goal, 0..0), "{goal:?}");
        }
        assert!(reached(Goal::Count(10), 50..60) && !reached(Goal::Count(10), 51..60));
        let older = Goal::Older {
            than: at(55),
            count: 5,
        };
        assert!(reached(older, 50..60) && !reached(older, 51..60));
        assert!(!reached(Goal::All, 0..60));
    }

    #[test]
    fn older_bars_are_counted_before_a_time_only() {
        let mut fetch = Fetch::new(Goal::Older {
            than: Timestamp::from_seconds(100),
            count: 30,
        });
        assert_eq!(fetch.page(), 30);
        // A session that was renewed holds fewer bars than the reader, so that pages overlap.
        fetch.merge(bars(120..150)).unwrap();
        assert_eq!(fetch.complete(None), Step::Ask(60));
        fetch.merge(bars(90..120)).unwrap();
        assert_eq!(fetch.complete(None), Step::Ask(120));
        fetch.merge(bars(70..90)).unwrap();
        assert_eq!(fetch.complete(None), Step::Done);
    }
}
