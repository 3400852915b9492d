//! Integration tests of tv-transport: one binary, loopback and memory only.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "deflate")]
mod compressed;
mod connect_faults;
#[cfg(feature = "metrics")]
mod counting;
#[cfg(feature = "deflate")]
mod deflating;
mod driving;
mod ending;
mod herd;
mod layering;
mod numbered;
mod open_faults;
#[cfg(feature = "deflate")]
mod peers;
mod rig;
mod runtimes;
mod secrets;
mod simulated;
mod supervising;
mod support;
mod tls;
mod upgrading;
