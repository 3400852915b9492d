//! The caller's handles: streams of events, and their commands.

mod load;
mod pace;
mod quote;
mod refill;
mod replay;
mod sender;
mod series;
mod snapshot;
mod study;
mod subscription;
mod symbol_events;

pub(crate) use load::{Capacity, Load, SessionKind, SessionPermit};
pub(crate) use pace::Pace;
pub use quote::QuoteSession;
pub use replay::ReplaySession;
#[cfg(feature = "test-util")]
pub(crate) use sender::Recording;
pub use sender::Sender;
pub use series::Series;
pub(crate) use snapshot::{QuoteStream, only, snapshot};
pub use study::Study;
pub(crate) use subscription::Subscription;
