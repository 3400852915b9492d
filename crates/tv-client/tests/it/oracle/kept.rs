//! What seeds have brought to light, by what went wrong. The plans are those that were drawn,
//! written down, so that they stay what they were if the drawing changes.

use super::{plan::Scenario, run::run};

fn survive(epoch: i64, speed: f64, seconds: u64, plan: &str) {
    let outcome = run(&Scenario::kept(epoch, speed, seconds, plan));
    assert!(outcome.is_clean(), "{}", outcome.wrong.join("\n"));
}

/// Live data extended the deadline of the answer for ever.
#[test]
fn f42_a_completion_that_is_lost_while_data_flows_left_a_series_interrupted() {
    let plan = "
        when time 5980ms do black-hole both for 49196ms
        when time 32309ms do black-hole in for 26676ms
        when time 55708ms do restart losing for 1633ms
        when kind series_completed and time 54792ms..96s and times 1 do stall for 19550ms
    ";
    survive(1_793_390_077_258, 1.0, 96, plan);
    let plan = "
        when time 15996ms do restart losing for 12s
        when kind series_completed and time 16s..74s and times 1 do length +3
    ";
    survive(1_793_390_104_700, 1.0, 74, plan);
}

/// The newest bars of the answer stood in a frame that was skipped; what was there before them was
/// taken for the whole.
#[test]
fn f37_an_answer_in_a_frame_of_a_wrong_length_left_a_wrong_bar() {
    for wrong in ["+3", "-1", "+100000", "\"-1\""] {
        let plan = format!(
            "when time 20s do restart losing for 70s
             when connection 2 and kind timescale_update and nth 1 do length {wrong}"
        );
        survive(1_795_802_241_916, 1.0, 100, &plan);
    }
}

/// So did live bars.
#[test]
fn f37_live_bars_in_frames_of_wrong_lengths_were_lost() {
    for wrong in ["+100000", "-2"] {
        let plan = format!(
            "when time 16s do reset
             when connection 2 and kind du and nth 20..40 and times 9 do length {wrong}
             when kind qsd and nth 9 and times 3 do length {wrong}"
        );
        survive(1_790_735_142_369, 600.0, 60, &plan);
    }
}

/// The completion stood in the same text as the frame that was skipped, and passed for that of a
/// whole answer.
#[test]
fn f37_a_first_history_in_a_frame_of_a_wrong_length_was_taken_for_empty() {
    let plan = "when connection 1 and kind timescale_update and nth 1..3 do length -1";
    survive(1_790_726_482_667, 1.0, 40, plan);
}

/// Live bars that the server never sends are loaded, in order, whether they are one or several, and
/// also where another bar is missing while they are loaded.
#[test]
fn bars_that_are_missing_from_the_live_stream_are_filled_in() {
    for (count, again) in [(1, "times 1"), (3, "times 1"), (2, "every 50")] {
        let plan = format!("when kind du and nth 5.. and {again} do skip-bars {count}");
        survive(1_790_726_482_667, 30.0, 60, &plan);
    }
}

/// A queue that was full dropped not only bars, but also that there is a gap, and that the series
/// goes on.
#[test]
fn f60_more_bars_than_fit_push_out_the_resumption() {
    let plan = "when time 10s do restart losing for 1000s";
    survive(1_793_512_856_648, 600.0, 1_050, plan);
}
