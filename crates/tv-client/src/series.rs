//! Bars for applications: history and what follows it.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use protocol::{
    bar::Bar,
    interval::Interval,
    symbol::{Symbol, SymbolDescriptor},
    symbol_info::SymbolInfo,
};

use crate::{
    client::Subscription,
    delivery::{SeriesQueue, Shared},
    error::{ClientError, RequestError},
    registry::Loaded,
};

/// Which bars to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    pub(crate) descriptor: SymbolDescriptor,
    pub(crate) interval: Interval,
    pub(crate) count: usize,
    pub(crate) timeout: Duration,
}

impl SeriesRequest {
    /// Asks for the last 300 bars of a symbol, adjusted for splits, and for those that follow.
    #[must_use]
    pub fn new(symbol: Symbol, interval: Interval) -> Self {
        Self::with_descriptor(SymbolDescriptor::new(symbol), interval)
    }

    /// The same for a symbol with options of your own.
    #[must_use]
    pub fn with_descriptor(descriptor: SymbolDescriptor, interval: Interval) -> Self {
        Self {
            descriptor,
            interval,
            count: 300,
            timeout: Duration::from_secs(30),
        }
    }

    /// How many bars of history. The server sends fewer where history begins, or where the account may not
    /// see more: guests get all daily bars and about 5,000 of shorter intervals.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.count = bars;
        self
    }

    /// How long to wait for the history. Default 30 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        if self.count == 0 {
            return Err(RequestError::Misuse {
                reason: "ask for at least one bar",
            });
        }
        Ok(())
    }
}

/// News of a series.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesEvent {
    /// The bar that is still open, as it is now. States that nobody has read are skipped.
    Open(Bar),
    /// A bar that is complete: one with a later time has begun. Each comes once, in order.
    Closed(Bar),
    /// The server has changed a bar that was closed.
    Revised(Bar),
    /// The reader was too slow, and this many closed or revised bars before the next event are lost.
    Lagged {
        /// How many.
        dropped: u64,
    },
    /// A message for this series could not be understood and was skipped: what it said is missing.
    Skipped {
        /// What is wrong with it.
        reason: String,
    },
    /// The server refuses the session. The last event.
    Failed(RequestError),
    /// The connection has ended. The last event.
    Ended(ClientError),
}

/// A series: its history, and a stream of what follows.
///
/// Closed bars wait for the reader in a bounded queue of 8,192; the open bar is conflated. Dropping it ends the
/// session at the server.
#[derive(Debug)]
pub struct Series {
    pub(crate) loaded: Box<Loaded>,
    pub(crate) queue: Shared<SeriesQueue>,
    /// Ends the session when dropped.
    pub(crate) _subscription: Subscription,
}

impl Series {
    /// What the server knows of the symbol.
    #[must_use]
    pub fn info(&self) -> &SymbolInfo {
        &self.loaded.info
    }

    /// The history, oldest bar first, each time once. The last bar may be still open.
    #[must_use]
    pub fn history(&self) -> &[Bar] {
        &self.loaded.bars
    }

    /// Takes the history out, to save a copy.
    #[must_use]
    pub fn take_history(&mut self) -> Vec<Bar> {
        std::mem::take(&mut self.loaded.bars)
    }

    /// How fresh the data is: `streaming`, `delayed_streaming_900` (seconds), ….
    #[must_use]
    pub fn update_mode(&self) -> &str {
        &self.loaded.update_mode
    }

    /// Why there is no earlier history: `end` where it begins, `limit` where the account may not see more,
    /// `None` if there is.
    #[must_use]
    pub fn data_completed(&self) -> Option<&str> {
        self.loaded.data_completed.as_deref()
    }

    /// The next event; `None` after the last.
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<SeriesEvent> {
        poll_fn(|context| self.queue.poll(context, SeriesQueue::take)).await
    }

    /// Ends the series, like dropping it.
    pub fn close(self) {}
}

impl futures_core::Stream for Series {
    type Item = SeriesEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SeriesEvent>> {
        self.queue.poll(context, SeriesQueue::take)
    }
}
