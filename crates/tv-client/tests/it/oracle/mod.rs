//! The promise, held against seeded plans of faults: a client in a simulated network, the
//! simulator's market and its ledger, and an oracle that compares every delivered bar with the true
//! one.
//!
//! `TV_ORACLE_SEEDS` sets how many seeds are run (default 100), `TV_ORACLE_FIRST` the first of
//! them, `TV_ORACLE_THREADS` how many at a time; `scripts/oracle` runs many. What a seed has
//! brought to light is kept as a test of its own.

mod kept;
mod kinds;
mod plan;
mod reader;
mod run;
mod studies;

use std::{
    sync::Mutex,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use plan::Scenario;
use run::{Outcome, run};

/// How long, in virtual time, until something is looked at or tried again.
const AGAIN: Duration = Duration::from_secs(1);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Sums over many runs.
#[derive(Debug, Default)]
struct Sums {
    bars: u64,
    lost_in_gaps: u64,
    connections: u64,
    faults: usize,
    resumed: usize,
    revised: usize,
    stale: usize,
    /// Rows of studies that were compared, and changes of their inputs.
    rows: usize,
    inputs: usize,
    failed: Vec<u64>,
}

impl Sums {
    fn add(&mut self, outcome: &Outcome) {
        self.connections += outcome.connections;
        self.faults += outcome.faults;
        self.resumed += outcome.resumed;
        self.revised += outcome.revised;
        self.stale += outcome.stale;
        self.rows += outcome.rows;
        self.inputs += outcome.inputs;
        for verdict in &outcome.verdicts {
            self.bars += verdict.matched;
            self.lost_in_gaps += verdict.lost_in_gaps;
        }
    }
}

#[test]
fn seeded_plans_lose_double_and_hide_nothing() {
    let first = number("TV_ORACLE_FIRST", 0);
    let seeds = number("TV_ORACLE_SEEDS", 100);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let threads = number("TV_ORACLE_THREADS", cores);
    let next = AtomicU64::new(first);
    let sums = Mutex::new(Sums::default());
    let begin = Instant::now();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return;
            }
            let scenario = Scenario::draw(seed);
            let outcome = run(&scenario);
            let mut sums = sums.lock().unwrap();
            sums.add(&outcome);
            if !outcome.is_clean() {
                eprintln!("seed {seed}: {}\n{scenario}", outcome.wrong.join("\n"));
                sums.failed.push(seed);
            }
            if seed % 100 == 99 {
                eprintln!("seed {seed} after {:?}: {sums:?}", begin.elapsed());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let sums = sums.into_inner().unwrap();
    let elapsed = begin.elapsed();
    eprintln!("{seeds} seeds from {first} in {elapsed:?}: {sums:?}");
    assert_eq!(sums.failed, Vec::<u64>::new(), "seeds that failed");
    assert!(sums.connections > seeds, "there was no trouble");
}

#[test]
fn a_market_without_faults_is_reported_as_it_is() {
    for seed in 0..3 {
        let outcome = run(&Scenario::calm(seed));
        let words = outcome.wrong.join("\n");
        assert!(outcome.is_clean(), "seed {seed}: {words}");
        assert_eq!((outcome.connections, outcome.resumed), (1, 0), "{seed}");
    }
}
