//! Integration tests of tv-protocol.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod decoder;
mod determinism;
mod fixtures;
mod layering;
mod properties;
mod recordings;
mod refusals;
mod seeds;
mod studies;
mod values;
