//! Rows of the table: each does one thing that the client can do, and says how it went.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CLIENT: &str = "tradingview-rs";

/// How many seconds a row may take. This is for machines that are slow: it ends what hangs, and
/// says nothing about how long anything should take.
pub const LIMIT: u64 = 90;

static FAILURES: AtomicUsize = AtomicUsize::new(0);

/// What went well says a detail or nothing; what did not, why.
pub type Outcome = Result<String, String>;

/// Runs one row. Not ending in time is a failure.
pub async fn row(name: &str, seconds: u64, run: impl Future<Output = Outcome>) {
    let outcome = tokio::time::timeout(Duration::from_secs(seconds), run)
        .await
        .unwrap_or_else(|_| Err(format!("not done after {seconds} s")));
    match outcome {
        Ok(detail) => println!("ok\t{CLIENT}\t{name}\t{detail}"),
        Err(reason) => {
            FAILURES.fetch_add(1, Ordering::Relaxed);
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            println!("FAILED\t{CLIENT}\t{name}\t{reason}");
        }
    }
}

/// How many rows failed.
pub fn failed() -> usize {
    FAILURES.load(Ordering::Relaxed)
}

/// Fails unless both are equal.
pub fn same<T: PartialEq + Debug>(found: T, wanted: T, what: &str) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {found:?}, not {wanted:?}"))
    }
}

/// Fails unless it holds.
pub fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
