//! A raw WebSocket client against the simulator, and an independent reading of the recorded frames.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may fail loudly, and says aloud what it skips"
)]

mod charts;
mod client;
mod connection;
mod faults;
mod ledger;
mod load;
mod quotes;
mod random;
mod recordings;
mod shapes;
mod site;
mod studies;
#[cfg(feature = "tls")]
mod tls;
mod wire;
