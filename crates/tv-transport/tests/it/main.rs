//! Integration tests of tv-transport: one binary, loopback and memory only.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod driving;
mod support;
