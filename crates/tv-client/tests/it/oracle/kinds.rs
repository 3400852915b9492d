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
    let (reported, truth) = stream();
    let mut reported = reported.clone();
    assert!(reported.len() > 12, "{}", reported.len());
    doctor(&mut reported);
    Oracle::new(truth.iter().copied()).judge(reported)
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
fn a_lost_bar_is_detected_even_if_a_gap_reports_it() {
    let verdict = judge(|reported| {
        let lost = bar(reported.remove(5)).time;
        let gap = Published::Gap {
            from: lost,
            to: lost + 1,
        };
        reported.push(gap);
    });
    assert_eq!((verdict.lost, verdict.lost_in_gaps), (1, 1));
    assert!(verdict.is_clean() && !verdict.is_perfect());
}

#[test]
fn a_doubled_bar_is_seen() {
    let verdict = judge(|reported| reported.insert(6, reported[5]));
    assert_eq!(verdict.duplicated, 1);
    assert!(!verdict.is_clean());
}

#[test]
fn a_wrong_bar_is_seen() {
    let verdict = judge(|reported| {
        let mut wrong = bar(reported[5]);
        wrong.volume += 1e-5;
        reported[5] = Published::Closed(wrong);
    });
    assert_eq!(verdict.wrong, 1);
    assert!(!verdict.is_clean());
}

#[test]
fn bars_out_of_order_are_seen() {
    let verdict = judge(|reported| reported.swap(5, 6));
    assert_eq!(verdict.out_of_order, 1);
    assert!(!verdict.is_clean());
}

#[test]
fn an_unreported_gap_is_detected() {
    let verdict = judge(|reported| drop(reported.drain(5..8)));
    assert_eq!((verdict.lost, verdict.unreported_gaps), (3, 1));
    assert!(!verdict.is_clean());
}

#[test]
fn a_gap_that_is_none_is_seen() {
    let verdict = judge(|reported| {
        let (from, to) = (bar(reported[5]).time + 1, bar(reported[6]).time);
        reported.insert(6, Published::Gap { from, to });
    });
    assert_eq!(verdict.false_gaps, 1);
    assert!(!verdict.is_clean());
}
