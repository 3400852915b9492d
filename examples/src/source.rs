//! Where the examples get their data.

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
