//! Small programs that show one thing each: see the folder `examples/examples`.
//!
//! `cargo run -p tv-examples --example custom_transport` needs no network.
#![expect(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "no crate depends on examples"
)]

pub mod figures;
mod source;
pub mod venue;

pub use source::source;

/// The programs of the README, run as they stand there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
