//! Several connections to a venue, as one.
//!
//! `placement` decides which connection carries which stream; it is pure. `pool` runs a supervisor
//! for each connection. Neither knows a data format.

mod config;
mod error;
mod event;
mod placement;
mod pool;
mod venue;

pub use config::PoolConfig;
pub use error::PoolError;
pub use event::PoolEvent;
pub use pool::Pool;
pub use venue::Venue;
