//! The places of bars in their series, which count up by one: a jump shows that bars are missing.
//!
//! Places hold within one session only. Some servers number their bars anew with a page of earlier
//! ones, and some places cannot be relied on. A doubtful difference does not count as a jump.

use std::collections::BTreeSet;

use protocol::{message::server::Timescale, time::Timestamp};

/// The most bars that one jump leaves out. A larger one is another way of counting.
const MAX_JUMP: i64 = 10_000;

/// The most runs of places that are kept. Places that jump more often mean nothing.
const MAX_RUNS: usize = 1_000;

/// Where bars are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// The bar before the missing ones.
    pub(super) from: Timestamp,
    /// The bar after them.
    pub(super) to: Timestamp,
    /// The place of the first missing bar.
    pub(super) first: i64,
    /// How many bars are missing.
    pub(super) missing: usize,
}

/// A bar's open time and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BarPlace {
    pub(super) time: Timestamp,
    pub(super) index: i64,
}

impl BarPlace {
    /// The bars that are missing between this and a later one.
    pub(super) fn hole_before(self, next: Self) -> Option<Hole> {
        let jump = next.index.checked_sub(self.index)?;
        if next.time <= self.time || !(2..=MAX_JUMP).contains(&jump) {
            return None;
        }
        Some(Hole {
            from: self.time,
            to: next.time,
            first: self.index + 1,
            missing: usize::try_from(jump - 1).ok()?,
        })
    }
}

/// Bars that follow each other in time and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    first: BarPlace,
    last: BarPlace,
    /// How often bars had been numbered anew before.
    numbering: u32,
}

/// The places of all rows of an answer.
#[derive(Debug, Default)]
pub(super) struct BarPlaces {
    runs: Vec<Run>,
    /// Places of rows that could not be read, which are reported otherwise.
    odd: BTreeSet<i64>,
    numbering: u32,
    /// Whether they mean nothing.
    is_void: bool,
}

impl BarPlaces {
    /// Bars may have other places from here on.
    pub(super) fn renumber(&mut self) {
        self.numbering = self.numbering.saturating_add(1);
    }

    /// Notes a row that could not be read, and its place if that could.
    pub(super) fn note_odd(&mut self, index: Option<i64>) {
        match index {
            Some(index) => {
                self.odd.insert(index);
            }
            None => self.is_void = true,
        }
    }

    /// Takes in the rows of one message.
    pub(super) fn extend(&mut self, places: impl IntoIterator<Item = BarPlace>) {
        let mut is_begun = false;
        for place in places {
            if self.is_void {
                return;
            }
            match self.runs.last_mut() {
                Some(run)
                    if is_begun
                        && run.last.time < place.time
                        && run.last.index.checked_add(1) == Some(place.index) =>
                {
                    run.last = place;
                }
                _ => self.runs.push(Run {
                    first: place,
                    last: place,
                    numbering: self.numbering,
                }),
            }
            is_begun = true;
            if self.runs.len() > MAX_RUNS {
                self.is_void = true;
                self.runs.clear();
            }
        }
    }

    /// The oldest and the newest bar, if places mean something and bars were numbered once only.
    pub(super) fn ends(&self) -> Option<(BarPlace, BarPlace)> {
        if self.is_void || self.numbering > 0 {
            return None;
        }
        let oldest = self.runs.iter().map(|run| run.first).min()?;
        let newest = self.runs.iter().map(|run| run.last).max()?;
        Some((oldest, newest))
    }

    /// Where bars are missing, oldest first. None if the places contradict each other.
    pub(super) fn holes(&self) -> Vec<Hole> {
        let mut runs = self.runs.clone();
        runs.sort_unstable();
        let mut runs = runs.into_iter();
        let mut holes = Vec::new();
        let Some(mut before) = runs.next().filter(|_| !self.is_void) else {
            return holes;
        };
        for run in runs {
            if run.numbering != before.numbering {
                // One that lies inside, or continues later.
                if run.last.time > before.last.time {
                    before = run;
                }
                continue;
            }
            let is_later = run.first.time > before.last.time;
            // Rows may come again, at their places.
            if is_later != (run.first.index > before.last.index)
                || run.first.index < before.first.index
                || (run.first.time == before.first.time && run.first.index != before.first.index)
                || (run.last.time > before.last.time) != (run.last.index > before.last.index)
            {
                return Vec::new();
            }
            if is_later && let Some(mut hole) = before.last.hole_before(run.first) {
                let odd = self.odd.range(hole.first..run.first.index).count();
                hole.missing = hole.missing.saturating_sub(odd);
                if hole.missing > 0 {
                    holes.push(hole);
                }
            }
            before = Run {
                last: before.last.max(run.last),
                ..run
            };
        }
        holes
    }
}

/// What a series knows of the places in its session.
#[derive(Clone, Debug, Default)]
pub(super) struct PlaceWatch {
    /// Whether the server's places mean nothing.
    pub(super) is_off: bool,
    /// The hole for which bars were requested again.
    pub(super) asked: Option<Hole>,
    /// How far places have moved.
    zoffset: i64,
    /// The oldest bar of the session.
    pub(super) oldest: Option<BarPlace>,
    /// The newest bar of the session, unless bars may have other places since.
    pub(super) newest: Option<BarPlace>,
}

impl PlaceWatch {
    /// A watch that sees nothing if `is_off`.
    pub(super) fn new(is_off: bool) -> Self {
        Self {
            is_off,
            ..Self::default()
        }
    }

    /// A session begins.
    pub(super) fn begin_session(&mut self) {
        *self = Self {
            is_off: self.is_off,
            asked: self.asked,
            ..Self::default()
        };
    }

    /// An answer is complete, with these bars at its ends.
    pub(super) fn begin_live(&mut self, ends: Option<(BarPlace, BarPlace)>) {
        self.oldest = ends.map(|(oldest, _)| oldest);
        self.newest = ends.map(|(_, newest)| newest);
    }

    /// Takes in a time scale. Returns whether bars have other places from now on.
    pub(super) fn is_renumbered(&mut self, scale: &Timescale<'_>) -> bool {
        let moved = std::mem::replace(&mut self.zoffset, scale.zoffset) != scale.zoffset;
        let is_renumbered = moved || !scale.index_diff().is_empty();
        if is_renumbered {
            self.oldest = None;
            self.newest = None;
        }
        is_renumbered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars of a minute; each has its number as its time.
    fn rows(numbers: impl IntoIterator<Item = i64>, shift: i64) -> Vec<BarPlace> {
        let place = |number: i64| BarPlace {
            time: Timestamp::from_seconds(number * 60),
            index: number + shift,
        };
        numbers.into_iter().map(place).collect()
    }

    fn holes(messages: &[Vec<BarPlace>]) -> Vec<(i64, i64, usize)> {
        let mut places = BarPlaces::default();
        for message in messages {
            places.extend(message.iter().copied());
        }
        let short = |hole: Hole| {
            let minute = |time: Timestamp| time.seconds() / 60;
            (minute(hole.from), minute(hole.to), hole.missing)
        };
        places.holes().into_iter().map(short).collect()
    }

    #[test]
    fn a_new_session_keeps_only_whether_places_mean_anything_and_what_was_asked() {
        let place = BarPlace {
            time: Timestamp::from_seconds(0),
            index: 7,
        };
        let hole = Hole {
            from: Timestamp::from_seconds(0),
            to: Timestamp::from_seconds(300),
            first: 1,
            missing: 4,
        };
        for is_off in [false, true] {
            let mut watch = PlaceWatch::new(is_off);
            watch.asked = Some(hole);
            watch.begin_live(Some((place, place)));
            watch.begin_session();
            assert_eq!((watch.is_off, watch.asked), (is_off, Some(hole)));
            assert_eq!((watch.oldest, watch.newest), (None, None));
        }
    }

    #[test]
    fn a_jump_is_a_hole_within_a_message_and_between_two() {
        assert_eq!(holes(&[rows((0..5).chain(8..10), 0)]), [(4, 8, 3)]);
        assert_eq!(holes(&[rows(0..5, 0), rows(8..10, 0)]), [(4, 8, 3)]);
        // The newer half first, as with pages.
        assert_eq!(holes(&[rows(0..5, 0), rows(-9..-2, 0)]), [(-3, 0, 2)]);
    }

    #[test]
    fn parts_in_any_order_and_rows_that_come_again_are_not_a_hole() {
        let none: [(i64, i64, usize); 0] = [];
        assert_eq!(holes(&[rows(5..9, 0), rows(-3..0, 0), rows(0..5, 0)]), none);
        assert_eq!(holes(&[rows(0..9, 0), rows(4..5, 0), rows(7..12, 0)]), none);
        assert_eq!(holes(&[rows([3, 1, 2, 0, 4], 0)]), none);
        assert_eq!(holes(&[rows(0..5, 0), rows(8..10, 0), rows(5..8, 0)]), none);
    }

    #[test]
    fn places_that_contradict_each_other_show_no_hole() {
        let none: [(i64, i64, usize); 0] = [];
        // Numbered from 0 again, with and without rows that come again.
        assert_eq!(holes(&[rows(0..9, 0), rows(-5..0, 5)]), none);
        assert_eq!(holes(&[rows(0..9, 0), rows(7..12, 5)]), none);
        let same = |time| BarPlace {
            time: Timestamp::from_seconds(time),
            index: 0,
        };
        assert_eq!(holes(&[(0..9).map(same).collect()]), none);
        // Another way of counting before the first bar.
        assert_eq!(holes(&[rows(0..9, 0), rows(-5..0, -1_000_000)]), none);
    }

    #[test]
    fn numbers_of_different_countings_are_not_compared() {
        let mut places = BarPlaces::default();
        places.extend(rows(0..5, 0));
        places.renumber();
        places.extend(rows((-9..-4).chain(-3..0), -20));
        let holes = places.holes();
        assert_eq!(holes.len(), 1);
        assert_eq!((holes[0].first, holes[0].missing), (-24, 1));
        assert_eq!(places.ends(), None);
    }

    #[test]
    fn rows_that_could_not_be_read_are_not_a_hole() {
        let mut places = BarPlaces::default();
        places.extend(rows((0..5).chain(7..10), 0));
        places.note_odd(Some(5));
        assert_eq!(places.holes()[0].missing, 1);
        places.note_odd(Some(6));
        assert_eq!(places.holes(), []);
        let mut places = BarPlaces::default();
        places.extend(rows((0..5).chain(7..10), 0));
        places.note_odd(None);
        assert_eq!(places.holes(), []);
    }
}
