//! How often a stream delivers what it may merge.

use std::time::Duration;

/// How often a stream delivers what it may merge. By default everything is delivered at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cadence {
    /// How long to pause after a delivery.
    pub(crate) throttle: Duration,
    /// How long no change must have come before a delivery ...
    pub(crate) quiet: Duration,
    /// ... and how long to wait for that at most.
    pub(crate) longest: Duration,
}
