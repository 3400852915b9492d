//! Several connections behind one interface: subscriptions are spread over them by the limits of
//! servers.

mod builder;
mod limits;
mod members;
mod pool;
mod quotes;

pub use builder::PoolBuilder;
pub use limits::PoolLimits;
pub use pool::Pool;
pub use quotes::PoolQuotes;
