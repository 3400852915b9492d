//! The oracle sees what it is there for: the stream of a client without fault, changed in each of
//! six ways.

use std::sync::LazyLock;

use sim::{LedgerBar, Oracle, Published, Verdict};

use super::{plan::Scenario, run::run};

/// The bars that the first series delivered in a run without faults, and the true ones.
fn stream() -> &'static (Vec<Published>, Vec<LedgerBar>) {
    static STREAM: LazyLock<(Vec<Published>, Vec<LedgerBar>)> = LazyLock::new(|| {
        let mut outcome = run(&Scenario::calm(1));
        assert!(outcome.is_clean(), "{:?}", outcome.wrong);
        outcome.streams.swap_remove(0)
    });
    &STREAM
}

fn judge(doctor: impl FnOnce(&mut Vec<Published>)) -> Verdict {
    let (told, truth) = stream();
    let mut told = told.clone();
    assert!(told.len() > 12, "{}", told.len());
    doctor(&mut told);
    Oracle::new(truth.iter().copied()).judge(told)
}

fn bar(published: Published) -> LedgerBar {
    match published {
        Published::Closed(bar) => bar,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_wrong_with_what_was_not_doctored() {
    assert!(judge(|_| {}).is_perfect());
}

#[test]
fn a_lost_bar_is_seen_even_if_a_gap_tells_of_it() {
    let verdict = judge(|told| {
        let lost = bar(told.remove(5)).time;
        let gap = Published::Gap {
            from: lost,
            to: lost + 1,
        };
        told.push(gap);
    });
    assert_eq!((verdict.lost, verdict.lost_in_gaps), (1, 1));
    assert!(verdict.is_clean() && !verdict.is_perfect());
}

#[test]
fn a_doubled_bar_is_seen() {
    let verdict = judge(|told| told.insert(6, told[5]));
    assert_eq!(verdict.duplicated, 1);
    assert!(!verdict.is_clean());
}

#[test]
fn a_wrong_bar_is_seen() {
    let verdict = judge(|told| {
        let mut wrong = bar(told[5]);
        wrong.volume += 1e-5;
        told[5] = Published::Closed(wrong);
    });
    assert_eq!(verdict.wrong, 1);
    assert!(!verdict.is_clean());
}

#[test]
fn bars_out_of_order_are_seen() {
    let verdict = judge(|told| told.swap(5, 6));
    assert_eq!(verdict.out_of_order, 1);
    assert!(!verdict.is_clean());
}

#[test]
fn a_gap_that_nobody_reports_is_seen() {
    let verdict = judge(|told| drop(told.drain(5..8)));
    assert_eq!((verdict.lost, verdict.unreported_gaps), (3, 1));
    assert!(!verdict.is_clean());
}

#[test]
fn a_gap_that_is_none_is_seen() {
    let verdict = judge(|told| {
        let (from, to) = (bar(told[5]).time + 1, bar(told[6]).time);
        told.insert(6, Published::Gap { from, to });
    });
    assert_eq!(verdict.false_gaps, 1);
    assert!(!verdict.is_clean());
}
