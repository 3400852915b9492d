//! Integration tests of tv-transport: one binary, loopback and memory only.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod driving;
mod ending;
mod rig;
mod secrets;
mod supervising;
mod support;
mod tls;
mod upgrading;
