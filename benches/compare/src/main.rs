//! Measures our decoder beside others, in one process and interleaved, and prints ratios.
//!
//! `cargo run --release` in this folder. Absolute times depend on the machine and on what else it does; the ratios, taken
//! round by round, repeat within a few percent. Every variant's result is reduced to a digest first, and all digests must
//! be equal, so that nobody wins by skipping what was sent.

mod digest;
mod peers;

use std::{hint::black_box, time::Instant};

use digest::Digest;
use tv_benches::{Workload, w1, w2, w3, w4, w5, w6, w7};
use tv_protocol::{
    frame::{Frame, split},
    message::{Decoder, ServerMessage},
};

const ROUNDS: usize = 15;

/// One way of reading a workload.
struct Variant {
    name: &'static str,
    read: fn(&Workload, &mut Decoder),
}

const VARIANTS: [Variant; 4] = [
    Variant { name: "tradingview-rs parse_packet", read: peers::tradingview_rs },
    Variant { name: "serde_json::Value", read: peers::serde_value },
    Variant { name: "ours by serde", read: by_serde },
    Variant { name: "ours", read: ours },
];

fn by_serde(workload: &Workload, _: &mut Decoder) {
    each_payload(workload, |payload| {
        black_box(ServerMessage::decode(payload));
    });
}

fn ours(workload: &Workload, decoder: &mut Decoder) {
    each_payload(workload, |payload| {
        black_box(decoder.decode(payload));
    });
}

fn each_payload(workload: &Workload, mut decode: impl FnMut(&str)) {
    for message in &workload.messages {
        for frame in split(black_box(message)) {
            match frame {
                Ok(Frame::Json(payload)) => decode(payload),
                other => {
                    let _ = black_box(other);
                }
            }
        }
    }
}

/// The same digest from the peer's values, from plain values, and from both of our readers.
fn check(workload: &Workload) {
    let mut decoder = Decoder::default();
    let mut digests = [Digest::default(); 4];
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
                    digests[2].received(&ServerMessage::decode(payload));
                    digests[3].received(&decoder.decode(payload));
                }
            }
        }
    }
    for (variant, digest) in VARIANTS.iter().zip(&digests) {
        assert_eq!(*digest, digests[3], "{} reads {} otherwise", variant.name, workload.name);
    }
}

/// Runs one variant on one workload a number of times, for callgrind: `tv-compare run VARIANT WORKLOAD TIMES`.
fn run_one(arguments: &[String]) {
    let [_, variant, workload, times] = arguments else { panic!("run VARIANT WORKLOAD TIMES") };
    let variant = &VARIANTS[variant.parse::<usize>().expect("a variant's number")];
    let workload = WORKLOADS.iter().find(|(name, _)| name == workload).expect("a workload").1();
    let mut decoder = Decoder::default();
    for _ in 0..times.parse().expect("a number") {
        (variant.read)(&workload, &mut decoder);
    }
}

const WORKLOADS: [(&str, fn() -> Workload); 7] =
    [("W1", w1), ("W2", w2), ("W3", w3), ("W4", w4), ("W5", w5), ("W6", w6), ("W7", w7)];

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if !arguments.is_empty() {
        return run_one(&arguments);
    }
    println!("ratios to {}; median of {ROUNDS} interleaved rounds\n", VARIANTS[0].name);
    println!("| workload | unit | {} |", VARIANTS.map(|variant| variant.name).join(" | "));
    println!("|---|---|{}", "--:|".repeat(VARIANTS.len()));
    for (_, workload) in WORKLOADS {
        let workload = workload();
        check(&workload);
        let units = if matches!(workload.name, "W3") { 5_000 } else if workload.name == "W4" { 20_000 } else { workload.frames };
        let mut decoder = Decoder::default();
        let mut times = VARIANTS.map(|_| Vec::new());
        let mut ratios = VARIANTS.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            let round = VARIANTS.map(|variant| {
                let repeat = 1 + 2_000_000 / workload.bytes();
                let start = Instant::now();
                for _ in 0..repeat {
                    (variant.read)(&workload, &mut decoder);
                }
                start.elapsed().as_nanos() as f64 / (repeat * units) as f64
            });
            for (index, time) in round.into_iter().enumerate() {
                times[index].push(time);
                ratios[index].push(round[0] / time);
            }
        }
        let cells: Vec<_> = (0..VARIANTS.len())
            .map(|index| format!("{:.1} ns, {:.2}x", median(&mut times[index]), median(&mut ratios[index])))
            .collect();
        let unit = if units == workload.frames { "frame" } else { "bar" };
        println!("| {} | {unit} | {} |", workload.name, cells.join(" | "));
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
