#![doc = include_str!("../README.md")]
//!
//! # Example
//!
//! ```
//! use std::time::Instant;
//!
//! use tv_venue::{Action, Pacing, Subscriptions};
//!
//! let now = Instant::now();
//! let mut subscriptions = Subscriptions::new(Pacing::default().keys_per_batch(10));
//! subscriptions.subscribe("btcusdt@trade")?;
//!
//! subscriptions.handle_open(now); // a connection is open
//! let batch = subscriptions.poll_batch(now).expect("one stream is wanted");
//! assert_eq!((batch.action, &*batch.keys), (Action::Subscribe, &["btcusdt@trade"][..]));
//!
//! subscriptions.confirm(now, batch.request); // the venue's answer
//! assert_eq!(subscriptions.counts().confirmed, 1);
//! # Ok::<(), tv_venue::TooMany>(())
//! ```

mod error;
pub mod guide;
mod pool;
mod stream;
mod subscriptions;

// The public interface is:
pub use error::VenueError;
pub use pool::{Pool, PoolConfig, PoolError, PoolEvent, Venue};
pub use stream::{StreamInfo, StreamKind};
pub use subscriptions::{Action, Batch, Pacing, Rejection, Subscriptions, TooMany};
