//! Requests of a caller: plain values, checked before anything is sent.

mod cadence;
mod change;
#[cfg(feature = "serde")]
mod form;
mod overflow;
mod quote;
mod replay;
mod series;
mod study;

pub(crate) use cadence::Cadence;
pub use change::SeriesChange;
pub use overflow::Overflow;
pub(crate) use quote::to_symbols;
pub use quote::{QuoteRequest, QuoteSpeed};
pub(crate) use replay::ReplayCommand;
pub use replay::ReplayRequest;
pub(crate) use series::Window;
pub use series::{HistoryRequest, SeriesRequest};
pub use study::StudyRequest;
