//! What a caller receives: plain values.

mod connection;
mod counters;
mod quote;
mod series;
mod study;
mod table;

pub use connection::ConnectionState;
pub(crate) use connection::end_reason;
pub use counters::ClientCounters;
pub use quote::{MarketStatus, QuoteEvent, QuoteUpdate};
pub use series::{Completeness, GapReason, History, Progress, SeriesEvent, SkippedRow};
pub(crate) use series::{redact_end, redact_mode};
pub use study::{PointPlace, StudyEvent, StudyPoint};
pub use table::BarTable;
