//! Quotes for applications.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use protocol::symbol::{Symbol, SymbolError};

use super::{pace::Pace, snapshot::QuoteStream, subscription::ReaderSubscription};
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
    /// Adds symbols. A symbol that was added twice must be removed twice.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (mut sender, quotes) = tv_client::test_util::quotes();
    /// quotes.add(["NASDAQ:MSFT", "NASDAQ:NVDA"]).await?;
    /// # assert_eq!(sender.changes().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
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

    /// Removes symbols and drops their waiting updates. Symbols that were not added are ignored.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (mut sender, quotes) = tv_client::test_util::quotes();
    /// quotes.remove(["NASDAQ:MSFT"]).await?;
    /// # assert_eq!(sender.changes().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
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

    /// Returns another reader of the same session. It has a queue of its own, so a slow reader does
    /// not affect the others, and starts with the known state of each symbol. The session ends at
    /// the server when the last of its readers is dropped.
    ///
    /// Symbols belong to the session: a reader adds or removes them for all readers.
    ///
    /// ```no_run
    /// # use tv_client::{Overflow, QuoteSession, RequestError};
    /// # async fn run(quotes: QuoteSession) -> Result<(), RequestError> {
    /// let mut log = quotes.reader(Overflow::DropOldest, 10_000).await?;
    /// tokio::spawn(async move {
    ///     while let Some(event) = log.next().await {
    ///         println!("{event:?}");
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
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

    /// Changes the pause between deliveries; see
    /// [`QuoteRequest::throttle`](crate::QuoteRequest::throttle).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, QuoteSession, RequestError};
    /// # async fn run(quotes: QuoteSession) -> Result<(), RequestError> {
    /// // At most four times a second, for a display.
    /// let pause = Duration::from_millis(250);
    /// let display = quotes.reader(Overflow::Conflate, 10_000).await?.throttle(pause);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.pace.throttle(pause);
        self
    }

    /// Changes how long updates are held back; see
    /// [`QuoteRequest::debounce`](crate::QuoteRequest::debounce).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, QuoteSession, RequestError};
    /// # async fn run(quotes: QuoteSession) -> Result<(), RequestError> {
    /// // After each burst, but at least once a second.
    /// let (quiet, longest) = (Duration::from_millis(50), Duration::from_secs(1));
    /// let settled = quotes.reader(Overflow::Conflate, 10_000).await?.debounce(quiet, longest);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.pace.debounce(quiet, longest);
        self
    }

    /// Returns the next event, or `None` after the last.
    ///
    /// ```
    /// # use tv_client::{QuoteEvent, QuoteField, QuoteUpdate};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (mut sender, mut quotes) = tv_client::test_util::quotes();
    /// # sender.send(QuoteUpdate::new("NASDAQ:AAPL", [(QuoteField::Last, 101.5)])?);
    /// # drop(sender);
    /// # let mut last = None;
    /// while let Some(event) = quotes.next().await {
    ///     match event {
    ///         QuoteEvent::Update(update) => last = update.quote.last(),
    ///         QuoteEvent::Ended(error) => eprintln!("{error}"),
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(last, Some(101.5));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: an event is either returned or stays in the queue.
    pub async fn next(&mut self) -> Option<QuoteEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    pub(crate) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.pace.poll(&self.queue, context)
    }
}

impl QuoteStream for QuoteSession {
    fn last_words(&self, _: &Symbol) -> Option<String> {
        self.queue.look(QuoteQueue::last_words)
    }
}

impl futures_core::Stream for QuoteSession {
    type Item = QuoteEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.get_mut().poll_event(context)
    }
}
