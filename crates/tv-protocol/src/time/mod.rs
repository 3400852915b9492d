//! Points in time and ranges of time, as the protocol counts them: whole seconds since 1970, UTC.
//!
//! This module knows no clock and no time zone. It does not know bars or messages, which use it.
//!
//! ```
//! use tv_protocol::time::{TimeRange, Timestamp};
//!
//! let open: Timestamp = "2024-01-02T14:30:00Z".parse()?;
//! assert_eq!(open.seconds(), 1_704_205_800);
//!
//! let january = TimeRange::try_from(("2024-01-01", "2024-02-01"))?;
//! assert!(january.contains(open));
//! # Ok::<(), tv_protocol::time::TimeError>(())
//! ```

mod civil;
mod convert;
mod error;
mod range;
mod timestamp;

pub use self::{error::TimeError, range::TimeRange, timestamp::Timestamp};
