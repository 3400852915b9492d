//! Studies: indicators and scripts that the server computes from a series.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use super::subscription::Subscription;
use crate::{
    delivery::StudyQueue, error::RequestError, event::StudyEvent, mailbox::Mailbox,
    request::StudyRequest,
};

/// A study of a series: a stream of what the server computes.
///
/// It lives as long as its series. Values of a bar are conflated; those of 8,192 bars, and 8 MiB,
/// wait at most. Dropping it removes it at the server.
#[derive(Debug)]
pub struct Study {
    pub(crate) queue: Mailbox<StudyQueue>,
    pub(crate) subscription: Subscription,
}

impl Study {
    /// Computes with other inputs. A snapshot follows.
    ///
    /// Cancel-safe: a dropped future has either done all of it or nothing.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub async fn modify(&self, request: StudyRequest) -> Result<(), RequestError> {
        request.check()?;
        self.subscription.modify_study(request).await
    }

    /// The next event; `None` after the last.
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<StudyEvent> {
        poll_fn(|context| self.queue.poll(context, StudyQueue::take)).await
    }
}

impl futures_core::Stream for Study {
    type Item = StudyEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StudyEvent>> {
        self.queue.poll(context, StudyQueue::take)
    }
}
