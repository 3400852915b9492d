//! The workloads that every measurement of the hot path runs on.
//!
//! They are generated, the same on every machine, in the shapes of recorded traffic. This crate
//! knows how the wire looks and nothing of the code that is measured: frames are written here by
//! hand, so a fault of the library cannot hide in its own measurement.
//!
//! | | messages | frames | content |
//! |---|--:|--:|---|
//! | W1 | 1,020 | 2,556 | one to four updates of quotes in a message, a heartbeat every 50 |
//! | W2 | 100 | 100 | `du`: one bar, one row of a study |
//! | W3 | 1 | 1 | `timescale_update` of 5,000 bars, with tick marks |
//! | W4 | 1 | 1 | the same of 20,000 bars |
//! | W5 | 10,000 | 10,000 | heartbeats |
//! | W6 | 500 | 500 | whole quotes of 28 to 40 fields, nested objects among them |
//! | W7 | 500 | 500 | W6 with descriptions that are not ASCII |

mod chart;
mod quote;
mod random;
mod text;
mod workload;

pub use workload::{
    QUOTE_SESSION, Workload, batch, series, w1, w2, w3, w4, w5, w6, w7, watch_list,
};

#[cfg(test)]
mod tests;
