//! A simulated TradingView server, for tests of any client in any language, without a network. Unofficial.
//!
//! It speaks the WebSocket protocol on the loopback interface: greeting, heartbeats, quote sessions and chart sessions,
//! with the order and the shapes of recorded traffic. Behind it stands either a made-up market that is the same for the
//! same seed, or a [`Recording`] of a real server, whose values are given out as they were recorded.
//!
//! ```no_run
//! # async fn run() -> Result<(), tv_sim::SimError> {
//! use tv_sim::SimServer;
//!
//! let sim = SimServer::builder().seed(7).rate(100.0).start().await?;
//! println!("connect to {}", sim.url());
//! sim.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The market has some fifteen well-known symbols such as `NASDAQ:AAPL` and `BINANCE:BTCUSDT`, and every symbol of the
//! exchange `SIM`, such as `SIM:ANY123`. All of them trade round the clock. It shares no code with the library it tests.
//!
//! The public interface is: [`SimServer`], [`SimBuilder`], [`Recording`], [`SimStats`], [`SimError`], [`RecordingError`].

mod builder;
mod descriptor;
mod error;
mod framing;
mod hello;
mod market;
mod net;
mod recording;
mod server;
mod session;
mod stats;

pub use builder::SimBuilder;
pub use error::{RecordingError, SimError};
pub use recording::Recording;
pub use server::SimServer;
pub use stats::SimStats;
