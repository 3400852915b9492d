//! Integration tests of tvfeed: the real program, on this machine only.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod bars;
mod check;
mod decode;
mod layering;
#[cfg(unix)]
mod login;
mod logs;
mod offline;
mod pipes;
mod program;
mod proxied;
mod proxies;
mod quote;
mod reading;
mod recording;
mod reports;
mod scan;
#[cfg(unix)]
mod screens;
mod scripted;
mod search;
#[cfg(unix)]
mod sign_in;
mod sim;
mod sim_wire;
mod socket;
#[cfg(unix)]
mod studies;
mod two_hours;
mod usage;
mod web;
