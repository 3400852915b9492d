//! Studies: indicators and scripts that the server computes from a series.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use protocol::json::Json;

use crate::{
    client::Subscription,
    delivery::{Shared, StudyQueue},
    error::{ClientError, RequestError},
};

/// Which study to compute, and with which inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyRequest {
    pub(crate) kind: String,
    inputs: BTreeMap<String, Json>,
}

impl StudyRequest {
    /// Asks for a study by its id on the server, such as `Volume@tv-basicstudies-241`, without inputs.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            kind: id.into(),
            inputs: BTreeMap::new(),
        }
    }

    /// Sets an input, such as `length` to 20. Which there are each study defines.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        if self.kind.is_empty() {
            let reason = "name the study";
            return Err(RequestError::Misuse { reason });
        }
        Ok(())
    }

    /// All inputs as one object.
    pub(crate) fn inputs(&self) -> Option<Json> {
        let field =
            |(name, value): (&String, &Json)| format!("{}:{value}", Json::from(name.as_str()));
        let fields: Vec<String> = self.inputs.iter().map(field).collect();
        Json::parse(&format!("{{{}}}", fields.join(","))).ok()
    }
}

/// The values of a study for one bar.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct StudyPoint {
    /// When the bar opens: Unix seconds, UTC.
    pub time: i64,
    /// The value of each plot; `None` where it has none.
    pub values: Vec<Option<f64>>,
}

impl StudyPoint {
    pub(crate) fn new(time: i64, values: Vec<Option<f64>>) -> Self {
        Self { time, values }
    }
}

/// News of a study.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum StudyEvent {
    /// All values, oldest bar first: at first, and again after the inputs have changed or the series was interrupted.
    /// Everything before is void: studies may repaint.
    Snapshot(Vec<StudyPoint>),
    /// The newest values of a bar, new or changed. States that nobody has read are skipped.
    Row(StudyPoint),
    /// The server could not compute it. It may go on nevertheless.
    Error {
        /// The server's words, safe to print.
        reason: String,
    },
    /// The series is interrupted; a snapshot follows when it is restored.
    Reconnecting,
    /// The reader was too slow, and this many events before the next one, values of bars or words of the server, are lost.
    Lagged {
        /// How many.
        dropped: u64,
    },
    /// The study is over, with its series. The last event.
    Failed(RequestError),
    /// The client has ended. The last event.
    Ended(ClientError),
}

/// A study of a series: a stream of what the server computes.
///
/// It lives as long as its series. Values of a bar are conflated; those of 8,192 bars, and 8 MiB, wait at most. Dropping it removes it
/// at the server.
#[derive(Debug)]
pub struct Study {
    pub(crate) queue: Shared<StudyQueue>,
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

    /// Removes the study, like dropping it.
    pub fn close(self) {}
}

impl futures_core::Stream for Study {
    type Item = StudyEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StudyEvent>> {
        self.queue.poll(context, StudyQueue::take)
    }
}
