//! Loads closed bars again that a reader has missed, in the reader's own task.

use std::{
    collections::VecDeque,
    task::{Context, Poll, ready},
};

use protocol::{bar::Bar, time::Timestamp};

use super::subscription::Subscription;
use crate::{
    connection::Command,
    delivery::SeriesQueue,
    event::{GapReason, SeriesEvent},
    mailbox::Mailbox,
    request::{HistoryRequest, SeriesRequest},
};

/// The queue of a request, and what ends it when dropped.
type Request = (Mailbox<SeriesQueue>, Subscription);

/// Bars from one to another, both included.
#[derive(Debug)]
pub(crate) struct Refill {
    /// `None` once it is answered, or if it could not be sent.
    request: Option<Request>,
    from: Timestamp,
    to: Timestamp,
    bars: VecDeque<Bar>,
    /// Whether the answer did not reach.
    gap: Option<SeriesEvent>,
}

impl Refill {
    /// Asks for the closed bars of a series from one to another, both included.
    pub(crate) fn new(
        subscription: &Subscription,
        series: &SeriesRequest,
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        let mut refill = Self {
            request: request(subscription, series, from, to),
            from,
            to,
            bars: VecDeque::new(),
            gap: None,
        };
        if refill.request.is_none() {
            refill.fail(to.saturating_add(1));
        }
        refill
    }

    fn fail(&mut self, to: Timestamp) {
        self.gap = Some(SeriesEvent::Gap {
            from: self.from.saturating_add(-1),
            to,
            reason: GapReason::SlowConsumer,
        });
    }

    /// The next of its events; `None` after the last.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<Option<SeriesEvent>> {
        if let Some((queue, _)) = &self.request {
            let answer = ready!(queue.poll(context, SeriesQueue::take_loaded));
            self.request = None;
            self.bars = answer.map(|loaded| loaded.bars.into()).unwrap_or_default();
            // It was a bar once: if it is not there now, older ones are not either.
            match self.bars.front().map(|first| first.time) {
                Some(first) if first > self.from => self.fail(first),
                Some(_) => {}
                None => self.fail(self.to.saturating_add(1)),
            }
        }
        let gap = self.gap.take();
        Poll::Ready(gap.or_else(|| self.bars.pop_front().map(SeriesEvent::Closed)))
    }
}

/// Sends the request; `None` if it cannot be sent now.
fn request(
    subscription: &Subscription,
    series: &SeriesRequest,
    from: Timestamp,
    to: Timestamp,
) -> Option<Request> {
    let descriptor = series.descriptor.clone();
    let request = HistoryRequest::with_descriptor(descriptor, series.interval)
        .between(from..=to)
        .ok()?
        .timeout(series.timeout);
    let subscription = subscription.another();
    let queue = Mailbox::new(SeriesQueue::default());
    let command = Command::Series {
        subscription: subscription.id(),
        request: request.0,
        reader: subscription.sender(queue.clone()).into(),
    };
    subscription
        .try_send(command)
        .then_some((queue, subscription))
}
