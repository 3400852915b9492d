//! When waiting events are delivered: at once, at intervals, or after a quiet time.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep};

use crate::{
    delivery::{Backlog, QuoteQueue},
    event::QuoteEvent,
    mailbox::Mailbox,
};

/// Longer than any real wait, and short enough to be added to any instant.
const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// Delivers the events of a queue at a reader's pace. Updates that arrive meanwhile are merged as
/// usual.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// How long to pause after a delivery.
    throttle: Duration,
    /// How long no update must have come before a delivery ...
    quiet: Duration,
    /// ... and how long to wait for that at most.
    longest: Duration,
    /// The rest that is taken now.
    rest: Option<Pin<Box<Sleep>>>,
    /// Whether anything was given out since the last rest.
    is_tired: bool,
    gate: Gate,
}

/// Whether it is quiet enough.
#[derive(Debug, Default)]
enum Gate {
    /// Nothing waits.
    #[default]
    Closed,
    /// Something does: since when, how much had come when that was looked at last, and when it is
    /// quiet.
    Waiting {
        since: Instant,
        pushes: u64,
        quiet: Pin<Box<Sleep>>,
    },
    /// All that waits is given out.
    Open,
}

impl Pace {
    pub(crate) fn new(throttle: Duration, quiet: Duration, longest: Duration) -> Self {
        let mut pace = Self::default();
        pace.throttle(throttle);
        pace.debounce(quiet, longest);
        pace
    }

    pub(crate) fn throttle(&mut self, pause: Duration) {
        self.throttle = pause.min(FOREVER);
    }

    pub(crate) fn debounce(&mut self, quiet: Duration, longest: Duration) {
        self.quiet = quiet.min(FOREVER);
        self.longest = longest.min(FOREVER);
    }

    /// The next event, when it is time for one.
    pub(crate) fn poll(
        &mut self,
        queue: &Mailbox<QuoteQueue>,
        context: &mut Context<'_>,
    ) -> Poll<Option<QuoteEvent>> {
        if let Some(rest) = &mut self.rest {
            ready!(rest.as_mut().poll(context));
            self.rest = None;
            self.is_tired = false;
        }
        if !self.quiet.is_zero() {
            ready!(self.poll_quiet(queue, context));
        }
        let event = queue.poll(context, QuoteQueue::take);
        if event.is_pending() {
            self.gate = Gate::Closed;
        }
        if !self.throttle.is_zero() {
            if event.is_ready() {
                self.is_tired = true;
            } else if self.is_tired {
                // All is given out: what comes from now on waits.
                let mut rest = Box::pin(tokio::time::sleep(self.throttle));
                // Polled so that it wakes the reader, who looks at the queue again then.
                if rest.as_mut().poll(context).is_pending() {
                    self.rest = Some(rest);
                }
            }
        }
        event
    }

    /// Ready while what waits may be given out.
    fn poll_quiet(&mut self, queue: &Mailbox<QuoteQueue>, context: &mut Context<'_>) -> Poll<()> {
        if let Gate::Open = self.gate {
            return Poll::Ready(());
        }
        let (update, pushes) = queue.watch(context, |queue| (queue.update(), queue.pushes()));
        match update {
            Backlog::None => return Poll::Pending,
            Backlog::Some => {}
            // No better state will follow.
            Backlog::End => {
                self.gate = Gate::Open;
                return Poll::Ready(());
            }
        }
        let now = Instant::now();
        if let Gate::Closed = self.gate {
            self.gate = Gate::Waiting {
                since: now,
                pushes,
                quiet: Box::pin(tokio::time::sleep(self.quiet.min(self.longest))),
            };
        }
        if let Gate::Waiting {
            since,
            pushes: seen,
            quiet,
        } = &mut self.gate
        {
            if std::mem::replace(seen, pushes) != pushes {
                let at = (now + self.quiet).min(*since + self.longest);
                quiet.as_mut().reset(at);
            }
            ready!(quiet.as_mut().poll(context));
        }
        self.gate = Gate::Open;
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use protocol::symbol::Symbol;

    use super::*;
    use crate::{delivery::Queue, error::RequestError, registry::QuoteSessionUpdate};

    const MILLI: Duration = Duration::from_millis(1);

    fn completed(queue: &Mailbox<QuoteQueue>, symbol: &str) {
        let symbol = Symbol::new(symbol).unwrap();
        queue.change(|queue| queue.push(QuoteSessionUpdate::Completed(symbol)));
    }

    async fn next(pace: &mut Pace, queue: &Mailbox<QuoteQueue>) -> Option<QuoteEvent> {
        poll_fn(|context| pace.poll(queue, context)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_debounced_reader_waits_until_it_is_quiet_and_no_longer_than_it_wants() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = Pace::new(Duration::ZERO, 10 * MILLI, 35 * MILLI);
        let begin = Instant::now();
        completed(&queue, "A:B");
        let writer = queue.clone();
        let writing = tokio::spawn(async move {
            // Until 24 ms after the beginning.
            for _ in 0..4 {
                tokio::time::sleep(6 * MILLI).await;
                completed(&writer, "A:B");
            }
            // Never quiet from here on.
            tokio::time::sleep(26 * MILLI).await;
            for _ in 0..20 {
                completed(&writer, "A:C");
                tokio::time::sleep(5 * MILLI).await;
            }
        });
        let first = next(&mut pace, &queue).await;
        assert!(
            matches!(first, Some(QuoteEvent::Completed { symbol }) if symbol.as_str() == "A:B")
        );
        assert_eq!(begin.elapsed(), 34 * MILLI);
        let second = next(&mut pace, &queue).await;
        assert!(
            matches!(second, Some(QuoteEvent::Completed { symbol }) if symbol.as_str() == "A:C")
        );
        assert_eq!(begin.elapsed(), (50 + 35) * MILLI);
        writing.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_is_not_waited_for() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = Pace::new(Duration::ZERO, 1_000 * MILLI, 1_000 * MILLI);
        completed(&queue, "A:B");
        queue.change(|queue| queue.fail(RequestError::Busy));
        let begin = Instant::now();
        let mut events = Vec::new();
        while let Some(event) = next(&mut pace, &queue).await {
            events.push(event);
        }
        assert_eq!(events.len(), 2);
        assert_eq!(events[1], QuoteEvent::Ended(RequestError::Busy));
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_wants_to_wait_for_ever_may() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = Pace::new(Duration::MAX, Duration::MAX, Duration::MAX);
        for _ in 0..3 {
            completed(&queue, "A:B");
            let event = tokio::time::timeout(1_000 * MILLI, next(&mut pace, &queue)).await;
            assert!(event.is_err(), "it never became quiet");
        }
        queue.change(|queue| queue.fail(RequestError::Busy));
        let event = next(&mut pace, &queue).await;
        assert!(matches!(event, Some(QuoteEvent::Completed { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_reader_rests_after_all_was_given_out() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = Pace::new(10 * MILLI, Duration::ZERO, Duration::ZERO);
        let begin = Instant::now();
        completed(&queue, "A:B");
        next(&mut pace, &queue).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        let writer = queue.clone();
        let writing = tokio::spawn(async move {
            tokio::time::sleep(3 * MILLI).await;
            completed(&writer, "A:B");
        });
        next(&mut pace, &queue).await;
        assert_eq!(begin.elapsed(), 10 * MILLI);
        writing.await.unwrap();
    }
}
