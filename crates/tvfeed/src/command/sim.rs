//! `tvfeed sim`: a simulated TradingView for whoever connects.

use std::{fs, path::Path};

use sim::{FaultPlan, Recording, SimBuilder, SimError, SimServer};

use crate::{
    args::SimArgs,
    exit::{Failure, chain},
    output::Output,
    stop::Stop,
};

/// Serves until the user ends it. The first line of the output says where. Warnings, such as a request that a
/// recording cannot answer as asked, are traces, which go to standard error.
pub(crate) async fn sim(args: &SimArgs, mut stop: Stop) -> Result<(), Failure> {
    if !args.listen_anywhere && !args.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "other machines can reach {}: give --listen-anywhere if that is meant",
            args.listen
        )));
    }
    let server = settings(args)?.start().await.map_err(|error| match error {
        SimError::Listen { .. } => Failure::Network(chain(&error)),
        other => Failure::Usage(chain(&other)),
    })?;
    if let (Some(file), Some(pem)) = (&args.tls_ca, server.ca_pem()) {
        fs::write(file, pem).map_err(|error| cannot("write", file, &error))?;
    }
    let mut output = Output::stdout();
    let told = stop.or(output.send(format!("listening on {}\n", server.url())));
    if let Some(told) = told.await {
        // A reader that wanted the address only may go; the server stays.
        match told {
            Ok(()) | Err(Failure::ClosedPipe) => stop.asked().await,
            Err(failure) => {
                server.shutdown().await;
                return Err(failure);
            }
        }
    }
    server.shutdown().await;
    Ok(())
}

fn settings(args: &SimArgs) -> Result<SimBuilder, Failure> {
    let mut builder = SimServer::builder()
        .listen(args.listen)
        .seed(args.seed)
        .rate(args.rate)
        .speed(args.speed)
        .heartbeat(args.heartbeat)
        .heartbeat_timeout(args.heartbeat_timeout)
        .profile(args.profile.into())
        .faults(plan(args)?);
    if args.listen_anywhere {
        builder = builder.listen_anywhere();
    }
    if let Some(epoch) = args.epoch {
        builder = builder.epoch(epoch);
    }
    if args.tls {
        builder = builder.tls();
    }
    if args.check_origin {
        builder = builder.check_origin();
    }
    if let Some(most) = args.max_connections {
        builder = builder.max_connections(most.get());
    }
    if args.strict_limits {
        builder = builder.strict_limits();
    }
    if let Some(host) = &args.redirect_to {
        builder = builder.redirect_to(host);
    }
    if let Some(file) = &args.play {
        let recording = Recording::load(file).map_err(|error| cannot("play", file, &error))?;
        builder = builder.recording(recording);
    }
    Ok(builder)
}

/// The rules of the file, then those of the command line. A plan without a seed takes that of the market.
fn plan(args: &SimArgs) -> Result<FaultPlan, Failure> {
    let mut plan = FaultPlan::default();
    if let Some(file) = &args.faults {
        let text = fs::read_to_string(file).map_err(|error| cannot("read", file, &error))?;
        plan = text
            .parse()
            .map_err(|error| cannot("understand", file, &error))?;
    }
    for rule in &args.fault {
        let more: FaultPlan = rule.parse().map_err(|error| {
            let error = chain(&error);
            Failure::Usage(format!("cannot understand --fault {rule:?}: {error}"))
        })?;
        plan = match more.seed() {
            0 => plan.and(more),
            seed => plan.and(more).with_seed(seed),
        };
    }
    Ok(match plan.seed() {
        0 => plan.with_seed(args.seed),
        _ => plan,
    })
}

fn cannot(what: &str, file: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Usage(format!(
        "cannot {what} {}: {}",
        file.display(),
        chain(error)
    ))
}
