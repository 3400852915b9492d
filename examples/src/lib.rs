//! Small programs that show one thing each: see the folder `examples/examples`.
//!
//! `cargo run -p tv-examples --example custom_transport` needs no network.
#![expect(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "nobody depends on examples"
)]

pub mod venue;
