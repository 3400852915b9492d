//! Compares what a client published with what is true.

use std::collections::BTreeMap;

use serde::Serialize;

use super::truth::LedgerBar;

/// Examples that a verdict gives of each kind of fault.
const EXAMPLES: usize = 5;

/// What a client reported about a series, in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Published {
    /// A closed bar, for the first time.
    Closed(LedgerBar),
    /// A bar that was reported before and has changed.
    Revised(LedgerBar),
    /// Bars that open at or after `from` and before `to` (seconds UTC) are missing for good.
    Gap {
        /// The beginning, in seconds UTC.
        from: i64,
        /// The end, in seconds UTC.
        to: i64,
    },
}

/// The true bars of a series, with which a client's reports are compared.
///
/// ```
/// use tv_sim::{LedgerBar, Oracle, Published};
///
/// let bar = |time| LedgerBar::new(time, [1.0; 4], 5.0);
/// let oracle = Oracle::new([bar(60), bar(120), bar(180)]);
/// let reported = [bar(60), bar(60), bar(180)].map(Published::Closed);
/// let verdict = oracle.judge(reported);
/// assert_eq!((verdict.lost, verdict.duplicated, verdict.unreported_gaps), (1, 1, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Oracle {
    truth: BTreeMap<i64, LedgerBar>,
}

/// How a client did. All numbers but `expected` and `matched` should be 0, and `lost` equals
/// `lost_in_gaps` at best where something is lost for good.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Closed bars that exist.
    pub expected: u64,
    /// Bars whose last report is true.
    pub matched: u64,
    /// Bars that were never reported.
    pub lost: u64,
    /// Those of them that a reported gap covers.
    pub lost_in_gaps: u64,
    /// Bars that were reported as closed again.
    pub duplicated: u64,
    /// Bars whose last report differs from the truth.
    pub wrong: u64,
    /// Bars that were reported as closed after a later one.
    pub out_of_order: u64,
    /// Bars that were reported but do not exist.
    pub unknown: u64,
    /// Revisions of bars that were not reported before.
    pub baseless: u64,
    /// Stretches of lost bars that no reported gap covers.
    pub unreported_gaps: u64,
    /// Reported gaps in which nothing is lost.
    pub false_gaps: u64,
    /// The times of the first few bars of each kind of fault.
    pub examples: BTreeMap<String, Vec<i64>>,
}

impl Verdict {
    /// Whether all reports are true, and every lost bar is in a reported gap.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost == self.lost_in_gaps
            && self.duplicated == 0
            && self.wrong == 0
            && self.out_of_order == 0
            && self.unknown == 0
            && self.baseless == 0
            && self.unreported_gaps == 0
            && self.false_gaps == 0
    }

    /// Whether all reports are true, and no bar is lost.
    #[must_use]
    pub fn is_perfect(&self) -> bool {
        self.is_clean() && self.lost == 0
    }

    fn note(&mut self, what: &str, time: i64) {
        let times = self.examples.entry(what.to_owned()).or_default();
        if times.len() < EXAMPLES {
            times.push(time);
        }
    }
}

impl Oracle {
    /// Makes an oracle that knows these closed bars: all that the client should report, and no
    /// others. [`Ledger::bars`](super::Ledger::bars) has them.
    #[must_use]
    pub fn new(truth: impl IntoIterator<Item = LedgerBar>) -> Self {
        Self {
            truth: truth.into_iter().map(|bar| (bar.time, bar)).collect(),
        }
    }

    /// Compares a client's reports, in their order, with the truth. Values must be equal to the
    /// last bit.
    #[must_use]
    pub fn judge(&self, reported: impl IntoIterator<Item = Published>) -> Verdict {
        let mut verdict = Verdict {
            expected: self.truth.len() as u64,
            ..Verdict::default()
        };
        let mut last_words: BTreeMap<i64, LedgerBar> = BTreeMap::new();
        let mut gaps = Vec::new();
        let mut newest = i64::MIN;
        for published in reported {
            match published {
                Published::Gap { from, to } => gaps.push((from, to)),
                Published::Closed(bar) => {
                    if last_words.insert(bar.time, bar).is_some() {
                        verdict.duplicated += 1;
                        verdict.note("duplicated", bar.time);
                    } else if bar.time < newest {
                        verdict.out_of_order += 1;
                        verdict.note("out_of_order", bar.time);
                    }
                    newest = newest.max(bar.time);
                }
                Published::Revised(bar) => {
                    if last_words.insert(bar.time, bar).is_none() {
                        verdict.baseless += 1;
                        verdict.note("baseless", bar.time);
                    }
                }
            }
        }
        self.compare(&last_words, &mut verdict);
        self.find_gaps(&last_words, &gaps, &mut verdict);
        verdict
    }

    fn compare(&self, last_words: &BTreeMap<i64, LedgerBar>, verdict: &mut Verdict) {
        for (time, bar) in last_words {
            match self.truth.get(time) {
                Some(truth) if truth == bar => verdict.matched += 1,
                Some(_) => {
                    verdict.wrong += 1;
                    verdict.note("wrong", *time);
                }
                None => {
                    verdict.unknown += 1;
                    verdict.note("unknown", *time);
                }
            }
        }
    }

    fn find_gaps(
        &self,
        last_words: &BTreeMap<i64, LedgerBar>,
        gaps: &[(i64, i64)],
        verdict: &mut Verdict,
    ) {
        let lost = |time: &i64| !last_words.contains_key(time);
        let mut in_stretch = false;
        for time in self.truth.keys() {
            let covered = gaps.iter().any(|(from, to)| (*from..*to).contains(time));
            if !lost(time) {
                in_stretch = false;
                continue;
            }
            verdict.lost += 1;
            verdict.note("lost", *time);
            if covered {
                verdict.lost_in_gaps += 1;
                in_stretch = false;
            } else {
                verdict.unreported_gaps += u64::from(!in_stretch);
                in_stretch = true;
            }
        }
        for (from, to) in gaps {
            if from >= to || !self.truth.range(from..to).any(|(time, _)| lost(time)) {
                verdict.false_gaps += 1;
                verdict.note("false_gaps", *from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(time: i64) -> LedgerBar {
        LedgerBar::new(time, [1.0, 2.0, 0.5, 1.5], 10.0)
    }

    fn judge(reported: impl IntoIterator<Item = Published>) -> Verdict {
        Oracle::new((1..=10).map(|n| bar(n * 60))).judge(reported)
    }

    #[test]
    fn the_truth_is_perfect() {
        let verdict = judge((1..=10).map(|n| Published::Closed(bar(n * 60))));
        assert!(verdict.is_perfect() && verdict.examples.is_empty());
        assert_eq!((verdict.expected, verdict.matched), (10, 10));
    }

    #[test]
    fn each_fault_is_counted_once_and_in_its_place() {
        let wrong = LedgerBar::new(120, [9.0; 4], 1.0);
        let verdict = judge([
            Published::Closed(bar(60)),
            Published::Closed(wrong),
            Published::Closed(bar(60)),
            Published::Closed(bar(240)),
            Published::Closed(bar(180)),
            Published::Closed(bar(61)),
            Published::Revised(bar(300)),
        ]);
        assert_eq!((verdict.wrong, verdict.duplicated), (1, 1));
        assert_eq!(
            (verdict.out_of_order, verdict.unknown, verdict.baseless),
            (2, 1, 1)
        );
        // 360 to 600, in one stretch.
        assert_eq!((verdict.lost, verdict.unreported_gaps), (5, 1));
        assert_eq!(
            verdict.examples.get("lost"),
            Some(&vec![360, 420, 480, 540, 600])
        );
        assert!(!verdict.is_clean());
    }

    #[test]
    fn a_revision_is_the_last_word() {
        let mut reported: Vec<Published> =
            (1..=10).map(|n| Published::Closed(bar(n * 60))).collect();
        reported.insert(0, Published::Closed(LedgerBar::new(60, [9.0; 4], 1.0)));
        reported[1] = Published::Revised(bar(60));
        assert!(judge(reported.clone()).is_perfect());
        reported.push(Published::Revised(LedgerBar::new(120, [9.0; 4], 1.0)));
        assert_eq!(judge(reported).wrong, 1);
    }

    #[test]
    fn reported_gaps_excuse_what_they_cover_and_nothing_else() {
        let reported = |gap: (i64, i64)| {
            let bars = [1, 2, 6, 9, 10].map(|n| Published::Closed(bar(n * 60)));
            let (from, to) = gap;
            judge(bars.into_iter().chain([Published::Gap { from, to }]))
        };
        // 180 to 300 and 420 to 480 are lost.
        let verdict = reported((180, 301));
        assert_eq!((verdict.lost, verdict.lost_in_gaps), (5, 3));
        assert_eq!((verdict.unreported_gaps, verdict.false_gaps), (1, 0));
        let verdict = reported((240, 241));
        assert_eq!((verdict.lost_in_gaps, verdict.unreported_gaps), (1, 3));
        assert!(reported((180, 481)).is_clean() && !reported((180, 481)).is_perfect());
        assert_eq!(reported((540, 700)).false_gaps, 1);
        assert_eq!(reported((300, 180)).false_gaps, 1);
    }
}
