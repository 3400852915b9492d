//! The simulator inside this process.

use sim::SimServer;

use crate::{
    args::ConnectionArgs,
    exit::{Failure, chain},
};

/// Starts the simulator of `--sim`.
pub(crate) async fn start(args: &ConnectionArgs) -> Result<SimServer, Failure> {
    let started = SimServer::builder()
        .seed(args.sim_seed.unwrap_or(1))
        .rate(args.sim_rate.unwrap_or(10.0))
        .start()
        .await
        .map_err(|error| Failure::Internal(chain(&error)))?;
    tracing::info!(url = %started.url(), "simulator started");
    Ok(started)
}
