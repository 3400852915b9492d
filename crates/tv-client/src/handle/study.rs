//! Studies: indicators and scripts that the server computes from a series.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use protocol::study::Plots;
use tokio::sync::oneshot;

use super::{
    pace::Pace,
    subscription::{ReaderSubscription, Subscription},
};
use crate::{
    connection::Command,
    delivery::StudyQueue,
    error::{ClientError, RequestError},
    event::{StudyEvent, StudyPoint},
    mailbox::Mailbox,
    request::{Overflow, StudyRequest},
};

/// A study of a series: a stream of what the server computes.
///
/// It lives as long as its series, and dropping it removes it at the server. The values of one bar
/// are conflated. Values of at most 8,192 bars, and at most 8 MiB, wait for the reader.
#[derive(Debug)]
pub struct Study {
    /// Its id on the server.
    pub(crate) id: String,
    /// What the rows hold, as far as that is known.
    pub(crate) plots: Plots,
    pub(crate) pace: Pace,
    pub(crate) queue: Mailbox<StudyQueue>,
    /// Removes it at the server when the last reader drops it.
    pub(crate) subscription: ReaderSubscription,
    /// Whether it is computed from another study.
    pub(crate) is_child: bool,
}

impl Study {
    /// Requests a study of the series or of the study that has the subscription `of`.
    pub(super) async fn request(
        of: &Subscription,
        request: StudyRequest,
        is_child: bool,
    ) -> Result<Self, RequestError> {
        request.check(is_child)?;
        let subscription = of.another();
        let queue = Mailbox::new(StudyQueue::default());
        let id = request.kind.clone();
        let pace = Pace::new(request.cadence);
        let plots = request.plots.clone();
        let command = Command::Study {
            subscription: subscription.id(),
            of: of.id(),
            request,
            reader: subscription.sender(queue.clone()).into(),
        };
        subscription.send(command).await?;
        Ok(Self {
            id,
            plots,
            pace,
            queue,
            subscription: subscription.into(),
            is_child,
        })
    }

    /// Requests a study that is computed from the values of this one, such as the average of an
    /// RSI: [`StudyRequest::source_plot`] says from which plot. Returns at once; values and
    /// refusals arrive as events. It ends with this study, when the last reader of this one is
    /// dropped.
    ///
    /// ```no_run
    /// # use tv_client::{Series, StudyRequest, study::builtin::Rsi};
    /// # async fn run(series: Series) -> Result<(), Box<dyn std::error::Error>> {
    /// let rsi = series.study(Rsi::new().spec()?).await?;
    /// let average = StudyRequest::new("MASimple@tv-basicstudies-241").input("length", 9);
    /// let mut average = rsi.study(average.source_plot("source", 0)).await?;
    /// println!("{:?}", average.snapshot().await?.last());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done nothing or ends what it began.
    ///
    /// # Errors
    ///
    /// If the request cannot be sent as it is, or if the client has ended.
    pub async fn study(&self, request: impl Into<StudyRequest>) -> Result<Self, RequestError> {
        Self::request(&self.subscription, request.into(), true).await
    }

    /// Removes the study and waits until the server has deleted it, 5 s at most. After that it does
    /// not count towards the studies that the account may have. Other readers of it, and studies
    /// that are computed from it, end with
    /// [`RequestError::Misuse`](crate::RequestError::Misuse).
    ///
    /// Dropping a study removes it as well. The next studies of the series wait for its deletion.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Series, StudyRequest};
    /// # async fn run(series: Series) -> Result<(), RequestError> {
    /// for length in [10, 20, 50] {
    ///     let request = StudyRequest::new("RSI@tv-basicstudies-241").input("length", length);
    ///     let mut rsi = series.study(request).await?;
    ///     println!("{length}: {:?}", rsi.snapshot().await?.last());
    ///     rsi.remove().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future removes the study all the same.
    ///
    /// # Errors
    ///
    /// If the server does not confirm the deletion in time, or if the client has ended.
    pub async fn remove(self) -> Result<(), RequestError> {
        let (reply, answer) = oneshot::channel();
        let subscription = self.subscription.id();
        let command = Command::RemoveStudy {
            subscription,
            reply,
        };
        self.subscription.send(command).await?;
        let answer = answer.await;
        answer.unwrap_or_else(|_| Err(self.subscription.ended()))
    }

    /// Waits for all values, oldest bar first: the next [`Snapshot`](StudyEvent::Snapshot). Events
    /// before it are skipped.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Series, StudyRequest};
    /// # async fn run(series: Series) -> Result<(), RequestError> {
    /// let request = StudyRequest::new("RSI@tv-basicstudies-241").input("length", 14);
    /// for point in series.study(request).await?.snapshot().await? {
    ///     println!("{} {:?}", point.time, point.values);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a snapshot is either returned or still there.
    ///
    /// # Errors
    ///
    /// If the server refuses the study or cannot compute it, if it does not answer within
    /// [`report_after`](StudyRequest::report_after), or if the stream has ended.
    pub async fn snapshot(&mut self) -> Result<Vec<StudyPoint>, RequestError> {
        let mut last = RequestError::Ended(ClientError::Closed);
        while let Some(event) = self.next().await {
            match event {
                StudyEvent::Snapshot(points) => return Ok(points),
                StudyEvent::Error { reason } => {
                    return Err(RequestError::Refused {
                        symbol: self.id.clone(),
                        reason,
                    });
                }
                StudyEvent::Missing { after, last_words } => {
                    return Err(RequestError::TimedOut { after, last_words });
                }
                StudyEvent::Ended(error) => last = error,
                _ => {}
            }
        }
        Err(last)
    }

    /// The names of a row's values, as the request described them; empty if it did not.
    ///
    /// ```no_run
    /// # use tv_client::{Series, study::builtin::BollingerBands};
    /// # async fn run(series: Series) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut bands = series.study(BollingerBands::new().spec()?).await?;
    /// for point in bands.snapshot().await? {
    ///     println!("{} {:?}", point.time, bands.plots().row(&point.values)["Upper"]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn plots(&self) -> &Plots {
        &self.plots
    }

    /// Changes the inputs: those of the request replace all that there are. A snapshot with the new
    /// values follows. Changes within half a second are sent as one while the first is not
    /// answered.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Study, StudyRequest};
    /// # async fn run(study: Study) -> Result<(), RequestError> {
    /// study.modify(StudyRequest::new("RSI@tv-basicstudies-241").input("length", 21)).await?;
    /// // The stream goes on with a snapshot of the new values.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has either done all of it or nothing.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub async fn modify(&self, request: impl Into<StudyRequest>) -> Result<(), RequestError> {
        let request = request.into();
        request.check(self.is_child)?;
        self.subscription.modify_study(request).await
    }

    /// Returns another reader of the same study, with a queue of its own: a slow reader does not
    /// affect the others. The study ends at the server when the last of its readers is dropped.
    ///
    /// The reader begins with a [`Snapshot`](StudyEvent::Snapshot). The server computes the study
    /// once more for it, so the other readers get the snapshot, too. Inputs are the study's: what
    /// one reader modifies, it modifies for all.
    ///
    /// `max_waiting` bounds the bars whose values wait; [`Overflow::DropOldest`] or
    /// [`Overflow::Fail`] applies to more.
    ///
    /// ```no_run
    /// # use tv_client::{Overflow, RequestError, Study};
    /// # async fn run(study: Study) -> Result<(), RequestError> {
    /// let mut log = study.reader(Overflow::DropOldest, 1_000).await?;
    /// println!("{} bars", log.snapshot().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has done nothing, except that a snapshot may follow.
    ///
    /// # Errors
    ///
    /// If `overflow` does not suit studies, if `max_waiting` is 0, or if the client has ended. A
    /// study that is over is reported by the reader's first event.
    pub async fn reader(
        &self,
        overflow: Overflow,
        max_waiting: usize,
    ) -> Result<Self, RequestError> {
        overflow.check_study(max_waiting)?;
        let queue = Mailbox::new(StudyQueue::new(overflow, max_waiting));
        let subscription = self.subscription.clone();
        let reader = subscription.sender(queue.clone()).into();
        subscription.join(reader).await?;
        Ok(Self {
            id: self.id.clone(),
            plots: self.plots.clone(),
            pace: Pace::default(),
            queue,
            subscription,
            is_child: self.is_child,
        })
    }

    /// Changes the pause between deliveries of the newest bar's values; see
    /// [`StudyRequest::throttle`](crate::StudyRequest::throttle).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, RequestError, Study};
    /// # async fn run(study: Study) -> Result<(), RequestError> {
    /// // At most four times a second, for a display.
    /// let pause = Duration::from_millis(250);
    /// let display = study.reader(Overflow::DropOldest, 1_000).await?.throttle(pause);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.pace.throttle(pause);
        self
    }

    /// Changes how long the newest bar's values are held back; see
    /// [`StudyRequest::debounce`](crate::StudyRequest::debounce).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, RequestError, Study};
    /// # async fn run(study: Study) -> Result<(), RequestError> {
    /// // After each burst, but at least once a second.
    /// let (quiet, longest) = (Duration::from_millis(50), Duration::from_secs(1));
    /// let settled = study.reader(Overflow::DropOldest, 1_000).await?.debounce(quiet, longest);
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
    /// # use tv_client::{StudyEvent, StudyPoint};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (mut sender, mut study) = tv_client::test_util::study("RSI@tv-basicstudies-241");
    /// # let time = tv_client::Timestamp::from_seconds(0);
    /// # sender.send(StudyEvent::Row(StudyPoint::new(time, vec![Some(55.5)])));
    /// # drop(sender);
    /// # let mut newest = None;
    /// while let Some(event) = study.next().await {
    ///     match event {
    ///         // After a change of inputs or an interruption: replaces all values before.
    ///         StudyEvent::Snapshot(points) => newest = points.last().cloned(),
    ///         StudyEvent::Row(point) => newest = Some(point),
    ///         StudyEvent::Error { reason } => eprintln!("{reason}"),
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(newest.map(|point| point.values), Some(vec![Some(55.5)]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: an event is either returned or stays in the queue.
    pub async fn next(&mut self) -> Option<StudyEvent> {
        poll_fn(|context| self.pace.poll(&self.queue, context)).await
    }
}

impl futures_core::Stream for Study {
    type Item = StudyEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StudyEvent>> {
        let study = self.get_mut();
        study.pace.poll(&study.queue, context)
    }
}
