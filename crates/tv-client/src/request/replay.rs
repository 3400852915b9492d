//! The request for a replay, and the commands that steer one.

use std::time::Duration;

use protocol::{
    interval::Interval,
    symbol::{Symbol, SymbolDescriptor},
};

use super::series::SeriesRequest;

/// What to replay, and from when on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRequest(pub(crate) SeriesRequest);

impl ReplayRequest {
    /// Begins at a time in Unix seconds, UTC, with 300 bars before it.
    #[must_use]
    pub fn new(symbol: Symbol, interval: Interval, time: i64) -> Self {
        Self::with_descriptor(SymbolDescriptor::new(symbol), interval, time)
    }

    /// The same for a symbol with options of your own.
    #[must_use]
    pub fn with_descriptor(descriptor: SymbolDescriptor, interval: Interval, time: i64) -> Self {
        let mut request = SeriesRequest::with_descriptor(descriptor, interval);
        request.replay = Some(time);
        Self(request)
    }

    /// How many bars before the beginning. Default 300.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.0 = self.0.count(bars);
        self
    }

    /// How long to wait for any answer of the server. Default 30 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0 = self.0.timeout(timeout);
        self
    }
}

/// A command to a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplayCommand {
    Step(i64),
    /// Milliseconds between bars.
    Start(i64),
    Stop,
}
