//! Measures our reader beside others, in one process and interleaved, and prints ratios.
//!
//! `cargo run --release` in this folder, or with names of workloads behind it. Absolute times
//! depend on the machine; of many short interleaved rounds each variant's best counts, which is the
//! one that nothing disturbed, so that ratios repeat within a few percent. Every variant's result
//! is reduced to a digest first, and all digests must be equal, so that no reader wins by skipping
//! what was sent.

mod digest;
mod ours;
mod peers;
mod targets;

use std::time::Instant;

use digest::Digest;
use ours::State;
use tv_benches::{Workload, w1, w2, w3, w4, w5, w6, w7};
use tv_protocol::frame::{Frame, split};

const ROUNDS: usize = 60;

/// One thing to do with a workload.
pub struct Variant {
    pub name: &'static str,
    run: fn(&Workload, &mut State),
}

/// Places in [`VARIANTS`].
pub const PEER: usize = 0;
pub const SERDE: usize = 2;
pub const OURS: usize = 3;
pub const MERGE: usize = 4;
pub const WALK: usize = 5;
pub const SPLIT: usize = 6;
pub const COPY: usize = 7;

/// How many of them decode, and are compared by their digests.
const READERS: usize = 4;

pub const VARIANTS: [Variant; 8] = [
    Variant {
        name: "tradingview-rs parse_packet",
        run: peers::tradingview_rs,
    },
    Variant {
        name: "serde_json::Value",
        run: peers::serde_value,
    },
    Variant {
        name: "ours by serde",
        run: ours::by_serde,
    },
    Variant {
        name: "ours",
        run: ours::decode,
    },
    Variant {
        name: "ours and merged into a table",
        run: ours::merge,
    },
    Variant {
        name: "splitting by a walk",
        run: peers::walk,
    },
    Variant {
        name: "splitting, ours",
        run: ours::split_only,
    },
    Variant {
        name: "memcpy",
        run: peers::copy,
    },
];

const WORKLOADS: [(&str, fn() -> Workload); 7] = [
    ("W1", w1),
    ("W2", w2),
    ("W3", w3),
    ("W4", w4),
    ("W5", w5),
    ("W6", w6),
    ("W7", w7),
];

/// What was measured on one workload.
pub struct Measured {
    pub workload: &'static str,
    pub bytes_per_unit: f64,
    /// Nanoseconds for each unit, by variant: the best of all rounds.
    times: [f64; VARIANTS.len()],
}

impl Measured {
    /// How long a variant takes for a unit, in nanoseconds.
    pub fn time(&self, variant: usize) -> f64 {
        self.times[variant]
    }

    /// How many times longer one variant takes than another.
    pub fn ratio(&self, slow: usize, fast: usize) -> f64 {
        self.time(slow) / self.time(fast)
    }
}

/// The same digest from the peer's values, from plain values, and from both of our readers.
fn check(workload: &Workload) {
    let mut state = State::default();
    let mut digests = [Digest::default(); READERS];
    for message in &workload.messages {
        peers::digest_tradingview_rs(message, &mut digests[0]);
        for frame in split(message) {
            match frame.expect("the workload is well formed") {
                Frame::Heartbeat(number) => {
                    for digest in &mut digests[1..] {
                        digest.heartbeat(number);
                    }
                }
                Frame::Json(payload) => {
                    digests[1].value(&serde_json::from_str(payload).expect("JSON"));
                    digests[2].received(&state.by_serde.decode(payload));
                    digests[3].received(&state.decoder.decode(payload));
                }
            }
        }
        assert_eq!(
            peers::walk_frames(message).count(),
            split(message).count(),
            "both splitters find as much"
        );
    }
    for (variant, digest) in VARIANTS.iter().zip(&digests) {
        assert_eq!(
            *digest, digests[OURS],
            "{} reads {} otherwise",
            variant.name, workload.name
        );
    }
}

fn measure(workload: &Workload) -> Measured {
    let units = match workload.name {
        "W3" => 5_000,
        "W4" => 20_000,
        _ => workload.frames,
    };
    let mut state = State::default();
    let repeat = 1 + 200_000 / workload.bytes();
    let mut times = [f64::INFINITY; VARIANTS.len()];
    for _ in 0..ROUNDS {
        for (variant, best) in VARIANTS.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..repeat {
                (variant.run)(workload, &mut state);
            }
            *best = best.min(start.elapsed().as_nanos() as f64 / (repeat * units) as f64);
        }
    }
    Measured {
        workload: workload.name,
        bytes_per_unit: workload.bytes() as f64 / units as f64,
        times,
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "run") {
        return run_one(&arguments);
    }
    println!(
        "Ratios to {}; best of {ROUNDS} interleaved rounds.\n",
        VARIANTS[PEER].name
    );
    println!(
        "| workload | unit | {} |",
        VARIANTS.map(|variant| variant.name).join(" | ")
    );
    println!("|---|---|{}", "--:|".repeat(VARIANTS.len()));
    let mut measured = Vec::new();
    for (name, workload) in WORKLOADS {
        if !arguments.is_empty() && !arguments.iter().any(|argument| argument == name) {
            continue;
        }
        let workload = workload();
        check(&workload);
        let found = measure(&workload);
        let cell = |variant| {
            format!(
                "{:.1} ns, {:.2}x",
                found.time(variant),
                found.ratio(PEER, variant)
            )
        };
        let cells: Vec<_> = (0..VARIANTS.len()).map(cell).collect();
        let unit = if matches!(name, "W3" | "W4") {
            "bar"
        } else {
            "frame"
        };
        println!("| {name} | {unit} | {} |", cells.join(" | "));
        measured.push(found);
    }
    if !targets::print(&measured) {
        std::process::exit(1);
    }
}

/// Runs one variant on one workload a number of times, for callgrind: `tv-compare run VARIANT
/// WORKLOAD TIMES`.
fn run_one(arguments: &[String]) {
    let [_, variant, workload, times] = arguments else {
        panic!("run VARIANT WORKLOAD TIMES")
    };
    let variant = &VARIANTS[variant.parse::<usize>().expect("a variant's number")];
    let workload = WORKLOADS
        .iter()
        .find(|(name, _)| name == workload)
        .expect("a workload")
        .1();
    let mut state = State::default();
    for _ in 0..times.parse().expect("a number") {
        (variant.run)(&workload, &mut state);
    }
}
