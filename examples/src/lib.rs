//! Small programs that show one thing each: see the folder `examples/examples`.
//!
//! `cargo run -p tv-examples --example custom_transport` needs no network.
#![expect(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "nobody depends on examples"
)]

pub mod venue;

use tv_client::Server;
use tv_sim::{SimBuilder, SimError, SimServer};

/// The address that an example takes its data from, and the simulator behind it, which serves for
/// as long as it is kept.
///
/// With `TV_LIVE` in the environment it is TradingView's address, and there is no simulator. That
/// is unofficial: mind the terms of use.
///
/// # Errors
///
/// Fails if the simulator cannot be started.
pub async fn source(simulator: SimBuilder) -> Result<(String, Option<SimServer>), SimError> {
    if std::env::var_os("TV_LIVE").is_some() {
        return Ok((Server::Data.url(), None));
    }
    let simulator = simulator.start().await?;
    Ok((simulator.url(), Some(simulator)))
}

/// The programs of the README, run as they stand there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
