//! Everything that the client can do over its socket, against the simulator. Exit status 1 if any
//! row failed.
//!
//! The client's addresses are fixed: `data.tradingview.com` must lead to the simulator, and
//! SSL_CERT_FILE must name the authority that signed its certificate.

extern crate theirs as tradingview;

mod check;
mod commands;
mod history;
mod http;
mod ledger;
mod replay;
mod session;
mod study;
mod tap;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        println!("FAILED\ttradingview-rs\tTLS\tanother provider is installed");
        return ExitCode::FAILURE;
    }
    // This one waits for a minute to end, so it goes beside the others.
    let live = tokio::spawn(check::row(
        "live: bars grow, close and begin",
        180,
        session::live(),
    ));
    history::history().await;
    session::sessions().await;
    commands::commands().await;
    study::studies().await;
    replay::replay().await;
    http::http().await;
    if live.await.is_err() || check::failed() > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
