//! What must hold, and whether it does.

use crate::{COPY, MERGE, Measured, OURS, PEER, SERDE, SPLIT, WALK};

/// A bound that a figure has to keep.
#[derive(Clone, Copy)]
enum Gate {
    AtLeast(f64),
    AtMost(f64),
}

use Gate::{AtLeast, AtMost};

impl Gate {
    fn holds(self, figure: f64) -> bool {
        match self {
            AtLeast(gate) => figure >= gate,
            AtMost(gate) => figure <= gate,
        }
    }
}

/// Prints a row for each target whose workloads were measured; false if one is missed.
pub fn print(measured: &[Measured]) -> bool {
    let find = |workload: &str| measured.iter().find(|found| found.workload == workload);
    // How many times longer one thing takes than another on a workload.
    let ratio = |workload, slow, fast| find(workload).map(|found| found.ratio(slow, fast));
    let per_byte = |workload| find(workload).map(|found| found.time(SPLIT) / found.bytes_per_unit);
    let growth = per_byte("W3")
        .zip(per_byte("W4"))
        .map(|(small, large)| large / small);

    let mut rows = vec![
        (
            "P1",
            "splitting W1, beside a walk over characters",
            AtLeast(10.0),
            ratio("W1", WALK, SPLIT),
        ),
        (
            "P2",
            "splitting W1, bandwidth as a share of memcpy",
            AtLeast(0.20),
            ratio("W1", COPY, SPLIT),
        ),
        (
            "P2",
            "the same, W6",
            AtLeast(0.35),
            ratio("W6", COPY, SPLIT),
        ),
        ("P2", "the same, W3", AtLeast(1.0), ratio("W3", COPY, SPLIT)),
        (
            "P3",
            "splitting, time per byte of W4 to W3",
            AtMost(2.0),
            growth,
        ),
        ("P4", "decoding W1", AtLeast(4.5), ratio("W1", PEER, OURS)),
        ("P5", "decoding W6", AtLeast(5.5), ratio("W6", PEER, OURS)),
        ("P6", "decoding W2", AtLeast(7.0), ratio("W2", PEER, OURS)),
        ("P7", "decoding W3", AtLeast(6.0), ratio("W3", PEER, OURS)),
        ("P7", "decoding W4", AtLeast(6.0), ratio("W4", PEER, OURS)),
        (
            "P8",
            "a bar of W3, in times of its memcpy",
            AtMost(45.0),
            ratio("W3", OURS, COPY),
        ),
        (
            "P9",
            "decoding W1, beside our own reading by serde",
            AtLeast(1.6),
            ratio("W1", SERDE, OURS),
        ),
        ("P9", "the same, W3", AtLeast(1.9), ratio("W3", SERDE, OURS)),
    ];
    for found in measured {
        rows.push((
            "P10",
            by_serde_on(found.workload),
            AtLeast(2.5),
            Some(found.ratio(PEER, SERDE)),
        ));
    }
    rows.push((
        "P13",
        "heartbeats, ours with the echo built",
        AtLeast(2.8),
        ratio("W5", PEER, OURS),
    ));
    rows.push((
        "P16",
        "decoding and merging W1, to decoding",
        AtMost(1.25),
        ratio("W1", MERGE, OURS),
    ));

    println!("\n| | | gate | measured | |\n|---|---|--:|--:|---|");
    let mut all_hold = true;
    for (target, what, gate, figure) in rows {
        let Some(figure) = figure else { continue };
        let (bound, holds) = match gate {
            AtLeast(bound) => (format!("≥ {bound}"), gate.holds(figure)),
            AtMost(bound) => (format!("≤ {bound}"), gate.holds(figure)),
        };
        all_hold &= holds;
        println!(
            "| {target} | {what} | {bound} | {figure:.2} | {} |",
            if holds { "holds" } else { "MISSED" }
        );
    }
    all_hold
}

fn by_serde_on(workload: &str) -> &'static str {
    match workload {
        "W1" => "reading W1 by serde",
        "W2" => "reading W2 by serde",
        "W3" => "reading W3 by serde",
        "W4" => "reading W4 by serde",
        "W5" => "reading W5 by serde",
        "W6" => "reading W6 by serde",
        _ => "reading W7 by serde",
    }
}
