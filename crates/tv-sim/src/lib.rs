#![doc = include_str!("../README.md")]

mod builder;
mod builder_wire;
mod descriptor;
mod error;
mod framing;
mod hello;
mod market;
mod net;
mod recording;
mod rules;
mod server;
mod session;
mod stats;
mod study;

pub use builder::SimBuilder;
pub use error::{RecordingError, SimError};
pub use recording::Recording;
pub use rules::{HelloForm, Profile, ReplayShape, Tier, Tiers};
pub use server::SimServer;
pub use stats::SimStats;
pub use study::ReportForm;
