//! Integration tests of tv-http.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "metrics")]
mod counting;
#[cfg(feature = "client")]
mod faults;
mod layering;
#[cfg(feature = "client")]
mod login;
#[cfg(feature = "client")]
mod proxies;
mod recordings;
#[cfg(feature = "client")]
mod secrets;
mod seeds;
#[cfg(feature = "client")]
mod server;
#[cfg(feature = "client")]
mod simulator;
#[cfg(feature = "client")]
mod table;
mod variants;
