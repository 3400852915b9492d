//! Quotes for applications.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use protocol::symbol::{Symbol, SymbolError};

use super::{pace::Pace, subscription::ReaderSubscription};
use crate::{
    delivery::QuoteQueue,
    error::RequestError,
    event::QuoteEvent,
    mailbox::Mailbox,
    request::{Overflow, to_symbols},
};

/// A stream of quotes.
///
/// By default quotes are conflated: a reader that is slower than the market gets each symbol's
/// newest state, and holds at most one pending update for each symbol. Dropping the stream ends the
/// session at the server, unless it has another [reader](Self::reader).
#[derive(Debug)]
pub struct QuoteSession {
    pub(crate) pace: Pace,
    pub(crate) queue: Mailbox<QuoteQueue>,
    /// Ends the session when the last reader drops it.
    pub(crate) subscription: ReaderSubscription,
}

impl QuoteSession {
    /// Adds symbols. One that is there already counts once more: it then must be removed as often.
    ///
    /// Cancel-safe: a dropped future has either done all of it or nothing.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol, or if the client was closed.
    pub async fn add<S>(&self, symbols: impl IntoIterator<Item = S>) -> Result<(), RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        self.subscription
            .change_symbols(to_symbols(symbols)?, Vec::new())
            .await
    }

    /// Removes symbols; what waits of them is dropped. Names that were not added do nothing.
    ///
    /// Cancel-safe: a dropped future has either done all of it or nothing.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol, or if the client was closed.
    pub async fn remove<S>(&self, symbols: impl IntoIterator<Item = S>) -> Result<(), RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        self.subscription
            .change_symbols(Vec::new(), to_symbols(symbols)?)
            .await
    }

    /// Another reader of the same session, with a queue of its own: a slow reader does not affect
    /// the others. It starts with the known state of each symbol. The session ends at the server
    /// when the last of its readers is dropped.
    ///
    /// Symbols are the session's: what one reader adds or removes, it adds or removes for all.
    ///
    /// Cancel-safe: a dropped future has done nothing.
    ///
    /// # Errors
    ///
    /// If `overflow` does not suit quotes, if `max_waiting` is 0, or if the client has ended. A
    /// session that is over is reported by the reader's first event.
    pub async fn reader(
        &self,
        overflow: Overflow,
        max_waiting: usize,
    ) -> Result<Self, RequestError> {
        overflow.check_quotes(max_waiting)?;
        let queue = Mailbox::new(QuoteQueue::new(overflow, max_waiting));
        let subscription = self.subscription.clone();
        let reader = subscription.sender(queue.clone()).into();
        subscription.join(reader).await?;
        Ok(Self {
            pace: Pace::default(),
            queue,
            subscription,
        })
    }

    /// Gives out events at another pace: see
    /// [`QuoteRequest::throttle`](crate::QuoteRequest::throttle).
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.pace.throttle(pause);
        self
    }

    /// Gives out events at another pace: see
    /// [`QuoteRequest::debounce`](crate::QuoteRequest::debounce).
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.pace.debounce(quiet, longest);
        self
    }

    /// The next event; `None` after the last.
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<QuoteEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    pub(crate) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.pace.poll(&self.queue, context)
    }
}

impl futures_core::Stream for QuoteSession {
    type Item = QuoteEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.get_mut().poll_event(context)
    }
}
