//! `tvfeed sim`: a simulated TradingView for whoever connects.

use sim::{Recording, SimServer};

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
    let mut builder = SimServer::builder()
        .listen(args.listen)
        .seed(args.seed)
        .rate(args.rate);
    if args.listen_anywhere {
        builder = builder.listen_anywhere();
    }
    if let Some(file) = &args.play {
        let recording = Recording::load(file).map_err(|error| {
            Failure::Usage(format!("cannot play {}: {}", file.display(), chain(&error)))
        })?;
        builder = builder.recording(recording);
    }
    let server = builder
        .start()
        .await
        .map_err(|error| Failure::Network(chain(&error)))?;
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
