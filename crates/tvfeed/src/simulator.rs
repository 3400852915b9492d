//! The simulator inside this process.

use std::time::SystemTime;

use client::Timestamp;
use sim::SimServer;

use crate::{
    args::ConnectionArgs,
    exit::{Failure, chain},
};

/// The present time: of this machine, or of the market that `--sim` begins at another time.
pub(crate) fn now(args: &ConnectionArgs) -> Timestamp {
    match args.sim_epoch.filter(|_| args.sim) {
        Some(epoch) => Timestamp::from_seconds(epoch.div_euclid(1_000)),
        None => SystemTime::now().into(),
    }
}

/// Starts the simulator of `--sim`.
pub(crate) async fn start(args: &ConnectionArgs) -> Result<SimServer, Failure> {
    let mut builder = SimServer::builder()
        .seed(args.sim_seed.unwrap_or(1))
        .rate(args.sim_rate.unwrap_or(10.0))
        .speed(args.sim_speed.unwrap_or(1.0));
    if let Some(epoch) = args.sim_epoch {
        builder = builder.epoch(epoch);
    }
    let started = builder
        .start()
        .await
        .map_err(|error| Failure::Internal(chain(&error)))?;
    tracing::info!(url = %started.url(), "simulator started");
    Ok(started)
}
